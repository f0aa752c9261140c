"""Accounts and groups, as Django has them, safe from two administrators at once."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User

from partners.admin.concurrency import ConcurrentEdits

admin.site.unregister([User, Group])


@admin.register(User)
class UserAdmin(ConcurrentEdits, DjangoUserAdmin):
    """Whoever manages people gives them roles; only a superuser makes, changes or deletes a superuser."""

    # Signing in writes the first one; a form that was open meanwhile would put the old day back.
    readonly_fields = ["last_login", "date_joined"]

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


@admin.register(Group)
class GroupAdmin(ConcurrentEdits, DjangoGroupAdmin):
    pass
