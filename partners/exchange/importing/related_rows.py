"""What each column of lists makes of a cell: names, parties, sources and amounts as rows of their record."""

import re
from collections.abc import Collection
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.changes.history import RowStep, filled, written_fields
from partners.engines.batches import batches
from partners.exchange.importing.kinds import (
    AMOUNT_KEYS,
    AMOUNT_PARTS_IN_LISTS,
    NAMES,
    PARTY_COLUMNS,
    SOURCES_CITED,
)
from partners.exchange.importing.lines import WARNING_LEVEL, CheckedLine
from partners.exchange.importing.related import RowsOfRecords, list_items, row_values, term_of
from partners.exchange.importing.rules import broken_constraints
from partners.exchange.package.cells import check_of, converter_of
from partners.exchange.package.layout import SHEET_OF
from partners.models import AgreementAmount, AgreementParty, Citation, Organization, OrganizationName
from partners.models.naming import numbered
from partners.places import is_language
from partners.tables.columns import SEPARATOR, WITHIN_NAME
from partners.tables.recurring import ROW_VERSION
from partners.texts import name_identity
from partners.vocabularies import Exactness, NameType, PartyRole

ASKED_FOR_STATE_AT_ONCE = 500
IN_BRACKETS = re.compile(r"(?P<name>.*\S)\s*\[(?P<said>[^\[\]]+)\]")


class NamesOf(RowsOfRecords):
    """Other names of an organization, such as “GE [acronym]; Philips [label, nl]”."""

    columns = (NAMES,)
    model, owner = OrganizationName, "organization"

    def look_at(self, line):
        there = {name_identity(row.value): row for row in self.present.get(line.number, ())}
        added, changed, said = [], [], set()
        for item in list_items(line.text(NAMES)):
            name, type, language = self.read(item)
            identity = name_identity(name)
            said.add(identity)
            if problem := self.check(name):
                line.refuse(NAMES, f"“{name}” {problem}")
            elif identity in there:
                if told := self.change(line, there[identity], type, language):
                    changed.append(told)
            elif identity and identity not in {name_identity(each) for each in added}:
                values = {"organization_id": line.number, "value": name, "language": language}
                self.add(line, row_values(self.model, **values, type=type or NameType.ALIAS))
                added.append(name)
        is_whole = self.is_whole_in(line, NAMES)
        gone = [row for identity, row in there.items() if is_whole and identity not in said]
        for row in gone:
            self.take_off(line, row)
        before = [row.value for row in there.values()]
        self.show_list(line, NAMES, before, [*added, *changed], [row.value for row in gone])

    def read(self, item: str) -> tuple[str, str, str]:
        """A name, its kind and its language, from a value of the list; "" for what it does not say."""
        item = item.replace(WITHIN_NAME, SEPARATOR)
        if found := IN_BRACKETS.fullmatch(item):
            said = [each.strip() for each in found["said"].split(",")]
            types = [term_of(NameType, each) for each in said]
            languages = [each for each in said if len(each) == 2 and is_language(each.lower())]
            if sum(map(bool, types)) + len(languages) == len(said):
                return found["name"], next(filter(None, types), ""), next(iter(languages), "").lower()
        return item, "", ""

    def check(self, name: str) -> str | None:
        sheet = SHEET_OF["organization_names"]
        return check_of(sheet, sheet.table.column("value"))(name)

    def change(self, line: CheckedLine, row, type: str, language: str) -> str:
        said = {"type": type, "language": language}
        after = {name: value for name, value in said.items() if value and value != getattr(row, name)}
        if not after:
            return ""
        before = {name: getattr(row, name) for name in after}
        line.steps.append(RowStep(self.model, row.pk, self.own(line), before, after))
        return f"{row.value} [{', '.join(after.values())}]"


