"""Rows about records that one key names: which record each is about, or may be."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from partners.curation_vocabularies import LineState
from partners.engines.batches import batches
from partners.exchange.importing.kinds import NAMES, WHOLE_LISTS, ImportKind
from partners.exchange.importing.likeness import LikeRecords
from partners.exchange.importing.lines import CheckedLine
from partners.exchange.importing.lookups import Lookup
from partners.exchange.importing.related import list_items
from partners.exchange.importing.related_rows import ROWS_OF_KINDS, NamesOf
from partners.exchange.spreadsheet.header import Layout
from partners.exchange.spreadsheet.planning import APPLYING_BATCH, Plan, RowComparison
from partners.folding import fold
from partners.models import FormerAddress
from partners.models.naming import no_slug_can_be_made, numbered, slug_after
from partners.tables.recurring import ROW_VERSION

LONGEST_KEY, LONGEST_FOLDED = 100, 255
MADE_OF_NAME = "~"
SAID_SAME, SAID_OTHER, SAID_SKIP = "same", "other", "skip"


class IdentifiedRows:
    """Rows of organizations, agreements or sources, each with the record that it is about."""

    def __init__(self, kind: ImportKind, layout: Layout, options: dict, numbers: Iterator[int]):
        self.kind, self.model, self.numbers = kind, kind.model, numbers
        self.decisions, self.taken = options.get("alike", {}), options.get("taken", {})
        self.name = kind.model._meta.model_name
        self.comparison = RowComparison(Plan(kind.table), layout, new_rows=True)
        named = set(layout.places)
        self.columns = [each for each in kind.values if each.name in named]
        self.lists = [each for each in kind.lists if each.name in named]
        self.has_versions = ROW_VERSION in named
        self.lookups: dict[str, Lookup] = {}
        makers = ROWS_OF_KINDS.get(kind.name, ())
        is_whole = bool(options.get(WHOLE_LISTS))
        self.rows = [
            each(kind, numbers, self.lookups, is_whole) for each in makers if named.intersection(each.columns)
        ]
        self.like = LikeRecords(self.model)
        self.lines: list[CheckedLine] = []
        # What stood in rows of an older version, by the key of the record.
        self.then: dict[str, dict[str, Any]] = {}
        # Who has a value that stands once, by column and value: the first line that gives it.
        self.given: dict[tuple[str, str], int] = {}

    # Which record a row is about ----------------------------------------------------------------------------------

    def identify(self, lines: list[CheckedLine]) -> None:
        """Find the record of each line, or what it may be."""
        self.lines = lines
        self.name_lines(lines)
        self.find_records([line for line in lines if not line.is_refused])
        coming = [line for line in lines if line.is_new and not line.is_refused]
        traits = {line.line: self.traits(line) for line in coming}
        for found in traits.values():
            self.like.ask(found)
        for column in self.like.once:
            self.like.ask((column, line.text(column)) for line in lines if line.text(column))
        self.like.load()
        for line in coming:
            self.settle(line, traits[line.line])
        self.give_keys([line for line in coming if line.is_new and not line.is_key_given])
        self.look_up(lines)

    def name_lines(self, lines: list[CheckedLine]) -> None:
        """Give each line what it is known by, and refuse those of which another line speaks already."""
        seen: dict[str, int] = {}
        for line in lines:
            line.label = line.text(self.kind.heading) or line.text(self.kind.key)
            line.slug = line.text(self.kind.key)
            line.is_key_given = bool(line.slug)
            line.slug = line.slug or slug_after(line.text(self.kind.heading))[:LONGEST_KEY].strip("-")
            # What was made of a name is in nobody's way who gives the same as a key.
            line.key = line.slug if line.is_key_given or not line.slug else f"{MADE_OF_NAME}{line.slug}"
            if not line.key:
                told = _("is empty. Allowed: a key or a name, by which the record is known.")
                told = no_slug_can_be_made(line.label) if line.label else told
                line.refuse(self.kind.heading, told)
            elif line.key in seen:
                told = _("stands on line %d already. Allowed: one row for each record.") % seen[line.key]
                line.refuse(self.kind.key if line.is_key_given else self.kind.heading, told)
            seen.setdefault(line.key, line.line)

    def find_records(self, lines: list[CheckedLine]) -> None:
        """The records whose keys are given, or whom somebody has said that a line is about."""
        wanted = {line.line: self.key_of_record(line) for line in lines}
        records = self.records_of(wanted.values())
        keys = [line.slug for line in lines if line.slug not in records]
        spoken_of: dict[int, int] = {}
        for line in lines:
            line.record = records.get(wanted[line.line])
            if line.record:
                line.keeps_heading = not line.is_key_given
                line.number, line.slug = line.record.pk, line.record.slug
                line.label = str(line.record)
                first = spoken_of.setdefault(line.number, line.line)
                if first != line.line:
                    told = _("is the record of line %d already. Allowed: one row for each record.") % first
                    line.refuse(self.kind.key, told)
        former = FormerAddress.objects.filter(
            kind=self.name, slug__in=[key for key in keys if "\0" not in key]
        )
        notes = {
            note.slug: note for some in batches(keys, APPLYING_BATCH) for note in former.filter(slug__in=some)
        }
        for line in lines:
            if line.is_new and line.is_key_given and line.slug in notes:
                line.refuse(self.kind.key, str(notes[line.slug].refusal))

    def key_of_record(self, line: CheckedLine) -> str:
        decision, _space, key = self.decisions.get(line.key, "").partition(":")
        return key if decision == SAID_SAME else line.slug if line.is_key_given else ""

    def records_of(self, keys: Iterable[str]) -> dict[str, models.Model]:
        found = {}
        for some in batches((key for key in keys if key and "\0" not in key), APPLYING_BATCH):
            found |= {record.slug: record for record in self.model._base_manager.filter(slug__in=some)}
        return found

    def traits(self, line: CheckedLine) -> set:
        """By what a new record could be one that is there."""
        found = self.like.traits({name: line.text(name) for name in line.cells})
        if NAMES in line.cells:
            reading = NamesOf(self.kind, self.numbers, self.lookups)
            found |= {
                ("name", fold(reading.read(item)[0])[:LONGEST_FOLDED].strip())
                for item in list_items(line.text(NAMES))
            }
        return found

    def field(self, name: str) -> models.Field:
        return self.model._meta.get_field(name)

    def settle(self, line: CheckedLine, traits: set) -> None:
        """What is said of a row to come: left out, another one than those it is like, or nothing yet."""
        decision = self.decisions.get(line.key, "")
        line.alike = self.like.like(traits)
        if decision == SAID_SKIP:
            line.state = LineState.SKIPPED
        elif line.alike and decision != SAID_OTHER:
            line.state = LineState.ALIKE
        line.number = next(self.numbers)

    def give_keys(self, lines: list[CheckedLine]) -> None:
        """Keys for new records that have none, made of their names: such as no record has or had."""
        taken = {line.slug for line in self.lines if line.is_key_given}
        for some in batches(lines, APPLYING_BATCH):
            wanted = [line.slug for line in some]
            taken |= set(self.model._base_manager.filter(slug__in=wanted).values_list("slug", flat=True))
            former = FormerAddress.objects.filter(kind=self.name, slug__in=wanted)
            taken |= set(former.values_list("slug", flat=True))
        for line in lines:
            base = line.slug
            while line.slug in taken:
                line.slug = numbered(base, taken, LONGEST_KEY)
                known = self.model._base_manager.filter(slug=line.slug).exists()
                taken |= {line.slug} if known else set()
            taken.add(line.slug)

    def look_up(self, lines: list[CheckedLine]) -> None:
        """Ask for all records that the lines name."""
        wanted: dict[str, set[str]] = {}
        for line in lines:
            for table, item in self.references(line):
                wanted.setdefault(table, set()).add(item)
        for table, items in wanted.items():
            self.lookup(table).load(items)
        own = self.lookups.get(self.kind.name)
        for line in lines if own else ():
            if line.is_new and not line.is_refused:
                own.add(line.slug, line.text(self.kind.heading), line.number)

    def lookup(self, table: str) -> Lookup:
        return self.lookups.setdefault(table, Lookup(table))

    def references(self, line: CheckedLine) -> Iterator[tuple[str, str]]:
        for column in self.columns:
            if column.references and line.text(column.name):
                yield column.references, line.text(column.name)
        for column in self.lists:
            yield from ((column.references, item) for item in list_items(line.text(column.name)))
        for rows in self.rows:
            yield from rows.references(line)
