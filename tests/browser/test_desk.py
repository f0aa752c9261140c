"""The desk in a browser: every page for everyone, and nothing that was typed is lost."""

import pytest
from django.contrib import admin
from django.urls import reverse
from playwright.sync_api import expect

from partners.models import Organization, OrganizationName
from tests.curation import change_url
from tests.records import cite, make_agreement, make_curator, make_event, make_organization, make_source

from .faults import WITH_TARGETS, faults_at
from .test_curation import signed_in

pytestmark = pytest.mark.django_db(transaction=True)
SCREENS = [("light", 1366), ("dark", 390)]


def pages_of(record) -> list[str]:
    """The list of a kind of record, its empty form, and the form, history and merge of one."""
    name = f"admin:partners_{record._meta.model_name}"
    keyed = [reverse(f"{name}_{page}", args=[record.pk]) for page in ("change", "history", "merge")]
    return [reverse(f"{name}_changelist"), reverse(f"{name}_add"), *keyed]


@pytest.mark.parametrize("scheme, width", SCREENS)
def test_every_page_can_be_used_by_everyone(browser, live_server, scheme, width):
    alpha = make_organization("Alpha", names=["First"], established=1993)
    cite(alpha, "established", quote="founded in 1993")
    agreement = make_agreement("Pact", partners=[alpha])
    make_organization("Beta", publication_state="in_review")
    records = [alpha, agreement, make_event(), make_source()]
    others = [reverse(f"admin:{each}") for each in ("index", "gaps", "password_change")]
    lists = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
        if model not in {type(record) for record in records}
    ]
    pages = [*others, reverse("admin:everything") + "?q=alpha", *lists]
    context, page = signed_in(
        browser, live_server, make_curator(), color_scheme=scheme, viewport={"width": width, "height": 900}
    )

    assert (
        faults_at(page, pages + [url for record in records for url in pages_of(record)], WITH_TARGETS) == []
    )
    context.close()


def typed_into(page, record) -> None:
    """A value, a picked sector, a row more."""
    page.goto(change_url(record))
    page.get_by_label("City:").fill("Delft")
    page.locator("#names-group .add-row a").click()
    page.locator("#id_names-0-value").fill("Further name")
    page.locator("#id_names-0-type").select_option("alias")


def saved(page, record) -> tuple:
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    record.refresh_from_db()
    return record.city, [*record.names.values_list("value", flat=True)]


def test_what_was_typed_survives_an_expired_sign_in(browser, live_server):
    curator, record = make_curator(), make_organization("Alpha")
    context, page = signed_in(browser, live_server, curator)
    typed_into(page, record)
    context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_label("Username:").fill("ada")
    page.get_by_label("Password:").fill("a long password")
    page.get_by_role("button", name="Log in").click()

    page.get_by_role("button", name="Put it in again").click()

    assert saved(page, record) == ("Delft", ["Further name"])
    # It has done its work: nobody is asked about it again.
    page.goto(change_url(record))
    expect(page.get_by_label("City:")).to_have_value("Delft")
    expect(page.get_by_text("that was not saved")).to_have_count(0)
    context.close()


def test_what_was_typed_survives_a_closed_tab(browser, live_server):
    record = make_organization("Alpha")
    context, page = signed_in(browser, live_server, make_curator())
    typed_into(page, record)
    page.close(run_before_unload=False)
    page = context.new_page()
    page.goto(change_url(record))
    expect(page.get_by_label("City:")).to_have_value("")

    page.get_by_role("button", name="Put it in again").click()

    assert saved(page, record) == ("Delft", ["Further name"])
    context.close()


def test_a_draft_can_be_thrown_away_and_goes_with_its_writer(browser, live_server):
    record = make_organization("Alpha")
    context, page = signed_in(browser, live_server, make_curator())
    typed_into(page, record)
    page.reload()
    page.get_by_role("button", name="Throw it away").click()
    page.reload()
    expect(page.get_by_text("that was not saved")).to_have_count(0)
    typed_into(page, record)

    page.get_by_role("button", name="Log out").click()

    expect(page.get_by_text("Logged out")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('desk-draft'))") == []
    context.close()


def test_a_second_press_saves_nothing_twice(browser, live_server):
    context, page = signed_in(browser, live_server, make_curator())
    page.goto(reverse("admin:partners_organization_add"))
    page.get_by_label("Name:", exact=True).fill("Alpha")
    page.get_by_label("Slug:").fill("alpha")
    page.get_by_role("button", name="Save", exact=True).dblclick()
    expect(page.locator(".messagelist")).to_be_visible()

    assert Organization.objects.count() == 1
    assert not OrganizationName.objects.exists()
    context.close()


def put_in_again(context, record):
    page = context.new_page()
    page.goto(change_url(record))
    page.get_by_role("button", name="Put it in again").click()
    return page


def test_a_draft_takes_nothing_back_that_others_saved_since(browser, live_server):
    record = make_organization("Alpha", city="Delft")
    context, page = signed_in(browser, live_server, make_curator())
    page.goto(change_url(record))
    page.get_by_label("Region:").fill("Zuid-Holland")
    page.close(run_before_unload=False)
    Organization.objects.filter(pk=record.pk).update(city="Leiden")

    page = put_in_again(context, record)
    page.get_by_role("button", name="Save", exact=True).click()

    # As of a tab that was open all the time.
    expect(page.locator(".meanwhile-summary")).to_be_visible()
    expect(page.get_by_label("City:")).to_have_value("Leiden")
    context.close()


def test_what_is_refused_and_sent_again_stays_kept(browser, live_server):
    record = make_organization("Alpha")
    context, page = signed_in(browser, live_server, make_curator())
    page.goto(change_url(record))
    page.get_by_label("City:").fill("Delft")
    page.get_by_label("Slug:").fill("")
    page.evaluate("document.querySelectorAll('form').forEach((form) => { form.noValidate = true; })")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".errornote")).to_be_visible()
    context.clear_cookies(name="sessionid")
    page.evaluate("document.querySelectorAll('form').forEach((form) => { form.noValidate = true; })")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_label("Username:").fill("ada")
    page.get_by_label("Password:").fill("a long password")
    page.get_by_role("button", name="Log in").click()

    page.get_by_role("button", name="Put it in again").click()

    expect(page.get_by_label("City:")).to_have_value("Delft")
    context.close()


def test_drafts_of_others_outlive_a_sign_out(browser, live_server):
    context, page = signed_in(browser, live_server, make_curator())
    others = "desk-draft 999 /admin/partners/organization/add/"
    draft = "JSON.stringify({ at: Date.now(), values: {} })"
    page.goto(reverse("admin:index"))
    page.evaluate(f"localStorage.setItem('{others}', {draft})")
    page.get_by_role("button", name="Log out").click()

    expect(page.get_by_text("Logged out")).to_be_visible()
    kept = page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('desk-draft'))")
    assert kept == [others]
    context.close()


def test_a_form_works_where_the_browser_keeps_nothing(browser, live_server):
    record = make_organization("Alpha")
    context, page = signed_in(browser, live_server, make_curator())
    faults = []
    page.on("pageerror", lambda fault: faults.append(fault.stack))
    page.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage'])"
        " Object.defineProperty(window, name, { get() { throw new Error('no'); } });"
    )
    typed_into(page, record)

    assert saved(page, record) == ("Delft", ["Further name"])
    assert not [fault for fault in faults if fault == "no"]
    context.close()
