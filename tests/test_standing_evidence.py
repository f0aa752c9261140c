"""Evidence follows the value: a footnote stands beside a value exactly when a citation supports what stands there now."""

import datetime
import random
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, models

from partners.changes.revising import revising
from partners.changes.undoing import undo
from partners.curation_vocabularies import Via
from partners.models import AgreementAmount, Citation, Organization, Revision, Sector
from partners.models.sources import TARGETS, value_of
from partners.money import plain_number
from partners.provenance import Provenance
from partners.tables.columns import plain_text, read_rows
from partners.tables.sources import TARGET_TABLES
from partners.vocabularies import Preference
from tests.database import execute, queries_of
from tests.html import tree
from tests.laws import seeds
from tests.packages import (
    copy_shipped,
    drop_columns,
    dump_dataset,
    empty_directory,
    load_dataset,
    read_table,
    write_table,
)
from tests.past import from_here_on
from tests.records import (
    add_amount,
    cite,
    make_agreement,
    make_event,
    make_mission_area,
    make_organization,
    make_programme,
    make_sector,
    make_source,
)
from tests.shapes import csv_rows, raw
from tests.test_evidence import RECORDS, cite_value, evidence_of, filled_values

pytestmark = pytest.mark.django_db

every_target = pytest.mark.parametrize("target", TARGETS)


# What should be, computed from the cells of the tables --------------------------------------------------------------


def text_now(citation: Citation) -> str:
    """What the record of a citation has in the field that it names, as a data package has it."""
    if not citation.field:
        return ""
    if amount := citation.agreement_amount:
        return f"{amount.kind} {amount.exactness} {plain_number(amount.amount)} {amount.currency}"
    table = TARGET_TABLES[citation.target]
    rows = table.model._base_manager.filter(pk=citation.record.pk)
    return plain_text(next(read_rows(rows, [table.column(citation.field)], public=False))[0])


def check_all() -> None:
    """That every citation says whether it stands, as the cells have it."""
    for citation in Citation.objects.select_related("agreement_amount", *TARGETS):
        assert citation.supports_current == (citation.value == text_now(citation)), citation


def other_value(field: models.Field, record):
    """Another value that a field of a record can hold."""
    if field.choices:
        now = getattr(record, field.name)
        return next(code for code, _label in field.choices if code not in ("", now))
    if field.is_relation:
        return {
            "organization": lambda: make_organization(type="government").pk,
            "event": lambda: make_event().pk,
            "missionarea": lambda: make_mission_area().pk,
        }[field.related_model._meta.model_name]()
    if isinstance(field, models.DateField):
        # What has an end does not end before it begins.
        return datetime.date(2027 if field.name == "expiration_date" else 2026, 2, 3)
    if isinstance(field, models.IntegerField):
        return 2090
    return {"country_code": "BE", "region_code": "US-CA"}.get(field.name, "Other")


def store(record, field: models.Field, value) -> None:
    """Write a value past Django."""
    table = connection.ops.quote_name(record._meta.db_table)
    column = connection.ops.quote_name(field.column)
    # A region is one of the country, and the name of a parent and its record cannot both be there.
    others = {
        "country_code": f", region_code = '{value}-X'",
        "parent_name": ", parent_id = NULL",
        "parent": ", parent_name = ''" if hasattr(record, "parent_name") else "",
    }.get(field.name, "")
    execute(f"UPDATE {table} SET {column} = %s{others} WHERE id = %s", [value, record.pk])  # noqa: S608


def numbers_beside(client, record, name: str) -> list[str]:
    """The numbers of the sources beside a value, on the page of the record."""
    address = record.get_absolute_url()
    found = evidence_of(tree(client.get(address)), name)
    marks = found.find(kind="marks") if found else []
    return [link.text for link in marks[0].find("a")] if marks else []


@every_target
def test_a_footnote_goes_with_its_value_and_comes_back_with_it(target, client):
    """For each field that can be cited, changed by SQL that knows nothing of citations."""
    for record in RECORDS[target]():
        for name in filled_values(record):
            if "." in name or record._meta.get_field(name).many_to_many:
                continue
            field = record._meta.get_field(name)
            citation, before = cite_value(record, name), getattr(record, field.attname)
            assert numbers_beside(client, record, name), name

            store(record, field, other_value(field, record))
            check_all()
            if name in Provenance.of(type(record).objects.get(pk=record.pk)).by_field:
                raise AssertionError(name)

            store(record, field, before)
            check_all()
            assert numbers_beside(client, record, name), name
            citation.delete()


