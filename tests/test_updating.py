"""Many rows changed by one statement."""

import pytest

from partners.changes.history import written_fields
from partners.changes.images import row_of
from partners.changes.undoing import undo
from partners.engines.updating import update_rows
from partners.models import Organization
from partners.models.belonging import models_with_data
from tests.database import queries_of
from tests.past import from_here_on
from tests.proposals import ended
from tests.records import make_organization
from tests.worlds import one_of_everything

pytestmark = pytest.mark.django_db


def test_every_column_of_every_kind_of_row_can_be_set():
    one_of_everything()
    for model in models_with_data():
        rows = [row_of(record) for record in model._base_manager.order_by("pk")]
        names = [field.attname for field in written_fields(model)]
        emptied = {
            field.attname: None if field.null else ""
            for field in written_fields(model)
            if field.null or field.empty_strings_allowed and field.blank
        }
        assert rows, model
        # What is empty comes first: the types are not taken from it.
        values = {-1: [emptied.get(name, rows[0][name]) for name in names]}
        values |= {row[model._meta.pk.attname]: [row[name] for name in names] for row in rows}

        update_rows(model, names, values)

        assert [row_of(record) for record in model._base_manager.order_by("pk")] == rows


def test_each_row_gets_its_own_values():
    records = [make_organization(f"One {number}") for number in range(3)]

    update_rows(
        Organization, ["city", "established"], {records[0].pk: ["Delft", 1842], records[2].pk: ["", None]}
    )

    found = Organization.objects.order_by("pk").values_list("city", "established")
    assert list(found) == [("Delft", 1842), (records[1].city, records[1].established), ("", None)]


def test_taking_back_costs_no_more_queries_with_more_cells():
    def revised(names: list[str]) -> int:
        records = [make_organization(name, city=name) for name in names]
        from_here_on()
        for record in records:
            record.city, record.website = "Delft", "https://delft.example"
            record.save()
        return ended()

    few, many = revised(["One", "Two"]), revised([f"Three {number}" for number in range(40)])

    assert queries_of(undo, few) == queries_of(undo, many)
    assert {record.city for record in Organization.objects.all()} == {"One", "Two"} | {
        f"Three {number}" for number in range(40)
    }
    assert "delft" not in "".join(Organization.objects.values_list("search_text", flat=True))
