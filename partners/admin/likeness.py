"""Before a second record of the same thing is saved, the first one is shown.

A record is like another one when they share a trait: a name, however it is written, a website, an address. Saving goes
on when the curator says that it is a different one, and nothing typed is lost on the way.
"""

from urllib.parse import quote

from django.urls import reverse
from django.utils.translation import gettext as _

from partners.admin.pickers import label_for_picker
from partners.changes.likeness import records_alike, traits_of
from partners.models import Judgement

# The box to tick; its value names the records that it was offered beside. And the field for the reason.
DIFFERENT, WHY_DIFFERENT = "_different", "_why_different"
MOST_ALIKE_SHOWN = 10
LONGEST_REASON = 1000


class Alike(Exception):
    """Raised when a record like others would be saved and nobody has confirmed that it is a different one.

    `about` is its name where it is not the record of the form, but one that is written down with it.
    """

    def __init__(self, records: list, about: str = ""):
        super().__init__(", ".join(map(str, records)))
        self.records, self.about = records, about

    @property
    def tokens(self) -> list[str]:
        """What is sent to confirm that it is a different one."""
        return [token_of(each, self.about) for each in self.records]


def token_of(record, about: str = "") -> str:
    """The key of a record; with the name of what was confirmed to be another one, where that is not the record of the form."""
    return f"{record.pk}-{quote(about, safe='')}" if about else str(record.pk)


class AsksOfTwins:
    """For a ModelAdmin, whether its records have names or not."""

    # Beside which field the question stands.
    name_field = ""
    # What two records never share; the database refuses it.
    identifiers: tuple[str, ...] = ()
    # The fields by which it is looked for while somebody types.
    alike_fields: tuple[str, ...] = ()

    def save_model(self, request, obj, form, change):
        before = self.model._base_manager.filter(pk=obj.pk).first() if change else None
        request.traits_before = traits_of(before) if before else set()
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        saved = self.model._base_manager.get(pk=form.instance.pk)
        ask_of_twins(request, saved, traits_of(saved) - request.traits_before)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        request.alike, sent = None, request.POST
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Alike as found:
            # All of it is undone. The same form comes back, with the question.
            request.alike, request.POST = found, sent
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        asked = alike_in(request)
        if not asked:
            return form
        return type(form)(
            form.__name__, (AskingForm, form), {"asks_beside": "" if asked.about else self.name_field}
        )

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        asked = alike_in(request)
        found, about, tokens = (asked.records, asked.about, asked.tokens) if asked else ([], "", ())
        confirmed = set(filter(None, request.POST.get(DIFFERENT, "").split(",")))
        context |= {
            "alike": [
                (address(each), label_for_picker(each), "" if about else merge_address(obj, each))
                for each in found[:MOST_ALIKE_SHOWN]
            ],
            "alike_about": about,
            "why_different": request.POST.get(WHY_DIFFERENT, ""),
            "others_alike": len(found[MOST_ALIKE_SHOWN:]),
            "different": ",".join(sorted(confirmed.union(tokens))),
        }
        return super().render_change_form(request, context, add, change, form_url, obj)


def alike_in(request) -> "Alike | None":
    """What was found alike when the form of a request was saved; None where nothing was, or nothing was to be saved."""
    return getattr(request, "alike", None)


def ask_of_twins(request, saved, traits: set, about: str = "") -> None:
    """Raises Alike where a saved record is like others by some traits, and nobody has confirmed that it is another one."""
    found = list(records_alike(saved, traits))
    if not found:
        return
    judged = Judgement.objects.judged(saved)
    found = [each for each in found if each.pk not in judged]
    confirmed = request.POST.get(DIFFERENT, "").split(",")
    if any(token_of(each, about) not in confirmed for each in found):
        raise Alike(found, about)
    why = request.POST.get(WHY_DIFFERENT, "").strip()
    Judgement.objects.remember(saved, found, request.user, why[:LONGEST_REASON])


class AskingForm:
    """Says that there is a question. Mixed in before a form class."""

    asks_beside = ""

    def full_clean(self):
        super().full_clean()
        if self.is_bound:
            question = _("Nothing is saved yet: there is a record like this one. See above.")
            self.add_error(self.asks_beside if self.asks_beside in self.fields else None, question)


def address(record) -> str:
    return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk])


def merge_address(record, other) -> str:
    """The page on which two saved records become one; "" where one is still new."""
    if record is None or record.pk is None:
        return ""
    name = f"admin:{record._meta.app_label}_{record._meta.model_name}_merge"
    return f"{reverse(name, args=[record.pk])}?with={other.pk}"
