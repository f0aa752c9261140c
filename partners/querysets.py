"""Which rows a reader may see, and what is added to them.

Every public page, file and count starts from a `published()` of this file. That a record is published is one stored
state; what its relations to other records may show follows from theirs, and is decided here too.
"""

import datetime
from functools import reduce
from operator import or_

from django.db import connections, models
from django.db.models import Exists, F, OuterRef, Prefetch, Q, TextField
from django.db.models.functions import Cast, Substr

from partners.vocabularies import PUBLISHED, OrganizationType, PartyRole


def with_others(rows: models.QuerySet, *names: str) -> models.QuerySet:
    """Rows with the records that they name in some fields, read along with them. In a past by a query for each field:
    SQLite would read all of a view that is joined to rows which may lack it."""
    if connections[rows.db].as_of is not None:
        return rows.prefetch_related(*names)
    return rows.select_related(*names)


class PublishableQuerySet(models.QuerySet):
    def published(self):
        """Records whose state is `published`."""
        return self.filter(publication_state=PUBLISHED)


class OrganizationQuerySet(PublishableQuerySet):
    def partners(self):
        """Published organizations with the role `partner` in at least one published agreement."""
        parties = self.model.parties.rel.related_model.objects.public(PartyRole.PARTNER)
        return self.published().filter(Exists(parties.filter(organization=OuterRef("pk"))))

    def laboratories(self):
        """Published facilities that belong to the organization which leads the programme."""
        return self.published().filter(type=OrganizationType.FACILITY, parent__programmes_led__isnull=False)

    def agencies(self):
        """Published parts of government."""
        return self.published().filter(type=OrganizationType.GOVERNMENT)

    def with_public_parent(self):
        """Organizations whose owner is published, so that its name may be told."""
        return self.filter(parent__publication_state=PUBLISHED)

    def in_order(self):
        """By name, whatever its case and accents; the slug settles ties, so that the order is always the same."""
        return self.order_by("name_key", "slug")


class OrganizationNameQuerySet(models.QuerySet):
    def public(self):
        """Other names of published organizations."""
        return self.filter(organization__publication_state=PUBLISHED)


class EventQuerySet(PublishableQuerySet):
    def newest_first(self):
        """By date, newest first."""
        return self.order_by("-date", "title_key", "slug")

    def named_organizations(self):
        """The rows between events and the organizations that they are about, where a reader may be told of these."""
        return self.model.organizations.through.objects.filter(organization__publication_state=PUBLISHED)

    def naming(self):
        """The rows between published events and the organizations that they are about."""
        return self.model.organizations.through.objects.filter(event__publication_state=PUBLISHED)

    def announcing(self):
        """Published events that announced a public agreement."""
        agreements = self.model.agreements.rel.related_model.objects.published()
        return self.published().filter(Exists(agreements.filter(announcement=OuterRef("pk"))))

    def told_of_organizations(self):
        """The rows between events and organizations where a reader may be told of both."""
        return self.named_organizations().filter(event__publication_state=PUBLISHED)


class AgreementQuerySet(PublishableQuerySet):
    def published(self):
        """Published agreements of at least one published partner; see `triggers/visibility.py`."""
        return self.filter(is_public=True)

    def with_public_parties(self):
        """Adds `public_parties`: the parties a reader may be told of, partners first, then by name."""
        parties = (
            self.model.parties.rel.related_model.objects.public().select_related("organization").in_order()
        )
        return self.prefetch_related(Prefetch("parties", queryset=parties, to_attr="public_parties"))

    def with_amounts(self):
        """Adds `told_amounts`: the sums they name in the order of their keys, with those who give them."""
        amounts = self.model.amounts.rel.related_model.objects.select_related("giver").order_by("slug")
        return self.prefetch_related(Prefetch("amounts", queryset=amounts, to_attr="told_amounts"))


class AgreementPartyQuerySet(models.QuerySet):
    def public(self, role: PartyRole | None = None):
        """Parties, with one role or any, of public agreements whose organization is published too.

        Neither end may be a draft; see `triggers/visibility.py`.
        """
        return self.filter(is_public=True, role=role) if role else self.filter(is_public=True)

    def in_order(self):
        """Partners, then agencies, then laboratories; by name within a role."""
        place = models.Case(
            *(
                models.When(role=role, then=models.Value(number))
                for number, role in enumerate(PartyRole.values)
            ),
            default=models.Value(len(PartyRole.values)),
        )
        return self.order_by(place, "organization__name_key", "organization__slug")


class AgreementAmountQuerySet(models.QuerySet):
    def public(self):
        """Amounts of agreements that a reader may see."""
        return self.filter(agreement__is_public=True)


class SourceQuerySet(models.QuerySet):
    def published(self):
        """Sources that support at least one published record; the others could give away what is being prepared."""
        citations = self.model.citations.rel.related_model.objects.public()
        # Of a few sources only their own citations are looked at.
        return self.filter(Exists(citations.filter(source=OuterRef("pk"))))

    def dates(self, field_name, kind, order="ASC"):
        """As of every query set; the years by what a date begins with, for SQLite would call a function of Python for
        each row."""
        if kind != "year":
            return super().dates(field_name, kind, order)
        begins = Substr(Cast(F(field_name), TextField()), 1, 4)
        years = self.exclude(**{field_name: None}).order_by().values_list(begins, flat=True).distinct()
        return sorted((datetime.date(int(each), 1, 1) for each in years), reverse=order == "DESC")

    def at(self, url: str):
        """The source whose address leads to the same page, however it is written; None where there is none."""
        key = self.model._meta.get_field("page_key").pre_save(self.model(url=url), add=True)
        return self.filter(page_key=key).order_by("pk").first() if key else None


class CitationQuerySet(models.QuerySet):
    def public(self, *targets: str):
        """Citations whose record readers may be told of; with `targets`, of records of these kinds only."""
        known = self.model.targets()
        rules = [told_to_readers(known[name], name) for name in targets or known]
        return self.filter(reduce(or_, rules))

    def of_organizations(self):
        """Citations of organizations that readers may be told of."""
        return self.filter(organization__publication_state=PUBLISHED)

    def otherwise(self):
        """Citations by which a source says something else than the value that stands there now."""
        return self.filter(supports_current=True, says__gt="")


def told_to_readers(model: type[models.Model], path: str) -> Q:
    """Whether readers may be told of the record of a model that `path` leads to."""
    names = {field.name for field in model._meta.concrete_fields}
    if "is_public" in names:
        return Q(**{f"{path}__is_public": True})
    if "publication_state" in names:
        return Q(**{f"{path}__publication_state": PUBLISHED})
    return Q(**{f"{path}__isnull": False})
