"""Old addresses lead on, and what was withdrawn says so: for every kind of record, every file, and every filter."""

import random

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partners.formats.files import FILE_FORMATS
from partners.models import Agreement, Event, FormerAddress, MissionArea, Organization, Sector, Source
from partners.models.addresses import where_now
from partners.nouns import NOUNS, PARTNER, listed, nouns_with
from partners.pictures.catalogue import ENDINGS as FILES_OF_PICTURES
from partners.selection.terms import RecordTerms
from partners.tables.public import public_rows
from partners.urls import urlpatterns
from partners.views.citing import CITATION_FORMATS
from tests.curation import add_form, change_form, errors
from tests.laws import seeds
from tests.packages import dump_dataset, empty_directory, load_dataset
from tests.records import (
    cite,
    make_agreement,
    make_event,
    make_mission_area,
    make_organization,
    make_programme,
    make_sector,
    make_source,
)

pytestmark = pytest.mark.django_db

ENDINGS = {
    "page": ["/"],
    "record": [".json"],
    "picture": ["/picture.png"],
    "history": ["/changes/", "/changes.json", "/changes.atom"],
    "citation": [f"/cite.{ending}" for ending in CITATION_FORMATS],
    "when": [f"/when.{ending}" for ending in FILES_OF_PICTURES],
}
FACETS = [
    (noun, name)
    for noun in listed()
    for name, facet in noun.listing.facets().items()
    if isinstance(facet.terms, RecordTerms)
]


@pytest.fixture
def one_of_each():
    """A public record of every kind that has a page, by the name of the kind, each the value of some filter."""
    lead = make_organization("Zyagency", type="government")
    make_programme(lead=lead)
    sector, area, event = make_sector("Cloud"), make_mission_area("Fusion"), make_event("Announced")
    partner = make_organization("Alpha", sectors=[sector])
    laboratory = make_organization("Zylab", type="facility", parent=lead)
    agreement = make_agreement(
        "Pact",
        partners=[partner],
        agencies=[lead],
        laboratories=[laboratory],
        mission_areas=[area],
        announcement=event,
    )
    source = make_source("Press release")
    cite(partner, "name", source=source)
    return {
        "partner": partner,
        "laboratory": laboratory,
        "agency": lead,
        "agreement": agreement,
        "event": event,
        "source": source,
        "sector": sector,
        "mission_area": area,
    }


def addresses(noun, record) -> list[str]:
    """Every address of a record, as its kind declares them."""
    page = record.get_absolute_url().rstrip("/")
    has = {"page": noun.has("page"), "record": noun.has("record")}
    has |= {"picture": noun.has_picture, "history": noun.has_history}
    has |= {"citation": noun.has("page"), "when": noun is PARTNER}
    return [page + ending for part, endings in ENDINGS.items() if has[part] for ending in endings]


def rename(record, slug: str):
    """Past the application, as psql would."""
    type(record)._base_manager.filter(pk=record.pk).update(slug=slug)
    record.refresh_from_db()


def status(client, address: str) -> int:
    answer = client.get(address)
    answer.getvalue()
    return answer.status_code


@pytest.mark.parametrize("noun", nouns_with("page"), ids=lambda noun: noun.name)
def test_old_addresses_of_a_renamed_record_lead_to_the_newest(client, one_of_each, noun):
    record = one_of_each[noun.name]
    first = addresses(noun, record)
    rename(record, "second")
    second = addresses(noun, record)
    rename(record, "third")
    newest = addresses(noun, record)

    for old in (first, second):
        for address, now in zip(old, newest, strict=True):
            answer = client.get(address)
            assert (answer.status_code, answer["Location"]) == (301, now), address
            assert answer["Cache-Control"] == "no-cache"
    assert {status(client, address) for address in newest} == {200}
    assert client.get(first[0] + "?utm=x&a=b")["Location"] == newest[0] + "?utm=x&a=b"


@pytest.mark.parametrize("noun", nouns_with("page"), ids=lambda noun: noun.name)
def test_a_name_that_a_record_has_again_is_its_own(client, one_of_each, noun):
    record = one_of_each[noun.name]
    first, slug = addresses(noun, record), record.slug
    rename(record, "second")
    second = addresses(noun, record)
    rename(record, slug)

    assert {status(client, address) for address in first} == {200}
    assert {client.get(address)["Location"] for address in second} == set(first)


