"""Accounts and groups, as Django has them, safe from two administrators at once."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User

from partners.admin.concurrency import ConcurrentEdits

admin.site.unregister([User, Group])


@admin.register(User)
class UserAdmin(ConcurrentEdits, DjangoUserAdmin):
    # Signing in writes the first one; a form that was open meanwhile would put the old day back.
    readonly_fields = ["last_login", "date_joined"]


@admin.register(Group)
class GroupAdmin(ConcurrentEdits, DjangoGroupAdmin):
    pass
