# ruff: noqa: S608 - the names put into this SQL are those of our own tables and columns; values are parameters.
"""Carries out a plan: writes what is new or changed into the directory, in bulk."""

from collections.abc import Iterator

from django.db import DatabaseError, connection, models, transaction

from partners.engines.batches import batches
from partners.exchange.package.cells import converter_of
from partners.exchange.package.comparing import CHANGE, CREATE, UNCHANGED
from partners.exchange.package.layout import SHEETS, Sheet
from partners.exchange.package.problems import PackageProblems, reason
from partners.exchange.package.progress import type_of_progress
from partners.exchange.package.staging import LOADING_BATCH, Staging
from partners.models import LoadedRow, Publishable


class SheetWriter:
    """Writes the sheets one after another, each through the pieces below."""

    def __init__(self, staging: Staging, problems: PackageProblems, progress: type_of_progress):
        self.staging = staging
        self.problems = problems
        self.progress = progress

    def write(self) -> None:
        """Write every sheet, up to the first one of which the database refuses a row: the others may refer to it."""
        for sheet in SHEETS:
            self.write_sheet(SheetRows(self.staging, sheet))
            if self.problems.count:
                return

    def write_sheet(self, rows: "SheetRows") -> None:
        total = self.staging.count(
            f"SELECT count(*) FROM plan_{rows.sheet.name} WHERE action IN ('{CREATE}', '{CHANGE}')"
        )
        self.release_unique(rows)
        written = 0
        for write, found in ((self.create, rows.new()), (self.change, rows.selected(CHANGE))):
            for batch in found:
                write(rows, batch)
                written += len(batch)
                self.progress(f"Saving {rows.sheet.name}", written, total)
        if not self.problems.count:
            for column in rows.sheet.lists:
                self.write_list(rows, column)
            self.remember(rows.sheet)

    def release_unique(self, rows: "SheetRows") -> None:
        """Empty the unique values that will change, so that one may move from a record to another."""
        for name in rows.sheet.unique:
            for batch in batches(rows.differing(name), LOADING_BATCH):
                rows.sheet.model.objects.filter(pk__in=[pk for (pk,) in batch]).update(**{name: ""})

    def create(self, rows: "SheetRows", batch: list[tuple]) -> None:
        records = [rows.make(values) for _, _, _, *values in batch]
        try:
            with transaction.atomic():
                rows.sheet.model.objects.bulk_create(records)
        except DatabaseError:
            self.name_refused(rows.sheet, records, batch)
        keys = [(key, record.pk) for (_, key, _, *_), record in zip(batch, records, strict=True)]
        self.staging.insert(f"pk_{rows.sheet.name}", keys)

    def change(self, rows: "SheetRows", batch: list[tuple]) -> None:
        found = rows.sheet.model.objects.in_bulk([pk for _, _, pk, *_ in batch])
        for line, _, pk, *values in batch:
            record = rows.fill(found[pk], values)
            self.save(rows.sheet, line, record)

    def save(self, sheet: Sheet, line: int, record: models.Model) -> None:
        try:
            with transaction.atomic():
                record.save()
        except DatabaseError as error:
            self.problems.add(sheet, line, "", None, f"the database refuses the row: {reason(sheet, error)}")

    def name_refused(self, sheet: Sheet, records: list[models.Model], batch: list[tuple]) -> None:
        """Find out which rows of a batch the database refused, by saving them one by one."""
        for record, (line, *_) in zip(records, batch, strict=True):
            record.pk = None
            record._state.adding = True
            self.save(sheet, line, record)

    def write_list(self, rows: "SheetRows", column) -> None:
        """Make the related rows of a list those of the file, for the records whose list is not so already."""
        field = rows.sheet.model._meta.get_field(column.name)
        through = field.remote_field.through
        owner, target = field.m2m_field_name(), field.m2m_reverse_field_name()
        for batch in batches(rows.differing(column.name), LOADING_BATCH):
            through.objects.filter(**{f"{owner}__in": [pk for (pk,) in batch]}).delete()
        for batch in batches(rows.list_items(column), LOADING_BATCH):
            through.objects.bulk_create(
                [through(**{f"{owner}_id": own, f"{target}_id": other}) for own, other in batch]
            )

    def remember(self, sheet: Sheet) -> None:
        """Note what the directory now holds of this file, to know later what a curator has edited."""
        rows = self.staging.run(
            f"SELECT key, digest FROM plan_{sheet.name} "
            f"WHERE action IN ('{CREATE}', '{CHANGE}', '{UNCHANGED}') AND held IS NOT digest ORDER BY line"
        )
        quote = connection.ops.quote_name
        table, *names = map(quote, [LoadedRow._meta.db_table, "table", "key", "digest"])
        # As many rows as all tables together, and no logic of their own: worth a statement without model instances.
        remember = (
            f"INSERT INTO {table} ({', '.join(names)}) VALUES (%s, %s, %s) "
            f"ON CONFLICT ({names[0]}, {names[1]}) DO UPDATE SET {names[2]} = excluded.{names[2]}"
        )
        with connection.cursor() as cursor:
            for batch in batches(rows, LOADING_BATCH):
                cursor.executemany(remember, [(sheet.name, key, digest) for key, digest in batch])


