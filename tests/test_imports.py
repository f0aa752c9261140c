"""Tables that curators bring in: shown first, then written exactly as they were shown, or proposed, or not at all."""

import csv
import io

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse

from partners.admin.roles import CONTRIBUTOR
from partners.changes.history import steps_of
from partners.changes.words import StepWords
from partners.curation_vocabularies import ImportState
from partners.exchange.importing.jobs import plan_of
from partners.exchange.importing.kinds import IMPORT_KINDS
from partners.models import (
    Agreement,
    Citation,
    ImportJob,
    Judgement,
    Organization,
    Proposal,
    Revision,
    Source,
)
from tests.database import db_of_file, undone  # noqa: F401
from tests.importing import (
    checked,
    does,
    exported,
    found,
    records_to_change,
    signed_in_as,
    states,
    worked,
    written,
)
from tests.past import from_here_on
from tests.records import (
    make_curator,
    make_organization,
    make_sector,
)
from tests.worlds import build_world

pytestmark = pytest.mark.usefixtures("undone")


@pytest.fixture(scope="module")
def curator(db):
    """A directory with every odd value, and whoever may do everything."""
    build_world(seed=7, organizations=12, agreements=10, mark="w")
    records_to_change()
    return signed_in_as(make_curator("ida"))


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", IMPORT_KINDS)
def test_what_was_downloaded_changes_nothing_when_it_comes_back(curator, kind, ending):
    content = b"".join(curator.get(reverse("admin:import_records", args=[kind, ending])).streaming_content)
    file = io.BytesIO(content)
    file.name = f"{kind}.{ending}"
    curator.post(reverse("admin:imports"), {"kind": kind, "file": file, "whole_lists": "on"})
    job = worked(ImportJob.objects.latest("pk"))

    assert job.state == ImportState.READY, job.problem
    assert found(job) == []
    assert set(states(job).values()) == {"unchanged"}
    assert len(states(job)) == IMPORT_KINDS[kind].model.objects.count()


ROWS = {
    "organizations": (
        "organization\tName\tType\tother names\tSectors\tCity\tCountry\tparent\tsources\n"
        "alpha\t\t\tAlf [acronym]\t\tLeiden\t\t\thttps://report.example/alpha\n"
        "\tGamma\tCompany\tG [acronym]; Gam [label, nl]\tChips\tOslo\tNO\tdelta\t\n"
        "delta\tDelta\tnonprofit\t\t\t\t\t\treport\n"
    ),
    "agreements": (
        "title_en\tpartners\tagencies\tamount_figures\tamount_currencies\tamount_kinds\tsigned_date\n"
        "New pact\talpha; Beta\t\t5000000;7\tUSD;EUR\tcontract-value;pledge\t2025-03-01\n"
    ),
    "sources": "title\turl\tkind\tstance\tlanguage\nNew report\thttps://new.example/report\tpress-release\treporting\ten\n",
    "citations": "source\torganization\tfield\tquote\nreport\talpha\tname\tAlpha they are called\nreport\talpha\tcity\tin Delft\n",
}


def told(steps) -> list[tuple]:
    """What steps say, in the words of pages."""
    steps = list(steps)
    words = StepWords(steps)
    return sorted(
        (
            step.model._meta.model_name,
            step.kind,
            words.record(*min(step.records)),
            cell.name,
            cell.before,
            cell.after,
        )
        for step in steps
        for cell in words.cells(step)
        # What nobody has written, the database fills in.
        if cell.name != "value"
    )


@pytest.mark.parametrize("kind", ROWS)
def test_what_is_shown_is_what_is_written_and_what_the_journal_says(curator, kind):
    job = checked(curator, kind, ROWS[kind], why="From a colleague")
    assert "error" not in {level for _line, _column, level in found(job)}
    shown = told(plan_of(job).steps)

    job = does(curator, job, "apply", why="From a colleague")

    assert job.state == ImportState.WRITTEN, job.problem
    revision = Revision.objects.get(number=job.revision)
    assert (revision.name_of_who, revision.why, revision.via) == ("ida", "From a colleague", "file")
    assert told(steps_of(job.revision).steps) == shown
    assert told(plan_of(job).steps) != []
    # And again: all of it is there.
    again = checked(curator, kind, ROWS[kind])
    assert set(states(again).values()) <= {"unchanged", "alike"}


def test_a_new_row_that_is_like_a_record_waits_for_a_decision(curator):
    job = checked(
        curator, "organizations", "Name,Website,City\nALPHA Inc,https://alpha.example,Leiden\nFresh,,\n"
    )
    assert states(job) == {2: "alike", 3: "new"}
    assert does(curator, job, "apply").state == ImportState.READY

    same = does(curator, job, "decide", **{"alike-2": "same:alpha"})
    assert states(same) == {2: "changed", 3: "new"}
    # It keeps its name.
    assert {step.key for step in plan_of(same).steps if step.before} == {
        Organization.objects.get(slug="alpha").pk
    }
    assert [[*step.after] for step in plan_of(same).steps if step.before] == [["city", "website"]]

    other = does(curator, same, "replace", rows="Name,Website\nALPHA Inc,https://alpha.example\n")
    job = does(curator, bring_again(curator), "decide", **{"alike-2": "other"})
    job = does(curator, job, "apply")
    made = Organization.objects.get(name="ALPHA Inc")
    assert Judgement.objects.judged(made) == {Organization.objects.get(slug="alpha").pk}
    assert other.state == ImportState.READY


