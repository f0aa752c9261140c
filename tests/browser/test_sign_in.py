"""Signing in, as a browser does it: passkey, app, recovery code, invitation, time without use; each page for everyone."""

import time
from contextlib import contextmanager

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import expect

from partners.models import CountedTry, SecurityEvent
from tests.curation import change_url
from tests.records import make_curator, make_organization
from tests.signing import DESK, LOGIN, RIGHT, guess, later_by, visitor

from .faults import WITH_TARGETS, faults_at, faults_of
from .test_curation import signed_in

pytestmark = pytest.mark.django_db(transaction=True)
OWN = reverse("mfa_index")
NEW = "quite another password"


@pytest.fixture
def visit(browser, live_server):
    """Opens the page of somebody who has never been here, `visit(width=…)`; what it loads from elsewhere is a fault."""
    contexts, foreign = [], []

    def opened(width=1366, scheme="light"):
        context = browser.new_context(
            base_url=live_server.url, viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        contexts.append(context)
        page = context.new_page()
        page.on(
            "request",
            lambda sent: sent.url.startswith((live_server.url, "data:")) or foreign.append(sent.url),
        )
        return page

    yield opened
    for context in contexts:
        context.close()
    assert foreign == []


@contextmanager
def security_key(page):
    """A key that makes and keeps passkeys, and whose owner always agrees."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield
    devtools.detach()


def sign_in(page, name="ada", password=RIGHT):
    page.goto(DESK) if page.url == "about:blank" else None
    page.get_by_label("Username:").fill(name)
    page.get_by_label("Password:").fill(password)
    page.get_by_role("button", name="Log in", exact=True).click()


def sign_out(page):
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("Logged out")).to_be_visible()


def code_of(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def test_a_passkey_is_made_and_signs_in_alone_and_after_the_password(visit, settings):
    settings.SECOND_STEP_REQUIRED = True
    make_curator("ada")
    page = visit()
    aim = reverse("admin:partners_sector_changelist")
    page.goto(aim)
    sign_in(page)
    expect(page.get_by_text("set one up below")).to_be_visible()
    with security_key(page):
        page.get_by_role("link", name="Add a passkey").click()
        page.get_by_label("Name:").fill("Blue key")
        page.get_by_role("button", name="Make the passkey").click()
        expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
        page.get_by_role("link", name="Done").click()
        expect(page.get_by_role("link", name="Rename Blue key")).to_be_visible()
        page.get_by_role("link", name="Go on to the desk").click()
        assert page.url.endswith(aim)

        sign_out(page)
        page.goto(aim)
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.get_by_role("link", name="Your sign-in")).to_be_visible()
        assert page.url.endswith(aim)

        sign_out(page)
        page.goto(aim)
        sign_in(page)
        page.get_by_role("button", name="Use your passkey").click()
        expect(page.get_by_role("link", name="Your sign-in")).to_be_visible()
        assert page.url.endswith(aim)

        page.goto(reverse("mfa_reauthenticate_webauthn") + f"?next={OWN}")
        page.get_by_role("button", name="Use your passkey").click()
        expect(page.get_by_role("heading", name="Your sign-in")).to_be_visible()
    ways = SecurityEvent.objects.filter(kind="signed-in").order_by("pk").values_list("detail", flat=True)
    assert list(ways) == ["password", "webauthn", "password + webauthn"]


def test_a_passkey_that_somebody_does_not_have_here_leaves_other_ways(visit):
    make_curator("ada")
    page = visit()
    page.goto(LOGIN)
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
            }
        },
    )
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("The passkey was not used. Try again")).to_be_visible()
    sign_in(page)
    expect(page.get_by_role("link", name="Your sign-in")).to_be_visible()


def test_an_app_and_a_recovery_code_let_in(visit):
    make_curator("ada")
    page = visit(390, "dark")
    sign_in(page)
    page.goto(OWN)
    page.get_by_role("link", name="Set up an app").click()
    secret = page.get_by_label("Without a camera").input_value()
    page.get_by_label("Authenticator code:").fill(code_of(secret))
    page.get_by_role("button", name="Set up", exact=True).click()
    expect(page.locator(".d-codes")).to_be_visible()
    codes = page.locator(".d-codes code").all_text_contents()
    assert len(codes) == 10
    sign_out(page)

    for code in (code_of(secret), codes[0]):
        stranger = visit()
        sign_in(stranger)
        expect(stranger.get_by_role("heading", name="Second step")).to_be_visible()
        stranger.get_by_label("Code:").fill(code)
        stranger.get_by_role("button", name="Go on").click()
        expect(stranger.get_by_role("link", name="Your sign-in")).to_be_visible()


def test_a_colleague_is_invited_by_one_page_and_works(visit, browser, live_server):
    context, page = signed_in(browser, live_server, make_curator("ada"))
    page.goto(reverse("admin:auth_user_add"))
    page.get_by_label("Username:").fill("rosa")
    page.get_by_label("Mail address:").fill("rosa@example.org")
    page.get_by_label("Reviewer").check()
    page.get_by_role("button", name="Make the account").click()
    link = page.get_by_label("Give this link to").input_value()
    context.close()

    rosa = visit(390)
    rosa.goto(link.replace("http://testserver", live_server.url))
    expect(rosa.get_by_role("heading", name="Welcome to the desk")).to_be_visible()
    rosa.get_by_label("New password:").fill(NEW)
    rosa.get_by_label("New password confirmation:").fill(NEW)
    rosa.get_by_role("button", name="Set the password").click()
    rosa.get_by_role("link", name="Sign in").click()
    sign_in(rosa, "rosa", NEW)
    expect(rosa.get_by_role("heading", name="Work", exact=True)).to_be_visible()
    assert User.objects.get(username="rosa").has_perm("partners.publish_organization")


def test_who_guesses_does_not_keep_the_owner_out(visit):
    make_curator("ada")
    page = visit()
    sign_in(page)
    sign_out(page)
    # From the very same address.
    guess(visitor("127.0.0.1"))
    stranger = visit()
    sign_in(stranger)
    expect(stranger.get_by_text("Too many tries have failed")).to_be_visible()
    page.goto(DESK)
    sign_in(page)

    expect(page.get_by_role("link", name="Your sign-in")).to_be_visible()


def test_who_does_nothing_is_warned_and_signed_out_and_loses_nothing(visit):
    make_curator("ada")
    record = make_organization("Alpha")
    page = visit()
    page.clock.install()
    page.goto(change_url(record))
    sign_in(page)
    page.get_by_label("City:").fill("Delft")
    with later_by(minutes=58, seconds=30):
        page.clock.fast_forward("58:30")
        warning = page.locator(".idle-note")
        expect(warning).to_contain_text("you are signed out at")
        assert faults_of(page, WITH_TARGETS) == []
        warning.get_by_role("button", name="Stay signed in").click()
        expect(warning).to_have_count(0)
    with later_by(minutes=117):
        page.clock.fast_forward("58:30")
        expect(page.locator(".idle-note")).to_be_visible()
        with later_by(minutes=2):
            page.clock.fast_forward("02:00")
            expect(page.get_by_text("nothing was done for 60 minutes")).to_be_visible()
            sign_in(page)
            page.get_by_role("button", name="Put it in again").click()
            expect(page.get_by_label("City:")).to_have_value("Delft")


def test_who_is_asked_again_who_he_is_loses_nothing(visit):
    make_curator("ada")
    page = visit()
    page.goto(reverse("admin:auth_user_add"))
    sign_in(page)
    # The form takes the focus to its first field once it is there.
    expect(page.get_by_label("Mail address:")).to_be_visible()
    expect(page.get_by_label("Username:")).to_be_focused()
    page.get_by_label("Username:").fill("rosa")
    page.get_by_label("Mail address:").fill("rosa@example.org")
    page.get_by_label("Administrator").check()
    with later_by(minutes=11):
        page.get_by_role("button", name="Make the account").click()
        expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
        page.get_by_label("Password:").fill(RIGHT)
        page.get_by_role("button", name="Go on").click()
        page.get_by_role("button", name="Put it in again").click()
        page.get_by_role("button", name="Make the account").click()
        expect(page.get_by_label("Give this link to")).to_be_visible()
    rosa = User.objects.get(username="rosa")
    assert (rosa.email, str(rosa.groups.get())) == ("rosa@example.org", "Administrator")


@pytest.mark.appearance
@pytest.mark.parametrize("scheme, width", [("light", 1366), ("dark", 390)])
def test_every_page_of_signing_in_can_be_used_by_everyone(visit, scheme, width, settings):
    ada = make_curator("ada")
    rosa = User.objects.create_user("rosa", "rosa@example.org", is_staff=True)
    page = visit(width, scheme)
    faults = faults_at(
        page,
        [
            LOGIN,
            reverse("admin_password_reset"),
            reverse("password_reset_done"),
            reverse("password_reset_complete"),
        ],
        WITH_TARGETS,
    )

    def look(what):
        faults.extend((what, fault) for fault in faults_of(page, WITH_TARGETS))

    page.goto(reverse("invitation", args=["MQ", "x"]))
    look("a link that does not hold")
    sign_in_wrong(page)
    look("wrong password")
    CountedTry.objects.all().delete()
    sign_in(page)
    settings.SECOND_STEP_REQUIRED = True
    page.goto(DESK)
    look("a second step is asked for")
    with security_key(page):
        page.goto(reverse("mfa_add_webauthn"))
        look("new passkey")
        page.get_by_role("button", name="Make the passkey").click()
        expect(page.locator(".d-codes")).to_be_visible()
        look("recovery codes")
        key = ada.authenticator_set.get(type="webauthn").pk
        people = [
            reverse(f"admin:auth_user_{each}", args=[rosa.pk])
            for each in ("change", "password_link", "second_step")
        ]
        own = [
            OWN,
            *(
                reverse(f"mfa_{each}")
                for each in ("activate_totp", "generate_recovery_codes", "reauthenticate_webauthn")
            ),
            *(reverse(f"mfa_{each}_webauthn", args=[key]) for each in ("edit", "remove")),
            reverse("account_reauthenticate"),
            reverse("mfa_reauthenticate"),
            reverse("admin:auth_user_add"),
            reverse("admin:auth_user_second_step", args=[ada.pk]),
        ]
        faults += faults_at(page, [*own, *people], WITH_TARGETS)
        page.goto(people[1])
        page.get_by_role("button", name="Show the link").click()
        expect(page.get_by_label("Give this link to")).to_be_visible()
        look("a link is shown")
        link = page.get_by_label("Give this link to").input_value()
        User.objects.filter(pk=ada.pk).update(is_staff=False)
        page.goto(DESK)
        look("an account that does not open the desk")
        User.objects.filter(pk=ada.pk).update(is_staff=True)
        page.get_by_role("button", name="Log out").click()
        sign_in(page)
        expect(page.get_by_role("button", name="Use your passkey")).to_be_visible()
        look("second step")
        page.get_by_role("button", name="Sign in as somebody else").click()
    page.goto(link.replace("http://testserver", ""))
    look("a password is chosen")
    page.get_by_label("New password:").fill("short")
    page.get_by_label("New password confirmation:").fill("shorter")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("alert").last).to_be_visible()
    look("a password is refused")

    assert faults == []


def sign_in_wrong(page):
    page.goto(LOGIN)
    sign_in(page, password="wrong")
    expect(page.get_by_text("do not open the desk")).to_be_visible()
