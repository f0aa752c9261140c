"""What people decide on, beside SQL by hand: a proposal, findings, a conflict, the preview of an import.

`tests.benchmarks.curation` measures them.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator

from partners.changes.revising import name_of_user
from partners.exchange.importing.jobs import JobWorker
from partners.findings import findings_of_records
from partners.models import ImportJob, Organization, OrganizationName, Proposal, ProposedCell, Revision
from tests.benchmarks.desk import Page

# Records of one proposal, and rows of one import.
PROPOSED, IMPORTED = 100, 2_000
TITLE = "Benchmark of a review"


def numbers(keys: Iterable[int]) -> str:
    return ", ".join(map(str, keys))


def texts(values: Iterable[str]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)


def with_rows(keys: list[int]) -> list[str]:
    """Organizations with what findings look at: their names and sectors, what supports them, who is called as one of their
    names says."""
    those = numbers(keys)
    found = [f"SELECT * FROM partners_organization WHERE id IN ({those})"]  # noqa: S608
    found += [
        f"SELECT * FROM partners_{table} WHERE organization_id IN ({those})"  # noqa: S608
        for table in ("organizationname", "organization_sectors")
    ]
    found.append(
        "SELECT * FROM partners_citation c JOIN partners_source s ON s.id = c.source_id "  # noqa: S608
        f"LEFT JOIN partners_linkcheck l ON l.source_id = s.id WHERE c.organization_id IN ({those})"
    )
    records = Organization.objects.filter(pk__in=keys)
    names = {name for pair in records.values_list("name_key", "legal_name_key") for name in pair if name}
    names |= set(OrganizationName.objects.filter(organization__in=keys).values_list("value_key", flat=True))
    named = texts(sorted(names))
    found.append(f"SELECT id, name FROM partners_organization WHERE name_key IN ({named})")  # noqa: S608
    found.append(f"SELECT organization_id, value FROM partners_organizationname WHERE value_key IN ({named})")  # noqa: S608
    return found


def some_keys() -> list[int]:
    return list(Organization.objects.order_by("pk").values_list("pk", flat=True)[2000 : 2000 + PROPOSED])


def proposal_of_many() -> Proposal:
    """A proposal about many records, made once."""
    found = Proposal.objects.filter(title=TITLE).first()
    if found:
        return found
    newest = Revision.objects.order_by("-number").first()
    found = Proposal.objects.create(
        title=TITLE, name_of_who="ada", base=newest.number, at=newest.at, schema=newest.schema
    )
    ProposedCell.objects.bulk_create(
        ProposedCell(
            proposal=found, table="organization", row=record.pk, model="organization", record=record.pk,
            column="city", before=record.city, after="Gouda",
        )
        for record in Organization.objects.filter(pk__in=some_keys())
    )  # fmt: skip
    return found


def review_pages() -> Iterator[Page]:
    proposal = proposal_of_many()
    own = f"SELECT {{}} FROM partners_proposedcell WHERE proposal_id = {proposal.pk}"
    statements = [
        f"SELECT * FROM partners_proposal WHERE id = {proposal.pk}",  # noqa: S608
        own.format("*") + " ORDER BY id LIMIT 501",
        own.format("state, count(*)") + " GROUP BY state",
        f"SELECT * FROM partners_proposalevent WHERE proposal_id = {proposal.pk}",  # noqa: S608
        f"SELECT * FROM partners_proposalsource WHERE proposal_id = {proposal.pk}",  # noqa: S608
        f"SELECT * FROM partners_judgement WHERE kind = 'organization' AND first IN ({numbers(some_keys())})",  # noqa: S608
        "SELECT DISTINCT p.* FROM partners_proposal p JOIN partners_proposedcell c ON c.proposal_id = p.id "  # noqa: S608
        f"WHERE p.state = 'open' AND c.model = 'organization' AND c.record IN ({numbers(some_keys())})",
        *with_rows(some_keys()),
    ]
    yield Page(f"review of {PROPOSED} cells", f"/admin/partners/proposal/{proposal.pk}/change/", statements)


def findings() -> tuple[Callable[[], object], list[str]]:
    """The findings of many records, and what SQL by hand has to ask."""
    keys = some_keys()
    return lambda: findings_of_records(list(Organization.objects.filter(pk__in=keys))), with_rows(keys)


def rows_by_hand(*records: Organization) -> list[str]:
    """Organizations and their rows."""
    those = numbers(record.pk for record in records)
    return [
        f"SELECT * FROM partners_organization WHERE id IN ({those})",  # noqa: S608
        f"SELECT * FROM partners_organizationname WHERE organization_id IN ({those})",  # noqa: S608
        f"SELECT t.* FROM partners_sector t JOIN partners_organization_sectors r ON r.sector_id = t.id WHERE r.organization_id IN ({those})",  # noqa: S608
        f"SELECT c.*, s.* FROM partners_citation c JOIN partners_source s ON s.id = c.source_id WHERE c.organization_id IN ({those})",  # noqa: S608
    ]


def uses_by_hand(*records: Organization) -> list[str]:
    """What uses organizations, kind by kind: how many, and the first ones; and what readers would lose with them."""
    those = numbers(record.pk for record in records)
    columns = {
        "agreementparty": "organization_id",
        "agreementamount": "giver_id",
        "event_organizations": "organization_id",
        "organization": "parent_id",
        "programme": "lead_id",
    }
    counts = [
        f"SELECT count(*) FROM partners_{table} WHERE {column} IN ({those})"  # noqa: S608
        for table, column in columns.items()
    ]
    partner = "SELECT 1 FROM partners_agreementparty p JOIN partners_organization o ON o.id = p.organization_id WHERE p.role = 'partner' AND o.publication_state = 'published'"  # noqa: S608
    lost = (
        f"FROM partners_agreement a WHERE a.is_public AND a.id IN (SELECT agreement_id FROM partners_agreementparty WHERE organization_id IN ({those}) AND role = 'partner') "  # noqa: S608
        f"AND NOT EXISTS ({partner} AND p.agreement_id = a.id AND o.id NOT IN ({those}))"
    )
    vanishing = (
        f"FROM partners_source s WHERE s.id IN (SELECT source_id FROM partners_citation WHERE organization_id IN ({those})) AND NOT EXISTS ("  # noqa: S608
        "SELECT 1 FROM partners_citation c LEFT JOIN partners_organization o ON o.id = c.organization_id LEFT JOIN partners_agreement a ON a.id = c.agreement_id "
        f"WHERE c.source_id = s.id AND (o.publication_state = 'published' AND o.id NOT IN ({those}) OR a.is_public))"
    )
    return [
        *counts,
        f"SELECT p.*, a.* FROM partners_agreementparty p JOIN partners_agreement a ON a.id = p.agreement_id WHERE p.organization_id IN ({those}) LIMIT 10",  # noqa: S608
        f"SELECT count(*) {lost}",
        f"SELECT a.* {lost} LIMIT 10",
        f"SELECT count(*) {vanishing}",
        f"SELECT s.* {vanishing} LIMIT 10",
    ]


def form_by_hand(record: Organization) -> list[str]:
    """What SQL by hand has to ask for what the form of an organization shows: the record with its rows, what is found of it,
    who else is called so, what uses it, the agreements it is a party to, and what waits for it."""
    key = record.pk
    return [
        *rows_by_hand(record),
        *with_rows([key])[3:],
        *uses_by_hand(record),
        "SELECT * FROM partners_programme LIMIT 1",
        f"SELECT * FROM partners_judgement WHERE kind = 'organization' AND (first = {key} OR second = {key})",  # noqa: S608
        "SELECT p.* FROM partners_proposal p WHERE p.state = 'open' AND p.id IN (SELECT proposal_id FROM partners_proposedcell "  # noqa: S608
        f"WHERE model = 'organization' AND record = {key} AND state = 'open') LIMIT 10",
        f"SELECT p.*, a.* FROM partners_agreementparty p JOIN partners_agreement a ON a.id = p.agreement_id WHERE p.organization_id = {key} ORDER BY a.title_key LIMIT 26",  # noqa: S608
        f"SELECT count(*) FROM partners_agreementparty WHERE organization_id = {key}",  # noqa: S608
        f"SELECT * FROM partners_organization WHERE parent_id = {key} LIMIT 26",  # noqa: S608
        "SELECT count(*) FROM partners_sector",
    ]


def conflict(record: Organization, base: int) -> list[str]:
    """What SQL by hand has to ask for a form that was sent after somebody else had changed the record: the form again, that
    slug and identifiers are of no other record, and what was changed since."""
    changes = f"SELECT * FROM partners_change WHERE model = 'organization' AND record = {record.pk} AND revision_id > {base}"  # noqa: S608
    taken = [
        f"SELECT 1 FROM partners_organization WHERE {name} = '{getattr(record, name)}' AND id <> {record.pk} LIMIT 1"  # noqa: S608
        for name in ("slug", "wikidata_id", "ror_id")
    ]
    return [*form_by_hand(record), *taken, changes]


def import_of_many(user) -> tuple[Callable[[], object], list[str]]:
    """The preview of a table that changes many records, and what SQL by hand has to ask for it."""
    records = list(Organization.objects.order_by("pk")[3000 : 3000 + IMPORTED])
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["organization", "city"])
    writer.writerows([record.slug, "Gouda"] for record in records)
    content = file.getvalue().encode()

    def preview() -> None:
        job = ImportJob.objects.create(
            kind="organizations",
            who=user.pk,
            name_of_who=name_of_user(user),
            name="list.csv",
            content=content,
        )
        assert JobWorker().work()
        job.refresh_from_db()
        assert job.state == "ready", job.problem

    slugs = texts(record.slug for record in records)
    those = numbers(record.pk for record in records)
    return preview, [
        f"SELECT * FROM partners_organization WHERE slug IN ({slugs})",  # noqa: S608
        f"SELECT * FROM partners_formeraddress WHERE kind = 'organization' AND slug IN ({slugs})",  # noqa: S608
        f"SELECT * FROM partners_citation WHERE organization_id IN ({those}) AND field = 'city'",  # noqa: S608
    ]


def page_of_import(user) -> Page:
    """The page of the newest import that is ready."""
    job = ImportJob.objects.filter(who=user.pk, state="ready").order_by("-pk").first()
    own = f"FROM partners_importline WHERE job_id = {job.pk}"
    statements = [
        f"SELECT * FROM partners_importjob WHERE id = {job.pk}",  # noqa: S608
        f"SELECT state, count(*) {own} GROUP BY state",
        f"SELECT * {own} AND state = 'changed' ORDER BY line LIMIT 101",
    ]
    return Page(f"preview of an import of {IMPORTED:,} rows", f"/admin/import/{job.pk}/", statements)
