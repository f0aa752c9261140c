"""The sources that somebody reads while filling in a form: the bar at its head.

They are S1, S2 and so on. Some are known; others are written down with the record, and are saved with it. A value cites
one of them by its token: the key of a known source, or "new-" and the place of a new one.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.forms import BaseFormSet, formset_factory
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.admin.fields import curation_field
from partners.admin.pickers import is_key
from partners.folding import fold
from partners.models import Source
from partners.models.naming import free_slug, no_slug_can_be_made, slug_after
from partners.web_addresses import host_of

# What the bar sends beside the new sources: the known ones by their keys, the one that is read, and what was asked for.
KNOWN, CURRENT, ASKED = "_known-", "_current", "_source"
# The buttons that look up what was asked for, and that take one of those that were found. They save nothing.
USE, TAKE = "_use", "_take"
# The button that asks for one more empty row; its value is the prefix of the rows. It saves nothing either.
MORE_ROWS = "_row"
# What `drafts.js` sends along with a draft whose rows are others by now, so that it comes back whole.
BRING_BACK = "_bring"
NEW_SOURCE, SOURCE_ROWS = "new-", "sources"
ROW_OF_NEW = re.compile(rf"{SOURCE_ROWS}-([0-9]+)-")
LONGEST_LABEL = 40
NOT_ALLOWED = gettext_lazy("No source has this address, and you may not add sources. Ask somebody who may.")
MOST_OFFERED = 5
# Where a page has more sources, a saved row offers its own and the new ones.
MOST_IN_EACH_ROW = 15


class NewSourceForm(forms.ModelForm):
    """A source that is written down together with what it says."""

    class Meta:
        model = Source
        fields = ["title", "published_date", "kind", "stance", "publisher", "url"]
        formfield_callback = curation_field
        widgets = {"published_date": forms.DateInput(format="%Y-%m-%d", attrs={"placeholder": "2025-12-18"})}

    def clean_title(self):
        title = self.cleaned_data["title"]
        if title and not (slug_after(title) or self["url"].value()):
            raise ValidationError(no_slug_can_be_made(title))
        return title

    def clean_url(self):
        url = self.cleaned_data["url"]
        if url and (known := Source.objects.at(url)):
            raise ValidationError(_("This address is known, as “%s”. Use that source.") % known)
        return url

    # Whether a value cites it.
    is_cited = False

    def is_wanted(self) -> bool:
        """Whether it is to be saved. What only has an address was looked up, and its site's words came by themselves."""
        return self.is_cited or any(self[name].value() for name in ("title", "published_date"))


class NewSources(BaseFormSet):
    """The new ones. A row without a title that nothing cites counts for nothing."""

    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.token = f"{NEW_SOURCE}{index}"


@dataclass
class PageSource:
    """A source of the bar, with its number."""

    number: int
    token: str
    title: str
    details: list[str]
    is_current: bool
    url: str = ""
    form: NewSourceForm | None = None

    @property
    def key(self) -> str:
        return f"S{self.number}"

    @property
    def in_short(self) -> str:
        """As the page keeps it with a draft."""
        return json.dumps(
            {"token": self.token, "title": self.title, "details": self.details, "url": self.url}
        )

    @property
    def label(self) -> str:
        """As the choice at each value has it."""
        return f"{self.key} {Truncator(self.title).chars(LONGEST_LABEL)}".strip()


