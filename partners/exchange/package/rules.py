# ruff: noqa: S608 - the names put into this SQL are those of our own tables and columns; values are parameters.
"""What the rows of a package must obey together. Each rule is a question to the staged files."""

from dataclasses import dataclass

from partners.exchange.package.gaps import Gaps
from partners.exchange.package.layout import SHEET_OF, SHEETS, Sheet
from partners.exchange.package.problems import PackageProblems, number_with_noun, quoted
from partners.exchange.package.staging import Staging
from partners.models import Publishable
from partners.models.sources import TARGETS
from partners.money import WITHOUT_CENTS
from partners.tables.columns import Column

KEYS_NAMED = 15  # so many keys of another table are listed in a message; more only by their number
CIRCLE_NAMED = 5
IS_PUBLISHED = "publication_state = 'published'"


@dataclass(frozen=True)
class Rule:
    """Rows of `table` for which the SQL condition `broken` holds are wrong, and `column` is the one to name.

    `constraint` is the constraint of the model that says the same to the database, and has the words for it.
    `reads` names other tables it depends on.
    """

    table: str
    column: str
    broken: str
    message: str = ""
    constraint: str = ""
    reads: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        if self.message:
            return self.message
        constraints = SHEET_OF[self.table].model._meta.constraints
        return next(
            each.get_violation_error_message() for each in constraints if each.name == self.constraint
        )


def uncitable(target: str, model: type) -> Rule:
    fields = ", ".join(f"'{name}'" for name in model.citable_fields)
    noun = target.replace("_", " ")
    article = "an" if noun[0] in "aeiou" else "a"
    return Rule(
        "citations",
        "field",
        f"{target} <> '' AND field <> '' AND field NOT IN ({fields})",
        message=f"is no value of {article} {noun} that can be cited; allowed: {', '.join(model.citable_fields)}",
    )


def complete_when_published(sheet: Sheet) -> list[Rule]:
    """Nothing is published half."""
    (key,) = sheet.table.key
    return [
        Rule(
            sheet.name,
            name,
            f"{IS_PUBLISHED} AND \"{name}\" = ''",
            message=f"is empty; a published {key} needs it",
        )
        for name in sheet.model.needed_to_publish
        if not sheet.table.column(name).required
    ] + [
        Rule(
            sheet.name,
            "publication_state",
            f"{IS_PUBLISHED} AND key NOT IN (SELECT {key} FROM file_citations)",
            message=f"has no row in citations.csv; a published {key} needs a source",
            reads=("citations",),
        )
    ]


AGREEMENTS_WITH_PARTNER = "SELECT agreement FROM file_agreement_parties WHERE role = 'partner'"

RULES = [
    Rule(
        "organizations",
        "region_code",
        "region_code <> '' AND (country_code = '' OR substr(region_code, 1, length(country_code)) <> country_code)",
        constraint="organization_region_in_its_country",
    ),
    Rule(
        "organizations",
        "parent_name",
        "parent <> '' AND parent_name <> ''",
        constraint="organization_one_parent",
    ),
    Rule(
        "agreements",
        "expiration_date",
        "expiration_date <> '' AND expiration_date < effective_date",
        constraint="agreement_expiration_not_before_effective",
    ),
    Rule(
        "agreements",
        "expiration_date",
        "expiration_date <> '' AND expiration_date < signed_date",
        constraint="agreement_expiration_not_before_signed",
    ),
    Rule(
        "agreement_amounts",
        "period_end",
        "period_end <> '' AND period_end < period_start",
        constraint="agreement_amount_period_in_order",
    ),
    Rule(
        "agreement_amounts",
        "amount",
        f"amount LIKE '%%.%%' AND currency IN ({', '.join(repr(code) for code in sorted(WITHOUT_CENTS))})",
        message="is in a currency that has no smaller unit; allowed: a figure without a point",
    ),
    Rule(
        "agreement_amounts",
        "giver_name",
        "giver <> '' AND giver_name <> ''",
        constraint="agreement_amount_one_giver",
    ),
    Rule(
        "citations",
        "organization",
        " + ".join(f"({target} <> '')" for target in TARGETS) + " <> 1",
        constraint="citation_has_one_target",
    ),
    *(uncitable(target, model) for target, model in TARGETS.items()),
    Rule(
        "citations",
        "value",
        "field = '' AND value <> ''",
        message="stands in a citation of the whole record; allowed: nothing, or a field whose value it is",
    ),
    Rule(
        "citations",
        "says",
        "field = '' AND (says <> '' OR reason <> '')",
        constraint="citation_of_whole_says_nothing_else",
    ),
    Rule(
        "citations",
        "agreement_amount",
        "(agreement_amount <> '') <> (field = 'amounts')",
        constraint="citation_names_the_amount",
    ),
    Rule(
        "citations",
        "agreement_amount",
        "agreement_amount <> '' AND field = 'amounts' AND agreement <> "
        "(SELECT a.agreement FROM file_agreement_amounts a WHERE a.key = file_citations.agreement_amount)",
        message="is an amount of another agreement; allowed: one of this agreement",
        reads=("agreement_amounts",),
    ),
    *(
        rule
        for sheet in SHEETS
        if issubclass(sheet.model, Publishable)
        for rule in complete_when_published(sheet)
    ),
    # Partners may all be withheld: then nobody sees the agreement, in the directory as after loading.
    Rule(
        "agreements",
        "publication_state",
        f"{IS_PUBLISHED} AND key NOT IN ({AGREEMENTS_WITH_PARTNER})",
        message="has no partner in agreement_parties.csv; a published agreement needs one",
        reads=("agreement_parties",),
    ),
    Rule(
        "programmes",
        "programme",
        "line > (SELECT min(line) FROM file_programmes)",
        message="is a second programme; allowed: one row",
    ),
]


