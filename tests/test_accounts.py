"""Accounts: a colleague's is one page; a link lets choose a password once; who changes accounts shows who he is."""

import re
import threading

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission, User
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from genesis.environment import MailServer
from partners.admin.roles import ADMINISTRATOR, CONTRIBUTOR, REVIEWER
from partners.admin.signin.attempts import MAILS, MOST_FAILED
from partners.models import CountedTry, SecurityEvent
from tests.curation import delete
from tests.proposals import somebody
from tests.records import make_curator
from tests.signing import LOGIN, RIGHT, guess, is_in, later_by, noted, sign_in, visitor

pytestmark = pytest.mark.django_db
NEW = "quite another password"
ADD = reverse("admin:auth_user_add")
FORGOTTEN = reverse("admin_password_reset")
COLLEAGUE = {"username": "rosa", "email": "rosa@example.org", "role": REVIEWER}


@pytest.fixture
def mails(settings, monkeypatch):
    """A site that sends mail, at once."""
    settings.MAIL = MailServer("mail.example", 25, "", "", False, False)
    monkeypatch.setattr(threading.Thread, "start", threading.Thread.run)
    return mail.outbox


def boss():
    client = somebody(ADMINISTRATOR, "ann")
    User.objects.filter(username="ann").update(password=make_password(RIGHT))
    client.force_login(User.objects.get(username="ann"))
    return client


def link_in(text) -> str:
    return re.search(r"https?://testserver(/admin/password/\S+?)[\s\"]", text + " ")[1]


def choose(client, link, password=NEW):
    """The answer to a password that somebody chooses by a link."""
    page = client.get(link, follow=True)
    aim = page.redirect_chain[-1][0] if page.redirect_chain else link
    return client.post(aim, {"new_password1": password, "new_password2": password})


def test_an_account_for_a_colleague_is_one_page_with_a_link_to_hand_on():
    client = boss()
    noted()
    page = client.post(ADD, COLLEAGUE, follow=True)
    rosa = User.objects.get(username="rosa")

    assert (rosa.email, rosa.is_staff, rosa.is_superuser) == ("rosa@example.org", True, False)
    assert [str(group) for group in rosa.groups.all()] == [REVIEWER]
    assert not rosa.has_usable_password()
    link = link_in(page.content.decode())
    assert link not in client.get(page.request["PATH_INFO"]).content.decode()
    assert noted() == [
        ("rights", "rosa", "ann", "new account, + is_active, + is_staff"),
        ("rights", "rosa", "ann", "+ Reviewer"),
        ("link", "rosa", "ann", "shown"),
    ]
    answer = choose(visitor(), link)
    assert answer.url == reverse("password_reset_complete")
    assert [(kind, account) for kind, account, *_rest in noted()] == [("password", "rosa")]
    assert sign_in(visitor(), NEW, "rosa").status_code == 302
    # Once, and for nobody who finds it in a history.
    assert "does not hold any more" in choose(visitor(), link, "yet another password").content.decode()
    assert sign_in(visitor(), NEW, "rosa").status_code == 302


def test_where_the_site_sends_mail_the_invitation_is_sent_and_not_shown(mails):
    page = boss().post(ADD, COLLEAGUE, follow=True).content.decode()

    (sent,) = mails
    assert sent.to == ["rosa@example.org"] and "rosa" in sent.body and "ann" in sent.body
    link = link_in(sent.body)
    assert link not in page and "on its way to rosa@example.org" in page
    assert choose(visitor(), link).status_code == 302