def hide(record):
    """Takes a record out of what readers see, each kind in its way."""
    if isinstance(record, Source):
        record.citations.all().delete()
    elif hasattr(record, "publication_state"):
        type(record)._base_manager.filter(pk=record.pk).update(publication_state="withheld")
    else:
        take_away(record)


def take_away(record):
    """Deletes it, with whatever stands in the way."""
    if isinstance(record, (Organization, Event, Sector, MissionArea)):
        Agreement.objects.update(announcement=None)
        for agreement in Agreement.objects.all():
            agreement.mission_areas.clear()
        for organization in Organization.objects.all():
            organization.sectors.clear()
        Organization.objects.update(parent=None)
    if isinstance(record, Organization):
        record.parties.all().delete()
        record.programmes_led.update(lead=None)
    type(record)._base_manager.get(pk=record.pk).delete()


@pytest.mark.parametrize("noun", nouns_with("page"), ids=lambda noun: noun.name)
def test_what_was_withdrawn_says_so_and_names_nothing(client, one_of_each, noun):
    record = one_of_each[noun.name]
    old, name = addresses(noun, record), str(record)
    rename(record, "renamed")
    hide(record)

    for address in [*old, *addresses(noun, record)]:
        answer = client.get(address)
        assert answer.status_code == 410, address
        assert answer["X-Robots-Tag"] == "noindex"
        text = answer.content.decode()
        # The way to the same page in another language is the address that was asked for.
        assert name not in text and "renamed" not in text.replace(address, "")
        assert FormerAddress.objects.get(slug="renamed").since.isoformat() in text
        if address.endswith("json"):
            assert answer["Content-Type"] == "application/problem+json"
        else:
            assert 'name="robots" content="noindex"' in text
    assert client.get(reverse("sitemap")).status_code == 200
    assert "renamed" not in client.get(reverse("sitemap_section", args=["organizations"])).content.decode()


def test_a_withdrawal_whose_day_nobody_kept_says_so(client):
    """Before withdrawals were noted with their days, some were noted without."""
    FormerAddress.objects.create(kind="organization", slug="gone", name="Gone")

    page, problem = client.get("/partners/gone/"), client.get("/partners/gone.json")

    assert page.status_code == problem.status_code == 410
    assert "The day was not noted." in " ".join(page.content.decode().split())
    assert "<time" not in page.content.decode()
    assert (
        problem.json()["detail"] == "What stood at this address was withdrawn, on a day that was not noted."
    )
    assert "since" not in problem.json()


@pytest.mark.parametrize("noun", nouns_with("page"), ids=lambda noun: noun.name)
def test_what_is_shown_again_is_there_again_and_nothing_is_noted_of_it(client, one_of_each, noun):
    record = one_of_each[noun.name]
    undo_hiding = [(each._meta.model, vars(each).copy()) for each in [*record.citations.all(), record]]
    address, slug = record.get_absolute_url(), record.slug
    hide(record)
    assert status(client, address) == 410
    assert FormerAddress.objects.filter(kind=record._meta.model_name, slug=slug).exists()

    for model, values in reversed(undo_hiding):
        values.pop("_state")
        values = {name: value for name, value in values.items() if not name.startswith("_")}
        if not model._base_manager.filter(pk=values["id"]).update(**values):
            model(**values).save_base(raw=True, force_insert=True)

    assert status(client, address) == 200
    assert not FormerAddress.objects.filter(kind=record._meta.model_name, slug=slug).exists()


def test_a_way_that_leads_through_a_name_does_not_end_at_another_record_that_takes_it(client):
    """Only SQL gives a record the name that readers know as that of another one."""
    first = make_organization("Alpha")
    rename(first, "second")
    rename(first, "third")

    make_organization("Another", slug="second")

    assert client.get("/partners/alpha/")["Location"] == "/partners/third/"
    assert status(client, "/partners/second/") == 200
    assert {each.slug for each in FormerAddress.objects.all()} == {"alpha"}


def test_a_record_goes_back_through_the_names_it_had(client):
    alpha, names = make_organization("Alpha"), ["alpha", "one", "two", "three"]
    for name in [*names[1:], "one", "alpha", "two"]:
        rename(alpha, name)
        for old in {"alpha", "one", "two", "three"} & set(
            FormerAddress.objects.values_list("slug", flat=True)
        ):
            assert client.get(f"/partners/{old}/")["Location"] == f"/partners/{name}/"


