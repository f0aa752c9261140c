"""Which texts are searched for the rows of each listing: what its cards and profiles show, and nothing else.

This is the only place that says so. The index is filled from these declarations, what has to be watched for it is
derived from them (`selection/watching.py`), and so is the reason why a row was found.
"""

from collections.abc import Callable
from functools import partial

from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from partners.engines.refolding import folded_fields
from partners.languages import ORIGINAL, columns_of, translations_of
from partners.models import (
    Agreement,
    AgreementAmount,
    AgreementParty,
    Citation,
    Event,
    Organization,
    OrganizationName,
    Publishable,
    Source,
)
from partners.models.base import Citable
from partners.models.sources import TARGETS
from partners.selection.search.kinds_of_text import (
    FAR,
    NAME,
    NEAR,
    OTHER_PARTIES,
    SUMMARY_OF_ROW,
    TIED,
    TITLE,
    Text,
    Texts,
    own_term,
    own_text,
)
from partners.selection.search.small_words import CALLED
from partners.selection.search.spoken import (
    CountryNames,
    DayNames,
    RegionNames,
    VocabularyNames,
    YearNames,
)
from partners.vocabularies import (
    PUBLISHED,
    AgreementBasis,
    AgreementStatus,
    AgreementType,
    Binding,
    EventKind,
    OrganizationType,
    Ownership,
    PartyRole,
    SourceKind,
    SourceStance,
)


def names_of_parties(label, role: PartyRole, owner: str, weight: str) -> tuple[Text, ...]:
    """The names of the parties of public agreements with one role."""
    tie = {
        "weight": weight,
        "rows": partial(AgreementParty.objects.public, role),
        "owner": owner,
        "many": owner == OTHER_PARTIES,
    }
    return (
        Text(label, ("organization__name",), key="organization__name_key", **tie),
        Text(label, ("organization__names__value",), key="organization__names__value_key", **tie),
    )


def names_of_organizations(rows: Callable[[], QuerySet], owner: str) -> tuple[Text, ...]:
    """The names of the organizations that a record is about."""
    return tuple(
        Text(
            _("Organization"),
            (f"organization__{path}",),
            TIED,
            key=f"organization__{path}_key",
            rows=rows,
            owner=owner,
        )
        for path in ("name", "names__value")
    )


def mission_areas(rows: Callable[[], QuerySet], owner: str, path: str, weight: str) -> tuple[Text, ...]:
    """The mission areas of agreements, and those that they are part of."""
    return tuple(
        Text(
            _("Mission area"),
            columns_of(f"{path}{step}__name"),
            key=f"{path}{step}__search_text",
            weight=weight,
            rows=rows,
            owner=owner,
            many=weight == TIED,
            is_term=True,
        )
        for step in ("", "__parent", "__parent__parent")
    )


def texts_of_agreements(role: PartyRole | None) -> tuple[Text, ...]:
    """What is searched of the agreements in which an organization has a role, or any."""
    tie = {"rows": partial(AgreementParty.objects.public, role), "owner": "organization", "many": True}
    return (
        Text(
            _("Agreement"),
            columns_of("agreement__title"),
            TIED,
            key="agreement__title_text",
            **tie,
        ),
        Text(
            _("Type of agreement"),
            ("agreement__agreement_type",),
            TIED,
            spoken=VocabularyNames(AgreementType),
            is_term=True,
            **tie,
        ),
        *mission_areas(tie["rows"], "organization", "agreement__mission_areas", TIED),
        Text(
            _("Amount"),
            columns_of("agreement__amounts__told"),
            TIED,
            key="agreement__amounts__search_text",
            **tie,
        ),
        Text(
            _("Agreement"),
            columns_of("agreement__summary"),
            FAR,
            key="agreement__search_text",
            **tie,
        ),
    )


SUMMARY = own_text(_("Summary"), *columns_of("summary"), weight=SUMMARY_OF_ROW)
TITLES = (
    own_text(_("Title"), f"title_{ORIGINAL}", weight=TITLE),
    own_text(_("Title"), *translations_of("title"), weight=NAME),
)


def names_of_owner() -> tuple[Text, ...]:
    """The names of the organization that another one is part of, where a reader may see it."""
    tie = {"rows": Organization.objects.with_public_parent}
    return (
        Text(_("Part of"), ("parent__name",), key="parent__name_key", **tie),
        Text(_("Part of"), ("parent__names__value",), key="parent__names__value_key", **tie),
    )


def texts_of_organizations(listing: str, *related: Text, called: frozenset[str] = frozenset()) -> Texts:
    return Texts(
        listing=listing,
        called=called,
        model=Organization,
        title="name_key",
        heading="name",
        summary="summary_en",
        texts=(
            own_text(_("Name"), "name", weight=TITLE),
            Text(
                _("Also known as"),
                ("value",),
                NAME,
                key="value_key",
                rows=OrganizationName.objects.all,
                owner="organization",
            ),
            own_text(_("Legal name"), "legal_name", weight=NAME),
            SUMMARY,
            own_text(_("City"), "city"),
            own_term(_("Region"), "region_code", RegionNames()),
            own_term(_("Country"), "country_code", CountryNames()),
            own_term(_("Type"), "type", VocabularyNames(OrganizationType)),
            own_term(_("Ownership"), "ownership", VocabularyNames(Ownership)),
            own_text(_("Part of"), "parent_name"),
            *names_of_owner(),
            own_term(_("Founded"), "established", YearNames()),
            own_text(_("Ticker"), "ticker"),
            own_text(_("Website"), "website"),
            own_text(_("Wikidata id"), "wikidata_id"),
            own_text(_("ROR id"), "ror_id"),
            *related,
        ),
    )


