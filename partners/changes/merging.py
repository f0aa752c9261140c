"""Making two records of one kind one: what moves, which cells are filled in, which are chosen, which rows become one.

The record that stays is `kept`; `other` goes, its addresses lead to the first. A merge is one revision, and taking that
back restores both.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models
from django.utils.translation import gettext as _

from partners.changes.history import filled, is_told, written_fields
from partners.changes.images import row_of
from partners.changes.revising import revising
from partners.changes.rules import check_records
from partners.changes.writing import RowEdit, check_references, refusal_of, write_edits
from partners.curation_vocabularies import Via
from partners.models import (
    AgreementAmount,
    AgreementParty,
    Citation,
    DataVersion,
    FormerAddress,
    Organization,
    OrganizationName,
    Publishable,
)
from partners.models.belonging import models_with_data, owners
from partners.models.sources import TARGETS
from partners.texts import name_identity
from partners.vocabularies import PUBLISHED, NameType

# Columns that say one thing together: they come from one of the two records.
ONE_CELL = (("city", "region_code", "country_code"), ("parent", "parent_name"))
# Texts of which both are kept, one below the other, where rows or records become one. Not quotes: what is put together
# stands in no source.
JOINED = ("curator_note",)
# What a citation says of the value that it supports.
SAID = ("value", "says", "reason")
NEVER_MERGED = ("slug", "publication_state", "quote", *JOINED)


@dataclass(frozen=True)
class MergedCell:
    """Columns in which the two records differ. `is_filled`: only the other one has a value, and it fills the gap."""

    fields: tuple[models.Field, ...]
    is_filled: bool
    is_taken: bool

    @property
    def name(self) -> str:
        return self.fields[0].name


@dataclass
class MovedRows:
    """How many rows of a model lead to the record that stays from now on, how many were the same as another one, and how
    many did so before and go on."""

    model: type[models.Model]
    column: models.Field
    moved: int = 0
    same: int = 0
    stays: int = 0


@dataclass
class Merging:
    """What making two records one comes to."""

    kept: models.Model
    other: models.Model
    cells: list[MergedCell] = field(default_factory=list)
    rows: list[MovedRows] = field(default_factory=list)
    edits: list[RowEdit] = field(default_factory=list)
    # The other name that is added, and whether the record that stays becomes public.
    added_name: str = ""
    becomes_public: bool = False
    # Quotes of one source for one value, of which a citation has one: those that go into its note, and those that do
    # not fit there and stand in history.
    noted_quotes: list[str] = field(default_factory=list)
    dropped_quotes: list[str] = field(default_factory=list)

    @property
    def model(self) -> type[models.Model]:
        return type(self.kept)

    @property
    def taken(self) -> set[str]:
        """The columns whose value comes from the other record."""
        return {each.name for cell in self.cells if cell.is_taken for each in cell.fields}

    @property
    def digest(self) -> str:
        """Another one where something that the merge writes has changed."""
        edits = sorted(f"{each.model.__name__} {each.key} {each.values}" for each in self.edits)
        return blake2b("\n".join(edits).encode(), digest_size=12).hexdigest()


def plan_merging(kept: models.Model, other: models.Model, taken: Collection[str] = ()) -> Merging:
    """What it takes to make `other` part of `kept`; `taken` are the cells in which the value of the other one wins.

    Raises ValidationError where these are not two records of one kind.
    """
    if type(kept) is not type(other) or kept.pk == other.pk:
        raise ValidationError(_("Choose another record of the same kind."))
    merging = Merging(kept, other)
    values = plan_cells_of(merging, taken)
    amounts: dict[int, int] = {}
    for model, column in referring_columns(merging.model):
        plan_rows_of(merging, model, column, amounts)
    if isinstance(kept, Organization):
        plan_name(merging, values.get("name", kept.name))
    if values:
        merging.edits.append(RowEdit(merging.model, kept.pk, values))
    merging.edits.append(RowEdit(merging.model, other.pk, None))
    return merging


# Cells ----------------------------------------------------------------------------------------------------------------


def cell_groups(model: type[models.Model]) -> list[tuple[models.Field, ...]]:
    """The columns that people write, those together that say one thing together."""
    own = [each for each in written_fields(model) if is_told(each) and each.name not in NEVER_MERGED]
    by_name = {each.name: each for each in own}
    groups = [names for names in ONE_CELL if set(names) <= by_name.keys()]
    grouped = {name for names in groups for name in names}
    found = {names[0]: tuple(by_name[name] for name in names) for names in groups}
    return [found.get(each.name, (each,)) for each in own if each.name in found or each.name not in grouped]


def value_in(merging: Merging, record: models.Model, column: models.Field) -> Any:
    """A value as it counts in a merge: that one of the two belongs to the other means nothing any more."""
    value = filled(getattr(record, column.attname))
    is_itself = column.is_relation and column.related_model is merging.model
    return None if is_itself and value in (merging.kept.pk, merging.other.pk) else value


def plan_cells_of(merging: Merging, taken: Collection[str]) -> dict[str, Any]:
    """Fills in the cells, and gives the values to set in the record that stays."""
    values = {}
    for group in cell_groups(merging.model):
        own = [value_in(merging, merging.kept, each) for each in group]
        others = [value_in(merging, merging.other, each) for each in group]
        if own == others or not any(value is not None for value in others):
            is_taken = False
        else:
            is_filled = not any(value is not None for value in own)
            is_taken = is_filled or group[0].name in taken
            merging.cells.append(MergedCell(group, is_filled, is_taken))
        for each in group:
            source = merging.other if is_taken else merging.kept
            value = value_in(merging, source, each)
            if value != filled(getattr(merging.kept, each.attname)):
                values[each.attname] = value if value is not None or each.null else ""
    values |= joined_texts(merging.kept, merging.other)
    return values | plan_publication(merging)


def joined_texts(first: models.Model, second: models.Model) -> dict[str, str]:
    """The texts of the first that get those of the second below them. What would be too long is not joined."""
    found = {}
    for name in JOINED:
        own, others = getattr(first, name, ""), getattr(second, name, "")
        text = "\n\n".join(filter(None, [own, others]))
        if others and others not in own and len(text) <= first._meta.get_field(name).max_length:
            found[name] = text
    return found


def plan_publication(merging: Merging) -> dict[str, Any]:
    """What readers see stays visible: the record that stays is public where one of the two is."""
    kept, other = merging.kept, merging.other
    if not isinstance(kept, Publishable):
        return {}
    merging.becomes_public = other.is_published and not kept.is_published
    values = {"publication_state": PUBLISHED} if merging.becomes_public else {}
    first = min(filter(None, (kept.published_at, other.published_at)), default=None)
    return values | ({"published_at": first} if first != kept.published_at else {})


# Rows -----------------------------------------------------------------------------------------------------------------


def referring_columns(model: type[models.Model]) -> list[tuple[type[models.Model], models.Field]]:
    """Every column that can name such a record, in its own rows and in other records; amounts come before what cites them."""
    found = [
        (each, column)
        for each in models_with_data()
        for column in each._meta.concrete_fields
        if column.is_relation and column.related_model is model
    ]
    return sorted(found, key=lambda pair: pair[0] is Citation)


def plan_rows_of(
    merging: Merging, model: type[models.Model], column: models.Field, amounts: dict[int, int]
) -> None:
    """Has the rows that name the other record name the one that stays; rows that are the same then become one."""
    kept, other = merging.kept.pk, merging.other.pk
    moved = MovedRows(model, column)
    # Put in order below: in the order of the model, SQLite would read all rows for the few that lead there.
    rows = model._base_manager.order_by().filter(**{f"{column.attname}__in": [kept, other]})
    if model is merging.model:
        # The two themselves are cells.
        rows = rows.exclude(pk__in=[kept, other])
    first: dict[Any, tuple[models.Model, dict]] = {}
    for row in sorted(rows, key=lambda row: (getattr(row, column.attname) == other, row.pk)):
        changed = values_after(merging, row, column, amounts)
        moved.moved += column.attname in changed
        identity = identity_of(row, row_of(row) | changed, column)
        if identity in first and not changed and not first[identity][1]:
            # Two that were the same before are none of ours.
            identity = row.pk
        if identity not in first:
            first[identity] = (row, changed)
            continue
        survivor, its_changes = first[identity]
        its_changes |= completed(survivor, row) | evidence_of_taken(merging, survivor, row)
        its_changes |= one_quote(merging, survivor, row)
        merging.edits.append(RowEdit(model, row.pk, None))
        moved.same += 1
        if model is AgreementAmount:
            amounts[row.pk] = survivor.pk
    merging.edits += [RowEdit(model, row.pk, changed) for row, changed in first.values() if changed]
    moved.stays = sum(getattr(row, column.attname) == kept for row, _changed in first.values())
    if moved.moved or moved.same or moved.stays:
        merging.rows.append(moved)


def values_after(
    merging: Merging, row: models.Model, column: models.Field, amounts: dict[int, int]
) -> dict[str, Any]:
    """The values of a row that a merge changes."""
    is_of_other = getattr(row, column.attname) == merging.other.pk
    changed = {column.attname: merging.kept.pk} if is_of_other else {}
    if not isinstance(row, Citation):
        return changed
    if row.agreement_amount_id in amounts:
        changed["agreement_amount_id"] = amounts[row.agreement_amount_id]
    return changed


def identity_of(row: models.Model, values: dict[str, Any], column: models.Field) -> Any:
    """What two rows have in common that say the same, where they name the record that stays in a column."""
    if isinstance(row, OrganizationName):
        return values["organization_id"], name_identity(values["value"])
    if isinstance(row, AgreementParty):
        return values["agreement_id"], values["organization_id"], values["role"]
    if isinstance(row, AgreementAmount) and column.name == "agreement":
        names = [each.attname for each in written_fields(AgreementAmount) if each.name != "slug"]
        return tuple(values[name] for name in names)
    if isinstance(row, Citation):
        names = ("source_id", "field", "agreement_amount_id", *(f"{target}_id" for target in TARGETS))
        return tuple(values[name] for name in names)
    if type(row)._meta.auto_created:
        return tuple(values[each.attname] for each in type(row)._meta.concrete_fields if not each.primary_key)
    return row.pk


def completed(survivor: models.Model, row: models.Model) -> dict[str, Any]:
    """What a row that stays gets from one that said the same: values where it has none, and joined texts."""
    columns = owners(type(row))
    gaps = {
        each.attname: getattr(row, each.attname)
        for each in written_fields(type(row))
        if each.column not in columns
        and filled(getattr(survivor, each.attname)) is None
        and filled(getattr(row, each.attname)) is not None
        and not each.is_relation
        and each.name not in ("field", "slug", *SAID)
    }
    joined = joined_texts(survivor, row)
    # A third one finds what it got.
    for name, value in (gaps | joined).items():
        setattr(survivor, name, value)
    return gaps | joined


def evidence_of_taken(merging: Merging, survivor: models.Model, row: models.Model) -> dict[str, Any]:
    """What a citation that stays says from now on, where the value that it is about comes from the other record."""
    if not isinstance(row, Citation) or row.field not in merging.taken:
        return {}
    said = {name: getattr(row, name) for name in SAID}
    return {name: value for name, value in said.items() if value != getattr(survivor, name)}


def one_quote(merging: Merging, survivor: models.Model, row: models.Model) -> dict[str, Any]:
    """A citation has one quote, word for word: that of the value that stays. Another one goes into the curator's note."""
    if not isinstance(row, Citation) or not row.quote or row.quote in survivor.quote:
        return {}
    if survivor.quote in row.quote:
        changes = {"quote": row.quote}
    else:
        is_taken = row.field in merging.taken
        goes = survivor.quote if is_taken else row.quote
        changes = {"quote": row.quote} if is_taken else {}
        note = "\n\n".join(filter(None, [survivor.curator_note, _("Also quoted: “%s”") % goes]))
        fits = len(note) <= Citation._meta.get_field("curator_note").max_length
        (merging.noted_quotes if fits else merging.dropped_quotes).append(goes)
        changes |= {"curator_note": note} if fits else {}
    for name, value in changes.items():
        setattr(survivor, name, value)
    return changes


