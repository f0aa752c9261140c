"""What can be downloaded beside the lists: the package of everything, its kept versions, what changed between them."""

import base64
import functools
from collections.abc import Callable, Iterator
from itertools import pairwise
from types import SimpleNamespace
from typing import BinaryIO

from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from partners.changes.between import records_by_key
from partners.changes.differences import ADDED, CHANGED, REMOVED
from partners.formats.csv import write_csv
from partners.formats.files import (
    Extract,
    FileFormat,
    Made,
    csv_response,
    explain_problems,
    leave_uncompressed,
    of_one_state,
)
from partners.release import release
from partners.responses import PLAIN_TEXT, retry_later
from partners.selection.parameters import unknown_parameters
from partners.tables.columns import Column, Table, in_key_order, read_rows, type_of_cell
from partners.tables.definitions import TABLES
from partners.tables.public import public_rows
from partners.versions import (
    PUBLIC_NAME,
    Busy,
    Damaged,
    PublicPackage,
    all_kept,
    checked,
    differences,
    kept,
    kept_on,
    open_present,
    present,
)
from partners.versions.comparing import columns_of_one
from partners.views.presentation import Presentation

ZIP_TYPE = "application/zip"
PRESENT_VERSION = "now"
# Seconds to wait for a package that somebody else makes: whoever waits longer keeps others from being answered.
PACKAGE_PATIENCE = 5
# Seconds after which to ask again for a version that is damaged: somebody has to bring it back from a backup.
REPAIR = 3600
# Changed rows of one table that a page shows; the file has all.
MOST_CHANGES_SHOWN = 100

CHANGE_COLUMNS = [
    Column(name="table", title=_("Table"), description=_("The table of the row.")),
    Column(name="key", title=_("Key"), description=_("The key of the row; parts are joined by a semicolon.")),
    Column(
        name="change",
        title=pgettext_lazy("what happened", "Change"),
        description=_("added, removed or changed."),
    ),
    Column(name="column", title=_("Column"), description=_("The column whose value differs.")),
    Column(name="old", title=_("Old"), description=_("The value in the first version.")),
    Column(name="new", title=_("New"), description=_("The value in the second version.")),
]


# Packages ------------------------------------------------------------------------------------------------------------


def patient(view):
    """503 with a time to come back, where the package of the present state is still being made for somebody else."""

    @functools.wraps(view)
    def answer(request, *args, **kwargs):
        try:
            return view(request, *args, **kwargs)
        except Busy:
            message = gettext("The package of the present state is being made. Ask again in half a minute.")
            return retry_later(request, message)

    return answer


# Files ---------------------------------------------------------------------------------------------------------------


@require_safe
@patient
def package(request):
    """Everything that is public as one zip, as it is now."""
    version, file = open_present(release(), PACKAGE_PATIENCE)
    return package_response(request, version, file, PUBLIC_NAME)


@require_safe
@patient
def package_checksum(request):
    """The SHA-256 of the package as it is now, as `sha256sum -c` reads it."""
    return checksum_response(present(release(), PACKAGE_PATIENCE), PUBLIC_NAME)


@require_safe
def version_package(request, date: str):
    """The package that was kept by a date."""
    if refusal := missing_or_damaged(request, kept_on, date):
        return refusal
    version = kept_on(date)
    return package_response(request, version, version.file.open("rb"), version.name)


@require_safe
def version_checksum(request, date: str):
    """Its SHA-256, as `sha256sum -c` reads it."""
    if refusal := missing_or_damaged(request, kept_on, date):
        return refusal
    version = kept_on(date)
    return checksum_response(version, version.name)


def package_etag(request) -> str | None:
    """Names the package as it is now by its bytes, so that a download can be taken up; nothing while it is made."""
    try:
        return f'"{present(release(), PACKAGE_PATIENCE).facts.sha256}"'
    except OSError:
        return None


def version_etag(request, date: str) -> str | None:
    """Names the package that was kept by a date: none ever changes."""
    version = kept_on(date)
    return f'"{version.facts.sha256}"' if isinstance(version, PublicPackage) else None


def checksum_etag(request, date: str) -> str | None:
    version = kept_on(date)
    return f'W/"{version.facts.sha256}-{date}"' if isinstance(version, PublicPackage) else None


def package_response(request, version: PublicPackage, file, name: str) -> FileResponse:
    response = FileResponse(file, as_attachment=True, filename=f"{name}.zip", content_type=ZIP_TYPE)
    leave_uncompressed(response)
    digest = base64.b64encode(bytes.fromhex(version.facts.sha256)).decode()
    response["Repr-Digest"] = f"sha-256=:{digest}:"
    response["ETag"] = f'"{version.facts.sha256}"'
    return response


def checksum_response(version: PublicPackage, name: str) -> HttpResponse:
    return HttpResponse(f"{version.facts.sha256}  {name}.zip\n", content_type=PLAIN_TEXT)


