"""What curation asks the database beside SQL by hand: `python -m tests.benchmarks.curation [part of a name ...]`, over the
directory of DATABASE_URL, which keeps the revisions and proposals that it is given the first time.

For each page: its queries, the milliseconds of these and of the bare statements that answer the same (the account and the
session are in both), their ratio, and the milliseconds of the whole page. All are of the processor, in this process and in
PostgreSQL, as others may work on the machine; both sides take turns, and of each the least counts.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator

import django

from tests.benchmarks.desk import Page, desk_pages, forget_counts
from tests.benchmarks.meter import metered

# Records that are changed at once, proposals that wait, times that something is measured.
CHANGED, PROPOSALS, TIMES = 5_000, 2_000, 5
CITIES = ("Delft", "Leiden")
CHANGES_OF = 'SELECT * FROM partners_change WHERE {} ORDER BY revision_id DESC, "row" LIMIT 201'
ORGANIZATIONS = "SELECT * FROM partners_organization WHERE id IN ({})"


def least(*runs: Callable[[], object]) -> list[float]:
    """Milliseconds of each, measured in turns."""
    found: list[list[float]] = [[] for _run in runs]
    for _time in range(TIMES):
        for run, costs in zip(runs, found, strict=True):
            with metered() as meter:
                run()
            costs.append(1000 * meter.processor)
    return [min(costs) for costs in found]


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
    now = ORGANIZATIONS.format(record.pk)
    address = f"/admin/partners/organization/{record.pk}"
    yield Page("history of a record", f"{address}/history/", history_by_hand(own, now))
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
    # Only what readers do not see can be deleted.
    hidden = Organization.objects.filter(publication_state="draft").order_by("pk")[10]
    deleted = f"/admin/partners/organization/{hidden.pk}/delete/"
    yield Page(
        "what uses a record (deletion)",
        deleted,
        [*deciding.rows_by_hand(hidden), *deciding.uses_by_hand(hidden)],
    )
    both = [*deciding.rows_by_hand(record, other), *deciding.uses_by_hand(record, other)]
    yield Page("preview of a merge", f"{address}/merge/?with={other.pk}", both)
    yield Page("form of a record", f"{address}/change/", deciding.form_by_hand(record))
    yield from lists()
    yield from desk_pages()
    yield from deciding.review_pages()


def history_by_hand(own: str, now: str) -> list[str]:
    """What a page of a history shows: the newest revisions with their changes, what each came to (which stands in the change
    after it, or in the row of now), the names of what the rows name, who has changed it and in which ways, whether readers
    see it, and how far back the journal goes."""
    numbers = (
        f"SELECT DISTINCT revision_id FROM partners_change WHERE {own} ORDER BY revision_id DESC LIMIT 26"
    )
    revisions = f"SELECT * FROM partners_revision WHERE number IN (SELECT revision_id FROM partners_change WHERE {own})"
    rows = f'SELECT "row" FROM partners_change WHERE {own}'
    return [
        numbers,
        revisions,
        CHANGES_OF.format(own),
        "SELECT c.*, r.* FROM partners_change c JOIN partners_revision r ON r.number = c.revision_id "  # noqa: S608
        f"WHERE c.\"table\" IN ('organization', 'citation') AND c.\"row\" IN ({rows})",
        now,
        f"SELECT * FROM partners_citation WHERE id IN ({rows} AND \"table\" = 'citation')",
        f"SELECT DISTINCT r.who, r.name_of_who, r.via FROM partners_revision r JOIN partners_change c ON c.revision_id = r.number WHERE {own}",
        f"{now} AND publication_state = 'published'",
        "SELECT * FROM partners_revision WHERE NOT rows_kept ORDER BY number DESC LIMIT 1",
    ]


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
        shown = f"SELECT id FROM partners_organization {where} ORDER BY name_key LIMIT 50"
        # Beside each row: its sectors, its citations, what it lacks; beside the list the sectors to choose from.
        statements = [
            listed.format(where, "name_key"),
            counted.format(where),
            "SELECT r.organization_id, t.* FROM partners_organization_sectors r JOIN partners_sector t ON t.id = r.sector_id "  # noqa: S608
            f"WHERE r.organization_id IN (SELECT * FROM ({shown}) s)",
            f"SELECT * FROM partners_citation WHERE organization_id IN (SELECT * FROM ({shown}) s)",
            "SELECT * FROM partners_sector ORDER BY name_key",
        ]
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


def is_wanted(name: str) -> bool:
    """Whether something is to be measured: everything, or what has one of the words of the command in its name."""
    return not sys.argv[1:] or any(word in name for word in sys.argv[1:])


def every_page(client) -> list[str]:
    """What each page of curation asks: the account, the session."""
    return reading(queries_of(lambda: client.get("/admin/password_change/")))


def reading(statements: list[str]) -> list[str]:
    """Those that read."""
    return [each for each in statements if each.lstrip().upper().startswith(("SELECT", "WITH", "("))]


def compare_pages(client, of_these: Iterable[Page]) -> None:
    for page in filter(lambda page: is_wanted(page.name), of_these):

        def get(page=page):
            if page.is_cold:
                forget_counts()
            return client.get(page.address)

        answer = get()
        if answer.status_code != 200:
            print(f"{page.name:36}{answer.status_code} {answer.get('Location', '')}")
            continue
        compare(page.name, get, [*every_page(client), *page.bare])


def compare(name: str, run: Callable[[], object], bare_statements: list[str]) -> None:
    """What something asks, beside SQL by hand."""
    own = reading(queries_of(run))
    ours, bare, whole = least(lambda: ask(own), lambda: ask(bare_statements), run)
    print(
        f"{name:36}{len(own):>8}{ours:>7.1f} ms{bare:>7.1f} ms{ours / bare:>8.2f}{whole:>7.0f} ms", flush=True
    )
    if ours > 2 * bare and "SLOWEST" in os.environ:
        costs = least(*(lambda each=each: ask([each]) for each in own))
        for cost, each in sorted(zip(costs, own, strict=True), reverse=True)[:3]:
            print(f"    {cost:.1f} ms  {each[:1500]}")


def compare_decisions(client, curator) -> None:
    """What is no page, and the page that is there after it."""
    name = f"findings of {deciding.PROPOSED} records"
    if is_wanted(name):
        compare(name, *deciding.findings())
    if is_wanted("import"):
        with transaction.atomic():
            compare(f"import of {deciding.IMPORTED:,} rows", *deciding.import_of_many(curator))
            compare_pages(client, [deciding.page_of_import(curator)])
            transaction.set_rollback(True)


# What writes -----------------------------------------------------------------------------------------------------------


def taken_back(run: Callable[[], object]) -> float:
    """Milliseconds of something that is taken back each time, by the processor."""
    found = []
    for _time in range(3):
        with transaction.atomic():
            with metered() as meter:
                run()
            found.append(1000 * meter.processor)
            transaction.set_rollback(True)
    return min(found)


def compare_undo(large: int) -> None:
    keys = list(Change.objects.filter(revision=large, table="organization").values_list("row", flat=True))

    def by_hand() -> None:
        """The same cells from the journal, with all that triggers keep of them, and the texts that follow from them."""
        image = "before->>'city'"
        with revising(Via.UNDO), connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE partners_organization SET city = c.city FROM (SELECT "row", {image} AS city '  # noqa: S608
                f'FROM partners_change WHERE revision_id = {large}) c WHERE c."row" = partners_organization.id'
            )
        refold(Organization, keys, connection)

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
    own = queries_of(lambda: list(records_alike(Organization(), traits_of(record))))
    named = str(near.values("pk").query).replace(record.name_key, f"'{record.name_key}'")
    ours, by_name = least(lambda: ask(own), lambda: ask([named]))
    base = Revision.newest()
    with transaction.atomic():
        Organization.objects.filter(pk=record.pk).update(ownership="startup")
        # Whoever saved that has brought the index up to date in his own request.
        bring_up_to_date()
        asked = reading(queries_of(lambda: form.send(ticker="MINE", ownership="government")))
        bare_of_conflict = [*every_page(client), *deciding.conflict(record, base)]
        of_form, by_hand = least(lambda: ask(asked), lambda: ask(bare_of_conflict))
        transaction.set_rollback(True)
    print(
        f"conflict: {of_form:.1f} ms, {len(asked)} queries; bare SQL {by_hand:.1f} ms, ratio {of_form / by_hand:.2f}"
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
    print(f"{'':36}{'queries':>8}{'its SQL':>10}{'bare SQL':>10}{'ratio':>8}{'page':>10}")
    compare_pages(client, pages(large))
    compare_decisions(client, curator)
    for name, measure in (
        ("taking back", lambda: compare_undo(large)),
        ("saving", lambda: compare_saving(client)),
        ("journal", lambda: size_of_journal(large)),
    ):
        if is_wanted(name):
            measure()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genesis.settings")
    django.setup()
    # The models can be imported from here on.
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection, transaction
    from django.test import Client
    from django.test.utils import CaptureQueriesContext, setup_test_environment

    from partners.changes.likeness import records_alike, traits_of
    from partners.changes.revising import revising
    from partners.changes.undoing import undo
    from partners.curation_vocabularies import Via
    from partners.engines.batches import batches
    from partners.engines.refolding import refold
    from partners.models import Change, Organization, Proposal, ProposedCell, Revision
    from partners.selection.index import bring_up_to_date
    from tests.benchmarks import deciding
    from tests.curation import Form

    setup_test_environment()
    main()
