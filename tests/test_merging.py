"""Two records become one, and taking that back restores both."""

import random

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from partners.admin.roles import CONTRIBUTOR, REVIEWER
from partners.changes.merging import merge_records, plan_merging
from partners.changes.undoing import undo
from partners.models import (
    Agreement,
    Citation,
    Event,
    Judgement,
    MissionArea,
    Organization,
    Proposal,
    Revision,
    Sector,
    Source,
)
from tests.curation import change_form, change_url
from tests.laws import seeds
from tests.proposals import accept_each, address_of, press, somebody
from tests.records import (
    add_amount,
    add_party,
    cite,
    make_agreement,
    make_curator,
    make_event,
    make_mission_area,
    make_organization,
    make_programme,
    make_sector,
    make_source,
)
from tests.test_journal import whole_state

pytestmark = pytest.mark.django_db(transaction=True)

KINDS = (Organization, Source, Sector, MissionArea, Agreement, Event)


def a_directory(rng) -> None:
    """Records of every kind, tied to one another at random, many of them alike."""
    sectors = [make_sector() for _ in range(3)]
    areas = [make_mission_area() for _ in range(2)]
    areas.append(make_mission_area(parent=rng.choice(areas)))
    events, sources = [make_event(cited=False) for _ in range(3)], [make_source() for _ in range(4)]
    organizations = []
    for number in range(6):
        place = rng.choice(
            ({}, {"city": "Ottawa", "country_code": "CA", "region_code": "CA-ON"}, {"city": "Delft"})
        )
        organizations.append(
            make_organization(
                sectors=rng.sample(sectors, rng.randrange(3)),
                names=rng.sample(["Alpha", "ALPHA Inc", "Beta", "Beta.", "Gamma"][::2], rng.randrange(3)),
                parent=rng.choice([None, *organizations]),
                wikidata_id=rng.choice(("", f"Q{number + 1}")),
                established=rng.choice((None, 1990, 2001)),
                curator_note=rng.choice(("", "One.", "Two.")),
                publication_state=rng.choice(("published", "draft")) if number else "published",
                cited=False,
                **place,
            )
        )
    make_programme(lead=rng.choice(organizations), announcement=rng.choice(events))
    agreements = []
    for _number in range(4):
        agreement = make_agreement(
            partners=[organizations[0], rng.choice(organizations[1:])],
            laboratories=rng.sample(organizations, rng.randrange(3)),
            mission_areas=rng.sample(areas, rng.randrange(3)),
            announcement=rng.choice([None, *events]),
            cited=False,
        )
        agreements.append(agreement)
        for _each in range(rng.randrange(3)):
            amount = add_amount(agreement, rng.choice((5, 7)), giver=rng.choice([None, *organizations]))
            source = rng.choice(sources)
            cite(agreement, "amounts", source=source, agreement_amount=amount)
    for record in (*organizations, *agreements, *events, *sectors, *areas):
        for field in {"", rng.choice(type(record).citable_fields[:5])} - {"amounts"}:
            for source in rng.sample(sources, rng.randrange(1, 3)):
                cite(record, field, source=source, quote=rng.choice(("", "It says so.")))


def two_of(model, rng):
    return rng.sample(list(model.objects.order_by("pk")), 2)


@pytest.mark.parametrize("model", KINDS, ids=lambda model: model.__name__)
@pytest.mark.parametrize("seed", seeds(3))
def test_merge_and_undo_is_nothing(model, seed):
    rng = random.Random(seed)  # noqa: S311
    a_directory(rng)
    merged = 0
    for _attempt in range(4):
        kept, other = two_of(model, rng)
        cells = [cell.name for cell in plan_merging(kept, other).cells]
        taken = rng.sample(cells, rng.randrange(len(cells) + 1))
        before = whole_state()
        said = plan_merging(kept, other, taken).rows
        named = [named_in(rows, kept) for rows in said]
        try:
            number = merge_records(kept, other, taken)
        except ValidationError:
            # A circle of parents, or a record that lacks something: then nothing is written.
            assert whole_state() == before
            continue
        merged += 1
        assert not model.objects.filter(pk=other.pk).exists()
        after = whole_state()
        # What a preview says that stays is what stayed.
        assert [len(own & named_in(rows, kept)) for rows, own in zip(said, named, strict=True)] == [
            rows.stays for rows in said
        ]

        # Taken back, made again, and taken back again.
        for state in (before, after, before):
            undone = undo(number)
            number = Revision.newest()
            assert undone.refused == []
            assert whole_state() == state
    assert merged


