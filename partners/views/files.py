"""What answers with files have in common."""

from collections.abc import Iterable

from django.http import HttpResponse, StreamingHttpResponse

from partners.selection.selection import Problem


def csv_response(
    pieces: Iterable[str], name: str, stream: bool = True
) -> HttpResponse | StreamingHttpResponse:
    """A CSV file of a name, which is given without its ending: sent as it is made, or whole where it is small."""
    answer = StreamingHttpResponse if stream else HttpResponse
    response = answer(pieces, content_type="text/csv; charset=utf-8; header=present")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def explain_problems(problems: list[Problem]) -> HttpResponse:
    """400 in plain text: what is wrong with the parameters of a file, and what is allowed."""
    lines = [f"{problem.parameter}: {problem.message}" for problem in problems]
    text = "This file was not made, because its address has something that was not understood.\n\n"
    return HttpResponse(text + "\n".join(lines) + "\n", status=400, content_type="text/plain; charset=utf-8")
