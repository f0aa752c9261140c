"""The forms of imports: the file or the pasted rows, why, and the source of all rows."""

from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.admin.fields import AddressField, DayField, LineField
from partners.exchange.importing.files import MOST_BYTES
from partners.exchange.importing.jobs import may_import
from partners.exchange.importing.kinds import IMPORT_KINDS
from partners.models import ImportJob, Source

PASTED = "pasted.txt"
LONGEST_UPLOAD_NAME = 200


class TableForm(forms.Form):
    """A file, or rows that were pasted; exactly one of them."""

    file = forms.FileField(
        label=gettext_lazy("File (CSV or XLSX)"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )
    rows = forms.CharField(
        label=gettext_lazy("Or rows pasted from a spreadsheet, with their header"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
    )

    def clean(self):
        found = super().clean()
        file, rows = found.get("file"), found.get("rows", "")
        if self.errors:
            return found
        if bool(file) == bool(rows.strip()):
            told = _("Choose a file or paste rows: one of them.")
            self.add_error("file", told)
        elif (file.size if file else len(rows.encode())) > MOST_BYTES:
            told = _("It is too large. Allowed: %d MB. Bring it in in parts.") % (MOST_BYTES // 2**20)
            self.add_error("file" if file else "rows", told)
        return found

    def table(self) -> dict[str, Any]:
        """The name and the bytes of what was given."""
        if file := self.cleaned_data["file"]:
            return {"name": file.name[-LONGEST_UPLOAD_NAME:], "content": file.read()}
        return {"name": PASTED, "content": self.cleaned_data["rows"].encode()}


class SourceOfRowsForm(forms.Form):
    """The source of all rows: an address that the directory knows, or one with its title and kind."""

    url = AddressField(
        label=gettext_lazy("Source of these rows, given once (address)"),
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text=gettext_lazy(
            "It is cited for each new record, and for each value that changes. Leave it empty where rows have sources "
            "of their own."
        ),
    )
    title = LineField(label=gettext_lazy("Title"), required=False, max_length=300)
    publisher = LineField(label=gettext_lazy("Publisher"), required=False, max_length=200)
    published_date = DayField(label=gettext_lazy("Published on"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), required=False)
    stance = forms.ChoiceField(label=gettext_lazy("From which side it speaks"), required=False)
    language = LineField(label=gettext_lazy("Language"), required=False, max_length=2, initial="en")

    def __init__(self, *args, **options):
        super().__init__(*args, **({"prefix": "source"} | options))
        for name in ("kind", "stance"):
            self.fields[name].choices = [("", "---------"), *Source._meta.get_field(name).choices]
        self.known: Source | None = None

    @property
    def is_asked(self) -> bool:
        """Whether what describes a new source is to be filled in."""
        return self.is_bound and bool(self.errors)

    def clean(self):
        found = super().clean()
        if self.errors or not found.get("url"):
            return found
        self.known = Source.objects.at(found["url"])
        if self.known is None:
            self.check_new(found)
        return found

    def check_new(self, found: dict[str, Any]) -> None:
        needed = _("The directory does not know this address: this is needed for a new source.")
        for name in ("title", "kind", "stance"):
            if not found[name]:
                self.add_error(name, needed)
        if self.errors:
            return
        source = Source(slug="new", **found | {"language": found["language"] or "en"})
        try:
            source.clean_fields(exclude=["slug"])
        except forms.ValidationError as error:
            for name, messages in error.message_dict.items():
                self.add_error(name if name in self.fields else None, messages)

    def typed(self) -> dict[str, str]:
        """What was typed, as the form takes it again."""
        return {name: self.data[name] for name in map(self.add_prefix, self.fields) if name in self.data}

    def given(self) -> dict[str, Any] | None:
        """What an import keeps of it; None where no source was given."""
        found = self.cleaned_data
        if not found.get("url"):
            return None
        if self.known:
            return {"url": self.known.url or found["url"]}
        day = found["published_date"]
        kept = found | {
            "language": found["language"] or "en",
            "published_date": day.isoformat() if day else "",
        }
        return {name: value for name, value in kept.items() if value}


class ListsForm(forms.Form):
    """Whether the lists of the file are whole."""

    whole_lists = forms.BooleanField(
        label=gettext_lazy("The lists of this file are whole: take off what they leave out"),
        required=False,
        help_text=gettext_lazy(
            "Names, parties and amounts of a record in the file that its row does not name. Each is shown before it goes. "
            "An empty cell says so only in a row with a version; sources always stay."
        ),
    )


class ImportForm(ListsForm, TableForm):
    """A new import."""

    kind = forms.ChoiceField(label=gettext_lazy("What the rows are"), widget=forms.RadioSelect)
    why = LineField(label=gettext_lazy("Why (the journal keeps it)"), required=False, max_length=1000)

    field_order = ("kind", "file", "rows", "whole_lists", "why")

    def __init__(self, *args, user, **options):
        super().__init__(*args, **options)
        self.fields["kind"].choices = kinds_for(user)


def kinds_for(user) -> list[tuple[str, Any]]:
    """The kinds of records of which somebody may bring in tables, with what each holds."""
    titles = {
        "organizations": _("Organizations, with their other names and sectors"),
        "agreements": _("Agreements, with their parties and amounts"),
        "sources": _("Sources"),
        "citations": _("Citations: which source supports which value"),
    }
    return [(name, titles[name]) for name in IMPORT_KINDS if may_import(user, name)]


def jobs_of(user) -> models.QuerySet:
    """The imports of somebody, without their files."""
    return ImportJob.objects.filter(who=user.pk).defer("content", "plan")