def test_what_a_record_has_moves_to_the_one_that_stays():
    cloud, chips = make_sector("Cloud"), make_sector("Chips")
    kept = make_organization("NVIDIA", sectors=[cloud], names=["Nvidia Corp"], city="Santa Clara")
    other = make_organization(
        "Nvidia Corporation",
        sectors=[cloud, chips],
        names=["Nvidia Corp", "NVDA"],
        established=1993,
        city="San José",
        wikidata_id="Q182477",
        publication_state="draft",
    )
    child = make_organization("Mellanox", parent=other)
    both = make_agreement("Both", partners=[kept, other])
    alone = make_agreement("Alone", partners=[other])
    amount = add_amount(alone, giver=other)
    source = make_source("Press")
    for record in (kept, other):
        cite(record, "city", source=source, quote="In the valley.")
    cite(other, "established", source=source)
    paper = make_source("Paper")
    cite(other, "city", source=paper)

    number = merge_records(kept, other, why="The same company.")

    kept.refresh_from_db()
    assert (kept.established, kept.city, kept.wikidata_id) == (1993, "Santa Clara", "Q182477")
    assert {each.value for each in kept.names.all()} == {"Nvidia Corp", "NVDA", "Nvidia Corporation"}
    assert set(kept.sectors.all()) == {cloud, chips}
    assert [child.parent_id for child in Organization.objects.filter(pk=child.pk)] == [kept.pk]
    assert [party.organization_id for party in both.parties.all()] == [kept.pk]
    assert [party.organization_id for party in alone.parties.all()] == [kept.pk]
    amount.refresh_from_db()
    assert amount.giver_id == kept.pk
    # Said of the city that goes, by another source: it stays, as one of an earlier value.
    cited = {(each.source_id, each.field): each for each in kept.citations.all()}
    assert (cited[source.pk, "city"].value, cited[source.pk, "city"].supports_current) == (
        "Santa Clara",
        True,
    )
    assert (cited[paper.pk, "city"].value, cited[paper.pk, "city"].supports_current) == ("San José", False)
    assert cited[source.pk, "established"].supports_current
    revision = Revision.objects.get(number=number)
    assert (revision.via, revision.why) == ("merge", "The same company.")


def test_a_citation_goes_with_the_value_that_is_chosen():
    source = make_source("Press")
    kept, other = make_organization("One", city="Delft"), make_organization("Two", city="Leiden")
    for record in (kept, other):
        cite(record, "city", source=source)

    merge_records(kept, other, ["city"])

    citation = kept.citations.get(field="city")
    assert (citation.value, citation.supports_current) == ("Leiden", True)


@pytest.mark.parametrize("taken, stays", [((), "In Delft."), (("city",), "In Leiden.")])
def test_a_quote_stays_word_for_word_and_the_other_one_in_the_note(admin_client, taken, stays):
    """What is put together from two quotes stands in no source."""
    source = make_source("Press")
    kept, other = make_organization("One", city="Delft"), make_organization("Two", city="Leiden")
    for record in (kept, other):
        cite(record, "city", source=source, quote=f"In {record.city}.", curator_note="Page 1.")
    cite(kept, "name", source=source, quote="One.")
    cite(other, "name", source=source, quote="It is called One. And grew.")
    page = admin_client.get(reverse("admin:partners_organization_merge", args=[kept.pk]), {"with": other.pk})
    assert "“In Leiden.” goes into its curator’s note" in " ".join(page.content.decode().split())

    merge_records(kept, other, taken)

    citation = kept.citations.get(field="city")
    goes = ({"In Delft.", "In Leiden."} - {stays}).pop()
    assert (citation.quote, citation.curator_note) == (stays, f"Page 1.\n\nAlso quoted: “{goes}”")
    assert kept.citations.get(field="name").quote == "It is called One. And grew."


