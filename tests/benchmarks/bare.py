"""The answers of the partner listing by SQL written by hand: what the directory's speed is compared with.

Nothing of Django takes part, only a cursor of sqlite3 or psycopg. The statements read the tables that curators fill, in
the cheapest way we found on either engine, and use the indexes of those tables.
"""

import csv
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache

from openpyxl import Workbook

PAGE = 25
FEW = 10_000
NONE = "none"
BETWEEN, BEFORE_LABEL = "\x1e", "\x1f"

PUBLIC_PARTNERS = "partners_agreementparty p WHERE p.is_public = true AND p.role = 'partner'"

# Every mission area with itself and each area it is part of.
BROADER = """(WITH RECURSIVE broader(area, id) AS (
    SELECT id, id FROM partners_missionarea
    UNION SELECT b.area, m.parent_id FROM broader b JOIN partners_missionarea m ON m.id = b.id
    WHERE m.parent_id IS NOT NULL) SELECT area, id FROM broader)"""

# The facets of a column of the organization.
COLUMNS = {"type": "type", "ownership": "ownership", "region": "region_code"}

# The other facets: a SELECT of (organization, value), a pair possibly more than once, and the table that has the slug
# of a value where the value is a number.
LINKS = {
    "sector": (
        "SELECT x.organization_id AS organization, x.sector_id AS value FROM partners_organization_sectors x",
        "partners_sector",
    ),
    "laboratory": (
        "SELECT p.organization_id AS organization, x.organization_id AS value FROM partners_agreementparty x"
        " JOIN partners_agreementparty p ON p.agreement_id = x.agreement_id AND p.is_public = true"
        " WHERE x.is_public = true AND x.role = 'laboratory'",
        "partners_organization",
    ),
    "mission_area": (
        "SELECT p.organization_id AS organization, b.id AS value FROM partners_agreementparty p"
        " JOIN partners_agreement_mission_areas x ON x.agreement_id = p.agreement_id"
        f" JOIN {BROADER} b ON b.area = x.missionarea_id WHERE p.is_public = true AND p.role = 'partner'",
        "partners_missionarea",
    ),
    "agreement_type": (
        "SELECT p.organization_id AS organization, a.agreement_type AS value FROM partners_agreementparty p"
        " JOIN partners_agreement a ON a.id = p.agreement_id WHERE p.is_public = true AND p.role = 'partner'",
        "",
    ),
    "agreement_status": (
        "SELECT p.organization_id AS organization, a.status AS value FROM partners_agreementparty p"
        " JOIN partners_agreement a ON a.id = p.agreement_id WHERE p.is_public = true AND p.role = 'partner'",
        "",
    ),
    "announcement": (
        "SELECT p.organization_id AS organization, e.id AS value FROM partners_agreementparty p"
        " JOIN partners_agreement a ON a.id = p.agreement_id"
        " JOIN partners_event e ON e.id = a.announcement_id AND e.publication_state = 'published'"
        " WHERE p.is_public = true AND p.role = 'partner'",
        "partners_event",
    ),
}
# Those that can be missing, and where one sees that an organization has one without listing them all.
HAVING = {
    "sector": "SELECT organization_id FROM partners_organization_sectors",
    "laboratory": "SELECT p.organization_id FROM partners_agreementparty p WHERE p.is_public = true AND p.agreement_id"
    " IN (SELECT agreement_id FROM partners_agreementparty WHERE is_public = true AND role = 'laboratory')",
    "mission_area": f"SELECT p.organization_id FROM {PUBLIC_PARTNERS} AND p.agreement_id"
    " IN (SELECT agreement_id FROM partners_agreement_mission_areas)",
    "announcement": f"SELECT p.organization_id FROM {PUBLIC_PARTNERS} AND p.agreement_id IN (SELECT a.id FROM"
    " partners_agreement a JOIN partners_event e ON e.id = a.announcement_id AND e.publication_state = 'published')",
}
# Those that also organizations have which are no partners.
ANYBODY = ("sector", "laboratory")
FACETS = [*COLUMNS, *LINKS]