class PartiesOf(RowsOfRecords):
    """The organizations of an agreement."""

    columns = tuple(PARTY_COLUMNS)
    model, owner = AgreementParty, "agreement"

    def references(self, line):
        return (("organizations", item) for name in PARTY_COLUMNS for item in list_items(line.text(name)))

    def rows(self):
        return self.model._base_manager.select_related("organization")

    def look_at(self, line):
        for column, role in PARTY_COLUMNS.items():
            self.look_at_role(line, column, role)

    def look_at_role(self, line: CheckedLine, column: str, role: PartyRole) -> None:
        rows = [row for row in self.present.get(line.number, ()) if row.role == role]
        there, added = {row.organization_id: row for row in rows}, {}
        found = [self.find(line, column, "organizations", item) for item in list_items(line.text(column))]
        said = {each.number: each.key for each in found if each}
        for number, key in said.items():
            if number not in there:
                values = {"agreement_id": line.number, "organization_id": number, "role": role}
                self.add(line, row_values(self.model, **values))
                added[number] = key
        gone = [row for row in rows if row.organization_id not in said and self.may_go(line, column, row)]
        for row in gone:
            self.take_off(line, row)
        stay = {row.organization_id for row in rows if row not in gone} | added.keys()
        if gone and role == PartyRole.PARTNER and not self.has_published_partner(line, stay):
            told = _("leaves the public agreement without a published partner. Allowed: one at least.")
            line.refuse(column, told)
        keys = [[row.organization.slug for row in each] for each in (rows, gone)]
        self.show_list(line, column, keys[0], list(added.values()), keys[1])

    def may_go(self, line: CheckedLine, column: str, row: AgreementParty) -> bool:
        """Whether a party that a cell leaves out goes. A public download has no party that is not public, so that a row of
        one, which has a version, says nothing of it."""
        is_said = row.is_public or not line.record.is_public or not line.text(ROW_VERSION)
        return self.is_whole_in(line, column) and is_said

    def has_published_partner(self, line: CheckedLine, partners: Collection[int]) -> bool:
        """Whether an agreement that is published still has a partner that is; true of one that is not published."""
        return not line.record.is_published or not self.published.isdisjoint(partners)

    @cached_property
    def published(self) -> set[int]:
        """The published organizations among those that the file names."""
        lookup, found = self.lookups.get("organizations"), set()
        named = {each.number for each in lookup.keys.values()} if lookup else ()
        for some in batches(named, ASKED_FOR_STATE_AT_ONCE):
            found |= set(Organization.objects.published().filter(pk__in=some).values_list("pk", flat=True))
        return found


class SourcesOf(RowsOfRecords):
    """Sources that are cited for a record as a whole."""

    columns = (SOURCES_CITED,)
    model, owner = Citation, ""

    def __init__(self, kind, *args, **options):
        super().__init__(kind, *args, **options)
        self.owner = kind.model.citation_field()

    def references(self, line):
        return (("sources", item) for item in list_items(line.text(SOURCES_CITED)))

    def rows(self):
        return self.model._base_manager.select_related("source")

    def look_at(self, line):
        there = {row.source_id: row.source.slug for row in self.present.get(line.number, ())}
        before, added = "; ".join(dict.fromkeys(there.values())), []
        for item in list_items(line.text(SOURCES_CITED)):
            found = self.find(line, SOURCES_CITED, "sources", item)
            if found and found.number not in there:
                values = {f"{self.owner}_id": line.number, "source_id": found.number}
                self.add(line, row_values(self.model, **values))
                there[found.number] = found.key
                added.append(found.key)
        if added:
            line.show(SOURCES_CITED, before, "; ".join([*filter(None, [before]), *added]))