def test_addresses_of_the_one_that_goes_lead_to_the_one_that_stays(client):
    kept, other = make_organization("Alpha"), make_organization("Beta")
    Organization.objects.filter(pk=other.pk).update(slug="gamma")
    other.refresh_from_db()

    number = merge_records(kept, other)

    for slug in ("beta", "gamma"):
        assert client.get(f"/partners/{slug}/")["Location"] == "/partners/alpha/"
    undo(number)
    assert client.get("/partners/gamma/").status_code == 200
    assert client.get("/partners/beta/")["Location"] == "/partners/gamma/"
    undo(Revision.newest())
    for slug in ("beta", "gamma"):
        assert client.get(f"/partners/{slug}/")["Location"] == "/partners/alpha/"


@pytest.mark.parametrize("model", [Organization, Sector, MissionArea, Event], ids=lambda each: each.__name__)
def test_a_merge_that_moved_no_row_leads_on_when_it_is_made_again(client, model):
    kept, other = make_two(model)
    # Both cite the same source for the same: the citation of the one that goes becomes part of the other.
    Citation.objects.update(source=make_source())
    old, new = other.get_absolute_url(), kept.get_absolute_url()

    merge_records(kept, other)
    for _time in range(2):
        assert client.get(old)["Location"] == new
        undo(Revision.newest())
        assert client.get(old).status_code == 200
        undo(Revision.newest())
    assert client.get(old)["Location"] == new
    # What was taken back was a merge; a deletion of later is none.
    undo(Revision.newest())
    other.delete()
    assert client.get(old).status_code == 410


def test_what_readers_see_stays_visible():
    kept, other = make_organization("Alpha", publication_state="draft"), make_organization("Beta")
    agreement = make_agreement(partners=[other])

    merge_records(kept, other)

    kept.refresh_from_db()
    assert kept.is_published and kept.published_at == other.published_at
    assert Agreement.objects.published().get() == agreement


def test_a_circle_of_parents_is_refused():
    top = make_organization("Top")
    middle = make_organization("Middle", parent=top)
    low = make_organization("Low", parent=middle)

    with pytest.raises(ValidationError, match="circle"):
        merge_records(low, top)
    assert Organization.objects.count() == 3


# In curation -----------------------------------------------------------------------------------------------------------


def merge_url(kept, other=None) -> str:
    name = f"admin:partners_{kept._meta.model_name}_merge"
    return reverse(name, args=[kept.pk]) + (f"?with={other.pk}" if other else "")


def make_two(model):
    makers = {
        Organization: make_organization,
        Source: make_source,
        Sector: make_sector,
        MissionArea: make_mission_area,
        Agreement: make_agreement,
        Event: make_event,
    }
    return makers[model]("One"), makers[model]("Two")


@pytest.mark.parametrize("model", KINDS, ids=lambda model: model.__name__)
def test_two_records_of_every_kind_are_merged_in_curation(admin_client, model):
    kept, other = make_two(model)
    assert merge_url(kept) in admin_client.get(change_url(kept)).content.decode()
    for nothing in ("", "?with=", "?with=2025-12-18", f"?with={'9' * 30}"):
        assert admin_client.get(merge_url(kept) + nothing).status_code == 200
    page = admin_client.get(merge_url(kept, other))
    name = kept.called if hasattr(kept, "called") else "title"
    assert str(other) in page.content.decode()
    before = Revision.objects.count()

    answer = admin_client.post(
        merge_url(kept),
        {"with": other.pk, "_planned": page.context["planned"], f"cell-{name}": "other", "why": "Twins."},
        follow=True,
    )

    assert "is part of" in answer.content.decode()
    assert Revision.objects.count() == before + 1
    assert [getattr(each, name) for each in model.objects.filter(pk__in=[kept.pk, other.pk])] == ["Two"]


def test_what_changed_meanwhile_is_shown_first(admin_client):
    kept, other = make_organization("One"), make_organization("Two")
    page = admin_client.get(merge_url(kept, other))
    Organization.objects.filter(pk=other.pk).update(city="Delft")

    answer = admin_client.post(merge_url(kept), {"with": other.pk, "_planned": page.context["planned"]})

    assert "changed meanwhile" in answer.content.decode() and "Delft" in answer.content.decode()
    assert Organization.objects.count() == 2


