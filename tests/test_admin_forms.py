"""The forms of curation: broken rules are told beside the field, never by a page of error 500."""

import pytest

from partners.models import Agreement, Citation, MissionArea, Organization, Programme
from partners.models.agreements import AMOUNTS_FIELD
from tests.curation import add_form, change_form, change_url, errors, list_url
from tests.records import (
    cite,
    make_agreement,
    make_event,
    make_mission_area,
    make_organization,
    make_programme,
    make_source,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "typed, field, told",
    [
        ({"slug": "taken"}, "slug", "Organization with this Slug already exists."),
        ({"ror_id": "https://ror.org/00njsd438"}, "ror_id", "Another organization has this ROR id."),
        ({"wikidata_id": "Q95"}, "wikidata_id", "Another organization has this Wikidata id."),
        (
            {"region_code": "US-CA", "country_code": "NL"},
            "region_code",
            "must begin with the code of the country",
        ),
        ({"region_code": "US-CA"}, "region_code", "must begin with the code of the country"),
        ({"region_code": "CA"}, "region_code", "such as US-CA"),
        ({"country_code": "us"}, "country_code", "Two capital letters"),
        ({"established": "999"}, "established", "1000"),
        ({"established": "-1"}, "established", "greater than or equal to"),
        ({"established": "99999"}, "established", "2100"),
        ({"website": "not an address"}, "website", "Enter a valid URL."),
        ({"wikidata_id": "95"}, "wikidata_id", "such as Q95"),
        ({"ror_id": "00njsd438"}, "ror_id", "Such as https://ror.org/"),
        ({"type": "club"}, "type", "not one of the available choices"),
        ({"name": "n" * 201}, "name", "at most 200 characters"),
        ({"name": "nul \x00"}, "name", "holds the control character U+0000 at place 5"),
        ({"summary_en": "s" * 2001}, "summary_en", "at most 2000 characters"),
        ({"parent": "999999"}, "parent", "does not exist any more"),
    ],
)
def test_broken_rule_of_an_organization_is_told_beside_its_field(admin_client, typed, field, told):
    make_organization("Taken", ror_id="https://ror.org/00njsd438", wikidata_id="Q95")
    organization = make_organization("Mine", publication_state="draft")

    for form in (change_form(admin_client, organization), add_form(admin_client, "organization")):
        answer = form.send(**{"name": "Mine", "slug": f"mine-{len(form.url)}"} | typed)
        assert answer.status_code == 200
        found = errors(answer)
        assert found.keys() == {field}
        assert told in found[field][0]


def test_organization_has_one_parent_which_is_not_itself(admin_client):
    parent, organization = make_organization(), make_organization()

    form = change_form(admin_client, organization)
    both = errors(form.send(parent=parent.pk, parent_name="Another"))
    itself = errors(form.send(parent=organization.pk))

    assert both == {
        "parent_name": ["Fill in a parent of the directory or the name of another one, not both."]
    }
    assert itself == {"parent": ["An organization cannot be its own parent."]}


@pytest.mark.parametrize("before", ["effective_date", "signed_date"])
def test_agreement_does_not_end_before_it_begins(admin_client, before):
    form = change_form(admin_client, make_agreement())

    found = errors(form.send(**{before: "2026-02-01", "expiration_date": "2026-01-31"}))

    assert found.keys() == {"expiration_date"}
    assert form.send(**{before: "2026-02-01", "expiration_date": "2026-02-01"}).status_code == 302


def test_mission_area_is_not_part_of_itself(admin_client):
    area = make_mission_area()

    found = errors(change_form(admin_client, area).send(parent=area.pk))

    assert found == {"parent": ["An area cannot be part of itself."]}
    assert MissionArea.objects.get().parent is None


def test_other_name_is_told_once(admin_client):
    organization = make_organization(names=["One"], publication_state="draft")

    again = change_form(admin_client, organization)
    again.add_row("names", value="One", type="former")
    twice = change_form(admin_client, organization)
    twice.add_row("names", value="Two", type="alias")
    twice.add_row("names", value="Two", type="former")

    for form in (again, twice):
        assert errors(form.send()).keys() == {"names"}
    assert organization.names.count() == 1


def test_party_has_a_role_once(admin_client):
    agreement = make_agreement()
    (party,) = agreement.parties.all()
    agency = make_organization()

    again = change_form(admin_client, agreement)
    again.add_row("parties", organization=party.organization, role="partner")
    twice = change_form(admin_client, agreement)
    twice.add_row("parties", organization=agency, role="agency")
    twice.add_row("parties", organization=agency, role="agency")
    two_roles = change_form(admin_client, agreement)
    two_roles.add_row("parties", organization=agency, role="agency")
    two_roles.add_row("parties", organization=agency, role="laboratory")

    for form in (again, twice):
        assert errors(form.send()).keys() == {"parties"}
    assert two_roles.send().status_code == 302


