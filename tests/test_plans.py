"""One apply: what a spreadsheet or a package would write is worked out first, shown, kept, and written as it was shown."""

import json
import random
from dataclasses import replace

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from partners.admin.roles import CONTRIBUTOR, REVIEWER
from partners.changes.history import steps_of
from partners.changes.planning import ChangePlan, PlanConflicts
from partners.changes.preview import Preview
from partners.changes.undoing import undo
from partners.changes.words import StepWords, kind_of_row
from partners.curation_vocabularies import Via
from partners.exchange.package import load, plan_package
from partners.exchange.package.layout import SHEET_OF
from partners.exchange.spreadsheet import plan
from partners.models import (
    Agreement,
    Citation,
    DataVersion,
    Event,
    FormerAddress,
    Organization,
    Revision,
)
from partners.models.belonging import model_named
from partners.nouns import listed
from tests.laws import seeds
from tests.packages import dump_dataset, load_dataset, read_table, write_table
from tests.past import from_here_on
from tests.proposals import accept_each, cell, decision, press, somebody
from tests.records import cite, make_organization, make_partner, make_sector, make_source
from tests.shapes import csv_rows
from tests.test_applying import changed, download, said, write
from tests.worlds import build_world

pytestmark = pytest.mark.django_db


def table_of(steps) -> list[tuple]:
    """The cells that people see of steps, in no order of rows, and the records by their slugs: names may change."""
    words = StepWords(steps)
    slugs = {
        (step.model, step.key): step.after["slug"]
        for step in steps
        if step.before is None and step.is_of_record
    }

    def slug_of(name: str, key: int) -> str:
        model = model_named(name)
        return slugs.get((model, key)) or model._base_manager.get(pk=key).slug

    return sorted(
        (slug_of(*min(step.records)), kind_of_row(step), step.kind, cell.title, cell.before, cell.after)
        for step in steps
        for cell in words.cells(step)
    )


def standing() -> set[int]:
    return set(Citation.objects.filter(supports_current=True).values_list("pk", flat=True))


def lapsing_with(steps) -> list:
    preview = Preview()
    for _step in preview.look_at(steps):
        pass
    return sorted(preview.lapsing.citations())


def in_words(citations) -> list:
    """Citations as a preview names them: the record, the field and the source."""
    return sorted((each.record.slug, each.field, each.source.slug) for each in citations)


def check_that_it_is_what_happens(made: ChangePlan, write_it) -> None:
    """What a plan shows is what the journal says of writing it, and of citations that lapse what the directory has."""
    shown, lapsing, before = table_of(made.steps), lapsing_with(made.steps), standing()
    kept = ChangePlan.from_json(json.loads(json.dumps(made.as_json())))
    assert table_of(kept.steps) == shown
    with transaction.atomic():
        from_here_on()
        applied = kept.apply()
        assert table_of(steps_of(applied.revision).steps if applied.revision else []) == shown
        lapsed = Citation.objects.filter(pk__in=before, supports_current=False)
        assert in_words(lapsed) == lapsing
        assert table_of(kept.steps) == shown
        transaction.set_rollback(True)
    from_here_on()
    newest = Revision.newest()
    write_it()
    assert table_of(steps_of(newest + 1).steps if Revision.newest() > newest else []) == shown


def cited_world() -> None:
    """A directory in which every published record has a source."""
    build_world(6, organizations=20, agreements=20)
    source = make_source("Annual report", slug="annual-report")
    for model in (Organization, Agreement, Event):
        for number, record in enumerate(model.objects.filter(publication_state="published")):
            fields = ["city", "established", "sectors"] if model is Organization else ["title_en"]
            cite(record, fields[number % len(fields)], source=source)


# Laws ------------------------------------------------------------------------------------------------------------------

CELLS = {
    "established": ["", "1901", "2001"],
    "city": ["", "Delft", "Ghent"],
    "name": ["Another name", "Name in between"],
    "sectors": ["", "sector-a", "sector-b;sector-a", "sector-c"],
    "ownership": ["", "startup", "subsidiary"],
}


@pytest.mark.parametrize("seed", seeds(3))
def test_what_a_spreadsheet_shows_is_what_the_journal_then_says(tmp_path, seed):
    rng = random.Random(seed)  # noqa: S311
    cited_world()
    rows = csv_rows(download(tmp_path).read_bytes())
    for row in rng.sample(rows, 4):
        column = rng.choice(list(CELLS))
        row[column] = rng.choice(CELLS[column])
    new = dict.fromkeys(rows[0], "") | {"organization": "new-child", "name": "Child", "parent": "new-parent"}
    rows += [
        new,
        dict.fromkeys(new, "") | {"organization": "new-parent", "name": "Parent", "sectors": "sector-a"},
    ]
    path = write(tmp_path / "changed.csv", rows)
    made = plan(path, new_rows=True)

    assert made.problems.kept == []
    check_that_it_is_what_happens(made.written, lambda: said(path, new_rows=True))
    assert Organization.objects.get(slug="new-child").parent.slug == "new-parent"