def check_rules(staging: Staging, gaps: Gaps, problems: PackageProblems) -> None:
    """Note everything in the staged files that is wrong in relation to other rows and files."""
    check = Check(staging, gaps, problems)
    for sheet in [each for each in SHEETS if each.name not in gaps.tables]:
        check.keys(sheet)
        check.unique_values(sheet)
        if sheet.one_name_within:
            check.names(sheet)
        check.required_values(sheet)
        for column in check.in_file(sheet, sheet.links):
            check.link(sheet, column)
        for column in check.in_file(sheet, sheet.lists):
            check.items(sheet, column)
        if sheet.own_link:
            check.circles(sheet)
    for rule in RULES:
        check.rule(rule)


class Check:
    def __init__(self, staging: Staging, gaps: Gaps, problems: PackageProblems):
        self.staging = staging
        self.gaps = gaps
        self.problems = problems

    def lacking(self, sheet: Sheet) -> list[str]:
        """The columns that the file of a sheet does not have."""
        return self.gaps.columns.get(sheet.name, [])

    def in_file(self, sheet: Sheet, columns: list[Column]) -> list[Column]:
        return [column for column in columns if column.name not in self.lacking(sheet)]

    def is_nowhere(self, table: str) -> bool:
        """Whether a table is neither in the package nor in the directory."""
        return table in self.gaps.tables and not self.staging.count(f"SELECT count(*) FROM file_{table}")

    def note(self, sheet: Sheet, column: str, condition: str, text: str, source: str = "") -> None:
        """A problem for each row of the sheet that meets the condition, unless its cell is known to be wrong."""
        rows = self.staging.run(
            f'SELECT line, "{column}" FROM {source or f"file_{sheet.name}"} '
            f"WHERE ({condition}) AND instr(wrong, ',{column},') = 0 ORDER BY line"
        )
        if column in self.lacking(sheet):
            self.note_lacking(sheet, column, rows.fetchall(), text)
            return
        for line, value in rows:
            self.problems.add(sheet, line, column, value, text)

    def note_lacking(self, sheet: Sheet, column: str, rows: list[tuple], text: str) -> None:
        """One problem for all rows that cannot do with what stands for a column that the file lacks."""
        if rows:
            line, value = rows[0]
            message = f"the column is missing, and what stands for it does not do for {number_with_noun(len(rows), 'row')}; "
            self.problems.add(sheet, 1, column, None, f"{message}on line {line}, {quoted(value)} {text}")

    def need(self, table: str, sheet: Sheet, condition: str) -> None:
        """One problem for a table that is nowhere, if rows of a sheet cannot do without it."""
        if rows := self.staging.count(f"SELECT count(*) FROM file_{sheet.name} WHERE {condition}"):
            text = f"the file is missing, and {number_with_noun(rows, 'row')} of {sheet.file_name} cannot do without it"
            self.problems.add_broken(SHEET_OF[table], 0, "", None, text)

    def rule(self, rule: Rule) -> None:
        sheet = SHEET_OF[rule.table]
        if rule.table in self.gaps.tables:
            return
        if not self.problems.unclear.isdisjoint([rule.table, *rule.reads]):
            return
        if not self.problems.incomplete.isdisjoint(rule.reads):
            return
        if nowhere := [table for table in rule.reads if self.is_nowhere(table)]:
            self.need(nowhere[0], sheet, rule.broken)
        else:
            self.note(sheet, rule.column, rule.broken, rule.text)

    def required_values(self, sheet: Sheet) -> None:
        """A new row has a value in each column that the file lacks, where one is required."""
        for name in self.lacking(sheet):
            if sheet.table.column(name).required:
                self.note(sheet, name, f"\"{name}\" = ''", "is empty; a value is required")

    def keys(self, sheet: Sheet) -> None:
        if sheet.name not in self.problems.unclear:
            self.once(sheet, "key", sheet.table.key[-1] if len(sheet.table.key) == 1 else "")

    def unique_values(self, sheet: Sheet) -> None:
        for name in sheet.unique:
            self.once(sheet, f'"{name}"', name)

    def names(self, sheet: Sheet) -> None:
        """No record has a name twice that is only written in another way."""
        table, owner, name = f"file_{sheet.name}", sheet.one_name_within, sheet.table.key[-1]
        rows = self.staging.run(
            f"WITH named AS (SELECT line, {owner} AS owner, {name} AS name, name_identity({name}) AS same FROM {table}) "
            "SELECT later.line, later.name, first.line, first.name FROM named later JOIN (SELECT min(line) AS line, "
            "owner, same, name FROM named GROUP BY owner, same HAVING count(*) > 1) first USING (owner, same) "
            "WHERE later.line > first.line AND later.name <> first.name ORDER BY later.line"
        )
        for line, value, first, other in rows:
            text = f"is the same name as {quoted(other)} on line {first}; allowed: one of them"
            self.problems.add(sheet, line, name, value, text)

    def once(self, sheet: Sheet, value: str, column: str) -> None:
        """Every value but the empty one stands on one line."""
        table = f"file_{sheet.name}"
        rows = self.staging.run(
            f"SELECT line, found, first FROM (SELECT {value} AS found, min(line) AS first FROM {table} "
            f"WHERE {value} <> '' GROUP BY {value} HAVING count(*) > 1) JOIN {table} ON {value} = found "
            "WHERE line > first ORDER BY line"
        )
        for line, found, first in rows:
            text = f"stands on line {first} already; allowed: once in the file"
            self.problems.add(sheet, line, column or ", ".join(sheet.table.key), found, text)

    def link(self, sheet: Sheet, column: Column) -> None:
        target, filled = column.references, f"\"{column.name}\" <> ''"
        if target in self.problems.incomplete:
            return
        if self.is_nowhere(target):
            self.need(target, sheet, filled)
            return
        condition = f'{filled} AND "{column.name}" NOT IN (SELECT key FROM file_{target})'
        self.note(sheet, column.name, condition, self.no_such(column))

    def items(self, sheet: Sheet, column: Column) -> None:
        if column.references in self.problems.incomplete:
            return
        if self.is_nowhere(column.references):
            self.need(column.references, sheet, f"\"{column.name}\" <> ''")
            return
        rows = self.staging.run(
            f"SELECT line, value FROM list_{sheet.name}_{column.name} "
            f"WHERE value NOT IN (SELECT key FROM file_{column.references}) ORDER BY line"
        )
        text = self.no_such(column)
        for line, value in rows:
            self.problems.add(sheet, line, column.name, value, text)

    def no_such(self, column: Column) -> str:
        """Where the key should have been."""
        target = SHEET_OF[column.references]
        (key,) = target.table.key
        count = self.staging.count(f"SELECT count(*) FROM file_{target.name}")
        where = f"the {count:,} values of {key} in {target.file_name}"
        if count <= KEYS_NAMED:
            where = ", ".join(value for (value,) in self.staging.run(f"SELECT key FROM file_{target.name}"))
        missing = f"the directory, and there is no {target.file_name}"
        return (
            f"is not in {missing if target.name in self.gaps.tables else target.file_name}; allowed: {where}"
        )

    def circles(self, sheet: Sheet) -> None:
        """No row belongs to itself, however long the way. Rows under a circle never end either, and are named too."""
        link, table = f'"{sheet.own_link}"', f"file_{sheet.name}"
        rows = self.staging.run(
            f"WITH RECURSIVE sound(key) AS (SELECT key FROM {table} WHERE {link} = '' OR {link} NOT IN (SELECT key FROM {table}) "
            f"UNION SELECT {table}.key FROM sound JOIN {table} ON {link} = sound.key) "
            f"SELECT line, {link}, key FROM {table} WHERE key NOT IN (SELECT key FROM sound) ORDER BY line"
        )
        for line, value, key in rows:
            way = " > ".join(self.way_up(sheet, key))
            text = f"leads in a circle: {way}; allowed: a line of parents that ends"
            self.problems.add(sheet, line, sheet.own_link, value, text)

    def way_up(self, sheet: Sheet, key: str) -> list[str]:
        way = [key]
        while len(way) <= CIRCLE_NAMED and way.count(key) < 2:
            found = self.staging.run(
                f'SELECT "{sheet.own_link}" FROM file_{sheet.name} WHERE key = ?', (way[-1],)
            )
            way.append(found.fetchone()[0])
        return way