def test_merging_needs_the_rights_to_change_and_delete(client):
    kept, other = make_organization("One"), make_organization("Two", publication_state="draft")
    rights = ["view_organization", "change_organization", "delete_organization"]
    for missing in rights[1:]:
        left = [each for each in rights if each != missing]
        client.force_login(make_curator(missing, permissions=left))
        assert client.get(merge_url(kept, other)).status_code == 403
        assert merge_url(kept) not in client.get(change_url(kept)).content.decode()

    client.force_login(make_curator("ada", permissions=rights))
    page = client.get(merge_url(kept, other)).content.decode()
    assert "the merge is proposed" in page
    client.force_login(make_curator("grace", permissions=[*rights, "publish_organization"]))
    assert "the merge is proposed" not in client.get(merge_url(kept, other)).content.decode()


def propose_merging(client, kept, other) -> Proposal:
    page = client.get(merge_url(kept, other))
    sent = {"with": other.pk, "_planned": page.context["planned"], "why": "Twins."}
    assert client.post(merge_url(kept), sent).status_code == 302
    return Proposal.objects.first()


def test_a_proposed_merge_leads_addresses_on_when_it_is_accepted(client):
    kept, other = make_organization("Alpha"), make_organization("Beta")
    make_agreement("Pact", partners=[other])
    proposal = propose_merging(somebody(CONTRIBUTOR), kept, other)
    assert client.get("/partners/beta/").status_code == 200
    reviewer = somebody(REVIEWER)
    page = reviewer.get(address_of(proposal)).content.decode()
    # What uses the one that goes, and the two as they are today.
    assert "Used by" in page and "Pact" in page
    assert merge_url(kept, other).replace("&", "&amp;") in page

    accept_each(reviewer, proposal)

    assert client.get("/partners/beta/")["Location"] == "/partners/alpha/"
    undo(Revision.objects.first().number)
    assert client.get("/partners/beta/").status_code == 200
    undo(Revision.objects.first().number)
    assert client.get("/partners/beta/")["Location"] == "/partners/alpha/"


def test_who_came_to_use_a_record_since_its_merge_was_proposed_uses_the_one_that_stays():
    cloud = make_sector("Cloud")
    kept, other = make_organization("Alpha", sectors=[cloud]), make_organization("Beta")
    proposal = propose_merging(somebody(CONTRIBUTOR), kept, other)
    child, chips = make_organization("Gamma", parent=other), make_sector("Chips")
    other.sectors.add(cloud, chips)

    assert accept_each(somebody(REVIEWER), proposal).status_code == 302
    proposal.refresh_from_db()
    child.refresh_from_db()
    assert (proposal.state, child.parent_id) == ("applied", kept.pk)
    assert set(kept.sectors.all()) == {cloud, chips}
    assert not Organization.objects.filter(pk=other.pk).exists()


def test_the_question_about_twins_leads_to_the_merge(admin_client):
    one, other = make_organization("One"), make_organization("Two")

    page = change_form(admin_client, other).send(name="One")

    assert merge_url(other, one).replace("&", "&amp;") in page.content.decode()


def test_queries_of_the_preview_do_not_grow(admin_client):
    from tests.database import queries_of

    def more(number):
        for record in (kept, other):
            for _each in range(number):
                child = make_organization(parent=record, sectors=[make_sector()])
                add_party(make_agreement(partners=[child]), record)
                cite(record, "city")

    kept, other = make_organization("One"), make_organization("Two")
    more(1)
    admin_client.get(merge_url(kept, other))
    few = queries_of(admin_client.get, merge_url(kept, other))
    more(4)
    assert queries_of(admin_client.get, merge_url(kept, other)) == few


def test_of_two_proposals_to_merge_the_same_the_second_is_settled_as_a_whole():
    kept, other = make_organization("Alpha"), make_organization("Beta", names=["B"])
    make_agreement("Pact", partners=[other])
    first = propose_merging(somebody(CONTRIBUTOR), kept, other)
    second = propose_merging(somebody(CONTRIBUTOR, "bob"), other, kept)
    reviewer = somebody(REVIEWER)

    accept_each(reviewer, first)
    undo(Revision.newest())

    second.refresh_from_db()
    assert second.state == "superseded" and not second.cells.exclude(state="superseded").exists()
    press(reviewer, second, "reopen")
    accept_each(reviewer, second)
    assert [each.name for each in Organization.objects.filter(name__in=["Alpha", "Beta"])] == ["Beta"]