class SourceBar:
    """The sources of one form.

    `data` is what was sent, None where it is opened; `cited` are those it cites already; `may_add` whether whoever sends
    it may write down new ones.
    """

    def __init__(self, data: QueryDict | None = None, cited: Iterable[Source] = (), may_add: bool = True):
        self.data, self.may_add = data, may_add
        names = [name.removeprefix(KNOWN) for name in data or () if name.startswith(KNOWN)]
        sent = [key for key in names if is_key(key)]
        found = Source.objects.in_bulk(sent)
        shown = [found[int(key)] for key in sent if int(key) in found]
        self.known = list(dict.fromkeys([*shown, *cited]))
        has_new = data is not None and f"{SOURCE_ROWS}-TOTAL_FORMS" in data
        self.new = sources_formset()(data if has_new else None, prefix=SOURCE_ROWS)
        self.current = data.get(CURRENT, "") if data else ""
        self.asked, self.offered, self.problem = "", [], ""
        # Whether all values of the form could be read, so that what is empty there is empty.
        self.is_form_sound = False
        # Whether the form only comes back, with more than it had: nothing is saved, or said to be wrong.
        self.is_looking_up = saves_nothing(data or ())
        if data is not None and not {USE, TAKE}.isdisjoint(data):
            self.look_up(data.get(ASKED, "").strip(), data.get(TAKE, ""))

    # What was asked for -----------------------------------------------------------------------------------------

    def look_up(self, asked: str, chosen: str = "") -> None:
        """Takes what was asked for into the bar: the one source of that address, a new one, or several to choose from."""
        if is_key(chosen) and (source := Source.objects.filter(pk=chosen).first()):
            self.take(source)
        elif not asked:
            self.problem = _("Paste the address of a page, or words of the title of a source.")
        elif found := Source.objects.at(asked):
            self.take(found)
        elif looks_like_address(asked) and self.may_add:
            self.begin(asked)
        elif looks_like_address(asked):
            self.problem = NOT_ALLOWED
        else:
            self.asked, self.offered = asked, list(sources_called(asked))
            if not self.offered:
                self.problem = (
                    _("No source has “%s” in its title. Paste the address of the page to write it down.")
                    % asked
                )

    def take(self, source: Source) -> None:
        if source not in self.known:
            self.known.append(source)
        self.current = str(source.pk)

    def begin(self, url: str) -> None:
        """A new source, with what is known of its site."""
        data = (self.data or QueryDict()).copy()
        number = self.new.total_form_count()
        data.update({f"{SOURCE_ROWS}-{number}-{name}": value for name, value in facts_of_site(url).items()})
        data[f"{SOURCE_ROWS}-{number}-url"] = url
        data[f"{SOURCE_ROWS}-TOTAL_FORMS"], data[f"{SOURCE_ROWS}-INITIAL_FORMS"] = str(number + 1), "0"
        self.new = sources_formset()(data, prefix=SOURCE_ROWS)
        self.current = f"{NEW_SOURCE}{number}"

    @property
    def shows_errors(self) -> bool:
        """A source that was only looked up is not complained of yet."""
        return not self.is_looking_up

    # What the page shows ------------------------------------------------------------------------------------------

    def places(self) -> dict[str, int]:
        """The order of the sources on the page that was sent: a number that somebody has seen stays that of its source."""
        tokens = []
        for name in self.data or ():
            if name.startswith(KNOWN):
                tokens.append(name.removeprefix(KNOWN))
            elif row := ROW_OF_NEW.match(name):
                tokens.append(NEW_SOURCE + row[1])
        return {token: place for place, token in enumerate(dict.fromkeys(tokens))}

    @cached_property
    def sources(self) -> list[PageSource]:
        found = [(str(each.pk), each.title, details_of(each), each.url, None) for each in self.known] + [
            (form.token, form["title"].value() or "", [], form["url"].value() or "", form)
            for form in self.new
        ]
        places = self.places()
        found.sort(key=lambda each: places.get(each[0], len(places)))
        return [
            PageSource(number, token, title, details, token == self.current, url, form)
            for number, (token, title, details, url, form) in enumerate(found, start=1)
        ]

    @cached_property
    def known_by_key(self) -> dict[str, Source]:
        return {str(each.pk): each for each in self.known}

    @cached_property
    def choices(self) -> list[tuple[str, str]]:
        return [(each.token, each.label) for each in self.sources]

    @property
    def today(self) -> str:
        return timezone.localdate().isoformat()

    # What is saved ------------------------------------------------------------------------------------------------

    def source(self, token: str) -> Source:
        """The source of a token. A new one is not saved yet. Raises ValidationError where it is not whole, or is none."""
        form = next((each for each in self.new if each.token == token), None) if self.new.is_bound else None
        if form is None:
            raise ValidationError(_("This source is not among those above. Choose one of them."))
        if not self.may_add:
            raise ValidationError(NOT_ALLOWED)
        form.empty_permitted, form.is_cited = False, True
        if not form.is_valid():
            raise ValidationError(_("This source is not written down whole. See above what it lacks."))
        return form.instance

    def errors(self) -> int:
        """How many new sources are not whole, or stand here twice; those that hold nothing are left out."""
        if not self.new.is_bound:
            return 0
        if not self.new.management_form.is_valid():
            return 1
        self.refuse_twins()
        return sum(not form.is_valid() for form in self.wanted())

    def refuse_twins(self) -> None:
        """One page is one source, also where both are new."""
        seen = set()
        for form in self.wanted():
            page = Source._meta.get_field("page_key").pre_save(
                Source(url=form["url"].value() or ""), add=True
            )
            if page and page in seen:
                form.add_error("url", _("Another new source above has this address. Write it down once."))
            seen.add(page)

    def wanted(self) -> list[NewSourceForm]:
        return [form for form in self.new if form.is_wanted()]

    def save(self) -> None:
        """Saves the new sources, each under a slug of its own."""
        for form in self.wanted() if self.new.is_bound and self.may_add else ():
            source = form.instance
            source.slug = free_slug(Source, source.title, host_of(source.url), source.url)
            source.save()