class WholeTable(Extract):
    """A public table without a listing as it leaves: all of its rows, and some columns."""

    def __init__(self, request, table: Table, columns: list[Column]):
        super().__init__(request, SimpleNamespace(name=table.name, table=table), None, columns)

    @property
    def rows(self) -> Iterator[list[type_of_cell]]:
        return read_rows(in_key_order(public_rows(self.noun.table), self.noun.table), self.columns)

    @property
    def name(self) -> str:
        return self.noun.table.name

    @property
    def page(self) -> str:
        return f"{self.address('dictionary', '')}#{self.name}"

    @property
    def title(self) -> str:
        return str(self.noun.table.title)


@require_safe
@of_one_state
def table_file(request, table: Table, file_format: FileFormat):
    """Every public row of a table in one of its formats. Takes `columns`; 400 for anything else."""
    presentation = Presentation(SimpleNamespace(table=table, is_drawn=False), request.GET)
    if problems := [*unknown_parameters(request.GET, ("columns",)), *presentation.problems]:
        return explain_problems(problems, file_format.problems_as)
    return file_format.answer(WholeTable(request, table, presentation.file_columns))


# Versions ------------------------------------------------------------------------------------------------------------


@require_safe
def versions(request):
    """The kept versions; with two of them as parameters, on to what changed between these."""
    there = list(all_kept())
    old, new = request.GET.get("old"), request.GET.get("new")
    if old and new:
        # What is no version might not even be a part of an address.
        return missing_or_damaged(request, kept_on, old, new) or redirect("differences", old, new)
    sound = [each for each in there if isinstance(each, PublicPackage)]
    before = {each.date: older for each, older in pairwise(sound)}
    context = {
        "versions": sound,
        "pairs": [(each, before.get(each.date)) for each in there],
        "site": f"{request.scheme}://{request.get_host()}",
    }
    return render(request, "partners/versions.html", context)


@require_safe
@patient
def differences_page(request, old: str, new: str):
    """What changed between two versions, or a version and now, as far as one page shows it."""
    if refusal := missing_or_damaged(request, readable_on, old, new):
        return refusal
    with opened(old) as before, opened(new) as after:
        tables = shown_changes(before, after)
        context = {
            "old": old,
            "new": new,
            "versions": kept(),
            "tables": tables,
            "sums": {kind: sum(table[kind] for table in tables) for kind in (ADDED, REMOVED, CHANGED)},
            "uncompared": columns_of_one(before, after),
            "most": MOST_CHANGES_SHOWN,
        }
    return render(request, "partners/differences.html", context)


@require_safe
@patient
def differences_csv(request, old: str, new: str):
    """What changed between two versions, or a version and now: one line for each cell."""
    if refusal := missing_or_damaged(request, readable_on, old, new):
        return refusal
    files = opened(old), opened(new)
    found = differences(*files)
    rows = (
        [each.table, each.key, each.kind, cell.column, cell.before, cell.after]
        for each in found
        for cell in each.cells
    )
    return csv_response(Made(write_csv(CHANGE_COLUMNS, rows), *files), f"{PUBLIC_NAME}-{old}-{new}")


def opened(name: str) -> BinaryIO:
    """The package of a version, open: it stays readable while an answer is sent, whatever happens on the disk."""
    return (
        open_present(release(), PACKAGE_PATIENCE)[1]
        if name == PRESENT_VERSION
        else kept_on(name).file.open("rb")
    )


def shown_changes(old: BinaryIO, new: BinaryIO) -> list[dict]:
    """For each table that changed: how many rows were added, removed and changed, and the first of them."""
    known = {table.name: table for table in TABLES}
    tables: dict[str, dict] = {}
    for change in differences(old, new):
        name = change.table
        title = known[name].title if name in known else name
        nothing = {"name": name, "title": title, "total": 0, "changes": []}
        table = tables.setdefault(name, nothing | dict.fromkeys((ADDED, REMOVED, CHANGED), 0))
        table[change.kind] += 1
        table["total"] += 1
        if table["total"] <= MOST_CHANGES_SHOWN:
            table["changes"].append(change)
    for name, table in tables.items():
        keys = [change.key for change in table["changes"]]
        records = records_by_key(known[name], keys) if name in known else {}
        table["changes"] = [(change, records.get(change.key)) for change in table["changes"]]
        table["more"] = table["total"] > MOST_CHANGES_SHOWN
    return list(tables.values())


def readable_on(date: str) -> PublicPackage | Damaged | None:
    """The version that was kept by a date, the tables of which can be read."""
    found = kept_on(date)
    return found and checked(found)


def missing_or_damaged(request, find: Callable, *names: str) -> HttpResponse | None:
    """Why these versions, as `find` finds them, cannot be given: 404 where one was never kept, 503 where one is damaged.

    A damaged version is not gone for good: its address stays, and answers again when it is brought back.
    """
    found = {name: find(name) for name in names if name != PRESENT_VERSION}
    if unknown := [name for name, each in found.items() if each is None]:
        context = {"unknown": unknown, "versions": kept()}
        return render(request, "partners/version_missing.html", context, status=404)
    if damaged := [each for each in found.values() if isinstance(each, Damaged)]:
        context = {"damaged": damaged, "versions": kept()}
        response = render(request, "partners/version_damaged.html", context, status=503)
        response["Retry-After"] = str(REPAIR)
        return response
    return None
