"""Verified today: noted by one click in three places, kept in the journal, and nothing that readers see."""

import datetime

import pytest
from django.urls import reverse

from partners.admin.roles import CONTRIBUTOR, REVIEWER
from partners.models import Organization, Proposal, Revision
from partners.models.validators import today
from tests.curation import change_url, messages
from tests.database import queries_of
from tests.packages import dump_dataset
from tests.past import from_here_on
from tests.proposals import accept_each, public_package, somebody
from tests.records import make_agreement, make_curator, make_event, make_organization, make_source

pytestmark = pytest.mark.django_db
VERIFY, DUE = reverse("admin:verify"), reverse("admin:unverified")
EDIT = reverse("admin:partners_organization_edit")


@pytest.fixture
def reviewer():
    return somebody(REVIEWER)


def verify(client, *records, **more):
    named = [f"{record._meta.model_name} {record.pk}" for record in records]
    return client.post(VERIFY, {"verified": named, **more})


def day_of(record) -> datetime.date | None:
    record.refresh_from_db()
    return record.verified_date


def due(client) -> list[str]:
    return [str(row["record"]) for row in client.get(DUE).context["rows"]]


def test_one_click_on_the_page_of_a_record_notes_it_and_readers_see_nothing_of_it(reviewer, tmp_path):
    record = make_organization("Alpha")
    before, page = public_package(), reviewer.get(change_url(record))
    assert f'value="organization {record.pk}"' in page.content.decode()

    answer = verify(reviewer, record, next=change_url(record))

    assert (answer.url, day_of(record)) == (change_url(record), today())
    assert public_package() == before
    newest = Revision.objects.first()
    assert (newest.via, newest.why, newest.name_of_who) == ("form", "Verified", "reviewer")
    history = reviewer.get(reverse("admin:partners_organization_history", args=[record.pk]))
    assert "Verified on" in history.content.decode()
    # Curators find it in their package. Pressed twice is pressed once.
    assert str(today()) in str(dump_dataset(tmp_path)["organizations.csv"])
    number = newest.number
    again = reviewer.post(VERIFY, {"verified": f"organization {record.pk}"}, follow=True)
    assert messages(again)[-1] == "This was noted today already."
    assert Revision.objects.first().number == number


def test_the_queue_has_what_is_due_and_loses_what_was_verified(reviewer):
    old = make_organization("Old", verified_date=today() - datetime.timedelta(366))
    make_organization("Fresh", verified_date=today() - datetime.timedelta(364))
    make_organization("Draft", publication_state="draft")
    never = make_event("Never")
    assert due(reviewer) == ["Never", "Old"]

    answer = verify(reviewer, old, never, next=DUE)

    assert (answer.url, due(reviewer)) == (DUE, [])
    assert Revision.objects.first().via == "list"
    needs = {need.label: need.count for need in reviewer.get(reverse("admin:index")).context["work"]["needs"]}
    assert needs["Not verified for a year"] == 0


def test_it_can_be_noted_of_many_in_bulk_and_taken_back(reviewer):
    records = [make_organization(f"Record {number}") for number in range(3)]
    page = reviewer.post(EDIT, {"_selected_action": [each.pk for each in records], "select_across": "0"})
    sent = {"_keys": page.context["keys"], "_asked": "1", "set_verified_date": today().isoformat()}
    preview = reviewer.post(EDIT, sent)
    assert {after for *_rest, after in preview.context["cells"]} == {today().isoformat()}
    from_here_on()
    reviewer.post(EDIT, sent | {"_planned": preview.context["planned"], "_apply": "1"})
    assert {day_of(each) for each in records} == {today()}

    undo = reverse("admin:partners_revision_undo", args=[Revision.objects.first().number])
    reviewer.post(undo, {"undo": "yes", "_base": reviewer.get(undo).context.get("base", "")})

    assert {day_of(each) for each in records} == {None}


def test_whoever_may_not_publish_proposes_it():
    contributor, record = somebody(CONTRIBUTOR), make_organization("Alpha")
    verify(contributor, record)
    assert day_of(record) is None
    accept_each(somebody(REVIEWER, "rosa"), Proposal.objects.get())
    assert day_of(record) == today()


def test_only_what_can_be_verified_is_taken(reviewer, client):
    client.force_login(make_curator("idle", ["view_organization"]))
    assert verify(client, make_organization()).status_code == 403
    source = make_source("A source")
    assert verify(reviewer, source).status_code == 404
    assert reviewer.post(VERIFY, {"verified": "organization 999999999"}).status_code == 404
    assert reviewer.post(VERIFY, {"verified": "organization x"}).status_code == 404
    assert reviewer.post(VERIFY).status_code == 404
    assert reviewer.get(VERIFY).status_code == 405
    # It leads to no other site.
    assert verify(reviewer, make_organization(), next="https://example.org/").url == DUE


def test_the_queue_costs_no_more_queries_with_more_rows(reviewer):
    make_organization("First")
    make_agreement("Agreement", partners=[make_organization("Second")])
    reviewer.get(DUE)
    few = queries_of(reviewer.get, DUE)
    for number in range(10):
        make_organization(f"More {number}")
    reviewer.get(DUE)
    assert queries_of(reviewer.get, DUE) == few
    assert Organization.objects.count() == 12
