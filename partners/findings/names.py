"""Records with the same name, however it is written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import models
from django.db.models import Q

from partners.folding import fold
from partners.models import Judgement, Organization, OrganizationName
from partners.models.belonging import models_of_rows
from partners.models.fields import FoldedKey
from partners.models.naming import without_texts

# Of a record: the relation or column by which it is called so, the key of another record, and what that is called.
Namesake = tuple[str, int, str]


def column_of_name(model: type[models.Model]) -> str:
    """The column with what people call such a record."""
    return getattr(model, "called", "") or "title"


def key_of_name(model: type[models.Model]) -> str:
    """The column with the folded form of it; "" where there is none."""
    keys = (each for each in model._meta.concrete_fields if isinstance(each, FoldedKey))
    return next((each.name for each in keys if each.source == column_of_name(model)), "")


def names_it_goes_by(record: models.Model, rows: Iterable[OrganizationName] = ()) -> dict[str, str]:
    """The folded names of a record, each with the column or relation in which it stands; the first place counts."""
    columns = [column_of_name(type(record)), *(["legal_name"] if isinstance(record, Organization) else [])]
    found = {fold(each.value): "names" for each in rows}
    found |= {fold(getattr(record, name)): name for name in reversed(columns)}
    return {key: place for key, place in found.items() if key}


@dataclass(frozen=True)
class CalledSo:
    """The records of a kind that have some folded names, as key and title by name; and pairs that are judged to be two."""

    records: Mapping[str, Sequence[tuple[int, str]]]
    judged: frozenset[frozenset] = frozenset()


def records_called_so(model: type[models.Model], names: Iterable[dict[int, dict[str, str]]]) -> CalledSo:
    """What is called as some records of a kind are, by their keys and folded names. Three queries at most, for however many
    records; `names` are those of one occasion each, such as of one proposal."""
    names = list(names)
    keys = {key for each in names for own in each.values() for key in own}
    called = called_so(model, keys) if keys and key_of_name(model) else {}
    judged = judged_pairs(model, {record for each in names for record in each}) if called else set()
    return CalledSo(called, frozenset(judged))


def namesakes_among(names: dict[int, dict[str, str]], called: CalledSo) -> dict[int, list[Namesake]]:
    """For records, by their keys and folded names, others that are called so and are not judged to be others."""
    found: dict[int, list[Namesake]] = {}
    for record, own in names.items():
        for key, place in own.items():
            for other, title in called.records.get(key, ()):
                if other != record and frozenset((record, other)) not in called.judged:
                    found.setdefault(record, []).append((place, other, title))
    return found


def called_so(model: type[models.Model], keys: set[str]) -> dict[str, list[tuple[int, str]]]:
    """The key and title of each record that has one of some folded names, by that name."""
    found: dict[str, list[tuple[int, str]]] = {}
    name = key_of_name(model)
    for record in without_texts(model._base_manager.filter(**{f"{name}__in": keys})):
        found.setdefault(getattr(record, name), []).append((record.pk, str(record)))
    if OrganizationName in dict(models_of_rows(model)):
        rows = OrganizationName.objects.filter(value_key__in=keys).select_related("organization")
        for row in without_texts(rows, "organization"):
            found.setdefault(row.value_key, []).append((row.organization_id, str(row.organization)))
    return found


def judged_pairs(model: type[models.Model], keys: Iterable[int]) -> set[frozenset]:
    keys = [key for key in keys if key > 0]
    pairs = Judgement.objects.filter(Q(first__in=keys) | Q(second__in=keys), kind=model._meta.model_name)
    return {frozenset(pair) for pair in pairs.values_list("first", "second")}
