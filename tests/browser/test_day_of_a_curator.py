"""The jobs of a day at the desk, done with one counter of keys, clicks and pages; and what goes wrong meanwhile.

The first job, a new partner, is counted in `test_partner_form.py`. What all of them took stands at the end of

    python -m pytest tests/browser/test_day_of_a_curator.py tests/browser/test_partner_form.py -k "job or new_partner"
"""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import expect

from partners.admin.roles import CONTRIBUTOR, REVIEWER
from partners.changes.revising import revising
from partners.curation_vocabularies import Via
from partners.models import ImportJob, Organization, Proposal, Revision
from tests.curation import change_url
from tests.importing import worked
from tests.proposals import somebody
from tests.records import cite, make_curator, make_organization, make_partner, make_sector, make_source

from .hands import Hands
from .sharing import serving

WORK = reverse("admin:index")
INTERRUPTED = ("Oscar Solar", "Papa Robotics", "Romeo Optics", "Sierra Wind")
LIST = reverse("admin:partners_organization_changelist")


def make_desk() -> None:
    """What a curator finds in the morning: each job has records of its own."""
    make_curator("ada")
    somebody(CONTRIBUTOR, "carl")
    somebody(REVIEWER, "rosa")
    for name in ("AI models", "Cloud infrastructure", "Data platforms", "Quantum computing"):
        make_sector(name)
    delta = make_partner("Delta Systems", established=1993, city="Paris")
    source = make_source("Delta in short", url="https://delta.example/about", stance="partner")
    cite(delta, "established", source=source, quote="founded in 1993")
    for name in ("Echo Grid", "Foxtrot Power", "Lima Review"):
        make_partner(name, city="Paris", established=1993)
    make_organization("Golf Fusion", publication_state="draft", names=["GF"])
    for number in range(5):
        make_organization(f"Hotel {number}", city="Paris", country_code="FR")
    make_partner("India Chips", city="Oslo")
    make_partner("India Chips Incorporated", established=1993, city="Bergen")
    make_partner("Juliett Compute")
    for number in range(2):
        make_organization(f"Kilo {number}")
    for number in range(10):
        make_organization(f"Mike {number}")
    for name in INTERRUPTED:
        make_organization(name)
    november = make_organization("November Labs")
    Organization.objects.filter(pk=november.pk).update(summary_nl="", city="")


db, server = serving(make_desk)


@pytest.fixture
def at_desk(browser, server, db):
    """Opens the desk for somebody, with a counter."""
    opened = []

    def sit(name: str = "ada", **options) -> Hands:
        hands = Hands(browser, server, User.objects.get(username=name), **options)
        opened.append(hands)
        return hands

    yield sit
    for hands in opened:
        hands.context.close()


def record(name: str) -> Organization:
    return Organization.objects.get(name=name)


def told(page):
    return page.locator(".messagelist .success").first


def others_change(name: str, **values) -> int:
    """Somebody else changes a record; the number of the revision."""
    with revising(Via.FORM, user=User.objects.get(username="rosa")) as announced:
        found = record(name)
        for column, value in values.items():
            setattr(found, column, value)
        found.save()
    return announced.revision


# The jobs -------------------------------------------------------------------------------------------------------------


def find(hands: Hands, words: str) -> None:
    """From any page: to a record by the search over everything."""
    hands.press("/")
    hands.type(words)
    hands.press("Enter")
    hands.click("link", words, exact=False)


def test_job_to_correct_a_value_with_a_quote(at_desk):
    hands = at_desk()
    find(hands, "Delta Systems")
    hands.write_over("established", "1994")
    evidence = hands.page.locator("tr[data-value='established']").first
    evidence.locator("[name$='-quote']").click()
    hands.press("Control+a")
    hands.type("founded in 1994")
    hands.press("Control+s")
    expect(told(hands.page)).to_be_visible()

    cited = record("Delta Systems").citations.get(field="established")
    assert (record("Delta Systems").established, cited.quote) == (1994, "founded in 1994")
    hands.done("correct a value with its quote", keys=8, clicks=3, pages=3)