class AmountsOf(RowsOfRecords):
    """The sums that an agreement names: several lists, in which one place is one amount."""

    columns = (AMOUNT_KEYS, *AMOUNT_PARTS_IN_LISTS)
    model, owner = AgreementAmount, "agreement"

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.sheet = SHEET_OF["agreement_amounts"]
        self.checks = {
            name: check_of(self.sheet, self.sheet.table.column(name))
            for name in AMOUNT_PARTS_IN_LISTS.values()
        }
        self.taken: set[str] = set()
        # The amounts of this batch that sources are cited for.
        self.cited: set[int] = set()

    def load(self, keys):
        super().load(keys)
        self.taken |= {row.slug for rows in self.present.values() for row in rows}
        if self.is_whole:
            cited = Citation.objects.filter(agreement_amount__agreement__in=keys)
            self.cited = set(cited.values_list("agreement_amount", flat=True))

    def references(self, line):
        return (("agreement_amounts", item) for item in list_items(line.text(AMOUNT_KEYS)))

    def look_at(self, line):
        if self.is_whole_in(line, AMOUNT_KEYS):
            self.take_off_others(line, set(list_items(line.text(AMOUNT_KEYS))))
        lists = {
            name: [each.strip() for each in line.text(name).split(SEPARATOR)]
            for name in self.columns
            if line.text(name)
        }
        if not lists:
            return
        length = max(map(len, lists.values()))
        for name, items in lists.items():
            if len(items) != length and name != AMOUNT_KEYS:
                told = ngettext(
                    "has %(have)d value where others have %(most)d. Allowed: as many, ; between them.",
                    "has %(have)d values where others have %(most)d. Allowed: as many, ; between them.",
                    len(items),
                )
                line.refuse(name, told % {"have": len(items), "most": length})
                return
        for place in range(length):
            said = {name: items[place] if place < len(items) else "" for name, items in lists.items()}
            self.look_at_amount(line, said)

    def take_off_others(self, line: CheckedLine, said: set[str]) -> None:
        for row in self.present.get(line.number, ()):
            if row.slug in said:
                continue
            if row.pk in self.cited:
                told = _("leaves out %s, which sources are cited for. Take those off first, in the form.")
                line.refuse(AMOUNT_KEYS, told % row.slug, before=str(row))
                continue
            self.take_off(line, row)
            line.show(AMOUNT_KEYS, str(row), "", level=WARNING_LEVEL, text=_("taken off: %s") % row.slug)

    def look_at_amount(self, line: CheckedLine, said: dict[str, str]) -> None:
        there = {row.slug: row for row in self.present.get(line.number, ())}
        key = said.get(AMOUNT_KEYS, "")
        texts = {part: said[name] for name, part in AMOUNT_PARTS_IN_LISTS.items() if said.get(name)}
        for part, vocabulary in (("kind", self.column("kind")), ("exactness", self.column("exactness"))):
            if part in texts:
                texts[part] = term_of(vocabulary.vocabulary, texts[part]) or texts[part]
        if key in there:
            self.change(line, there[key], texts)
        elif key and not isinstance(self.lookups["agreement_amounts"].find(key), str):
            line.refuse(
                AMOUNT_KEYS,
                _("“%s” is an amount of another agreement. Allowed: one of this, or nothing.") % key,
            )
        elif texts:
            texts.setdefault("exactness", Exactness.EXACT.value)
            self.new(line, key or self.free_key(line), texts)

    def column(self, part: str):
        return self.sheet.table.column(part)

    def free_key(self, line: CheckedLine) -> str:
        longest = self.model._meta.get_field("slug").max_length
        key = numbered(f"{line.slug}-amount", self.taken, longest)
        self.taken.add(key)
        return key

    def values(self, line: CheckedLine, texts: dict[str, str]) -> dict[str, Any] | None:
        """What the texts of an amount mean; None where one of them cannot be."""
        count = len(line.shown)
        for name, part in AMOUNT_PARTS_IN_LISTS.items():
            if part in texts and (problem := self.checks[part](texts[part])):
                line.refuse(name, f"“{texts[part]}” {problem}")
        if line.shown[count:]:
            return None
        return {
            self.sheet.fields[part].attname: converter_of(self.sheet.fields[part])(text)
            for part, text in texts.items()
        }

    def new(self, line: CheckedLine, key: str, texts: dict[str, str]) -> None:
        for name, part in AMOUNT_PARTS_IN_LISTS.items():
            if not texts.get(part):
                line.refuse(name, _("is empty. Allowed: a value for each amount."))
                return
        values = self.values(line, texts)
        if values is None:
            return
        values = row_values(self.model, **values, slug=key, agreement_id=line.number)
        if self.keeps_rules(line, values):
            self.add(line, values)
            line.show(AMOUNT_KEYS, "", self.told(values))

    def change(self, line: CheckedLine, row: AgreementAmount, texts: dict[str, str]) -> None:
        said = self.values(line, texts)
        if said is None:
            return
        after = {name: value for name, value in said.items() if filled(value) != filled(getattr(row, name))}
        now = {each.attname: getattr(row, each.attname) for each in written_fields(self.model)}
        if after and self.keeps_rules(line, now | after):
            before = {name: now[name] for name in after}
            line.steps.append(RowStep(self.model, row.pk, self.own(line), before, after))
            line.show(AMOUNT_KEYS, self.told(now), self.told(now | after))

    def keeps_rules(self, line: CheckedLine, values: dict[str, Any]) -> bool:
        for _name, text in broken_constraints(self.model, values):
            line.refuse(AMOUNT_KEYS, text)
            return False
        try:
            self.model(**values).clean()
        except ValidationError as error:
            line.refuse(AMOUNT_KEYS, " ".join(error.messages))
            return False
        return True

    def told(self, values: dict[str, Any]) -> str:
        return str(self.model(**values))


ROWS_OF_KINDS = {
    "organizations": (NamesOf, SourcesOf),
    "agreements": (PartiesOf, SourcesOf, AmountsOf),
}
