"""Accounts and groups, as Django has them, safe from two administrators at once; a colleague's account is one page.

Whoever changes any of it has shown within the last minutes who he is.
"""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.admin.concurrency import ConcurrentEdits
from partners.admin.roles import CONTRIBUTOR, ROLES
from partners.admin.signin.frame import SECOND_STEPS, ask_again
from partners.admin.signin.mailing import tell_owner
from partners.admin.signin.passwords import deliver
from partners.models.security import name_of_step, take_off_second_steps
from partners.requests import address_of

admin.site.unregister([User, Group])

# In the session: the link that was just made, until it is shown.
LINK_MADE = "link_made"


def leave_out_library() -> None:
    """Take the library's own tables out of curation: what they hold is shown at the account, and nobody else reads it."""
    admin.site.unregister([EmailAddress, Authenticator])


class AsksAgain:
    """Whoever may change something here shows again who he is, before he sees the form and before it is saved."""

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        may = self.has_add_permission(request) if object_id is None else self.has_change_permission(request)
        return (
            may and ask_again(request) or super().changeform_view(request, object_id, form_url, extra_context)
        )

    def delete_view(self, request, object_id, extra_context=None):
        may = self.has_delete_permission(request)
        return may and ask_again(request) or super().delete_view(request, object_id, extra_context)

    def changelist_view(self, request, extra_context=None):
        is_action = request.method == "POST"
        return is_action and ask_again(request) or super().changelist_view(request, extra_context)