def test_job_for_two_at_once(at_desk):
    hands = at_desk()
    hands.begin(change_url(record("Echo Grid")))
    others_change("Echo Grid", city="Bergen", legal_name="Echo AS")
    hands.write_over("city", "Delft")
    hands.click("button", "Save", exact=True)
    expect(hands.page.get_by_text("Choose: 1 value that you both changed")).to_be_visible()
    hands.press("j", "m")
    hands.click("button", "Save", exact=True)
    expect(told(hands.page)).to_be_visible()

    assert (record("Echo Grid").city, record("Echo Grid").legal_name) == ("Delft", "Echo AS")
    hands.done("two at once", keys=4, clicks=3, pages=2)


def test_job_to_undo(at_desk):
    number = others_change("Foxtrot Power", city="Delft", established=2090)
    hands = at_desk()
    hands.click("link", "Foxtrot Power")
    hands.click("link", f"Undo Founded of revision {number}")
    hands.click("button", "Take back")
    expect(told(hands.page)).to_be_visible()

    assert (record("Foxtrot Power").established, record("Foxtrot Power").city) == (1993, "Delft")
    hands.done("undo one cell", keys=0, clicks=3, pages=3)


def test_job_to_undelete(at_desk):
    with revising(Via.FORM, user=User.objects.get(username="rosa")):
        record("Golf Fusion").delete()
    hands = at_desk()
    hands.begin(LIST)
    hands.click("link", "Deleted organizations")
    hands.click("link", "Bring back")
    hands.click("button", "Take back")
    expect(told(hands.page)).to_be_visible()

    assert [each.value for each in record("Golf Fusion").names.all()] == ["GF"]
    hands.done("undelete", keys=0, clicks=3, pages=3)


def test_job_to_import_five_changed_cells_and_thirty_new_rows(at_desk):
    lines = ["organization;Name;City;Country;Type;Established;Sectors"]
    lines += [f"hotel-{number};Hotel {number};Delft;FR;;;" for number in range(5)]
    lines += [f";Quebec {number};Oslo;NO;Company;1999;AI models" for number in range(30)]
    hands = at_desk()
    page = hands.page
    hands.click("link", "Import", exact=True)
    hands.at("rows").click()
    hands.type("\n".join(lines))
    hands.click("button", "Show what it would change")
    page.wait_for_url("**/import/*/")
    worked(ImportJob.objects.latest("pk"))
    expect(page.get_by_role("link", name="All 35 rows")).to_be_visible()
    hands.click("button", "Apply 35 rows")
    page.wait_for_url("**/import/*/")
    worked(ImportJob.objects.latest("pk"))
    expect(page.get_by_text("35 rows were written.")).to_be_visible()

    assert Organization.objects.filter(name__startswith="Hotel", city="Delft", country_code="FR").count() == 5
    assert Organization.objects.filter(name__startswith="Quebec", sectors__name_en="AI models").count() == 30
    hands.done("import five changed cells and thirty new rows", keys=0, clicks=4, pages=5)


def test_job_to_find_and_merge_a_duplicate(at_desk):
    hands = at_desk()
    page = hands.page
    find(hands, "India Chips")
    hands.click("link", "Merge with…")
    page.locator(".select2-selection").click()
    hands.type("India Chips Inc")
    page.get_by_role("option", name="India Chips Incorporated").click()
    hands.click("button", "Look at both")
    expect(page.get_by_role("heading", name="What stays")).to_be_visible()
    hands.click("button", "Merge", exact=True)
    expect(told(page)).to_contain_text("is part of")

    kept = record("India Chips")
    assert (kept.city, kept.established, kept.parties.count()) == ("Oslo", 1993, 2)
    hands.done("find and merge a duplicate", keys=2, clicks=6, pages=5)


