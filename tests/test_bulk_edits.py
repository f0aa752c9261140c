"""The same value for many records: shown as a table of cells first, then written as one revision, or proposed."""

import pytest
from django.urls import reverse

from partners.admin.roles import CONTRIBUTOR, REVIEWER
from partners.curation_vocabularies import Via
from partners.models import Citation, Organization, Proposal, Revision
from tests.proposals import somebody
from tests.records import cite, make_agreement, make_organization, make_sector

pytestmark = pytest.mark.django_db
EDIT = reverse("admin:partners_organization_edit")
LIST = reverse("admin:partners_organization_changelist")


@pytest.fixture
def reviewer():
    return somebody(REVIEWER)


def chosen(*records) -> dict:
    return {"_selected_action": [record.pk for record in records], "select_across": "0", "_edit": "1"}


def asked(page, **values) -> dict:
    """What the form of a page sends on."""
    sent = {"_keys": page.context["keys"], "_asked": "1", "planned": ""}
    return sent | {"_planned": page.context.get("planned") or ""} | values


def cells(page) -> list[tuple]:
    return [tuple(map(str, cell)) for cell in page.context["cells"]]


def sectors_of(record) -> set[str]:
    return set(record.sectors.values_list("name_en", flat=True))


def test_a_term_for_many_is_shown_first_and_written_once(reviewer):
    energy, chips = make_sector("Energy"), make_sector("Chips")
    alpha, beta = make_organization("Alpha", sectors=[chips]), make_organization("Beta", sectors=[energy])
    page = reviewer.post(EDIT, chosen(alpha, beta))
    wanted = {"add_sectors": [energy.pk], "drop_sectors": [chips.pk]}

    preview = reviewer.post(EDIT, asked(page, **wanted))

    assert {(record, after) for record, _what, _before, after in cells(preview) if after} == {
        ("Alpha", "Energy")
    }
    assert {(record, before) for record, _what, before, _after in cells(preview) if before} == {
        ("Alpha", "Chips")
    }
    assert sectors_of(alpha) == {"Chips"}
    done = reviewer.post(EDIT, asked(preview, **wanted, _apply="1", why="The same trade."))
    assert done.url == LIST
    assert (sectors_of(alpha), sectors_of(beta)) == ({"Energy"}, {"Energy"})
    revision = Revision.objects.order_by("-number").first()
    assert (revision.via, revision.why) == (Via.LIST, "The same trade.")
    # Asked once more there is nothing to do.
    assert cells(reviewer.post(EDIT, asked(page, **wanted))) == []


def test_what_was_shown_is_what_is_written(reviewer):
    record = make_organization("Alpha", type="company")
    page = reviewer.post(EDIT, chosen(record))
    preview = reviewer.post(EDIT, asked(page, set_type="government"))
    Organization.objects.update(type="nonprofit")

    again = reviewer.post(EDIT, asked(preview, set_type="government", _apply="1"))

    assert again.context["is_other"] and Organization.objects.get().type == "nonprofit"
    assert cells(again) == [("Alpha", "Type", "Nonprofit", "Government")]
    reviewer.post(EDIT, asked(again, set_type="government", _apply="1"))
    assert Organization.objects.get().type == "government"


def test_citations_of_what_changes_are_told(reviewer):
    record = make_organization("Alpha", type="company")
    cited = cite(record, "type")
    preview = reviewer.post(EDIT, asked(reviewer.post(EDIT, chosen(record)), set_type="government"))

    assert preview.context["lapsing"] == [f"alpha, type: {cited.source.slug}"]
    reviewer.post(EDIT, asked(preview, set_type="government", _apply="1"))
    assert not Citation.objects.get(pk=cited.pk).supports_current


def test_who_may_not_publish_proposes_it():
    contributor = somebody(CONTRIBUTOR)
    record, energy = make_organization("Alpha"), make_sector("Energy")
    preview = contributor.post(EDIT, asked(contributor.post(EDIT, chosen(record)), add_sectors=[energy.pk]))
    assert preview.context["is_proposed"]

    contributor.post(EDIT, asked(preview, add_sectors=[energy.pk], _apply="1"))

    assert sectors_of(record) == set()
    assert Proposal.objects.get().cells.count() == 1


def test_all_pages_of_a_list_can_be_chosen(reviewer):
    for number in range(60):
        make_organization(f"Lab {number}")
    make_organization("Other")
    sent = chosen(Organization.objects.first()) | {"select_across": "1"}

    page = reviewer.post(f"{EDIT}?q=lab", sent)

    assert len(page.context["records"]) == 60
    preview = reviewer.post(EDIT, asked(page, set_ownership="public-company"))
    reviewer.post(EDIT, asked(preview, set_ownership="public-company", _apply="1"))
    assert Organization.objects.filter(ownership="public-company").count() == 60


def test_a_rule_that_would_be_broken_is_said_and_nothing_written(reviewer):
    agreement = make_agreement("Pact", agreement_type="mou")
    make_agreement("Other", agreement_type="mou")
    url = reverse("admin:partners_agreement_edit")
    page = reviewer.post(url, chosen(agreement))

    empty = reviewer.post(url, asked(page))
    unknown = reviewer.post(url, asked(page, set_agreement_type="nothing"))
    too_long = reviewer.post(url, asked(page, set_agreement_type="crada", why="x" * 1001))

    assert "Say what is to change" in empty.content.decode()
    assert unknown.context["form"].errors["set_agreement_type"]
    assert "at most 1000" in str(too_long.context["form"].errors["why"])


@pytest.mark.parametrize("keys", ["", "x", "0", "99999999999999999999", "1 2 x"])
def test_without_a_record_it_leads_back(reviewer, keys):
    assert reviewer.get(EDIT).url == LIST
    assert reviewer.post(EDIT, {"_keys": keys, "_asked": "1"}).url == LIST


def test_ten_get_a_sector_in_six_clicks_and_three_pages(reviewer):
    """All, edit, the field, its term, show, change; the form, the cells, the list. The list has the button."""
    for number in range(10):
        make_organization(f"Lab {number}")

    html = reviewer.get(LIST).content.decode()

    assert f'formaction="{EDIT}?"' in html and html.count('name="_selected_action"') == 10


def test_a_reason_that_is_too_long_comes_back_whole(reviewer):
    record = make_organization("Alpha")
    wanted = {"_keys": record.pk, "_asked": "1", "set_ownership": "private", "why": "x" * 1001}

    answer = reviewer.post(EDIT, wanted)

    assert "at most 1000 characters" in answer.text
    assert "x" * 1001 in answer.text


@pytest.mark.parametrize("query", ["?bogus=1", "?sectors__evil=1", "?type__exact=%00"])
def test_a_list_that_was_asked_for_wrongly_holds_nothing_to_choose(reviewer, query):
    assert reviewer.post(EDIT + query, {"select_across": "1"}).status_code == 302


@pytest.mark.parametrize("key", ["x", "9" * 40])
def test_terms_that_no_page_sends_are_refused(reviewer, key):
    record = make_organization("Alpha")

    answer = reviewer.post(EDIT, {"_keys": record.pk, "_asked": "1", "add_sectors": key})

    assert answer.context["form"].errors["add_sectors"]
