"""What several kinds of records share: two languages, terms, publication."""

import re
from collections.abc import Callable
from functools import partial

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from partners.languages import DATA_LANGUAGES, ORIGINAL, columns_of, for_reader
from partners.models.fields import takes_lines
from partners.models.validators import HAS_COME
from partners.texts import fault_of, tidy
from partners.vocabularies import PublicationState, Vocabulary


class InEachLanguage:
    """A field for each language of the data: `told = InEachLanguage(make)` makes `told_en` and so on.

    `make` gives the field of a language, from its code.
    """

    def __init__(self, make: Callable[[str], models.Field]):
        # Made here, where they stand among the fields of the model.
        self.fields = {code: make(code) for code in DATA_LANGUAGES}

    def contribute_to_class(self, model: type[models.Model], name: str) -> None:
        for column, field in zip(columns_of(name), self.fields.values(), strict=True):
            model.add_to_class(column, field)


class Translated(InEachLanguage):
    """A text in each language of the data, which `record.name` gives in the language of the reader.

    Where that is empty it gives the original, marked with its language. `kind` is the class of the fields; `required`
    and `help_text` are said of the original alone.
    """

    def __init__(self, kind: type[models.Field], verbose_name, required=False, help_text="", **options):
        def make(code: str) -> models.Field:
            of_original = {"blank": not required, "help_text": help_text}
            own = of_original if code == ORIGINAL else {"blank": True}
            return kind(format_lazy("{} ({})", verbose_name, DATA_LANGUAGES[code]), **own, **options)

        super().__init__(make)

    def contribute_to_class(self, model: type[models.Model], name: str) -> None:
        super().contribute_to_class(model, name)
        self.column = f"{name}_{ORIGINAL}"
        setattr(model, name, self)

    def __get__(self, instance, owner=None):
        return self if instance is None else for_reader(self.column, partial(getattr, instance))


def term_field(vocabulary: type[Vocabulary], verbose_name, **options) -> models.CharField:
    """A column that holds one term of a vocabulary; pair it with `term_constraint`."""
    return models.CharField(verbose_name, max_length=30, choices=vocabulary.choices, **options)


def term_constraint(model: str, field: str, vocabulary: type[Vocabulary], blank: bool = False):
    """The rule, kept by the database, that a column holds a term of its vocabulary."""
    allowed = [*vocabulary.values, ""] if blank else vocabulary.values
    return models.CheckConstraint(
        name=f"{model}_{field}_is_a_term",
        condition=Q(**{f"{field}__in": allowed}),
        violation_error_message=_("This is not one of the terms of the list."),
    )


class Readable(models.Model):
    """A record whose texts keep the rule of text, which forms, spreadsheets and packages obey as well."""

    class Meta:
        abstract = True

    def clean_fields(self, exclude=None):
        """As Django does, for texts in the form in which they are kept, and without any that breaks the rule."""
        passed_over = exclude or ()
        texts = [
            field for field in self._meta.fields if field.name not in passed_over and is_text(self, field)
        ]
        faults = {}
        for field in texts:
            text, many_lines = getattr(self, field.attname), takes_lines(field)
            setattr(self, field.attname, tidy(text, many_lines=many_lines))
            if fault := fault_of(text, many_lines=many_lines):
                faults[field.name] = [ValidationError(str(fault), code="text")]
        errors = {}
        try:
            super().clean_fields(exclude)
        except ValidationError as error:
            errors = error.error_dict
        if errors or faults:
            raise ValidationError(errors | faults)


def is_text(record: models.Model, field: models.Field) -> bool:
    """Whether somebody has written what a field holds; folded texts follow from others."""
    return field.editable and isinstance(getattr(record, field.attname), str)


