"""Amounts of agreements: which are found, in which order, in which words, and what files and pages say of them.

The rows are compared with the account in plain Python (`tests/worlds.py`) on each engine.
"""

import csv
import io
import json
import re
from decimal import Decimal

import openpyxl
import pytest
from django.db import transaction
from django.http import QueryDict
from django.utils.translation import override
from hypothesis import assume, example, given
from hypothesis import strategies as st

from partners.models import Agreement
from partners.money import (
    amount_in_words,
    currencies,
    currency_in_words,
    figure,
    plain_number,
    short_sum,
    sum_in_words,
)
from partners.nouns import AGREEMENT
from partners.selection.listings import AgreementListing
from partners.selection.selection import Selection
from partners.selection.sentence import sentence
from partners.tables.columns import json_value
from partners.vocabularies import AmountKind, Exactness
from tests.database import db_of_file  # noqa: F401 (a fixture)
from tests.html import tree
from tests.laws import examples
from tests.records import add_amount, make_agreement
from tests.shapes import csv_rows, get, raw
from tests.worlds import FIGURES, World, build_world

many_examples = examples(60)
# What the directory keeps: at most 15 digits, two of them cents.
AMOUNTS = st.one_of(
    st.integers(1, 10**15 - 1).map(Decimal),
    st.integers(1, 10**15 - 1).map(lambda cents: Decimal(cents).scaleb(-2)),
    st.sampled_from([Decimal(10) ** power * 5 for power in range(14)]),
)
CODES = st.sampled_from(sorted(currencies()))


@pytest.fixture(scope="module", params=[1, 2])
def world(request, db):
    """A directory that all tests look at. None of them leaves anything behind."""
    with transaction.atomic():
        yield build_world(request.param)
        transaction.set_rollback(True)


def select(query: str = "", **parameters) -> Selection:
    chosen = QueryDict(query, mutable=True)
    for name, value in parameters.items():
        chosen[name] = value
    return Selection(AgreementListing, chosen)


def slugs(selection: Selection) -> list[str]:
    assert selection.problems == []
    return list(selection.rows.values_list("slug", flat=True))


# Which rows


def with_such_an_amount(world: World, low="", high="", currency="", kind="") -> set[str]:
    """The agreements with one sum that meets all of it."""
    return {
        deal.slug
        for deal in world.public_deals()
        for each in deal.amounts
        if (not low or each.amount >= Decimal(low))
        and (not high or each.amount <= Decimal(high))
        and currency in ("", each.currency)
        and kind in ("", each.kind)
    }


def test_a_range_is_about_one_sum_in_one_currency(world):
    @many_examples
    @given(
        st.sampled_from(["", *FIGURES]),
        st.sampled_from(["", *FIGURES]),
        st.sampled_from(["EUR", "JPY", "USD"]),
        st.sampled_from(["", *AmountKind.values]),
    )
    def law(low, high, currency, kind):
        assume(not (low and high and Decimal(low) > Decimal(high)))
        asked = {"amount_min": low, "amount_max": high, "amount_in": currency, "amount_of": kind}

        selection = select(**asked)

        assert set(slugs(selection)) == with_such_an_amount(world, low, high, currency, kind)
        assert selection.count == len(slugs(selection))

    law()


def test_a_kind_alone_is_a_range_too(world):
    assert set(slugs(select(amount_of="pledge"))) == with_such_an_amount(world, kind="pledge")


@pytest.mark.parametrize(
    "query", ["amount_min=5", "amount_max=5&amount_of=pledge", "amount_min=1&amount_max=5"]
)
def test_a_range_without_a_currency_is_refused(world, query):
    selection = select(query)

    (problem,) = selection.problems
    assert problem.parameter == "amount_in"
    assert "amounts in different ones are not compared. Allowed: EUR, JPY, USD." in problem.message
    assert list(selection.rows) == []


@pytest.mark.parametrize(
    "text", ["five", "-5", "5.", "1.2345", "1e6", "200.000.000", "€200", "200 mega", "$", "USD", "٥"]
)
def test_what_is_no_amount_is_refused_by_its_parameter(world, text):
    selection = select(amount_max=text, amount_in="USD")

    (problem,) = selection.problems
    assert problem.parameter == "amount_max"
    assert problem.message == f"“{text}” is not an amount. Allowed: 200000000, 1234.50 or 200 million."


def test_a_sign_of_money_without_a_currency_asks_for_the_currency(world):
    (problem,) = select(amount_min="$5 million").problems

    assert problem.parameter == "amount_in"