def test_nvidia_was_not_founded_in_2090(client):
    nvidia = make_organization("NVIDIA", established=1993, cited=False)
    cite(nvidia, "established", source=make_source("Newsroom"), quote="NVIDIA was founded in 1993")

    execute("UPDATE partners_organization SET established = 2090 WHERE id = %s", [nvidia.pk])
    page = client.get(nvidia.get_absolute_url())
    assert numbers_beside(client, nvidia, "established") == []
    sources = tree(page).find("section", kind="sources")[0].text
    assert "For earlier values" in sources and "for an earlier value: 1993" in " ".join(sources.split())
    said = client.get(f"{nvidia.get_absolute_url().rstrip('/')}.json").json()
    (citation,) = said["citations"]
    assert (citation["supports_current"], citation["value"]) == ("no", "1993")
    assert said["reports_only"] == []
    assert b'"citation":' not in page.content

    execute("UPDATE partners_organization SET established = 1993 WHERE id = %s", [nvidia.pk])
    assert numbers_beside(client, nvidia, "established") == ["1"]
    assert client.get(f"{nvidia.get_absolute_url().rstrip('/')}.json").json()["reports_only"] == [
        "established"
    ]


def test_the_directory_of_an_earlier_day_has_its_footnotes(client):
    firm = make_organization("Firm", established=1993)
    make_agreement(partners=[firm])
    cite(firm, "established")
    before = Revision.objects.order_by("-number").first().number
    with revising(Via.FORM):
        from_here_on()
        Organization.objects.filter(pk=firm.pk).update(established=1999)

    address = f"{firm.get_absolute_url().rstrip('/')}.json"
    (now,) = (row for row in client.get(address).json()["citations"] if row["field"])
    (then,) = (row for row in client.get(f"{address}?as_of={before}").json()["citations"] if row["field"])
    assert (now["supports_current"], then["supports_current"]) == ("no", "yes")


# Any writer ----------------------------------------------------------------------------------------------------------


def make_directory():
    make_programme(lead=make_organization("Agency", type="government"), announcement=make_event("Day"))
    sectors = [make_sector("Chips"), make_sector("Fusion"), make_sector("AI models")]
    areas = [make_mission_area("One"), make_mission_area("Two")]
    for number in range(3):
        organization = make_organization(
            f"Firm {number}", established=1990, city="", sectors=sectors[:number]
        )
        agreement = make_agreement(
            partners=[organization], mission_areas=areas[:number], announced_date="2025-12-18"
        )
        amount = add_amount(agreement)
        cite(agreement, "amounts", agreement_amount=amount)
        cite(agreement, "mission_areas")
        for name in ("established", "city", "sectors", "parent", "summary_en"):
            cite(organization, name)


def save_a_value(rng):
    record = rng.choice(Organization.objects.all())
    record.established, record.city = rng.choice((None, 1990, 2090)), rng.choice(("", "Delft", "San José"))
    record.save()


def update_many(rng):
    Organization.objects.update(established=rng.choice((None, 1990, 2090)))


def write_sql(rng):
    execute("UPDATE partners_organization SET summary_en = %s", [rng.choice(("One", "Two\nlines", "日本"))])


def set_sectors(rng):
    chosen = [each for each in Sector.objects.all() if rng.random() < 0.5]
    rng.choice(Organization.objects.all()).sectors.set(chosen)


def take_sectors(rng):
    rng.choice(Sector.objects.all()).organizations.clear()


def set_parent(rng):
    one, other = rng.sample(list(Organization.objects.all()), 2)
    Organization.objects.filter(pk=one.pk).update(parent=rng.choice((None, other)), parent_name="")


def rename_a_sector(rng):
    execute(
        "UPDATE partners_sector SET slug = %s WHERE id = %s",
        [f"s{rng.random()}"[:9].replace(".", ""), rng.choice(Sector.objects.all()).pk],
    )


