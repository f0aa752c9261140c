"""What uses records, and what breaks for readers when these are withheld, deleted or merged: shown before it is done."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from partners.changes.going_live import proposes_what_is_seen
from partners.changes.history import RowStep
from partners.changes.merging import referring_columns
from partners.models import Agreement, AgreementParty, Citation, Organization, Publishable, Source
from partners.models.belonging import is_record, owners
from partners.models.sources import TARGETS
from partners.vocabularies import PUBLISHED, PartyRole

USERS_SHOWN = 10


@dataclass(frozen=True)
class Use:
    """Records that use others in one way, or that break with them: the first ones with their addresses, and how many."""

    title: str
    count: int
    shown: list[tuple[str, str]] = field(default_factory=list)
    # Whether so much is lost that nobody should do it unasked.
    is_grave: bool = False

    @property
    def further(self) -> int:
        return self.count - len(self.shown)


@dataclass(frozen=True)
class UsedBy:
    """What uses some records, and what readers lose with them."""

    uses: list[Use]
    breaks: list[Use]

    def __bool__(self):
        return bool(self.uses or self.breaks)


def used_by(model: type[models.Model], keys) -> UsedBy:
    """What uses the records of these keys, a list of them or a subquery. The number of queries depends on the model alone."""
    return UsedBy(list(uses_of_kind(model, keys)), list(breaks_with(model, keys)))


def uses_of_kind(model: type[models.Model], keys) -> Iterator[Use]:
    for rows, column in referring_columns(model):
        if column.column in owners(rows):
            continue
        found = rows._base_manager.filter(**{f"{column.attname}__in": keys}).order_by("pk")
        title = title_of_users(rows, column)
        if is_record(rows):
            yield from use_of(title, found.exclude(pk__in=keys) if rows is model else found)
        else:
            yield from use_of(title, found.select_related(*ways_to_owner(rows)), owner_of_row)


def title_of_users(rows: type[models.Model], column: models.Field) -> str:
    """What uses a record by a column: such as “Organizations: parent”, or “Agreements (parties)” that rows belong to."""
    if is_record(rows):
        return f"{capfirst(str(rows._meta.verbose_name_plural))}: {column.verbose_name}"
    if rows is Citation:
        return str(_("Cited for"))
    (owner,) = owners(rows).values()
    plural = capfirst(str(owner._meta.verbose_name_plural))
    return plural if rows._meta.auto_created else f"{plural} ({rows._meta.verbose_name_plural})"


def ways_to_owner(rows: type[models.Model]) -> list[str]:
    return [each.name for each in rows._meta.concrete_fields if each.column in owners(rows)]


def owner_of_row(row: models.Model) -> models.Model:
    """The record that a row belongs to."""
    names = ways_to_owner(type(row))
    return next(getattr(row, name) for name in names if getattr(row, f"{name}_id") is not None)


def itself(record: models.Model) -> models.Model:
    return record


def use_of(title: str, rows: QuerySet, record_of=itself, is_grave: bool = False) -> Iterator[Use]:
    """The use by these rows; none where there are none."""
    if count := rows.count():
        records = map(record_of, rows[:USERS_SHOWN])
        yield Use(title, count, [(form_address(record), str(record)) for record in records], is_grave)


def form_address(record: models.Model) -> str:
    return reverse(f"admin:partners_{record._meta.model_name}_change", args=[record.pk])


# What breaks -----------------------------------------------------------------------------------------------------------


def breaks_with(model: type[models.Model], keys) -> Iterator[Use]:
    """What readers would not see any more without these records."""
    if model is Organization:
        title = _("Agreements that lose their only public partner, and vanish")
        yield from use_of(title, agreements_lost(keys), is_grave=True)
    if model is Agreement:
        title = _("Organizations that are partners no more")
        yield from use_of(title, partners_lost(keys), is_grave=True)
    if model is Source:
        yield from use_of(_("Values that lose their only source"), values_lost(keys), owner_of_row)
    if issubclass(model, Publishable):
        title = _("Sources that support nothing public any more, and vanish")
        yield from use_of(title, sources_lost(model, keys))


def agreements_lost(keys) -> QuerySet:
    partners = AgreementParty.objects.filter(
        role=PartyRole.PARTNER, organization__publication_state=PUBLISHED
    )
    # Begun with what belongs to the records: SQLite would look at every agreement there is.
    mine = partners.filter(organization__in=keys).values("agreement")
    others = partners.filter(agreement=OuterRef("pk")).exclude(organization__in=keys)
    return Agreement.objects.published().filter(~Exists(others), pk__in_few=mine).order_by("pk")


def partners_lost(keys) -> QuerySet:
    parts = AgreementParty.objects.public(PartyRole.PARTNER)
    mine = parts.filter(agreement__in=keys).values("organization")
    others = parts.filter(organization=OuterRef("pk")).exclude(agreement__in=keys)
    return Organization.objects.published().filter(~Exists(others), pk__in_few=mine).order_by("pk")


def sources_lost(model: type[Publishable], keys) -> QuerySet:
    own = {f"{model.citation_field()}__in": keys}
    public = Citation.objects.public()
    others = public.filter(
        ~Q(**own) | Q(**{f"{model.citation_field()}__isnull": True}), source=OuterRef("pk")
    )
    mine = public.filter(**own).values("source")
    return Source.objects.filter(~Exists(others), pk__in_few=mine).order_by("pk")


def values_lost(keys) -> QuerySet:
    """The citations of public records by these sources that no other source stands beside."""
    alone = Q()
    for target in TARGETS:
        beside = Citation.objects.exclude(source__in=keys).filter(
            **{target: OuterRef(target)}, field=OuterRef("field")
        )
        alone |= Q(**{f"{target}__isnull": False}) & ~Exists(beside)
    return Citation.objects.public().filter(alone, source__in=keys).select_related(*TARGETS).order_by("pk")


def used_by_what_goes(steps: Iterable[RowStep], is_undone: bool = False) -> UsedBy | None:
    """What uses the records that steps take away, or hide from readers; those of which steps are taken back, where
    `is_undone`. None where they take none."""
    keys: dict[type[models.Model], list[int]] = {}
    for step in steps:
        before, after = (step.after, step.before) if is_undone else (step.before, step.after)
        is_hidden = (
            before
            and after
            and before.get("publication_state") == PUBLISHED != after.get("publication_state")
        )
        if step.is_of_record and (after is None or is_hidden):
            keys.setdefault(step.model, []).append(step.key)
    found = [used_by(model, those) for model, those in keys.items()]
    if not any(found):
        return None
    return UsedBy(
        [use for each in found for use in each.uses], [use for each in found for use in each.breaks]
    )


# Where it is shown -----------------------------------------------------------------------------------------------------


class Breaking(Exception):
    """Raised when readers would lose more than the record that is withheld, and nobody has said that they may."""


class ShowsUses:
    """For the ModelAdmin of a kind of record: forms and confirmations say what uses it, and what breaks without it."""

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if change and obj is not None and obj.pk:
            context["used_by"] = used_by(self.model, [obj.pk])
        return super().render_change_form(request, context, add, change, form_url, obj)

    def render_delete_form(self, request, context):
        keys = [context["object"].pk]
        context["used_by"] = used_by(self.model, keys)
        context["is_proposed"] = proposes_what_is_seen(request.user, self.model, keys)
        return super().render_delete_form(request, context)

    def changelist_view(self, request, extra_context=None):
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None) or {}
        if "queryset" in context and "used_by" not in context:
            # The question whether to delete what was chosen.
            keys = [record.pk for record in context["queryset"]]
            context["used_by"] = used_by(self.model, keys)
            context["is_proposed"] = proposes_what_is_seen(request.user, self.model, keys)
        return response
