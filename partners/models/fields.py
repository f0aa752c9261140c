"""Fields that behave the same on SQLite and PostgreSQL."""

import json
from collections.abc import Callable, Iterable

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.folding import fold, further_words
from partners.web_addresses import host_of, plain_address


def takes_lines(field: models.Field) -> bool:
    """Whether a text of this field may have several lines."""
    return isinstance(field, models.TextField)


class ByteOrdered:
    """A text column that every engine compares byte by byte.

    SQLite does so anyway; PostgreSQL would follow the language of the database and put the same rows in another order.
    """

    def db_parameters(self, connection):
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


# As a value of a filter it asks for what is not recorded.
RESERVED = "none"


def not_reserved(slug: str) -> None:
    """Refuse the one word that cannot name a record."""
    if slug == RESERVED:
        raise ValidationError(
            _("“%s” cannot name a record: in filters it stands for what is not recorded.") % slug
        )


class Slug(ByteOrdered, models.SlugField):
    """The public, stable name of a record in addresses and files."""

    default_validators = [*models.SlugField.default_validators, not_reserved]

    def __init__(self, *args, **kwargs):
        kwargs = {"max_length": 100, "unique": True} | kwargs
        super().__init__(*args, **kwargs)


def note_field() -> models.TextField:
    """What one curator leaves for the next one."""
    return models.TextField(
        _("curator's note"),
        max_length=5000,
        blank=True,
        help_text=_("For curators only; it appears on no public page."),
    )


def optional_reference(to: type[models.Model] | str, verbose_name, **options) -> models.ForeignKey:
    """Another record, or none. While it is named here it cannot be deleted."""
    return models.ForeignKey(
        to, verbose_name=verbose_name, on_delete=models.PROTECT, null=True, blank=True, **options
    )


class Code(ByteOrdered, models.CharField):
    """A text that stands in the key of a table, so that its rows have one order everywhere."""


class DerivedKey(ByteOrdered, models.CharField):
    """What is compared of another field of the record.

    It is filled when a record is saved or created in bulk; what changes the other field past that is noted by triggers
    (`triggers/texts.py`), and the key is filled later.
    """

    # Whenever it gives another key for the same text than before, raise `folding.FOLDING_VERSION`.
    derive: Callable[[str], str]

    def __init__(self, *args, source: str, **kwargs):
        self.source = source
        # Folding can lengthen a text ("ﷺ" becomes 18 letters), so the key is cut where the column ends.
        kwargs = {"max_length": 255, "editable": False, "default": ""} | kwargs
        super().__init__(*args, **kwargs)

    @property
    def read_from(self) -> tuple[str, ...]:
        """The fields that it is made from."""
        return (self.source,)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"source": self.source}

    def pre_save(self, instance, add):
        key = self.derive(getattr(instance, self.source) or "")[: self.max_length].strip()
        setattr(instance, self.attname, key)
        return key


class FoldedKey(DerivedKey):
    """The folded form of another field of the record: rows are ordered and searched by it."""

    derive = staticmethod(fold)


class SiteKey(DerivedKey):
    """The site to which an address of the record leads."""

    derive = staticmethod(host_of)


class PageKey(DerivedKey):
    """The page to which an address of the record leads, however it was copied."""

    derive = staticmethod(plain_address)


# Stands between two texts of a column; no folded word holds it, so that no phrase runs from one text into the next.
BETWEEN_TEXTS = " | "


class FoldedText(ByteOrdered, models.TextField):
    """The folded forms of other fields of the record: what a search looks through.

    Every word stands between two spaces, so that a search for a word is a search for a piece of text; at the end
    stand the words of other readings. It is filled as a `FoldedKey` is.
    """

    # Which fields it is folded from is nothing to the database.
    non_db_attrs = (*models.TextField.non_db_attrs, "sources")

    def __init__(self, *args, sources: Iterable[str], **kwargs):
        self.sources = tuple(sources)
        super().__init__(*args, **{"editable": False, "default": ""} | kwargs)

    @property
    def read_from(self) -> tuple[str, ...]:
        """The fields that it is folded from."""
        return self.sources

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"sources": self.sources}

    def pre_save(self, instance, add):
        written = [getattr(instance, source) or "" for source in self.sources]
        further = dict.fromkeys(word for text in written for word in further_words(text))
        texts = filter(None, (*map(fold, written), *further))
        joined = BETWEEN_TEXTS.join(texts)
        text = f" {joined} " if joined else ""
        setattr(instance, self.attname, text)
        return text


class HasWords(models.Lookup):
    """Whether a folded column holds folded words: `" word"` begins a word of it, `" a phrase "` is whole words of it.

    The words are letters, digits and spaces only, so that nothing in them is a wildcard.
    """

    lookup_name = "has_words"

    def process_lhs(self, compiler, connection, lhs=None):
        sql, parameters = super().process_lhs(compiler, connection, lhs)
        if isinstance(self.lhs.output_field, FoldedText):
            return sql, parameters
        return f"(' ' || {sql} || ' ')", parameters

    def as_sql(self, compiler, connection):
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} LIKE %s", [*parameters, f"%{self.rhs}%"]


Code.register_lookup(HasWords)
FoldedKey.register_lookup(HasWords)
FoldedText.register_lookup(HasWords)


class Among(models.Lookup):
    """Whether a primary key is in a list of numbers, however long: the list travels as one parameter.

    PostgreSQL sees how long it is, and plans by that, where it would guess the length of what a subquery gives.
    """

    lookup_name = "among"
    prepare_rhs = False
    of = "bigint"

    def as_postgresql(self, compiler, connection):
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::{self.of}[])", [*parameters, self.rhs]

    def as_sqlite(self, compiler, connection):
        column, parameters = self.process_lhs(compiler, connection)
        sql = f"{column} IN (SELECT value FROM json_each(%s))"  # noqa: S608 (a column of a model)
        return sql, [*parameters, json.dumps(self.rhs)]


class AmongTexts(Among):
    """The same of a short text, such as a slug."""

    of = "text"


class InFew(models.lookups.In):
    """`in` for a subquery that gives a handful of numbers, looked up before the rest is planned.

    PostgreSQL takes a plain IN for one row's worth of what follows, and goes through all of it again for each row.
    """

    lookup_name = "in_few"

    def get_rhs_op(self, connection, rhs):
        if connection.vendor == "postgresql":
            return f"= ANY (ARRAY{rhs})"
        return super().get_rhs_op(connection, rhs)


models.BigAutoField.register_lookup(Among)
models.CharField.register_lookup(AmongTexts)
models.BigIntegerField.register_lookup(InFew)
