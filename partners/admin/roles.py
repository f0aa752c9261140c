"""Roles: three groups of accounts, each with every permission that its screens need.

They are put in place after `migrate`: a group that is missing is made, and one that lacks a permission gets it, so that
a new kind of record is in them without being named. Whoever needs other rights makes a group of his own.
"""

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import connections
from django.db.models import Q

from partners.models.belonging import models_with_data
from partners.triggers import is_up_to_date

# Writes drafts, and proposes what readers are to see.
CONTRIBUTOR = "Contributor"
# Decides what readers see.
REVIEWER = "Reviewer"
# Manages people too.
ADMINISTRATOR = "Administrator"
ROLES = (CONTRIBUTOR, REVIEWER, ADMINISTRATOR)

# What is only read.
READ = ("revision", "proposal")
# Judgements are made in the form of a record, and taken back by whoever writes.
JUDGES = ("view_judgement", "delete_judgement")


def rights() -> dict[str, Q]:
    """The permissions of each role, as a condition."""
    records = [model._meta.model_name for model in models_with_data() if not model._meta.auto_created]
    own = Q(content_type__app_label="partners", content_type__model__in=records)
    reads = Q(content_type__app_label="partners", codename__in=[*(f"view_{name}" for name in READ), *JUDGES])
    accounts = Q(content_type__app_label="auth", content_type__model__in=["user", "group"])
    people = accounts | Q(content_type__app_label="partners", codename="view_securityevent")
    contributor = (own & ~Q(codename__startswith="publish_")) | reads
    return {CONTRIBUTOR: contributor, REVIEWER: own | reads, ADMINISTRATOR: own | reads | people}


def give_roles(sender=None, using="default", **kwargs) -> None:
    """Make the groups that are missing, and give each the permissions that it lacks. Takes none away."""
    if not is_up_to_date(connections[using]):
        return
    # Django makes those of the accounts only after this.
    create_permissions(apps.get_app_config("auth"), verbosity=0, using=using)
    for name, condition in rights().items():
        group, _is_new = Group.objects.using(using).get_or_create(name=name)
        group.permissions.add(*Permission.objects.using(using).filter(condition))
