"""What readers see of the past of a record: values before and after, and nothing that is not for them."""

import datetime
import xml.etree.ElementTree as ElementTree

import pytest
from django.db import transaction

from partners.models import Organization, PublicChange, Revision, Source
from tests.database import queries_of
from tests.past import forget_changes, from_here_on
from tests.records import (
    add_amount,
    add_party,
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


def newest() -> int:
    return Revision.objects.order_by("-number").values_list("number", flat=True)[0]


def change(record, **values) -> int:
    """Alter a record in a revision of its own; gives its number."""
    from_here_on()
    type(record).objects.filter(pk=record.pk).update(**values)
    return newest()


def page(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return " ".join(answer.content.decode().split())


def changes(client, address: str) -> list[dict]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return answer.json()["changes"]


def told(client, address: str) -> list[tuple]:
    """Every value that changed, the latest first: its column, before and after in words."""
    return [
        (cell["column"], labels(cell["before"]), labels(cell["after"]))
        for each in changes(client, address)
        for cell in each["values"]
    ]


def labels(values):
    return None if values is None else [each["label"] for each in values]


@pytest.fixture
def alpha():
    made = make_organization("Alpha", city="Santa Clara", type="company")
    forget_changes()
    return made


def test_a_profile_tells_what_changed_from_what_to_what(client, alpha):
    assert "Changes</h2>" not in page(client, "/partners/alpha/")
    number = change(alpha, city="San José")

    text = page(client, "/partners/alpha/")
    assert "Changes</h2>" in text
    assert "City: <del>Santa Clara</del>" in text and "<ins>San José</ins>" in text
    assert f"/partners/alpha/changes/?up_to={number}#revision-{number}" in text
    assert "/partners/alpha/changes.atom" in text


def test_a_current_value_leads_to_its_source(client, alpha):
    change(alpha, city="Delft")
    change(alpha, city="San José")
    from_here_on()
    cite(alpha, "city", source=make_source("Register"))

    text = page(client, "/partners/alpha/changes/")
    assert text.count('<a href="/partners/alpha/#source-') == 1


def test_values_are_written_as_columns_write_them(client, alpha):
    parent = make_organization("Holding")
    change(alpha, type="nonprofit", region_code="US-CA", country_code="US", parent=parent, established=1993)

    found = {
        column: (before, after) for column, before, after in told(client, "/partners/alpha/changes.json")
    }
    assert found["type"] == (["Company"], ["Nonprofit"])
    assert found["region_code"] == ([], ["California"])
    assert found["parent"] == ([], ["Holding"])
    assert found["established"] == ([], ["1993"])
    values = changes(client, "/partners/alpha/changes.json")[0]["values"]
    assert {"value": 1993, "label": "1993"} in [each["after"][0] for each in values]


def test_lists_tell_what_came_and_what_went(client):
    cloud, chips = make_sector("Cloud"), make_sector("Chips")
    beta = make_organization("Beta", sectors=[cloud], names=["B"])
    agreement = make_agreement("Great agreement", partners=[beta])
    from_here_on()
    beta.sectors.set([chips])
    beta.names.update(value="Bêta")
    add_amount(agreement, amount=5_000_000)
    add_party(agreement, make_organization("Gamma"))
    agreement.parties.filter(organization=beta).delete()

    assert ("sectors", ["Cloud"], ["Chips"]) in told(client, "/partners/beta/changes.json")
    assert ("other_names", ["B"], ["Bêta"]) in told(client, "/partners/beta/changes.json")
    assert ("agreements", ["Great agreement"], []) in told(client, "/partners/beta/changes.json")
    found = told(client, "/agreements/great-agreement/changes.json")
    assert ("partners", ["Beta"], ["Gamma"]) in found
    (amounts,) = [after for column, _before, after in found if column == "amounts"]
    assert "$5 million" in amounts[0]
    assert '+ <ins><a href="/sectors/chips/">Chips</a></ins>' in page(client, "/partners/beta/")


def test_events_and_sources_have_a_history(client):
    event, source = make_event("Great day"), make_source("Register")
    alpha = make_organization("Alpha", cited=False, publication_state="draft")
    cite(alpha, source=source)
    Organization.objects.filter(pk=alpha.pk).update(publication_state="published")
    change(event, date=datetime.date(2026, 1, 5))
    change(source, publisher="Chamber")

    assert told(client, "/timeline/great-day/changes.json")[0][2] == ["2026-01-05"]
    assert ("publisher", labels_of_publisher(source), ["Chamber"]) in told(
        client, "/sources/register/changes.json"
    )
    for address in ("/timeline/great-day/", "/sources/register/"):
        assert "Changes</h2>" in page(client, address)


def test_every_kind_with_a_page_has_a_history(client):
    sector, area, pillar = make_sector("Cloud"), make_mission_area("Fusion"), make_mission_area("Energy")
    programme = make_programme(lead=make_organization("Agency", type="government"))
    found = {
        "/sectors/cloud/": (sector, "description_en", "Servers of others"),
        "/mission-areas/fusion/": (area, "name_en", "Fusion energy"),
        "/about/": (programme, "summary_en", "A programme of many"),
    }
    for address, (record, name, value) in found.items():
        assert "Changes</h2>" not in page(client, address)
        change(record, **{name: value})
        assert (name, [value]) in [(n, after) for n, _before, after in told(client, f"{address}changes.json")]
        for place in (address, f"{address}changes/"):
            text = page(client, place)
            assert f"<ins>{value}</ins>" in text and f"{address}changes.atom" in text, place
        assert value in client.get(f"{address}changes.atom").content.decode()
    change(area, parent=pillar)
    assert ("parent", [], ["Energy"]) in told(client, "/mission-areas/fusion/changes.json")


def test_a_second_citation_of_a_source_adds_no_source(client, alpha):
    register, other = make_source("Register"), make_source("Chamber")
    from_here_on()
    cite(alpha, "city", source=register)
    from_here_on()
    second = cite(alpha, "type", source=register)
    from_here_on()
    cite(alpha, "name", source=other)
    from_here_on()
    second.delete()

    cells = [
        (cell["after"], cell["before"], [(s["label"], s["column"], s["now"]) for s in cell["supports"]])
        for each in changes(client, "/partners/alpha/changes.json")
        for cell in each["values"]
        if cell["column"] == "sources"
    ]
    register, other = ({"value": each.slug, "label": each.title} for each in (register, other))
    assert cells == [
        ([], [], [("Register", "type", False)]),
        ([other], [], []),
        ([], [], [("Register", "type", True)]),
        ([register], [], []),
    ]
    text = page(client, "/partners/alpha/changes/")
    assert "</a> now also supports “<bdi>Type</bdi>”" in text or "now also supports “Type”" in text
    text = page(client, "/sources/register/changes/")
    assert text.count("+ <ins>") == 1 and "now also supports" in text


def labels_of_publisher(source: Source) -> list[str]:
    return [source.publisher] if source.publisher else []


# What is not for readers


def test_notes_drafts_and_hidden_names_are_not_told(client, alpha):
    secret = make_organization("Xyzzy holding")
    cite_source = make_source("Xyzzy source")
    change(alpha, parent=secret, curator_note="Xyzzy note")
    from_here_on()
    cite(alpha, "city", source=cite_source, quote="Xyzzy quote", curator_note="Xyzzy")
    from_here_on()
    alpha.citations.filter(source=cite_source).delete()
    change(secret, publication_state="withheld")
    change(alpha, parent=None)

    for ending in ("/changes/", "/changes.json", "/changes.atom", "/"):
        text = client.get(f"/partners/alpha{ending}").content.decode()
        assert "xyzzy" not in text.lower(), ending


def test_a_record_is_told_only_where_it_was_public_then(client, alpha):
    """It is public by now: that it belonged to this one before was nobody's business."""
    parent = make_organization("Holding", publication_state="draft")
    other = make_organization("Other")
    change(alpha, parent=other)
    change(alpha, parent=parent)
    change(parent, publication_state="published")

    found = [(before, after) for column, before, after in told(client, "/partners/alpha/changes.json")]
    assert found == [(["Other"], []), ([], ["Other"])]


def test_values_before_a_record_was_public_are_not_told(client):
    alpha = make_organization("Alpha", city="Xyzzy", publication_state="draft")
    from_here_on()
    with transaction.atomic():
        Organization.objects.filter(pk=alpha.pk).update(publication_state="published")
        Organization.objects.filter(pk=alpha.pk).update(city="Delft")

    assert "xyzzy" not in client.get("/partners/alpha/changes.json").content.decode().lower()
    assert "xyzzy" not in page(client, "/partners/alpha/").lower()


def test_nothing_is_told_of_who_wrote_it(client, alpha):
    change(alpha, city="Delft")
    keys = changes(client, "/partners/alpha/changes.json")[0].keys()
    assert set(keys) == {"revision", "at", "link", "appeared", "values"}


def test_hidden_records_have_no_history(client, alpha):
    change(alpha, city="Delft")
    change(alpha, publication_state="withheld")
    for ending in ("/changes/", "/changes.json", "/changes.atom"):
        assert client.get(f"/partners/alpha{ending}").status_code == 410


def test_what_the_journal_has_forgotten_is_told_without_values(client, alpha):
    number = change(alpha, city="Delft")
    Revision.objects.create(number=number + 1, at="2026-01-01T00:00Z")
    PublicChange.objects.create(
        model="organization", record_id=alpha.pk, field="website", revision_id=number + 1
    )
    assert ("website", None, None) in told(client, "/partners/alpha/changes.json")
    assert "Website: changed" in page(client, "/partners/alpha/")


# Addresses


def test_each_revision_has_a_permanent_address(client, alpha):
    cities = ["Delft", "Oakland", "Fresno"]
    numbers = [change(alpha, city=city) for city in cities]

    first = f"/partners/alpha/changes/?up_to={numbers[0]}"
    text = page(client, first)
    assert f'id="revision-{numbers[0]}"' in text and "Delft" in text and "Oakland" not in text
    assert '<meta name="robots" content="noindex">' in text
    answer = client.get("/partners/alpha/changes.json", {"up_to": numbers[1]}).json()
    assert [each["revision"] for each in answer["changes"]] == [numbers[1], numbers[0]]
    assert answer["changes"][1]["link"].endswith(f"{first}#revision-{numbers[0]}")


def test_older_changes_follow_page_by_page(client, alpha, monkeypatch):
    monkeypatch.setattr("partners.changes.public_history.REVISIONS_AT_ONCE", 2)
    numbers = [change(alpha, city=f"City {number}") for number in range(5)]
    address, seen = "/partners/alpha/changes.json", []
    while address:
        answer = client.get(address).json()
        seen += [each["revision"] for each in answer["changes"]]
        address = answer["links"]["older"]
    assert seen == numbers[::-1]


def test_a_bad_revision_is_refused(client, alpha):
    change(alpha, city="Delft")
    answer = client.get("/partners/alpha/changes.json?up_to=x")
    assert answer.status_code == 400 and "is not the number of a revision" in answer.content.decode()
    text = page(client, "/partners/alpha/changes/?up_to=x")
    assert "is not the number of a revision" in text and "Delft" not in text
    assert client.get("/partners/alpha/changes.json?page=2").status_code == 400
    assert client.get("/partners/alpha/changes.atom?page=2").status_code == 400


def test_another_address_of_a_record_leads_to_its_own(client, alpha):
    answer = client.get("/agencies/alpha/changes/")
    assert (answer.status_code, answer["Location"]) == (301, "/partners/alpha/changes/")


def test_the_feed_has_an_entry_for_each_revision(client, alpha):
    number = change(alpha, city="Delft")
    answer = client.get("/partners/alpha/changes.atom")
    assert answer["Content-Type"].startswith("application/atom+xml")
    root = ElementTree.fromstring(answer.content)  # noqa: S314 (made a moment ago by the product)
    atom = "{http://www.w3.org/2005/Atom}"
    (entry,) = root.findall(f"{atom}entry")
    assert "City: Santa Clara → Delft" in entry.find(f"{atom}content").text
    assert entry.find(f"{atom}link").get("href").endswith(f"?up_to={number}#revision-{number}")


# Queries


def test_a_page_without_changes_costs_no_query_more_and_one_with_changes_a_constant_number(client, alpha):
    page(client, "/partners/alpha/")

    forget_changes()
    without = queries_of(client.get, "/partners/alpha/?a=1")
    change(alpha, city="Delft")
    page(client, "/partners/alpha/")
    few = queries_of(client.get, "/partners/alpha/?a=2")
    for number in range(20):
        change(alpha, city=f"City {number}", established=1900 + number)
    page(client, "/partners/alpha/")
    # Four for the changes. They are read in one state, where the programme, kept for other pages, is read anew.
    assert queries_of(client.get, "/partners/alpha/?a=3") == few == without + 4 + 1
    assert queries_of(client.get, "/partners/alpha/changes/?up_to=99999") < 12


def test_the_history_of_agreements_costs_the_same_with_more_changes(client):
    agreement = make_agreement("Great agreement", partners=[make_organization("Alpha")])
    from_here_on()
    add_party(agreement, make_organization("First"))
    client.get("/agreements/great-agreement/changes.json")
    few = queries_of(client.get, "/agreements/great-agreement/changes.json?up_to=99998")
    for number in range(5):
        from_here_on()
        add_party(agreement, make_organization(f"Partner {number}"))
    client.get("/agreements/great-agreement/changes.json")
    assert queries_of(client.get, "/agreements/great-agreement/changes.json?up_to=99999") == few