@dataclass(frozen=True)
class Filters:
    """What a reader asks for: one value of each facet at most, and words to search for."""

    chosen: dict[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the address. Found rows are asked for by name, as bare SQL does not know of ranks."""
        return self.chosen | ({"q": " ".join(self.words), "sort": "name"} if self.words else {})

    def without(self, name: str) -> "Filters":
        return Filters({key: value for key, value in self.chosen.items() if key != name}, self.words)


@dataclass(frozen=True)
class Answers:
    """What a page of the listing says."""

    count: int
    cards: list[dict]
    facets: dict[str, dict[str, int]]


class Bare:
    """Asks a connection of sqlite3 or psycopg, which must commit each statement by itself."""

    def __init__(self, connection, vendor: str, codes: Callable[[str], dict[str, list[str]]] | None = None):
        """`codes` gives the codes of each column that are called by words of which one begins so."""
        self.connection, self.vendor, self.codes = connection, vendor, codes
        if vendor == "sqlite":
            connection.execute("PRAGMA temp_store = MEMORY")
        self.number = "integer" if vendor == "sqlite" else "bigint"

    def ask(self, sql: str, parameters=()) -> list[tuple]:
        """All rows. `?` stands for a parameter."""
        sql = sql if self.vendor == "sqlite" else sql.replace("?", "%s")
        with closing(self.connection.execute(sql, parameters)) as cursor:
            return cursor.fetchall() if cursor.description else []

    def listing(self, filters: Filters) -> Answers:
        """The first page, the count and every facet."""
        if filters.words:
            self.search(filters.words)
        count = self.choose("chosen", filters)
        cards = self.cards(filters)
        columns = self.counts_of_columns("chosen")
        facets = {}
        for name in FACETS:
            if name in filters.chosen:
                # A facet counts the rows that match every other filter.
                others = self.choose("others", filters.without(name))
                facets[name] = self.facet(name, "others", others, bool(filters.without(name).query))
            elif name in COLUMNS:
                facets[name] = columns[name]
            else:
                facets[name] = self.facet(name, "chosen", count, bool(filters.query))
        return Answers(count, cards, facets)

    # Which organizations

    def choose(self, table: str, filters: Filters) -> int:
        """Put the numbers of the chosen organizations into a table of this connection; how many they are."""
        return self.fill(table, *self.numbers(filters))

    def fill(self, table: str, sql: str, parameters: list[str]) -> int:
        """Put what a statement gives into a table; how many numbers there are."""
        self.ask(f"DROP TABLE IF EXISTS {table}")
        # On SQLite this type makes the column the number of the row itself.
        self.ask(f"CREATE TEMPORARY TABLE {table} (id {self.number} PRIMARY KEY)")
        self.ask(f"INSERT INTO {table} {sql}", parameters)
        self.ask(f"ANALYZE {table}")
        return self.ask(f"SELECT count(*) FROM {table}")[0][0]

    def numbers(self, filters: Filters) -> tuple[str, list[str]]:
        if not filters.query:
            # Whoever has a public party as a partner is published.
            return f"SELECT DISTINCT p.organization_id FROM {PUBLIC_PARTNERS}", []
        conditions, parameters = [], []
        for name, value in filters.chosen.items():
            conditions.append(self.condition(name))
            parameters.append(value)
        if filters.words:
            conditions.append("o.id IN (SELECT id FROM found)")
        where = " AND ".join(["o.publication_state = 'published'", *conditions])
        return (
            f"SELECT o.id FROM partners_organization o WHERE {where} AND EXISTS"
            f" (SELECT 1 FROM {PUBLIC_PARTNERS} AND p.organization_id = o.id)",
            parameters,
        )

    def condition(self, facet: str) -> str:
        """That an organization has a value of a facet."""
        if facet in COLUMNS:
            return f"o.{COLUMNS[facet]} = ?"
        links, labels = LINKS[facet]
        value = f"(SELECT id FROM {labels} WHERE slug = ?)" if labels else "?"
        return f"o.id IN (SELECT l.organization FROM ({links}) l WHERE l.value = {value})"

    def search(self, words: tuple[str, ...]) -> None:
        """Put the numbers of the organizations that have all words somewhere into a table, once for all questions."""
        every = " INTERSECT ".join(f"SELECT * FROM ({self.having_word(word)}) w" for word in words)
        pattern = " {}" if self.vendor == "sqlite" else "% {}%"
        patterns = [pattern.format(word) for word in words for _ in range(self.having_word(word).count("?"))]
        self.fill("found", every, patterns)

    def has(self, column: str) -> str:
        text = column if column.endswith("_text") else f"' ' || {column}"
        # Quicker than LIKE on SQLite, which would fold what is folded already.
        return f"instr({text}, ?) > 0" if self.vendor == "sqlite" else f"{text} LIKE ?"

    def having_word(self, word: str) -> str:
        """Who has a word that begins so, text by text. Every `?` is the pattern of the word."""
        has = self.has
        codes = self.codes(word) if self.codes else {}

        def is_one_of(column: str) -> str:
            return "".join(f" OR {column} = '{code}'" for code in codes.get(column, ()))

        names = (
            f"SELECT id FROM partners_organization WHERE publication_state = 'published' AND {has('name_key')}"
            " UNION SELECT n.organization_id FROM partners_organizationname n JOIN partners_organization o"
            f" ON o.id = n.organization_id AND o.publication_state = 'published' WHERE {has('value_key')}"
        )
        as_partner = (
            "SELECT organization_id FROM partners_agreementparty WHERE is_public = true AND role = 'partner'"
        )
        own = "".join(map(is_one_of, ("type", "ownership", "region_code", "country_code")))
        return " UNION ".join(
            (
                f"SELECT id FROM partners_organization WHERE {has('search_text')}{own}",
                f"SELECT organization_id FROM partners_organizationname WHERE {has('value_key')}",
                f"SELECT id FROM partners_organization WHERE parent_id IN ({names})",
                "SELECT organization_id FROM partners_organization_sectors WHERE sector_id IN"
                f" (SELECT id FROM partners_sector WHERE {has('search_text')})",
                f"{as_partner} AND agreement_id IN (SELECT id FROM partners_agreement WHERE is_public = true"
                f" AND ({has('search_text')}{is_one_of('agreement_type')}))",
                f"{as_partner} AND agreement_id IN (SELECT x.agreement_id FROM partners_agreement_mission_areas x"
                f" JOIN {BROADER} b ON b.area = x.missionarea_id WHERE b.id IN"
                f" (SELECT id FROM partners_missionarea WHERE {has('search_text')}))",
                "SELECT p.organization_id FROM partners_agreementparty x JOIN partners_agreementparty p"
                " ON p.agreement_id = x.agreement_id WHERE x.is_public = true AND x.role <> 'partner'"
                f" AND x.organization_id IN ({names})",
                # Of the other partners their first names are searched only.
                "SELECT p.organization_id FROM partners_agreementparty x JOIN partners_agreementparty p"
                " ON p.agreement_id = x.agreement_id WHERE x.is_public = true AND x.role = 'partner' AND x.organization_id"
                f" IN (SELECT id FROM partners_organization WHERE publication_state = 'published' AND {has('name_key')})",
            )
        )

    # The cards

    def cards(self, filters: Filters) -> list[dict]:
        """What the first page shows of its organizations."""
        columns = "o.id, o.slug, o.name, o.type, o.ownership, o.established, o.city, o.region_code, o.country_code, o.summary_en"
        if filters.query:
            rows = self.ask(
                f"SELECT {columns} FROM chosen c JOIN partners_organization o ON o.id = c.id"
                f" ORDER BY o.name_key, o.slug LIMIT {PAGE}"
            )
        else:
            rows = self.ask(
                f"SELECT {columns} FROM partners_organization o WHERE o.publication_state = 'published' AND EXISTS"
                f" (SELECT 1 FROM {PUBLIC_PARTNERS} AND p.organization_id = o.id)"
                f" ORDER BY o.name_key, o.slug LIMIT {PAGE}"
            )
        names = [column.split(".")[1] for column in columns.split(", ")]
        cards = [dict(zip(names, row, strict=True)) for row in rows]
        if not cards:
            return []
        those = ", ".join(str(card["id"]) for card in cards)
        related = self.related(those)
        for card in cards:
            card |= {name: pairs.get(card["id"], []) for name, pairs in related.items()}
        return cards

    def related(self, those: str) -> dict[str, dict[int, list]]:
        """The sectors, agreements, laboratories and sources of some organizations, by their number."""
        statements = {
            "sectors": "SELECT x.organization_id, s.slug, s.name_en FROM partners_organization_sectors x"
            f" JOIN partners_sector s ON s.id = x.sector_id WHERE x.organization_id IN ({those})",
            "agreements": "SELECT DISTINCT p.organization_id, p.agreement_id FROM partners_agreementparty p"
            f" WHERE p.is_public = true AND p.organization_id IN ({those})",
            "laboratories": "SELECT DISTINCT p.organization_id, l.slug, l.name FROM partners_agreementparty p"
            " JOIN partners_agreementparty x ON x.agreement_id = p.agreement_id AND x.is_public = true"
            " AND x.role = 'laboratory' JOIN partners_organization l ON l.id = x.organization_id"
            f" WHERE p.organization_id IN ({those})",
            "sources": "SELECT DISTINCT c.organization_id, c.source_id FROM partners_citation c"
            f" WHERE c.organization_id IN ({those})",
        }
        found: dict[str, dict[int, list]] = {}
        for name, statement in statements.items():
            pairs = found.setdefault(name, {})
            for organization, *values in self.ask(statement):
                pairs.setdefault(organization, []).append(tuple(values))
        return found

    # The facets

    def counts_of_columns(self, table: str) -> dict[str, dict[str, int]]:
        """The facets of columns, each as {value: count}, by one reading of the organizations."""
        columns = list(COLUMNS.values())
        facets: dict[str, dict[str, int]] = {name: {} for name in COLUMNS}
        for *values, count in self.ask(
            f"SELECT {', '.join(columns)}, count(*) FROM {table} c"
            f" JOIN partners_organization o ON o.id = c.id GROUP BY {', '.join(columns)}"
        ):
            for name, value in zip(COLUMNS, values, strict=True):
                facets[name][value or NONE] = facets[name].get(value or NONE, 0) + count
        return facets

    def facet(self, name: str, table: str, count: int, narrowed: bool) -> dict[str, int]:
        """The number of the organizations of a table under each value of a facet."""
        if name in COLUMNS:
            return self.counts_of_columns(table)[name]
        links, labels = LINKS[name]
        few = narrowed and count < FEW
        counts, having = (self.count_few if few else self.count_many)(name, links, table, narrowed)
        if labels:
            counts = {slug: counts[pk] for pk, slug in self.slugs(labels, counts)}
        return counts | ({NONE: count - having} if having < count else {})

    def count_few(self, name: str, links: str, table: str, narrowed: bool) -> tuple[dict, int]:
        """The number of organizations by value, and of those that have any, by counting the pairs here."""
        pairs = self.ask(
            f"SELECT DISTINCT l.value, l.organization FROM {table} c JOIN ({links}) l ON l.organization = c.id"
        )
        return Counter(value for value, _ in pairs), len({organization for _, organization in pairs})

    def count_many(self, name: str, links: str, table: str, narrowed: bool) -> tuple[dict, int]:
        """The same, by counting in the database."""
        # Links of a public partner are links of a listed one: there is nothing to look up while no filter is set.
        among = f" JOIN {table} c ON c.id = l.organization" if narrowed or name in ANYBODY else ""
        counts = self.ask(
            f"SELECT l.value, count(DISTINCT l.organization) FROM ({links}) l{among} GROUP BY l.value"
        )
        # Every agreement has a type and a status.
        having = HAVING.get(name, f"SELECT id FROM {table}")
        return dict(counts), self.ask(f"SELECT count(*) FROM {table} c WHERE c.id IN ({having})")[0][0]

    def slugs(self, table: str, numbers) -> list[tuple[int, str]]:
        if not numbers:
            return []
        return self.ask(f"SELECT id, slug FROM {table} WHERE id IN ({', '.join(map(str, numbers))})")

    # The file

    def csv_rows(self, columns: list[str], labels: dict[str, dict[str, str]]) -> Iterator[list]:
        """The cells of every partner, in the order of the listing. `labels` gives those of coded columns."""
        readers = [self.reader(column, labels) for column in columns]
        expressions = list(dict.fromkeys(expression for expression, _ in readers))
        sql = (
            f"SELECT {', '.join(expressions)} FROM partners_organization o"
            " LEFT JOIN partners_organization up ON up.id = o.parent_id AND up.publication_state = 'published'"
            " WHERE o.publication_state = 'published' AND EXISTS"
            f" (SELECT 1 FROM {PUBLIC_PARTNERS} AND p.organization_id = o.id) ORDER BY o.name_key, o.slug"
        )
        cells = [(expressions.index(expression), convert) for expression, convert in readers]
        with self.streaming_cursor() as cursor:
            cursor.execute(sql)
            while rows := cursor.fetchmany(2000):
                for row in rows:
                    yield [convert(row[place]) if convert else row[place] for place, convert in cells]

    @contextmanager
    def streaming_cursor(self):
        """A cursor that does not hold all rows in memory."""
        if self.vendor == "sqlite":
            with closing(self.connection.cursor()) as cursor:
                yield cursor
        else:
            # A cursor of the server lasts as long as its transaction.
            with self.connection.transaction(), self.connection.cursor("bare") as cursor:
                yield cursor

    def reader(self, column: str, labels: dict[str, dict[str, str]]):
        """The expression a column is read by, and what makes the cell of it."""
        if column in PAIRS:
            name, part = PAIRS[column]
            return self.pairs(*RELATED[name]), cell_of(part)
        if column in labels:
            return OWN.get(column, f"o.{column.removesuffix('_label')}"), labels[column].get
        return OWN.get(column, f"o.{column}"), None

    def pairs(self, code: str, label: str, rows: str) -> str:
        """A subquery that joins the codes and labels of related rows into one text."""
        aggregate = "group_concat" if self.vendor == "sqlite" else "string_agg"
        return f"(SELECT {aggregate}({code} || '{BEFORE_LABEL}' || {label}, '{BETWEEN}') FROM {rows})"


# Columns of the file that do not have the name of theirs in the table.
OWN = {
    "organization": "o.slug",
    "parent": "up.slug",
    "parent_label": "up.name",
    "region_label": "o.region_code",
    "country_label": "o.country_code",
}
# The related rows of an organization: code, label, and where they are.
RELATED = {
    "other_names": ("n.value", "n.type", "partners_organizationname n WHERE n.organization_id = o.id"),
    "sectors": (
        "s.slug",
        "s.name_en",
        "partners_organization_sectors x JOIN partners_sector s ON s.id = x.sector_id WHERE x.organization_id = o.id",
    ),
    "agreements": (
        "a.slug",
        "a.title_en",
        "partners_agreementparty p JOIN partners_agreement a ON a.id = p.agreement_id"
        " WHERE p.is_public = true AND p.organization_id = o.id",
    ),
    "laboratories": (
        "l.slug",
        "l.name",
        "partners_agreementparty p JOIN partners_agreementparty x ON x.agreement_id = p.agreement_id"
        " AND x.is_public = true AND x.role = 'laboratory' JOIN partners_organization l ON l.id = x.organization_id"
        " WHERE p.organization_id = o.id",
    ),
    "mission_areas": (
        "m.slug",
        "m.name_en",
        "partners_agreementparty p JOIN partners_agreement_mission_areas x ON x.agreement_id = p.agreement_id"
        " JOIN partners_missionarea m ON m.id = x.missionarea_id WHERE p.is_public = true AND p.organization_id = o.id",
    ),
    "sources": (
        "s.slug",
        "s.url",
        "partners_citation c JOIN partners_source s ON s.id = c.source_id WHERE c.organization_id = o.id",
    ),
}
PAIRS = {
    "other_names": ("other_names", 0),
    "sectors": ("sectors", 0),
    "sector_labels": ("sectors", 1),
    "agreements": ("agreements", 0),
    "agreement_labels": ("agreements", 1),
    "laboratories": ("laboratories", 0),
    "laboratory_labels": ("laboratories", 1),
    "mission_areas": ("mission_areas", 0),
    "mission_area_labels": ("mission_areas", 1),
    "sources": ("sources", 0),
    "source_addresses": ("sources", 1),
}


@cache
def cell_of(part: int):
    """Makes the cell of codes (0) or labels (1) from a joined text: each once, in the order of the codes."""

    def cell(joined: str | None) -> str:
        if not joined:
            return ""
        return ";".join([pair.split(BEFORE_LABEL)[part] for pair in sorted(set(joined.split(BETWEEN)))])

    return cell


class Sink:
    """A file that only counts what is written to it."""

    def __init__(self):
        self.size = 0

    def write(self, text: str) -> None:
        self.size += len(text)


def write_csv(bare: Bare, columns: list[str], labels: dict[str, dict[str, str]]) -> int:
    """Write all partners to nowhere; the number of characters."""
    sink = Sink()
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(bare.csv_rows(columns, labels))
    return sink.size


def write_ndjson(bare: Bare, columns: list[str], labels: dict[str, dict[str, str]]) -> int:
    """The same with one JSON object a line."""
    sink = Sink()
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    for row in bare.csv_rows(columns, labels):
        sink.write(encode(dict(zip(columns, row, strict=True))) + "\n")
    return sink.size


def write_xlsx(bare: Bare, columns: list[str], labels: dict[str, dict[str, str]]) -> int:
    """The same as a workbook of openpyxl, in a file of its own."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(columns)
    for row in bare.csv_rows(columns, labels):
        sheet.append(row)
    with tempfile.TemporaryFile() as file:
        book.save(file)
        return file.tell()
