"""Publication in curation: what the buttons and actions do, whom they obey, and what they refuse."""

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from partners.models import (
    Agreement,
    AgreementParty,
    Citation,
    Event,
    FacetEntry,
    FacetStale,
    Organization,
    OrganizationName,
    Proposal,
    Source,
)
from partners.selection.index import bring_up_to_date
from tests.curation import (
    Form,
    act,
    add_form,
    change_form,
    change_url,
    delete,
    errors,
    list_url,
    messages,
)
from tests.records import (
    add_party,
    cite,
    make_agreement,
    make_curator,
    make_event,
    make_mission_area,
    make_organization,
    make_partner,
    make_sector,
    make_source,
)

pytestmark = pytest.mark.django_db

EVERYTHING_BUT_PUBLISHING = [
    f"{verb}_{model}"
    for verb in ("view", "add", "change", "delete")
    for model in (
        "organization",
        "organizationname",
        "agreement",
        "agreementparty",
        "event",
        "citation",
        "source",
    )
]
BUTTONS = {
    "draft": ["publish", "send_for_review"],
    "in_review": ["publish", "return_to_draft", "withhold"],
    "published": ["withhold"],
    "withheld": ["publish", "return_to_draft"],
}
MAKERS = [make_organization, make_agreement, make_event]


def state(record):
    return type(record).objects.get(pk=record.pk).publication_state


def history(record):
    """What the history of a record says, oldest first."""
    entries = LogEntry.objects.filter(object_id=str(record.pk), content_type__model=record._meta.model_name)
    return [entry.get_change_message() for entry in entries.order_by("pk")]


# The journey ---------------------------------------------------------------------------------------------------------


def test_curator_writes_and_publishes_a_partner_and_its_agreement(admin_client, client):
    sector, area, agency = make_sector("Quantum"), make_mission_area("Fusion"), make_organization("Energy")

    form = add_form(admin_client, "source")
    added = form.send(
        title="The news", slug="the-news", url="https://example.org/", kind="news", stance="reporting"
    )
    assert added.status_code == 302
    source = Source.objects.get(slug="the-news")

    form = add_form(admin_client, "organization")
    form.add_row("names", value="AWS", type="acronym")
    form.add_row("citations", source=source, field="")
    form.add_row("citations", source=source, field="city", quote="in Seattle", retrieved_date="2026-11-01")
    added = form.send(
        "_publish",
        name="Amazon Web Services",
        slug="aws",
        type="company",
        summary_en="A cloud.",
        sectors=[sector.pk],
    )
    assert added.status_code == 302
    organization = Organization.objects.published().get(slug="aws")
    assert organization.published_at is not None
    assert [name.value for name in organization.names.all()] == ["AWS"]
    assert list(organization.sectors.all()) == [sector]
    assert organization.citations.get(field="city").quote == "in Seattle"
    assert history(organization) == [
        "Added. Added other name “AWS”. Added citation “The news”. Added citation “The news: city”.",
        "Published.",
    ]

    form = add_form(admin_client, "agreement")
    form.add_row("parties", organization=organization, role="partner")
    form.add_row("parties", organization=agency, role="agency")
    form.add_row("citations", source=source)
    sent = form.send(
        "_publish",
        title_en="Clouds for fusion",
        slug="clouds",
        agreement_type="mou",
        summary_en="A cloud for fusion.",
        mission_areas=[area.pk],
    )
    assert sent.status_code == 302
    assert list(Organization.objects.partners()) == [organization]
    agreement = Agreement.objects.published().get()
    assert list(agreement.mission_areas.all()) == [area]
    assert client.get(agreement.get_absolute_url()).status_code == 200
    assert client.get(organization.get_absolute_url()).status_code == 200


# Buttons -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", BUTTONS)
def test_form_offers_the_steps_that_its_state_allows(admin_client, before):
    page = admin_client.get(change_url(make_organization(publication_state=before)))

    assert [step.name for step in page.context["steps"]] == BUTTONS[before]
    for name in BUTTONS[before]:
        assert f'name="_{name}"' in page.content.decode()


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(
    "before, button, after",
    [
        ("draft", "_save", "draft"),
        ("draft", "_continue", "draft"),
        ("draft", "_publish", "published"),
        ("draft", "_send_for_review", "in_review"),
        ("in_review", "_return_to_draft", "draft"),
        ("in_review", "_withhold", "withheld"),
        ("published", "_save", "published"),
        ("published", "_withhold", "withheld"),
        ("withheld", "_publish", "published"),
        ("withheld", "_return_to_draft", "draft"),
    ],
)
def test_button_saves_and_moves_the_record(admin_client, make, before, button, after):
    record = make(publication_state=before)

    answer = change_form(admin_client, record).send(button, summary_nl="In het Nederlands.", _breaks="yes")

    assert answer.status_code == 302
    record.refresh_from_db()
    assert (record.publication_state, record.summary_nl) == (after, "In het Nederlands.")
    assert (record.published_at is not None) == ("published" in (before, after))


