"""Other records that cells name: by their key, by their name, or by their address; also those of the file itself."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from partners.changes.likeness import name_keys_of
from partners.engines.batches import batches
from partners.exchange.package.layout import SHEET_OF
from partners.folding import fold
from partners.web_addresses import plain_address

ASKED_AT_ONCE_BY_WORDS = 300
# By which records that stand elsewhere in the web are known, however their address was copied.
ADDRESS_KEY = "page_key"


@dataclass(frozen=True)
class FoundRecord:
    """A record that a cell names; its number is negative where it comes with the file."""

    key: str
    number: int


@dataclass
class Lookup:
    """Finds records of one table, those that were asked for in one go."""

    table: str
    keys: dict[str, FoundRecord] = field(default_factory=dict)
    words: dict[str, list[FoundRecord]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    @property
    def model(self) -> type[models.Model]:
        return SHEET_OF[self.table].model

    @property
    def name_keys(self) -> tuple[str, ...]:
        return name_keys_of(self.model)[:1]

    @property
    def has_address(self) -> bool:
        """Whether such records stand somewhere else in the web, and are known by that."""
        return any(each.name == ADDRESS_KEY for each in self.model._meta.concrete_fields)

    def add(self, key: str, name: str, number: int) -> None:
        """A record that comes with the file."""
        self.keys.setdefault(key, FoundRecord(key, number))
        if name:
            self.words.setdefault(fold(name)[:255].strip(), []).append(FoundRecord(key, number))

    def load(self, items: Iterable[str]) -> None:
        """Ask for records by what cells say. Costs a query for some hundreds of them."""
        wanted = {each for each in items if each and "\0" not in each} - self.asked
        self.asked |= wanted
        for some in batches(sorted(wanted), ASKED_AT_ONCE_BY_WORDS):
            condition = Q(slug__in=some)
            for name in self.name_keys:
                condition |= Q(**{f"{name}__in": [fold(each)[:255].strip() for each in some]})
            if self.has_address:
                condition |= Q(
                    **{f"{ADDRESS_KEY}__in": [plain_address(each)[:500] for each in some if "://" in each]}
                )
            columns = ("pk", "slug", *self.name_keys, *((ADDRESS_KEY,) if self.has_address else ()))
            for number, key, *words in self.model._base_manager.filter(condition).values_list(*columns):
                found = FoundRecord(key, number)
                self.keys[key] = found
                for word in filter(None, words):
                    known = self.words.setdefault(word, [])
                    if found not in known:
                        known.append(found)

    def find(self, item: str) -> FoundRecord | str:
        """The record that an item names, or why that is none."""
        if item in self.keys:
            return self.keys[item]
        found = self.words.get(plain_address(item)[:500] if "://" in item else fold(item)[:255].strip(), [])
        if len(found) == 1:
            return found[0]
        if found:
            keys = ", ".join(each.key for each in found)
            return _("is the name of several: %s. Allowed: the key of one.") % keys
        return _("is no record of %s. Allowed: the key or the name of one.") % self.table
