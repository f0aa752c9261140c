"""The security log: sign-ins, failures and changes of rights, whatever makes them, for whoever manages people."""

from contextvars import ContextVar

from django.contrib import admin
from django.contrib.auth.hashers import is_password_usable
from django.contrib.auth.models import Group, User
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save
from django.dispatch import receiver
from django.utils.translation import gettext

from partners.admin.signin.mailing import tell_owner
from partners.curation_vocabularies import SecurityEventKind
from partners.models import SecurityEvent
from partners.requests import address_of

# What an account is, beside what its groups and permissions let it do.
FLAGS = ("is_active", "is_staff", "is_superuser")
# By what it is known, and where a link for a new password is sent.
KNOWN_BY = ("username", "email")
# What a change of a relation is called here; others say nothing new.
SIGNS = {"post_add": "+", "post_remove": "−", "pre_clear": "−"}

# The request that is being answered, for changes of rights that Django tells without one.
answering: ContextVar = ContextVar("answering", default=None)


def note_deed(kind: SecurityEventKind, account: str, detail: str = "") -> None:
    """Say in the security log what somebody, in the request that is being answered, did to an account or a group."""
    request = answering.get()
    by = request.user.get_username() if request is not None else ""
    SecurityEvent.note(kind, account, by=by, address=address_of(request), detail=detail)


def note_rights(account: str, detail: str) -> None:
    note_deed(SecurityEventKind.RIGHTS, account, detail)


# Rights ---------------------------------------------------------------------------------------------------------------


@receiver(pre_save, sender=User)
def remember_account(sender, instance, update_fields=None, **kwargs):
    """What the account was before; signing in saves the day alone, and asks nothing more."""
    watched = (*FLAGS, *KNOWN_BY, "password")
    is_watched = update_fields is None or set(update_fields) & set(watched)
    before = (
        User.objects.filter(pk=instance.pk).values(*watched).first() if is_watched and instance.pk else None
    )
    instance.account_before = before if before or not is_watched else dict.fromkeys(FLAGS, False)


@receiver(post_save, sender=User)
def note_account(sender, instance, created, update_fields=None, **kwargs):
    before = instance.account_before
    if before is None:
        return
    changed = [
        f"{'+' if getattr(instance, name) else '−'} {name}"
        for name in FLAGS
        if getattr(instance, name) != before[name]
    ]
    if created:
        changed = ["new account", *changed]
    else:
        changed += [
            f"{name}: {before[name]} → {getattr(instance, name)}"
            for name in KNOWN_BY
            if getattr(instance, name) != before[name]
        ]
        note_password(instance, before["password"], update_fields)
    if changed:
        note_rights(instance.get_username(), ", ".join(changed))


def note_password(account: User, before: str, update_fields) -> None:
    """Say that a password was changed; at a sign-in Django may only keep the same one in a newer way."""
    is_kept_anew = account._password is None and set(update_fields or ()) == {"password"}
    if account.password != before and not is_kept_anew:
        note_deed(SecurityEventKind.PASSWORD, account.get_username())
        if is_password_usable(before):
            tell_owner(account, gettext("The password was changed."))


@receiver(post_delete, sender=User)
def note_deletion(sender, instance, **kwargs):
    note_rights(instance.get_username(), "account deleted")


@receiver(pre_save, sender=Group)
def remember_name(sender, instance, **kwargs):
    before = (
        Group.objects.filter(pk=instance.pk).values_list("name", flat=True).first() if instance.pk else None
    )
    instance.name_before = before


@receiver(post_save, sender=Group)
def note_group(sender, instance, created, **kwargs):
    if created:
        note_rights(instance.name, "new group")
    elif instance.name_before != instance.name:
        note_rights(instance.name, f"group renamed from {instance.name_before}")


@receiver(pre_delete, sender=Group)
def note_deleted_group(sender, instance, **kwargs):
    """With whoever loses what it let him do: the rows between go without a word."""
    members = [account.get_username() for account in instance.user_set.order_by("username")]
    note_rights(instance.name, f"group deleted; it had: {', '.join(members) or 'nobody'}")


@receiver(m2m_changed)
def note_relation(sender, instance, action, reverse, model, pk_set, **kwargs):
    """Groups of an account, and permissions of an account or a group."""
    relations = (User.groups.through, User.user_permissions.through, Group.permissions.through)
    if sender not in relations or action not in SIGNS:
        return
    if action == "pre_clear":
        names = [f"all {model._meta.verbose_name_plural}"]
    else:
        names = sorted(str(each) for each in model._default_manager.filter(pk__in=pk_set))
    if names:
        note_rights(str(instance), f"{SIGNS[action]} {', '.join(names)}")


# The list -------------------------------------------------------------------------------------------------------------


@admin.register(SecurityEvent)
class SecurityEventAdmin(admin.ModelAdmin):
    list_display = ["at", "kind", "account", "by", "address", "detail"]
    list_display_links = None
    list_filter = ["kind", "at"]
    search_fields = ["account", "by", "address", "detail"]
    list_per_page = 100
    show_full_result_count = False

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
