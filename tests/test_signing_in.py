"""Signing in: who guesses locks himself out and nobody else; nobody is told whether an account exists, or led astray."""

import datetime

import pytest
from django.conf import settings as site
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from genesis.environment import env_mail, env_number
from partners.admin.signin.attempts import MOST_FAILED, WITHIN
from partners.models import CountedTry, DataVersion, SecurityEvent
from tests.records import make_curator
from tests.signing import DESK, LOGIN, RIGHT, guess, is_in, refused, sign_in, visitor

pytestmark = pytest.mark.django_db


def test_who_guesses_locks_himself_out_and_nobody_else():
    make_curator("ada")
    version = DataVersion.current()
    mallory, owner = visitor("198.51.100.1"), visitor("192.0.2.7")

    assert "do not open the desk" in refused(guess(mallory))[0]
    locked = sign_in(mallory)

    assert "Try again in 15 minutes." in refused(locked)[0]
    assert sign_in(owner).status_code == 302 and is_in(owner)
    kinds = list(SecurityEvent.objects.order_by("pk").values_list("kind", "address"))
    assert kinds.count(("failed", "198.51.100.1")) == MOST_FAILED
    # What is not looked at does not fill the log.
    assert kinds.count(("locked", "198.51.100.1")) == 1
    assert DataVersion.current() == version


def test_a_known_browser_goes_on_behind_the_same_address():
    make_curator("ada")
    owner, mallory = visitor(), visitor()
    sign_in(owner)
    owner.post(reverse("admin:logout"))
    guess(mallory)
    newcomer = visitor()

    assert "signed in before you can go on" in refused(sign_in(newcomer))[0]
    assert sign_in(owner).status_code == 302 and is_in(owner)
    # Nor does it help who guesses to have an account of his own, or a cookie that he has written himself.
    make_curator("mallory")
    assert sign_in(visitor(), name="mallory").status_code == 302
    mallory.cookies["known_device"] = owner.cookies["known_device"].value[:-1] + "x"
    assert "Too many" in refused(sign_in(mallory))[0]


def test_a_known_browser_has_not_more_than_its_own_tries_and_those_of_its_address():
    make_curator("ada")
    owner = visitor()
    sign_in(owner)
    owner.post(reverse("admin:logout"))

    assert "do not open" in refused(guess(owner, 2 * MOST_FAILED))[0]
    assert "Too many" in refused(sign_in(owner))[0]


def test_a_lock_ends_by_itself():
    make_curator("ada")
    client = visitor()
    guess(client)
    CountedTry.objects.update(at=timezone.now() - WITHIN + datetime.timedelta(seconds=61))
    assert "in 2 minutes" in refused(sign_in(client))[0]
    CountedTry.objects.update(at=timezone.now() - WITHIN)

    assert sign_in(client).status_code == 302


@pytest.mark.parametrize("written", ["ADA", " ada ", "ａｄａ"])
def test_a_name_written_in_another_way_gives_no_further_tries(written):
    make_curator("ada")
    client = visitor()
    guess(client)

    assert "Too many" in refused(sign_in(client, name=written))[0]


def test_addresses_of_version_6_are_counted_by_their_network():
    make_curator("ada")
    for number in range(MOST_FAILED):
        sign_in(visitor(f"2001:db8::{number + 1}"), "guess")

    assert "Too many" in refused(sign_in(visitor("2001:db8::ffff")))[0]
    assert sign_in(visitor("2001:db8:1::1")).status_code == 302


def test_behind_a_proxy_the_address_that_it_adds_counts(settings):
    make_curator("ada")
    settings.PROXIES = 1
    for number in range(MOST_FAILED):
        # What stands before it is what somebody writes himself.
        sign_in(visitor("10.0.0.1", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}, 198.51.100.1"), "guess")

    assert "Too many" in refused(sign_in(visitor("10.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.1")))[0]
    assert sign_in(visitor("10.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.2")).status_code == 302
    settings.PROXIES = 0
    SecurityEvent.objects.all().delete()
    sign_in(visitor("10.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.3"), "guess")
    assert SecurityEvent.objects.get().address == "10.0.0.1"


def test_nobody_is_told_whether_an_account_exists():
    make_curator("ada")
    User.objects.create_user("guest", password=RIGHT)
    User.objects.create_user("gone", password=RIGHT, is_staff=True, is_active=False)
    invited = User.objects.create_user("invited", is_staff=True)
    assert not invited.has_usable_password()

    said = {
        tuple(refused(sign_in(visitor(), password, name)))
        for name, password in [
            ("ada", "wrong"),
            ("nobody", "wrong"),
            ("guest", RIGHT),
            ("gone", RIGHT),
            ("invited", "wrong"),
            ("x" * 300, "wrong"),
        ]
    }
    locked = {
        tuple(refused(guess(visitor("198.51.100.9"), MOST_FAILED + 1, name))) for name in ("ada", "nobody")
    }

    assert len(said) == 1
    assert len(locked) == 1 and "Too many" in locked.pop()[0]


OTHER_PLACES = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "https://127.0.0.1/",
    "%2f%2fevil.example",
    LOGIN,
    f"{LOGIN}?next={LOGIN}",
    reverse("admin:logout"),
]