def test_what_readers_never_saw_is_not_there(client):
    draft = make_organization("Draft", publication_state="draft")
    address = draft.get_absolute_url()
    rename(draft, "drafted")
    agreement = make_agreement("Pact", partners=[draft])
    source = make_source("Nobody cites")

    assert status(client, address) == status(client, draft.get_absolute_url()) == 404
    agreement.delete()
    draft.delete()
    hidden = source.get_absolute_url()
    source.delete()
    assert {status(client, each) for each in (address, hidden, "/agreements/pact/")} == {404}
    assert not FormerAddress.objects.exists()


def test_an_agreement_goes_with_its_only_partner(client):
    partner = make_organization("Alpha")
    agreement = make_agreement("Pact", partners=[partner])

    partner.withhold()
    assert status(client, agreement.get_absolute_url()) == 410
    partner.publish()
    assert status(client, agreement.get_absolute_url()) == 200


@pytest.mark.parametrize(("noun", "facet"), FACETS, ids=lambda each: getattr(each, "name", each))
def test_filters_that_name_a_renamed_record_lead_to_its_new_name(client, one_of_each, noun, facet):
    terms = noun.listing.facets()[facet].terms
    record = next(each for each in one_of_each.values() if terms.labels([each.slug]) and is_of(terms, each))
    old = record.slug
    rename(record, "called-now")

    for route in (noun.page_route, *(shape.route(noun) for shape in FILE_FORMATS)):
        for parameter in (facet, f"exclude_{facet}"):
            answer = client.get(reverse(route), {parameter: old, "q": "a & b"})
            assert answer.status_code == 301, route
            assert answer["Location"] == f"{reverse(route)}?{parameter}=called-now&q=a+%26+b"
            assert status(client, answer["Location"]) == 200
    table = {"of": reverse(noun.page_route).strip("/"), facet: old}
    for route in ("crossing", "crossing_csv"):
        assert client.get(reverse(route), table).status_code == 301


def is_of(terms, record) -> bool:
    return isinstance(record, terms.records().model)


def test_a_comparison_of_a_renamed_record_leads_on(client):
    alpha, beta = make_organization("Alpha"), make_organization("Beta")
    rename(alpha, "alpha-two")

    for route in ("comparison", "comparison_csv"):
        answer = client.get(reverse(route), {"partner": ["alpha", beta.slug]})
        assert (answer.status_code, answer["Location"]) == (
            301,
            f"{reverse(route)}?partner=alpha-two&partner=beta",
        )


def test_filter_by_a_withdrawn_record_is_refused_as_before(client):
    alpha = make_organization("Alpha")
    make_agreement(partners=[alpha])
    alpha.withhold()

    assert client.get(reverse("agreement_csv"), {"partner": "alpha"}).status_code == 400


def test_pages_that_are_there_look_for_no_trace(client):
    alpha = make_organization("Alpha")
    rename(alpha, "beta")
    client.get(alpha.get_absolute_url())
    make_sector()  # another version

    with CaptureQueriesContext(connection) as queries:
        for address in (alpha.get_absolute_url(), "/partners/beta.json", "/agreements/?q=pact"):
            assert status(client, address) == 200
    assert not [each["sql"] for each in queries if "formeraddress" in each["sql"]]


# In the package --------------------------------------------------------------------------------------------------------


def test_former_addresses_survive_the_package(client, tmp_path, one_of_each):
    rename(one_of_each["partner"], "alpha-two")
    one_of_each["event"].withhold()
    hidden = one_of_each["event"].get_absolute_url()
    files = dump_dataset(tmp_path / "dump")
    empty_directory()
    assert status(client, "/partners/alpha/") == 404

    load_dataset(tmp_path / "dump")

    assert client.get("/partners/alpha/")["Location"] == "/partners/alpha-two/"
    assert status(client, hidden) == 410
    assert dump_dataset(tmp_path / "again") == files


def test_a_package_brings_no_record_back_under_a_former_name(tmp_path):
    alpha = make_organization("Alpha")
    dump_dataset(tmp_path / "dump")
    rename(alpha, "alpha-two")

    load_dataset(tmp_path / "dump", overwrite=True)

    assert [each.slug for each in Organization.objects.all()] == ["alpha-two"]


