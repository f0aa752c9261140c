"""A new agreement in the form of a partner: written down with it, saved in the same revision, under its sources."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.forms import BaseFormSet, formset_factory
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.admin.fields import LineField, curation_field
from partners.admin.pickers import label_for_picker
from partners.admin.source_bar import PageSourceField, PageSourceSelect, SourceBar
from partners.admin.value_rows import bind_sources
from partners.folding import fold
from partners.models import Agreement, AgreementParty, Citation, Organization, OrganizationName, Source
from partners.models.naming import free_slug, no_slug_can_be_made, slug_after
from partners.texts import name_identity
from partners.vocabularies import PartyRole

NEW_AGREEMENT = "agreement"
PARTIES_SHOWN = 2
MOST_PARTIES = 100


class NewAgreementForm(forms.ModelForm):
    """What an agreement is called, what it is, and who says so. Without a title there is none."""

    source = PageSourceField(
        Source.objects, widget=PageSourceSelect, required=False, label=gettext_lazy("Source")
    )

    class Meta:
        model = Agreement
        fields = ["title_en", "agreement_type", "announced_date", "summary_en"]
        formfield_callback = curation_field
        widgets = {
            "announced_date": forms.DateInput(format="%Y-%m-%d"),
            "summary_en": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["title_en"].required = self.fields["agreement_type"].required = False

    def clean_title_en(self):
        title = self.cleaned_data["title_en"]
        if title and not slug_after(title):
            raise ValidationError(no_slug_can_be_made(title))
        if not title and any(name not in ("title_en", "source") for name in self.changed_data):
            raise ValidationError(_("An agreement has a title. Fill it in, or empty the fields beside it."))
        known = Agreement.objects.filter(title_key=fold(title)).first() if title else None
        if known:
            words = _(
                "There is an agreement with this title, %s. Add this partner to it there, or choose another title."
            )
            raise ValidationError(words % label_for_picker(known))
        return title


class NameOfParty(LineField):
    """An organization by its name, or by name and slug as pickers show it."""

    def clean(self, value):
        """The organization, None where nothing stands. Raises ValidationError where none, or several, are called so."""
        name = super().clean(value)
        found = parties_called(name) if name else []
        if name and not found:
            words = _(
                "No organization is called “%s”. Tick “new” to write it down, or choose one that is offered."
            )
            raise ValidationError(words % name, code="unknown")
        if len(found) > 1:
            labels = "; ".join(label_for_picker(each) for each in found)
            raise ValidationError(_("Several are called so. Write which: %s.") % labels, code="unknown")
        return found[0] if found else None


def parties_called(name: str) -> list[Organization]:
    """Those of a name, of another name, or of a label of pickers."""
    if not (key := fold(name)):
        return []
    others = OrganizationName.objects.filter(value_key=key).values("organization")
    found = list(Organization.objects.filter(Q(name_key=key) | Q(pk__in=others)).order_by("pk"))
    if not found and name.endswith(")"):
        near = Organization.objects.filter(name_key=fold(name.rpartition(" (")[0]))
        found = [each for each in near if label_for_picker(each) == name]
    return found


class NewPartyForm(forms.Form):
    """Another party: by name, and its role."""

    organization = NameOfParty(required=False, max_length=400, label=gettext_lazy("Party"))
    role = forms.ChoiceField(choices=PartyRole.choices, initial=PartyRole.AGENCY, label=gettext_lazy("Role"))
    is_new = forms.BooleanField(required=False, label=gettext_lazy("new"))

    def __init__(self, *args, may_add: bool = True, **kwargs):
        super().__init__(*args, **kwargs)
        if not may_add:
            self.fields["is_new"].disabled = True

    def full_clean(self):
        super().full_clean()
        is_new = self.is_bound and self.cleaned_data.get("is_new")
        name = self["organization"].value() if is_new else ""
        if name and not any(error.code != "unknown" for error in self.faults("organization")):
            self._errors.pop("organization", None)
            self.take_as_new(name)

    def faults(self, name: str) -> list[ValidationError]:
        return self._errors[name].as_data() if name in self._errors else []

    def take_as_new(self, name: str) -> None:
        """Somebody says that it is not here yet: its name is enough, where it can be one."""
        organization = Organization(name=name)
        try:
            organization.clean_fields(
                exclude=[each.name for each in Organization._meta.fields if each.name != "name"]
            )
        except ValidationError as error:
            self.add_error("organization", error.messages)
        else:
            self.cleaned_data["organization"] = organization
            if not slug_after(name):
                advice = _("Write it down in a form of its own, with an address, and choose it here then.")
                self.add_error("organization", f"{no_slug_can_be_made(name)} {advice}")

    def has_changed(self):
        return bool(self["organization"].value())


class NewParties(BaseFormSet):
    """The further parties. `partner` is the one whose form it is, as it is typed: it is a party by itself."""

    partner: Organization | None = None

    def clean(self):
        """Nobody has the same part twice, and the partner has one already."""
        seen = set()
        for form in self.forms:
            row = form.cleaned_data if form.is_valid() else {}
            if not (organization := row.get("organization")):
                continue
            who, role = key_or_name(organization), row["role"]
            if self.partner is not None and who == key_or_name(self.partner):
                form.add_error("organization", _("This partner is a party by itself."))
            elif (who, role) in seen:
                form.add_error("organization", _("This party stands here twice."))
            seen.add((who, role))


def key_or_name(organization: Organization) -> str:
    """By what two rows name the same organization: its key, or its name where it is not saved yet."""
    return str(organization.pk) if organization.pk else name_identity(organization.name)


class NewAgreement:
    """The group of the form, with the fields of the agreement and of its further parties.

    `may_add` says whether a party that is not here yet may be written down with it.
    """

    def __init__(self, bar: SourceBar, data=None, may_add: bool = True):
        sent = data if data is not None and f"{NEW_AGREEMENT}-title_en" in data else None
        self.form = NewAgreementForm(sent, prefix=NEW_AGREEMENT)
        bind_sources(self.form, bar)
        parties = formset_factory(
            NewPartyForm,
            formset=NewParties,
            extra=PARTIES_SHOWN,
            max_num=MOST_PARTIES,
            absolute_max=MOST_PARTIES,
        )
        self.parties = parties(sent, prefix=f"{NEW_AGREEMENT}-parties", form_kwargs={"may_add": may_add})
        self.is_sent = sent is not None
        # The organizations that were written down with it, once it is saved.
        self.new_parties: list[Organization] = []
        if self.is_sent and bar.is_looking_up:
            # Nothing is saved, so nothing is said to be wrong.
            for form in (self.form, *self.parties):
                form._errors, form.cleaned_data = ErrorDict(), {}

    def is_valid(self, partner: Organization | None = None) -> bool:
        self.parties.partner = partner
        valid = [self.form.is_valid(), self.parties.is_valid()] if self.is_sent else []
        if (
            all(valid)
            and self.is_sent
            and not self.is_wanted
            and any(form.has_changed() for form in self.parties)
        ):
            self.form.add_error("title_en", _("These parties have no agreement yet: give it a title."))
        return all(valid) and not self.form.errors

    @property
    def is_wanted(self) -> bool:
        return self.is_sent and bool(self.form.cleaned_data.get("title_en"))

    def save(self, partner: Organization) -> Agreement | None:
        """The agreement with this partner, its parties and its source; None where none was written down."""
        if not self.is_wanted:
            return None
        agreement = self.form.save(commit=False)
        agreement.slug = free_slug(Agreement, agreement.title_en)
        agreement.save()
        AgreementParty.objects.create(agreement=agreement, organization=partner, role=PartyRole.PARTNER)
        named: dict[str, Organization] = {}
        for form in self.parties:
            if organization := form.cleaned_data.get("organization"):
                # One that is new may have two parts.
                organization = named.setdefault(key_or_name(organization), organization)
                if organization.pk is None:
                    organization.slug = free_slug(Organization, organization.name)
                    organization.save()
                    self.new_parties.append(organization)
                role = form.cleaned_data["role"]
                AgreementParty.objects.create(agreement=agreement, organization=organization, role=role)
        if source := self.form.cleaned_data["source"]:
            Citation.objects.create(agreement=agreement, source=source)
        return agreement