@pytest.mark.parametrize("aim", OTHER_PLACES)
def test_signing_in_leads_to_this_site_only_and_never_in_a_circle(aim):
    make_curator("ada")
    client = visitor()

    answer = sign_in(client, next=aim)

    assert (answer.status_code, answer.url) == (302, DESK)
    assert client.get(LOGIN, {"next": aim}).url == DESK


def test_signing_in_leads_on_to_where_somebody_wanted_to_go():
    make_curator("ada")
    client = visitor()
    aim = reverse("admin:partners_organization_changelist") + "?q=chips&o=1"
    asked = client.get(aim)

    answer = client.post(asked.url, {"login": "ada", "password": RIGHT, "next": aim})

    assert answer.url == aim and client.get(aim).status_code == 200


def test_who_is_not_of_the_staff_any_more_is_told_so_and_not_sent_round():
    user = make_curator("ada")
    client = visitor()
    sign_in(client)
    User.objects.filter(pk=user.pk).update(is_staff=False, is_superuser=False)

    page = client.get(DESK, follow=True)

    assert [url.split("?")[0] for url, _status in page.redirect_chain] == [LOGIN]
    assert page.status_code == 403 and "not of the staff" in page.content.decode()
    assert client.post(reverse("sign_in_anew")).url == LOGIN
    assert client.get(LOGIN).status_code == 200


def test_nobody_makes_an_account_for_himself():
    for name in ("account_signup", "account_email", "account_set_password", "mfa_signup_webauthn"):
        with pytest.raises(NoReverseMatch):
            reverse(name)
    for address in ("signup/", "sign-in/signup/", "accounts/signup/", "account/signup/"):
        answer = visitor().post(
            f"/admin/{address}", {"username": "eve", "password1": RIGHT, "password2": RIGHT}
        )
        assert answer.status_code in (302, 404)
    assert not User.objects.exists()


def test_public_pages_set_no_cookie_and_the_device_is_named_to_the_desk_alone():
    make_curator("ada")
    client = visitor()
    answer = sign_in(client)
    device = answer.cookies["known_device"]

    assert (device["path"], device["httponly"], device["samesite"]) == ("/admin/", True, "Lax")
    assert "ada" not in device.value
    for browser in (client, visitor()):
        for address in ("/", "/partners/", "/nowhere/"):
            assert not browser.get(address).cookies


@pytest.mark.parametrize(
    "text, expected",
    [
        (
            "smtp+starttls://me%40here:p%3Aw@mail.example",
            ("mail.example", 587, "me@here", "p:w", False, True),
        ),
        ("smtps://mail.example:4465", ("mail.example", 4465, "", "", True, False)),
        ("smtp://[::1]/", ("::1", 25, "", "", False, False)),
    ],
)
def test_a_mail_server_is_named_by_one_address(monkeypatch, text, expected):
    monkeypatch.setenv("EMAIL_URL", text)
    server = env_mail("EMAIL_URL")
    found = (server.host, server.port, server.user, server.password, server.is_tls, server.starts_tls)
    assert found == expected


@pytest.mark.parametrize(
    "text", ["mail.example", "http://mail.example", "smtp://", "smtp://a:secret@b:x", "smtp://h/p"]
)
def test_another_address_of_a_mail_server_is_refused_without_its_password(monkeypatch, text):
    monkeypatch.setenv("EMAIL_URL", text)
    with pytest.raises(ImproperlyConfigured) as refused:
        env_mail("EMAIL_URL")
    assert "smtp+starttls://" in str(refused.value) and "secret" not in str(refused.value)


@pytest.mark.parametrize("text", ["0", "-1", "an hour", "1441"])
def test_minutes_without_use_that_make_no_sense_are_refused(monkeypatch, text):
    monkeypatch.setenv("IDLE_MINUTES", text)
    with pytest.raises(ImproperlyConfigured, match="from 1 to 1440"):
        env_number("IDLE_MINUTES", 60, most=1440)


def test_the_library_keeps_no_counts_of_its_own():
    # Those lock out whoever's name somebody else knows.
    assert site.ACCOUNT_RATE_LIMITS is False and site.MFA_RATE_LIMITS is False
