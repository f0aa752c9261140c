"""Addresses for machines: health, robots."""

from django.db import Error, connection
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from partners import triggers
from partners.nouns import listed
from partners.responses import PLAIN_TEXT, RETRY_AFTER


@csrf_exempt
@require_safe
def healthz(request):
    """200 while this process answers; asks nothing of the database."""
    return HttpResponse("ok\n", content_type=PLAIN_TEXT)


@csrf_exempt
@require_safe
def readyz(request):
    """200 when the directory can be served; 503 when the database does not answer, or is that of another release."""
    try:
        with connection.cursor() as cursor:
            ready = triggers.are_in_place(connection, cursor)
    except Error:
        return not_ready("the database does not answer\n")
    if not ready:
        return not_ready(
            "the triggers of the database are not those of this release; manage.py migrate puts them in place\n"
        )
    return HttpResponse("ok\n", content_type=PLAIN_TEXT)


def not_ready(message: str) -> HttpResponse:
    return HttpResponse(
        message, status=503, content_type=PLAIN_TEXT, headers={"Retry-After": str(RETRY_AFTER)}
    )


@require_safe
def robots(request):
    """Everything may be read except curation and what is chosen on a page: that shows the same records again.

    The further pages of a listing may be read, as they are the way to its other records; so may every file.
    """
    listings = [reverse(noun.page_route) for noun in listed()]
    lines = ["User-agent: *", f"Disallow: {reverse('admin:index')}"]
    for page in (*listings, reverse("comparison"), reverse("crossing"), reverse("search")):
        lines.append(f"Disallow: {page}?")
    # Any day beside any other one.
    lines.append(f"Disallow: {reverse('between')}?")
    # Any version beside any other, and its file: as many as there are pairs.
    lines.append(f"Disallow: {reverse('versions')}*/*")
    # The longest rule that fits an address is the one that counts.
    for page in listings:
        lines += [f"Allow: {page}?page=", f"Disallow: {page}?page=*&"]
    lines += ["", f"Sitemap: {request.build_absolute_uri(reverse('sitemap'))}"]
    return HttpResponse("\n".join(lines) + "\n", content_type=PLAIN_TEXT)
