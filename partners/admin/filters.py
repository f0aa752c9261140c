"""Filters of the lists of curation."""

from functools import cache

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import BooleanField, Case, Exists, Model, OuterRef, Q, When
from django.utils.translation import gettext_lazy as _

from partners.models import AgreementParty, Citation
from partners.models.agreements import AMOUNTS_FIELD
from partners.querysets import told_to_readers
from partners.tables.evidence import is_recorded
from partners.tables.sources import TARGET_TABLES
from partners.vocabularies import PartyRole, PublicationState


class ConditionFilter(admin.SimpleListFilter):
    """Choices that each stand for a condition: `{value: (label, condition)}`."""

    def conditions(self, model_admin) -> dict:
        raise NotImplementedError

    def lookups(self, request, model_admin):
        conditions = self.conditions(model_admin)
        self.by_value = {value: condition for value, (_label, condition) in conditions.items()}
        return [(value, label) for value, (label, _condition) in conditions.items()]

    def queryset(self, request, queryset):
        if self.value() is None:
            return queryset
        if self.value() not in self.by_value:
            raise IncorrectLookupParameters(self.value())
        return queryset.filter(self.by_value[self.value()])


class LacksFilter(ConditionFilter):
    """What records still lack; the list's admin says in `lacks` what that may be."""

    title = _("what is missing")
    parameter_name = "lacks"

    def conditions(self, model_admin):
        conditions = model_admin.lacks
        return conditions | {"anything": (_("Any of these"), anything_of(conditions))}


def anything_of(conditions: dict) -> Q:
    """That a record lacks at least one of these: each is asked once, rows that belong to it after its own columns."""
    parts = []
    for _label, condition in conditions.values():
        is_any = not condition.negated and (condition.connector == Q.OR or len(condition.children) == 1)
        parts += [each for each in (condition.children if is_any else [condition]) if each not in parts]
    return Q.create(sorted(parts, key=lambda each: not isinstance(each, tuple)), connector=Q.OR)


class RoleFilter(ConditionFilter):
    """The part organizations have in agreements, published or not."""

    title = _("role in agreements")
    parameter_name = "role"

    def conditions(self, model_admin):
        roles = {
            role.value: (role.label, Exists(party_filter("organization", role=role))) for role in PartyRole
        }
        return roles | {"none": (_("In no agreement"), ~Exists(party_filter("organization")))}


def party_filter(end: str, **conditions):
    """The parties of the outer organization or agreement."""
    return AgreementParty.objects.filter(**{end: OuterRef("pk")}, **conditions)


@cache
def without_rows(model: type[Model], owner: str) -> Q:
    """That a record has no rows of a model; `owner` is the column that names it there. No join: records stay one row."""
    return Q(~Exists(model._base_manager.order_by().filter(**{owner: OuterRef("pk")})))


def without_source(target: str) -> Q:
    return without_rows(Citation, target)


WITHOUT_PARTNER = Q(~Exists(party_filter("agreement", role=PartyRole.PARTNER)))
# A published agreement that has one is public (`partners/triggers/visibility.py`): its parties are not looked at.
WITHOUT_PUBLISHED_PARTNER = Q(is_public=False) & (
    Q(publication_state=PublicationState.PUBLISHED)
    | ~Exists(
        party_filter(
            "agreement", role=PartyRole.PARTNER, organization__publication_state=PublicationState.PUBLISHED
        )
    )
)


@cache
def only_earlier() -> Q:
    """That a citation is for an earlier value of a published record, which has another value now and no source for it.

    Made once: to put it together takes longer than to count by it.
    """
    found, lapsed = Q(), Citation.objects.order_by().filter(supports_current=False)
    for target, table in TARGET_TABLES.items():
        same = {target: OuterRef(target), "field": OuterRef("field")}
        standing = Citation.objects.order_by().filter(supports_current=True, **same)
        if AMOUNTS_FIELD in table.model.citable_fields:
            of_amount = Q(agreement_amount=OuterRef("agreement_amount"))
            standing = standing.filter(~Q(field=AMOUNTS_FIELD) | of_amount)
        recorded = [
            When(Q(field=name) & is_recorded(target, table.column(name)), then=True)
            for name in table.model.citable_fields
        ]
        # Each kind by itself: together they would join every citation with the records of all kinds. As cases: of so many
        # alternatives PostgreSQL would try every index, which takes longer than to ask them.
        has_value = Case(*recorded, default=False, output_field=BooleanField())
        own = lapsed.filter(told_to_readers(table.model, target), ~Exists(standing), has_value)
        found |= Q(pk__in=own.values("pk"))
    return Q(supports_current=False) & found
