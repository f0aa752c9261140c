"""What readers find at an address that a record has left: the way to where it stands now, or that it was withdrawn."""

import functools

from django.http import Http404
from django.urls import reverse

from partners.models.addresses import where_now
from partners.nouns import Noun
from partners.responses import moved, withdrawn
from partners.tables.public import public_rows


def with_traces(view, noun: Noun):
    """Have a view of single records, which is given a slug, look for traces of a record that it does not find.

    301 to the same file of the record that stands for it now, 410 where readers could see one once. An answer that is
    found costs nothing more.
    """

    @functools.wraps(view)
    def answer(request, slug: str, **kwargs):
        try:
            return view(request, slug=slug, **kwargs)
        except Http404:
            trace = where_now(public_rows(noun.table), slug)
            if trace is None:
                raise
        if trace.record is None:
            return withdrawn(request, trace.since)
        return moved(present_address(request, noun, slug, trace.record))

    return answer


def present_address(request, noun: Noun, slug: str, record) -> str:
    """The address of what was asked for, a page or a file of a record, at the record that stands for it now."""
    former = reverse(noun.detail_route, args=[slug]).rstrip("/")
    address = record.get_absolute_url().rstrip("/") + request.path.removeprefix(former)
    query = request.META.get("QUERY_STRING", "")
    return f"{address}?{query}" if query else address
