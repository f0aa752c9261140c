"""Several values of one cell as one text, by which they leave the database."""

from django.db.models import Aggregate, Func, Subquery, TextField

# Several values of one cell travel through one SQL column; these two control characters stand in no name.
BETWEEN_VALUES = "\x1e"
BEFORE_LABEL = "\x1f"


class JoinedText(Aggregate):
    """All texts of a group as one, in no particular order."""

    function = "STRING_AGG"
    output_field = TextField()

    def as_sqlite(self, compiler, connection, **extra):
        return self.as_sql(compiler, connection, function="GROUP_CONCAT", **extra)


class JoinedTextsOfPast(Subquery):
    """The texts that a queryset gives, as one. Its tables may be views of a past (`partners/changes/past.py`): SQLite looks
    their rows up by keys only where the query that joins them is no aggregate, and stays apart from it."""

    template = f"(SELECT STRING_AGG(joined_text, '{BETWEEN_VALUES}') FROM (%(subquery)s) joined_rows)"  # noqa: S608
    output_field = TextField()

    def as_sqlite(self, compiler, connection, **extra):
        template = f"(SELECT GROUP_CONCAT(joined_text, '{BETWEEN_VALUES}') FROM (%(subquery)s LIMIT -1))"  # noqa: S608
        return self.as_sql(compiler, connection, template=template, **extra)


class JoinedTexts(Func):
    """Texts one after another. Unlike Concat not one within the other, which SQLite takes only so deep."""

    template, arg_joiner = "(%(expressions)s)", " || "
    output_field = TextField()
