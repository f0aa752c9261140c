"""Deletions and actions work on what their page showed, and on nothing that was changed since."""

import pytest

from partners.changes.revising import revising
from partners.curation_vocabularies import Via
from partners.models import Organization, Sector, Writing
from tests.curation import act, change_url, delete, list_url, messages
from tests.past import from_here_on
from tests.records import (
    make_curator,
    make_organization,
    make_sector,
)
from tests.registered import (  # noqa: F401 (a fixture)
    ADMINS,
    INLINES,
    change_elsewhere,
    fields_in,
    inline_id,
    make_free,
    one_of_every_kind,
    rows_of,
    stored,
)

pytestmark = pytest.mark.django_db


# Deletions and actions -------------------------------------------------------------------------------------------------


# There is one programme, and nobody deletes it.
DELETED = [label for label in ADMINS if label != "partners.programme"]


@pytest.mark.parametrize("label", DELETED)
def test_deletion_of_a_record_changed_meanwhile_asks_again(admin_client, records, label):
    record = make_free(records[label])
    page = admin_client.get(change_url(record, "delete"))
    sent = {"post": "yes", "_opened": page.context["opened"]}
    changed = change_elsewhere(record, fields_in(admin_client.get(change_url(record))))

    asked = admin_client.post(change_url(record, "delete"), sent, follow=True)

    assert type(record)._base_manager.filter(pk=record.pk).exists()
    (said,) = messages(asked)
    assert said.startswith("Nothing is deleted yet")
    assert said.count("changed from") == len(changed)
    assert delete(admin_client, record).status_code == 302
    assert not type(record)._base_manager.filter(pk=record.pk).exists()


@pytest.mark.parametrize("label, inline", [each for each in INLINES if each[0] in DELETED], ids=inline_id)
def test_deletion_of_a_record_with_a_new_row_asks_again(admin_client, records, label, inline):
    record = make_free(records[label])
    theirs = stored(rows_of(record, inline).first())
    rows_of(record, inline).delete()
    sent = {"post": "yes", "_opened": admin_client.get(change_url(record, "delete")).context["opened"]}
    inline.model._base_manager.create(**theirs)

    asked = admin_client.post(change_url(record, "delete"), sent, follow=True)

    assert "was added meanwhile" in messages(asked)[0]
    assert type(record)._base_manager.filter(pk=record.pk).exists()


@pytest.mark.parametrize("what", ["field", "row", "set"])
@pytest.mark.parametrize("action", ["publish_selected", "withhold_selected", "delete_selected"])
def test_action_leaves_alone_what_was_changed_after_the_list_was_opened(admin_client, action, what):
    state = "in_review" if action != "delete_selected" else "draft"
    seen, changed = (
        make_organization(name, publication_state=state, names=["N"]) for name in ("Seen", "Changed")
    )
    listed = admin_client.get(list_url("organization")).context["listed"]
    if what == "field":
        Organization.objects.filter(pk=changed.pk).update(summary_en="Other")
    elif what == "row":
        changed.names.update(value="Other")
    else:
        changed.sectors.set([make_sector()])

    page = act(admin_client, action, seen, changed, _listed=listed)
    if action == "delete_selected":
        assert list(page.context["queryset"]) == [seen]
        return

    assert "“Changed” was left alone: it was changed after this list was opened." in messages(page)[0]
    seen.refresh_from_db(), changed.refresh_from_db()
    assert (seen.publication_state, changed.publication_state) == (
        {"publish_selected": "published", "withhold_selected": "withheld"}[action],
        "in_review",
    )


def test_action_shows_what_was_changed_after_the_list_was_opened(admin_client):
    changed = make_organization("Changed", publication_state="in_review", city="Delft", names=["N"])
    listed = admin_client.get(list_url("organization")).context["listed"]
    from_here_on()
    Organization.objects.filter(pk=changed.pk).update(city="Ghent")
    changed.names.update(value="Other")

    (said,) = messages(act(admin_client, "publish_selected", changed, _listed=listed))

    assert "City: changed from “Delft” to “Ghent”." in said
    assert "changed from “N” to “Other”." in said


def test_action_names_who_changed_it(admin_client):
    changed = make_organization("Changed", publication_state="in_review", city="Delft")
    listed = admin_client.get(list_url("organization")).context["listed"]
    Writing.objects.all().delete()
    with revising(Via.FORM, user=make_curator("grace")):
        Organization.objects.filter(pk=changed.pk).update(city="Ghent")

    (said,) = messages(act(admin_client, "publish_selected", changed, _listed=listed))

    assert said.endswith("City: changed from “Delft” to “Ghent”. By grace.")


def test_chosen_records_changed_after_the_question_are_not_deleted(admin_client):
    sectors = [make_sector("Seen"), make_sector("Changed")]
    question = act(admin_client, "delete_selected", *sectors)
    Sector.objects.filter(pk=sectors[1].pk).update(name_nl="Anders")
    chosen = {"action": "delete_selected", "_selected_action": [each.pk for each in sectors], "post": "yes"}

    page = admin_client.post(
        list_url("sector"), chosen | {"_listed": question.context["listed"]}, follow=True
    )

    assert [each.name_en for each in Sector.objects.all()] == ["Changed"]
    assert "“Changed” was left alone" in messages(page)[0]


def test_chosen_records_that_others_deleted_are_told_of(admin_client):
    seen, gone = (make_organization(name, publication_state="draft") for name in ("Seen", "Gone"))
    listed = admin_client.get(list_url("organization")).context["listed"]
    Organization.objects.filter(pk=gone.pk).delete()

    said = messages(act(admin_client, "send_selected_for_review", seen, gone, _listed=listed))

    assert said == [
        "1 of the chosen records is not there any more: it was deleted after this list was opened.",
        "1 organization was sent for review.",
    ]


def test_action_on_all_that_a_filter_finds_leaves_alone_what_its_page_showed_otherwise(admin_client):
    seen, changed = (make_organization(name, publication_state="in_review") for name in ("Seen", "Changed"))
    listed = admin_client.get(list_url("organization")).context["listed"]
    Organization.objects.filter(pk=changed.pk).update(summary_en="Other")
    unseen = make_organization("Unseen", publication_state="in_review")

    act(admin_client, "publish_selected", seen, changed, _listed=listed, select_across="1")

    assert set(Organization.objects.published()) == {seen, unseen}
