"""Filters of the lists of curation."""

from functools import cache, reduce
from operator import or_

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Exists, OuterRef, Q
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
    """That a record lacks at least one of these."""
    return reduce(or_, (condition for _label, condition in conditions.values()))


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


def without_source(target: str) -> Q:
    return Q(~Exists(Citation.objects.filter(**{target: OuterRef("pk")})))


WITHOUT_PARTNER = Q(~Exists(party_filter("agreement", role=PartyRole.PARTNER)))
WITHOUT_PUBLISHED_PARTNER = Q(
    ~Exists(
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
    found = Q()
    for target, table in TARGET_TABLES.items():
        same = {target: OuterRef(target), "field": OuterRef("field")}
        standing = Citation.objects.order_by().filter(supports_current=True, **same)
        if AMOUNTS_FIELD in table.model.citable_fields:
            of_amount = Q(agreement_amount=OuterRef("agreement_amount"))
            standing = standing.filter(~Q(field=AMOUNTS_FIELD) | of_amount)
        recorded = (
            Q(field=name) & is_recorded(target, table.column(name)) for name in table.model.citable_fields
        )
        found |= told_to_readers(table.model, target) & ~Exists(standing) & reduce(or_, recorded)
    return Q(supports_current=False) & found