def test_enter_in_a_field_saves_and_does_not_publish(admin_client):
    html = admin_client.get(change_url(make_organization(publication_state="draft"))).content.decode()

    assert html.index('name="_save"') < html.index('name="_publish"')


def test_what_a_curator_saves_is_indexed_at_once(admin_client):
    """The next reader finds nothing to write, and so waits for no other writer."""
    organization = make_partner("Alpha", publication_state="draft")
    bring_up_to_date()

    change_form(admin_client, organization).send("_publish")

    assert Organization.objects.get().is_published
    assert not FacetStale.objects.exists()
    assert FacetEntry.objects.filter(record_id=organization.pk).exists()


def test_publishing_again_keeps_the_day_of_the_first_time(admin_client):
    first = timezone.now() - timezone.timedelta(days=9)
    record = make_organization(publication_state="withheld", published_at=first)

    change_form(admin_client, record).send("_publish")

    record.refresh_from_db()
    assert record.published_at == first


def test_state_cannot_be_typed(admin_client):
    record = make_organization(publication_state="draft")

    change_form(admin_client, record).send("_save", publication_state="published", published_at="2026-01-01")

    assert state(record) == "draft"


@pytest.mark.parametrize("button", ["_send_for_review", "_return_to_draft", "_publish"])
def test_step_that_the_state_does_not_allow_is_forbidden(admin_client, button):
    record = make_organization(name="Before")

    answer = change_form(admin_client, record).send(button, name="After")

    assert answer.status_code == 403
    record.refresh_from_db()
    assert (record.publication_state, record.name) == ("published", "Before")


@pytest.mark.parametrize("make", MAKERS)
def test_publishing_takes_a_permission_of_its_own(client, make):
    client.force_login(make_curator(permissions=EVERYTHING_BUT_PUBLISHING))
    draft, public = make(publication_state="draft"), make()

    page = client.get(change_url(draft)).content.decode()
    assert "_send_for_review" in page
    assert "Propose to publish" in page and "Save and publish" not in page
    assert "Propose to withhold" in client.get(change_url(public)).content.decode()

    assert change_form(client, draft).send("_publish").status_code == 302
    assert change_form(client, public).send("_withhold", _breaks="yes").status_code == 302
    assert (state(draft), state(public)) == ("draft", "published")
    assert [each.cells.get(column="publication_state").after for each in Proposal.objects.all()] == [
        "withheld",
        "published",
    ]
    assert change_form(client, draft).send("_send_for_review").status_code == 302
    assert state(draft) == "in_review"
    # To take it out of review is for whoever decides about it.
    assert change_form(client, draft).send("_withhold").status_code == 403


def test_curator_who_may_only_look_gets_no_buttons(client):
    client.force_login(make_curator(permissions=["view_organization", "publish_organization"]))

    page = client.get(change_url(make_organization(publication_state="draft")))

    assert page.context["steps"] == []


# Refusals ------------------------------------------------------------------------------------------------------------


def test_publishing_an_empty_record_says_everything_it_lacks_and_keeps_what_was_typed(admin_client):
    form = add_form(admin_client, "organization")
    form.add_row("names", value="The typed name", type="former")
    form.data |= {"name": "Typed", "slug": "typed", "city": "Typed city", "curator_note": "A typed note"}

    answer = form.send("_publish")

    assert answer.status_code == 200
    assert not Organization.objects.exists()
    assert not OrganizationName.objects.exists()
    assert not LogEntry.objects.exists()
    assert errors(answer) == {
        "__all__": [
            "Nothing is saved yet: a public record cannot be without type, summary (English), a source (a citation)."
        ],
        "type": ["Needed for publication."],
        "summary_en": ["Needed for publication."],
        "citations": ["Needed for publication: a source (a citation)."],
    }
    html = answer.content.decode()
    for typed in ("Typed", "typed", "Typed city", "A typed note", "The typed name"):
        assert f'"{typed}"' in html or f">\n{typed}</textarea>" in html
    for error in errors(answer).values():
        assert error[0] in html
    assert messages(answer) == []