def test_job_to_rename(at_desk):
    hands = at_desk()
    page = hands.page
    find(hands, "Juliett Compute")
    hands.write_over("name", "Juliett AI")
    page.get_by_text("More: address, legal name").click()
    hands.write_over("slug", "juliett-ai")
    hands.click("button", "Save", exact=True)
    expect(told(page)).to_be_visible()
    hands.done("rename, address included", keys=6, clicks=5, pages=3)

    page.goto("/partners/juliett-compute/")
    expect(page).to_have_url(f"{page.url.partition('/partners/')[0]}/partners/juliett-ai/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Juliett AI")


def test_job_to_withhold(at_desk):
    hands = at_desk()
    hands.begin(f"{LIST}?q=kilo")
    hands.page.locator("#action-toggle").click()
    hands.pick("action", "withhold_selected")
    hands.click("button", "Go", exact=False)
    # It asks first.
    assert Organization.objects.filter(name__startswith="Kilo", publication_state="published").count() == 2
    hands.click("button", "Withhold")
    expect(told(hands.page)).to_be_visible()

    assert not Organization.objects.filter(name__startswith="Kilo", publication_state="published").exists()
    hands.done("withhold two records", keys=1, clicks=4, pages=2)


def test_job_to_find_what_is_incomplete(at_desk):
    hands = at_desk()
    hands.page.get_by_role("region", name="What needs work").get_by_role("link", name="Dutch").first.click()
    expect(hands.page.locator("#result_list")).to_contain_text("November Labs")
    hands.click("link", "November Labs")
    expect(hands.at("summary_nl")).to_have_value("")
    hands.done("find what is incomplete, open one", keys=0, clicks=2, pages=2)


def test_job_to_give_ten_organizations_a_sector(at_desk):
    hands = at_desk()
    page = hands.page
    hands.begin(f"{LIST}?q=mike")
    page.locator("#action-toggle").click()
    hands.click("button", "Edit chosen")
    page.locator(".select2-selection").first.click()
    hands.type("Quantum")
    page.get_by_role("option", name="Quantum computing").click()
    hands.click("button", "Show what changes")
    hands.click("button", "Change 10 records")
    expect(told(page)).to_be_visible()

    found = Organization.objects.filter(name__startswith="Mike", sectors__name_en="Quantum computing")
    assert found.count() == 10
    hands.done("a sector on ten organizations", keys=0, clicks=6, pages=3)


def test_job_to_review_by_two(at_desk):
    """One proposes; the other accepts two cells by the keyboard and leaves one with a comment, which the first one sees."""
    writing = at_desk("carl")
    find(writing, "Lima Review")
    for name, words in (("city", "Milano"), ("established", "1994"), ("website", "https://lima.example/")):
        writing.write_over(name, words)
    writing.click("button", "Save", exact=True)
    expect(told(writing.page)).to_contain_text("Proposed")
    writing.done("propose three cells", keys=8, clicks=5, pages=3)

    deciding = at_desk("rosa")
    page = deciding.page
    deciding.press("j", "Enter")
    publish = page.locator("[data-publish]")
    expect(publish).to_be_disabled()
    # Each of them lacks evidence: together nothing is accepted.
    deciding.press("Shift+A")
    expect(page.locator("[data-count]")).to_have_text("0 of 3 accepted, 0 left, 3 open.")
    deciding.press(*"jaaxkc")
    expect(publish).to_have_text("Publish 2 cells")
    expect(page.get_by_label("Comment")).to_be_focused()
    # Letters that are typed are no keys.
    page.keyboard.type("Which source? max")
    expect(page.locator("[data-count]")).to_have_text("2 of 3 accepted, 1 left, 0 open.")
    typed = len("Which source? max")
    publish.click()
    expect(told(page)).to_contain_text("2 cells were accepted.")
    deciding.done("review three cells, leave one with a comment", keys=10, clicks=1, pages=2, beside=-typed)

    assert record("Lima Review").established == 1994
    page = writing.page
    page.goto(WORK)
    expect(page.locator("section", has_text="Returned to you")).to_contain_text("Which source? max")
    page.get_by_role("link", name="Go on").click()
    expect(page.locator(".d-thread")).to_contain_text("Which source? max")
    assert Proposal.objects.get().cells.filter(state="left").count() == 1


