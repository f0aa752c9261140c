"""Taking back in every role: by whoever may publish at once, by others as a proposal; page by page where it is much."""

import pytest
from django.urls import reverse

from partners.admin.history import STEPS_SHOWN
from partners.admin.roles import CONTRIBUTOR, REVIEWER
from partners.changes.pruning import forget
from partners.models import Organization, OrganizationName, Proposal, Revision
from tests.curation import change_form, messages, save
from tests.database import queries_of
from tests.past import from_here_on
from tests.proposals import accept_each, address_of, ended, somebody
from tests.records import make_agreement, make_organization, make_sector

pytestmark = pytest.mark.django_db


def undo_url(number: int) -> str:
    return reverse("admin:partners_revision_undo", args=[number])


def page_of(number: int) -> str:
    return reverse("admin:partners_revision_change", args=[number])


@pytest.fixture
def alpha(db):
    return make_organization("Alpha", city="Santa Clara", names=["A"], sectors=[make_sector("Chips")])


def moved(client, record, city) -> int:
    """The number of the revision in which somebody types another city and another name."""
    ended()
    form = change_form(client, record)
    form.data |= {"city": city, "names-0-value": f"A of {city}"}
    save(form)
    return ended()


def stands(record) -> tuple:
    return type(record).objects.values_list("city", "names__value").get(pk=record.pk)


def test_taking_back_is_taken_back_as_often_as_one_likes(alpha):
    contributor, reviewer = somebody(CONTRIBUTOR), somebody(REVIEWER)
    here, there = stands(alpha), ("Fresno", "A of Fresno")
    number = moved(reviewer, alpha, "Fresno")
    for expected in (here, there, here):
        contributor.post(undo_url(number), {"why": "No."})
        proposal = Proposal.objects.first()
        page = contributor.get(address_of(proposal)).content.decode()
        assert f"Takes back revision {number}" in page
        assert accept_each(reviewer, proposal).status_code == 302
        before, number = number, ended()
        assert stands(alpha) == expected
        assert Revision.objects.get(number=number).undoes == before
        assert f"Taken back by revision {number}" in reviewer.get(page_of(before)).content.decode()
    for expected in (there, here):
        reviewer.post(undo_url(number), {})
        number = ended()
        assert stands(alpha) == expected


def test_an_accepted_proposal_is_taken_back_cell_by_cell_where_nobody_changed_it_since(alpha):
    contributor, reviewer = somebody(CONTRIBUTOR), somebody(REVIEWER)
    form = change_form(contributor, alpha)
    form.data |= {"city": "Fresno", "ticker": "ALF", "names-0-value": "Aleph"}
    save(form)
    ended()
    accept_each(reviewer, Proposal.objects.get())
    number = ended()
    Organization.objects.filter(pk=alpha.pk).update(ticker="ALFA")
    ended()

    preview = contributor.get(undo_url(number)).content.decode()
    contributor.post(undo_url(number), {"why": "No source."})
    accept_each(reviewer, Proposal.objects.first())

    assert "Ticker" in preview and "It was changed since." in preview
    alpha.refresh_from_db()
    assert (alpha.city, alpha.ticker, alpha.names.get().value) == ("Santa Clara", "ALFA", "A")


@pytest.mark.parametrize("role", [CONTRIBUTOR, REVIEWER])
def test_what_was_forgotten_is_not_taken_back_and_the_page_says_why(alpha, role):
    number = moved(somebody(REVIEWER), alpha, "Fresno")
    forget(number, "Old.")
    ended()
    client, there = somebody(role, "ada"), stands(alpha)

    for ask in (client.get, client.post):
        page = ask(undo_url(number), follow=True).content.decode()
        assert "Of this revision the journal has no rows" in page and "cannot be taken back" in page

    assert stands(alpha) == there and not Proposal.objects.exists()
    assert "no rows" not in client.get(page_of(number + 1)).content.decode()


def test_what_a_revision_has_not_is_not_taken_back_and_is_said(alpha):
    reviewer = somebody(REVIEWER)
    number = moved(reviewer, alpha, "Fresno")

    page = reviewer.post(undo_url(number), {"table": "sector", "row": 1}, follow=True)

    assert messages(page)[-1] == "This revision has nothing of what was chosen."
    assert stands(alpha)[0] == "Fresno"


def test_taking_back_a_publication_shows_what_readers_lose(alpha):
    reviewer, beta = somebody(REVIEWER), make_organization("Beta", publication_state="draft")
    make_agreement("Pact", partners=[beta])
    from_here_on()
    beta.publish()
    number = ended()

    page = reviewer.get(undo_url(number)).content.decode()

    assert "Agreements that lose their only public partner, and vanish" in page and "Pact" in page


def test_a_large_revision_is_read_page_by_page_at_the_price_of_one(alpha):
    reviewer, many = somebody(REVIEWER), 2 * STEPS_SHOWN + 3
    from_here_on()
    OrganizationName.objects.create(organization=alpha, value="One", type="alias")
    small = ended()
    from_here_on()
    rows = (OrganizationName(organization=alpha, value=f"Name {each}", type="alias") for each in range(many))
    OrganizationName.objects.bulk_create(rows)
    large = ended()
    reviewer.get(page_of(small))

    seen = []
    for number in (1, 2, 3):
        page = reviewer.get(page_of(large), {"page": number})
        seen += [line.step.key for line in page.context["lines"]]
        assert (f"of {many}" in page.content.decode(), 'rel="next"' in page.content.decode()) == (
            True,
            number < 3,
        )

    assert sorted(seen) == sorted(
        OrganizationName.objects.filter(value__startswith="Name").values_list("pk", flat=True)
    )
    few = queries_of(reviewer.get, page_of(small))
    assert queries_of(reviewer.get, page_of(large)) == few
    preview = queries_of(reviewer.get, undo_url(small))
    # Rows are read so many at a time.
    assert queries_of(reviewer.get, undo_url(large)) <= preview + 1