def test_refused_form_can_be_completed_and_sent_again(admin_client):
    source = make_source()
    form = add_form(admin_client, "organization")
    form.data |= {"name": "Typed", "slug": "typed", "type": "company", "summary_en": "What it is."}
    assert form.send("_publish").status_code == 200

    form.add_row("citations", source=source)

    assert form.send("_publish").status_code == 302
    assert Organization.objects.published().count() == 1


def test_half_an_organization_can_be_saved_as_a_draft(admin_client):
    assert add_form(admin_client, "organization").send(name="Half", slug="half").status_code == 302
    assert Organization.objects.get().publication_state == "draft"


@pytest.mark.parametrize(
    "parties, lack",
    [
        ([], "a partner (a party with that role)"),
        ([("published", "laboratory")], "a partner (a party with that role)"),
        ([("draft", "partner")], "a partner that is published itself"),
        ([("draft", "partner"), ("published", "agency")], "a partner that is published itself"),
        ([("draft", "partner"), ("published", "partner")], None),
    ],
)
def test_agreement_needs_a_published_partner(admin_client, parties, lack):
    agreement = make_agreement(partners=[], publication_state="draft")
    form = change_form(admin_client, agreement)
    for publication_state, role in parties:
        organization = make_organization(publication_state=publication_state)
        form.add_row("parties", organization=organization, role=role)

    answer = form.send("_publish")

    if lack:
        assert errors(answer)["parties"] == [f"Needed for publication: {lack}."]
        assert not AgreementParty.objects.exists()
    else:
        assert answer.status_code == 302
    assert state(agreement) == ("draft" if lack else "published")


@pytest.mark.parametrize("make", MAKERS)
def test_public_record_keeps_its_last_source(admin_client, make):
    record = make()
    form = change_form(admin_client, record)
    form.delete_row("citations")

    answer = form.send(summary_en="Changed.")

    assert errors(answer)["citations"] == ["Needed for publication: a source (a citation)."]
    record.refresh_from_db()
    assert record.citations.count() == 1
    assert record.summary_en != "Changed."


def test_public_agreement_keeps_its_last_partner(admin_client):
    agreement = make_agreement()
    form = change_form(admin_client, agreement)
    form.delete_row("parties")

    assert "parties" in errors(form.send())
    assert agreement.parties.count() == 1


@pytest.mark.parametrize("make", MAKERS)
def test_public_record_keeps_its_summary_and_says_all_it_would_lack(admin_client, make):
    record = make()
    form = change_form(admin_client, record)
    form.delete_row("citations")

    found = errors(form.send(summary_en="  "))

    assert found.keys() == {"__all__", "summary_en", "citations"}
    record.refresh_from_db()
    assert record.summary_en
    assert record.publication_state == "published"


def test_incomplete_public_record_can_be_withheld_in_the_same_step(admin_client):
    record = make_organization()
    form = change_form(admin_client, record)
    form.delete_row("citations")

    assert form.send("_withhold", summary_en="").status_code == 302

    record.refresh_from_db()
    assert (record.publication_state, record.summary_en) == ("withheld", "")


def test_other_errors_of_a_form_are_shown_as_always(admin_client):
    form = add_form(admin_client, "organization")
    form.add_row("citations", source=make_source(), retrieved_date="yesterday")

    found = errors(form.send("_publish", name="", slug="", established="long ago"))

    (day,) = found.pop("citations")
    assert "“yesterday” is not a day" in day
    assert found == {
        "name": ["This field is required."],
        "established": ["Enter a whole number."],
    }


def test_curator_without_a_look_at_citations_is_told_of_a_missing_one_above_the_form(client):
    allowed = ["view_organization", "change_organization", "publish_organization"]
    client.force_login(make_curator(permissions=allowed))
    record = make_organization(publication_state="draft", cited=False)

    found = errors(change_form(client, record).send("_publish"))

    assert "a source (a citation)" in found["__all__"][0]


# Actions -------------------------------------------------------------------------------------------------------------