def test_where_the_mail_server_fails_the_link_is_shown(mails, settings, monkeypatch):
    def fail(message):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", fail)
    page = boss().post(ADD, COLLEAGUE, follow=True).content.decode()

    assert "did not take the mail" in page and choose(visitor(), link_in(page)).status_code == 302


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"username": "ANN"}, "There is an account of this name"),
        ({"username": "rosa luxemburg"}, "valid username"),
        ({"email": ""}, "required"),
        ({"email": "ANN@example.org"}, "“ann” has this address"),
        ({"role": "Emperor"}, "not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(wrong, said):
    client = boss()
    User.objects.filter(username="ann").update(email="ann@example.org")
    page = client.post(ADD, COLLEAGUE | wrong).content.decode()

    assert said in page and (COLLEAGUE | wrong)["username"] in page
    assert User.objects.count() == 1


def test_links_end_with_time_with_a_newer_password_and_with_another_address():
    client = boss()
    noted()
    links = [link_in(client.post(ADD, COLLEAGUE, follow=True).content.decode())]
    rosa = User.objects.get(username="rosa")
    again = reverse("admin:auth_user_password_link", args=[rosa.pk])
    assert link_in(client.post(again, follow=True).content.decode())
    with later_by(days=7, seconds=1):
        assert "does not hold" in visitor().get(links[0]).content.decode()
    choose(visitor(), links[0])
    reset = link_in(client.post(again, follow=True).content.decode())
    with later_by(hours=2, seconds=1):
        assert "does not hold" in visitor().get(reset).content.decode()
    User.objects.filter(pk=rosa.pk).update(email="other@example.org")
    assert "does not hold" in visitor().get(reset).content.decode()
    # A link of the one kind is none of the other.
    reset = link_in(client.post(again, follow=True).content.decode())
    assert "does not hold" in visitor().get(reset.replace("/choose/", "/invitation/")).content.decode()
    assert "does not hold" in visitor().get(reset[:-2] + "x/").content.decode()
    for uid in ("MQ", "!!", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk"):
        assert "does not hold" in visitor().get(reset.replace(reset.split("/")[4], uid)).content.decode()


def test_a_forgotten_password_is_chosen_anew_by_a_link_in_a_mail(mails):
    ada = make_curator("ada")
    User.objects.filter(pk=ada.pk).update(email="Ada@example.org")
    elsewhere, client = visitor("198.51.100.1"), visitor()
    sign_in(elsewhere)
    guess(client)
    client.post(FORGOTTEN, {"email": "ada@example.org"})
    (sent,) = mails
    assert sent.to == ["Ada@example.org"] and "ada" in sent.body

    assert choose(client, link_in(sent.body)).status_code == 302

    # Whoever has the mail is not shut out by what failed before; and whoever knew the old password is out.
    assert sign_in(client, NEW).status_code == 302
    assert not is_in(elsewhere)
    # In case it was somebody else.
    assert [message.to for message in mails[1:]] == [["Ada@example.org"]]
    assert "The password was changed." in mails[1].body


def test_asking_for_a_link_tells_nobody_whether_there_is_an_account(mails):
    for name, fields in {"ada": {}, "guest": {"is_staff": False}, "gone": {"is_active": False}}.items():
        User.objects.create_user(
            name, f"{name}@example.org", "a long password", **{"is_staff": True} | fields
        )
    noted()
    answers = set()
    for name in ("ada", "guest", "gone", "nobody"):
        answer = visitor().post(FORGOTTEN, {"email": f"{name}@example.org"}, follow=True)
        answers.add(
            (answer.status_code, tuple(answer.redirect_chain), answer.content.decode().split("<main")[1])
        )

    assert len(answers) == 1
    assert [message.to for message in mails] == [["ada@example.org"]]
    # As much is written, so that it does not take longer either.
    assert [(kind, account) for kind, account, *_rest in noted()] == [
        ("link", "ada"),
        *(("link", f"{name}@example.org") for name in ("guest", "gone", "nobody")),
    ]


def test_nobody_fills_the_mailbox_of_another(mails):
    User.objects.create_user("ada", "ada@example.org", "a long password", is_staff=True)
    for number in range(MAILS + 3):
        visitor(f"198.51.100.{number}").post(FORGOTTEN, {"email": "ADA@example.org"})

    assert len(mails) == MAILS
    # Those that came still hold.
    assert choose(visitor(), link_in(mails[0].body)).status_code == 302


def test_a_mail_server_that_fails_tells_nobody_anything(mails, monkeypatch, caplog):
    def fail(message):
        raise TimeoutError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", fail)
    User.objects.create_user("ada", "ada@example.org", "a long password", is_staff=True)

    assert visitor().post(FORGOTTEN, {"email": "ada@example.org"}).url == reverse("password_reset_done")
    assert "could not be sent" in caplog.text


def test_where_no_mail_is_set_up_the_page_says_who_helps():
    make_curator("ada")
    page = visitor().get(FORGOTTEN).content.decode()

    assert "This site sends no mail" in page and "administrator" in page and "changepassword" in page
    assert "<form" not in page.split("<main")[1]
    assert visitor().post(FORGOTTEN, {"email": "ada@example.org"}).status_code == 200
    assert mail.outbox == [] and not SecurityEvent.objects.filter(kind="link").exists()


def test_links_begin_with_the_address_of_the_site_whatever_name_it_was_asked_by(mails, settings):
    settings.ALLOWED_HOSTS = ["*"]
    User.objects.create_user("ada", "ada@example.org", "a long password", is_staff=True)
    Client(headers={"host": "evil.example"}).post(FORGOTTEN, {"email": "ada@example.org"})

    assert "evil" not in mails[0].body and "http://testserver/admin/password/" in mails[0].body


PEOPLE_PAGES = ["add", "change", "delete", "password_change", "password_link", "second_step"]


def pages_of_people():
    rosa, group = User.objects.create_user("rosa"), Group.objects.get(name=CONTRIBUTOR)
    for page in PEOPLE_PAGES:
        yield reverse(f"admin:auth_user_{page}", args=[rosa.pk] if page != "add" else [])
    for page in ("add", "change", "delete"):
        yield reverse(f"admin:auth_group_{page}", args=[group.pk] if page != "add" else [])


def test_who_changes_accounts_or_groups_shows_again_who_he_is():
    client = boss()
    again = reverse("account_reauthenticate")
    pages = list(pages_of_people())
    with later_by(minutes=11):
        before = SecurityEvent.objects.count(), User.objects.count()
        for page in pages:
            for answer in (client.get(page), client.post(page, COLLEAGUE | {"post": "yes"})):
                assert (answer.status_code, answer.url.split("?")[0]) == (302, again), page
        lists = [reverse(f"admin:auth_{model}_changelist") for model in ("user", "group")]
        for page in lists:
            assert client.get(page).status_code == 200
            assert client.post(page, {"action": "delete_selected", "post": "yes"}).url.startswith(again)
        assert (SecurityEvent.objects.count(), User.objects.count()) == before

        asked = client.get(pages[0]).url
        wrong = client.post(asked, {"password": "wrong", "next": ADD})
        assert "not your password" in wrong.content.decode()
        assert client.post(asked, {"password": "a long password", "next": ADD}).url == ADD
        assert all(client.get(page).status_code == 200 for page in pages)


def test_showing_again_who_one_is_gives_no_further_tries():
    client = boss()
    again = reverse("account_reauthenticate")
    for number in range(MOST_FAILED):
        client.post(again, {"password": f"guess {number}"})

    assert "Too many tries" in client.post(again, {"password": "a long password"}).content.decode()
    assert SecurityEvent.objects.filter(kind="locked", account="ann").count() == 1


def test_the_old_password_is_not_guessed_in_a_browser_that_somebody_left_open():
    client = boss()
    change, new = reverse("admin:password_change"), {"new_password1": NEW, "new_password2": NEW}
    noted()
    for number in range(MOST_FAILED):
        client.post(change, new | {"old_password": f"guess {number}"})
    assert "Too many tries" in client.post(change, new | {"old_password": RIGHT}).content.decode()
    assert [kind for kind, *_rest in noted()] == ["failed"] * (MOST_FAILED - 1) + ["locked", "failed"]
    CountedTry.objects.all().delete()

    assert client.post(change, new | {"old_password": RIGHT}).url == reverse("admin:password_change_done")
    assert noted() == [("password", "ann", "ann", "")] and is_in(client)


def test_who_only_looks_at_accounts_is_not_asked():
    client = somebody(REVIEWER, "ron")
    ron = User.objects.get(username="ron")
    ron.user_permissions.add(*Permission.objects.filter(codename="view_user"))
    with later_by(minutes=11):
        assert client.get(reverse("admin:auth_user_change", args=[ron.pk])).status_code == 200


def test_an_administrator_gives_no_superuser_a_link_and_takes_nothing_off_one():
    root = User.objects.create_superuser("root", password="a long password")
    client = boss()
    for page in ("password_link", "second_step"):
        url = reverse(f"admin:auth_user_{page}", args=[root.pk])
        assert client.get(url).status_code == client.post(url).status_code == 403
        assert client.post(reverse(f"admin:auth_user_{page}", args=[987654])).status_code == 404


def test_the_list_says_who_has_which_role_and_a_second_step_in_as_many_queries_for_many():
    client = boss()
    url = reverse("admin:auth_user_changelist")
    counted = []
    for number in range(9):
        user = User.objects.create_user(f"rosa{number}", is_staff=True)
        user.groups.add(Group.objects.get(name=REVIEWER))
        Authenticator.objects.create(user=user, type="webauthn", data={"name": "Blue key"})
        if number in (1, 8):
            with CaptureQueriesContext(connection) as queries:
                page = client.get(url).content.decode()
            counted.append(len(queries))

    assert counted[0] == counted[1]
    assert page.count("Reviewer") >= 9 and page.count("icon-yes") >= 18


def test_groups_and_passwords_are_noted_too():
    client = boss()
    group = Group.objects.get(name=REVIEWER)
    rosa = User.objects.create_user("rosa", password="a long password")
    rosa.groups.add(group)
    noted()

    assert delete(client, group).status_code == 302
    Group.objects.create(name="Readers").delete()
    password = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    client.post(reverse("admin:auth_user_password_change", args=[rosa.pk]), password)
    rosa.refresh_from_db()
    rosa.username, rosa.email = "rosa.l", "rosa@example.org"
    rosa.save()

    assert noted() == [
        ("rights", "Reviewer", "ann", "group deleted; it had: rosa"),
        ("rights", "Readers", "", "new group"),
        ("rights", "Readers", "", "group deleted; it had: nobody"),
        ("password", "rosa", "ann", ""),
        ("rights", "rosa.l", "", "username: rosa → rosa.l, email:  → rosa@example.org"),
    ]


def test_a_password_that_is_only_kept_in_a_newer_way_was_not_changed(settings):
    make_curator("ada")
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    noted()

    assert sign_in(visitor()).url != LOGIN

    assert [kind for kind, *_rest in noted()] == ["signed-in"]
    assert User.objects.get().password.startswith("pbkdf2")
