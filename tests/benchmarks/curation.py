"""What curation asks the database beside SQL by hand: `python -m tests.benchmarks.curation`, over the directory of
DATABASE_URL, which keeps the revisions and proposals that it is given the first time.

For each page: its queries, the milliseconds of these and of the bare statements that answer the same (the account and the
session are in both), their ratio, and the milliseconds of the whole page.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import django

# Records that are changed at once, proposals that wait, times that something is measured.
CHANGED, PROPOSALS, TIMES = 5_000, 2_000, 5
CITIES = ("Delft", "Leiden")
CHANGES_OF = 'SELECT * FROM partners_change WHERE {} ORDER BY revision_id DESC, "row" LIMIT 201'
ORGANIZATIONS = "SELECT * FROM partners_organization WHERE id IN ({})"


@dataclass
class Page:
    """A page of curation, and what SQL by hand has to ask for it."""

    name: str
    address: str
    bare: list[str]


def median(run: Callable[[], object]) -> float:
    """Milliseconds."""
    found = []
    for _time in range(TIMES):
        begun = time.perf_counter()
        run()
        found.append(1000 * (time.perf_counter() - begun))
    return statistics.median(found)


def ask(statements: list[str]) -> None:
    for statement in statements:
        connection.connection.execute(statement).fetchall()


def prepare() -> int:
    """Give the directory a history and proposals, unless it has them; gives the number of the large revision."""
    keys = list(Organization.objects.order_by("pk").values_list("pk", flat=True)[:CHANGED])
    large = Revision.objects.filter(why="Benchmark").order_by("number").last()
    if large is None:
        for city in CITIES:
            with revising(Via.COMMAND, why="Benchmark") as announced:
                for some in batches(keys, 500):
                    Organization.objects.filter(pk__in=some).update(city=city)
        large = Revision.objects.get(number=announced.revision)
    if Proposal.objects.count() < PROPOSALS:
        made = Proposal.objects.bulk_create(
            Proposal(
                title=f"Proposal {number}",
                name_of_who="ada",
                base=large.number,
                why="Benchmark",
                at=large.at,
                schema=large.schema,
            )
            for number in range(PROPOSALS)
        )
        ProposedCell.objects.bulk_create(
            ProposedCell(
                proposal=proposal, table="organization", row=key, model="organization", record=key,
                column=column, before="", after="x",
            )
            for proposal, key in zip(made, keys, strict=False)
            for column in ("ticker", "notes")
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    bring_up_to_date()
    return large.number


def pages(large: int) -> Iterator[Page]:
    """`large` is the number of a revision of many rows."""
    record, other = Organization.objects.order_by("pk")[1000:1002]
    own = f"model = 'organization' AND record = {record.pk}"
    revisions = f"SELECT r.* FROM partners_revision r WHERE number IN (SELECT revision_id FROM partners_change WHERE {own})"
    now = ORGANIZATIONS.format(record.pk)
    address = f"/admin/partners/organization/{record.pk}"
    yield Page("history of a record", f"{address}/history/", [revisions, CHANGES_OF.format(own), now])
    of_revision = f"revision_id = {large}"
    rows = f'SELECT "row" FROM partners_change WHERE {of_revision} ORDER BY id LIMIT 201'
    yield Page(
        f"a revision of {CHANGED:,} rows",
        f"/admin/partners/revision/{large}/change/",
        [
            f"SELECT * FROM partners_revision WHERE number = {large}",
            f"SELECT count(*) FROM partners_change WHERE {of_revision}",
            CHANGES_OF.format(of_revision),
            ORGANIZATIONS.format(f"SELECT * FROM ({rows}) r"),
        ],
    )
    parties = f"SELECT {{}} FROM partners_agreementparty WHERE organization_id IN ({record.pk}, {other.pk})"
    rows_of = [
        f"SELECT * FROM partners_{table} WHERE organization_id IN ({record.pk}, {other.pk})"
        for table in ("organizationname", "organization_sectors", "citation")
    ]
    users = [
        parties.format("*"),
        f"SELECT * FROM partners_agreement WHERE id IN ({parties.format('agreement_id')})",
        f"SELECT * FROM partners_organization WHERE parent_id IN ({record.pk}, {other.pk})",
    ]
    yield Page("what uses a record (deletion)", f"{address}/delete/", [now, *users, *rows_of])
    yield Page("preview of a merge", f"{address}/merge/?with={other.pk}", [now, *users, *rows_of])
    yield Page("form of a record", f"{address}/change/", [now, *users, *rows_of])
    yield from lists()


def lists() -> Iterator[Page]:
    listed = "SELECT * FROM partners_organization {} ORDER BY {} LIMIT 101"
    counted = "SELECT count(*) FROM partners_organization {}"
    drafts = "WHERE publication_state = 'draft'"
    unsourced = "WHERE NOT EXISTS (SELECT 1 FROM partners_citation c WHERE c.organization_id = partners_organization.id)"
    address = "/admin/partners/organization/"
    for name, query, where in (
        ("list of organizations", "", ""),
        ("list of drafts", "?publication_state__exact=draft", drafts),
        ("list of those without a source", "?lacks=citations", unsourced),
    ):
        statements = [listed.format(where, "name_key"), counted.format(where)]
        yield Page(name, address + query, statements)
    yield Page(
        "list of proposals",
        "/admin/partners/proposal/",
        [
            "SELECT p.*, (SELECT count(*) FROM partners_proposedcell c WHERE c.proposal_id = p.id AND c.state = 'open') "
            "FROM partners_proposal p ORDER BY CASE WHEN state = 'open' THEN 0 ELSE 1 END, id DESC LIMIT 51",
            "SELECT count(*) FROM partners_proposal",
        ],
    )
    yield Page(
        "latest changes",
        "/admin/partners/revision/",
        [
            "SELECT r.*, (SELECT count(*) FROM partners_change c WHERE c.revision_id = r.number) FROM partners_revision r "
            "ORDER BY number DESC LIMIT 51",
            "SELECT count(*) FROM partners_revision",
        ],
    )


def queries_of(run: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        run()
    return [query["sql"] for query in queries]


def compare_pages(client, large: int) -> None:
    every_page = queries_of(lambda: client.get("/admin/password_change/"))
    print(f"{'':36}{'queries':>8}{'its SQL':>10}{'bare SQL':>10}{'ratio':>8}{'page':>10}")
    for page in pages(large):
        answer = client.get(page.address)
        if answer.status_code != 200:
            print(f"{page.name:36}{answer.status_code} {answer.get('Location', '')}")
            continue
        own = queries_of(lambda page=page: client.get(page.address))
        own = [each for each in own if each.lstrip().upper().startswith(("SELECT", "WITH"))]
        ours = median(lambda own=own: ask(own))
        bare = median(lambda page=page: ask([*every_page, *page.bare]))
        whole = median(lambda page=page: client.get(page.address))
        print(
            f"{page.name:36}{len(own):>8}{ours:>7.1f} ms{bare:>7.1f} ms{ours / bare:>8.2f}{whole:>7.0f} ms",
            flush=True,
        )
        if ours > 2 * bare and "SLOWEST" in os.environ:
            for each in sorted(own, key=lambda each: -median(lambda: ask([each])))[:3]:  # noqa: B023
                print(f"    {median(lambda each=each: ask([each])):.1f} ms  {each[:1500]}")


# What writes -----------------------------------------------------------------------------------------------------------


def taken_back(run: Callable[[], object]) -> float:
    """Milliseconds of something that is taken back each time."""
    found = []
    for _time in range(3):
        with transaction.atomic():
            begun = time.perf_counter()
            run()
            found.append(1000 * (time.perf_counter() - begun))
            transaction.set_rollback(True)
    return statistics.median(found)


def compare_undo(large: int) -> None:
    def by_hand() -> None:
        """The same cells from the journal, with all that triggers keep of them."""
        image = "before->>'city'"
        with revising(Via.UNDO), connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE partners_organization SET city = c.city FROM (SELECT "row", {image} AS city '  # noqa: S608
                f'FROM partners_change WHERE revision_id = {large}) c WHERE c."row" = partners_organization.id'
            )

    bare, ours = taken_back(by_hand), taken_back(lambda: undo(large))
    print(f"taking back {CHANGED:,} cells: {ours:,.0f} ms, bare SQL {bare:,.0f} ms, ratio {ours / bare:.2f}")


def compare_saving(client) -> None:
    record = Organization.objects.order_by("pk")[1010]
    address = f"/admin/partners/organization/{record.pk}/change/"
    form = Form(client, address)

    def bare() -> None:
        with revising(Via.FORM), connection.cursor() as cursor:
            cursor.execute("UPDATE partners_organization SET ticker = 'BARE' WHERE id = %s", [record.pk])

    def beside_others() -> None:
        """Somebody else has changed another cell since the form was opened: both come together, and are told."""
        Organization.objects.filter(pk=record.pk).update(ownership="startup")
        answer = form.send(ticker="MINE")
        assert answer.status_code in (302, 409), answer.status_code

    for name, run in (("update by SQL", bare), ("form with a conflict", beside_others)):
        with transaction.atomic():
            count = len(queries_of(run))
            transaction.set_rollback(True)
        print(f"{name}: {taken_back(run):,.0f} ms, {count} queries")
    near = Organization.objects.filter(name_key=record.name_key)
    sought = Organization(name=record.name, website=record.website)
    judge = admin.site.get_model_admin(Organization)
    traits = traits_of(record)
    own = queries_of(lambda: judge.alike(sought, traits))
    ours, by_name = (
        median(lambda: ask(own)),
        median(lambda: ask([str(near.values("pk").query).replace(record.name_key, f"'{record.name_key}'")])),
    )
    print(f"likeness while saving: {ours:.1f} ms, {len(own)} queries; by the name alone {by_name:.1f} ms")


def size_of_journal(large: int) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_total_relation_size('partners_change'), count(*) FROM partners_change")
        else:
            cursor.execute(
                "SELECT sum(pgsize), (SELECT count(*) FROM partners_change) FROM dbstat WHERE name IN "
                "(SELECT name FROM sqlite_master WHERE tbl_name = 'partners_change')"
            )
        size, count = cursor.fetchone()
    print(f"journal: {size / count:,.0f} bytes for each changed row, with its indexes ({count:,} rows)")


def main() -> None:
    call_command("migrate", verbosity=0)
    large = prepare()
    curator, _is_new = User.objects.get_or_create(
        username="bench", defaults={"is_staff": True, "is_superuser": True}
    )
    client = Client()
    client.force_login(curator)
    compare_pages(client, large)
    compare_undo(large)
    compare_saving(client)
    size_of_journal(large)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genesis.settings")
    django.setup()
    # The models can be imported from here on.
    from django.contrib import admin
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection, transaction
    from django.test import Client
    from django.test.utils import CaptureQueriesContext, setup_test_environment

    from partners.changes.likeness import traits_of
    from partners.changes.revising import revising
    from partners.changes.undoing import undo
    from partners.engines.batches import batches
    from partners.models import Organization, Proposal, ProposedCell, Revision
    from partners.selection.index import bring_up_to_date
    from partners.vocabularies import Via
    from tests.curation import Form

    setup_test_environment()
    main()
