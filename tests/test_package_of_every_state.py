"""What a curator can bring the directory to, its dump brings back: to the byte, into an empty directory."""

import random

import pytest
from django.db import models, transaction

from partners.models import (
    Agreement,
    Citation,
    Event,
    MissionArea,
    Organization,
    Programme,
    Sector,
    Source,
)
from tests.curation import act, add_form, change_form, delete
from tests.laws import seeds
from tests.packages import dump_dataset, empty_directory, load_dataset
from tests.records import (
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

STEPS, STEPS_BETWEEN = 40, 20
PUBLISHABLE = (Organization, Agreement, Event)
CURATED = (*PUBLISHABLE, Source, Sector, MissionArea, Programme, Citation)
ACTIONS = ("publish", "withhold", "return", "send")
ACTION_NAMES = {
    "publish": "publish_selected",
    "withhold": "withhold_selected",
    "return": "return_selected_to_draft",
    "send": "send_selected_for_review",
}
BUTTONS = ("_save", "_save", "_publish", "_withhold", "_return_to_draft", "_send_for_review")
TEXTS = (
    *(
        "",
        "",
        " ",
        "Plain",
        "two  words",
        " around ",
        "tab\tbetween",
        "one\ntwo",
        "one\r\ntwo",
        "e\u0301",
        "\u00a0",
        "\u200b",
    ),
    *(
        "=1+1",
        "a;b",
        '"quoted"',
        "日本",
        "😀",
        "NULL",
        "0",
        "x" * 300,
        "en",
        "US",
        "US-CA",
        "Q42",
        "\u202e",
        "\x07",
    ),
)
DAYS = ("", "2025-12-18", "2026-01-05", "0999-12-31", "2025-02-30", "18-12-2025")
NUMBERS = ("", "0", "1977", "2101", "-5", "1.5")
ADDRESSES = ("", "https://example.org/a", "example.org", "http://münchen.example/ä?a=b", "javascript:1")


def make_directory() -> None:
    """A little of everything, each state of publication included."""
    sectors = [make_sector() for _ in range(2)]
    areas = [make_mission_area()]
    areas.append(make_mission_area(parent=areas[0]))
    event = make_event()
    people = [make_organization(sectors=sectors[:1], names=["Also"]) for _ in range(4)]
    for number, partner in enumerate(people):
        other = [people[0]] if number else []
        make_agreement(partners=[partner], laboratories=other, mission_areas=areas, announcement=event)
    make_programme(lead=people[0], announcement=event)
    make_source()
    for state in ("draft", "in_review", "withheld"):
        make_organization(publication_state=state, parent=people[0])
        make_event(publication_state=state)
    cite(people[1], "name", quote="a quote")


class Walk:
    """A curator who does one thing after another, most of them odd; what is refused stays as it was."""

    def __init__(self, client, seed: int):
        self.client, self.dice = client, random.Random(seed)

    def step(self) -> None:
        self.dice.choice((self.move, self.move, self.edit, self.edit, self.edit, self.add, self.remove))()

    def some(self, model):
        return self.dice.choice(list(model.objects.order_by("pk")) or [None])

    def move(self) -> None:
        if chosen := list(self.dice.choice(PUBLISHABLE).objects.order_by("pk")):
            act(
                self.client,
                ACTION_NAMES[self.dice.choice(ACTIONS)],
                *self.dice.sample(chosen, min(2, len(chosen))),
            )

    def remove(self) -> None:
        if record := self.some(self.dice.choice(CURATED)):
            delete(self.client, record)

    def edit(self) -> None:
        if record := self.some(self.dice.choice(CURATED)):
            form = change_form(self.client, record)
            for _ in range(self.dice.randrange(1, 4)):
                self.write(form, type(record))
            if self.dice.random() < 0.3:
                self.delete_row(form)
            form.send(self.dice.choice(BUTTONS))

    def add(self) -> None:
        model = self.dice.choice([each for each in CURATED if each not in (Citation, Programme)])
        form = add_form(self.client, model._meta.model_name)
        for name in list(form.data):
            if self.dice.random() < 0.7:
                self.write(form, model, name)
        form.send(self.dice.choice(BUTTONS))

    def write(self, form, model, name: str = "") -> None:
        name = name or self.dice.choice(list(form.data))
        prefix, _, field = name.rpartition("-")
        if prefix:
            model = model._meta.get_field(prefix.split("-")[0]).related_model
        known = {each.name: each for each in model._meta.get_fields()}
        if field in known and not field.endswith("_ptr") and field != "id":
            form[name] = self.value(known[field])

    def value(self, field):
        if isinstance(field, models.ManyToManyField):
            found = list(field.related_model.objects.order_by("pk").values_list("pk", flat=True))
            return self.dice.sample(found, self.dice.randrange(len(found) + 1))
        if field.is_relation:
            return getattr(self.some(field.related_model), "pk", "") if self.dice.random() < 0.8 else ""
        if field.choices:
            return self.dice.choice(["", *dict(field.choices)])
        if isinstance(field, models.DateField):
            return self.dice.choice(DAYS)
        if isinstance(field, models.IntegerField):
            return self.dice.choice(NUMBERS)
        return self.dice.choice(ADDRESSES if isinstance(field, models.URLField) else TEXTS)

    def delete_row(self, form) -> None:
        if rows := [name for name in form.data if name.endswith("-DELETE")]:
            form[self.dice.choice(rows)] = "on"


@pytest.mark.django_db
@pytest.mark.parametrize("seed", seeds(3))
def test_the_dump_of_every_state_a_curator_can_make_loads(client, tmp_path, seed):
    make_directory()
    client.force_login(make_curator())
    walk, at_first = Walk(client, seed), dump_dataset(tmp_path / "first")

    for number in range(STEPS):
        walk.step()
        if number % STEPS_BETWEEN == STEPS_BETWEEN - 1:
            folder = tmp_path / str(number)
            before = dump_dataset(folder)
            with transaction.atomic():
                empty_directory()
                load_dataset(folder)
                assert dump_dataset(tmp_path / f"{number}-again") == before
                transaction.set_rollback(True)
    assert before != at_first, "a walk that does nothing says nothing"
