"""Whoever may not publish proposes: readers see nothing of it until a reviewer accepts it, cell by cell or whole."""

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.urls import reverse

from partners.admin.roles import CONTRIBUTOR, REVIEWER
from partners.changes.history import RowStep
from partners.changes.images import row_of
from partners.changes.proposing import keep_proposal
from partners.models import (
    DataVersion,
    Organization,
    OrganizationName,
    Proposal,
    Revision,
    Sector,
    Source,
)
from partners.models.belonging import models_with_data
from tests.curation import act, add_form, change_form, change_url, messages, save
from tests.database import execute, queries_of
from tests.packages import dump_dataset
from tests.past import from_here_on
from tests.proposals import (
    accept_each,
    address_of,
    cell,
    decision,
    deeds,
    press,
    propose,
    public_package,
    somebody,
)
from tests.records import cite, make_organization, make_sector, make_source
from tests.registered import one_of_every_kind  # noqa: F401 (a fixture)

pytestmark = pytest.mark.django_db

DEEDS = deeds()


@pytest.fixture
def contributor(db):
    return somebody(CONTRIBUTOR)


@pytest.fixture
def reviewer(db):
    return somebody(REVIEWER)


@pytest.fixture
def alpha(db):
    found = make_organization("Alpha", city="Santa Clara", names=["A"], sectors=[make_sector("Chips")])
    return found


def rows_of_all_tables() -> dict[str, list]:
    found = {}
    with connection.cursor() as cursor:
        for model in models_with_data():
            cursor.execute(f"SELECT * FROM {model._meta.db_table} ORDER BY id")  # noqa: S608
            found[model._meta.db_table] = cursor.fetchall()
    return found


# Laws over every way in ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("deed", DEEDS, ids=str)
def test_no_deed_of_a_contributor_changes_what_readers_see(records, deed, tmp_path):
    deed.prepare(records)
    contributor, reviewer = somebody(CONTRIBUTOR), somebody(REVIEWER)
    with transaction.atomic():
        deed.do(reviewer, records)
        as_reviewer = dump_dataset(tmp_path / "reviewer")
        for_readers = public_package()
        transaction.set_rollback(True)
    for record in records.values():
        if hasattr(record, "refresh_from_db"):
            record.refresh_from_db()
    before, version, rows = public_package(), DataVersion.current(), rows_of_all_tables()

    deed.do(contributor, records)

    assert (public_package(), DataVersion.current(), rows_of_all_tables()) == (before, version, rows)
    proposal = Proposal.objects.get()
    assert (proposal.state, proposal.name_of_who) == ("open", "contributor")
    # Accepted, it is what a reviewer would have done himself.
    answer = accept_each(reviewer, proposal)
    assert answer.status_code == 302, answer.context["problems"]
    proposal.refresh_from_db()
    assert proposal.state == "applied"
    assert public_package() == for_readers
    assert dump_dataset(tmp_path / "accepted") == as_reviewer
    newest = Revision.objects.first()
    assert (newest.via, newest.name_of_who) == ("proposal", "reviewer")
    assert newest.why.startswith(f"Proposal {proposal.pk} by contributor")


# What goes on as before ------------------------------------------------------------------------------------------------


def test_a_draft_of_a_contributor_is_saved_at_once(contributor):
    draft = make_organization("Draft", publication_state="draft")
    source = make_source("Nobody cites it")

    save_city = change_form(contributor, draft)
    save_city["city"] = "Oakland"
    save(save_city)
    edit_source = change_form(contributor, source)
    edit_source["publisher"] = "Somebody"
    save(edit_source)
    new = add_form(contributor, "organization")
    new.data |= {"name": "Beta", "slug": "beta"}
    save(new)

    draft.refresh_from_db()
    source.refresh_from_db()
    assert (draft.city, source.publisher) == ("Oakland", "Somebody")
    assert Organization.objects.get(slug="beta").publication_state == "draft"
    assert not Proposal.objects.exists()
    assert Revision.objects.first().via == "form"


def test_a_source_that_readers_see_is_not_changed_at_once(contributor, alpha):
    source = make_source("Cited")
    cite(alpha, source=source)

    propose(contributor, source, publisher="Somebody")

    source.refresh_from_db()
    assert source.publisher == ""
    assert Proposal.objects.get().title == "Cited"


def test_page_says_that_it_is_proposed_and_not_that_it_is_saved(contributor, alpha):
    form = change_form(contributor, alpha)
    form.data |= {"city": "San José", "_why": "It moved."}

    page = contributor.post(form.url, form.data | {"_save": "1"}, follow=True)

    assert messages(page) == [
        "Proposed: a reviewer will look at it. Nothing is live yet; readers see what they saw before."
    ]
    html = page.content.decode()
    for text in ("It moved.", "Santa Clara", "San José", "Waits for a reviewer."):
        assert text in html
    assert "Accept" not in html


