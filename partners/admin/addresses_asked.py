"""What the addresses of sources answered, in the list of sources and in the form of one."""

from django.db.models import F, Q
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.admin.filters import ConditionFilter
from partners.curation_vocabularies import LinkState
from partners.findings.evidence import check_of_now
from partners.models import Source

# An answer of the address that the source has now.
IS_OF_NOW = Q(link_check__url=F("url"))


class LinkFilter(ConditionFilter):
    title = gettext_lazy("address")
    parameter_name = "link"

    def conditions(self, model_admin):
        states = {state.value: (state.label, IS_OF_NOW & Q(link_check__state=state)) for state in LinkState}
        unasked = ~Q(url="") & (Q(link_check=None) | ~IS_OF_NOW)
        return states | {
            "unasked": (_("Not asked yet"), unasked),
            "none": (_("Has no address"), Q(url="")),
        }


def state_in_words(source: Source) -> str:
    """The state of a source's address, for a list."""
    if not source.url:
        return ""
    check = check_of_now(source)
    return check.get_state_display() if check else _("not asked")


def answer_in_words(source: Source) -> str:
    """What a source's address answered and when, for its form."""
    check = check_of_now(source)
    if check is None:
        return state_in_words(source) or "-"
    parts = [f"{check.get_state_display()}, {date_format(check.checked_at, 'j F Y')}"]
    parts += [_("It answers %s.") % check.status] if check.status and check.status >= 400 else []
    parts += [check.detail] if check.detail else []
    if check.moved_to:
        link = format_html('<a href="{0}" rel="noreferrer">{0}</a>', check.moved_to)
        parts.append(format_html(_("Now at {}."), link))
    words = [citation.quote for citation in source.citations.filter(pk__in=check.gone)]
    parts += [format_html(_("Not there any more: “{}”."), quote) for quote in words]
    return format_html("{}" + "<br>{}" * (len(parts) - 1), *parts)
