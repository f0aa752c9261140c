"""The second step of signing in: an app or a passkey, asked of everybody wherever the site is public; and time."""

import base64
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.urls import reverse

from partners.admin.signin.attempts import MOST_FAILED
from partners.admin.signin.checks import check_proxies
from partners.admin.signin.sealing import seal, seal_stored, unseal
from partners.admin.signin.urls import sign_in_urls
from partners.models import DataVersion, SecurityEvent
from tests.records import make_curator
from tests.signing import DESK, LOGIN, RIGHT, is_in, later_by, noted, sign_in, visitor

pytestmark = pytest.mark.django_db
STEP = reverse("mfa_authenticate")
OWN = reverse("mfa_index")


def code_of(secret: str, later: int = 0) -> str:
    """What an app shows some seconds later."""
    return format_hotp_value(hotp_value(secret, int(time.time() + later) // 30))


def with_app(name="ada") -> str:
    """An account with an authenticator app; the secret that the app holds."""
    secret = generate_totp_secret()
    TOTP.activate(make_curator(name), secret)
    return secret


def type_code(client, code):
    return client.post(STEP, {"code": code})


def said(answer) -> str:
    return " ".join(str(error) for errors in answer.context["form"].errors.values() for error in errors)


def test_a_password_alone_does_not_open_an_account_with_a_second_step():
    secret = with_app()
    client = visitor()
    noted()

    assert sign_in(client, next=OWN).url == STEP
    assert not is_in(client) and client.get(OWN).url.startswith(LOGIN)
    assert "Incorrect code" in said(type_code(client, "000000"))
    code = code_of(secret)
    assert type_code(client, f" {code[:3]} {code[3:]} ").url == OWN
    assert is_in(client)

    assert [(kind, detail) for kind, _name, _by, detail in noted()] == [
        ("failed", "code"),
        ("signed-in", "password + totp"),
    ]


def test_a_code_is_right_once_in_every_process_of_the_site(settings):
    secret = with_app()
    code = code_of(secret)
    client, thief = visitor(), visitor("198.51.100.1")
    sign_in(client)
    type_code(client, code)
    # Each process has a cache of its own.
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    sign_in(thief)

    assert "has been used" in said(type_code(thief, code))
    assert not is_in(thief)
    assert type_code(thief, code_of(secret, 30)).status_code == 302


def test_codes_cannot_be_guessed_from_many_addresses_and_a_known_browser_goes_on():
    secret = with_app()
    version = DataVersion.current()
    owner = visitor()
    sign_in(owner)
    type_code(owner, code_of(secret))
    owner.post(reverse("admin:logout"))
    for number in range(MOST_FAILED):
        thief = visitor(f"198.51.100.{number}")
        sign_in(thief)
        type_code(thief, "000000")
    thief = visitor("203.0.113.1")
    sign_in(thief)

    assert "Too many tries" in said(type_code(thief, code_of(secret, 30)))
    sign_in(owner)
    assert type_code(owner, code_of(secret, 30)).status_code == 302
    assert SecurityEvent.objects.filter(kind="locked", account="ada").count() == 1
    assert DataVersion.current() == version


def test_a_recovery_code_lets_in_once():
    secret = with_app()
    client = visitor()
    sign_in(client)
    type_code(client, code_of(secret))
    client.post(reverse("mfa_generate_recovery_codes"))
    (first, *others) = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
    assert client.get(reverse("mfa_download_recovery_codes")).content.decode().split()[-10:] == [
        first,
        *others,
    ]
    noted()

    lost = visitor("198.51.100.1")
    sign_in(lost)
    assert type_code(lost, first).url == DESK
    assert [(kind, detail) for kind, _name, _by, detail in noted()] == [
        ("signed-in", "password + recovery_codes")
    ]
    again = visitor("198.51.100.2")
    sign_in(again)
    assert "Incorrect" in said(type_code(again, first))
    assert type_code(again, others[0]).url == DESK


def set_up_app(client):
    """The answer to the page that sets up an app. What it notes follows the commit, so tests of it commit too."""
    url = reverse("mfa_activate_totp")
    secret = client.get(url).context["form"].secret
    return client.post(url, {"code": code_of(secret)})


@pytest.mark.django_db(transaction=True)
def test_where_the_site_is_public_nobody_works_without_a_second_step(settings):
    settings.SECOND_STEP_REQUIRED = True
    make_curator("ada")
    client = visitor()
    aim = reverse("admin:partners_sector_changelist")
    sign_in(client, next=aim)

    for page in (aim, DESK, reverse("admin:password_change"), reverse("admin:autocomplete")):
        assert client.get(page).url == client.post(page).url == OWN
    client.get(aim)
    page = client.get(OWN).content.decode()
    assert "set one up below" in page and aim not in page
    noted()
    answer = set_up_app(client)

    page = client.get(answer.url, follow=True).content.decode()
    assert aim in client.get(OWN).content.decode()
    assert client.get(aim).status_code == 200
    assert [(kind, detail) for kind, _name, _by, detail in noted()] == [
        ("second-step", "+ authenticator app"),
        ("second-step", "+ recovery codes"),
    ]
    # The way out is open all the time.
    assert client.post(reverse("admin:logout")).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_session_from_before_the_second_step_signs_in_again(settings):
    settings.SECOND_STEP_REQUIRED = True
    make_curator("ada")
    owner, thief = visitor(), visitor("198.51.100.1")
    sign_in(owner)
    sign_in(thief)
    set_up_app(owner)

    assert is_in(owner)
    assert thief.get(DESK).url.startswith(LOGIN) and not is_in(thief)
    assert sign_in(thief).url == STEP


def test_whether_it_is_asked_of_everybody_follows_from_the_address_of_the_site(settings):
    # That of the tests begins with http.
    assert settings.SECOND_STEP_REQUIRED is settings.HTTPS is False
    make_curator("ada")
    client = visitor()
    assert sign_in(client).url == DESK and is_in(client)


def test_taking_off_asks_who_one_is_and_is_noted():
    with_app()
    client = visitor()
    sign_in(client)
    secret = unseal(Authenticator.objects.get().data["secret"])
    type_code(client, code_of(secret))
    noted()
    remove = reverse("mfa_deactivate_totp")
    with later_by(minutes=11):
        assert client.post(remove).url.startswith(reverse("account_reauthenticate"))
        assert client.post(reverse("mfa_reauthenticate"), {"code": "000000", "next": OWN}).status_code == 200
        assert client.post(reverse("mfa_reauthenticate"), {"code": code_of(secret), "next": OWN}).url == OWN
        assert client.post(remove).url == OWN

    assert not Authenticator.objects.exists()
    assert ("second-step", "ada", "ada", "− authenticator app") in noted()


def test_a_colleague_or_the_server_helps_who_has_lost_it():
    with_app("rosa")
    rosa = User.objects.get(username="rosa")
    make_curator("ada")
    client = visitor()
    sign_in(client)
    noted()
    url = reverse("admin:auth_user_second_step", args=[rosa.pk])
    assert "authenticator app" in client.get(url).content.decode()
    assert client.post(url).url == reverse("admin:auth_user_change", args=[rosa.pk])

    assert noted() == [("second-step", "rosa", "ada", "− authenticator app")]
    assert sign_in(visitor(), name="rosa").url == DESK
    TOTP.activate(rosa, generate_totp_secret())
    call_command("take_off_second_step", "rosa")
    assert noted()[-1] == (
        "second-step",
        "rosa",
        "the command take_off_second_step",
        "− authenticator app",
    )
    with pytest.raises(CommandError, match="no account “nobody”"):
        call_command("take_off_second_step", "nobody")


@pytest.mark.parametrize(
    "host, is_secure, why",
    [
        ("127.0.0.1:8000", False, "is a number"),
        ("[::1]:8000", True, "is a number"),
        ("192.0.2.1", True, "is a number"),
        ("directory.lan", False, "begins with https"),
        ("localhost:8000", False, ""),
        ("directory.example", True, ""),
    ],
)
def test_a_passkey_is_offered_where_a_browser_can_use_one_and_else_it_is_said_why(
    settings, host, is_secure, why
):
    settings.ALLOWED_HOSTS = ["*"]
    make_curator("ada")
    client = visitor(headers={"host": host})
    asked = {"secure": is_secure}
    login = client.get(LOGIN, **asked).content.decode()
    client.post(LOGIN, {"login": "ada", "password": RIGHT}, **asked)
    own = client.get(OWN, **asked).content.decode()
    add = client.get(reverse("mfa_add_webauthn"), **asked)

    assert ("Sign in with a passkey" in login) is (not why) and why in login
    assert ("Add a passkey" in own) is (not why) and why in own
    assert add.status_code == (302 if why else 200)
    assert "Set up an app" in own


def test_a_page_is_a_page_whatever_a_program_asks_for():
    for headers in ({"accept": "application/json"}, {"x-requested-with": "XMLHttpRequest"}):
        assert visitor().get(LOGIN, headers=headers)["Content-Type"].startswith("text/html")


def test_a_passkey_that_nobody_has_is_refused_and_noted():
    make_curator("ada")
    client = visitor(headers={"host": "localhost"})
    options = client.get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"}).json()
    assert options["request_options"]["publicKey"]["rpId"] == "localhost"
    handle = base64.urlsafe_b64encode(b"1").decode().rstrip("=")
    for sent in ("{}", "[]", "x", f'{{"response": {{"userHandle": "{handle}"}}}}'):
        answer = client.post(reverse("mfa_login_webauthn"), {"credential": sent})
        assert answer.status_code == 302 and answer.url == LOGIN
    assert not is_in(client)


def test_who_does_nothing_for_too_long_is_signed_out(settings):
    settings.IDLE_MINUTES = 60
    make_curator("ada")
    client = visitor()
    sign_in(client)
    # Without it nobody could be told why.
    assert client.cookies["sessionid"]["max-age"] > 60 * 60
    with later_by(minutes=59):
        # What a page asks by itself is nothing that somebody does.
        client.post(reverse("admin:open"), {"kind": "sector", "key": "1"})
        client.get(DESK, headers={"sec-fetch-dest": "empty"})
        assert client.get(reverse("stay")).json()["left"] <= 60
    with later_by(minutes=60):
        assert client.get(reverse("stay")).json() == client.post(reverse("stay")).json() == {"left": 0}
        assert client.post(reverse("admin:open"), {"kind": "sector", "key": "1"}).url.startswith(LOGIN)
        aim = reverse("admin:partners_sector_add")
        out = client.post(aim, {"name": "Chips"})
        assert out.url == f"{LOGIN}?next={aim}"
        assert "nothing was done for 60 minutes" in client.get(out.url).content.decode()
    assert client.get(reverse("stay")).json() == {"left": 0}
    assert not is_in(client)


def test_who_signed_in_long_ago_signs_in_again_whatever_he_does(settings):
    settings.IDLE_MINUTES, settings.SESSION_HOURS = 60, 2
    make_curator("ada")
    client = visitor()
    sign_in(client)
    with later_by(minutes=59):
        assert is_in(client)
        told = client.post(reverse("stay")).json()
        assert "final" not in told and told["left"] >= 3590
    with later_by(minutes=110):
        # To go on does not move the end, and the page is told so.
        told = client.post(reverse("stay")).json()
        assert told["final"] and 590 <= told["left"] <= 600
        assert "data-final" in client.get(DESK).content.decode()
    with later_by(hours=2):
        assert client.post(reverse("stay")).json()["left"] == 0
        out = client.get(DESK)
        assert "you signed in more than 2 hours ago" in client.get(out.url).content.decode()
        sign_in(client)
        assert is_in(client)


def test_a_session_from_before_there_was_an_end_of_it_gets_one(settings):
    settings.SESSION_HOURS = 2
    make_curator("ada")
    client = visitor()
    sign_in(client)
    session = client.session
    del session["begun"]
    session.save()
    assert is_in(client)
    for hours in (0.9, 1.8):
        with later_by(hours=hours):
            assert is_in(client)
    with later_by(hours=2):
        assert not is_in(client)


# What the database holds of second steps


def stored(name="ada") -> dict[str, dict]:
    return dict(Authenticator.objects.filter(user__username=name).values_list("type", "data"))


def opened() -> list[str]:
    """The secrets of all that is stored."""
    return sorted(
        unseal(data[name]) for data in stored().values() for name in ("secret", "seed") if name in data
    )


def test_secrets_of_second_steps_are_sealed_and_no_copy_of_the_database_signs_in():
    secret = with_app()
    owner = visitor()
    sign_in(owner)
    type_code(owner, code_of(secret))
    RecoveryCodes.activate(User.objects.get(username="ada"))
    held = stored()
    assert secret not in str(held)
    assert held["totp"]["secret"].startswith("gAAAA") and held["recovery_codes"]["seed"].startswith("gAAAA")
    # The same secret is sealed otherwise each time: equal ones do not show.
    assert seal(secret) != seal(secret)


def test_under_a_new_key_second_steps_hold_while_the_old_one_is_told(settings):
    secret = with_app()
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another-" * 8
    thief = visitor()
    sign_in(thief)
    assert type_code(thief, code_of(secret)).status_code == 200
    # No secret that somebody could guess opens it either.
    assert type_code(thief, code_of("")).status_code == 200

    settings.SECRET_KEY_FALLBACKS = [old]
    owner = visitor()
    sign_in(owner)
    assert type_code(owner, code_of(secret)).status_code == 302 and is_in(owner)


def test_what_lay_open_is_sealed_and_opens_again():
    secret = with_app()
    RecoveryCodes.activate(User.objects.get(username="ada"))
    before = opened()
    seal_stored(Authenticator.objects.all(), unseal)
    assert stored()["totp"]["secret"] == secret
    seal_stored(Authenticator.objects.all())
    assert secret not in str(stored())
    assert opened() == before


@pytest.mark.parametrize("proxies, is_https, is_told", [(0, True, True), (1, True, False), (0, False, False)])
def test_a_proxy_that_is_not_counted_is_told(settings, proxies, is_https, is_told):
    settings.PROXIES, settings.SESSION_COOKIE_SECURE = proxies, is_https
    assert [each.id for each in check_proxies(None)] == (["partners.W001"] if is_told else [])


def test_the_page_that_signs_in_ends_what_was_idle_instead_of_leading_on():
    make_curator("ada")
    client = visitor()
    sign_in(client)
    with later_by(hours=2):
        assert client.get(LOGIN).status_code == 200


def test_who_types_stays_and_who_works_elsewhere_too():
    make_curator("ada")
    client = visitor()
    sign_in(client)
    with later_by(minutes=50):
        assert client.post(reverse("stay")).json()["left"] >= 3590
    with later_by(minutes=100):
        assert is_in(client)
    with later_by(minutes=159):
        assert is_in(client)


PUBLIC = {
    "account_login",
    "sign_in_anew",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "stay",
    "admin_password_reset",
    "password_reset_done",
    "password_reset_confirm",
    "invitation",
    "password_reset_complete",
}


@pytest.mark.parametrize("route", sign_in_urls, ids=lambda route: route.name)
def test_every_page_of_signing_in_is_for_everybody_or_leads_there_first(route):
    keys = {"uidb64": "MQ", "token": "x"} if "token" in str(route.pattern) else {}
    keys |= {"pk": 1} if "pk" in str(route.pattern) else {}
    url = reverse(route.name, kwargs=keys)
    guest = visitor()
    guest.force_login(User.objects.create_user("guest"))

    for client in (visitor(), guest):
        for ask in (client.get, client.post):
            answer = ask(url)
            assert answer.status_code in (200, 302, 403, 405)
            if route.name not in PUBLIC and route.name != "mfa_list_webauthn":
                assert answer.url.startswith(LOGIN)
