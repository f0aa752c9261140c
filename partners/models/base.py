"""What several kinds of records share: two languages, terms, publication."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from partners.vocabularies import PublicationState, Vocabulary


class Translated:
    """Reads the column of the reader's language, and the English one where that is empty.

    `name = Translated()` on a model with `name_en` and `name_nl` gives `record.name`.
    """

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        language = (get_language() or "en").split("-")[0]
        return getattr(instance, f"{self.name}_{language}", "") or getattr(instance, f"{self.name}_en")


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


class Publishable(models.Model):
    """A record that curators prepare and then publish.

    The state is changed through `publish`, `withhold` and the like, so that the rule and the stamp exist once.
    """

    publication_state = term_field(
        PublicationState, _("publication state"), default=PublicationState.DRAFT, db_index=True
    )
    published_at = models.DateTimeField(_("first published at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed at"), auto_now=True)

    class Meta:
        abstract = True

    @property
    def is_published(self) -> bool:
        """Whether the public may be told of this record itself; lists of records ask `published()` instead."""
        return self.publication_state == PublicationState.PUBLISHED

    def missing_for_publication(self) -> dict[str, str]:
        """What this saved record still lacks before it may be published: each field or relation, in words."""
        missing = {
            name: str(self._meta.get_field(name).verbose_name)
            for name in self.needed_to_publish
            if not getattr(self, name)
        }
        if not self.citations.exists():
            missing["citations"] = str(_("a source (a citation)"))
        return missing

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