def test_a_proposal_to_make_a_merge_again_leads_addresses_on_too(client):
    kept, other = make_organization("Alpha"), make_organization("Beta")
    undo(merge_records(kept, other))
    contributor = somebody(CONTRIBUTOR)
    contributor.post(reverse("admin:partners_revision_undo", args=[Revision.newest()]))
    assert client.get("/partners/beta/").status_code == 200

    accept_each(somebody(REVIEWER), Proposal.objects.get())

    assert client.get("/partners/beta/")["Location"] == "/partners/alpha/"


def test_half_of_a_merge_is_refused_in_words():
    kept, other = make_organization("Alpha"), make_organization("Beta")
    make_agreement("Pact", partners=[other])
    proposal = propose_merging(somebody(CONTRIBUTOR), kept, other)
    going = proposal.cells.get(table="organization", column="")

    answer = press(somebody(REVIEWER), proposal, "decide", **{f"cell-{going.pk}": "accept"})

    told = " ".join(answer.context["problems"])
    assert answer.status_code == 409 and "What belongs together is accepted" in told
    assert "partners_" not in told
    assert Organization.objects.filter(pk=other.pk).exists()


def test_two_that_are_looked_at_can_be_noted_as_different():
    reviewer, kept, other = (
        somebody(REVIEWER),
        make_organization("Alpha"),
        make_organization("Alpha!", slug="a"),
    )
    reviewer.post(merge_url(kept), {"with": other.pk, "_different": "yes", "why": "Two towns."})
    judgement = Judgement.objects.get()
    assert {judgement.first, judgement.second} == {kept.pk, other.pk} and judgement.why == "Two towns."
    assert Organization.objects.count() == 2


def test_every_value_of_both_stands_side_by_side():
    kept = make_organization("Alpha", city="Oslo", ticker="ALF", curator_note="One.", summary_en="The same.")
    other = make_organization(
        "Beta", website="https://b.example", curator_note="Two.", summary_en="The same."
    )
    page = somebody(REVIEWER).get(merge_url(kept), {"with": other.pk})
    notes = {row.title: row.parts[-1].words for row in page.context["table"].rows}
    assert notes["Ticker"] == "only here, stays" and notes["Summary (English)"] == "the same"
    assert notes["Website"] == "fills the gap" and notes["Name"] == "“Beta” is kept as another name"
    assert notes["Curator's note"] == "both are kept, one under the other"


def named_in(rows, record):
    """The rows that name a record, but for itself."""
    found = rows.model._base_manager.filter(**{rows.column.name: record.pk})
    itself = {record.pk} if rows.model is type(record) else set()
    return set(found.values_list("pk", flat=True)) - itself


def test_a_merge_says_what_stays_and_what_becomes_of_the_other(admin_client):
    kept = make_organization("NVIDIA", slug="nvidia", city="Santa Clara", names=["Nvidia"], cited=False)
    other = make_organization("Nvidia Corp", slug="nvidia-corp", established=1993, cited=False)
    make_agreement("Own", partners=[kept])
    make_agreement("Another", partners=[kept])
    other.slug = "nvidia-corporation"
    other.save()
    address = f"{change_url(kept, 'merge')}?with={other.pk}"

    context = admin_client.get(address).context

    said = {each.title: (each.value, each.note) for each in context["stays"]}
    assert said["Name"] == ("NVIDIA", "")
    assert said["Address"] == ("/partners/nvidia/", "")
    # Name, type, summary and city are as they were; one comes from the other.
    assert said["Values"] == ("4", "from the other one: founded")
    assert said["Other names"] == ("1", "")
    assert said["Agreements (parties)"] == ("2", "")
    assert context["addresses"] == ["/partners/nvidia-corporation/", "/partners/nvidia-corp/"]
    taken = {"with": other.pk, "cell-name": "other"}
    said = {each.title: each.value for each in admin_client.post(address, taken).context["stays"]}
    assert said["Name"] == "Nvidia Corp"


def test_a_merge_tells_of_proposals_for_the_one_that_goes():
    kept, other = make_organization("NVIDIA"), make_organization("Nvidia Corp")
    change_form(somebody(CONTRIBUTOR), other).send(city="Delft")
    address = f"{change_url(kept, 'merge')}?with={other.pk}"

    waiting = somebody(REVIEWER).get(address).context["waiting"]

    assert waiting == list(Proposal.objects.all()) and len(waiting) == 1