def test_form_says_before_that_saving_proposes_and_which_proposals_are_open(contributor, reviewer, alpha):
    assert "What you save here is proposed" in contributor.get(change_url(alpha)).content.decode()
    assert "What you save here is proposed" not in reviewer.get(change_url(alpha)).content.decode()
    proposal = propose(contributor, alpha, city="San José")

    for client in (contributor, reviewer):
        page = client.get(change_url(alpha)).content.decode()
        assert address_of(proposal) in page
    accept_each(reviewer, proposal)
    assert address_of(proposal) not in reviewer.get(change_url(alpha)).content.decode()


def test_new_rows_get_numbers_of_their_own_when_they_are_accepted(contributor, reviewer, alpha):
    form = change_form(contributor, alpha)
    form.add_row("names", value="Aleph", type="alias")
    save(form)
    proposal = Proposal.objects.get()
    # Meanwhile others take the number that it had.
    OrganizationName.objects.create(organization=alpha, value="Other", type="alias")

    assert accept_each(reviewer, proposal).status_code == 302

    assert {name.value for name in alpha.names.all()} == {"A", "Aleph", "Other"}


# Cell by cell ----------------------------------------------------------------------------------------------------------


def test_cells_are_accepted_one_by_one_and_the_rest_stays_open(contributor, reviewer, alpha):
    proposal = propose(contributor, alpha, city="San José", ticker="ALF", legal_name="Alpha, Inc.")

    press(reviewer, proposal, "decide", **decision(reviewer, proposal, city="accept", ticker="leave"))

    alpha.refresh_from_db()
    proposal.refresh_from_db()
    assert (alpha.city, alpha.ticker, alpha.legal_name) == ("San José", "", "")
    assert proposal.state == "open"
    assert [cell(proposal, name).state for name in ("city", "ticker", "legal_name")] == [
        "applied",
        "left",
        "open",
    ]
    press(reviewer, proposal, "decline", comment="No source says so.")
    proposal.refresh_from_db()
    assert proposal.state == "partly"


def test_a_cell_that_was_changed_since_is_chosen_in_sight_of_what_stands_there(contributor, reviewer, alpha):
    proposal = propose(contributor, alpha, city="San José", ticker="ALF")
    from_here_on()
    Organization.objects.filter(pk=alpha.pk).update(city="Fresno")

    page = reviewer.get(address_of(proposal)).content.decode()
    assert "Changed since it was proposed" in page
    for text in ("Santa Clara", "Fresno", "San José"):
        assert text in page
    seen = decision(reviewer, proposal, city="accept")
    Organization.objects.filter(pk=alpha.pk).update(city="Oakland")
    refused = press(reviewer, proposal, "decide", **seen)
    assert refused.status_code == 409
    assert "“city” was changed since" in refused.content.decode()
    # All at once takes only what nobody has changed.
    accept_each(reviewer, proposal)
    alpha.refresh_from_db()
    proposal.refresh_from_db()
    assert (alpha.city, alpha.ticker, proposal.state) == ("Oakland", "ALF", "open")

    press(reviewer, proposal, "decide", **decision(reviewer, proposal, city="accept"))

    alpha.refresh_from_db()
    proposal.refresh_from_db()
    assert (alpha.city, proposal.state) == ("San José", "applied")


def test_nothing_is_written_where_one_of_the_chosen_cells_breaks_a_rule(contributor, reviewer, alpha):
    first = propose(contributor, alpha, ticker="ALF", city="San José")
    form = change_form(contributor, alpha)
    form.delete_row("citations", 0)
    form.add_row("citations", source=make_source("New"))
    save(form)
    second = Proposal.objects.first()
    removal = second.cells.get(after__isnull=True)

    # Without the new source it would have none.
    sent = {f"cell-{removal.pk}": "accept"}
    refused = press(reviewer, second, "decide", **sent)

    assert refused.status_code == 409
    assert "would lack: a source" in refused.content.decode()
    assert alpha.citations.count() == 1
    assert Proposal.objects.filter(state="open").count() == 2
    assert first.cells.filter(state="open").count() == 2


def test_declined_withdrawn_and_taken_up_again(contributor, reviewer, alpha):
    proposal = propose(contributor, alpha, city="San José")

    assert press(reviewer, proposal, "decline").status_code == 409
    press(reviewer, proposal, "decline", comment="Which source?")
    press(contributor, proposal, "reopen", comment="This one.", url="https://example.org/moved")
    press(contributor, proposal, "withdraw")
    assert accept_each(reviewer, proposal).status_code == 409
    press(reviewer, proposal, "reopen")
    accept_each(reviewer, proposal, comment="Thank you.")

    alpha.refresh_from_db()
    proposal.refresh_from_db()
    assert (alpha.city, proposal.state) == ("San José", "applied")
    assert [(each.kind, each.name_of_who, each.comment) for each in proposal.events.all()] == [
        ("opened", "contributor", ""),
        ("declined", "reviewer", "Which source?"),
        ("reopened", "contributor", "This one."),
        ("withdrawn", "contributor", ""),
        ("reopened", "reviewer", ""),
        ("applied", "reviewer", "Thank you."),
    ]
    assert [source.url for source in proposal.sources.all()] == ["https://example.org/moved"]
    assert Revision.objects.first().number == proposal.events.last().revision


