"""What the sources of a value are worth."""

from collections.abc import Iterable, Iterator, Sequence

from django.db.models import Q
from django.utils.translation import gettext as _

from partners.curation_vocabularies import LinkState
from partners.findings.finding import Finding, Level
from partners.models import Citation, LinkCheck, Source
from partners.provenance import earlier_in_words
from partners.vocabularies import SourceStance

# Those who are part of what they speak of.
FROM_WITHIN = (SourceStance.OFFICIAL, SourceStance.PARTNER)
# A source that vouches well for a value: of somebody who is part of the matter, with the words that say so.
IS_STRONG = ~Q(quote="") & Q(source__stance__in=FROM_WITHIN)


def is_strong(citation: Citation) -> bool:
    """The same as `IS_STRONG`, of a citation that is at hand."""
    return bool(citation.quote) and citation.source.stance in FROM_WITHIN


def findings_of_evidence(
    name: str, cited: Sequence[Citation], all_cited: Iterable[Citation]
) -> Iterator[Finding]:
    """What the citations of a value are worth. `all_cited` are those of the whole record."""
    standing = [each for each in cited if each.supports_current]
    if not standing:
        lapsed = [each for each in cited if not each.supports_current]
        yield Finding(Level.WARNING, name, without_evidence(lapsed))
        return
    if any(map(is_strong, standing)):
        return
    if not any(each.quote for each in standing):
        yield Finding(Level.WARNING, name, _("Its source is not quoted."))
    elif not any(each.source.stance in FROM_WITHIN for each in standing):
        yield Finding(Level.WARNING, name, _("Only sources from outside say so."))
    else:
        yield Finding(Level.WARNING, name, _("The source from within is not quoted."))
    better = next((each.source for each in all_cited if each.source.stance in FROM_WITHIN), None)
    if better and all(each.source_id != better.pk for each in standing):
        message = _("A stronger source of this record is here: %s.") % better
        yield Finding(Level.SUGGESTION, name, message)


def without_evidence(lapsed: list[Citation]) -> str:
    if not lapsed:
        return _("No source says so.")
    first = lapsed[0]
    words = {"source": first.source, "value": earlier_in_words(first.target, first.field, first.value or "")}
    return _("No source says so: “%(source)s” is cited for the earlier value, %(value)s.") % words


def findings_of_link(citation: Citation, name: str) -> Iterator[Finding]:
    """What the address of the source of a citation answered."""
    check = check_of_now(citation.source)
    if not check:
        return
    if citation.pk in check.gone:
        message = _("The quoted words are not in the text of the source.")
        yield Finding(Level.WARNING, name, message, citation.pk)
    if check.state == LinkState.DEAD:
        message = _("Nothing stands at the address of “%s” any more.") % citation.source
        yield Finding(Level.WARNING, name, message, citation.pk)


def check_of_now(source: Source) -> LinkCheck | None:
    """What the address that a source has now answered; None where it was not asked."""
    check = getattr(source, "link_check", None)
    return check if check and check.url == source.url else None
