"""Migrations as a later release may bring them. What each does follows from the models, so it covers every table."""

import sys
from pathlib import Path

from django.apps import apps
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.models import Q

NAME = "9001_later"
PACKAGE = """
from pathlib import Path
import partners.migrations
__path__ = [*__path__, *partners.migrations.__path__]
"""
MIGRATION = """
from django.db import migrations
from tests import later

class Migration(migrations.Migration):
    dependencies = [("partners", "{leaf}")]
    operations = later.{kind}()
    atomic = {atomic}
"""


def leaf() -> str:
    """The last migration of this release."""
    ((_, name),) = MigrationLoader(None).graph.leaf_nodes("partners")
    return name


def write(folder: Path, kind: str, atomic: bool = True) -> str:
    """Write the migrations of this release and one more, whose operations the function `kind` gives, as a package.

    Returns its name, for MIGRATION_MODULES. `folder` must be in the path of modules.
    """
    name = f"later_{folder.name}"
    package = folder / name
    package.mkdir()
    (package / "__init__.py").write_text(PACKAGE)
    text = MIGRATION.format(leaf=leaf(), kind=kind, atomic=atomic)
    (package / f"{NAME}.py").write_text(text)
    sys.modules.pop(name, None)
    return name


def every_model() -> list[type[models.Model]]:
    return list(apps.get_app_config("partners").get_models())


def columns() -> list:
    """A column more in each table, empty, and one that has a value in the rows that are there."""
    return [
        migrations.AddField(model._meta.model_name, name, field)
        for model in every_model()
        for name, field in (
            ("added_empty", models.CharField(max_length=20, null=True)),
            ("added_filled", models.CharField(max_length=20, db_default="filled")),
        )
    ]


def constraints() -> list:
    """A rule more for each table; SQLite rebuilds the table for it."""
    return [
        migrations.AddConstraint(
            model._meta.model_name,
            models.CheckConstraint(
                name=f"later_{model._meta.model_name}",
                condition=Q(**{f"{next(f.name for f in model._meta.concrete_fields)}__isnull": False}),
            ),
        )
        for model in every_model()
    ]


def terms() -> list:
    """A term more in each vocabulary."""
    found = []
    for model in every_model():
        for rule in [each for each in model._meta.constraints if each.name.endswith("_is_a_term")]:
            ((lookup, allowed),) = rule.condition.children
            more = models.CheckConstraint(name=rule.name, condition=Q(**{lookup: [*allowed, "later"]}))
            found += [
                migrations.RemoveConstraint(model._meta.model_name, rule.name),
                migrations.AddConstraint(model._meta.model_name, more),
            ]
    return found


def rows() -> list:
    """Rows that are written beside a table that is rebuilt: an organization is withheld, another one moves."""

    def write_rows(apps, schema_editor):
        organizations = apps.get_model("partners", "Organization").objects
        organizations.filter(slug="organization-000001").update(publication_state="withheld")
        organizations.filter(slug="organization-000002").update(city="Elsewhere", ownership="startup")

    return [*terms(), migrations.RunPython(write_rows, migrations.RunPython.noop)]


def renaming() -> list:
    """A column that triggers know by its name, renamed, written to, and named back."""

    def write_rows(apps, schema_editor):
        apps.get_model("partners", "Organization").objects.update(state="withheld")

    return [
        migrations.RenameField("organization", "publication_state", "state"),
        migrations.RunPython(write_rows, migrations.RunPython.noop),
        migrations.RenameField("organization", "state", "publication_state"),
    ]


def failing() -> list:
    """Fails when half of it is done."""

    def fail(apps, schema_editor):
        apps.get_model("partners", "Organization").objects.update(city="Half")
        raise RuntimeError("failed on purpose")

    return [*columns(), migrations.RunPython(fail, migrations.RunPython.noop)]