@pytest.mark.parametrize("seed", seeds(3))
def test_what_a_package_shows_is_what_the_journal_then_says(tmp_path, seed):
    rng = random.Random(seed)  # noqa: S311
    cited_world()
    folder = tmp_path / "dump"
    dump_dataset(folder)
    load_dataset(folder)
    change_package(rng, folder)
    made, report = plan_package(folder)

    assert report.edited == []
    check_that_it_is_what_happens(made, lambda: load(folder))
    assert {row["organization"] for row in read_table(folder, "organizations")} <= set(
        Organization.objects.values_list("slug", flat=True)
    )


def change_package(rng, folder) -> None:
    """Changes rows of several tables, and adds some that refer to each other."""
    rows = read_table(folder, "organizations")
    for row in rng.sample(rows, 5):
        column = rng.choice(["established", "city", "sectors", "name"])
        row[column] = rng.choice([each for each in CELLS[column] if each or column != "name"])
    new = dict.fromkeys(rows[0], "") | {"name": "New", "publication_state": "draft", "type": "company"}
    rows[:0] = [
        new | {"organization": "aa-child", "parent": "aa-new"},
        new | {"organization": "aa-new", "sectors": "sector-b"},
    ]
    write_table(folder, "organizations", rows)
    names = read_table(folder, "organization_names")
    blank = dict.fromkeys(SHEET_OF["organization_names"].names, "")
    names.append(blank | {"organization": "aa-new", "value": "Also new", "type": "alias"})
    write_table(folder, "organization_names", names)
    citations = read_table(folder, "citations")
    for row in rng.sample(citations, min(3, len(citations))):
        row["quote"] = "Another quote"
    source = read_table(folder, "sources")[0]["source"]
    blank = dict.fromkeys(SHEET_OF["citations"].names, "")
    citations.append(blank | {"source": source, "organization": "aa-new", "field": "name", "value": "New"})
    write_table(folder, "citations", citations)


@pytest.mark.parametrize("shape", ["csv", "xlsx"])
def test_an_export_is_an_empty_plan(tmp_path, shape):
    cited_world()
    before = DataVersion.current(), Revision.newest()

    for noun in listed():
        made = plan(download(tmp_path, noun, shape))
        assert (made.can_be_applied, made.written.steps) == (True, [])
        assert made.written.apply().revision is None
    dump_dataset(tmp_path / "dump")
    made, _report = plan_package(tmp_path / "dump")
    assert made.steps == []
    load(tmp_path / "dump")

    assert (DataVersion.current(), Revision.newest()) == before


# What others changed meanwhile ------------------------------------------------------------------------------------------


@pytest.fixture
def made(tmp_path):
    """A plan that changes the city and the year of Alpha and its sectors, kept for later."""
    chips, clouds = make_sector("Chips"), make_sector("Clouds")
    make_partner("Alpha", slug="alpha", sectors=[chips], city="Delft", established=1999)
    path = changed(download(tmp_path), "alpha", city="Ghent", established="2001", sectors="clouds")
    assert clouds.pk
    return plan(path).written


def test_what_only_others_changed_stays(made):
    Organization.objects.update(ticker="THEIRS")

    made.apply(why="From a colleague")

    alpha = Organization.objects.get(slug="alpha")
    assert (alpha.city, alpha.established, alpha.ticker) == ("Ghent", 2001, "THEIRS")
    assert [each.slug for each in alpha.sectors.all()] == ["clouds"]
    assert (Revision.objects.first().via, Revision.objects.first().why) == (Via.FILE, "From a colleague")
    assert made.apply().revision is None, "what is there already is not written again"


def test_what_both_changed_is_told_and_never_overwritten_unseen(made):
    Organization.objects.update(city="Theirs")

    with pytest.raises(PlanConflicts) as refusal:
        made.apply()

    assert refusal.value.messages == ["Alpha, City: it was Delft, is now Theirs, and would become Ghent."]
    assert Organization.objects.get().established == 1999
    (conflict,) = refusal.value.conflicts
    made.without([conflict.place]).apply()
    assert (Organization.objects.get().city, Organization.objects.get().established) == ("Theirs", 2001)
    seen = {conflict.place: conflict.digest}
    Organization.objects.update(city="Theirs again")
    with pytest.raises(PlanConflicts, match="Theirs again"):
        made.apply(seen=seen)
    Organization.objects.update(city="Theirs")
    made.apply(seen=seen)
    assert Organization.objects.get().city == "Ghent"


def test_what_others_deleted_is_told(made):
    Organization.objects.get().parties.all().delete()
    Organization.objects.get().delete()

    with pytest.raises(PlanConflicts, match="it is not there any more"):
        made.apply()


