"""The source of all rows, given once: one of the directory, or one that comes with the rows."""

import datetime
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from partners.changes.history import RowStep
from partners.curation_vocabularies import LineState
from partners.engines.batches import batches
from partners.exchange.importing.kinds import ImportKind
from partners.exchange.importing.lines import GOOD_LEVEL, CheckedLine
from partners.exchange.importing.related import row_values
from partners.exchange.spreadsheet.planning import APPLYING_BATCH
from partners.models import AgreementAmount, Citation, Source
from partners.models.agreements import AMOUNTS_FIELD
from partners.models.naming import free_slug
from partners.web_addresses import host_of


class OneSource:
    """Cites one source for each new record as a whole, and for each value that changes and can be cited."""

    def __init__(self, given: dict[str, Any], numbers: Iterator[int], seen: datetime.date):
        self.given, self.numbers, self.seen = given, numbers, seen
        self.source = Source.objects.at(given["url"])
        self.number = self.source.pk if self.source else next(numbers)
        self.key = (
            self.source.slug
            if self.source
            else free_slug(Source, given["title"], host_of(given["url"]), given["url"])
        )

    def step(self) -> RowStep | None:
        """The source itself, where it is new."""
        if self.source:
            return None
        own = frozenset([(Source._meta.model_name, self.number)])
        said = {name: value for name, value in self.given.items() if name != "published_date"}
        if day := self.given.get("published_date"):
            said["published_date"] = datetime.date.fromisoformat(day)
        return RowStep(Source, self.number, own, None, row_values(Source, **said, slug=self.key))

    def cite(self, kind: ImportKind, lines: list[CheckedLine]) -> None:
        """Add to the steps of lines what this source supports."""
        self.target = kind.model.citation_field()
        for some in batches([line for line in lines if line.steps], APPLYING_BATCH):
            there = self.present([line.number for line in some if not line.is_new])
            for line in some:
                count = len(line.steps)
                for field, amount in self.values_of(kind, line):
                    self.cite_value(line, field, amount, there)
                if line.steps[count:]:
                    self.tell(line)

    def present(self, records: list[int]) -> dict[tuple, Citation]:
        rows = Citation._base_manager.filter(source=self.number, **{f"{self.target}__in": records})
        return {(getattr(row, f"{self.target}_id"), row.field, row.agreement_amount_id): row for row in rows}

    def values_of(self, kind: ImportKind, line: CheckedLine) -> Iterator[tuple[str, int | None]]:
        """What a line says anew: the record as a whole, or its values; each amount by its number."""
        if line.state is LineState.NEW:
            yield "", None
        for step in line.steps:
            if step.model is AgreementAmount:
                yield AMOUNTS_FIELD, step.key
            elif line.state is not LineState.NEW and step.model is kind.model:
                yield from (
                    (each.name, None) for each in step.changed if each.name in kind.model.citable_fields
                )
        if line.state is not LineState.NEW:
            lists = {step.model for step in line.steps if step.model._meta.auto_created}
            for relation in kind.model._meta.many_to_many:
                if relation.remote_field.through in lists and relation.name in kind.model.citable_fields:
                    yield relation.name, None

    def cite_value(self, line: CheckedLine, field: str, amount: int | None, there: dict) -> None:
        own = frozenset([(owners_name(self.target), line.number)])
        found = there.get((line.number, field, amount))
        if found and found.value is not None and field:
            # The same source says the new value: the database fills in that of now.
            before, after = {"value": found.value}, {"value": None}
            line.steps.append(RowStep(Citation, found.pk, own, before, after))
        elif not found and not self.is_cited(line, field, amount):
            values = {f"{self.target}_id": line.number, "source_id": self.number, "field": field}
            said = {"agreement_amount_id": amount, "retrieved_date": self.seen, "value": None}
            step = RowStep(Citation, next(self.numbers), own, None, row_values(Citation, **values | said))
            line.steps.append(step)

    def is_cited(self, line: CheckedLine, field: str, amount: int | None) -> bool:
        """Whether a line cites this source for the same by itself."""
        wanted = (self.number, field, amount)
        rows = (step.after for step in line.steps if step.model is Citation and step.before is None)
        return any((row["source_id"], row["field"], row["agreement_amount_id"]) == wanted for row in rows)

    def tell(self, line: CheckedLine) -> None:
        line.shown = [each for each in line.shown if not (each.column == "sources" and not each.after)]
        known = _("known") if self.source else _("new")
        line.show("sources", "", self.key, level=GOOD_LEVEL, text=_("the source of all rows, %s") % known)


def owners_name(target: str) -> str:
    """The name of the model that a citation names in a field."""
    return Citation._meta.get_field(target).related_model._meta.model_name
