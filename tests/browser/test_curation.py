"""Two curators in two windows, as a browser shows it: nothing is lost, and all of it can be read and reached."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import expect

from partners.models import Organization
from tests.curation import change_form, change_url
from tests.records import cite, make_agreement, make_curator, make_organization, make_source

pytestmark = pytest.mark.django_db(transaction=True)


def signed_in(browser, live_server, curator, **options):
    """A window of somebody who has signed in."""
    client = Client()
    client.force_login(curator)
    context = browser.new_context(base_url=live_server.url, **options)
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return context, context.new_page()


@pytest.mark.parametrize("scheme, width", [("dark", 390)])
def test_what_others_changed_is_shown_kept_and_saved(browser, live_server, scheme, width):
    ada, grace = make_curator("ada"), make_curator("grace")
    organization = make_organization("Café", city="Paris", names=["Bistro", "Salon"])
    context, page = signed_in(
        browser, live_server, ada, color_scheme=scheme, viewport={"width": width, "height": 900}
    )
    page.goto(change_url(organization))
    other = Client()
    other.force_login(grace)
    theirs = change_form(other, organization)
    theirs.delete_row("names", 0)
    assert theirs.send(city="Rome", legal_name="Café SpA").status_code == 302

    page.get_by_label("City:").fill("Milano")
    page.locator("#id_names-0-value").fill("Bistrot")
    page.get_by_role("button", name="Save", exact=True).click()

    told = page.get_by_role("alert")
    expect(told).to_contain_text("grace")
    expect(told).to_contain_text("“Bistro” was deleted meanwhile")
    expect(page.get_by_label("City:")).to_have_value("Milano")
    expect(page.get_by_label("City:")).to_have_accessible_description(
        "Of the head office. Changed meanwhile from Paris to Rome. What you wrote stands here. Choose above "
        "whose stays."
    )
    expect(page.get_by_label("Legal name:")).to_have_value("Café SpA")
    expect(page.locator("#id_names-0-value")).to_have_value("Salon")
    expect(page.locator("#id_names-1-value")).to_have_value("Bistrot")
    found = Axe().run(page, context=".meanwhile-summary")
    assert not found.violations_count, found.generate_report()
    assert told.bounding_box()["width"] <= width

    # Nothing is chosen beforehand, and nothing goes on before something is.
    page.locator("#names-1 .inline-deletelink").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Choose: 1 value that you both changed")
    expect(page.locator("table.d-cells input:checked")).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("m")
    expect(page.locator("table.d-cells input:checked")).to_have_value("mine")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator(".messagelist .success")).to_be_visible()
    organization.refresh_from_db()
    assert (organization.city, organization.legal_name) == ("Milano", "Café SpA")
    assert [name.value for name in organization.names.all()] == ["Salon"]
    context.close()


def test_second_record_is_saved_after_a_look_at_the_first(browser, live_server):
    first = make_organization("NVIDIA", city="Santa Clara")
    context, page = signed_in(browser, live_server, make_curator())
    page.goto("/admin/partners/organization/add/")
    page.get_by_label("Name:", exact=True).fill("Nvidia")
    page.get_by_role("button", name="Save", exact=True).click()

    with context.expect_page() as opened:
        page.get_by_role("link", name="NVIDIA (nvidia, Santa Clara)").click()
    expect(opened.value).to_have_url(f"{live_server.url}{change_url(first)}")
    page.get_by_label("This is a different one: save it, and do not ask again.").check()
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator(".messagelist .success")).to_be_visible()
    assert Organization.objects.count() == 2
    context.close()


@pytest.mark.parametrize("scheme, width", [("light", 1280), ("dark", 390)])
def test_a_changed_value_asks_what_its_source_says_now(browser, live_server, scheme, width):
    nvidia = make_organization("NVIDIA", established=1993)
    citation = cite(nvidia, "established", source=make_source("Newsroom"))
    context, page = signed_in(
        browser, live_server, make_curator(), color_scheme=scheme, viewport={"width": width, "height": 900}
    )
    page.goto(change_url(nvidia))
    expect(page.locator(".evidence-question")).to_have_count(0)
    page.get_by_label("Founded:").fill("1999")
    page.get_by_text("More: address, legal name").click()
    page.get_by_label("Legal name:").fill("NVIDIA Corporation")
    page.get_by_role("button", name="Save", exact=True).click()

    question = page.get_by_role("group", name="“Newsroom” was cited for: 1993.")
    expect(question).to_be_visible()
    expect(page.get_by_label("Legal name:")).to_have_value("NVIDIA Corporation")
    assert question.bounding_box()["width"] <= width
    found = Axe().run(page, context=".field-established")
    assert not found.violations_count, found.generate_report()

    question.get_by_label("The same source says the new value").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    nvidia.refresh_from_db()
    citation.refresh_from_db()
    assert (nvidia.established, nvidia.legal_name, citation.value) == (1999, "NVIDIA Corporation", "1999")
    context.close()


@pytest.mark.parametrize("scheme, width", [("dark", 390)])
def test_two_records_are_merged_and_it_is_taken_back(browser, live_server, scheme, width):
    kept = make_organization("NVIDIA", city="Santa Clara", slug="nvidia")
    other = make_organization("Nvidia Corporation", city="San José", established=1993, slug="nvidia-corp")
    make_agreement("Pact", partners=[other])
    context, page = signed_in(
        browser, live_server, make_curator(), color_scheme=scheme, viewport={"width": width, "height": 900}
    )
    page.goto(change_url(kept))
    page.get_by_role("link", name="Merge with…").click()
    page.locator(".select2-selection").click()
    page.get_by_role("option", name="Nvidia Corporation").click()
    page.get_by_role("button", name="Look at both").click()

    table = page.locator("table.d-cells")
    expect(table).to_contain_text("San José")
    expect(table).to_contain_text("1993")
    page.get_by_role("radio", name="San José").check()
    found = Axe().run(page, context="#content-main")
    assert not found.violations_count, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Merge").click()

    expect(page.locator(".messagelist .success")).to_contain_text("is part of")
    kept.refresh_from_db()
    assert (kept.city, kept.established) == ("San José", 1993)
    page.get_by_role("link", name="See what moved, or take it back").click()
    page.get_by_role("link", name="Take all of this back").click()
    page.get_by_role("button", name="Take back").click()

    expect(page.locator(".messagelist .success")).to_be_visible()
    kept.refresh_from_db()
    assert (kept.city, kept.established) == ("Santa Clara", None)
    assert Organization.objects.get(slug="nvidia-corp").parties.count() == 1
    context.close()