def test_no_file_gives_a_record_the_name_that_readers_know_as_that_of_another(tmp_path):
    rename(make_organization("Alpha"), "alpha-two")
    gone = make_organization("Gone")
    take_away(gone)
    names = [("alpha", "“Alpha”"), ("gone", "“Gone”, which was withdrawn")]
    path = tmp_path / "new.csv"
    path.write_text("organization,name,type\n" + "".join(f"{slug},New,company\n" for slug, _said in names))

    with pytest.raises(CommandError) as refusal:
        call_command("apply_table", path, new_rows=True)

    assert "2 problems" in str(refusal.value)
    assert all(f"'{slug}' is taken" in str(refusal.value) for slug, _said in names)
    assert all(said in str(refusal.value) for _slug, said in names)
    assert not Organization.objects.filter(name="New").exists()


def test_a_package_says_which_names_it_may_not_take(tmp_path):
    alpha, gone = make_organization("Alpha"), make_organization("Gone")
    dump_dataset(tmp_path / "dump")
    rename(alpha, "alpha-two")
    take_away(gone)

    told = load_dataset(tmp_path / "dump")

    assert "organizations alpha: was the address of 'Alpha', and leads to alpha-two now" in told
    assert "organizations gone: was the address of 'Gone', which was withdrawn from the directory" in told
    assert [each.slug for each in Organization.objects.all()] == ["alpha-two"]
    load_dataset(tmp_path / "dump", overwrite=True)
    assert {each.slug for each in Organization.objects.all()} == {"alpha-two", "gone"}
    assert not FormerAddress.objects.filter(slug="gone").exists()


# In curation -----------------------------------------------------------------------------------------------------------


def test_a_public_record_is_renamed_in_its_form(admin_client, client):
    alpha = make_organization("Alpha")
    form = change_form(admin_client, alpha)
    assert "the old one leads to the new one" in form.client.get(form.url).content.decode()

    assert form.send(slug="alpha-two").status_code == 302

    assert client.get("/partners/alpha/")["Location"] == "/partners/alpha-two/"


def test_no_other_record_gets_a_name_that_readers_know(admin_client):
    alpha = make_organization("Alpha")
    rename(alpha, "alpha-two")
    gone = make_organization("Gone")
    gone.withhold()

    refused = errors(add_form(admin_client, "organization").send(name="New", slug="alpha"))
    assert "“Alpha”" in refused["slug"][0] and "alpha-two" in refused["slug"][0]
    gone.citations.all().delete()
    gone.delete()
    refused = errors(add_form(admin_client, "organization").send(name="New", slug="gone"))
    assert "“Gone”" in refused["slug"][0]
    assert change_form(admin_client, alpha).send(slug="alpha").status_code == 302


def test_a_draft_that_sql_puts_under_a_former_name_takes_it_from_nobody(client):
    """Not while it stands there, nor when it goes, under another name or altogether."""
    rename(make_organization("Alpha"), "alpha-two")

    def draft() -> QuerySet:
        made = Organization.objects.bulk_create([Organization(slug="alpha", name="Draft")])
        assert client.get("/partners/alpha/")["Location"] == "/partners/alpha-two/"
        return Organization.objects.filter(pk=made[0].pk)

    draft().delete()
    assert client.get("/partners/alpha/")["Location"] == "/partners/alpha-two/"
    rows = draft()
    rows.update(slug="elsewhere")
    assert client.get("/partners/alpha/")["Location"] == "/partners/alpha-two/"
    rows.update(slug="alpha")
    assert client.get("/partners/alpha/")["Location"] == "/partners/alpha-two/"
    rows.update(publication_state="published", type="company", summary_en="It is.")
    assert client.get("/partners/alpha/").status_code == 200


PUBLIC = {"publication_state": "published", "type": "company", "summary_en": "It is."}


def strangers(slug: str) -> QuerySet:
    """A draft that SQL puts under a slug."""
    made = Organization.objects.bulk_create([Organization(slug=slug, name="Draft")])
    return Organization.objects.filter(pk=made[0].pk)


