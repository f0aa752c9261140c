"""A proposal in two windows: who may not publish, and who may, while others go on."""

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import expect

from partners.admin.roles import CONTRIBUTOR, REVIEWER
from partners.models import Organization
from tests.browser.faults import WITH_TARGETS, faults_of
from tests.browser.test_curation import signed_in
from tests.curation import change_url
from tests.records import make_curator, make_partner

pytestmark = pytest.mark.django_db(transaction=True)


def in_role(name, role):
    account = make_curator(name, permissions=[])
    account.groups.add(Group.objects.get(name=role))
    return account


@pytest.mark.parametrize("scheme, width", [("light", 1280), ("dark", 390)])
def test_a_pending_edit_goes_live_when_a_reviewer_accepts_it(browser, live_server, scheme, width):
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    organization = make_partner("Café", city="Paris")
    theirs, writing = signed_in(browser, live_server, in_role("bob", CONTRIBUTOR), **options)
    ours, deciding = signed_in(browser, live_server, in_role("ada", REVIEWER), **options)
    writing.goto(change_url(organization))
    expect(writing.get_by_role("note")).to_contain_text("What you save here is proposed")
    writing.get_by_label("City:").fill("Milano")
    writing.get_by_label("Why, and on what source").fill("It moved.")
    writing.get_by_role("button", name="Save", exact=True).click()
    expect(writing.locator(".messagelist .success")).to_contain_text("Proposed")
    writing.goto(organization.get_absolute_url())
    expect(writing.locator("main")).to_contain_text("Paris")

    deciding.goto(change_url(organization))
    deciding.get_by_role("note").get_by_role("link", name="Proposal").click()
    expect(deciding.locator(".why")).to_have_text("It moved.")
    Organization.objects.filter(pk=organization.pk).update(city="Rome")
    deciding.get_by_label("Accept").check()
    deciding.get_by_role("button", name="Publish 1 cell").click()

    expect(deciding.get_by_role("alert")).to_contain_text("“city” was changed since")
    expect(deciding.locator("table.d-cells")).to_contain_text("Rome")
    expect(deciding.get_by_label("Undecided")).to_be_checked()
    assert faults_of(deciding, WITH_TARGETS) == []
    deciding.get_by_label("Accept").check()
    deciding.get_by_role("button", name="Publish 1 cell").click()

    expect(deciding.locator(".messagelist .success")).to_contain_text("1 cell was accepted.")
    writing.goto(organization.get_absolute_url())
    expect(writing.locator("main")).to_contain_text("Milano")
    theirs.close()
    ours.close()


def test_a_proposal_is_decided_without_a_script(browser, live_server):
    organization = make_partner("Café", city="Paris")
    theirs, writing = signed_in(browser, live_server, in_role("bob", CONTRIBUTOR))
    writing.goto(change_url(organization))
    writing.get_by_label("City:").fill("Milano")
    writing.get_by_role("button", name="Save", exact=True).click()
    expect(writing.locator(".messagelist .success")).to_contain_text("Proposed")
    ours, deciding = signed_in(browser, live_server, in_role("ada", REVIEWER), java_script_enabled=False)
    deciding.goto(writing.url)
    deciding.get_by_label("Accept").check()
    deciding.get_by_role("button", name="Publish what is accepted").click()
    expect(deciding.locator(".messagelist .success")).to_be_visible()
    organization.refresh_from_db()
    assert organization.city == "Milano"
    theirs.close()
    ours.close()
