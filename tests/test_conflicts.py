"""Where two people changed the same value, the second one chooses; nothing is chosen for him, nothing is overwritten unseen."""

import pytest
from django.test import Client

from tests.curation import change_form
from tests.records import make_curator, make_organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def conflict():
    """The form of somebody who typed a city, a ticker and a name, and then others saved other ones, and a website."""
    record = make_organization("Alpha", city="Oslo", ticker="A", names=["First"])
    mine, theirs = Client(), Client()
    mine.force_login(make_curator("ada"))
    theirs.force_login(make_curator("grace"))
    form = change_form(mine, record)
    others = {"city": "Bergen", "ticker": "B", "names-0-value": "Theirs", "website": "https://alpha.example/"}
    assert change_form(theirs, record).send(**others).status_code == 302
    answer = form.send(**{"city": "Delft", "ticker": "C", "names-0-value": "Mine"})
    return record, form, answer


def told(table) -> dict[str, list[str]]:
    return {
        row.title: [
            "".join(text for _kind, text in part.text.pieces)
            for part in row.parts
            if part.text and not part.widget
        ]
        for row in table.rows
    }


def now(record) -> tuple:
    record.refresh_from_db()
    return record.city, record.ticker, record.website, [each.value for each in record.names.all()]


def test_both_are_shown_and_nothing_is_chosen(conflict):
    _record, _form, answer = conflict
    assert answer.status_code == 409
    assert told(answer.context["both_changed"]) == {
        "City": ["Oslo", "Bergen", "Delft"],
        "Ticker": ["A", "B", "C"],
        "First: Name": ["First", "Theirs", "Mine"],
    }
    assert told(answer.context["theirs_alone"]) == {"Website": ["empty", "https://alpha.example/"]}
    choices = [
        part.text.choice for row in answer.context["both_changed"].rows for part in row.parts if part.text
    ]
    assert not any(each.is_chosen for each in choices if each)


def test_what_nobody_has_chosen_is_not_saved(conflict):
    record, form, answer = conflict
    again = form.returned(answer).send(**{"_choice-city": "mine"})

    assert again.status_code == 409
    assert now(record) == ("Bergen", "B", "https://alpha.example/", ["Theirs"])
    # The one that was chosen is asked no more, and the others stand as they did.
    assert told(again.context["both_changed"]) == {
        "Ticker": ["A", "B", "C"],
        "Theirs: Name": ["First", "Theirs", "Mine"],
    }
    chosen = {"_choice-ticker": "theirs", "_choice-names-0-value": "mine"}
    assert form.returned(again).send(**chosen).status_code == 302
    assert now(record) == ("Delft", "B", "https://alpha.example/", ["Mine"])


def test_each_value_becomes_what_was_chosen(conflict):
    record, form, answer = conflict
    chosen = {"_choice-city": "theirs", "_choice-ticker": "mine", "_choice-names-0-value": "theirs"}
    assert form.returned(answer).send(**chosen).status_code == 302
    assert now(record) == ("Bergen", "C", "https://alpha.example/", ["Theirs"])


def test_another_value_can_be_written_in_the_table(conflict):
    record, form, answer = conflict
    cell = answer.context["both_changed"].rows[0].parts[-1]
    assert cell.text.choice.value == "another"
    assert 'name="_another-city"' in cell.widget and 'value="Delft"' in cell.widget
    chosen = {"_choice-city": "another", "_another-city": "Leiden"}
    row = {"_choice-names-0-value": "another", "_another-names-0-value": "A third"}

    assert form.returned(answer).send(**chosen, **row, **{"_choice-ticker": "theirs"}).status_code == 302
    assert now(record) == ("Leiden", "B", "https://alpha.example/", ["A third"])


def test_another_value_that_is_wrong_is_said_beside_its_field(conflict):
    record, form, answer = conflict
    chosen = {"_choice-city": "another", "_another-city": "x" * 500, "_choice-ticker": "mine"}

    page = form.returned(answer).send(**chosen, **{"_choice-names-0-value": "mine"})

    assert page.context["adminform"].form["city"].value() == "x" * 500
    assert "at most" in str(page.context["adminform"].form.errors["city"])
    assert now(record)[0] == "Bergen"


@pytest.mark.parametrize("left_out", [(), ("_opened",)])
def test_what_is_not_chosen_is_asked_again_whatever_is_sent(conflict, left_out):
    """Also by a request that no browser sends."""
    record, form, answer = conflict
    back = form.returned(answer)
    for name in left_out:
        del back.data[name]

    again = back.send()

    assert again.status_code == 409
    asked = {title: texts[1:3] for title, texts in told(again.context["both_changed"]).items()}
    assert asked.items() >= {"City": ["Bergen", "Delft"], "Ticker": ["B", "C"]}.items()
    assert now(record)[0] == "Bergen"


def test_what_was_typed_as_they_have_it_needs_no_choice(conflict):
    record, form, answer = conflict
    same = {"city": "Bergen", "ticker": "B", "names-0-value": "Theirs"}
    assert form.returned(answer).send(**same).status_code == 302
    assert now(record)[0] == "Bergen"


def test_others_who_change_it_once_more_are_seen(conflict):
    record, form, answer = conflict
    back = form.returned(answer)
    type(record).objects.filter(pk=record.pk).update(city="Narvik")
    chosen = {"_choice-city": "mine", "_choice-ticker": "mine", "_choice-names-0-value": "mine"}
    again = back.send(**chosen)
    assert again.status_code == 409
    assert told(again.context["both_changed"]) == {"City": ["Bergen", "Narvik", "Delft"]}