def sources_formset() -> type[NewSources]:
    return formset_factory(NewSourceForm, formset=NewSources, extra=0, absolute_max=100, max_num=100)


def details_of(source: Source) -> list[str]:
    """What tells a source from others, in words."""
    day = source.published_date.isoformat() if source.published_date else ""
    words = [source.publisher, day, source.get_kind_display(), source.get_stance_display()]
    return [str(each) for each in words if each]


def saves_nothing(data) -> bool:
    """Whether what was sent only asks for a source, for one more row, or for a draft."""
    return not {USE, TAKE, MORE_ROWS, BRING_BACK}.isdisjoint(data)


def with_one_more_row(data: QueryDict, prefix: str) -> QueryDict:
    """What was sent, as if it had one more empty row of a kind."""
    count = data.get(f"{prefix}-TOTAL_FORMS", "")
    if not is_key(count):
        return data
    more = data.copy()
    more[f"{prefix}-TOTAL_FORMS"] = str(int(count) + 1)
    return more


def looks_like_address(text: str) -> bool:
    return text.startswith(("http://", "https://"))


def sources_called(words: str) -> Iterable[Source]:
    """The sources with all these words in title or publisher, the newest first."""
    found = Source.objects.order_by("-published_date", "title_key", "pk")
    for word in fold(words).split():
        found = found.filter(search_text__contains=word)
    return found[:MOST_OFFERED]


def facts_of_site(url: str) -> dict[str, str]:
    """What the newest source of the same site says of it: publisher, kind, and from which side it speaks."""
    host = host_of(url)
    of_site = Source.objects.filter(Q(page_key=host) | Q(page_key__startswith=f"{host}/"))
    known = of_site.order_by("-published_date", "-pk").first() if host else None
    if known is None:
        return {"publisher": host}
    return {"publisher": known.publisher, "kind": known.kind, "stance": known.stance}


class PageSourceField(forms.ModelChoiceField):
    """A source of the bar, known or new."""

    bar: SourceBar | None = None

    def to_python(self, value):
        """The source. Raises ValidationError for what is none."""
        if self.bar is not None and str(value or "").startswith(NEW_SOURCE):
            return self.bar.source(str(value))
        known = self.bar.known_by_key.get(str(value)) if self.bar else None
        return known or super().to_python(value)

    def validate(self, value):
        if value is None or value.pk is not None:
            super().validate(value)


class PageSourceSelect(forms.Select):
    """The choice among the sources of the bar; one that a row holds already is offered too."""

    bar: SourceBar | None = None
    # Whether it is that of a saved row.
    is_saved = False

    def optgroups(self, name, value, attrs=None):
        offered = self.bar.choices if self.bar else []
        chosen = [str(each) for each in value if each not in (None, "")]
        if self.is_saved and len(offered) > MOST_IN_EACH_ROW:
            # All of them in each of many rows are most of the page. Its script offers them all.
            offered = [each for each in offered if each[0] in chosen or each[0].startswith(NEW_SOURCE)]
        choices = [("", "–"), *offered]
        missing = [each for each in chosen if each not in dict(choices) and is_key(each)]
        if missing:
            choices += [(str(each.pk), str(each)) for each in Source.objects.filter(pk__in=missing)]
        options = [
            self.create_option(name, token, label, token in (chosen or [""]), index)
            for index, (token, label) in enumerate(choices)
        ]
        return [(None, options, 0)]


def words_for_errors(count: int) -> str:
    return ngettext(
        "A source above is not written down whole.",
        "%(count)d sources above are not written down whole.",
        count,
    ) % {"count": count}
