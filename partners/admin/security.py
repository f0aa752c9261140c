"""The security log: sign-ins, failures and changes of rights, whatever makes them, for whoever manages people."""

from contextvars import ContextVar

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.exceptions import ValidationError
from django.core.validators import validate_ipv46_address
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.dispatch import receiver

from partners.models import SecurityEvent
from partners.vocabularies import SecurityEventKind

# What an account is, beside what its groups and permissions let it do.
FLAGS = ("is_active", "is_staff", "is_superuser")
# What a change of a relation is called here; others say nothing new.
SIGNS = {"post_add": "+", "post_remove": "−", "pre_clear": "−"}

# The request that is being answered, for changes of rights that Django tells without one.
answering: ContextVar = ContextVar("answering", default=None)


def address_of(request) -> str | None:
    """The address that a request came from; None where the server was not told one."""
    address = request.META.get("REMOTE_ADDR", "") if request is not None else ""
    try:
        validate_ipv46_address(address)
    except ValidationError:
        return None
    return address


def note_rights(account: str, detail: str) -> None:
    request = answering.get()
    by = request.user.get_username() if request is not None else ""
    SecurityEvent.note(SecurityEventKind.RIGHTS, account, by=by, address=address_of(request), detail=detail)


# Sign-ins -------------------------------------------------------------------------------------------------------------


@receiver(user_logged_in)
def note_sign_in(sender, request, user, **kwargs):
    SecurityEvent.note(SecurityEventKind.SIGNED_IN, user.get_username(), address=address_of(request))


@receiver(user_logged_out)
def note_sign_out(sender, request, user, **kwargs):
    if user is not None:
        SecurityEvent.note(SecurityEventKind.SIGNED_OUT, user.get_username(), address=address_of(request))


@receiver(user_login_failed)
def note_failure(sender, credentials, request=None, **kwargs):
    name = str(credentials.get(User.USERNAME_FIELD) or "")
    SecurityEvent.note(SecurityEventKind.FAILED, name, address=address_of(request))


# Rights ---------------------------------------------------------------------------------------------------------------


@receiver(pre_save, sender=User)
def remember_flags(sender, instance, update_fields=None, **kwargs):
    """What the account was before; signing in saves the day alone, and asks nothing more."""
    is_about_flags = update_fields is None or set(update_fields) & set(FLAGS)
    before = (
        User.objects.filter(pk=instance.pk).values(*FLAGS).first() if is_about_flags and instance.pk else None
    )
    instance.flags_before = before if before or not is_about_flags else dict.fromkeys(FLAGS, False)


@receiver(post_save, sender=User)
def note_flags(sender, instance, created, **kwargs):
    before = instance.flags_before
    if before is None:
        return
    changed = [
        f"{'+' if getattr(instance, name) else '−'} {name}"
        for name in FLAGS
        if getattr(instance, name) != before[name]
    ]
    if created or changed:
        note_rights(instance.get_username(), ", ".join([*(["new account"] if created else []), *changed]))


@receiver(post_delete, sender=User)
def note_deletion(sender, instance, **kwargs):
    note_rights(instance.get_username(), "account deleted")


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