def test_two_rows_about_one_record_are_refused_however_they_name_it(curator):
    rows = "organization,Name,City\nalpha,,Leiden\n,ALPHA,Oslo\n"
    job = checked(curator, "organizations", rows)
    assert states(job) == {2: "changed", 3: "alike"}

    job = does(curator, job, "decide", **{"alike-3": "same:alpha"})

    assert states(job) == {2: "changed", 3: "refused"}


def bring_again(client) -> ImportJob:
    return checked(client, "organizations", "Name,Website\nALPHA Inc,https://alpha.example\n")


def test_what_somebody_changed_after_the_file_was_made_is_taken_only_when_it_is_said(curator):
    text = curator.get(reverse("admin:import_records", args=["organizations", "csv"]))
    content = b"".join(text.streaming_content).decode().replace("Delft", "Leiden")
    Organization.objects.filter(slug="alpha").update(city="Utrecht")
    from_here_on()

    job = checked(curator, "organizations", content)
    (line,) = job.lines.exclude(state="unchanged")
    assert line.state == "conflict" and plan_of(job).steps == []

    job = does(curator, job, "decide", **{f"take-{line.line}-city": "take"})
    does(curator, job, "apply")

    assert Organization.objects.get(slug="alpha").city == "Leiden"


def test_a_row_of_an_older_version_is_merged_three_ways(curator):
    """The file changes one cell and a list, others change another cell and the list: all of it comes together."""
    quantum, fusion, chips = (make_sector(name) for name in ("Newest", "Fusing", "Etching"))
    alpha = Organization.objects.get(slug="alpha")
    alpha.sectors.set([quantum, fusion])
    content = exported(curator, "organizations")
    rows = list(csv.DictReader(io.StringIO(content)))
    row = next(each for each in rows if each["organization"] == "alpha")
    row |= {"city": "Leiden", "sectors": f"{quantum.slug}; {chips.slug}"}
    from_here_on()
    Organization.objects.filter(slug="alpha").update(legal_name="Alpha BV", website="https://theirs.example/")
    from_here_on()
    alpha.sectors.add(make_sector("Robotics"))

    job = checked(curator, "organizations", written(rows))

    (line,) = job.lines.exclude(state="unchanged")
    assert line.state == "changed", line.cells
    assert {cell["column"] for cell in line.cells} == {"city", "sectors"}
    does(curator, job, "apply")
    alpha.refresh_from_db()
    assert (alpha.city, alpha.legal_name, alpha.website) == ("Leiden", "Alpha BV", "https://theirs.example/")
    assert {each.slug for each in alpha.sectors.all()} == {"newest", "etching", "robotics"}


def test_a_cell_that_both_changed_is_chosen_and_the_others_come(curator):
    rows = list(csv.DictReader(io.StringIO(exported(curator, "organizations"))))
    row = next(each for each in rows if each["organization"] == "alpha")
    row |= {"city": "Leiden", "legal_name": "Alpha NV"}
    before = Organization.objects.get(slug="alpha").city
    from_here_on()
    Organization.objects.filter(slug="alpha").update(city="Utrecht", website="https://theirs.example/")

    job = checked(curator, "organizations", written(rows))

    (line,) = job.lines.exclude(state="unchanged")
    assert line.state == "conflict"
    (both,) = [cell for cell in line.cells if cell.get("conflict")]
    assert (both["column"], both["before"], both["after"], both["stood"]) == (
        "city",
        "Utrecht",
        "Leiden",
        before,
    )
    assert f"It was “{before}” when your file was made." in both["text"]
    does(curator, job, "apply")
    alpha = Organization.objects.get(slug="alpha")
    assert (alpha.city, alpha.legal_name, alpha.website) == ("Utrecht", "Alpha NV", "https://theirs.example/")


def test_what_changed_after_the_preview_is_shown_again_and_the_rest_is_not_lost(curator):
    job = checked(curator, "organizations", "organization,city\nalpha,Leiden\nbeta,Oslo\n")
    from_here_on()
    Organization.objects.filter(slug="alpha").update(city="Leiden", legal_name="Alpha BV")

    job = does(curator, job, "apply")

    assert job.state == ImportState.READY and job.changed_meanwhile == 1
    assert "Others have changed" in job.problem
    assert states(job) == {2: "unchanged", 3: "changed"}
    assert does(curator, job, "apply").state == ImportState.WRITTEN
    assert Organization.objects.get(slug="beta").city == "Oslo"