class ColleagueForm(forms.ModelForm):
    """A new account: whoever gets it chooses the password himself."""

    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=[
            (ROLES[0], gettext_lazy("Contributor: writes drafts, and proposes what readers are to see")),
            (ROLES[1], gettext_lazy("Reviewer: decides what readers see")),
            (ROLES[2], gettext_lazy("Administrator: manages people too")),
        ],
        initial=CONTRIBUTOR,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = User
        fields = ["username", "email"]
        field_classes = {"username": UsernameField}
        labels = {"username": gettext_lazy("Username"), "email": gettext_lazy("Mail address")}
        help_texts = {
            "username": gettext_lazy(
                "To sign in with, and shown to colleagues beside changes. Letters, digits and @ . + - _"
            ),
            "email": gettext_lazy("The invitation goes there, and later links for a new password."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True

    def clean_username(self):
        name = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=name).exists():
            raise forms.ValidationError(_("There is an account of this name. Choose another one."))
        return name

    def clean_email(self):
        email = self.cleaned_data["email"]
        other = User.objects.filter(email__iexact=email).first()
        if other is not None:
            raise forms.ValidationError(
                _(
                    "“%s” has this address. One account for each colleague, so that changes say whose they are."
                )
                % other
            )
        return email

    def save(self, commit=True):
        self.instance.is_staff = True
        self.instance.set_unusable_password()
        return super().save(commit)


@admin.register(User)
class UserAdmin(AsksAgain, ConcurrentEdits, DjangoUserAdmin):
    """Whoever manages people gives them roles; only a superuser makes, changes or deletes a superuser."""

    add_form = ColleagueForm
    add_form_template = "admin/colleague.html"
    add_fieldsets = [(None, {"fields": ["username", "email", "role"]})]
    # Signing in writes the first one; a form that was open meanwhile would put the old day back.
    readonly_fields = ["last_login", "date_joined", "password_link", "second_step"]
    list_display = ["username", "email", "roles", "second_steps", "last_login", "is_active"]
    fieldsets = [
        *((name, options) for name, options in DjangoUserAdmin.fieldsets if name is None),
        (gettext_lazy("Signing in"), {"fields": ["password_link", "second_step"]}),
        *((name, options) for name, options in DjangoUserAdmin.fieldsets if name is not None),
    ]

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<id>/password-link/", view(self.password_link_view), name="auth_user_password_link"),
            path("<id>/second-step/", view(self.second_step_view), name="auth_user_second_step"),
            *super().get_urls(),
        ]

    def get_readonly_fields(self, request, obj=None):
        readonly = super().get_readonly_fields(request, obj)
        return readonly if request.user.is_superuser else [*readonly, "is_superuser"]

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self.is_within_reach(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self.is_within_reach(request, obj)

    def is_within_reach(self, request, account) -> bool:
        return request.user.is_superuser or account is None or not account.is_superuser

    def get_deleted_objects(self, objs, request):
        """Of several chosen ones too."""
        deleted, counts, refused, protected = super().get_deleted_objects(objs, request)
        if not all(self.is_within_reach(request, account) for account in objs):
            refused = refused | {self.opts.verbose_name}
        return deleted, counts, refused, protected

    # A colleague ----------------------------------------------------------------------------------------------------

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if not change:
            form.instance.groups.add(Group.objects.get(name=form.cleaned_data["role"]))

    def add_view(self, request, form_url="", extra_context=None):
        return super().add_view(
            request, form_url, {"title": _("An account for a colleague"), **(extra_context or {})}
        )

    def response_add(self, request, obj, post_url_continue=None):
        messages.success(request, _("The account of “%s” was made.") % obj)
        return self.answer_with_link(request, obj)

    def account_to_change(self, request, key) -> User:
        account = self.get_object(request, key)
        if account is None:
            raise Http404
        if not self.has_change_permission(request, account):
            raise PermissionDenied
        return account

    def user_change_password(self, request, id, form_url=""):
        self.account_to_change(request, id)
        return ask_again(request) or super().user_change_password(request, id, form_url)

    def password_link_view(self, request, id):
        account = self.account_to_change(request, id)
        if asked := ask_again(request):
            return asked
        if request.method == "POST":
            messages.success(request, _("The link was made."))
            return self.answer_with_link(request, account)
        made = request.session.pop(LINK_MADE, {})
        is_made = made.get("account") == account.pk
        context = {"is_made": is_made, "link": made["link"] if is_made else ""}
        title = _("Let somebody choose a password")
        return self.page(request, account, "admin/password_link.html", title, **context)

    def answer_with_link(self, request, account):
        """Lead to the page that shows the link once, or says that it was sent: to look at it again makes none."""
        request.session[LINK_MADE] = {"account": account.pk, "link": deliver(request, account)}
        return HttpResponseRedirect(reverse("admin:auth_user_password_link", args=[account.pk]))

    def page(self, request, account, template, title, **context):
        shown = {
            "title": title,
            "account": account,
            "opts": self.opts,
            "has_password": account.has_usable_password(),
        }
        days, hours = settings.INVITATION_TIMEOUT // 86400, settings.PASSWORD_RESET_TIMEOUT // 3600
        shown |= {"days": days, "hours": hours, "will_send": bool(settings.MAIL and account.email)}
        return TemplateResponse(
            request, template, {**self.admin_site.each_context(request), **shown, **context}
        )

    @admin.display(description=gettext_lazy("Link for a password"))
    def password_link(self, account):
        told = _("Chosen.") if account.has_usable_password() else _("Not chosen yet.")
        return self.with_link(told, "auth_user_password_link", account, _("Let “%s” choose one") % account)

    # Second step ----------------------------------------------------------------------------------------------------

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups", "authenticator_set")

    @admin.display(description=gettext_lazy("Roles"))
    def roles(self, account):
        return ", ".join(
            [group.name for group in account.groups.all()] + [_("Superuser")] * account.is_superuser
        )

    @admin.display(description=gettext_lazy("Second step"), boolean=True)
    def second_steps(self, account):
        return any(step.type in SECOND_STEPS for step in account.authenticator_set.all())

    @admin.display(description=gettext_lazy("Second step"))
    def second_step(self, account):
        steps = [name_of_step(each) for each in Authenticator.objects.filter(user=account).order_by("pk")]
        if not steps:
            return _("None set up.")
        return self.with_link(", ".join(steps), "auth_user_second_step", account, _("Take off…"))

    def with_link(self, told, route, account, label):
        return format_html(
            '{} <a href="{}">{}</a>', told, reverse(f"admin:{route}", args=[account.pk]), label
        )

    def second_step_view(self, request, id):
        """Take off the second step of a colleague who has lost it: he signs in with his password, and sets up anew."""
        account = self.account_to_change(request, id)
        if asked := ask_again(request):
            return asked
        steps = list(Authenticator.objects.filter(user=account).order_by("pk"))
        if request.method == "POST":
            take_off_second_steps(account, by=request.user.get_username(), address=address_of(request))
            tell_owner(account, _("%s has taken off your second step.") % request.user)
            messages.success(request, _("“%s” has no second step any more.") % account)
            return HttpResponseRedirect(reverse("admin:auth_user_change", args=[account.pk]))
        context = {
            "steps": [name_of_step(each) for each in steps],
            "is_required": settings.SECOND_STEP_REQUIRED,
        }
        return self.page(request, account, "admin/take_off.html", _("Take off a second step"), **context)


@admin.register(Group)
class GroupAdmin(AsksAgain, ConcurrentEdits, DjangoGroupAdmin):
    pass