@pytest.mark.parametrize("is_first_public", [False, True])
def test_a_draft_that_sql_puts_under_the_name_of_a_deleted_record_inherits_none_of_its_addresses(
    client, is_first_public
):
    gone = make_organization("Alpha")
    rename(gone, "beta")
    take_away(gone)

    rows = strangers("beta")
    if is_first_public:
        rows.update(**PUBLIC)
        assert client.get("/partners/beta/").status_code == 200
    rows.update(slug="gamma")
    rows.update(**PUBLIC)

    # What led to the deleted record leads nowhere; an address that readers knew as the draft's is the draft's.
    assert client.get("/partners/alpha/").status_code == 410
    answer = client.get("/partners/beta/")
    assert answer.status_code == (301 if is_first_public else 410)
    # Nor does the next one.
    strangers("beta").update(**PUBLIC)
    assert client.get("/partners/alpha/").status_code == 410
    assert client.get("/partners/beta/").status_code == 200


def test_a_withheld_record_keeps_its_address_beside_a_stranger(client, tmp_path):
    """Also after it came with a package, which knows no numbers."""
    alpha = make_organization("Alpha")
    alpha.withhold()
    dump_dataset(tmp_path / "dump")
    empty_directory()
    load_dataset(tmp_path / "dump")

    rows = Organization.objects.filter(slug="alpha")
    rows.update(slug="alpha-two")
    strangers("alpha").update(slug="elsewhere")
    Organization.objects.all().update(**PUBLIC)

    assert client.get("/partners/alpha/")["Location"] == "/partners/alpha-two/"


# The law ---------------------------------------------------------------------------------------------------------------


class Expected:
    """What readers should find under every name that was ever used: kept by hand beside the directory."""

    def __init__(self):
        self.known: dict[str, int] = {}

    def look(self) -> None:
        """Remember who is seen under which name."""
        self.known |= {each.slug: each.pk for each in Organization.objects.published()}

    def answers(self) -> dict[str, str | None]:
        shown = {each.pk: each.slug for each in Organization.objects.published()}
        return {slug: shown.get(key) for slug, key in self.known.items()}


@pytest.mark.parametrize("seed", seeds(4))
def test_every_name_that_readers_saw_leads_to_the_record_or_says_that_it_was_withdrawn(seed):
    rng, expected = random.Random(seed), Expected()  # noqa: S311
    for number in range(4):
        make_organization(f"Organization {number}", slug=f"first-{number}", cited=False)
    expected.look()
    for step in range(25):
        records = list(Organization.objects.order_by("pk"))
        if not records:
            break
        record = rng.choice(records)
        act = rng.choice(("rename", "rename", "back", "state", "state", "delete"))
        rows = Organization.objects.filter(pk=record.pk)
        own = [slug for slug, key in expected.known.items() if key == record.pk]
        if act == "rename":
            rows.update(slug=f"name-{step}")
        elif act == "back" and own:
            rows.update(slug=rng.choice(own))
        elif act == "state":
            rows.update(publication_state=rng.choice(("published", "withheld", "draft")))
        elif act == "delete" and rng.random() < 0.3:  # noqa: PLR2004
            record.delete()
        expected.look()

        noted = FormerAddress.objects.filter(slug__in=Organization.objects.published().values("slug"))
        assert not noted.exists(), (step, act)
        for slug, now in expected.answers().items():
            if Organization.objects.published().filter(slug=slug).exists():
                continue
            trace = where_now(Organization.objects.published(), slug)
            assert trace is not None, (step, act, slug)
            assert (trace.record and trace.record.slug) == now, (step, act, slug)
    unseen = set(Organization.objects.values_list("slug", flat=True)) - expected.known.keys()
    assert all(where_now(Organization.objects.published(), slug) is None for slug in unseen)


def test_every_address_of_single_records_is_in_the_tests(one_of_each):
    patterns = {str(each.pattern) for each in urlpatterns if "<slug:slug>" in str(each.pattern)}
    tried = {
        address.replace(record.slug, "<slug:slug>").lstrip("/")
        for noun in nouns_with("page")
        for record in [one_of_each[noun.name]]
        for address in addresses(noun, record)
    }
    assert patterns == tried


def test_every_kind_with_a_page_is_in_the_tests(one_of_each):
    assert {noun.name for noun in nouns_with("page")} == one_of_each.keys()
    assert all(
        public_rows(noun.table).filter(pk=one_of_each[noun.name].pk).exists()
        for noun in NOUNS
        if noun.name in one_of_each
    )
