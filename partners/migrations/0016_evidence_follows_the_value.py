# ruff: noqa: S608 - the names put into this SQL are those of this file.
"""Citations keep the value that they support: those that are there, the value of today."""

from django.db import migrations, models

# What could be cited when this was written: the table of each kind of record, its plain texts, its numbers and days,
# the records that it refers to (column and table), and the tables between it and several others.
RECORDS = {
    "organization": (
        "name legal_name type ownership parent_name summary_en summary_nl city region_code country_code website "
        "wikidata_id ror_id ticker",
        "established",
        "",
        {"parent": "organization"},
        {"sectors": ("organization_sectors", "sector")},
    ),
    "agreement": (
        "title_en title_nl agreement_type basis status binding summary_en summary_nl",
        "",
        "announced_date signed_date effective_date expiration_date",
        {"announcement": "event"},
        {"mission_areas": ("agreement_mission_areas", "missionarea")},
    ),
    "event": ("title_en title_nl kind summary_en summary_nl", "", "date", {}, {}),
    "sector": ("name_en name_nl description_en description_nl", "", "", {}, {}),
    "mission_area": (
        "name_en name_nl description_en description_nl level",
        "",
        "",
        {"parent": "missionarea"},
        {},
    ),
    "programme": (
        "name_en name_nl summary_en summary_nl",
        "",
        "",
        {"lead": "organization", "announcement": "event"},
        {},
    ),
}
DAY = {"sqlite": "CAST(r.{0} AS TEXT)", "postgresql": "to_char(r.{0}, 'YYYY-MM-DD')"}
FIGURE = {"sqlite": "CAST(a.amount AS TEXT)", "postgresql": "trim_scale(a.amount)::text"}
JOINED = {
    "sqlite": "(SELECT group_concat(code, ';') FROM ({}))",
    "postgresql": "(SELECT string_agg(code, ';' ORDER BY code) FROM ({}) c)",
}


def values_of(target, vendor):
    """The value of each field of a record `r`, as text."""
    texts, numbers, days, references, sets = RECORDS[target]
    own = target.replace("_", "")
    values = {name: f"r.{name}" for name in texts.split()}
    values |= {name: f"CAST(r.{name} AS TEXT)" for name in numbers.split()}
    values |= {name: DAY[vendor].format(name) for name in days.split()}
    for name, table in references.items():
        values[name] = f"(SELECT s.slug FROM partners_{table} s WHERE s.id = r.{name}_id)"
    for name, (between, table) in sets.items():
        values[name] = JOINED[vendor].format(
            f"SELECT s.slug AS code FROM partners_{between} t JOIN partners_{table} s ON s.id = t.{table}_id "
            f"WHERE t.{own}_id = r.id ORDER BY s.slug"
        )
    return values


def fill_in(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    # Each row once: PostgreSQL checks the references of a row that is written twice, and changes no table before.
    schema_editor.execute("UPDATE partners_citation SET value = '' WHERE field = ''")
    for target in RECORDS:
        table = f"partners_{target.replace('_', '')}"
        cases = " ".join(f"WHEN '{name}' THEN {value}" for name, value in values_of(target, vendor).items())
        schema_editor.execute(
            f"UPDATE partners_citation SET value = coalesce((SELECT CASE partners_citation.field {cases} END "
            f"FROM {table} r WHERE r.id = partners_citation.{target}_id), '') "
            f"WHERE {target}_id IS NOT NULL AND field NOT IN ('', 'amounts')"
        )
    schema_editor.execute(
        "UPDATE partners_citation SET value = coalesce((SELECT a.kind || ' ' || a.exactness || ' ' || "
        f"{FIGURE[vendor]} || ' ' || a.currency FROM partners_agreementamount a "
        "WHERE a.id = partners_citation.agreement_amount_id), '') WHERE field = 'amounts'"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0015_publishing_of_what_has_no_state"),
    ]

    operations = [
        migrations.AddField(
            model_name="citation",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("official", "Official"),
                    ("newer", "Newer"),
                    ("more-exact", "More exact"),
                    ("closer", "Closer to the matter"),
                    ("more-sources", "Said by more sources"),
                ],
                help_text="Where sources disagree: why the value here is followed, and not the other one.",
                max_length=30,
                verbose_name="why one is followed",
            ),
        ),
        migrations.AddField(
            model_name="citation",
            name="says",
            field=models.CharField(
                blank=True,
                help_text="What this source says, where that is not the value here; else empty.",
                max_length=300,
                verbose_name="says otherwise",
            ),
        ),
        migrations.AddField(
            model_name="citation",
            name="supports_current",
            field=models.BooleanField(default=True, editable=False, verbose_name="supports the value of now"),
        ),
        migrations.AddField(
            model_name="citation",
            name="value",
            field=models.TextField(
                blank=True,
                help_text="The value that it supports, as files have it.",
                null=True,
                verbose_name="value when cited",
            ),
        ),
        migrations.RunPython(fill_in, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="citation",
            index=models.Index(
                condition=models.Q(("supports_current", False)), fields=["field"], name="citation_of_earlier"
            ),
        ),
        migrations.AddConstraint(
            model_name="citation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reason__in", ["official", "newer", "more-exact", "closer", "more-sources", ""])
                ),
                name="citation_reason_is_a_term",
                violation_error_message="This is not one of the terms of the list.",
            ),
        ),
        migrations.AddConstraint(
            model_name="citation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("field", ""), _negated=True),
                    models.Q(("reason", ""), ("says", "")),
                    _connector="OR",
                ),
                name="citation_of_whole_says_nothing_else",
                violation_error_message="Only a citation of a single value can say otherwise. Choose the value that it is about.",
            ),
        ),
    ]
