"""The values a filter takes, with their labels."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from django.db.models import CharField, Exists, Func, OuterRef, QuerySet, Value
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from partners.composed import ask_of_keys
from partners.folding import alike, fold
from partners.kept import kept_each
from partners.languages import columns_of, for_reader
from partners.models import FacetEntry, FacetTerm
from partners.models.addresses import where_now
from partners.models.base import Citable
from partners.models.facets import LONGEST_VALUE
from partners.models.fields import RESERVED
from partners.selection.parameters import MOST_SHOWN
from partners.vocabularies import UNKNOWN, Vocabulary, words_for

# A facet that was searched for shows no more values than this.
MOST_FOUND = 200
# Between the things that a name joins, in English and Dutch.
CONJUNCTIONS = re.compile(r"\s+(?:and|en|&)\s+|\s*[,;]\s*")
# Words at the end of a name that say no more than that it is one.
EMPTY_ENDINGS = {"infrastructure", "computing", "systems"}
ANSWERS = ("yes", "no")
KINDS_OF_ORGANIZATION = ("", " laboratory", " laboratories", " national laboratory", " national laboratories")


def can_be_value(text: str) -> bool:
    """Whether a text that anybody may have typed can be in the index at all; PostgreSQL takes no NUL in a question."""
    return len(text) <= LONGEST_VALUE and "\0" not in text


class Terms:
    """The values that can be chosen in a facet, with their labels."""

    # Whether there can be as many values as there are records; of the others, each has its records as one set.
    many = False
    # What it is called where a record has none of them.
    nothing: str | Promise = _("Not recorded")

    def within(self, listing: str, facet: str) -> "Terms":
        """The same terms for a facet of one listing."""
        return self

    def stored(self, text):
        """The value in the index for an expression that gives what is recorded."""
        return text

    def labels(self, values: Iterable[str]) -> dict[str, str]:
        """The labels of those of the given values that exist and are public."""
        raise NotImplementedError

    def accepted(self, given: Iterable[str]) -> dict[str, str]:
        """As `labels`, for values that may be anything a reader typed."""
        return self.labels([value for value in given if can_be_value(value)])

    def names(self, values: Iterable[str]) -> dict[str, str]:
        """The labels of values that are known to exist."""
        return self.labels(values)

    def called_now(self, values: Iterable[str]) -> dict[str, str]:
        """The present values of those among some unknown ones that are former names of a record."""
        return {}

    def allowed(self) -> list[str]:
        """The values that exist, as many as a message may want to list."""
        raise NotImplementedError

    def found(self, text: str) -> list[str]:
        """The values with a label that has every word of a text in it; the first ones where there are many.

        Also within a word, as the page itself finds them while one types.
        """
        raise NotImplementedError

    def named(self, texts: list[str]) -> Iterator[tuple[str, str]]:
        """Each of some folded texts that is the name of a value, or another name in use, with that value.

        Nothing is guessed: a text that is only near a name, or part of one, is not among them.
        """
        raise NotImplementedError


class VocabularyTerms(Terms):
    """The terms of a vocabulary."""

    def __init__(self, vocabulary: type[Vocabulary]):
        self.vocabulary = vocabulary
        self.known = frozenset(vocabulary.values)

    def labels(self, values):
        return {value: self.vocabulary.label_of(value) for value in values if value in self.known}

    def allowed(self):
        return self.vocabulary.values

    def found(self, text):
        return [value for value in self.vocabulary.values if matches(self.vocabulary.label_of(value), text)]

    def named(self, texts):
        names = {alike(name): value for value in self.vocabulary.values for name in self.every_name(value)}
        return ((text, names[alike(text)]) for text in texts if alike(text) in names)

    def every_name(self, value: str) -> Iterator[str]:
        """What a term is called: its stored value, its label in every language, and its synonyms.

        The value for "not known" has no name, and an answer such as "yes" means nothing without its question.
        """
        if value == UNKNOWN:
            return
        if value not in ANSWERS:
            yield value
        yield from (name for name, _language in words_for(self.vocabulary(value)))


class FieldTerms(Terms):
    """The values of a kind of record that can be cited, by the names of their fields."""

    nothing = _("Nothing")

    def __init__(self, model: type[Citable]):
        self.model = model

    def labels(self, values):
        return {value: self.label_of(value) for value in values if value in self.model.citable_fields}

    def label_of(self, name: str) -> str:
        field = self.model._meta.get_field(name)
        return capfirst(
            str(field.related_model._meta.verbose_name if field.auto_created else field.verbose_name)
        )

    def allowed(self):
        return list(self.model.citable_fields)

    def found(self, text):
        return [value for value in self.model.citable_fields if matches(self.label_of(value), text)]

    def named(self, texts):
        """None: whoever types the name of a field does not ask for what sources disagree on."""
        return iter(())


class RecordTerms(Terms):
    """Public records with a slug, such as sectors or laboratories.

    `title` is their field that people read.
    """

    def __init__(
        self,
        records: Callable[[], QuerySet],
        title: str,
        many: bool = False,
    ):
        self.records, self.title, self.many = records, title, many

    def labels(self, values):
        found = ask_of_keys(columns_of_records, list(values), self.records, self.columns)
        original, *_others = self.columns
        return {
            slug: for_reader(original, dict(zip(self.columns, cells, strict=True)).__getitem__)
            for slug, *cells in found
        }

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns in which the title stands."""
        names = {field.name for field in self.records().model._meta.concrete_fields}
        return (self.title,) if self.title in names else columns_of(self.title)

    def names(self, values):
        kind = self.records, self.title
        return kept_each(kind, values, self.labels)

    def called_now(self, values):
        traces = {value: where_now(self.records(), value) for value in values if can_be_value(value)}
        return {value: trace.record.slug for value, trace in traces.items() if trace and trace.record}

    def found(self, text):
        records, key = self.records(), f"{self.title}_key"
        for word in fold(text).split():
            records = records.filter(**{f"{key}__has_words": word})
        return list(records.order_by(key, "slug").values_list("slug", flat=True)[:MOST_FOUND])

    def allowed(self):
        return list(self.records().order_by("slug").values_list("slug", flat=True)[: MOST_SHOWN + 1])

    def named(self, texts):
        """None: a title, as of an event, is a sentence and no name."""
        return iter(())


