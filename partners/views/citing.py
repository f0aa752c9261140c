"""How to cite the page of a record: in words, as BibTeX and as RIS, with the address of its content of that day."""

import datetime
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from partners.changes.past import readable_revisions
from partners.context import site_name
from partners.models import Programme
from partners.nouns import Noun
from partners.tables.public import public_rows
from partners.texts import isolated, without_isolates
from partners.views.past import AS_OF, page_of_the_past

CITATION_FORMATS = {"bib": "application/x-bibtex", "ris": "application/x-research-info-systems"}
# What TeX reads as a command of its own.
TEX = str.maketrans(
    {sign: f"\\{sign}" for sign in "&%$#_{}"} | {"~": "\\~{}", "^": "\\^{}", "\\": "{\\textbackslash}"}
)


@dataclass(frozen=True)
class PageCited:
    """A page of the directory as it is on a day. `address` leads to what it then said, where a past is kept."""

    key: str
    title: str
    site: str
    address: str
    day: datetime.date

    @property
    def words(self) -> str:
        """Such as "Cerebras", in: Genesis Mission partner directory, data of 26 November 2026. Address."""
        said = gettext("“%(title)s”, in: %(site)s, data of %(day)s. %(address)s")
        return said % {
            "title": isolated(self.title),
            "site": self.site,
            "day": date_format(self.day, "j F Y"),
            "address": self.address,
        }

    @property
    def bib(self) -> str:
        note = gettext("Data of %s") % self.day.isoformat()
        lines = [
            f"  title        = {{{self.title.translate(TEX)}}},",
            f"  howpublished = {{{self.site.translate(TEX)}}},",
            f"  year         = {{{self.day.year}}},",
            f"  note         = {{{note.translate(TEX)}}},",
            f"  url          = {{{self.address}}}",
        ]
        return "\n".join([f"@misc{{{self.key},", *lines, "}", ""])

    @property
    def ris(self) -> str:
        lines = [
            ("TY", "ELEC"),
            ("TI", self.title),
            ("T2", self.site),
            ("DA", self.day.strftime("%Y/%m/%d")),
            ("PY", str(self.day.year)),
            ("UR", self.address),
            ("ID", self.key),
            ("ER", ""),
        ]
        return "".join(f"{tag}  - {value}\r\n" for tag, value in lines)


def page_cited(request, record) -> PageCited:
    """The page of a record as of the day of the data, or as it was where a past is asked for.

    A day, not a revision: these go on where nothing changed that readers see.
    """
    moment = request.as_of.revision.at if request.as_of else getattr(request, "data_since", None)
    day = (moment or timezone.now()).astimezone(datetime.UTC).date()
    query = request.as_of.query or (f"?{AS_OF}={day.isoformat()}" if readable_revisions() else "")
    return PageCited(
        record.slug,
        without_isolates(str(record)),
        without_isolates(site_name(Programme.objects.first())),
        request.build_absolute_uri(record.get_absolute_url()) + query,
        day,
    )


@require_safe
@page_of_the_past
def citation_file(request, slug: str, noun: Noun, ending: str):
    """How to cite the page of a record, in a format that programs for literature read."""
    cited = page_cited(request, get_object_or_404(public_rows(noun.table), slug=slug))
    answer = HttpResponse(getattr(cited, ending), content_type=f"{CITATION_FORMATS[ending]}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{slug}.{ending}"'
    return answer