def test_publishing_a_selection_counts_the_published_and_lists_the_refused(admin_client):
    ready = [make_organization(publication_state="draft"), make_organization(publication_state="in_review")]
    bare = make_organization("Bare", publication_state="draft", summary_en="", cited=False)
    public = make_organization("Public")

    page = act(admin_client, "publish_selected", *ready, bare, public)

    assert [state(record) for record in (*ready, bare, public)] == [
        "published",
        "published",
        "draft",
        "published",
    ]
    assert messages(page) == [
        "2 organizations were published.",
        "“Bare” cannot be published yet. It lacks: summary (English), a source (a citation).",
        "“Public” was not published. It is: Published.",
    ]
    for record in ready:
        record.refresh_from_db()
        assert record.published_at is not None
        assert history(record) == ["Published."]
    assert history(bare) == history(public) == []


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(
    "action, before, after, noted",
    [
        ("publish_selected", "draft", "published", "Published."),
        ("send_selected_for_review", "draft", "in_review", "Sent for review."),
        ("return_selected_to_draft", "in_review", "draft", "Returned to draft."),
        ("withhold_selected", "published", "withheld", "Withheld."),
    ],
)
def test_action_moves_the_records_and_notes_it(admin_client, make, action, before, after, noted):
    record = make(publication_state=before)

    page = act(admin_client, action, record)

    assert state(record) == after
    assert history(record) == [noted]
    assert messages(page)[0].startswith(f"1 {record._meta.verbose_name} was ")


def test_many_refusals_do_not_flood_the_page(admin_client):
    records = [make_event(publication_state="draft", cited=False) for _each in range(30)]

    said = messages(act(admin_client, "publish_selected", *records))

    assert len(said) == 26
    assert said[-1] == "And 5 more, for reasons of the same kind."


@pytest.mark.parametrize("make", MAKERS)
def test_actions_take_the_permission_they_need(client, make):
    client.force_login(make_curator(permissions=EVERYTHING_BUT_PUBLISHING))
    draft, public = make(publication_state="draft"), make()

    html = client.get(list_url(draft._meta.model_name)).content.decode()
    assert "send_selected_for_review" in html
    assert "Propose to publish selected" in html and "Propose to withhold selected" in html

    act(client, "publish_selected", draft)
    act(client, "withhold_selected", public)
    assert (state(draft), state(public)) == ("draft", "published")
    assert Proposal.objects.filter(state="open").count() == 2


def test_what_is_refused_of_a_selection_is_told_beside_the_proposal(client):
    client.force_login(make_curator(permissions=EVERYTHING_BUT_PUBLISHING))
    ready, empty = (
        make_organization("Ready", publication_state="draft"),
        Organization.objects.create(name="Empty", slug="e"),
    )

    page = act(client, "publish_selected", ready, empty)

    assert [each.split(" ")[0] for each in messages(page)] == ["“Empty”", "Proposed:"]
    assert {each.record for each in Proposal.objects.get().cells.all()} == {ready.pk}


def test_publisher_of_events_publishes_no_organizations(client):
    allowed = ["publish_event", "change_event", "view_event", "change_organization", "view_organization"]
    client.force_login(make_curator(permissions=allowed))
    organization, event = make_organization(publication_state="draft"), make_event(publication_state="draft")

    act(client, "publish_selected", organization)
    act(client, "publish_selected", event)

    assert (state(organization), state(event)) == ("draft", "published")


# Withholding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["button", "action"])
def test_withholding_the_only_partner_names_the_agreements_that_disappear(admin_client, by):
    partner, other = make_organization("Partner"), make_organization()
    make_agreement("Alone", partners=[partner])
    make_agreement("Together", partners=[partner, other])
    make_agreement("Unfinished", partners=[partner], publication_state="draft")
    make_agreement("As a laboratory", partners=[other], laboratories=[partner])

    if by == "action":
        page = act(admin_client, "withhold_selected", partner)
    else:
        change_form(admin_client, partner).send("_withhold", _breaks="yes")
        page = admin_client.get(list_url("organization"))

    warning = "No longer public, because no other partner of theirs is published: “Alone”."
    assert warning in messages(page)
    assert state(partner) == "withheld"
    assert sorted(map(str, Agreement.objects.published())) == ["As a laboratory", "Together"]


def test_withholding_two_partners_of_an_agreement_warns_with_the_last(admin_client):
    partners = [make_organization(), make_organization()]
    make_agreement("Shared", partners=partners)

    said = messages(act(admin_client, "withhold_selected", *partners))

    assert [message for message in said if "Shared" in message] == [
        "No longer public, because no other partner of theirs is published: “Shared”."
    ]


# Deleting ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", MAKERS)
def test_public_record_is_not_deleted_before_it_is_withheld(admin_client, make):
    public, draft = make(), make(publication_state="draft")

    assert delete(admin_client, public).status_code == 403
    asked = act(admin_client, "delete_selected", public, draft)
    assert "which have to be withheld first" in asked.content.decode()
    chosen = {"action": "delete_selected", "_selected_action": [public.pk, draft.pk], "post": "yes"}
    admin_client.post(list_url(public._meta.model_name), chosen)
    assert type(public).objects.filter(pk__in=[public.pk, draft.pk]).count() == 2

    act(admin_client, "withhold_selected", public)
    assert delete(admin_client, public).status_code == 302
    assert not type(public).objects.filter(pk=public.pk).exists()