def test_only_a_reviewer_decides_and_only_its_author_withdraws(contributor, reviewer, alpha):
    proposal = propose(contributor, alpha, city="San José")
    sent = {f"cell-{cell(proposal, 'city').pk}": "accept"}

    assert press(contributor, proposal, "decide", **sent).status_code == 403
    assert accept_each(contributor, proposal).status_code == 409
    assert press(contributor, proposal, "decline", comment="x").status_code == 403
    assert press(reviewer, proposal, "withdraw").status_code == 403

    proposal.refresh_from_db()
    assert proposal.state == "open"
    assert Proposal.objects.count() == 1


def test_proposals_are_listed_open_ones_first_and_ones_own_by_themselves(contributor, reviewer, alpha):
    first = propose(contributor, alpha, city="San José")
    accept_each(reviewer, first)
    second = propose(contributor, alpha, ticker="ALF", city="Oakland")
    third = propose(somebody(CONTRIBUTOR, "bob"), alpha, legal_name="Alpha, Inc.")
    press(reviewer, third, "decline", comment="No.")
    address = reverse("admin:partners_proposal_changelist")

    listed = list(reviewer.get(address).context["cl"].result_list)
    mine = list(contributor.get(address, {"by": "me"}).context["cl"].result_list)

    assert (listed, mine) == ([second, third, first], [second, first])
    assert [each.open_cells for each in listed] == [2, 0, 0]


def test_proposals_are_no_data_and_outlive_their_author(contributor, reviewer, alpha):
    version, revisions = DataVersion.current(), Revision.objects.count()
    proposal = propose(contributor, alpha, city="San José")
    press(contributor, proposal, "comment", comment="Look at the register.")

    assert (DataVersion.current(), Revision.objects.count()) == (version, revisions)
    proposal.refresh_from_db()
    assert proposal.why == "Look at the register."
    execute("DELETE FROM auth_user_groups")
    execute("DELETE FROM django_admin_log")
    execute("DELETE FROM auth_user WHERE username = 'contributor'")
    assert "contributor" in somebody(REVIEWER, "ada").get(address_of(proposal)).content.decode()


def test_looking_at_a_proposal_costs_the_same_whatever_it_holds(contributor, reviewer, alpha):
    small = propose(contributor, alpha, city="San José")
    form = change_form(contributor, alpha)
    form.data |= {"city": "Fresno", "ticker": "ALF", "legal_name": "Alpha, Inc."}
    form["names-0-value"] = "Aleph"
    save(form)
    large = Proposal.objects.first()
    reviewer.get(address_of(small))

    few = queries_of(reviewer.get, address_of(small))
    # One more kind of row is one more query.
    assert queries_of(reviewer.get, address_of(large)) <= few + 1


# More than one record --------------------------------------------------------------------------------------------------


def test_a_popup_adds_nothing_that_readers_see(contributor, reviewer):
    form = add_form(contributor, "sector")
    form.data |= {"name_en": "Popup", "slug": "popup", "_popup": "1"}

    answer = form.send()

    assert answer.status_code == 302 and answer.url.endswith("?_popup=1")
    assert contributor.get(answer.url).status_code == 200
    assert not Sector.objects.exists()
    accept_each(reviewer, Proposal.objects.get())
    assert Sector.objects.get().name_key == "popup"


def test_a_draft_that_a_contributor_sends_for_review_goes_its_way(contributor):
    draft = make_organization("Draft", publication_state="draft")

    act(contributor, "send_selected_for_review", draft)

    draft.refresh_from_db()
    assert draft.publication_state == "in_review"


def test_a_proposal_needs_the_rows_that_it_names(contributor, reviewer, alpha):
    """A citation of a source that comes with the same proposal."""
    source = Source(slug="s", title="S", kind="news", stance="reporting", language="en", pk=7001)
    citation = cite(alpha, source=make_source())
    values = {field.attname: getattr(citation, field.attname) for field in citation._meta.concrete_fields}
    citation.delete()
    steps = [
        RowStep(Source, 7001, frozenset([("source", 7001)]), None, row_of(source)),
        RowStep(
            type(citation),
            7002,
            frozenset([("organization", alpha.pk)]),
            None,
            values | {"id": 7002, "source_id": 7001},
        ),
    ]
    author = User.objects.get(username="contributor")
    made = keep_proposal(steps, 0, user=author, title="Two rows")
    of_citation = made.cells.get(table="citation")

    refused = press(reviewer, made, "decide", **{f"cell-{of_citation.pk}": "accept"})
    assert "comes with this proposal" in refused.content.decode()
    of_source = made.cells.get(table="source")
    assert press(reviewer, made, "decide", **{f"cell-{of_source.pk}": "accept"}).status_code == 302
    assert press(reviewer, made, "decide", **{f"cell-{of_citation.pk}": "accept"}).status_code == 302

    assert Source.objects.get(slug="s").citations.get().organization == alpha