def test_rules_hold_for_plans(made):
    (step, *_lists) = made.steps
    was = {"website": Organization.objects.get().website}
    made.steps[0] = replace(step, before=step.before | was, after=step.after | {"website": "nowhere"})

    with pytest.raises(ValidationError, match="Alpha"):
        made.apply()
    assert Organization.objects.get().city == "Delft"


# Who may not publish ----------------------------------------------------------------------------------------------------


def test_the_spreadsheet_of_a_contributor_waits_for_a_reviewer(made, client, tmp_path):
    somebody(CONTRIBUTOR)
    reviewer = somebody(REVIEWER)
    page = client.get("/partners/alpha.json").json()

    proposal = made.propose(user=User.objects.get(username="contributor"), why="Their annual report")

    assert client.get("/partners/alpha.json").json() == page
    assert (proposal.title, proposal.why) == ("Alpha", "Their annual report")
    press(reviewer, proposal, "decide", **decision(reviewer, proposal, city="accept", established="leave"))
    alpha = Organization.objects.get()
    assert (alpha.city, alpha.established) == ("Ghent", 1999)
    assert [each.slug for each in alpha.sectors.all()] == ["chips"]
    assert cell(proposal, "city").state == "applied"


def test_a_whole_plan_of_new_rows_can_be_proposed_and_accepted(tmp_path):
    make_sector("Chips")
    rows = [
        {"organization": "child", "name": "Child", "parent": "parent", "sectors": "chips"},
        {"organization": "parent", "name": "Parent", "parent": "", "sectors": ""},
    ]
    made = plan(write(tmp_path / "new.csv", rows), new_rows=True).written
    somebody(CONTRIBUTOR)
    proposal = made.propose(user=User.objects.get(username="contributor"))
    assert not Organization.objects.exists()

    accept_each(somebody(REVIEWER), proposal)

    child = Organization.objects.get(slug="child")
    assert (child.parent.slug, [each.slug for each in child.sectors.all()]) == ("parent", ["chips"])
    assert child.publication_state == "draft"
    proposal.refresh_from_db()
    assert proposal.state == "applied"


def test_what_a_plan_publishes_is_public_from_the_moment_when_it_is_written(tmp_path):
    make_organization("Alpha", publication_state="draft")
    dump_dataset(tmp_path / "dump")
    load_dataset(tmp_path / "dump")
    rows = read_table(tmp_path / "dump", "organizations")
    write_table(
        tmp_path / "dump", "organizations", [row | {"publication_state": "published"} for row in rows]
    )
    made, _report = plan_package(tmp_path / "dump")
    kept, planned = json.dumps(made.as_json()), timezone.now()

    ChangePlan.from_json(json.loads(kept)).apply()

    assert Organization.objects.get().published_at > planned


# What else the one writer does ------------------------------------------------------------------------------------------


def test_an_exchange_of_identifiers_is_taken_back(tmp_path):
    make_partner("Alpha", wikidata_id="Q1")
    make_partner("Omega", wikidata_id="Q2")
    path = changed(changed(download(tmp_path), "alpha", wikidata_id="Q2"), "omega", wikidata_id="Q1")
    number = plan(path).written.apply().revision

    undo(number)

    assert dict(Organization.objects.values_list("slug", "wikidata_id")) == {"alpha": "Q1", "omega": "Q2"}


def test_a_dry_run_shows_the_table_and_the_footnotes_that_lapse(tmp_path):
    alpha = make_partner("Alpha", city="Delft", sectors=[make_sector("Chips")])
    make_sector("Clouds")
    cite(alpha, "city")
    path = changed(download(tmp_path), "alpha", city="Ghent", sectors="clouds")

    told = said(path, dry_run=True)

    lines = [line.split() for line in told.splitlines()]
    assert ["Record", "What", "Column", "Before", "After"] in lines
    assert ["Alpha", "Organization,", "changed", "City", "Delft", "Ghent"] in lines
    assert ["Alpha", "Sectors,", "removed", "Sector", "Chips"] in lines
    assert ["Alpha", "Sectors,", "added", "Sector", "Clouds"] in lines
    assert "1 footnote would no longer hold" in told
    assert Organization.objects.get().city == "Delft"
    assert "1 footnote no longer holds" in said(path)


def test_a_package_that_withholds_what_is_public_brings_its_old_address_along(tmp_path):
    """The address is noted when the record is withheld, and then stands in the file as well."""
    alpha = make_organization("Alpha")
    alpha.withhold()
    files = dump_dataset(tmp_path / "dump")
    alpha.publish()
    assert not FormerAddress.objects.exists()

    load_dataset(tmp_path / "dump", overwrite=True)

    assert dump_dataset(tmp_path / "again") == files