def plan_name(merging: Merging, name: str) -> None:
    """The name that goes is kept as another name; one that is the name itself is not."""
    kept, other = merging.kept, merging.other
    names = OrganizationName.objects.filter(organization__in=[kept.pk, other.pk])
    known = {name_identity(each.value) for each in names} | {name_identity(name)}
    lost = next(each for each in (other.name, kept.name) if each != name or other.name == kept.name)
    if name_identity(lost) not in known:
        merging.added_name = lost
        values = {"organization_id": kept.pk, "value": lost, "type": NameType.ALIAS.value, "language": ""}
        merging.edits.append(RowEdit(OrganizationName, 0, values, is_new=True))


def lead_on(gone: models.Model, kept: int) -> None:
    """The address of a record that has become part of another one leads to that, if readers knew it: triggers have
    noted it."""
    former = FormerAddress.objects.filter(kind=gone._meta.model_name, slug=gone.slug)
    for slug in type(gone)._base_manager.filter(pk=kept).values_list("slug", flat=True):
        former.update(now=slug, record=kept)


# The merge ------------------------------------------------------------------------------------------------------------


def merge_records(
    kept: models.Model, other: models.Model, taken: Iterable[str] = (), *, user=None, why: str = ""
) -> int:
    """Make two records one as `plan_merging` says, and give the number of the revision.

    All of it is one revision, or nothing is written: raises ValidationError where a rule would be broken.
    """
    model = type(kept)
    try:
        with revising(Via.MERGE, user=user, why=why, merges_into=kept.pk) as announced:
            DataVersion.hold()
            kept, other = (model._base_manager.get(pk=each.pk) for each in (kept, other))
            merging = plan_merging(kept, other, set(taken))
            write_edits(merging.edits)
            lead_on(other, kept.pk)
            check_references(merging.edits)
            check_records([(model._meta.model_name, kept.pk)])
    except IntegrityError as error:
        raise refusal_of(error) from error
    except model.DoesNotExist as error:
        raise ValidationError(_("One of the two was deleted meanwhile.")) from error
    return announced.revision
