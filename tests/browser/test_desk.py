"""The desk in a browser: every page for everyone, and nothing that was typed is lost."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import expect

from partners.admin.roles import CONTRIBUTOR, REVIEWER
from partners.changes.revising import revising
from partners.changes.undoing import undo
from partners.curation_vocabularies import Via
from partners.models import Organization
from tests.curation import change_url
from tests.proposals import address_of, cell, decision, press, propose, somebody
from tests.records import cite, make_agreement, make_curator, make_event, make_organization, make_source

from .faults import WITH_TARGETS, faults_at, faults_of
from .test_curation import signed_in

pytestmark = pytest.mark.django_db(transaction=True)
SCREENS = [("light", 1366), ("dark", 390)]


def pages_of(record) -> list[str]:
    """The list of a kind of record, its empty form, and the form, history and merge of one."""
    name = f"admin:partners_{record._meta.model_name}"
    keyed = [reverse(f"{name}_{page}", args=[record.pk]) for page in ("change", "history", "merge")]
    return [reverse(f"{name}_changelist"), reverse(f"{name}_add"), *keyed]


@pytest.mark.appearance
@pytest.mark.parametrize("scheme, width", SCREENS)
def test_every_page_can_be_used_by_everyone(browser, live_server, scheme, width):
    alpha = make_organization("Alpha", names=["First"], established=1993)
    cite(alpha, "established", quote="founded in 1993")
    agreement = make_agreement("Pact", partners=[alpha])
    make_organization("Beta", publication_state="in_review")
    records = [alpha, agreement, make_event(), make_source()]
    others = [reverse(f"admin:{each}") for each in ("index", "gaps", "unverified", "password_change")]
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


@pytest.mark.appearance
@pytest.mark.parametrize("scheme, width", SCREENS)
def test_every_state_of_a_review_can_be_used_by_everyone(browser, live_server, scheme, width):
    """Open, with all kinds of findings; refused; decided in part, as its author sees it."""
    alpha = make_organization("Alpha", names=["First"], established=1993, city="Oslo")
    cite(alpha, "established", quote="founded in 1993", source=make_source("Register", stance="partner"))
    cite(alpha, "city", quote="in Oslo")
    writer, reviewer = somebody(CONTRIBUTOR, "carl"), somebody(REVIEWER, "rosa")
    same = {f"_evidence-{each.pk}": "same" for each in alpha.citations.exclude(field="")}
    proposal = propose(writer, alpha, established="1954", city="Bergen", curator_note="Seen.", **same)
    size = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    context, page = signed_in(browser, live_server, User.objects.get(username="rosa"), **size)
    page.goto(address_of(proposal))
    for level in ("w", "s"):
        expect(page.locator(f".d-find-{level}").first).to_be_visible()
    assert faults_of(page, WITH_TARGETS) == []
    page.get_by_role("button", name="Return with comment").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert faults_of(page, WITH_TARGETS) == []
    press(reviewer, proposal, "decide", **decision(reviewer, proposal, city="accept", established="leave"))
    press(reviewer, proposal, "comment", comment="Why?", about=str(cell(proposal, "established").pk))
    context.close()
    context, page = signed_in(browser, live_server, User.objects.get(username="carl"), **size)
    assert faults_at(page, [address_of(proposal), reverse("admin:index")], WITH_TARGETS) == []
    context.close()


@pytest.mark.appearance
@pytest.mark.parametrize("scheme, width", SCREENS)
def test_history_undo_and_merge_can_be_used_by_everyone(browser, live_server, scheme, width):
    """Cells that go back and cells that do not; a comparison; two records side by side."""
    alpha = make_organization("Alpha", city="Oslo", established=1993, ticker="ALF")
    beta = make_organization("Beta", city="Bergen", names=["B"], website="https://beta.example/")
    make_agreement("Pact", partners=[beta])
    curator = make_curator()
    first = revision_of(curator, alpha, city="Bergen", established=2020, summary_en="What Alpha is and does.")
    undo(first, user=curator, why="It was founded earlier.", column="established")
    revision_of(curator, alpha, city="Delft")
    size = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    context, page = signed_in(browser, live_server, curator, **size)
    history = reverse("admin:partners_organization_history", args=[alpha.pk])
    page.goto(history)
    for words in (f"Undone in revision {first + 1}.", f"Changed since in revision {first + 2}."):
        expect(page.get_by_text(words)).to_be_visible()
    merge = reverse("admin:partners_organization_merge", args=[alpha.pk])
    revision = reverse("admin:partners_revision_change", args=[first])
    pages = [history, revision, f"{revision.removesuffix('change/')}undo/", f"{merge}?with={beta.pk}"]
    pages += [f"{history}?cell=city&by=ada", f"{history}?from={first - 1}&to={first + 2}"]
    assert faults_at(page, pages, WITH_TARGETS) == []

    page.goto(history)
    page.get_by_role("link", name=f"Undo Summary (English) of revision {first}").click()
    expect(page.locator("table.d-cells tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Take back").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    alpha.refresh_from_db()
    assert (alpha.summary_en, alpha.city) == ("What Alpha is.", "Delft")
    context.close()


@pytest.mark.parametrize("scheme, width", SCREENS)
def test_a_conflict_can_be_used_by_everyone(browser, live_server, scheme, width):
    alpha = make_organization("Alpha", city="Oslo", established=1993, names=["First"])
    size = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    context, page = signed_in(browser, live_server, make_curator(), **size)
    page.goto(change_url(alpha))
    revision_of(make_curator("grace"), alpha, city="Bergen", established=1994, legal_name="Alpha AS")
    page.get_by_label("City:").fill("Delft")
    page.get_by_label("Founded:").fill("1995")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Choose: 2 values that you both changed")).to_be_visible()
    assert faults_of(page, WITH_TARGETS) == []

    for key in "jtm":
        page.keyboard.press(key)
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator(".messagelist .success")).to_be_visible()
    alpha.refresh_from_db()
    assert {alpha.city, alpha.established} in ({"Delft", 1994}, {"Bergen", 1995})
    context.close()


def revision_of(curator, record, **values) -> int:
    """Changes a record, and gives the number of the revision."""
    record.refresh_from_db()
    with revising(Via.FORM, user=curator) as announced:
        for name, value in values.items():
            setattr(record, name, value)
        record.save()
    return announced.revision


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


def test_two_tabs_with_one_form_keep_a_draft_each(browser, live_server):
    record = make_organization("Alpha")
    context, page = signed_in(browser, live_server, make_curator())
    for tab, city in ((page, "Delft"), (context.new_page(), "Leiden")):
        tab.goto(change_url(record))
        tab.get_by_label("City:").fill(city)
        # What is typed is kept after a moment, and at the latest when the page is left.
        tab.goto(reverse("admin:index"))

    page = context.new_page()
    page.goto(change_url(record))
    expect(page.get_by_role("button", name="Put it in again")).to_have_count(2)
    page.get_by_role("button", name="Put it in again").first.click()
    expect(page.get_by_label("City:")).to_have_value("Delft")

    assert saved(page, record) == ("Delft", [])
    page.goto(change_url(record))
    page.get_by_role("button", name="Put it in again").click()
    expect(page.get_by_label("City:")).to_have_value("Leiden")
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
    page.get_by_label("Name:", exact=True).fill("")
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
