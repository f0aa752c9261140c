"""Files whose lists are whole: what they leave out of a record is taken off, and never by accident."""

import csv
import io

import pytest
from django.urls import reverse

from partners.curation_vocabularies import ImportState
from partners.exchange.importing.jobs import plan_of
from partners.models import Agreement, Organization
from partners.vocabularies import PartyRole
from tests.database import db_of_file, undone  # noqa: F401
from tests.importing import checked, does, exported, found, records_to_change, signed_in_as, states, written
from tests.past import from_here_on
from tests.records import add_party, cite, make_curator, make_organization

pytestmark = pytest.mark.usefixtures("undone")


@pytest.fixture(scope="module")
def curator(db):
    records_to_change()
    return signed_in_as(make_curator("ida"))


@pytest.fixture
def pact(curator) -> Agreement:
    """A public agreement with a second partner that is a draft, two agencies and two amounts; Alpha has two names."""
    agreement = Agreement.objects.get(slug="pact")
    add_party(agreement, Organization.objects.get(slug="beta"))
    for name in ("Bureau", "Office"):
        add_party(agreement, make_organization(name), PartyRole.AGENCY)
    for slug, amount in (("first", 5), ("second", 6)):
        agreement.amounts.create(slug=slug, amount=amount, currency="USD", kind="pledge")
    for name in ("Alf", "Alphonse"):
        Organization.objects.get(slug="alpha").names.create(value=name, type="alias")
    from_here_on()
    return agreement


def rows_of_records() -> dict[str, set[str]]:
    agreement = Agreement.objects.get(slug="pact")
    return {
        "names": set(Organization.objects.get(slug="alpha").names.values_list("value", flat=True)),
        "parties": set(agreement.parties.values_list("organization__slug", flat=True)),
        "amounts": set(agreement.amounts.values_list("slug", flat=True)),
    }


@pytest.mark.parametrize(
    "kind, rows, goes",
    [
        ("organizations", "organization,other_names\nalpha,Alf\n", {"names": "Alphonse"}),
        ("agreements", "agreement,agencies\npact,office\n", {"parties": "bureau"}),
        # Who types a list knows the drafts too.
        ("agreements", "agreement,partners\npact,alpha\n", {"parties": "beta"}),
        ("agreements", "agreement,amounts\npact,second\n", {"amounts": "first"}),
        ("agreements", "agreement,agencies,amounts\npact,,\n", {}),
        ("agreements", "agreement,title_nl\npact,Pakt\n", {}),
    ],
)
def test_what_whole_lists_leave_out_is_shown_and_then_taken_off(curator, pact, kind, rows, goes):
    """And nothing is where nobody has said that they are whole."""
    before = rows_of_records()
    job = checked(curator, kind, rows)
    assert (job.totals["taken_off"], found(job)) == (0, [])

    job = does(curator, job, "settings", whole_lists="on")

    assert (job.totals["taken_off"], len(found(job))) == (len(goes), len(goes))
    page = curator.get(reverse("admin:import", args=[job.pk])).content.decode()
    assert ("would be taken off" in page) is bool(goes)
    for gone in goes.values():
        assert f"taken off: {gone}" in page
    if job.totals["rows_written"]:
        job = does(curator, job, "apply")
        assert job.state == ImportState.WRITTEN
    left = {name: each - {goes.get(name)} for name, each in before.items()}
    assert rows_of_records() == left


@pytest.mark.parametrize(
    "column, said", [("partners", "without a published partner"), ("amounts", "sources are cited for")]
)
def test_a_list_that_leaves_out_what_is_needed_is_refused(curator, pact, column, said):
    amount = pact.amounts.get(slug="first")
    cite(pact, "amounts", agreement_amount=amount)
    items = {"partners": "beta", "amounts": "second"}
    job = checked(curator, "agreements", f"agreement,{column}\npact,{items[column]}\n", whole_lists="on")

    assert states(job) == {2: "refused"} and plan_of(job).steps == []
    assert said in str(job.lines.get().cells)


def test_a_public_download_takes_off_nothing_that_it_does_not_show(curator, pact):
    """A party that is no reader's business stands in the file of curators, and not in that of readers."""
    rows = list(csv.DictReader(io.StringIO(exported(curator, "agreements"))))
    row = next(each for each in rows if each["agreement"] == "pact")
    assert row["partners"] == "alpha; beta" or row["partners"] == "alpha;beta"
    row |= {"partners": "alpha", "agencies": ""}

    job = checked(curator, "agreements", written([row]), whole_lists="on")
    does(curator, job, "apply")

    # An empty cell of a row with a version says that there is none.
    assert rows_of_records()["parties"] == {"alpha", "beta"}
