"""The directory as it was: what `as_of` shows is what was shown then, as far as it is still public."""

import csv
import random
import re

import pytest
from django.db import connection
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from partners.changes.past import past
from partners.changes.pruning import forget
from partners.formats.files import FILE_FORMATS
from partners.models import Agreement, Citation, Organization, Revision, Writing
from partners.nouns import NOUNS, listed
from partners.selection.selection import Selection
from partners.tables.public import public_rows
from partners.urls import urlpatterns
from tests import test_journal as steps
from tests.database import queries_of
from tests.laws import seeds
from tests.past import from_here_on
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

transactional = pytest.mark.django_db(transaction=True)
SECRET = "Xyzzy"
# What takes nothing from readers that they once saw: then every row of a past is there again, to the letter.
HIDING_NOTHING = (
    *(steps.save_another_value, steps.update_many, steps.add_a_name, steps.move_a_name, steps.write_sql),
    *(steps.set_sectors, steps.make_an_agreement, steps.cite_something),
)


def rows_of(client, noun, **parameters) -> list[dict[str, str]]:
    answer = client.get(reverse(noun.csv_route), parameters)
    assert answer.status_code == 200, answer.content
    return list(csv.DictReader(answer.getvalue().decode().splitlines()))


def everything(client, **parameters) -> dict[str, list[dict[str, str]]]:
    return {noun.name: rows_of(client, noun, **parameters) for noun in listed()}


def counts(noun) -> dict[str, dict[str, int]]:
    found = Selection(noun.listing, QueryDict()).counts
    return {facet: count.rows for facet, count in found.items() if count.rows}


def newest() -> int:
    return Revision.objects.order_by("-number").values_list("number", flat=True)[0]


def live(client, rng, kinds, number) -> dict[int, tuple]:
    """A history, with all lists and their counts after each step."""
    steps.make_small_directory()
    kept = {}
    for _step in range(number):
        rng.choice(kinds)(rng)
        kept[newest()] = everything(client), {noun.name: counts(noun) for noun in listed()}
    # Every row of a past has changed more than once since.
    for year in (1901, 1902):
        Organization.objects.update(established=year)
        Agreement.objects.update(signed_date=f"{year}-01-01")
    return kept


@transactional
@pytest.mark.parametrize("seed", seeds(2))
def test_as_of_gives_the_rows_columns_order_and_counts_of_then(client, seed):
    rng = random.Random(seed)  # noqa: S311
    kept = live(client, rng, HIDING_NOTHING, number=7)
    for revision, (rows, counted) in kept.items():
        assert everything(client, as_of=revision) == rows
        with past(revision):
            assert {noun.name: counts(noun) for noun in listed()} == counted
    revision = rng.choice(list(kept))
    for noun in listed():
        assert_facets_lead_to_their_rows(
            client, noun, revision, *(part[noun.name] for part in kept[revision])
        )


def assert_facets_lead_to_their_rows(client, noun, revision: int, rows: list, counted: dict) -> None:
    """Each value leads to as many rows as it counts; without it there are the others."""
    for facet in [facet for facet in counted if facet]:
        for value, count in list(counted[facet].items())[:2]:
            assert len(rows_of(client, noun, as_of=revision, **{facet: value})) == count
            others = rows_of(client, noun, as_of=revision, **{f"exclude_{facet}": value})
            assert len(others) == len(rows) - count


def assert_is_of_then(row: dict, then: dict, table) -> None:
    """Each cell is that of then, or lacks what is hidden now."""
    for name, value in row.items():
        column = table.column(name)
        if column.many:
            assert set(value.split(";")) - {""} <= set(then[name].split(";")), name
        elif name != "row_version":
            assert value in (then[name], ""), name


@transactional
@pytest.mark.parametrize("seed", seeds(2))
def test_as_of_shows_only_what_was_public_then_and_still_is(client, seed):
    rng = random.Random(seed)  # noqa: S311
    kept = live(client, rng, steps.STEPS, number=12)
    for revision, (rows, _counted) in kept.items():
        for noun in listed():
            public = set(public_rows(noun.table).values_list("slug", flat=True))
            then = {row[noun.key]: row for row in rows[noun.name]}
            for row in rows_of(client, noun, as_of=revision):
                assert row[noun.key] in public
                assert_is_of_then(row, then[row[noun.key]], noun.table)


# Secrets: records that are hidden or gone today appear in no past


