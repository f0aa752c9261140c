"""The security log: who signed in, who failed to, whose rights were changed by whom; kept as long as a setting says."""

import datetime

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from genesis.environment import env_number
from partners.admin.roles import ADMINISTRATOR, REVIEWER
from partners.models import DataVersion, SecurityEvent
from tests.curation import change_form
from tests.proposals import somebody
from tests.records import make_curator
from tests.signing import noted, sign_in

pytestmark = pytest.mark.django_db
LOG = reverse("admin:partners_securityevent_changelist")


def test_sign_ins_and_failures_are_noted_with_their_address():
    make_curator("ada")
    noted()
    version = DataVersion.current()
    client = Client(REMOTE_ADDR="192.0.2.7")

    sign_in(client, "wrong")
    sign_in(client, "wrong", name="nobody\n" + "x" * 300)
    sign_in(client, "a long password")
    client.post(reverse("admin:logout"))

    assert set(SecurityEvent.objects.values_list("address", flat=True)) == {"192.0.2.7"}
    kinds = [(kind, account[:6]) for kind, account, *_rest in noted()]
    assert kinds == [("failed", "ada"), ("failed", "nobody"), ("signed-in", "ada"), ("signed-out", "ada")]
    # Who guesses passwords empties no cache.
    assert DataVersion.current() == version


def test_changed_rights_are_noted_whatever_changes_them():
    boss = somebody(ADMINISTRATOR, "ann")
    group = Group.objects.get(name=REVIEWER)
    noted()

    bob = User.objects.create_user("bob", password="a long password")
    bob.is_staff = True
    bob.save()
    bob.groups.add(group)
    group.user_set.remove(bob)
    permission = Permission.objects.get(codename="publish_source")
    bob.user_permissions.set([permission])
    bob.user_permissions.clear()
    bob.first_name = "Bob"
    bob.save()

    assert noted() == [
        ("rights", "bob", "", "new account, + is_active"),
        ("rights", "bob", "", "+ is_staff"),
        ("rights", "bob", "", "+ Reviewer"),
        ("rights", "Reviewer", "", "− bob"),
        ("rights", "bob", "", f"+ {permission}"),
        ("rights", "bob", "", "− all permissions"),
    ]
    form = change_form(boss, bob)
    form["is_staff"] = False
    assert form.send(groups=[group.pk]).status_code == 302
    assert noted() == [("rights", "bob", "ann", "− is_staff"), ("rights", "bob", "ann", "+ Reviewer")]
    bob.delete()
    assert noted() == [("rights", "bob", "", "account deleted")]


def test_it_is_kept_as_long_as_the_setting_says(settings):
    settings.SECURITY_LOG_DAYS = 30
    make_curator("ada")
    SecurityEvent.objects.update(at=timezone.now() - datetime.timedelta(days=31))
    SecurityEvent.objects.create(kind="failed", account="recent")
    SecurityEvent.objects.filter(account="recent").update(at=timezone.now() - datetime.timedelta(days=29))

    sign_in(Client(), "wrong")

    assert [account for _kind, account, *_rest in noted()] == ["recent", "ada"]


@pytest.mark.parametrize("text", ["0", "-1", "a year", "1.5", "99999"])
def test_a_setting_that_makes_no_sense_is_refused(monkeypatch, text):
    monkeypatch.setenv("SECURITY_LOG_DAYS", text)
    with pytest.raises(ImproperlyConfigured, match="from 1 to 36500"):
        env_number("SECURITY_LOG_DAYS", 365, most=36_500)


def test_only_who_manages_people_reads_it_and_nobody_changes_it():
    SecurityEvent.objects.create(kind="failed", account="mallory")

    assert "mallory" in somebody(ADMINISTRATOR, "ann").get(LOG).content.decode()
    assert somebody(REVIEWER, "rosa").get(LOG).status_code == 403
