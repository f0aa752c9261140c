"""Several curators at once: what one saved is never replaced unseen by another, whatever the noun, field or row.

The laws go through all forms and inlines that are registered, so that a new one is tried without being told of.
"""

import pytest
from django.core import signing
from django.db import models

from partners.admin.concurrency import ConcurrentEdits
from partners.admin.concurrency.opened import OPENED_SALT, label_of_record
from tests.curation import change_form, change_url, errors, save
from tests.records import (
    make_source,
)
from tests.registered import (  # noqa: F401 (a fixture)
    ADMINS,
    INLINES,
    change_elsewhere,
    fields_in,
    inline_id,
    make_free,
    one_of_every_kind,
    prefix_of,
    row_fields,
    rows_of,
    stored,
    typed_in,
    without_rule,
)

pytestmark = pytest.mark.django_db


# The laws --------------------------------------------------------------------------------------------------------------


def test_every_form_that_is_registered_is_protected():
    assert all(isinstance(each, ConcurrentEdits) for each in ADMINS.values())
    # A list that can be edited would be a form of another kind, which nothing here protects.
    assert not any(each.list_editable for each in ADMINS.values())


@pytest.mark.parametrize("label", ADMINS)
def test_fields_that_only_others_changed_take_their_value_and_say_so(admin_client, records, label):
    record = records[label]
    form = change_form(admin_client, record)
    changed = change_elsewhere(record, fields_in(admin_client.get(change_url(record))))
    theirs = stored(record)
    assert changed

    refused = form.send()

    assert refused.status_code == 409
    assert stored(record) == theirs
    told = errors(refused)
    for name in changed:
        assert any("Changed meanwhile from" in each for each in told[name]), name
    again = form.returned(refused)
    save(again)
    assert stored(record) == theirs


@pytest.mark.parametrize("label", ADMINS)
def test_what_was_typed_stays_beside_what_others_saved(admin_client, records, label):
    record = records[label]
    form = change_form(admin_client, record)
    texts = {
        name: field
        for name, field in fields_in(admin_client.get(change_url(record))).items()
        if isinstance(record._meta.get_field(name), (models.CharField, models.TextField))
        and not isinstance(record._meta.get_field(name), (models.SlugField, models.URLField))
        and not getattr(field, "choices", ())
        and not record._meta.get_field(name).validators[1:]
    }
    for name in texts:
        form[name] = f"Mine {name}"
    changed = change_elsewhere(record, texts)

    refused = form.send()

    again = form.returned(refused)
    assert refused.status_code == 409
    for name in texts:
        assert again[name] == f"Mine {name}"
        if name in changed:
            told = "".join(errors(refused)[name])
            assert "What you wrote stands here" in told
            assert f"<ins>{getattr(record, name)}</ins>" in told
    # A third change in between is not overwritten unseen either.
    if changed:
        type(record)._base_manager.filter(pk=record.pk).update(**{changed[0]: "Third"})
        third = again.send()
        assert third.status_code == 409
        assert any("<ins>Third</ins>" in each for each in errors(third)[changed[0]])
        again, refused = again.returned(third), third
    save(again.choose(refused, "mine"))
    record.refresh_from_db()
    assert [getattr(record, name) for name in texts] == [f"Mine {name}" for name in texts]


@pytest.mark.parametrize("label, inline", INLINES, ids=inline_id)
def test_row_that_others_changed_shows_their_values(admin_client, records, label, inline):
    record = without_rule(records[label])
    row = rows_of(record, inline).first()
    form = change_form(admin_client, record)
    changed = change_elsewhere(row, row_fields(admin_client, record, inline))
    theirs = stored(row)
    assert changed

    refused = form.send()

    assert refused.status_code == 409
    assert stored(row) == theirs
    told = errors(refused)[prefix_of(refused, inline)]
    assert sum("Changed meanwhile from" in each for each in told) == len(changed)
    save(form.returned(refused))
    assert stored(row) == theirs