class Citable(Readable):
    """A record whose values sources can support.

    Each model of such records has a field of its own in `Citation`, and a column in the table of citations.

    `citable_fields`   the values a citation can be about
    `called`           the field that holds what people call it
    `citation_place`   the place of its column among those of the other models, counted from 1. Columns only grow at
                       their end: a new model takes the next number
    """

    citable_fields: tuple[str, ...] = ()
    called = ""
    citation_place: int

    class Meta:
        abstract = True

    @classmethod
    def citation_field(cls) -> str:
        """The field of a citation that names such a record: the name of the model in small letters, such as "mission_area"."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


def citable_models(below: type[models.Model] = Citable) -> list[type[Citable]]:
    """Every model of records that sources can support, in the order of their columns."""
    found, waiting = [], [below]
    while waiting:
        model = waiting.pop()
        waiting += model.__subclasses__()
        if not model._meta.abstract:
            found.append(model)
    return sorted(found, key=lambda model: model.citation_place)


class Nested(models.Model):
    """A record that may belong to another of its kind, its `parent`."""

    # What `clean` looks at: a change of other columns leaves that as it is.
    columns_of_clean = frozenset({"parent"})

    class Meta:
        abstract = True

    def clean(self):
        """Refuses a parent that, however long the way up, belongs to this record."""
        super().clean()
        way, above = [self.pk], self.parent_id
        while above and above not in way:
            way.append(above)
            above = type(self)._default_manager.filter(pk=above).values_list("parent", flat=True).first()
        # Its own parent is refused by the database, with words of its own.
        if above and len(way) > 1:
            raise ValidationError(
                {"parent": _("This leads in a circle. Allowed: a line of parents that ends.")}
            )


class Publishable(Citable):
    """A record that curators prepare and then publish.

    The state is changed through `publish`, `withhold` and the like, so that the rule and the stamp exist once.
    """

    publication_state = term_field(
        PublicationState, _("publication state"), default=PublicationState.DRAFT, db_index=True
    )
    published_at = models.DateTimeField(_("first published at"), null=True, blank=True, editable=False)
    verified_date = models.DateField(
        _("verified on"),
        null=True,
        blank=True,
        validators=[HAS_COME],
        help_text=_("The day somebody last held all of it against its sources."),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed at"), auto_now=True)

    class Meta:
        abstract = True

    # What `missing_for_publication` reads: whoever asks many records reads it for all of them at once.
    read_to_publish = ("citations",)

    @classmethod
    def columns_of_publication(cls) -> set[str]:
        """The columns and relations that decide whether a record may be public."""
        return {
            "publication_state",
            *cls.needed_to_publish,
            *(each.split("__")[0] for each in cls.read_to_publish),
        }

    @property
    def is_published(self) -> bool:
        """Whether the public may be told of this record itself; lists of records ask `published()` instead."""
        return self.publication_state == PublicationState.PUBLISHED

    def missing_for_publication(self) -> dict[str, str]:
        """What this saved record still lacks before it may be published: each field or relation, in words.

        A citation for an earlier value is a source of the record all the same: it says that the record exists.
        """
        missing = self.needed_for_publication()
        for name in self.needed_to_publish:
            if getattr(self, name):
                del missing[name]
        if self.citations.exists():
            del missing["citations"]
        return missing

    @classmethod
    def needed_for_publication(cls) -> dict[str, str]:
        """What every such record needs before it may be published: each field or relation, in words."""
        needed = {name: str(cls._meta.get_field(name).verbose_name) for name in cls.needed_to_publish}
        return needed | {"citations": str(_("a source (a citation)"))}

    def publish(self) -> None:
        """Make the record public. Raises ValidationError, and changes nothing, when something is missing."""
        if missing := self.missing_for_publication():
            raise ValidationError(
                _("“%(record)s” cannot be published yet. It lacks: %(missing)s."),
                params={"record": self, "missing": ", ".join(missing.values())},
            )
        self.publication_state = PublicationState.PUBLISHED
        self.stamp_publication()
        self.save()

    def send_for_review(self) -> None:
        """Hand the record to whoever may publish it."""
        self.publication_state = PublicationState.IN_REVIEW
        self.save()

    def return_to_draft(self) -> None:
        """Take the record back to where it is written."""
        self.publication_state = PublicationState.DRAFT
        self.save()

    def withhold(self) -> None:
        """Take the record out of every public page and file; it stays in curation."""
        self.publication_state = PublicationState.WITHHELD
        self.save()

    def stamp_publication(self) -> None:
        """Note when the record first became public."""
        if self.publication_state == PublicationState.PUBLISHED and self.published_at is None:
            self.published_at = timezone.now()
