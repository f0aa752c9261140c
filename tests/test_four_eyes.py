"""With FOUR_EYES nothing that readers see changes by one person alone, by whichever way; without it, a reviewer may."""

import pytest

from partners.admin.roles import CONTRIBUTOR, REVIEWER
from partners.models import DataVersion, Organization, Proposal
from tests.curation import act, change_form, save
from tests.proposals import (
    accept_each,
    cell,
    deeds,
    ended,
    press,
    propose,
    somebody,
)
from tests.records import make_organization, make_sector
from tests.registered import one_of_every_kind  # noqa: F401 (a fixture)

pytestmark = pytest.mark.django_db
# One of every kind of deed: what they write is tried for all of them by test_proposals.
ONE_EACH = list({deed.name.split()[0]: deed for deed in deeds()}.values())


@pytest.fixture
def contributor(db):
    return somebody(CONTRIBUTOR)


@pytest.fixture
def reviewer(db):
    return somebody(REVIEWER)


@pytest.fixture
def alpha(db):
    return make_organization("Alpha", city="Santa Clara", names=["A"], sectors=[make_sector("Chips")])


@pytest.fixture
def four_eyes(settings):
    settings.FOUR_EYES = True


def test_with_four_eyes_a_reviewer_proposes_too_and_another_one_accepts(four_eyes, reviewer, alpha):
    proposal = propose(reviewer, alpha, city="San José")

    alpha.refresh_from_db()
    assert alpha.city == "Santa Clara"
    assert accept_each(reviewer, proposal).status_code == 409
    sent = {f"cell-{cell(proposal, 'city').pk}": "accept"}
    assert press(reviewer, proposal, "decide", **sent).status_code == 403
    accept_each(somebody(REVIEWER, "ada"), proposal)
    alpha.refresh_from_db()
    assert alpha.city == "San José"


def test_with_four_eyes_nobody_publishes_what_he_wrote_last(four_eyes, contributor, reviewer):
    draft = make_organization("Draft", publication_state="draft")
    ended()
    ada = somebody(REVIEWER, "ada")
    edit = change_form(reviewer, draft)
    edit["city"] = "Oakland"
    save(edit)

    act(reviewer, "publish_selected", draft)
    draft.refresh_from_db()
    assert draft.publication_state == "draft"
    proposal = Proposal.objects.get()
    assert accept_each(reviewer, proposal).status_code == 409
    act(ada, "publish_selected", draft)
    draft.refresh_from_db()
    assert draft.publication_state == "published"
    # To take it away again in a hurry needs nobody else, and neither does to show the same again.
    act(ada, "withhold_selected", draft)
    act(ada, "publish_selected", draft)
    draft.refresh_from_db()
    assert draft.publication_state == "published"


def test_with_four_eyes_a_publication_can_be_proposed(four_eyes, reviewer):
    draft = make_organization("Draft", publication_state="draft")
    save_it = change_form(reviewer, draft)
    save_it["city"] = "Oakland"
    assert save_it.send("_publish").status_code == 302

    accept_each(somebody(REVIEWER, "ada"), Proposal.objects.get())

    draft.refresh_from_db()
    assert (draft.publication_state, draft.city) == ("published", "Oakland")
    assert draft.published_at is not None


@pytest.mark.parametrize("deed", ONE_EACH, ids=str)
def test_with_four_eyes_a_deed_of_a_reviewer_waits_for_another_one(four_eyes, records, deed):
    deed.prepare(records)
    ended()
    reviewer, before = somebody(REVIEWER), DataVersion.current()

    deed.do(reviewer, records)

    if deed.name.startswith(("withhold", "publish")):
        # To take something away in a hurry needs nobody else, and to publish what others wrote is to be the second one.
        assert not Proposal.objects.exists()
        return
    assert DataVersion.current() == before
    proposal = Proposal.objects.get()
    assert accept_each(reviewer, proposal).status_code == 409
    assert accept_each(somebody(REVIEWER, "ada"), proposal).status_code == 302
    proposal.refresh_from_db()
    assert (proposal.state, proposal.events.last().name_of_who) == ("applied", "ada")


def test_with_four_eyes_a_comma_of_somebody_else_makes_no_second_one(four_eyes, contributor, reviewer):
    draft = make_organization("Draft", publication_state="draft")
    ended()
    for client, city in ((reviewer, "Oakland"), (contributor, "Oakland, East")):
        edit = change_form(client, draft)
        edit["city"] = city
        save(edit)

    act(reviewer, "publish_selected", draft)

    assert not Organization.objects.published().exists()
    assert Proposal.objects.get().name_of_who == "reviewer"


def test_with_four_eyes_a_list_action_on_one_of_ones_own_waits_as_a_whole(four_eyes, reviewer):
    others, own = (make_organization(name, publication_state="draft") for name in ("Others", "Own"))
    ended()
    edit = change_form(reviewer, own)
    edit["city"] = "Oakland"
    save(edit)

    act(reviewer, "publish_selected", others, own)

    assert not Organization.objects.published().exists()
    accept_each(somebody(REVIEWER, "ada"), Proposal.objects.get())
    assert Organization.objects.published().count() == 2


def test_with_four_eyes_who_wrote_a_record_does_not_accept_its_publication_by_another(
    four_eyes, contributor, reviewer
):
    draft = make_organization("Draft", publication_state="draft")
    ended()
    edit = change_form(reviewer, draft)
    edit["city"] = "Oakland"
    save(edit)
    act(contributor, "publish_selected", draft)
    proposal = Proposal.objects.get()

    refused = accept_each(reviewer, proposal)

    assert "You wrote this record, or some of it" in refused.content.decode()
    assert accept_each(somebody(REVIEWER, "ada"), proposal).status_code == 302
