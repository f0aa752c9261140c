"""Single records as JSON: the cells of their row, and the citations that support them."""

from django.conf import settings
from django.db.models import Model, QuerySet
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from partners.engines.snapshots import one_state
from partners.formats.files import explain_problems, json_response
from partners.models import DataVersion
from partners.models.base import Citable
from partners.nouns import Noun, json_path
from partners.provenance import OUTSIDE, is_ours
from partners.responses import PROBLEM
from partners.selection.parameters import unknown_parameters
from partners.tables.columns import Table, in_key_order, read_records
from partners.tables.public import public_rows
from partners.tables.sources import CITATIONS
from partners.views.past import AS_OF, in_the_past
from partners.vocabularies import Standing


@require_safe
@in_the_past
def record_json(request, slug: str, noun: Noun):
    """A record with its citations. An organization under the wrong address leads on to its own, as its page does."""
    if problems := [*unknown_parameters(request.GET, (AS_OF,)), *request.as_of.problems]:
        return explain_problems(problems, PROBLEM)
    table, query = noun.table, request.as_of.query
    with one_state():
        record = get_object_or_404(public_rows(table), slug=slug)
        address = json_path(record.get_absolute_url())
        if request.path != address:
            return redirect(address + query, permanent=not query)
        row = rows_of(table, public_rows(table).filter(pk=record.pk))[0]
        citations = rows_of(CITATIONS, citations_of(record))
        return json_response(
            {
                "version": str(DataVersion.current()),
                "licence": settings.DATA_LICENCE or None,
                "as_of": request.as_of.revision.number if query else None,
                "links": {
                    "self": request.build_absolute_uri(address + query),
                    "page": request.build_absolute_uri(record.get_absolute_url() + query),
                },
                "record": row,
                "citations": citations,
                **judged(table, row, citations if isinstance(record, Citable) else []),
            }
        )


def citations_of(record: Model) -> QuerySet:
    """The public citations of a record, or of a source, in the order of the data package."""
    cited = public_rows(CITATIONS)
    rows = (
        cited.filter(**{record.citations.field.name: record})
        if hasattr(record, "citations")
        else cited.none()
    )
    return in_key_order(rows, CITATIONS)


def judged(table: Table, row: dict, citations: list[dict]) -> dict[str, list[str]]:
    """The columns whose values are the classification of the editors, and those that rest on reports only."""
    sides: dict[str, list[str]] = {}
    for citation in citations:
        if citation["supports_current"] == Standing.YES:
            sides.setdefault(citation["field"], []).append(citation["source_stance"])
    return {
        "editorial": [name for name, value in row.items() if is_ours(table, name, value, sides)],
        "reports_only": [name for name in row if name in sides and OUTSIDE.issuperset(sides[name])],
    }


def rows_of(table: Table, records: QuerySet) -> list[dict]:
    return list(read_records(records, table.public_columns))
