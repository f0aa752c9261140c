"""The map of every public page, with the moment at which what it shows last changed."""

import datetime
from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property, partial
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db.models import DateTimeField, F, Max, Model, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Greatest
from django.urls import reverse

from partners.languages import path_in
from partners.models import PublicChange, Publishable
from partners.nouns import NOUNS, PageDependency, nouns_with
from partners.site_pages import SITE_PAGES
from partners.tables.public import public_rows

# Earlier than any record, because the greatest of several moments is unknown to SQLite where one of them is.
NEVER = Value(datetime.datetime(1, 1, 2, tzinfo=datetime.UTC), output_field=DateTimeField())


def became_public(path: str = ""):
    """When a record became public, or was made where that is not known; `path` leads to it."""
    return Coalesce(F(f"{path}published_at"), F(f"{path}created_at"))


def newest_note(model: type[Model], records) -> Subquery:
    """When a value of some records last changed for readers, whoever wrote it; `records` are their keys."""
    notes = PublicChange.objects.filter(model=model._meta.model_name, record_id__in=records).order_by()
    newest = notes.values("model").annotate(newest=Max("revision__at")).values("newest")
    return Coalesce(Subquery(newest, output_field=DateTimeField()), NEVER)


def moments_of(dependency: PageDependency) -> list:
    """When the newest of some records became public, and when one of them last changed, for the record of the outer
    query, whose page shows them."""
    here = dependency.rows().filter(**{dependency.owner: OuterRef("pk")}).order_by()
    newest = here.values(dependency.owner).annotate(newest=Max(public_since(dependency))).values("newest")
    further = dependency.rows().filter(**{dependency.owner: OuterRef(OuterRef("pk"))}).order_by()
    return [
        Coalesce(Subquery(newest, output_field=DateTimeField()), NEVER),
        newest_note(dependency.model, further.values(dependency.record)),
    ]


def public_since(dependency: PageDependency):
    """When a record that is shown became public."""
    return became_public(f"{dependency.path}__" if dependency.path else "")


def page_dependencies(model: type[Model]) -> tuple[PageDependency, ...]:
    """The other records on the page of a record."""
    return next(noun.page_depends_on for noun in NOUNS if noun.model is model)


def with_changes(rows: QuerySet) -> QuerySet:
    """Adds `changed`: when what the page of a record shows last changed; `NEVER` where nothing was noted."""
    return rows.annotate(changed=moment_of_page(rows.model))


@cache
def moment_of_page(model: type[Model]) -> Greatest:
    """The same of a record of a model, as an expression; composed once."""
    own = [became_public()] if issubclass(model, Publishable) else []
    others = [moment for dependency in page_dependencies(model) for moment in moments_of(dependency)]
    return Greatest(NEVER, newest_note(model, [OuterRef("pk")]), *own, *others)


def noted(changed: datetime.datetime) -> datetime.datetime | None:
    """The moment that `with_changes` found, or None where nothing was noted."""
    return None if changed.year == 1 else changed


def last_change(rows: QuerySet) -> datetime.datetime | None:
    """When what the pages of these records show last changed; None where nothing was noted.

    The same as the greatest `changed` of them, found in steps whose time does not grow with rows times steps.
    """
    rows = rows.order_by()
    own = became_public() if issubclass(rows.model, Publishable) else None
    steps = [(rows, own, rows.model, "pk")]
    for dependency in page_dependencies(rows.model):
        those = dependency.rows().filter(**{f"{dependency.owner}__in": rows.values("pk")}).order_by()
        steps.append((those, public_since(dependency), dependency.model, dependency.record))
    moments = []
    for records, since, model, key in steps:
        if since is not None:
            moments.append(records.aggregate(newest=Max(since))["newest"])
        notes = PublicChange.objects.filter(model=model._meta.model_name, record_id__in=records.values(key))
        moments.append(notes.aggregate(newest=Max("revision__at"))["newest"])
    return newest_of(moments)


def newest_of(moments: Iterable[datetime.datetime | None]) -> datetime.datetime | None:
    return max(filter(None, moments), default=None)


class EveryLanguage(Sitemap):
    """Pages, each of which stands in the map once for each language and names the others."""

    def get_urls(self, page=1, site=None, protocol=None):
        return [each for url in super().get_urls(page, site, protocol) for each in in_every_language(url)]


def in_every_language(url: dict) -> Iterator[dict]:
    """An entry of the map, which is that of the language of plain addresses, and the same in all others."""
    parts = urlsplit(url["location"])
    root = f"{parts.scheme}://{parts.netloc}"
    locations = {code: root + path_in(code, parts.path) for code, _name in settings.LANGUAGES}
    alternates = [{"lang_code": code, "location": location} for code, location in locations.items()]
    for location in locations.values():
        yield url | {"location": location, "alternates": alternates}


class Records(EveryLanguage):
    """Published records, each under its own address."""

    limit = 10_000

    def __init__(self, rows: Callable[[], QuerySet]):
        self.rows = rows

    def items(self):
        return with_changes(self.rows()).order_by("slug")

    def lastmod(self, record):
        return noted(record.changed)

    def get_latest_lastmod(self):
        return last_change(self.rows())


def fixed_pages() -> dict[str, Callable[[], QuerySet] | None]:
    """The pages that stand under no record, with the rows that each shows; None stands for the whole directory."""
    pages = {page.route: page.rows for page in SITE_PAGES}
    return pages | {noun.page_route: noun.rows for noun in nouns_with("list")}


class FixedPages(EveryLanguage):
    """The main pages. One instance answers one request."""

    def __init__(self):
        self.pages = fixed_pages()
        self.days: dict[Callable, datetime.datetime | None] = {}

    def items(self):
        return list(self.pages)

    def location(self, name):
        return reverse(name)

    def lastmod(self, name):
        rows = self.pages[name]
        if rows is None:
            return self.newest
        if rows not in self.days:
            self.days[rows] = last_change(rows())
        return self.days[rows]

    @cached_property
    def newest(self) -> datetime.datetime | None:
        """When anything in the directory last changed for readers."""
        models = {noun.model for noun in nouns_with("sitemap") if issubclass(noun.model, Publishable)}
        published = (model.objects.published() for model in models)
        moments = [rows.order_by().aggregate(newest=Max(became_public()))["newest"] for rows in published]
        return newest_of([*moments, PublicChange.objects.aggregate(newest=Max("revision__at"))["newest"]])

    def get_latest_lastmod(self):
        return self.newest


def sections() -> dict[str, Records]:
    """The records of each table that have a page, by the name of their section."""
    tables = {noun.table.name: noun.table for noun in nouns_with("sitemap")}
    return {name.replace("_", "-"): Records(partial(public_rows, table)) for name, table in tables.items()}


def sitemaps() -> dict[str, type[Sitemap] | Sitemap]:
    """Every section of the map."""
    return {"pages": FixedPages, **sections()}
