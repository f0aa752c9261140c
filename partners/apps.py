from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.core.signals import request_finished, request_started
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class PartnersConfig(AppConfig):
    name = "partners"
    verbose_name = _("Partner directory")

    def ready(self):
        from partners import triggers
        from partners.replicas import leave_replica
        from partners.telemetry.logs import watch_statements

        connection_created.connect(watch_statements)
        post_migrate.connect(triggers.install, sender=self)
        for each in (request_started, request_finished):
            each.connect(leave_replica)


class CurationConfig(admin.AdminConfig):
    default = False
    default_site = "partners.curation.CurationSite"

    def ready(self):
        super().ready()
        from partners.admin import accounts, roles
        from partners.admin.signin import checks  # noqa: F401 (registers itself)

        accounts.leave_out_library()

        post_migrate.connect(roles.give_roles, sender=self)
