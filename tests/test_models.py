"""Rules that the database keeps, whoever writes."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from partners.folding import fold
from partners.models import Agreement, AgreementParty, Citation, Organization, OrganizationName, Programme
from tests.records import (
    add_party,
    cite,
    make_agreement,
    make_event,
    make_mission_area,
    make_organization,
    make_programme,
    make_sector,
    make_source,
)

pytestmark = pytest.mark.django_db


def refused(model, pk, **changes):
    """Whether the database itself, asked by `update()`, refuses to store something."""
    try:
        with transaction.atomic():
            model.objects.filter(pk=pk).update(**changes)
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "firm"},
        {"ownership": "mine"},
        {"publication_state": "secret"},
        {"type": ""},
        {"summary_en": ""},
        {"name": ""},
        {"established": 999},
        {"established": 2101},
        {"region_code": "US-CA", "country_code": "NL"},
        {"region_code": "US-CA", "country_code": ""},
    ],
    ids=str,
)
def test_organization_refuses(changes):
    organization = make_organization("Alpha", country_code="US")

    assert refused(Organization, organization.pk, **changes)


@pytest.mark.parametrize(
    "changes",
    [{"ownership": "startup"}, {"region_code": "US-CA"}, {"established": 1000}, {"established": None}],
    ids=str,
)
def test_organization_accepts(changes):
    organization = make_organization("Alpha", country_code="US")

    assert not refused(Organization, organization.pk, **changes)


def test_organization_refuses_itself_as_parent():
    organization = make_organization("Alpha")

    assert refused(Organization, organization.pk, parent=organization)


def test_organization_refuses_two_kinds_of_parents():
    organization = make_organization("Alpha", parent_name="Elsewhere Inc.")

    assert refused(Organization, organization.pk, parent=make_organization("Beta"))


@pytest.mark.parametrize("field", ["slug", "ror_id", "wikidata_id"])
def test_organization_refuses_the_identifier_of_another(field):
    make_organization("Alpha", **{field: "Q95"})

    assert refused(Organization, make_organization("Beta").pk, **{field: "Q95"})


def test_organizations_without_identifier_do_not_clash():
    make_organization("Alpha", ror_id="")

    assert not refused(Organization, make_organization("Beta").pk, ror_id="")


@pytest.mark.parametrize(
    "changes",
    [
        {"agreement_type": "handshake"},
        {"status": "cancelled"},
        {"binding": "maybe"},
        {"basis": ""},
        {"agreement_type": ""},
        {"summary_en": ""},
        {"effective_date": datetime.date(2026, 2, 1), "expiration_date": datetime.date(2026, 1, 31)},
        {"signed_date": datetime.date(2026, 2, 1), "expiration_date": datetime.date(2026, 1, 31)},
    ],
    ids=str,
)
def test_agreement_refuses(changes):
    assert refused(Agreement, make_agreement("One").pk, **changes)


def test_agreement_may_end_on_the_day_it_begins():
    day = datetime.date(2026, 2, 1)

    assert not refused(Agreement, make_agreement("One").pk, effective_date=day, expiration_date=day)


def test_party_has_a_role_once():
    organization = make_organization("Alpha")
    agreement = make_agreement("One", partners=[organization])

    with pytest.raises(IntegrityError), transaction.atomic():
        add_party(agreement, organization)
    assert refused(AgreementParty, agreement.parties.get().pk, role="friend")


def test_other_name_stands_once():
    organization = make_organization("Alpha", names=["A"])

    with pytest.raises(IntegrityError), transaction.atomic():
        OrganizationName.objects.create(organization=organization, value="A")


def test_citation_has_exactly_one_target():
    organization, agreement = make_organization("Alpha"), make_agreement("One")
    citation = cite(organization, "city")

    assert refused(Citation, citation.pk, agreement=agreement)
    assert refused(Citation, citation.pk, organization=None)
    assert not refused(Citation, citation.pk, organization=None, event=make_event("Day"))


def test_source_is_cited_once_for_a_value():
    organization, source = make_organization("Alpha"), make_source("Paper")
    cite(organization, "city", source=source)
    cite(organization, "", source=source)

    with pytest.raises(IntegrityError), transaction.atomic():
        cite(organization, "city", source=source)


def test_citation_names_a_value_that_exists():
    citation = Citation(source=make_source("Paper"), organization=make_organization("Alpha"), field="colour")

    with pytest.raises(ValidationError) as error:
        citation.full_clean()
    assert "established" in str(error.value)


def test_mission_area_is_no_part_of_itself():
    area = make_mission_area("Area")

    assert refused(type(area), area.pk, parent=area)
    assert refused(type(area), area.pk, level="hill")


@pytest.mark.parametrize("make", [make_organization, make_mission_area])
def test_parents_do_not_lead_in_a_circle(make):
    first, second, third = (make(name) for name in ("Alpha", "Beta", "Gamma"))
    for child, parent in ((second, first), (third, second)):
        child.parent = parent
        child.full_clean()
        child.save()

    first.parent = third
    with pytest.raises(ValidationError) as error:
        first.full_clean()
    assert list(error.value.message_dict) == ["parent"]


def test_texts_are_readable():
    """Two control characters hold the values of a list apart on their way out of the database."""
    name = OrganizationName(organization=make_organization("Alpha"), value="NV\x1fIDIA")

    with pytest.raises(ValidationError) as error:
        name.full_clean()
    assert error.value.message_dict["value"] == [
        "This holds the control character U+001F at place 3. Allowed: text."
    ]
    Organization(slug="beta", name="Caf\xe9", summary_en="Two\nlines\tand", type="company").clean_fields()


def test_no_record_is_called_as_what_is_not_recorded():
    with pytest.raises(ValidationError) as error:
        make_sector("None", slug="none").full_clean()
    assert "not recorded" in str(error.value.message_dict["slug"])


def test_there_is_one_programme():
    make_programme()

    with pytest.raises(IntegrityError), transaction.atomic():
        make_programme(slug="another", name_en="Another")
    assert refused(Programme, Programme.objects.get().pk, only_one=False)


def test_what_others_depend_on_is_not_deleted():
    organization = make_organization("Alpha")
    make_agreement("One", partners=[organization])
    source = organization.citations.get().source

    with pytest.raises(ProtectedError):
        organization.delete()
    with pytest.raises(ProtectedError):
        source.delete()


# Publication


@pytest.mark.parametrize("lacking", ["type", "summary_en"])
def test_publish_refuses_a_record_without(lacking):
    organization = make_organization("Alpha", publication_state="draft", **{lacking: ""})

    with pytest.raises(ValidationError):
        organization.publish()
    assert not Organization.objects.published().exists()


def test_publish_refuses_a_record_without_a_source():
    organization = make_organization("Alpha", publication_state="draft", cited=False)

    with pytest.raises(ValidationError) as error:
        organization.publish()
    assert "source" in str(error.value)


def test_publish_refuses_an_agreement_without_a_published_partner():
    draft = make_organization("Alpha", publication_state="draft")
    agreement = make_agreement("One", partners=[draft], publication_state="draft")

    with pytest.raises(ValidationError):
        agreement.publish()
    draft.publish()
    agreement.publish()

    assert Organization.objects.partners().get() == draft


def test_publish_keeps_the_first_day_of_publication():
    organization = make_organization("Alpha", publication_state="draft")
    organization.publish()
    first = organization.published_at

    organization.withhold()
    assert not Organization.objects.published().exists()
    organization.publish()

    assert organization.published_at == first


# Folding


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Café  “Łódź” & Co.", "cafe lodz co"),
        ("STRASSE", fold("straße")),
        ("İstanbul", fold("ISTANBUL")),
        ("ﬁne", "fine"),
        ("日本電気", "日 本 電 気"),
        ("第3研究所AI研究", "第 3 研 究 所 ai 研 究"),
        ("กรุงเทพ ที่นี่", "ก รุ ง เ ท พ ที่ นี่"),
        ("क्षेत्रीय अनुसंधान", "क्षेत्रीय अनुसंधान"),
        ("தமிழ்", "தமிழ்"),
        ("מַדָּע مُحَمَّد", "מדע محمد"),
        ("O’Neill, O'Neill, Oʻahu", "oneill oneill oahu"),
        ("Max\u00admwellsche Stra\u200bßen\u2060bau\ufeff", "maxmwellsche strassenbau"),
        ("❤\ufe0fpress", "press"),
        ("NVIDIA®", "nvidia"),
        ("—", ""),
    ],
)
def test_fold_drops_accents_case_and_punctuation(text, folded):
    assert fold(text) == folded


def test_key_follows_its_text_when_saved_or_created_in_bulk():
    organization = make_organization("Émile")
    Organization.objects.bulk_create([Organization(slug="b", name="Ångström")])

    organization.name = "Zoë"
    organization.save()

    assert list(Organization.objects.in_order().values_list("name_key", flat=True)) == ["angstrom", "zoe"]