def test_last_source_of_a_public_record_is_not_deleted_in_the_list_of_citations(admin_client):
    organization = make_organization("Public")
    (citation,) = organization.citations.all()

    for answer in (
        admin_client.get(change_url(citation, "delete"), follow=True),
        delete(admin_client, citation, follow=True),
    ):
        refusal = "This is the only source of “Public”, which is public. Cite another one first."
        assert messages(answer)[-1] == refusal
    assert organization.citations.count() == 1

    cite(organization, "name")
    assert delete(admin_client, citation).status_code == 302
    assert organization.citations.count() == 1


def test_source_of_a_draft_is_deleted_in_the_list_of_citations(admin_client):
    (citation,) = make_organization(publication_state="draft").citations.all()

    delete(admin_client, citation)

    assert not Citation.objects.exists()


def test_citations_are_not_deleted_in_bulk(admin_client):
    citation = cite(make_organization(), "name")

    act(admin_client, "delete_selected", citation)

    assert Citation.objects.filter(pk=citation.pk).exists()


def test_citation_cannot_be_moved_to_another_record(admin_client):
    one, other = make_organization(), make_organization()
    (citation,) = one.citations.all()

    change_form(admin_client, citation).send(organization=other.pk)

    assert list(one.citations.all()) == [citation]


def test_cited_source_and_party_cannot_be_deleted(admin_client):
    agreement = make_agreement(publication_state="draft")
    (party,) = agreement.parties.all()
    act(admin_client, "withhold_selected", party.organization)

    for record in (agreement.citations.get().source, party.organization):
        answer = delete(admin_client, record)
        assert answer.status_code == 200
        assert "protected related objects" in answer.content.decode()
        assert type(record).objects.filter(pk=record.pk).exists()


def test_draft_is_deleted_with_its_own_rows(admin_client):
    organization = make_organization(publication_state="draft", names=["Other"])

    assert delete(admin_client, organization).status_code == 302

    assert not Organization.objects.exists()
    assert not Citation.objects.exists()


# Copies --------------------------------------------------------------------------------------------------------------


def test_copy_of_a_public_agreement_is_a_draft_with_an_address_of_its_own(admin_client):
    agreement = make_agreement("Original")
    form = change_form(admin_client, agreement)

    assert "slug" in errors(form.send("_saveasnew"))
    form["title_en"] = "Copy"
    assert form.send("_saveasnew", slug="copy").status_code == 302

    copy = Agreement.objects.get(slug="copy")
    assert (copy.publication_state, copy.published_at) == ("draft", None)
    assert copy.parties.count() == copy.citations.count() == 1
    assert agreement.parties.count() == agreement.citations.count() == 1
    assert state(agreement) == "published"


def test_popup_publishes_a_party_that_an_agreement_needs(admin_client):
    form = Form(admin_client, f"{list_url('organization')}add/?_popup=1&_to_field=id")
    form.add_row("citations", source=make_source())

    answer = form.send("_publish", name="New", slug="new", type="company", summary_en="New.", _popup="1")

    assert answer.status_code == 200
    assert "popup_response" in answer.content.decode()
    assert Organization.objects.published().count() == 1


def test_events_publish_with_a_title_summary_and_source(admin_client):
    form = add_form(admin_client, "event")
    form.data |= {"title_en": "Order", "slug": "order", "date": "2025-11-24"}
    assert errors(form.send("_publish")).keys() == {"__all__", "summary_en", "citations"}

    form.add_row("citations", source=make_source())

    assert form.send("_publish", summary_en="An order.").status_code == 302
    assert Event.objects.published().count() == 1


def test_agreement_of_a_partner_withheld_elsewhere_says_why_it_cannot_be_saved(admin_client):
    agreement = make_agreement()
    (party,) = agreement.parties.all()
    act(admin_client, "withhold_selected", party.organization)

    found = errors(change_form(admin_client, agreement).send())

    assert found["parties"] == ["Needed for publication: a partner that is published itself."]
    assert change_form(admin_client, agreement).send("_withhold").status_code == 302


def test_party_rows_say_whether_the_organization_is_published(admin_client):
    agreement = make_agreement()
    add_party(agreement, make_organization(publication_state="in_review"), "laboratory")

    html = admin_client.get(change_url(agreement)).content.decode()

    assert "<p>In review</p>" in html
    assert "<p>Published</p>" in html