@pytest.fixture
def hidden_later(db):
    """A directory whose public records touched others at every end, which are hidden or gone now. Gives the revision."""
    lead = make_organization("Open Agency", type="government")
    event = make_event(f"{SECRET} event")
    make_programme(lead=lead)
    sector, area = make_sector(f"{SECRET} sector"), make_mission_area(f"{SECRET} area")
    secret = make_organization(
        f"{SECRET} company", sectors=[sector], type="company", names=[f"{SECRET} alias"]
    )
    site = make_organization(f"{SECRET} site", type="facility", parent=lead)
    open_one = make_organization(
        "Open partner", parent=secret, sectors=[sector], curator_note=f"{SECRET} note"
    )
    source = make_source(f"{SECRET} source", publisher=f"{SECRET} publisher")
    # Another one stays, and supports nothing any more.
    unused = make_source(f"{SECRET} unused")
    citations = [cite(open_one, "city", source=each, quote=f"{SECRET} quote") for each in (source, unused)]
    named = {"partners": [open_one, secret], "agencies": [lead], "laboratories": [site]}
    agreement = make_agreement("Open agreement", **named, mission_areas=[area], announcement=event)
    add_amount(agreement, giver=secret)
    orphan = make_agreement("Open orphan", partners=[secret], laboratories=[site])
    make_agreement(f"{SECRET} agreement", partners=[open_one])
    from_here_on()
    add_party(orphan, open_one)
    then = newest()
    from_here_on()
    Citation.objects.filter(pk__in=[each.pk for each in citations]).delete()
    source.delete()
    for record in (secret, site, event):
        type(record).objects.filter(pk=record.pk).update(publication_state="withheld")
    Agreement.objects.get(title_en=f"{SECRET} agreement").delete()
    for term in (sector, area):
        term.organizations.clear() if hasattr(term, "organizations") else term.agreements.clear()
        term.delete()
    orphan.parties.filter(organization=secret).delete()
    return then


def addresses_of(revision: int):
    for noun in listed():
        for file_format in FILE_FORMATS:
            yield f"{reverse(file_format.route(noun))}?as_of={revision}"
        for view in ("cards", "table"):
            yield f"{reverse(noun.page_route)}?as_of={revision}&view={view}"
    for noun in NOUNS:
        for slug in public_rows(noun.table).values_list("slug", flat=True):
            if noun.has("page"):
                yield f"{reverse(noun.detail_route, args=[slug])}?as_of={revision}"
            if noun.has("record"):
                yield f"{reverse(noun.record_route, args=[slug])}?as_of={revision}"


def test_nothing_that_is_hidden_today_appears_in_a_past(client, hidden_later):
    seen = 0
    for revision in (hidden_later - 1, hidden_later):
        for address in addresses_of(revision):
            answer = client.get(address, follow=True)
            seen += answer.status_code == 200
            assert SECRET.lower().encode() not in answer.getvalue().lower(), address
    assert seen > 60


def test_an_agreement_is_not_shown_where_all_its_partners_of_then_are_hidden(client, hidden_later):
    """Its only partner then is hidden now, and another one came later."""
    titles = [row["agreement"] for row in rows_of(client, listed_noun("agreement"), as_of=hidden_later - 1)]
    assert titles == ["open-agreement"]
    titles = [row["agreement"] for row in rows_of(client, listed_noun("agreement"), as_of=hidden_later)]
    assert sorted(titles) == ["open-agreement", "open-orphan"]


def listed_noun(name: str):
    return next(noun for noun in listed() if noun.name == name)


# Pages and files


@pytest.fixture
def moved(db):
    """A partner that has moved since. Gives the revision before."""
    alpha = make_organization("Alpha", city="Santa Clara")
    make_agreement(
        "Great agreement", partners=[alpha], laboratories=[make_organization("Site", type="facility")]
    )
    then = newest()
    from_here_on()
    Organization.objects.filter(pk=alpha.pk).update(city="Fresno", type="government")
    return then