def test_changes_that_do_not_concern_it_do_not_stop_it(curator):
    job = checked(curator, "organizations", "organization,city\nalpha,Leiden\n")
    from_here_on()
    make_organization("Elsewhere")

    assert does(curator, job, "apply").state == ImportState.WRITTEN


def test_one_source_is_given_once_for_all_rows(curator):
    rows = "organization,Name,city\nalpha,,Leiden\n,Fresh,Oslo\n"
    new = {"source-url": "https://list.example/2026", "source-title": "The list"}
    refused = curator.post(reverse("admin:imports"), {"kind": "organizations", "rows": rows} | new)
    assert set(refused.context["source"].errors) == {"kind", "stance"}
    assert refused.context["form"]["rows"].value() == rows

    job = checked(
        curator,
        "organizations",
        rows,
        **new,
        **{"source-kind": "press-release", "source-stance": "reporting"},
    )
    does(curator, job, "apply")

    source = Source.objects.get(url="https://list.example/2026")
    cited = Citation.objects.filter(source=source).values_list("organization__slug", "field", "value")
    assert sorted(cited) == [("alpha", "city", "Leiden"), ("fresh", "", "")]
    # Known by now, however its address is written.
    job = checked(
        curator, "organizations", "Name\nFresher\n", **{"source-url": "http://www.list.example/2026/"}
    )
    does(curator, job, "apply")
    assert Citation.objects.filter(source=source).count() == 3


def test_a_file_is_not_lost_where_its_source_lacks_something(curator):
    file = io.BytesIO(b"Name\nFresh\n")
    file.name = "list.csv"
    sent = {"kind": "organizations", "file": file, "source-url": "https://list.example/2026"}
    assert curator.post(reverse("admin:imports"), sent).status_code == 302
    job = worked(ImportJob.objects.latest("pk"))
    assert states(job) == {2: "new"}
    page = curator.get(reverse("admin:import", args=[job.pk]))
    assert set(page.context["source"].errors) == {"title", "kind", "stance"}
    assert does(curator, job, "apply").state == ImportState.READY

    new = {"source-title": "The list", "source-kind": "press-release", "source-stance": "reporting"}
    job = does(curator, job, "settings", **{"source-url": "https://list.example/2026"}, **new)

    assert does(curator, job, "apply").state == ImportState.WRITTEN
    assert Citation.objects.get(source__title="The list").organization.name == "Fresh"


def test_what_somebody_may_not_publish_is_proposed(curator):
    user = User.objects.create_user("carl", is_staff=True)
    user.groups.add(Group.objects.get(name=CONTRIBUTOR))
    client = signed_in_as(user)
    job = checked(client, "organizations", "organization,Name,city\nalpha,,Leiden\n,Fresh,Oslo\n")
    assert job.totals["is_proposed"] is True
    before = Revision.newest()

    job = does(client, job, "apply", why="A list")

    assert (job.state, Revision.newest()) == (ImportState.PROPOSED, before)
    proposal = Proposal.objects.get(pk=job.proposal)
    assert (proposal.who, proposal.why) == (user.pk, "A list")
    assert not Organization.objects.filter(name="Fresh").exists()
    # Drafts alone are nobody's business but the curators'.
    drafts = checked(client, "organizations", "Name\nFresh\n")
    assert does(client, drafts, "apply").state == ImportState.WRITTEN


def test_amounts_change_and_stay_whole(curator):
    agreement = Agreement.objects.get(slug="pact")
    first = "agreement,amount_figures,amount_currencies,amount_kinds\npact,5,USD,pledge\n"
    does(curator, checked(curator, "agreements", first), "apply")
    (amount,) = agreement.amounts.all()

    changed = f"agreement,amounts,amount_figures\npact,{amount.slug},6\n"
    does(curator, checked(curator, "agreements", changed), "apply")
    amount.refresh_from_db()
    assert amount.amount == 6

    uneven = "agreement,amount_figures,amount_currencies,amount_kinds\npact,5;6,USD,pledge\n"
    assert {each[2] for each in found(checked(curator, "agreements", uneven))} == {"error"}


def test_rows_that_many_others_changed_one_by_one_are_merged_too(curator):
    """What stood in the rows is found by few looks into the past, however many revisions have come between."""
    made = [make_organization(f"Changed {number}", city="Delft") for number in range(80)]
    from_here_on()
    Organization.objects.filter(pk=made[7].pk).update(city="Breda")
    rows = list(csv.DictReader(io.StringIO(exported(curator, "organizations"))))
    for row in rows:
        row["legal_name"] = f"Mine {row['organization']}"
    for each in made:
        from_here_on()
        Organization.objects.filter(pk=each.pk).update(city="Oslo")

    job = checked(curator, "organizations", written(rows))

    assert set(states(job).values()) == {"changed"}
    does(curator, job, "apply")
    assert Organization.objects.filter(city="Oslo", legal_name__startswith="Mine changed-").count() == 80
