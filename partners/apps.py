from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.db.models.signals import post_migrate


class PartnersConfig(AppConfig):
    name = "partners"
    verbose_name = "Partner directory"

    def ready(self):
        from partners import triggers

        post_migrate.connect(triggers.install, sender=self)


class CurationConfig(admin.AdminConfig):
    default = False
    default_site = "partners.curation.CurationSite"

    def ready(self):
        super().ready()
        from partners.admin import roles

        post_migrate.connect(roles.give_roles, sender=self)
