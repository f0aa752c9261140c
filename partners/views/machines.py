"""Addresses for machines: health, robots."""

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from partners.health.ready import hindrances
from partners.nouns import listed
from partners.responses import PLAIN_TEXT, RETRY_AFTER, json_response


@csrf_exempt
@require_safe
def healthz(request):
    """200 while this process answers; asks nothing of the database."""
    return HttpResponse("ok\n", content_type=PLAIN_TEXT)


@csrf_exempt
@require_safe
def readyz(request):
    """Whether the directory can be served, in JSON: 503 with what is wrong where it cannot; warnings are of soon."""
    found = hindrances()
    problems = [each.what for each in found if not each.bearable]
    answer = {
        "ready": not problems,
        "problems": problems,
        "warnings": [each.what for each in found if each.bearable],
    }
    response = json_response(answer, status=503 if problems else 200)
    response["Cache-Control"] = "no-store"
    if problems:
        response["Retry-After"] = str(RETRY_AFTER)
    return response


@require_safe
def robots(request):
    """Everything may be read except curation and what is chosen on a page: that shows the same records again.

    The further pages of a listing may be read, as they are the way to its other records; so may every file.
    """
    lines = ["User-agent: *"]
    for language, _name in settings.LANGUAGES:
        with override(language):
            lines += rules_of_robots()
    lines += ["", f"Sitemap: {request.build_absolute_uri(reverse('sitemap'))}"]
    return HttpResponse("\n".join(lines) + "\n", content_type=PLAIN_TEXT)


def rules_of_robots() -> list[str]:
    """What may be read of the pages in the language that is spoken."""
    listings = [reverse(noun.page_route) for noun in listed()]
    lines = [f"Disallow: {reverse('admin:index')}"]
    for page in (*listings, reverse("comparison"), reverse("crossing"), reverse("search")):
        lines.append(f"Disallow: {page}?")
    # Any day beside any other one.
    lines.append(f"Disallow: {reverse('between')}?")
    # Any version beside any other, and its file: as many as there are pairs.
    lines.append(f"Disallow: {reverse('versions')}*/*")
    # The longest rule that fits an address is the one that counts.
    for page in listings:
        lines += [f"Allow: {page}?page=", f"Disallow: {page}?page=*&"]
    return lines
