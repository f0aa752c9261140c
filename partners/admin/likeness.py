"""Before a second record of the same thing is saved, the first one is shown.

A record is like another one when they share a trait: a name, however it is written, a website, an address. Saving goes
on when the curator says that it is a different one, and nothing typed is lost on the way.
"""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from partners.admin.pickers import label_for_picker
from partners.changes.likeness import Trait, traits_of
from partners.models import Judgement

# The box to tick; its value names the records that it was offered beside. And the field for the reason.
DIFFERENT, WHY_DIFFERENT = "_different", "_why_different"
MOST_ALIKE_SHOWN = 10
LONGEST_REASON = 1000


class Alike(Exception):
    """Raised when a record like others would be saved and nobody has confirmed that it is a different one."""

    def __init__(self, records: list):
        super().__init__(", ".join(map(str, records)))
        self.records = records


class AsksOfTwins:
    """For a ModelAdmin. `name_keys` are the columns with folded names of its records."""

    name_keys: tuple[str, ...] = ()
    # Beside which field the question stands.
    name_field = ""
    # Relations to rows in which traits stand.
    traits_of_rows: tuple[str, ...] = ()

    def sharing(self, traits: set[Trait]) -> Q:
        """A condition that holds for every record with one of the traits, and perhaps for some others."""
        names = [value for kind, value in traits if kind == "name"]
        return Q.create([(f"{name}__in", names) for name in self.name_keys], connector=Q.OR)

    def alike(self, record, traits: set[Trait]) -> list:
        """Other records with one of the traits."""
        if not traits:
            return []
        near = self.model._base_manager.filter(self.sharing(traits)).exclude(pk=record.pk)
        near = near.prefetch_related(*self.traits_of_rows)
        return [each for each in near if traits & traits_of(each)]

    def save_model(self, request, obj, form, change):
        before = self.model._base_manager.filter(pk=obj.pk).first() if change else None
        request.traits_before = traits_of(before) if before else set()
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        saved = self.model._base_manager.get(pk=form.instance.pk)
        found = self.alike(saved, traits_of(saved) - request.traits_before)
        if not found:
            return
        judged = Judgement.objects.judged(saved)
        found = [each for each in found if each.pk not in judged]
        confirmed = request.POST.get(DIFFERENT, "").split(",")
        if any(str(each.pk) not in confirmed for each in found):
            raise Alike(found)
        why = request.POST.get(WHY_DIFFERENT, "").strip()
        Judgement.objects.remember(saved, found, request.user, why[:LONGEST_REASON])

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        request.alike, sent = [], request.POST
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Alike as found:
            # All of it is undone. The same form comes back, with the question.
            request.alike, request.POST = found.records, sent
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        if not getattr(request, "alike", None):
            return form
        return type(form)(form.__name__, (AskingForm, form), {"asks_beside": self.name_field})

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        found = request.alike
        confirmed = set(filter(None, request.POST.get(DIFFERENT, "").split(",")))
        context |= {
            "alike": [
                (address(each), label_for_picker(each), merge_address(obj, each))
                for each in found[:MOST_ALIKE_SHOWN]
            ],
            "why_different": request.POST.get(WHY_DIFFERENT, ""),
            "others_alike": len(found[MOST_ALIKE_SHOWN:]),
            "different": ",".join(sorted(confirmed | {str(each.pk) for each in found})),
        }
        return super().render_change_form(request, context, add, change, form_url, obj)


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
