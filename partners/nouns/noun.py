"""What the declaration of a kind of record says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.functional import Promise

from partners.languages import columns_for_reader
from partners.selection.everywhere import closeness
from partners.selection.listings import Listing
from partners.tables.columns import Column, Table
from partners.tables.public import public_rows

# What a kind of record has in the directory, unless its declaration says why not.
PARTS = ("list", "files", "page", "record", "sitemap", "search")


@dataclass(frozen=True)
class PageDependency:
    """Records that the page of another record shows: when they change, that page does.

    `rows` gives what a reader may see, `owner` is the lookup from such a row to the record whose page it is, and `path`
    the one to the record that is shown, where that is not the row itself.
    """

    model: type[Model]
    rows: Callable[[], QuerySet]
    owner: str
    path: str = ""

    @property
    def record(self) -> str:
        """The lookup to the key of the record that is shown."""
        return self.path or "pk"


@dataclass(frozen=True, kw_only=True, eq=False)
class Noun:
    """A kind of record that has a place of its own in the directory.

    `name`          stands in the names of routes, templates and files
    `address`       the path of its list; its records stand below. "" where its records stand on another page
    `table`         its columns
    `title`, `introduction`   what its list is called, and what it says
    `number`        a number of records in words: an ngettext with "count"
    `listing`       selects its records; None where they are so few that one page has them all, see `list_view`
    `card_columns`  those that a card needs
    `table_columns` those of the table of a list where none are chosen
    `sorted_by`     the keys of the listing that order by a column
    `names_sources` whether a card names its sources by their publishers
    `marks_agreements` whether a card shows the marks of its agreements
    `is_drawn`      whether a list can be shown as pictures
    `draws_months`  whether a list shows its records, which are events, on a strip of months
    `navigation`    its place among the main pages, counted from 1; 0 where it is none of them
    `page_depends_on` the other records on the page of a record: when they change, the sitemap says that it did
    `facts`         what a hit of the search says below the name: columns, or fields where there is no listing
    `closeness`     how well a hit meets a search
    `schema_type`   the type of a record in schema.org, where no function describes it
    `address_from`  the columns, beside the key, that the address of a record depends on
    `path_of`       the path of a record from its row, where it is not `address` with the key
    `page_rows`     adds to the rows of a QuerySet what the page of a record reads beside its columns
    `page_is_dated` whether that page says to machines when what it shows last changed
    `calendar_rows` the records whose days its calendar has, where these are not its own: their table, and a function
                    from its rows to theirs
    `is_compared`   whether its records can be put side by side
    `without`       what this kind goes without, each with the reason: "list", "files" of a list, "page" and
                    "record" (as JSON) of a single one, "sitemap", "search"

    What rooms above this one do for this kind alone is named by its path, such as "partners.views.pages.sector_list":

    `list_view`         the view of its list, where it has no listing
    `list_description`  a `Page` of its list to what is said of it to machines, where it has no listing
    `page_context`      a record to what its template needs beside the record
    `page_description`  a `Page` of a record to what is said of it to machines
    `picture_view`      the view of the picture of a record, where its page has one of its own
    """

    name: str
    address: str
    table: Table
    title: str | Promise
    introduction: str | Promise
    number: object = None
    listing: type[Listing] | None = None
    card_columns: tuple[str, ...] = ()
    table_columns: tuple[str, ...] = ()
    sorted_by: Mapping[str, str] = field(default_factory=dict)
    names_sources: bool = False
    marks_agreements: bool = False
    is_drawn: bool = False
    draws_months: bool = False
    navigation: int = 0
    page_depends_on: tuple[PageDependency, ...] = ()
    facts: tuple[str, ...] = ()
    closeness: Callable = closeness
    schema_type: str = "Thing"
    address_from: tuple[str, ...] = ()
    path_of: Callable[[dict], str] | None = None
    page_rows: Callable[[QuerySet], QuerySet] = QuerySet.all
    page_is_dated: bool = True
    calendar_rows: tuple[Table, Callable[[QuerySet], QuerySet]] | None = None
    is_compared: bool = False
    without: Mapping[str, str] = field(default_factory=dict)
    list_view: str = ""
    list_description: str = ""
    page_context: str = ""
    page_description: str = ""
    picture_view: str = ""

    def has(self, part: str) -> bool:
        """Whether this kind has a part: one of those that `without` can name."""
        return part not in self.without

    @property
    def has_picture(self) -> bool:
        """Whether the page of a record has a picture of its own."""
        return bool(self.picture_view)

    @property
    def has_history(self) -> bool:
        """Whether the public changes of a record have a page below its own."""
        return self.has("page")

    @property
    def model(self) -> type[Model]:
        return self.table.model

    @property
    def record_name(self) -> str:
        """What one record is called in code: in templates, in the read API, as the target of a citation."""
        return self.key

    @property
    def columns(self) -> list[Column]:
        """The columns of the page, texts in the languages of the reader."""
        return [self.table.column(name) for each in self.card_columns for name in columns_for_reader(each)]

    @property
    def key(self) -> str:
        """The column whose value tells rows apart: the slug of the record."""
        return self.table.key[0]

    @property
    def heading(self) -> str:
        """The column of the name."""
        return self.table.heading

    @property
    def page_route(self) -> str:
        return f"{self.name}_list"

    @property
    def detail_route(self) -> str:
        return f"{self.name}_detail"

    @property
    def record_route(self) -> str:
        """The route of a record as JSON."""
        return f"{self.name}_record"

    @property
    def history_route(self) -> str:
        """The route of the public changes of a record."""
        return f"{self.name}_changes"

    @property
    def csv_route(self) -> str:
        return f"{self.name}_csv"

    @property
    def xlsx_route(self) -> str:
        return f"{self.name}_xlsx"

    @property
    def json_route(self) -> str:
        return f"{self.name}_json"

    @property
    def row_template(self) -> str:
        return f"partners/{self.name}_row.html"

    @property
    def detail_template(self) -> str:
        return f"partners/{self.record_name}_detail.html"

    def counted(self, count: int) -> str:
        """A number of rows in words, such as "24 partners"."""
        return str(self.number % {"count": count})

    def rows(self) -> QuerySet:
        """The records that a reader may see, in no particular order."""
        return self.listing.everything() if self.listing else public_rows(self.table)

    def path(self, row: Mapping) -> str:
        """The path of the page of a record, from its row."""
        return self.path_of(row) if self.path_of else reverse(self.detail_route, args=[row[self.key]])