def get_page(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_page_of_the_past_says_so_and_leads_to_that_of_today(client, moved):
    page = get_page(client, f"/partners/?as_of={moved}")
    day = Revision.objects.get(number=moved).at.date()
    assert f"as it was on <b>{day:%-d %B %Y}, revision {moved}</b>" in page
    assert f"1 partner as of {day:%-d %B %Y}, revision {moved}" in page
    assert f"1 partner per {day.day} " in get_page(client, f"/nl/partners/?as_of={moved}")
    assert '<meta name="robots" content="noindex">' in page
    assert '<link rel="canonical" href="http://testserver/partners/">' in page.replace(
        "localhost:8000", "testserver"
    )
    assert f'href="?as_of={moved}"' in page
    assert "as it was on" not in get_page(client, "/partners/")


@pytest.mark.parametrize(
    ("narrowed", "words"),
    [
        ("type=nonprofit", "Toon alles"),
        ("type=company&ownership=startup", "toon alles"),
        ("type=nonprofit&ownership=startup", "toon alles"),
    ],
)
def test_everything_of_a_past_is_offered_where_nothing_matches(client, moved, narrowed, words):
    page = get_page(client, f"/nl/partners/?as_of={moved}&{narrowed}")

    assert f'<a href="/nl/partners/?as_of={moved}">{words}</a>' in page


def test_a_record_of_the_past(client, moved):
    answer = client.get(f"/agencies/alpha/?as_of={moved}")
    assert (answer.status_code, answer["Location"]) == (302, f"/partners/alpha/?as_of={moved}")
    page = get_page(client, f"/partners/alpha/?as_of={moved}")
    assert "Santa Clara" in page and "Fresno" not in page
    assert f"revision {moved}" in page
    record = client.get(f"/partners/alpha.json?as_of={moved}").json()
    assert (record["record"]["city"], record["as_of"]) == ("Santa Clara", moved)
    assert record["links"]["self"].endswith(f"/partners/alpha.json?as_of={moved}")
    assert "Fresno" in get_page(client, "/agencies/alpha/")


def test_files_of_the_past_say_so(client, moved):
    described = client.get(f"/partners.csv-metadata.json?as_of={moved}").json()
    assert f"revision {moved}" in described["dc:title"]
    answer = client.get(f"/partners.json?as_of={moved}").json()
    assert (answer["as_of"], answer["rows"][0]["city"]) == (moved, "Santa Clara")
    answer = client.get(f"/partners.csv?as_of={moved}")
    assert b"Santa Clara" in answer.getvalue()
    assert f"revision-{moved}" in answer["Content-Disposition"]
    assert client.get("/partners.json").json()["as_of"] is None


def test_a_day_is_its_end(client, moved):
    today = timezone.now().date().isoformat()
    answer = client.get(f"/partners.json?as_of={today}").json()
    assert (answer["as_of"], answer["rows"][0]["city"]) == (newest(), "Fresno")
    assert f"as_of={newest()}" in answer["links"]["self"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("999999", "There is no revision 999999 yet."),
        ("2999-01-01", "2999-01-01 has still to come."),
        ("2001-01-01", "is not kept"),
        ("0", "is not kept"),
        ("yesterday", "is neither the number of a revision nor a day"),
        ("2026-02-31", "is neither the number of a revision nor a day"),
        ("2026-W48-4", "is neither the number of a revision nor a day"),
    ],
)
def test_a_past_that_cannot_be_shown_is_refused_with_what_is_allowed(client, moved, value, message):
    allowed = f"a revision from 1 to {newest()}, or a day from"
    answer = client.get("/partners.json", {"as_of": value})
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    (problem,) = answer.json()["problems"]
    assert problem["parameter"] == "as_of" and message in problem["detail"] and allowed in problem["detail"]
    page = get_page(client, f"/partners/?as_of={value}")
    assert message in page and "Nothing is shown" in page and "Fresno" not in page
    for address in ("/agencies/alpha/", "/agencies/alpha.json"):
        answer = client.get(address, {"as_of": value})
        assert answer.status_code == 400 and message in answer.content.decode()


@pytest.mark.parametrize("query", ["as_of=1&as_of=", "as_of=&as_of=1", "as_of=1&as_of=2"])
def test_a_past_that_is_given_twice_is_refused(client, moved, query):
    for address in ("/partners.json", "/agencies/alpha.json", "/agencies/alpha/"):
        assert client.get(f"{address}?{query}").status_code == 400, address


def test_forgotten_revisions_are_refused(client, moved):
    """Those of which rows went, and of a later first load, whose rows were never kept."""
    Writing.objects.all().delete()
    forget(moved, "too large")
    assert client.get("/partners.json", {"as_of": moved}).status_code == 200
    answer = client.get("/partners.json", {"as_of": moved - 1})
    assert answer.status_code == 400
    assert f"Allowed: the number of a revision from {moved} to" in answer.json()["problems"][0]["detail"]
    Revision.objects.create(number=newest() + 1, at=timezone.now(), via="package", rows_kept=False)
    assert client.get("/partners.json", {"as_of": moved}).status_code == 400