# What goes wrong ------------------------------------------------------------------------------------------------------


def typing(at_desk, name: str) -> Hands:
    """Somebody who has typed into the form of a record: a value, and a row more."""
    hands = at_desk()
    hands.begin(change_url(record(name)))
    hands.write_over("city", "Delft")
    hands.click("button", "Add another Other name")
    hands.type(f"{name} Group")
    hands.pick("names-0-type", "alias")
    return hands


def assert_nothing_is_lost(hands: Hands, name: str) -> None:
    hands.click("button", "Put it in again")
    hands.click("button", "Save", exact=True)
    expect(told(hands.page)).to_be_visible()
    assert_saved(name)


def assert_saved(name: str) -> None:
    found = record(name)
    assert (found.city, [*found.names.values_list("value", flat=True)]) == ("Delft", [f"{name} Group"])


def test_job_to_go_on_after_an_expired_sign_in(at_desk):
    hands = typing(at_desk, "Oscar Solar")
    page = hands.page
    hands.context.clear_cookies(name="sessionid")
    hands.click("button", "Save", exact=True)
    expect(page.get_by_label("Username:")).to_be_focused()
    hands.type("ada")
    hands.press("Tab")
    hands.type("a long password")
    hands.press("Enter")
    assert_nothing_is_lost(hands, "Oscar Solar")
    hands.done("accident: an expired sign-in", keys=5, clicks=6, pages=3)
    # It has done its work: nobody is asked about it again.
    page.goto(change_url(record("Oscar Solar")))
    expect(hands.at("city")).to_have_value("Delft")
    expect(page.get_by_text("that was not saved")).to_have_count(0)


def test_job_to_go_on_after_a_closed_tab(at_desk):
    hands = typing(at_desk, "Papa Robotics")
    hands.page.close(run_before_unload=False)
    hands.page = hands.context.new_page()
    hands.begin(change_url(record("Papa Robotics")))
    expect(hands.at("city")).to_have_value("")
    assert_nothing_is_lost(hands, "Papa Robotics")
    hands.done("accident: a closed tab", keys=0, clicks=2, pages=1)


def test_job_to_go_on_after_the_way_back(at_desk):
    hands = typing(at_desk, "Romeo Optics")
    hands.click("link", "Work", exact=True)
    hands.page.go_back()
    assert_nothing_is_lost(hands, "Romeo Optics")
    hands.done("accident: away and back", keys=3, clicks=6, pages=3)
    # Back to the form after it is saved, and saved again: nothing comes twice.
    hands.page.go_back()
    hands.click("button", "Save", exact=True)
    expect(hands.page.locator(".messagelist, .errornote, .meanwhile-summary").first).to_be_visible()
    assert_saved("Romeo Optics")


def test_job_to_press_twice(at_desk):
    hands = at_desk()
    hands.begin(reverse("admin:partners_organization_add"))
    hands.at("name").click()
    hands.type("Tango Fabrics")
    before = Revision.newest()
    hands.page.get_by_role("button", name="Save", exact=True).dblclick()
    expect(told(hands.page)).to_be_visible()
    assert Organization.objects.filter(name="Tango Fabrics").count() == 1
    assert Revision.newest() == before + 1
    hands.done("accident: pressed twice", keys=0, clicks=3, pages=1)


def test_job_to_go_on_after_the_network_was_gone(at_desk):
    hands = typing(at_desk, "Sierra Wind")
    hands.context.set_offline(True)
    with hands.page.expect_event("requestfailed"):
        hands.click("button", "Save", exact=True)
    hands.context.set_offline(False)
    hands.begin(change_url(record("Sierra Wind")))
    assert_nothing_is_lost(hands, "Sierra Wind")
    hands.done("accident: no network", keys=0, clicks=2, pages=1)
