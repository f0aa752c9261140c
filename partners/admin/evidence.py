"""Evidence follows the value, in curation: whoever changes a value that was cited says what its sources say now.

Beside the value the form asks for each citation of the value before: the same source says the new one, another one
does, the citation is dropped, or the value was only tidied. Whoever quotes it anew has said so. A published record is not saved without the answers; in a
draft they may wait. The journal keeps them. Nothing typed is lost on the way.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.findings.quotes import says_otherwise
from partners.models import Citation
from partners.models.agreements import AMOUNTS_FIELD
from partners.models.base import Citable
from partners.provenance import earlier_in_words

# Of the name under which an answer is sent; the key of the citation follows.
ANSWER = "_evidence-"
SAME_SOURCE, ANOTHER, DROP, TIDYING = "same", "another", "drop", "tidying"
# What to choose from, and what the journal says of it.
WHAT_SOURCES_SAY = {
    SAME_SOURCE: (
        gettext_lazy("The same source says the new value"),
        gettext_lazy("the same source says so"),
    ),
    ANOTHER: (
        gettext_lazy("Another source says it (a new row of the citations below)"),
        gettext_lazy("another source says so"),
    ),
    DROP: (gettext_lazy("Drop this citation"), gettext_lazy("citation dropped")),
    TIDYING: (gettext_lazy("Only tidied: spelling or layout"), gettext_lazy("only tidying")),
}


@dataclass(frozen=True)
class Question:
    """A citation of a value that has changed, with what the curator has answered, and what is wrong with that or ""."""

    citation: Citation
    answer: str = ""
    problem: str = ""

    @property
    def is_asked(self) -> bool:
        """Whether the form was sent, and waits for the answer or has it."""
        return bool(self.answer or self.problem)

    @property
    def place(self) -> str:
        """The field of the form beside which it stands; an amount is a row of its own."""
        return self.citation.field

    def html(self) -> SafeString:
        name = f"{ANSWER}{self.citation.pk}"
        before = earlier_in_words(self.citation.target, self.citation.field, self.citation.value)
        choices = format_html_join(
            "",
            '<label><input type="radio" name="{}" value="{}"{}> {}</label>',
            (
                (name, answer, mark_safe(" checked") if answer == self.answer else "", words)
                for answer, (words, _kept) in WHAT_SOURCES_SAY.items()
            ),
        )
        legend = format_html(
            _("“{source}” was cited for: {before}. What does it say of the value of now?"),
            source=self.citation.source,
            before=format_html("<b>{}</b>", before),
        )
        return format_html(
            '<fieldset class="evidence-question" id="{}"><legend>{}</legend>{}</fieldset>',
            name,
            legend,
            choices,
        )


class Unanswered(Exception):
    """Raised when a published record would be saved while it is open what the sources of changed values say."""

    def __init__(self, questions: list[Question]):
        super().__init__(len(questions))
        self.questions = questions


def answers_in(data) -> dict[int, str]:
    """The answers in what was sent, by the keys of the citations."""
    found = {
        name.removeprefix(ANSWER): data[name]
        for name in data
        if name.startswith(ANSWER) and data[name] in WHAT_SOURCES_SAY
    }
    return {
        int(key): answer for key, answer in found.items() if key.isascii() and key.isdigit() and len(key) < 18
    }


def quoted_anew(record: Citable, formsets) -> dict[int, str]:
    """The answers of those who have given a citation other words of its source: it says the new value, unless the words
    say another one. By the keys of the citations."""
    found = {}
    rows = [row for formset in formsets if formset.model is Citation for row in formset.initial_forms]
    for row in rows:
        citation = row.instance
        if citation.pk is None or "quote" not in row.changed_data or not citation.quote:
            continue
        column = record._meta.get_field(citation.field) if citation.field else None
        if column is None or column.is_relation or citation.agreement_amount_id:
            continue
        if not says_otherwise(citation, column, getattr(record, column.attname)):
            found[citation.pk] = SAME_SOURCE
    return found


def with_names(citations) -> list[Citation]:
    return list(citations.select_related("source", "agreement_amount").order_by("pk"))


def names_of_standing(citations: Iterable[Citation]) -> set[str]:
    """The values that have a source of now."""
    return {citation.value_name for citation in citations if citation.supports_current}


class AsksForEvidence:
    """For a ModelAdmin, whether its records can be cited or not."""

    def is_to_be_public(self, request, form) -> bool:
        """Whether readers will see what is saved. Records without a state of publication are always seen."""
        return True

    def is_published_by(self, request, form) -> bool:
        """Whether saving makes it public that was not so before."""
        return False

    def why(self, request) -> str:
        answers = answers_in(request.POST)
        if not answers or not issubclass(self.model, Citable):
            return super().why(request)
        # Those of values of such records: an answer may be about a citation that is another one by now.
        own = Citation.objects.filter(**{f"{self.model.citation_field()}__isnull": False}).exclude(field="")
        found = own.filter(pk__in=answers).order_by("pk")
        named = {citation.pk: label_of(self.model, citation.field) for citation in found}
        words = [f"{label}: {WHAT_SOURCES_SAY[answers[key]][1]}" for key, label in named.items()]
        return "; ".join(dict.fromkeys(words))

    # Saving -------------------------------------------------------------------------------------------------------

    def save_model(self, request, obj, form, change):
        request.stood_before = set()
        if change and isinstance(obj, Citable):
            standing = Citation.objects.filter(**{obj.citation_field(): obj.pk}, supports_current=True)
            request.stood_before = set(standing.exclude(field="").values_list("pk", flat=True))
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if change and isinstance(form.instance, Citable):
            self.follow(request, form, quoted_anew(form.instance, formsets) | answers_in(request.POST))

    def follow(self, request, form, answers: dict[int, str]) -> None:
        """Does what the answers say; raises Unanswered where one is wanted."""
        citations = with_names(form.instance.citations)
        lapsed = [citation for citation in citations if not citation.supports_current]
        if not lapsed:
            return
        standing = names_of_standing(citations)
        is_seen, is_new = self.is_to_be_public(request, form), self.is_published_by(request, form)
        open_questions, left = [], 0
        for citation in lapsed:
            answer, has_other = answers.get(citation.pk, ""), citation.value_name in standing
            is_wanted = citation.pk in request.stood_before or (is_new and not has_other)
            if answer == ANOTHER and not has_other:
                problem = _("Add the other source below: a new row of the citations, for this value.")
                open_questions.append(Question(citation, answer, problem))
            elif not answer and is_wanted and is_seen:
                problem = _("This value was cited, and has changed. Say below what its source says.")
                open_questions.append(Question(citation, answer, problem))
            elif answer:
                act_on(citation, answer)
            elif is_wanted:
                left += 1
        if open_questions:
            raise Unanswered(open_questions)
        if left:
            message = ngettext(
                "%d citation was for the value before, and stands beside it no more. The form asks for it.",
                "%d citations were for values before, and stand beside them no more. The form asks for them.",
                left,
            )
            self.message_user(request, message % left, messages.WARNING)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        request.unanswered, sent = [], request.POST
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Unanswered as found:
            # All of it is undone. The same form comes back, with the questions.
            request.unanswered, request.POST = found.questions, sent
            return super().changeform_view(request, object_id, form_url, extra_context)

    # The form -----------------------------------------------------------------------------------------------------

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        questions = getattr(request, "unanswered", None)
        return (
            type(form)(form.__name__, (UnansweredForm, form), {"questions": questions}) if questions else form
        )

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if change and isinstance(obj, Citable) and self.has_change_permission(request, obj):
            place_questions(context, self.questions(request, obj))
        return super().render_change_form(request, context, add, change, form_url, obj)

    def questions(self, request, obj: Citable) -> list[Question]:
        """What the page asks: what was asked and not answered, what was answered, and what is open since before."""
        answers = answers_in(request.POST)
        asked = {question.citation.pk: question for question in getattr(request, "unanswered", ())}
        citations = with_names(obj.citations)
        standing = names_of_standing(citations)
        for citation in citations:
            is_open = not citation.supports_current and citation.value_name not in standing
            if citation.pk not in asked and (is_open or citation.pk in answers):
                asked[citation.pk] = Question(citation, answers.get(citation.pk, ""))
        return list(asked.values())


def act_on(citation: Citation, answer: str) -> None:
    if answer == DROP:
        citation.delete()
    elif answer in (SAME_SOURCE, TIDYING):
        # The database fills in the value of now. What says the same does not say otherwise.
        agrees = {"says": "", "reason": ""} if answer == SAME_SOURCE and citation.says else {}
        Citation.objects.filter(pk=citation.pk).update(value=None, **agrees)


def label_of(model: type[Citable], field: str) -> str:
    """What a value of a record is called."""
    found = model._meta.get_field(field)
    called = found.related_model._meta.verbose_name if found.auto_created else found.verbose_name
    return capfirst(str(called))


def place_questions(context: dict, questions: list[Question]) -> None:
    """Puts questions beside the fields that they are about; those of amounts into the rows of these."""
    rows = [form for each in context["inline_admin_formsets"] for form in each.formset.forms]
    for question in questions:
        form, name = context["adminform"].form, question.place
        if name == AMOUNTS_FIELD:
            amount = question.citation.agreement_amount
            form, name = next((row for row in rows if row.instance == amount), form), "amount"
        if name in form.fields:
            shown = form[name]
            if not question.is_asked and shown.value() in (None, "", []):
                # Nothing stands there that could have a source.
                continue
            shown.help_text = format_html("{} {}", shown.help_text, question.html())


class UnansweredForm:
    """Says that there are questions. Mixed in before a form class."""

    questions: list[Question] = []

    def full_clean(self):
        super().full_clean()
        if not self.is_bound:
            return
        self.add_error(
            None, _("Nothing is saved yet: say what the sources say of the values that you have changed.")
        )
        for question in self.questions:
            place = question.place if question.place in self.fields else None
            if not place or question.problem not in self.errors.get(place, []):
                self.add_error(place, question.problem)