def test_figures_in_the_wrong_order_are_told_as_figures(world):
    (problem,) = select(amount_min="10", amount_max="5", amount_in="USD").problems

    assert "Write the smaller figure first" in problem.message


@pytest.mark.parametrize("text", ["1000 trillion", "9999999999999.999 thousand"])
def test_a_longer_number_than_the_directory_keeps_is_refused(world, text):
    (problem,) = select(amount_min=text, amount_in="USD").problems

    assert "at most 15 digits" in problem.message


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("200 million", 200_000_000),
        ("3.5 billion", 3_500_000_000),
        ("1,234,567", 1_234_567),
        ("7 000", 7000),
        ("$200 Million", 200_000_000),
        ("$200M", 200_000_000),
        ("USD 1234.50", "1234.50"),
        ("usd 3.5bn", 3_500_000_000),
        ("5k", 5000),
    ],
)
def test_an_amount_can_be_written_as_people_write_it(world, text, amount):
    asked = {"amount_in": "USD"}

    assert slugs(select(amount_min=text, **asked)) == slugs(select(amount_min=str(amount), **asked))


def test_currencies_offered_are_those_of_public_amounts(world):
    offered = {each.currency for deal in world.public_deals() for each in deal.amounts}
    with transaction.atomic():
        add_amount(make_agreement(publication_state="draft", cited=False, partners=[]), currency="CHF")
        (box,) = [box for box in select().ranges if box.name == "amount"]
        (_name, _label, values), _kinds = box.choices
        transaction.set_rollback(True)

    assert {value for value, _text, _chosen in values} == {"", *offered}


# In which order


def place(deal, sign: int, currency="", kind=""):
    """Where an agreement stands: its first currency, and in it the smallest amount, or the largest with sign -1."""
    own = [e for e in deal.amounts if currency in ("", e.currency) and kind in ("", e.kind)]
    if not own:
        return (1, "", 0)
    first = min(each.currency for each in own)
    return (0, first, min(sign * each.amount for each in own if each.currency == first))


@pytest.mark.parametrize("sort", ["amount", "-amount"])
@pytest.mark.parametrize("asked", [{}, {"amount_in": "USD"}, {"amount_in": "USD", "amount_of": "pledge"}])
def test_order_goes_currency_by_currency_and_ends_with_those_without(world, sort, asked):
    sign = -1 if sort.startswith("-") else 1
    by_slug = {deal.slug: deal for deal in world.public_deals()}

    found = slugs(select(sort=sort, **asked))

    places = [
        place(by_slug[slug], sign, asked.get("amount_in", ""), asked.get("amount_of", "")) for slug in found
    ]
    assert places == sorted(places)
    assert set(found) == with_such_an_amount(world, "", "", *asked.values()) if asked else set(by_slug)


# In which words


@many_examples
@given(AMOUNTS)
@example(Decimal("293760000"))
@example(Decimal("1234567.89"))
def test_no_figure_is_rounded_in_any_language(amount):
    units = {
        "en": {"million": 6, "billion": 9, "trillion": 12},
        "nl": {"miljoen": 6, "miljard": 9, "biljoen": 12},
    }
    for language, powers in units.items():
        with override(language):
            digits, _, unit = figure(amount).replace("\N{NO-BREAK SPACE}", " ").partition(" ")
        thousands, point = (",", ".") if language == "en" else (".", ",")
        number = digits.replace(thousands, "").replace(point, ".")
        assert Decimal(number).scaleb(powers[unit] if unit else 0) == amount


@many_examples
@given(AMOUNTS)
def test_a_figure_for_programs_is_the_plain_number(amount):
    assert re.fullmatch(r"(0|[1-9]\d*)(\.\d?[1-9])?", plain_number(amount))
    assert Decimal(plain_number(amount)) == amount
    # JSON has numbers only, of which programs keep 15 digits.
    assert Decimal(json.dumps(amount, default=json_value)) == amount


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Contract value of at least $200 million"),
        ("nl", "Contractwaarde van minstens 200 miljoen Amerikaanse dollar"),
    ],
)
def test_an_amount_is_told_in_the_language_of_the_reader(language, said):
    with override(language):
        assert amount_in_words("contract-value", "at-least", Decimal(200_000_000), "USD") == said


def test_a_currency_without_a_sign_of_its_own_is_told_by_its_code():
    assert short_sum(Decimal(3), "CHF") == "CHF\N{NO-BREAK SPACE}3"
    assert sum_in_words(Decimal(1), "EUR") == "1 euro"
    assert sum_in_words(Decimal("1.5"), "CAD") == "1.50 Canadian dollars"