def test_what_does_not_go_with_the_past_is_refused(client, moved):
    answer = client.get("/partners.json", {"as_of": moved, "q": "alpha"})
    assert answer.status_code == 400
    assert "The past cannot be searched" in answer.json()["problems"][0]["detail"]
    assert "The past cannot be searched" in get_page(client, f"/partners/?as_of={moved}&q=alpha")
    for ending in ("atom", "ics"):
        answer = client.get(f"/partners.{ending}", {"as_of": moved})
        assert answer.status_code == 400 and b"has no past" in answer.content


@pytest.mark.parametrize(
    "address",
    [
        *("/partners/?", "/?", "/about/?", "/cross/?", "/compare/?partner=alpha&partner=site&"),
        "/cross/?of=agreements&",
    ],
)
def test_every_link_of_a_page_of_the_past_answers(client, moved, address):
    page = get_page(client, f"{address}as_of={moved}")
    assert "as it was on" in page and "Fresno" not in page
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"#]*|\?[^"#]*)"', page)}
    here = address.partition("?")[0]
    links = {f"{here}{link}" if link.startswith("?") else link for link in links if "/static/" not in link}
    for link in links - {"/admin/"}:
        answer = client.get(link, follow=True)
        assert answer.status_code == 200 and answer.getvalue(), link


def fixed_addresses() -> list[str]:
    """Every public address without a part to fill in, but for those that ask whether the site is alive."""
    names = [each.name for each in urlpatterns if "<" not in str(each.pattern)]
    return [reverse(name) for name in names if name not in ("healthz", "readyz")]


def test_no_address_answers_with_today_where_a_past_is_asked_for(client, moved):
    """It is of then and says so, or it says that it knows no past."""
    of_then = set()
    for address in fixed_addresses():
        answer = client.get(
            address,
            {"as_of": moved, "partner": ["alpha", "site"]} if "compare" in address else {"as_of": moved},
        )
        text = answer.getvalue().decode(errors="replace")
        if answer.status_code == 200:
            of_then.add(address)
            assert "Fresno" not in text, address
            named = f"revision-{moved}" in answer.get("Content-Disposition", "")
            # A schema says what columns mean.
            assert (
                named or "schema" in address or f"revision {moved}" in text or f'"as_of": {moved}' in text
            ), address
        else:
            assert answer.status_code == 400 and "as_of" in text, address
    assert {"/", "/about/", "/cross/", "/cross.csv", "/compare/", "/compare.csv", "/partners/"} <= of_then
    for address in ("/search/?q=alpha", "/data/"):
        page = client.get(f"{address}{'&' if '?' in address else '?'}as_of={moved}")
        told = page.content.decode()
        assert page.status_code == 400 and f'href="{address}"' in told
        assert "can be shown as they were" in told
    assert "the search has no past" in " ".join(client.get("/api/").content.decode().split())


def test_the_crossing_of_a_past_counts_what_was_then(client, moved):
    rows = client.get("/cross.csv", {"as_of": moved, "rows": "type", "columns": "laboratory"})
    assert b"company,Company,1" in rows.getvalue() and b"government" not in rows.getvalue()
    rows = client.get("/cross.csv", {"rows": "type", "columns": "laboratory"})
    assert b"government,Government,1" in rows.getvalue()


def test_nothing_of_a_past_is_left_behind(client, moved):
    get_page(client, f"/partners/?as_of={moved}")
    assert connection.as_of is None
    assert "Fresno" in get_page(client, "/agencies/alpha/")
    with pytest.raises(RuntimeError), past(moved):
        raise RuntimeError
    assert connection.as_of is None
    assert Organization.objects.get(slug="alpha").city == "Fresno"


def test_a_list_of_the_past_costs_the_same_queries_with_more_rows_and_changes(client, moved):
    def more(*numbers: int) -> None:
        for number in numbers:
            sector = make_sector(f"Sector {number}")
            partner = make_organization(f"Partner {number}", sectors=[sector], country_code="US")
            make_agreement(f"Agreement {number}", partners=[partner])
        Organization.objects.update(city=f"Oakland {numbers}", type="nonprofit")
        client.get("/partners/")

    more(1)
    few = queries_of(client.get, f"/partners/?as_of={moved}&type=company")
    more(2, 3, 4, 5, 6, 7)
    assert queries_of(client.get, f"/partners/?as_of={moved}&type=company") == few
