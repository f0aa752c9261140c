"""Rows about records that one key names: what each would change of its record."""

from collections import Counter
from collections.abc import Iterator
from copy import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from partners.changes.history import RowStep, filled
from partners.curation_vocabularies import LineState
from partners.exchange.importing.identifying import IdentifiedRows
from partners.exchange.importing.lines import ERROR_LEVEL, SUGGESTION_LEVEL, WARNING_LEVEL, CheckedLine
from partners.exchange.importing.related import list_items, row_values, term_of
from partners.exchange.importing.rules import broken_constraints
from partners.exchange.package.cells import converter_of
from partners.exchange.spreadsheet.meanwhile import rows_when_downloaded
from partners.exchange.spreadsheet.planning import VERSION
from partners.exchange.spreadsheet.steps import items_of_list, list_steps
from partners.folding import fold
from partners.models import Publishable
from partners.tables.columns import Column, plain_text, read_records
from partners.tables.recurring import ROW_VERSION


class RecordRows(IdentifiedRows):
    """Checks rows of organizations, agreements or sources."""

    # What a row would change --------------------------------------------------------------------------------------

    def compare(self, lines: list[CheckedLine]) -> None:
        """Note what some lines change, and what is wrong with them."""
        there = [line for line in lines if not line.is_new]
        keys = [line.record.pk for line in there]
        cells = self.cells_of(keys) if there else {}
        lists = {column.name: items_of_list(self.model, column.name, keys) for column in self.lists}
        for rows in self.rows:
            rows.load(keys)
        self.then = self.cells_when_made(there, cells)
        for line in lines:
            if line.state in (LineState.REFUSED, LineState.SKIPPED):
                continue
            if line.is_new:
                self.look_at_new(line)
            else:
                self.look_at_record(line, cells[line.record.slug], lists)
            if line.is_refused or line.state is LineState.ALIKE:
                line.steps = []

    def cells_of(self, keys: list[int]) -> dict[str, dict[str, Any]]:
        """What the files of the directory say of some records."""
        wanted = [self.kind.table.column(self.kind.key), *self.columns]
        wanted += [self.kind.table.column(ROW_VERSION)] if self.has_versions else []
        found = read_records(self.model._base_manager.filter(pk__in=keys), wanted)
        return {each[self.kind.key]: each for each in found}

    def cells_when_made(
        self, lines: list[CheckedLine], now: dict[str, dict[str, Any]]
    ) -> dict[str, dict[str, Any]]:
        """What stood in the rows that somebody has changed since the file was made, as far as the journal says it."""
        versions = {
            line.slug: line.text(ROW_VERSION)
            for line in lines
            if VERSION.fullmatch(line.text(ROW_VERSION))
            and line.text(ROW_VERSION) != now[line.slug][ROW_VERSION]
        }
        return rows_when_downloaded(self.kind.table, self.columns_read(), versions) if versions else {}

    def columns_read(self) -> list[Column]:
        """The columns of the file that are compared, with the key, the lists and the version of each row."""
        table = self.kind.table
        found = [table.column(self.kind.key), *self.columns, *self.lists, table.column(ROW_VERSION)]
        return list({column.name: column for column in found}.values())

    def look_at_new(self, line: CheckedLine) -> None:
        if line.text(ROW_VERSION):
            told = _("is the version of a record that is not there any more. Allowed in a new row: nothing.")
            line.refuse(ROW_VERSION, told)
        values = row_values(self.model, slug=line.slug)
        if problem := self.comparison.checks.get(self.kind.key, lambda text: None)(line.slug):
            line.refuse(self.kind.key, problem)
        line.show(self.kind.key, "", line.slug)
        for column in self.required():
            if not line.text(column.name):
                line.refuse(column.name, _("is empty. Allowed: a value; no record is without one."))
        for column in self.columns:
            text = self.canonical(column, line)
            if text and self.is_sound(column, "", text, line):
                line.show(column.name, "", text)
                values[self.attribute(column)] = self.value(column, text, line)
        self.look_at_lists(line, {})
        self.keep_rules(line, values, None)
        line.steps.insert(0, RowStep(self.model, line.number, self.own(line), None, values))
        if line.state is LineState.UNCHANGED:
            line.state = LineState.NEW
            self.suggest_source(line)

    def required(self) -> list[Column]:
        return [
            each for each in self.kind.values if each.required and self.field_of(each).get_default() == ""
        ]

    def suggest_source(self, line: CheckedLine) -> None:
        is_sourced = any(step.model._meta.model_name == "citation" for step in line.steps)
        if issubclass(self.model, Publishable) and not is_sourced:
            line.show("sources", "", "", level=SUGGESTION_LEVEL, text=_("no source: stays a draft"))

    def look_at_record(self, line: CheckedLine, record: dict[str, Any], lists: dict) -> None:
        version = line.text(ROW_VERSION)
        if version and not VERSION.fullmatch(version):
            told = _("is no version of a row. Allowed: what stood there in the download, or nothing.")
            line.refuse(ROW_VERSION, told)
            return
        is_old = bool(version) and version != record.get(ROW_VERSION)
        before, after = {}, {}
        for column, old, new in self.differing(line, record, bool(version)):
            if not self.is_sound(column, old, new, line):
                continue
            name = self.attribute(column)
            value = self.value(column, new, line)
            if filled(value) == filled(getattr(line.record, name)):
                continue
            if not self.takes(line, column, old, new, is_old):
                continue
            before[name], after[name] = getattr(line.record, name), value
        self.look_at_lists(line, lists, is_old, bool(version))
        self.keep_rules(
            line,
            {each.attname: getattr(line.record, each.attname) for each in self.model._meta.concrete_fields}
            | after,
            set(after),
        )
        if after:
            line.steps.insert(0, RowStep(self.model, line.record.pk, self.own(line), before, after))
        if line.is_refused:
            return
        conflicts = any(cell.is_conflict for cell in line.shown)
        line.state = (
            LineState.CONFLICT if conflicts else LineState.CHANGED if line.steps else LineState.UNCHANGED
        )

    def differing(
        self, line: CheckedLine, record: dict[str, Any], has_version: bool
    ) -> Iterator[tuple[Column, str, str]]:
        """The columns in which a row says something else, each with what stands there and what is to stand there."""
        for column in self.columns:
            text = self.canonical(column, line)
            old = plain_text(record[column.name])
            if not text and not has_version:
                continue
            if (
                self.comparison.is_same(column, line.cells[column.name].text, record[column.name])
                or text == old
            ):
                continue
            if line.keeps_heading and column.name == self.kind.heading:
                told = _("The name stays. Write this one under other_names to keep it.")
                line.show(column.name, old, old, level=SUGGESTION_LEVEL, text=told)
                continue
            if not self.is_left(line, column, text):
                yield column, old, text

    def is_left(self, line: CheckedLine, column: Column, text: str) -> bool:
        """Whether the file has left a cell as it was when it was made: what others have made of it since stays."""
        then = self.then.get(line.slug)
        if then is None:
            return False
        stood = then[column.name]
        return text == plain_text(stood) or self.comparison.is_same(
            column, line.cells[column.name].text, stood
        )

    def takes(self, line: CheckedLine, column: Column, old: str, new: str, is_old: bool) -> bool:
        """Whether a cell is written. One that somebody else changed since the file was made, or may have changed, is only
        where it was said so."""
        is_taken = column.name in self.taken.get(line.key, ())
        then = self.then.get(line.slug)
        stood = plain_text(then[column.name]) if then else None
        if is_old and stood != old:
            told = _(
                "Somebody changed this record after your file was made: yours is taken only if you say so."
            )
            line.show(
                column.name,
                old,
                new,
                level=WARNING_LEVEL,
                text=told,
                is_conflict=True,
                is_taken=is_taken,
                stood=stood,
            )
            return is_taken
        line.show(column.name, old, new)
        return True

    def look_at_lists(self, line: CheckedLine, lists: dict, is_old=False, has_version=False) -> None:
        for column in self.lists:
            self.look_at_list(
                line, column, lists.get(column.name, {}).get(line.number, {}), is_old, has_version
            )
        for rows in self.rows:
            rows.look_at(line)

    def look_at_list(self, line, column, present: dict[int, models.Model], is_old, has_version) -> None:
        """The terms of a list: a row with a version says all of them, another one adds to them."""
        items = list_items(line.text(column.name))
        found = [self.lookup(column.references).find(item) for item in items]
        for item, each in zip(items, found, strict=True):
            if isinstance(each, str):
                line.refuse(column.name, f"“{item}” {each}")
        if any(isinstance(each, str) for each in found):
            return
        wanted = {each.number for each in found}
        wanted |= set() if has_version else set(present)
        if is_old and line.slug in self.then:
            # What the file adds comes, what it leaves out goes, and what others have added or taken away stays so.
            stood = self.numbers_then(line, column)
            wanted, is_old = (set(present) | (wanted - stood)) - (stood - wanted), False
        if wanted == set(present):
            return
        names = {each.number: each.key for each in found} | self.names_of(column, set(present) - wanted)
        names |= self.names_of(column, set(present) - names.keys())
        old, new = ("; ".join(sorted(names[number] for number in those)) for those in (present, wanted))
        if self.takes(line, column, old, new, is_old):
            relation = self.model._meta.get_field(column.name)
            line.steps += list_steps(relation, line.number, self.own(line), wanted, present, self.numbers)

    def numbers_then(self, line: CheckedLine, column: Column) -> set[int]:
        """The terms of a list when the file was made; those that are gone by now are left out."""
        items = list_items(plain_text(self.then[line.slug][column.name]))
        lookup = self.lookup(column.references)
        lookup.load(set(items))
        found = [lookup.find(item) for item in items]
        return {each.number for each in found if not isinstance(each, str)}

    def names_of(self, column: Column, numbers: set[int]) -> dict[int, str]:
        if not numbers:
            return {}
        rows = self.lookup(column.references).model._base_manager.filter(pk__in=numbers)
        return dict(rows.values_list("pk", "slug"))

    # Cells --------------------------------------------------------------------------------------------------------

    def own(self, line: CheckedLine) -> frozenset:
        return frozenset([(self.name, line.number)])

    def field_of(self, column: Column) -> models.Field:
        return self.kind.sheet.fields[column.name]

    def attribute(self, column: Column) -> str:
        return self.field_of(column).attname

    def canonical(self, column: Column, line: CheckedLine) -> str:
        """What a cell says, as the directory has it: a term or another record may be given by its label."""
        text = self.comparison.restored(column, line.cells[column.name].text)
        if text and column.vocabulary:
            return term_of(column.vocabulary, text) or text
        if text and column.references:
            found = self.lookup(column.references).find(text)
            return text if isinstance(found, str) else found.key
        return text

    def is_sound(self, column: Column, old: str, new: str, line: CheckedLine) -> bool:
        """Whether a cell can be written; else it is refused, in words that say what is allowed."""
        problem = self.comparison.problem(column, old, new, line.cells[column.name])
        if not problem and new and column.references:
            found = self.lookup(column.references).find(new)
            problem = found if isinstance(found, str) else ""
        if not problem and not new and not line.is_new and self.is_needed(line, column):
            problem = _("is empty, and the record is public. Allowed: a value.")
        if problem:
            line.refuse(column.name, problem, before=old)
        return not problem

    def is_needed(self, line: CheckedLine, column: Column) -> bool:
        is_public = isinstance(line.record, Publishable) and line.record.is_published
        return is_public and self.field_of(column).name in line.record.needed_to_publish

    def value(self, column: Column, text: str, line: CheckedLine) -> Any:
        """What the field of a column holds for a text."""
        if not column.references:
            return converter_of(self.field_of(column))(text)
        if not text:
            return None
        found = self.lookup(column.references).find(text)
        if found.number < 0:
            line.names_of_file.add(found.key)
        return found.number

    # Rules --------------------------------------------------------------------------------------------------------

    def keep_rules(self, line: CheckedLine, values: dict[str, Any], changed: set[str] | None) -> None:
        """Refuse what breaks a rule about several cells, or about what stands once."""
        if changed == set():
            return
        refused = {cell.column for cell in line.shown if cell.level == ERROR_LEVEL}
        unknown = frozenset(self.attribute(column) for column in self.columns if column.name in refused)
        for name, text in broken_constraints(self.model, values, changed, unknown):
            line.refuse(self.column_of(name), text)
        for column in self.like.once:
            if values.get(column) and (changed is None or column in changed):
                self.look_at_single(line, column, values[column])
        record = copy(line.record) if line.record else self.model()
        for name, value in values.items():
            setattr(record, name, value)
        if changed is None or any(self.field(name).is_relation for name in changed):
            try:
                record.clean()
            except ValidationError as error:
                for name, messages in error.message_dict.items():
                    line.refuse(self.column_of(name), " ".join(messages))

    def column_of(self, name: str) -> str:
        fields = self.kind.sheet.fields.items()
        return next((column for column, field in fields if name in (field.name, field.attname)), name)

    def look_at_single(self, line: CheckedLine, column: str, value: str) -> None:
        """A value that stands once: no other record may have it, and no other line."""
        holder = self.like.holder(column, value)
        first = self.given.setdefault((column, value), line.line)
        if first != line.line:
            line.refuse(column, _("stands on line %d already. Allowed: once.") % first)
        elif holder not in (None, line.number) and line.state is not LineState.ALIKE:
            told = _("is that of %s. Allowed: a value that no other record has.")
            line.refuse(column, told % self.like.labels[holder]["label"])

    def twins(self) -> None:
        """Warn of new rows of the file that have the same name as another one."""
        names = Counter(
            fold(line.text(self.kind.heading)) for line in self.lines if line.state is LineState.NEW
        )
        for line in self.lines:
            name = fold(line.text(self.kind.heading))
            if line.state is LineState.NEW and name and names[name] > 1:
                line.show(
                    self.kind.heading,
                    "",
                    line.text(self.kind.heading),
                    level=WARNING_LEVEL,
                    text=_("Another row of this file has the same name."),
                )