def change_an_amount(rng):
    AgreementAmount.objects.update(
        amount=Decimal(rng.choice(("600000000", "5.5", "123456789012.34"))),
        currency=rng.choice(("USD", "EUR")),
    )


def cite_anew(rng):
    cite(rng.choice(Organization.objects.all()), rng.choice(("established", "sectors", "parent", "name", "")))


def move_a_citation(rng):
    citation = rng.choice(Citation.objects.filter(organization__isnull=False))
    Citation.objects.filter(pk=citation.pk).update(field="name", value=None)


def claim_that_it_stands(rng):
    Citation.objects.update(supports_current=rng.random() < 0.5)


def say_another_value(rng):
    Citation.objects.exclude(field="").update(value=rng.choice((None, "1990", "")))


WRITERS = (
    *(save_a_value, update_many, write_sql, set_sectors, take_sectors, set_parent, rename_a_sector),
    *(change_an_amount, cite_anew, move_a_citation, claim_that_it_stands, say_another_value),
)


@pytest.mark.parametrize("seed", seeds(3))
def test_any_writer_leaves_each_citation_true(seed):
    rng = random.Random(seed)  # noqa: S311
    make_directory()
    check_all()
    for _step in range(25):
        with revising(Via.FORM) as announced:
            writer = rng.choice(WRITERS)
            writer(rng)
        check_all()
        if announced.revision and writer is not move_a_citation and rng.random() < 0.3:
            undo(announced.revision)
            check_all()


def test_a_record_with_another_code_is_still_the_one_that_was_cited():
    agency = make_organization("Agency", type="government")
    sectors = [make_sector("Chips"), make_sector("Energy")]
    firm = make_organization("Firm", parent=agency, sectors=sectors)
    parent, sector = cite(firm, "parent"), cite(firm, "sectors")

    Organization.objects.filter(pk=agency.pk).update(slug="zz-agency")
    Sector.objects.filter(pk=sectors[0].pk).update(slug="zz-chips")

    found = dict(Citation.objects.filter(pk__in=[parent.pk, sector.pk]).values_list("field", "value"))
    assert found == {"parent": "zz-agency", "sectors": "energy;zz-chips"}
    check_all()
    assert Citation.objects.filter(supports_current=False).count() == 0


def test_citations_of_earlier_values_follow_renamed_records_too():
    """What they support is the same record as before, under its new code."""
    agency, other = make_organization("Agency", type="government"), make_organization("Other")
    chips, clouds, robots = make_sector("Chips"), make_sector("Clouds"), make_sector("Robots")
    alpha = make_organization("Alpha", parent=agency, sectors=[chips, clouds])
    beta = make_organization("Beta", sectors=[robots])
    for field in ("parent", "sectors", "city"):
        cite_value(alpha, field)
    Citation.objects.filter(field="city").update(value="chips")
    cite_value(beta, "sectors")
    Organization.objects.filter(pk=alpha.pk).update(parent=other)
    alpha.sectors.remove(clouds)

    Organization.objects.filter(pk=agency.pk).update(slug="energy")
    codes = "CASE slug WHEN 'chips' THEN 'zz-chips' ELSE 'aa-clouds' END"
    execute(f"UPDATE partners_sector SET slug = {codes} WHERE slug IN ('chips', 'clouds')")  # noqa: S608

    values = dict(Citation.objects.filter(organization=alpha).values_list("field", "value"))
    assert (values["parent"], values["sectors"]) == ("energy", "aa-clouds;zz-chips")
    assert values["city"] == "chips"
    assert Citation.objects.get(organization=beta, field="sectors").value == "robots"
    check_all()
    alpha.sectors.add(clouds)
    assert Citation.objects.get(organization=alpha, field="sectors").supports_current


# How a citation gets its value ---------------------------------------------------------------------------------------