def columns_of_records(
    slugs: list[str], records: Callable[[], QuerySet], columns: tuple[str, ...]
) -> QuerySet:
    """The slug of records with some slugs, with some of their columns."""
    return records().filter(slug__among=slugs).order_by().values_list("slug", *columns)


class ClassTerms(RecordTerms):
    """Records of a classification, of which there are few: sectors, mission areas.

    A name of two things joined by "and" names each of them, and one that ends in a word of no meaning of its own, such
    as "infrastructure", is said without it; unless several go by that.
    """

    def named(self, texts):
        rows = list(self.records().order_by("slug").values_list("slug", *columns_of("name")))
        whole, short = {}, Counter()
        for slug, *names in rows:
            whole |= {alike(name): slug for name in (slug, *names) if name}
            short.update({(alike(part), slug) for name in names for part in shorter_names(name)})
        owners = Counter(part for part, _slug in short)
        called = {part: slug for part, slug in short if owners[part] == 1} | whole
        return ((text, called[alike(text)]) for text in texts if alike(text) in called)


class OrganizationTerms(RecordTerms):
    """Organizations, by any of their names, by the slug that stands in their address, and without what kind of
    organization it is: "Oak Ridge" for "Oak Ridge National Laboratory"."""

    def named(self, texts):
        written = {f"{text}{ending}" for ending in KINDS_OF_ORGANIZATION for text in texts}
        slugs = {text.replace(" ", "-"): text for text in texts}
        # Each by an index of its own.
        records, none = self.records().order_by(), Value("")
        rows = records.filter(name_key__in=written).values_list("slug", "name_key", none)
        others = (
            records.filter(slug__in=slugs).values_list("slug", none, none),
            records.filter(names__value_key__in=texts).values_list("slug", none, "names__value_key"),
        )
        for slug, name, other in sorted(rows.union(*others)):
            shorter = {name.removesuffix(ending) for ending in KINDS_OF_ORGANIZATION}
            found = shorter.union((other, slugs.get(slug))).intersection(texts)
            yield from ((text, slug) for text in sorted(found))


