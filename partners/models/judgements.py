"""What curators have judged of two records that look alike."""

from collections.abc import Iterable

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.curation_vocabularies import Verdict
from partners.models.base import term_constraint, term_field
from partners.models.fields import Code


class JudgementQuerySet(models.QuerySet):
    def of(self, record: models.Model):
        """The judgements of a record."""
        kind = record._meta.model_name
        return self.filter(Q(first=record.pk) | Q(second=record.pk), kind=kind)

    def judged(self, record: models.Model) -> set[int]:
        """The keys of the records that were compared with this one."""
        pairs = self.of(record).values_list("first", "second")
        return {key for pair in pairs for key in pair} - {record.pk}

    def remember(self, record: models.Model, others: Iterable[models.Model], user, why: str) -> None:
        """Note that these are others than the record. What was judged already stays as it is."""
        name = user.get_full_name() or user.get_username()
        said = {"verdict": Verdict.DIFFERENT, "who": user.pk, "name_of_who": name[:150], "why": why}
        pairs = (sorted((record.pk, other.pk)) for other in others)
        rows = [
            self.model(kind=record._meta.model_name, first=first, second=second, **said)
            for first, second in pairs
        ]
        self.bulk_create(rows, ignore_conflicts=True)


class Judgement(models.Model):
    """What somebody judged of two records of one kind: nobody is asked again, until it is taken back.

    It is no data of the directory: the records stay what they are.
    """

    # The name of the model, and the keys of the two, the smaller one first.
    kind = Code(_("kind"), max_length=20)
    first = models.BigIntegerField(_("first"))
    second = models.BigIntegerField(_("second"))
    verdict = term_field(Verdict, _("verdict"), default=Verdict.DIFFERENT)
    # A plain number beside the name: whoever it was can be deleted.
    who = models.BigIntegerField(_("user number"), null=True)
    name_of_who = models.CharField(_("by"), max_length=150)
    why = models.TextField(_("why"), blank=True, max_length=1000)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    objects = JudgementQuerySet.as_manager()

    class Meta:
        verbose_name = _("judgment")
        verbose_name_plural = _("judgments")
        ordering = ["-at", "-pk"]
        default_permissions = ("view", "delete")
        constraints = [
            term_constraint("judgement", "verdict", Verdict),
            models.UniqueConstraint(fields=["kind", "first", "second"], name="judgement_once"),
        ]
        indexes = [models.Index(fields=["kind", "second"], name="judgement_of_second")]

    def __str__(self):
        return f"{self.kind} {self.first}, {self.second}: {self.get_verdict_display()}"