@pytest.mark.parametrize("label, inline", INLINES, ids=inline_id)
def test_row_that_others_deleted_goes_from_the_form(admin_client, records, label, inline):
    record = without_rule(records[label])
    form = change_form(admin_client, record)
    rows_of(record, inline).delete()

    refused = form.send()

    assert refused.status_code == 409
    assert any("was deleted meanwhile" in each for each in errors(refused)[prefix_of(refused, inline)])
    save(form.returned(refused))
    assert not rows_of(record, inline).exists()


@pytest.mark.parametrize("label, inline", INLINES, ids=inline_id)
def test_row_that_others_deleted_while_it_was_edited_comes_back_as_a_new_one(
    admin_client, records, label, inline
):
    record = without_rule(records[label])
    row = rows_of(record, inline).first()
    form = change_form(admin_client, record)
    prefix = prefix_of(admin_client.get(change_url(record)), inline)
    name, value = typed_in(row, row_fields(admin_client, record, inline))
    form[f"{prefix}-0-{name}"] = value
    rows_of(record, inline).delete()

    refused = form.send()

    assert refused.status_code == 409
    assert any("stands in a new row" in each for each in errors(refused)[prefix])
    save(form.returned(refused))
    again = rows_of(record, inline).get()
    assert again.pk != row.pk
    assert str(getattr(again, again._meta.get_field(name).attname)) == str(value)


@pytest.mark.parametrize("label, inline", INLINES, ids=inline_id)
def test_row_that_others_added_survives_and_is_shown(admin_client, records, label, inline):
    record = records[label]
    theirs = stored(rows_of(record, inline).first())
    rows_of(record, inline).delete()
    form = change_form(admin_client, without_rule(record))
    added = inline.model._base_manager.create(**theirs)

    refused = form.send()

    assert refused.status_code == 409
    assert any("was added meanwhile" in each for each in errors(refused)[prefix_of(refused, inline)])
    save(form.returned(refused))
    assert [row.pk for row in rows_of(record, inline)] == [added.pk]


@pytest.mark.parametrize("label", ADMINS)
def test_form_that_does_not_say_what_it_showed_is_refused_once(admin_client, records, label):
    earlier = signing.dumps(
        {"record": label_of_record(records[label]), "values": {}}, salt=OPENED_SALT, compress=True
    )
    for forged in (
        "",
        "forged",
        "é:\0:☃",
        earlier,
        change_form(admin_client, make_source("Unlike"))["_opened"],
    ):
        form = change_form(admin_client, records[label])
        form["_opened"] = forged

        refused = form.send()

        assert refused.status_code == 409
        assert "did not say what it had shown" in refused.context["meanwhile"].refusal()
        save(form.returned(refused))


@pytest.mark.parametrize("label", ADMINS)
def test_record_that_others_deleted_is_offered_anew_as_it_was_typed(admin_client, records, label):
    record = make_free(records[label])
    form = change_form(admin_client, record)
    record.delete()

    refused = form.send()

    assert refused.status_code == 409
    if not ADMINS[label].has_add_permission(refused.wsgi_request):
        assert "to be copied" in refused.content.decode()
        return
    assert "somebody else deleted this record" in refused.context["meanwhile"].refusal()
    again = form.returned(refused)
    if "slug" in again.data:
        again["slug"] = "anew"
    if label == "auth.user":
        again.data |= {"email": "anew@example.org", "role": "Reviewer"}
    save(again)
    assert type(record)._base_manager.exclude(pk=record.pk).exists()


@pytest.mark.parametrize("label", ADMINS)
def test_form_that_is_sent_to_delete_a_record_that_is_gone_is_answered(admin_client, records, label):
    """Nobody does that by hand; by a program that sends forms anywhere it was a 500."""
    record = make_free(records[label])
    form = change_form(admin_client, record)
    form.url = form.url.replace("/change/", "/delete/")
    record.delete()

    assert form.send().status_code in (302, 403, 409)
