"""Addresses for machines: health, robots."""

from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

TEXT = "text/plain; charset=utf-8"


@require_safe
def healthz(request):
    """200 while this process answers; asks nothing of the database."""
    return HttpResponse("ok\n", content_type=TEXT)


@require_safe
def readyz(request):
    """200 when the directory can be served; 503 when the database does not answer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM partners_organization LIMIT 1")
    except DatabaseError:
        return HttpResponse("the database does not answer\n", status=503, content_type=TEXT)
    return HttpResponse("ok\n", content_type=TEXT)


@require_safe
def robots(request):
    """Everything may be read except curation; filtered listings need not be, they hold the same records again."""
    lines = [
        "User-agent: *",
        f"Disallow: {reverse('admin:index')}",
        f"Disallow: {reverse('partner_list')}?",
        f"Disallow: {reverse('agreement_list')}?",
        f"Disallow: {reverse('laboratory_list')}?",
        "",
        f"Sitemap: {request.build_absolute_uri(reverse('sitemap'))}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type=TEXT)