PARTNER_TEXTS = texts_of_organizations(
    "partner",
    Text(
        _("Sector"),
        columns_of("sector__name"),
        key="sector__search_text",
        rows=Organization.sectors.through.objects.all,
        owner="organization",
        is_term=True,
    ),
    *names_of_parties(_("Laboratory"), PartyRole.LABORATORY, OTHER_PARTIES, TIED),
    *names_of_parties(_("Agency"), PartyRole.AGENCY, OTHER_PARTIES, TIED),
    *texts_of_agreements(PartyRole.PARTNER),
    # Who else is in its agreements, by their first names only: every agreement has partners.
    names_of_parties(_("Partner"), PartyRole.PARTNER, OTHER_PARTIES, FAR)[0],
    called=CALLED["partner"],
)
LABORATORY_TEXTS = texts_of_organizations(
    "laboratory",
    *names_of_parties(_("Partner"), PartyRole.PARTNER, OTHER_PARTIES, TIED),
    *texts_of_agreements(None),
    called=CALLED["laboratory"],
)
OTHER_ORGANIZATION_TEXTS = texts_of_organizations("organization", *texts_of_agreements(None))
AGREEMENT_TEXTS = Texts(
    listing="agreement",
    called=CALLED["agreement"],
    model=Agreement,
    title="title_key",
    heading="title_en",
    summary="summary_en",
    texts=(
        *TITLES,
        SUMMARY,
        own_term(_("Type of agreement"), "agreement_type", VocabularyNames(AgreementType)),
        own_term(_("Status"), "status", VocabularyNames(AgreementStatus)),
        own_term(_("Based on"), "basis", VocabularyNames(AgreementBasis)),
        own_term(_("Legally binding"), "binding", VocabularyNames(Binding)),
        own_term(_("Announced"), "announced_date", DayNames()),
        own_term(_("Signed"), "signed_date", DayNames()),
        *names_of_parties(_("Partner"), PartyRole.PARTNER, "agreement", NEAR),
        *names_of_parties(_("Laboratory"), PartyRole.LABORATORY, "agreement", NEAR),
        *names_of_parties(_("Agency"), PartyRole.AGENCY, "agreement", NEAR),
        *mission_areas(Agreement.mission_areas.through.objects.all, "agreement", "missionarea", NEAR),
        Text(
            _("Amount"),
            columns_of("told"),
            key="search_text",
            rows=AgreementAmount.objects.all,
            owner="agreement",
        ),
        Text(
            _("Announcement"),
            ("announcement__title_en",),
            TIED,
            key="announcement__title_key",
            rows=lambda: Agreement.objects.filter(announcement__publication_state=PUBLISHED),
        ),
    ),
)
EVENT_TEXTS = Texts(
    listing="event",
    called=CALLED["event"],
    model=Event,
    title="title_key",
    heading="title_en",
    summary="summary_en",
    texts=(
        *TITLES,
        SUMMARY,
        own_term(_("Kind"), "kind", VocabularyNames(EventKind)),
        own_term(_("Date"), "date", DayNames()),
        *names_of_organizations(Event.objects.named_organizations, "event"),
        Text(
            _("Agreement"),
            columns_of("title"),
            TIED,
            key="title_text",
            rows=Agreement.objects.published,
            owner="announcement",
            many=True,
        ),
    ),
)


def names_of(model: type[Citable]) -> tuple[tuple[str, ...], str]:
    """The fields by which people call a record, in every language that is folded with the first, and their folded form."""
    folded = {each.read_from: each.name for each in folded_fields(model)}
    every = columns_of(model.called.removesuffix(f"_{ORIGINAL}"))
    return next((fields, folded[fields]) for fields in (every, (model.called,)) if fields in folded)


def supported_records(model: type[Citable]) -> Text:
    """The names of the records of a kind that a source supports."""
    target, (fields, key) = model.citation_field(), names_of(model)
    return Text(
        capfirst(model._meta.verbose_name),
        tuple(f"{target}__{field}" for field in fields),
        TIED,
        key=f"{target}__{key}",
        rows=partial(Citation.objects.public, target),
        owner="source",
    )


SOURCE_TEXTS = Texts(
    listing="source",
    called=CALLED["source"],
    model=Source,
    public=Source.objects.published,
    title="title_key",
    heading="title",
    summary="",
    texts=(
        own_text(_("Title"), "title", weight=TITLE),
        own_text(_("Publisher"), "publisher"),
        own_term(_("Kind"), "kind", VocabularyNames(SourceKind)),
        own_term(_("Stance"), "stance", VocabularyNames(SourceStance)),
        own_term(_("Published"), "published_date", DayNames()),
        own_text(_("Address"), "url"),
        *(supported_records(model) for model in TARGETS.values() if issubclass(model, Publishable)),
    ),
)

# What is searched of every kind of record.
OF_EVERY_LISTING = (
    PARTNER_TEXTS,
    LABORATORY_TEXTS,
    OTHER_ORGANIZATION_TEXTS,
    AGREEMENT_TEXTS,
    EVENT_TEXTS,
    SOURCE_TEXTS,
)
