"""Findings stand at the value: what its quote, its sources, its day or the value before it say against it."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from partners.admin.gaps import gaps
from partners.changes.history import RowStep
from partners.changes.standing import Present
from partners.curation_vocabularies import LinkState
from partners.findings.finding import Level
from partners.findings.proposed import ProposedFindings
from partners.findings.quotes import days_in, says_otherwise, years_in
from partners.findings.records import findings_of, findings_of_records
from partners.findings.values import findings_of_change
from partners.models import (
    Agreement,
    AgreementAmount,
    Citation,
    Event,
    Judgement,
    LinkCheck,
    Organization,
    OrganizationName,
    Source,
)
from partners.models.sources import TARGETS
from partners.money import figure, full_number, sums_in
from partners.vocabularies import PublicationState, SourceStance
from tests.database import queries_of
from tests.records import cite, make_agreement, make_curator, make_organization, make_source
from tests.worlds import build_world

db = pytest.mark.django_db
ESTABLISHED = Organization._meta.get_field("established")
CITY = Organization._meta.get_field("city")
ANNOUNCED = Agreement._meta.get_field("announced_date")
AMOUNT = AgreementAmount._meta.get_field("amount")


def quoting(quote: str, language: str = "en") -> Citation:
    return Citation(quote=quote, source=Source(language=language))


def messages(findings, field: str, level: Level = Level.WARNING) -> list[str]:
    return [each.message for each in findings if each.field == field and each.level == level]


# Quotes ---------------------------------------------------------------------------------------------------------------


@given(st.integers(1000, 2099), st.integers(1000, 2099))
def test_a_quote_with_another_year_is_told_and_one_with_the_year_is_not(year, value):
    said = says_otherwise(quoting(f"It was founded in {year}, they say."), ESTABLISHED, value)
    assert said == ("" if year == value else f"The quote says {year}.")


@given(st.dates(datetime.date(1000, 1, 1), datetime.date(2099, 12, 31)), st.booleans())
def test_a_day_is_found_as_people_write_it(day, month_first):
    text = f"{day:%B} {day.day}, {day.year:04}" if month_first else f"{day.day} {day:%b}. {day.year:04}"
    assert days_in(f"On {text} it was signed.") == [day]
    assert says_otherwise(quoting(f"On {text}."), ANNOUNCED, day) == ""
    other = day + datetime.timedelta(1)
    assert str(day.year) in says_otherwise(quoting(f"On {text}."), ANNOUNCED, other)


@given(st.decimals(Decimal(1000), Decimal(10) ** 12, places=0))
def test_a_sum_is_found_as_this_site_writes_it(amount):
    for text in (f"worth ${figure(amount)}", f"USD {full_number(amount)} in all"):
        assert sums_in(text) == [amount], text
    assert says_otherwise(quoting(f"a ${full_number(amount)} award"), AMOUNT, amount) == ""
    assert says_otherwise(quoting(f"a ${full_number(amount)} award"), AMOUNT, amount * 1000)


@pytest.mark.parametrize(
    ("quote", "column", "value"),
    [
        ("which opened for business 15 years ago", ESTABLISHED, 2006),
        ("Executive Order 14363, 119th Congress, $2,010", ESTABLISHED, 2006),
        ("on Jan. 17", ANNOUNCED, datetime.date(2025, 1, 17)),
        ("10/27/2025", ANNOUNCED, datetime.date(2025, 10, 27)),
        ("within 30 days, for 5 percent", AMOUNT, Decimal(5_000_000)),
        ("ARMONK, NEW YORK", CITY, "Armonk"),
        ("based in San José", CITY, "San Jose"),
    ],
)
def test_a_quote_that_says_less_does_not_contradict(quote, column, value):
    assert says_otherwise(quoting(quote), column, value) == ""


def test_numbers_of_another_language_are_read_in_it():
    assert sums_in("3,5 miljoen euro", "nl") == [Decimal(3_500_000)]
    assert sums_in("€ 1.234,50", "nl") == [Decimal("1234.50")]
    assert says_otherwise(quoting("海軍造船廠 (Navy Yard)", "zh"), CITY, "New York") == ""
    assert years_in("成立於2024年") == [2024]


# Records --------------------------------------------------------------------------------------------------------------


@db
def test_what_lacks_evidence_is_what_the_queues_of_the_desk_count():
    """As they say it of the whole directory, so findings say it of each record."""
    build_world(7)
    kinds = ("organization", "agreement", "event")
    sources = [make_source(f"By {stance}", stance=stance) for stance in SourceStance.values]
    for number, record in enumerate(each for kind in kinds for each in TARGETS[kind].objects.all()):
        for place, name in enumerate(sorted(set(record.citable_fields) - {"amounts"})):
            if (number + place) % 3:
                source, quote = sources[(number + place) % len(sources)], "So they say." * (place % 2)
                cite(record, name, source=source, quote=quote)
    said = {"evidence": ("No source says so",), "strong": ("Only sources", "The source from", "Its source")}
    for lacking, words in said.items():
        # A reference to what readers are not told of is no value for the queue.
        left_out = ("parent", "announcement", "amounts")
        queued = {each for each in gaps(lacking) if each[2] not in left_out}
        found = {
            (kind, key, each.field)
            for kind in kinds
            for key, those in findings_of_records(list(TARGETS[kind].objects.published())).items()
            for each in those
            if each.message.startswith(words) and each.field.partition(".")[0] not in left_out
        }
        assert found == queued
        assert len(found) >= 50


@db
def test_many_records_cost_no_more_queries_than_one():
    for number in range(4):
        make_organization(f"Twin {number}", names=["Same"], city="Oslo")
    every = list(Organization.objects.all())
    assert queries_of(findings_of_records, every) == queries_of(findings_of_records, every[:1]) <= 6


@db
def test_a_record_shows_what_its_quotes_and_addresses_say():
    record = make_organization("Alpha", established=1994, city="Oslo")
    source = make_source("Register", stance="official")
    year = cite(record, "established", quote="founded in 1993", source=source)
    city = cite(record, "city", quote="Oslo", source=source)
    LinkCheck.objects.create(
        source=source, url=source.url, state=LinkState.CHANGED, gone=[city.pk], checked_at=timezone.now()
    )

    found = findings_of(record)

    assert messages(found, "established") == ["The quote says 1993."]
    assert messages(found, "city") == ["The quoted words are not in the text of the source."]
    assert {each.citation for each in found if each.field == "established"} == {year.pk}
    # Another address was never asked.
    Source.objects.update(url="https://example.org/elsewhere")
    assert not messages(findings_of(record), "city")
    assert messages(findings_of(record), "summary_nl", Level.SUGGESTION) == ["The text in Dutch is missing."]


@db
def test_a_record_as_a_form_would_have_it_needs_no_row_of_its_own():
    record = Organization(name="New", established=2099, publication_state=PublicationState.IN_REVIEW)
    found = findings_of(record, [])
    assert messages(found, "established", Level.ERROR)
    assert {each.field for each in found if "published" in each.message} == {
        "type",
        "summary_en",
        "citations",
    }
    # What it may not say stops, whoever reads it.
    assert not findings_of(Organization(publication_state="draft"), [])[0].may_pass_unseen


@db
def test_a_namesake_is_told_until_somebody_judges_that_it_is_another_one():
    one = make_organization("Alpha Beta")
    other = make_organization("Gamma", names=["alpha-beta"])
    assert "“Gamma” is called so too." in messages(findings_of(one), "name")
    assert messages(findings_of(other), "names") == ["“Alpha Beta” is called so too."]
    Judgement.objects.remember(one, [other], make_curator(), "")
    assert "“Gamma” is called so too." not in messages(findings_of(one), "name")


@pytest.mark.parametrize(
    ("column", "before", "after", "is_told"),
    [
        (ESTABLISHED, 1993, 2003, True),
        (ESTABLISHED, 1993, 1994, False),
        (ESTABLISHED, None, 1994, False),
        (ANNOUNCED, datetime.date(2015, 1, 1), datetime.date(2025, 6, 1), True),
        (AMOUNT, Decimal(600), Decimal(600_000), True),
        (AMOUNT, Decimal(600_000), Decimal(600), True),
        (AMOUNT, Decimal(600), Decimal(700), False),
        (CITY, "Oslo", "Bergen", False),
    ],
)
def test_a_value_that_moves_far_is_told(column, before, after, is_told):
    assert bool(list(findings_of_change(column, before, after))) is is_told


@db
def test_a_day_in_the_future_is_told_where_it_is_of_what_is_done():
    ahead = timezone.localdate() + datetime.timedelta(30)
    ahead = max(ahead, datetime.date(2026, 12, 26))
    agreement = make_agreement(announced_date=ahead, effective_date=ahead)
    found = findings_of(agreement)
    assert any("in the future" in each for each in messages(found, "announced_date"))
    assert not any("in the future" in each for each in messages(found, "effective_date"))
    assert not [each for each in findings_of(Event(date=ahead), []) if "future" in each.message]


# Proposals ------------------------------------------------------------------------------------------------------------


def step_of(record, **values) -> RowStep:
    about = frozenset({(record._meta.model_name, record.pk)})
    before = {name: getattr(record, name) for name in values}
    return RowStep(type(record), record.pk, about, before, values)


def judged(*steps) -> ProposedFindings:
    return ProposedFindings(steps, Present.of(steps))


@db
def test_a_proposed_value_is_judged_with_the_evidence_that_comes_with_it():
    record = make_organization("Alpha", established=1993)
    citation = cite(record, "established", quote="founded in 1993", source=make_source(stance="official"))
    year = step_of(record, established=1994)

    alone = judged(year).of(year, ESTABLISHED)
    assert "is cited for the earlier value, 1993" in alone[0].message

    # The contributor says: the same source says so.
    kept = RowStep(Citation, citation.pk, year.records, {"value": "1993"}, {"value": "1994"})
    both = judged(year, kept)
    assert [each.message for each in both.of(year, ESTABLISHED)] == ["The quote says 1993."]
    assert [each.message for each in both.of(kept, Citation._meta.get_field("value"))] == [
        "The quote says 1993."
    ]
    assert [each.quote for each in both.evidence_of(year, ESTABLISHED)] == ["founded in 1993"]

    far = step_of(record, established=1954)
    assert judged(far).of(far, ESTABLISHED)[0].message == "This moves it by 39 years."


@db
def test_rows_that_come_with_a_proposal_are_judged_as_if_they_were_there():
    make_organization("Beta")
    record = make_organization("Alpha", city="")
    about = frozenset({("organization", record.pk)})
    city = step_of(record, city="Oslo")
    source = RowStep(
        Source,
        -1,
        frozenset({("source", -1)}),
        None,
        {"title": "New", "stance": "official", "language": "en"},
    )
    values = {"source_id": -1, "organization_id": record.pk, "field": "city", "quote": "in Bergen"}
    added = RowStep(Citation, -2, about, None, values)
    name = RowStep(
        OrganizationName, -3, about, None, {"organization_id": record.pk, "value": "BETA", "type": "alias"}
    )

    found = judged(city, source, added, name)

    assert [each.message for each in found.of(city, CITY)] == ["The quote does not say “Oslo”."]
    assert [each.message for each in found.of(added, None)] == [
        "The quote does not say “Oslo”.",
        "The source has no address: the quote cannot be looked for there.",
    ]
    assert [each.message for each in found.of(name, None)] == ["“Beta” is called so too."]


@db
def test_a_proposal_about_many_records_costs_no_more_queries_than_one():
    records = [make_organization(f"Many {number}", city="Oslo") for number in range(5)]
    for record in records:
        cite(record, "city")
    steps = [step_of(record, city="Bergen") for record in records]
    present = Present.of(steps)
    assert (
        queries_of(ProposedFindings, steps, present) == queries_of(ProposedFindings, steps[:1], present) <= 7
    )
