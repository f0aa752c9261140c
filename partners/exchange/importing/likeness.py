"""Records that rows to come may be: those with the same name, website, symbol or address; and values that stand once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import models

from partners.changes.likeness import Trait, columns_of_other_names, trait_columns
from partners.changes.writing import unique_columns
from partners.engines.batches import batches
from partners.web_addresses import host_of

TRAITS_ASKED_AT_ONCE = 500


@dataclass
class LikeRecords:
    """Looks for traits and for values that stand once, all that were asked for in one go."""

    model: type[models.Model]
    wanted: set[Trait] = field(default_factory=set)
    found: dict[Trait, set[int]] = field(default_factory=dict)
    labels: dict[int, dict] = field(default_factory=dict)

    def ask(self, traits: Iterable[Trait]) -> None:
        self.wanted |= set(traits)

    def load(self) -> None:
        """Look them up in indexes: a query for each kind of trait and five hundred of them."""
        for trait, number in self.holders():
            self.found.setdefault(trait, set()).add(number)
        numbers = {number for those in self.found.values() for number in those}
        for record in self.model._base_manager.filter(pk__among=sorted(numbers)):
            self.labels[record.pk] = {"key": record.slug, "label": told_apart(record)}

    def holders(self) -> Iterator[tuple[Trait, int]]:
        """The traits that were asked for, each with the number of a record that has it."""
        values = defaultdict(list)
        for kind, value in sorted(self.wanted):
            values[kind].append(value)
        own = [*trait_columns(self.model).items(), *zip(self.once, self.once, strict=True)]
        places = [(self.model, "pk", column, kind) for column, kind in own]
        places += [(rows, column, key, "name") for rows, column, key in columns_of_other_names(self.model)]
        for model, number, column, kind in places:
            for some in batches(values[kind], TRAITS_ASKED_AT_ONCE):
                rows = model._base_manager.order_by().filter(**{f"{column}__in": some})
                yield from (((kind, value), key) for key, value in rows.values_list(number, column))

    def traits(self, said: dict[str, str]) -> set[Trait]:
        """By what a row with these texts could be a record that is there."""
        columns = {
            self.model._meta.get_field(column): kind for column, kind in trait_columns(self.model).items()
        }
        record = self.model(**{each.source: said[each.source] for each in columns if each.source in said})
        found = {(kind, each.pre_save(record, add=False)) for each, kind in columns.items()}
        found |= {(name, said.get(name)) for name in self.once}
        return {(kind, value) for kind, value in found if value and "\0" not in value}

    @property
    def once(self) -> list[str]:
        """The columns apart from the key whose values stand once, such as identifiers elsewhere."""
        return sorted(unique_columns(self.model) - {"slug", self.model._meta.pk.name})

    def like(self, traits: Iterable[Trait]) -> list[dict]:
        """The records with one of some traits, each with its key and what it is called."""
        numbers = {number for trait in traits for number in self.found.get(trait, ())}
        return sorted((self.labels[number] for number in numbers), key=lambda each: each["key"])

    def holder(self, column: str, value: str) -> int | None:
        """The record that has a value which stands once."""
        return next(iter(self.found.get((column, value), ())), None)


def told_apart(record: models.Model) -> str:
    """A record with what it is told apart by, such as “NVIDIA (nvidia.com, Q182477)”."""
    further = [host_of(getattr(record, "website", "") or ""), getattr(record, "wikidata_id", "")]
    told = ", ".join(filter(None, further)) or record.slug
    return f"{record} ({told})"
