"""Two to five organizations side by side, as a page and as a file."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from partners.folding import fold
from partners.formats.csv import write_csv
from partners.formats.files import csv_response, explain_problems
from partners.models import Organization, OrganizationName, Source
from partners.models.organizations import organization_address
from partners.provenance import Provenance, provenances
from partners.selection.parameters import (
    Problem,
    Renamed,
    all_values_understood,
    not_among,
    refuse,
    repeated,
    unknown_parameters,
)
from partners.selection.terms import RecordTerms, can_be_value
from partners.tables.columns import read_rows, type_of_cell
from partners.tables.comparison import SOURCE_TITLES, compare_organizations
from partners.tables.organizations import ORGANIZATIONS
from partners.texts import isolated
from partners.views.past import AS_OF, AsOf, in_the_past

FEWEST, MOST = 2, 5
# Whoever ticked too many sees which; an address that names more than this was not made by ticking.
MOST_ASKED = 20
MOST_NAMES_OFFERED = 200
LONGEST_TYPED_NAME = 200
DIFFERENCES = "differences"
FILE_PARAMETERS = ("partner",)
COMPARISON_PARAMETERS = (*FILE_PARAMETERS, "only", "add")

TERMS = RecordTerms(Organization.objects.published, "name")
COMPARED_COLUMNS = ORGANIZATIONS.public_columns
SLUG_PLACE = [column.name for column in COMPARED_COLUMNS].index("organization")


@dataclass(frozen=True)
class Head:
    """The head of a column: an organization, its page, and the comparison without it."""

    name: str
    address: str
    without: str


class RequestedComparison:
    """The organizations an address asks to compare, in its order, and what in it could not be understood."""

    def __init__(self, parameters: QueryDict, as_of: AsOf, file: bool = False):
        self.parameters = parameters
        self.as_of = as_of
        self.file = file

    # What was asked

    @cached_property
    def asked(self) -> list[str]:
        """The slugs that were given, each once."""
        return list(dict.fromkeys(filter(None, self.parameters.getlist("partner"))))

    @property
    def only_differences(self) -> bool:
        return self.parameters.get("only") == DIFFERENCES

    @cached_property
    def typed(self) -> list[str]:
        """The names that were typed to be added."""
        return [text for text in map(str.strip, self.parameters.getlist("add")) if text][:MOST_ASKED]

    # What was found

    @cached_property
    def rows(self) -> list[list[type_of_cell]]:
        """The public cells of the published organizations among those asked for, by one query."""
        slugs = [slug for slug in self.asked[:MOST_ASKED] if can_be_value(slug)]
        rows = read_rows(Organization.objects.published().filter(slug__in=slugs), COMPARED_COLUMNS)
        return sorted(rows, key=lambda row: slugs.index(row[SLUG_PLACE]))

    @cached_property
    def records(self) -> list[dict[str, type_of_cell]]:
        """The same by the names of the columns, with the titles of the sources."""
        names = [column.name for column in COMPARED_COLUMNS]
        records = [dict(zip(names, row, strict=True)) for row in self.rows]
        titles = source_titles({slug for record in records for slug in record["sources"]})
        return [
            record | {SOURCE_TITLES: [titles.get(slug, slug) for slug in record["sources"]]}
            for record in records
        ]

    @cached_property
    def provenances(self) -> dict[str, Provenance]:
        """The sources of each organization, as its page numbers them, by one query for all."""
        pages = {
            each["organization"]: organization_address(each["organization"], each["type"])
            for each in self.records
        }
        return provenances("organization", pages)

    @property
    def slugs(self) -> list[str]:
        """The slugs of the organizations that were found."""
        return [row[SLUG_PLACE] for row in self.rows]

    # What was not understood

    @cached_property
    def problems(self) -> list[Problem]:
        allowed = (*(FILE_PARAMETERS if self.file else COMPARISON_PARAMETERS), AS_OF)
        message = gettext("“%(value)s” is not a part of a comparison.")
        return [
            *unknown_parameters(self.parameters, allowed, message),
            *self.unknown_organizations(),
            *self.repetitions(),
            *self.wrong_number(),
            *self.bad_only(),
            *self.as_of.problems,
        ]

    def unknown_organizations(self):
        unknown = [slug for slug in self.asked[:MOST_ASKED] if slug not in self.slugs]
        if present := TERMS.called_now(unknown):
            raise Renamed({("partner", old): new for old, new in present.items()})
        allowed = TERMS.allowed() if unknown else []
        message = gettext("No published organization has the short name “%(value)s”.")
        for slug in unknown:
            yield from not_among("partner", slug, allowed, message)

    def repetitions(self):
        for slug, times in Counter(self.parameters.getlist("partner")).items():
            if slug and times > 1:
                message = gettext("“%s” is given more than once, and counts once.") % slug[:100]
                yield Problem("partner", message, bad_value=False)

    def wrong_number(self):
        """A page that names too few asks for more; a file cannot."""
        count = len(self.asked)
        if count > MOST or self.file and count < FEWEST:
            message = gettext("Organizations named: %(count)d. Allowed: %(fewest)d to %(most)d.")
            yield Problem("partner", message % {"count": count, "fewest": FEWEST, "most": MOST})

    def bad_only(self):
        yield from repeated(self.parameters, ["only"])
        for value in filter(None, self.parameters.getlist("only")):
            yield from not_among("only", value, [DIFFERENCES])

    @property
    def valid(self) -> bool:
        """Whether every value was understood."""
        return all_values_understood(self.problems)

    @property
    def complete(self) -> bool:
        """Whether there is something to compare."""
        return self.valid and len(self.asked) >= FEWEST

    # Words and links

    @property
    def heads(self) -> list[Head]:
        """What stands above the columns."""
        return [
            Head(
                record["name"],
                organization_address(record["organization"], record["type"]),
                self.link([slug for slug in self.slugs if slug != record["organization"]]),
            )
            for record in self.records
        ]

    def link(self, slugs: list[str], only: bool | None = None) -> str:
        """The address of the comparison of some organizations; of all lines or of the differences, as now."""
        only = self.only_differences if only is None else only
        return comparison_address("comparison", slugs, only, self.as_of.more)

    @property
    def all_link(self) -> str:
        return self.link(self.slugs, only=False)

    @property
    def differences_link(self) -> str:
        return self.link(self.slugs, only=True)

    @property
    def understood_link(self) -> str:
        """The address of what was found, without the rest."""
        return self.link(self.slugs[:MOST])

    @property
    def understood_title(self) -> str:
        return title_of([record["name"] for record in self.records[:MOST]])

    @property
    def file_link(self) -> str:
        return comparison_address("comparison_csv", self.slugs, more=self.as_of.more)

    @property
    def then_link(self) -> str:
        """The permanent address of this comparison."""
        return self.link(self.slugs)

    @property
    def today_link(self) -> str:
        """The same comparison today."""
        return comparison_address("comparison", self.slugs, self.only_differences)

    @property
    def room(self) -> int:
        """How many more can be added."""
        return max(MOST - len(self.slugs), 0)

    @property
    def missing(self) -> int:
        """How many are still needed."""
        return max(FEWEST - len(self.slugs), 0)

    @property
    def fields(self) -> list[str]:
        """What stands in the fields for names to add: as many as are needed, at least one, or as were typed."""
        count = min(max(self.missing, len(self.typed), 1), self.room)
        return [*self.typed, *[""] * count][:count]


def comparison_address(route: str, slugs: list[str], only: bool = False, more: str = "") -> str:
    """The address of a comparison; the permanent one, as the order is that of the slugs. `more` are parameters besides."""
    pairs = [*(("partner", slug) for slug in slugs), *([("only", DIFFERENCES)] if only else [])]
    query = f"{urlencode(pairs)}{more}".removeprefix("&")
    return f"{reverse(route)}?{query}" if query else reverse(route)


def title_of(names: list[str]) -> str:
    """Such as "Compare NVIDIA and AMD"."""
    if len(names) < FEWEST:
        return gettext("Compare organizations")
    return gettext("Compare %s") % get_text_list([isolated(name) for name in names], gettext("and"))


def source_titles(slugs: set[str]) -> dict[str, str]:
    """The titles of sources of published records, which are public themselves."""
    return dict(Source.objects.filter(slug__in=slugs).values_list("slug", "title"))


# Adding by name


def find_by_name(text: str) -> tuple[str, Problem | None]:
    """The slug of the published organization that a reader means by a slug, a name, another name, or the beginning of a
    name ("Los Alamos"); or what is wrong."""
    text, key = text[:LONGEST_TYPED_NAME], fold(text[:LONGEST_TYPED_NAME])
    found = (organizations_called(text, key) or organizations_beginning_with(key)) if key else []
    ways = (
        [each for each in found if each.slug == text],
        [each for each in found if each.name_key == key],
        found,
    )
    meant = [each.slug for each in next(filter(None, ways), [])]
    if len(meant) == 1:
        return meant[0], None
    if meant:
        message = gettext(
            "Several organizations are called “%(name)s”. Write one of these short names: %(slugs)s."
        )
        return "", Problem("add", message % {"name": text, "slugs": ", ".join(meant[:MOST_ASKED])})
    message = gettext("No published organization is called “%(value)s”.")
    return "", Problem("add", refuse(text, names_to_offer(), message).messages[0])


def organizations_called(text: str, key: str) -> list[Organization]:
    """The published organizations with this slug, or with a name that is the same when folded."""
    slug = text if can_be_value(text) else ""
    others = OrganizationName.objects.filter(value_key=key).values("organization")
    published = Organization.objects.published().in_order()
    return list(published.filter(Q(slug=slug) | Q(name_key=key) | Q(pk__in=others)))


def organizations_beginning_with(key: str) -> list[Organization]:
    """The published organizations whose folded name begins with these words, as many as can be named."""
    return list(
        Organization.objects.published().filter(name_key__startswith=f"{key} ").in_order()[: MOST_ASKED + 1]
    )


def names_to_offer(without: list[str] = ()) -> list[str]:
    """Names a reader can add, as many as a list of suggestions holds."""
    organizations = Organization.objects.published().exclude(slug__in=without).in_order()
    return list(organizations.values_list("name", flat=True)[:MOST_NAMES_OFFERED])


# Views


@require_safe
@in_the_past
def comparison_page(request):
    """Organizations side by side; names that were typed become part of the address first."""
    requested = RequestedComparison(request.GET, request.as_of)
    added = [find_by_name(text) for text in requested.typed]
    wrong = [problem for _slug, problem in added]
    problems = [problem for problem in wrong if problem]
    if "add" in request.GET and not problems:
        return redirect(address_with(request.GET, [slug for slug, _problem in added]))
    context = {
        "requested": requested,
        "as_of": request.as_of,
        "problems": [*requested.problems, *problems],
        "entries": list(zip_longest(requested.fields, wrong[: len(requested.fields)])),
        "fields": {problem: f"add-{number}" for number, problem in enumerate(wrong, 1) if problem},
        "valid": requested.valid and not problems,
        "way_out": "" if requested.valid or requested.missing else requested.understood_link,
        "title": title_of([record["name"] for record in requested.records] if requested.complete else []),
        "comparison": compare_organizations(requested.records, requested.only_differences)
        if requested.complete
        else None,
        "names": names_to_offer(requested.slugs) if requested.room else [],
        "fewest": FEWEST,
        "most": MOST,
    }
    return render(request, "partners/comparison.html", context)


def address_with(parameters: QueryDict, slugs: list[str]) -> str:
    """The address of a comparison with some organizations more, and everything else as it was."""
    parameters = parameters.copy()
    parameters.pop("add")
    for slug in slugs:
        parameters.appendlist("partner", slug)
    return f"{reverse('comparison')}?{parameters.urlencode()}" if parameters else reverse("comparison")


@require_safe
@in_the_past
def comparison_csv(request):
    """The compared organizations as the rows of a file, in the order of the page; 400 with what is allowed."""
    requested = RequestedComparison(request.GET, request.as_of, file=True)
    if requested.problems:
        return explain_problems(requested.problems)
    then = [f"revision-{request.as_of.revision.number}"] if request.as_of else []
    name = "-".join(["compare", *then, *requested.slugs])[:100].rstrip("-")
    return csv_response(write_csv(COMPARED_COLUMNS, requested.rows), name, stream=False)