@given(CODES)
def test_every_currency_has_a_name(code):
    for language in ("en", "nl"):
        with override(language):
            assert currency_in_words(code) not in ("", code)


def test_every_kind_and_exactness_can_be_told():
    for kind in AmountKind:
        for exactness in Exactness:
            for language in ("en", "nl"):
                with override(language):
                    assert "5" in amount_in_words(kind, exactness, Decimal(5), "EUR")


SENTENCES = {
    "amount_min=200+million&amount_in=USD&amount_of=contract-value": (
        "with a contract value of at least 200 million US dollars"
    ),
    "amount_max=9.5&amount_in=EUR": "with an amount of at most 9.50 euros",
    "amount_min=1000000&amount_max=5500000&amount_in=USD&amount_of=award": (
        "with an award between 1 million and 5.5 million US dollars"
    ),
    "amount_in=JPY": "with an amount in Japanese yen",
    "amount_of=credits": "with an amount of the kind Credits",
    "has_amount=yes": "with an amount",
    "has_amount=none": "without a recorded amount",
    "amount_kind=pledge": "with an amount of the kind Pledge",
    "amount_currency=EUR": "with an amount in euros",
}


@pytest.mark.parametrize(("query", "said"), SENTENCES.items())
def test_a_selection_says_the_amount_in_words(world, query, said):
    assert sentence(select(query), "agreements") == f"agreements {said}"


def test_a_chip_takes_the_whole_range_away(world):
    (chip,) = select("amount_min=5&amount_in=USD&amount_of=award").chips

    assert chip.value == "with an award of at least 5 US dollars"
    assert chip.link == "?"


def test_an_amount_comes_back_as_it_was_written(world):
    agreement = Agreement.objects.first()

    @many_examples
    @given(AMOUNTS)
    @example(Decimal("999999999999999"))
    @example(Decimal("9999999999999.99"))
    def law(amount):
        with transaction.atomic():
            kept = add_amount(agreement, amount)
            kept.refresh_from_db()
            transaction.set_rollback(True)

        assert kept.amount == amount
        assert isinstance(kept.amount, Decimal)

    law()


# Files


def test_every_file_has_the_amounts_of_the_account(world, client):
    account = {deal.slug: sorted(deal.amounts, key=lambda each: each.slug) for deal in world.public_deals()}

    rows = csv_rows(raw(get(AGREEMENT, "csv")))
    objects = [json.loads(line) for line in raw(get(AGREEMENT, "ndjson")).splitlines()]

    assert {row["agreement"] for row in rows} == account.keys()
    for row, described in zip(rows, objects, strict=True):
        amounts = account[row["agreement"]]
        assert row["amounts"] == ";".join(each.slug for each in amounts)
        assert row["amount_figures"] == ";".join(plain_number(each.amount) for each in amounts)
        assert row["amount_currencies"] == ";".join(each.currency for each in amounts)
        assert row["amount_kinds"] == ";".join(each.kind for each in amounts)
        assert row["amount_exactness"] == ";".join(each.exactness for each in amounts)
        labels = [amount_in_words(each.kind, each.exactness, each.amount, each.currency) for each in amounts]
        assert row["amount_labels"] == ";".join(labels)
        assert [
            (
                a["agreement_amount"],
                a["kind"],
                a["exactness"],
                Decimal(str(a["amount"])),
                a["currency"],
                a["giver"],
            )
            for a in described["amounts"]
        ] == [
            (
                e.slug,
                e.kind,
                e.exactness,
                e.amount,
                e.currency,
                e.giver if e.giver and world.public(e.giver) else None,
            )
            for e in amounts
        ]


def test_a_workbook_names_the_amounts_as_the_csv_does(world, client):
    sheet = openpyxl.load_workbook(
        io.BytesIO(raw(get(AGREEMENT, "xlsx", "columns=agreement,amount_labels")))
    ).worksheets[0]
    rows = list(
        csv.reader(io.StringIO(raw(get(AGREEMENT, "csv", "columns=agreement,amount_labels")).decode()))
    )

    assert [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)] == rows


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("prefix", "says"), [("", "Only amounts entered as data"), ("/nl", "Alleen bedragen die als gegeven")]
)
def test_which_amounts_are_counted_is_said_where_they_are_asked_for_or_explained(client, prefix, says):
    add_amount(make_agreement())

    box = next(
        each
        for each in tree(client.get(f"{prefix}/agreements/")).find("details")
        if each.attributes["id"] == "fold-amount"
    )
    assert says in box.text
    assert client.get(f"{prefix}/data/dictionary/").content.decode().count(says) >= 2