class SheetRows:
    """The staged rows of one sheet that are to be written, with their references as primary keys."""

    def __init__(self, staging: Staging, sheet: Sheet):
        self.staging = staging
        self.sheet = sheet
        self.columns = [column for column in sheet.columns if not column.many]
        fields = [sheet.fields[column.name] for column in self.columns]
        every = sheet.model._meta.concrete_fields
        self.defaults = [field.get_default() for field in every]
        self.places = [every.index(field) for field in fields]
        self.names = [field.attname for field in fields]
        self.converters = [converter_of(field) for field in fields]

    def make(self, values: list) -> models.Model:
        """A new record with the values of a row; by position, which is three times as fast as by name."""
        held = self.defaults.copy()
        for place, convert, value in zip(self.places, self.converters, values, strict=True):
            held[place] = convert(value)
        return self.stamped(self.sheet.model(*held))

    def fill(self, record: models.Model, values: list) -> models.Model:
        """Give a record the values of a row."""
        for name, convert, value in zip(self.names, self.converters, values, strict=True):
            # Nothing said of what holds nothing changes nothing.
            if value or getattr(record, name) != "":
                setattr(record, name, convert(value))
        return self.stamped(record)

    def stamped(self, record: models.Model) -> models.Model:
        if isinstance(record, Publishable):
            record.stamp_publication()
        return record

    def selected(self, action: str, condition: str = "1", values=()) -> Iterator[list[tuple]]:
        """Batches of (line, key, pk, value of each column that is no list)."""
        wanted, joins = [], []
        for number, column in enumerate(self.columns):
            if column.references:
                wanted.append(f"r{number}.pk")
                joins.append(
                    f'LEFT JOIN pk_{column.references} r{number} ON r{number}.key = f."{column.name}"'
                )
            else:
                wanted.append(f'f."{column.name}"')
        rows = self.staging.run(
            f"SELECT p.line, p.key, p.pk, {', '.join(wanted)} FROM plan_{self.sheet.name} p "
            f"JOIN file_{self.sheet.name} f ON f.line = p.line {' '.join(joins)} "
            f"WHERE p.action = '{action}' AND {condition} ORDER BY p.line",
            values,
        )
        return batches(rows, LOADING_BATCH)

    def new(self) -> Iterator[list[tuple]]:
        """Rows to create, those that others of the same table refer to before the others."""
        if not self.sheet.own_link:
            yield from self.selected(CREATE)
            return
        for depth in range(self.find_depths() + 1):
            yield from self.selected(
                CREATE, f"p.key IN (SELECT key FROM depth_{self.sheet.name} WHERE depth = ?)", [depth]
            )

    def find_depths(self) -> int:
        """How many new rows stand above each new row, kept in `depth_X`; returns the largest number."""
        name, link = self.sheet.name, f'f."{self.sheet.own_link}"'
        new = f"(SELECT key FROM plan_{name} WHERE action = '{CREATE}')"
        self.staging.run(
            f"CREATE TABLE depth_{name} AS WITH RECURSIVE tree(key, depth) AS ("
            f"SELECT f.key, 0 FROM file_{name} f WHERE f.key IN {new} AND {link} NOT IN {new} "
            f"UNION ALL SELECT f.key, tree.depth + 1 FROM tree JOIN file_{name} f ON {link} = tree.key "
            f"WHERE f.key IN {new}) SELECT key, depth FROM tree"
        )
        self.staging.run(f"CREATE INDEX depth_{name}_depth ON depth_{name} (depth, key)")
        return self.staging.count(f"SELECT coalesce(max(depth), -1) FROM depth_{name}")

    def differing(self, name: str):
        """The records to change whose column `name` is filled in and differs from the file."""
        sheet = self.sheet.name
        return self.staging.run(
            f"SELECT p.pk FROM plan_{sheet} p JOIN file_{sheet} f ON f.line = p.line "
            f"JOIN directory_{sheet} d ON d.pk = p.pk "
            f'WHERE p.action = \'{CHANGE}\' AND d."{name}" <> \'\' AND d."{name}" <> f."{name}"'
        )

    def list_items(self, column):
        """The primary keys of record and item, for each item of the lists to write."""
        name = self.sheet.name
        return self.staging.run(
            f"SELECT o.pk, t.pk FROM plan_{name} p "
            f"JOIN list_{name}_{column.name} i ON i.line = p.line "
            f"JOIN file_{name} f ON f.line = p.line "
            f"JOIN pk_{name} o ON o.key = p.key "
            f"JOIN pk_{column.references} t ON t.key = i.value "
            f"LEFT JOIN directory_{name} d ON d.pk = p.pk "
            f"WHERE p.action = '{CREATE}' OR p.action = '{CHANGE}' AND d.\"{column.name}\" <> f.\"{column.name}\""
        )