def test_a_citation_gets_the_value_of_now_however_it_is_made():
    firm = make_organization("Firm", established=1993, cited=False)
    one, two, three = make_source(), make_source(), make_source()

    cite(firm, "established", source=one)
    Citation.objects.bulk_create([Citation(organization=firm, field="established", source=two)])
    execute(
        "INSERT INTO partners_citation (organization_id, field, source_id, quote, says, reason, curator_note, "
        "supports_current) VALUES (%s, 'established', %s, '', '', '', '', %s)",
        [firm.pk, three.pk, False],
    )

    assert set(firm.citations.values_list("value", "supports_current")) == {("1993", True)}
    assert firm.citations.count() == 3


def test_an_amount_is_cited_with_its_kind_exactness_figure_and_currency():
    agreement = make_agreement()
    amount = add_amount(agreement, 1234.5, exactness="about")
    citation = cite(agreement, "amounts", agreement_amount=amount)

    citation.refresh_from_db()
    assert citation.value == "contract-value about 1234.5 USD"
    for change in ({"currency": "EUR"}, {"exactness": "up-to"}, {"kind": "pledge"}, {"amount": 1235}):
        AgreementAmount.objects.update(**change)
        assert not Citation.objects.get(pk=citation.pk).supports_current
        AgreementAmount.objects.update(
            currency="USD", exactness="about", kind="contract-value", amount=1234.5
        )
        assert Citation.objects.get(pk=citation.pk).supports_current
    assert value_of(amount) in Provenance.of(agreement).by_field


# Files ---------------------------------------------------------------------------------------------------------------


def test_files_never_name_a_hidden_record_in_a_value(client):
    hidden = make_organization("Secret Agency", type="government", publication_state="draft")
    firm = make_organization("Firm", parent=hidden)
    make_agreement(partners=[firm])
    cite(firm, "parent")
    Organization.objects.filter(pk=firm.pk).update(parent=None)
    cite(firm, "parent", source=make_source())
    Organization.objects.filter(pk=firm.pk).update(parent=hidden)

    page = firm.get_absolute_url()
    for address in ("/citations.csv", f"{page.rstrip('/')}.json", page):
        assert b"secret" not in raw(client.get(address, follow=True)).lower()
    rows = [row for row in csv_rows(raw(client.get("/citations.csv"))) if row["field"] == "parent"]
    assert [row["value"] for row in rows] == ["", ""]


def test_a_package_carries_what_citations_say_there_and_back(tmp_path):
    load_dataset(copy_shipped(tmp_path))
    firm = Organization.objects.exclude(established=None).first()
    cited = cite(firm, "established", says="2016", reason="newer", source=make_source())
    cite(firm, "established", source=make_source())
    Citation.objects.filter(pk=cited.pk).update(value=None)
    Organization.objects.filter(pk=firm.pk).update(established=1900)
    before = set(
        Citation.objects.values_list("source__slug", "field", "value", "says", "reason", "supports_current")
    )

    dumped = dump_dataset(tmp_path / "there")
    printed = load_dataset(tmp_path / "there")
    assert "0" in printed and dump_dataset(tmp_path / "again") == dumped
    empty_directory()
    load_dataset(tmp_path / "there")

    assert dump_dataset(tmp_path / "back") == dumped
    found = Citation.objects.values_list(
        "source__slug", "field", "value", "says", "reason", "supports_current"
    )
    assert set(found) == before


def test_a_package_of_an_earlier_release_gets_the_values_of_now(tmp_path):
    old = copy_shipped(tmp_path)
    drop_columns(old, "citations", ["value", "says", "reason"])

    load_dataset(old)
    check_all()
    assert Citation.objects.filter(supports_current=False).count() == 0
    assert changed_in(load_dataset(old)) == (0, 0)

    # The package of this release says the same of what nobody has touched.
    assert changed_in(load_dataset(copy_shipped(tmp_path / "new"))) == (0, 0)


def changed_in(printed: str) -> tuple[int, int]:
    """How many citations a load changed, and how many it found edited."""
    line = next(line for line in printed.splitlines() if line.startswith("citations"))
    _name, _created, changed, _unchanged, edited, _removed = line.split()
    return int(changed), int(edited)