@pytest.mark.parametrize("make", [make_organization, make_agreement, make_event])
def test_source_is_cited_for_a_value_once(admin_client, make):
    record, source = make(), make_source("The news")
    cite(record, "summary_en", source=source)

    again = change_form(admin_client, record)
    again.add_row("citations", source=source, field="summary_en")
    twice = change_form(admin_client, record)
    twice.add_row("citations", source=source, field="summary_nl")
    twice.add_row("citations", source=source, field="summary_nl")

    assert errors(again.send()) == {"citations": ["This source is already cited for this value."]}
    assert errors(twice.send()) == {"citations": ["“The news” is cited twice for the same value."]}
    assert record.citations.count() == 2


def test_row_takes_the_place_of_a_deleted_one_after_it_is_gone(admin_client):
    organization, source = make_organization(cited=False), make_source()
    cite(organization, source=source)
    cite(organization, source=make_source())
    form = change_form(admin_client, organization)
    form.delete_row("citations", 0)
    form.add_row("citations", source=source, quote="better")

    assert form.send().status_code in (200, 302)  # told or done, and never an error of the server


def test_existing_citations_cannot_come_to_say_the_same(admin_client):
    organization, source = make_organization(cited=False), make_source()
    cite(organization, "name", source=source)
    cite(organization, "type", source=source)
    form = change_form(admin_client, organization)
    form["citations-0-field"] = form["citations-1-field"] = "city"

    assert "citations" in errors(form.send())


@pytest.mark.parametrize("make", [make_organization, make_agreement, make_event])
def test_citation_chooses_among_the_values_of_its_record_in_words(admin_client, make):
    record = make()
    page = admin_client.get(change_url(record))
    (formset,) = [
        inline.formset
        for inline in page.context["inline_admin_formsets"]
        if inline.formset.prefix == "citations"
    ]

    choices = formset.empty_form.fields["field"].choices

    assert [value for value, _label in choices] == [
        "",
        *(name for name in record.citable_fields if name != AMOUNTS_FIELD),
    ]
    assert str(choices[0][1]) == "The whole record"
    assert dict(choices)["summary_en"] == "Summary (English)"


def test_citation_refuses_a_value_that_its_record_does_not_have(admin_client):
    organization = make_organization()
    form = change_form(admin_client, organization)
    form.add_row("citations", source=make_source(), field="signed_date")

    assert "citations" in errors(form.send())


def test_citation_is_completed_in_its_own_form(admin_client):
    citation = cite(make_agreement(), "status")
    cite(citation.agreement, "binding", source=citation.source)
    form = change_form(admin_client, citation)

    assert errors(form.send(field="binding")) == {"__all__": ["This source is already cited for this value."]}
    assert errors(form.send(field="city")).keys() == {"field"}
    assert form.send(field="basis", quote="as it says", retrieved_date="2026-11-01").status_code == 302

    citation.refresh_from_db()
    assert (citation.field, citation.quote) == ("basis", "as it says")


def test_addresses_without_a_scheme_are_taken_as_secure(admin_client):
    organization = make_organization()

    change_form(admin_client, organization).send(website="example.org")

    organization.refresh_from_db()
    assert organization.website == "https://example.org"


def test_unchanged_form_changes_nothing(admin_client):
    organization = make_organization(
        names=["Other"], established=1999, city="Café", website="https://example.org", curator_note="a\nb"
    )
    cite(organization, "city", quote="seat")
    agreement = make_agreement(partners=[organization], mission_areas=[make_mission_area()])
    watched = {Organization: organization, Agreement: agreement}
    before = {model: model.objects.values().get(pk=record.pk) for model, record in watched.items()}
    citations = list(Citation.objects.order_by("pk").values())

    for record in watched.values():
        assert change_form(admin_client, record).send().status_code == 302

    for model, record in watched.items():
        after = model.objects.values().get(pk=record.pk)
        assert after | {"updated_at": None} == before[model] | {"updated_at": None}
    assert list(Citation.objects.order_by("pk").values()) == citations


def test_empty_rows_of_a_new_form_are_ignored(admin_client):
    form = add_form(admin_client, "agreement")
    # A row of citations stands beside each value that can be cited.
    beside = {value for name, value in form.data.items() if name.endswith("-beside")}
    assert form["parties-TOTAL_FORMS"] == 1
    assert beside - {""} == set(Agreement.citable_fields) - {"amounts"}

    assert form.send(title_en="Plain", slug="plain").status_code == 302

    assert not Agreement.objects.get().parties.exists()
    assert not Citation.objects.exists()


def test_search_and_filters_of_a_list_survive_a_visit_to_a_form(admin_client):
    organization = make_organization("Found", publication_state="draft")

    page = admin_client.get(list_url("organization", "q=found&publication_state__exact=draft"))
    link = f"{change_url(organization)}?_changelist_filters="

    assert link in page.content.decode()


def test_programme_is_changed(admin_client):
    programme = make_programme()

    form = change_form(admin_client, programme)
    sent = form.send(name_nl="Missie Genesis", lead=make_organization().pk, announcement=make_event().pk)

    assert sent.status_code == 302
    programme = Programme.objects.get()
    assert programme.name_nl == "Missie Genesis"
    assert programme.lead
    assert programme.announcement
