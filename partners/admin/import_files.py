"""Files around imports: templates, records to change and bring back, what was uploaded, and what was found of it."""

import tempfile
from collections.abc import Iterable, Iterator

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from partners.admin.import_forms import jobs_of
from partners.exchange.importing.jobs import may_import
from partners.exchange.importing.kinds import IMPORT_KINDS, ImportKind
from partners.formats.csv import write_csv
from partners.formats.metadata import Description
from partners.formats.xlsx import write_xlsx
from partners.models import DataVersion, ImportLine
from partners.tables.columns import Column, in_key_order, read_rows, type_of_cell
from partners.vocabularies import PUBLISHED

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"
# Excel takes a CSV file for UTF-8 where it begins so.
MARK_OF_UTF_8 = "\ufeff"


def kind_for(request, name: str) -> ImportKind:
    if name not in IMPORT_KINDS:
        raise Http404
    if not may_import(request.user, name):
        raise PermissionDenied
    return IMPORT_KINDS[name]


def template_view(request, kind: str, ending: str):
    """An empty file with the right header; a workbook also says what the columns are."""
    known = kind_for(request, kind)
    return table_response(request, known, list(known.columns), (), ending, f"{kind}-template")


def records_view(request, kind: str, ending: str):
    """The records of a kind, to change and bring back; `?hidden=1` gives those alone that readers do not see."""
    known = kind_for(request, kind)
    model_admin = admin.site.get_model_admin(known.model)
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    rows = known.model._default_manager.all()
    name = kind
    if request.GET.get("hidden") and known.has_drafts:
        rows, name = rows.exclude(publication_state=PUBLISHED), f"{kind}-not-public"
    cells = read_rows(in_key_order(rows, known.table), list(known.columns))
    return table_response(request, known, list(known.columns), cells, ending, name)


def table_response(
    request,
    kind: ImportKind,
    columns: list[Column],
    rows: Iterable[list[type_of_cell]],
    ending: str,
    name: str,
):
    if ending == "csv":
        pieces = (piece for each in ((MARK_OF_UTF_8,), write_csv(columns, rows)) for piece in each)
        answer = StreamingHttpResponse(pieces, content_type=CSV_TYPE)
    elif ending == "xlsx":
        answer = FileResponse(workbook(request, kind, columns, rows), content_type=XLSX_TYPE)
    else:
        raise Http404
    answer["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return never_kept(answer)


def workbook(request, kind: ImportKind, columns: list[Column], rows: Iterable[list[type_of_cell]]):
    page = request.build_absolute_uri(reverse("admin:imports"))
    version = str(DataVersion.current())
    described = Description(kind.table, columns, str(kind.table.title), page, "", page, version)
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the answer closes it)
    write_xlsx(described, rows, file)
    file.seek(0)
    return file


def never_kept(answer: HttpResponse) -> HttpResponse:
    """Nothing between the server and whoever asked keeps it: it may be of drafts."""
    answer["Cache-Control"] = "private, no-store"
    return answer


def upload_view(request, key: int):
    """What was uploaded, as it was."""
    job = jobs_of(request.user).filter(pk=key).first()
    if job is None:
        raise Http404
    answer = HttpResponse(bytes(job.content), content_type="application/octet-stream")
    answer["Content-Disposition"] = content_disposition_header(True, job.name)
    return never_kept(answer)


def findings_view(request, key: int):
    """Each cell of the preview with what was found of it."""
    job = jobs_of(request.user).filter(pk=key).first()
    if job is None:
        raise Http404
    columns = [
        Column(name=name, title="", description="")
        for name in ("line", "state", "record", "column", "before", "after", "level", "finding")
    ]
    answer = StreamingHttpResponse(write_csv(columns, findings(job.lines.iterator())), content_type=CSV_TYPE)
    answer["Content-Disposition"] = f'attachment; filename="import-{key}-findings.csv"'
    return never_kept(answer)


def findings(lines: Iterable[ImportLine]) -> Iterator[list[type_of_cell]]:
    for line in lines:
        alike = ", ".join(each["label"] for each in line.alike)
        if alike:
            yield [line.line, line.state, line.record, "", "", "", "warning", _("Alike: %s") % alike]
        for cell in line.cells:
            told = [
                cell["column"],
                cell["before"],
                cell["after"],
                cell.get("level", ""),
                cell.get("text", ""),
            ]
            yield [line.line, line.state, line.record, *told]