def test_an_empty_value_in_a_file_is_filled_in_and_changes_nothing_later(tmp_path):
    folder = copy_shipped(tmp_path)
    rows = read_table(folder, "citations")
    for row in rows:
        row["value"] = ""
    write_table(folder, "citations", rows)

    load_dataset(folder)
    assert Citation.objects.filter(supports_current=False).count() == 0
    assert changed_in(load_dataset(folder)) == (0, 0)
    assert (
        dump_dataset(tmp_path / "dumped")["citations.csv"]
        == (copy_shipped(tmp_path / "x") / "citations.csv").read_bytes()
    )


def test_a_new_package_brings_the_value_and_what_it_rests_on(tmp_path):
    """Loaded by a release that knew no values, then anew by this one with another year: the footnote stays."""
    old = copy_shipped(tmp_path / "old")
    drop_columns(old, "citations", ["value", "says", "reason"])
    load_dataset(old)
    new = copy_shipped(tmp_path / "new")
    citations, organizations = read_table(new, "citations"), read_table(new, "organizations")
    cited = next(row for row in citations if row["organization"] and row["field"] == "established")
    for row in citations:
        if (row["organization"], row["field"]) == (cited["organization"], "established"):
            row["value"] = "1901"
    for row in organizations:
        if row["organization"] == cited["organization"]:
            row["established"] = "1901"
    write_table(new, "citations", citations)
    write_table(new, "organizations", organizations)

    load_dataset(new)
    found = Citation.objects.filter(organization__slug=cited["organization"], field="established")
    assert set(found.values_list("value", "supports_current")) == {("1901", True)}


def test_a_table_says_how_many_footnotes_it_takes_away(tmp_path: Path, client, capsys):
    firm = make_organization("Firm", established=1993, city="Delft")
    make_agreement(partners=[firm])
    cite(firm, "established", source=make_source("Newsroom"))
    cite(firm, "established", source=make_source("Almanac"))
    cite(firm, "city")
    path = tmp_path / "file.csv"
    path.write_bytes(raw(client.get("/partners.csv")).replace(b"1993", b"1999"))

    for options, words in (
        ({"dry_run": True}, "2 footnotes would no longer hold"),
        ({}, "2 footnotes no longer hold"),
    ):
        call_command("apply_table", str(path), **options)
        printed = capsys.readouterr().out
        assert words in printed and "firm, established: newsroom" in printed

    assert Citation.objects.filter(supports_current=False).count() == 2


# Sources that disagree -----------------------------------------------------------------------------------------------


def test_sources_that_disagree_stand_both_beside_the_value(client):
    firm = make_organization("Firm", established=1993, city="Delft", country_code="NL")
    make_agreement(partners=[firm])
    for title in ("Newsroom", "Register"):
        cite(firm, "established", source=make_source(title, stance="official"))
    cite(firm, "established", source=make_source("Blog"), says="2016", reason=Preference.OFFICIAL)
    cite(firm, "city", source=make_source("Atlas"), says="Den Haag & <Rijswijk>")

    def beside(address: str, name: str) -> str:
        text = " ".join(evidence_of(tree(client.get(address)), name).text.split())
        return text.replace("[ ", "[").replace(" ]", "]")

    page = firm.get_absolute_url()
    number = numbers_beside(client, firm, "established")[-1]
    assert f"of 3 sources 1 says 2016 [{number}]; followed: [1 2]; official" in beside(page, "established")
    assert "City: its source says Den Haag & <Rijswijk>" in beside(page, "city")
    make_agreement(partners=[make_organization("Another")])
    compared = client.get("/compare/?partner=firm&partner=another").content.decode()
    assert "of 3 sources 1 says <bdi>2016</bdi>" in compared
    said = client.get(f"{page.rstrip('/')}.json").json()["citations"]
    assert {(row["says"], row["reason"]) for row in said if row["field"] == "established"} == {
        (None, None),
        ("2016", "official"),
    }

    Organization.objects.update(established=2016)
    assert evidence_of(tree(client.get(page)), "established") is None


def test_a_page_costs_no_query_more_for_what_its_citations_say(client):
    firm = make_organization("Firm", established=1993)

    def cite_more(number) -> None:
        cite(firm, "established", says=str(number))
        cite(firm, "city", value="Earlier")

    cite_more(0)
    few = queries_of(client.get, firm.get_absolute_url())
    for number in range(1, 6):
        cite_more(number)

    assert queries_of(client.get, firm.get_absolute_url()) == few