class RecordedTerms(Terms):
    """The values that stand in a column of public records; `name` gives the label of one, and `by_name` the values
    with a folded name, whether or not they are recorded."""

    def __init__(
        self,
        records: Callable[[], QuerySet],
        column: str,
        name: Callable[[str], str],
        by_name: Callable[[str], list[str]],
    ):
        self.records, self.column, self.name, self.by_name = records, column, name, by_name

    def named(self, texts):
        meant = [(text, value) for text in texts for value in self.by_name(text)]
        known = self.labels([value for _text, value in meant])
        return ((text, value) for text, value in meant if value in known)

    def labels(self, values):
        if not values:
            return {}
        rows = self.records().filter(**{f"{self.column}__in": values}).order_by()
        return {value: self.name(value) for value in rows.values_list(self.column, flat=True).distinct()}

    def names(self, values):
        return {value: self.name(value) for value in values}

    def found(self, text):
        rows = self.records().exclude(**{self.column: ""}).order_by()
        values = rows.values_list(self.column, flat=True).distinct()
        return [value for value in values if matches(self.name(value), text)][:MOST_FOUND]

    def allowed(self):
        rows = self.records().exclude(**{self.column: ""}).order_by(self.column)
        return list(rows.values_list(self.column, flat=True).distinct()[: MOST_SHOWN + 1])


class TextTerms(Terms):
    """Whatever texts are recorded: each is a value, exactly as it is written, and its own label.

    They are those that the index has of a facet. It has the first 500 characters of a text, and a text that is the word
    for what is not recorded in quotation marks.
    """

    many = True

    def __init__(self, listing: str = "", facet: str = ""):
        self.listing, self.facet = listing, facet

    def within(self, listing, facet):
        return TextTerms(listing, facet)

    def stored(self, text):
        return StoredText(text)

    def recorded(self) -> QuerySet:
        """The terms of the index under which some record stands."""
        entries = FacetEntry.objects.filter(term_id=OuterRef("pk"))
        terms = FacetTerm.objects.filter(Exists(entries), listing=self.listing, facet=self.facet)
        return terms.exclude(value=RESERVED)

    def labels(self, values):
        if not values:
            return {}
        return self.names(self.recorded().filter(value__in=values).values_list("value", flat=True))

    def names(self, values):
        return {value: text_of_value(value) for value in values}

    def allowed(self):
        return list(self.recorded().order_by("value").values_list("value", flat=True)[: MOST_SHOWN + 1])

    def found(self, text):
        terms = self.recorded()
        for word in fold(text).split():
            terms = terms.filter(value_key__has_words=word)
        return list(terms.order_by("value_key", "value").values_list("value", flat=True)[:MOST_FOUND])

    def named(self, texts):
        terms = self.recorded().filter(value_key__in=texts).order_by("value")
        return iter(terms.values_list("value_key", "value"))


class StoredText(Func):
    """A text as the index has it; see `TextTerms`."""

    output_field = CharField()
    template = (
        f"SUBSTR(CASE TRIM(%(expressions)s, '\"') WHEN '{RESERVED}' THEN '\"' || %(expressions)s || '\"' "
        f"ELSE %(expressions)s END, 1, {LONGEST_VALUE})"
    )


def text_of_value(value: str) -> str:
    """The text that the index has as a value; the opposite of `StoredText`."""
    return value[1:-1] if value != RESERVED and value.strip('"') == RESERVED else value


def shorter_names(name: str) -> Iterator[str]:
    """The shorter names that a name contains; see `ClassTerms`."""
    for part in CONJUNCTIONS.split(name):
        yield part
        words = part.split()
        if len(words) > 1 and fold(words[-1]) in EMPTY_ENDINGS:
            yield " ".join(words[:-1])


def matches(label: str, text: str) -> bool:
    """Whether a label has every word of a text in it."""
    return all(word in fold(str(label)) for word in fold(text).split())
