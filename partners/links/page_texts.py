"""Whether quotes are in the text of their source, as far as somebody has just read that in a form."""

from collections.abc import Iterable

from django.utils import timezone

from partners.curation_vocabularies import LinkState
from partners.findings.kept_texts import TEXT_KEPT_FOR, kept_texts
from partners.models import Citation, LinkCheck, PageText, Source
from partners.web_addresses import plain_address


def keep_text(url: str, text: str) -> None:
    """Keep the text of a page for those who quote it; what is too old is forgotten."""
    now = timezone.now()
    PageText.objects.filter(read_at__lt=now - TEXT_KEPT_FOR).delete()
    key = plain_address(url)
    if not key or len(key) > PageText._meta.pk.max_length:
        return  # no source has such an address
    # PostgreSQL keeps no text with such a letter.
    said = {"text": text.replace("\0", " "), "read_at": now}
    PageText.objects.update_or_create(page_key=key, defaults=said)


def note_quotes(citations: Iterable[Citation]) -> None:
    """Note at the sources of citations which of these quote words that are not in the text of the page. Of pages that
    nobody has just read nothing is noted."""
    quoted = [each for each in citations if each.quote]
    texts = kept_texts(each.source.page_key for each in quoted)
    found: dict[Source, dict[int, bool]] = {}
    for each in quoted:
        if page := texts.get(each.source.page_key):
            found.setdefault(each.source, {})[each.pk] = page.says(each.quote)
    for source, is_there in found.items():
        note_at(source, is_there)


def note_at(source: Source, is_there: dict[int, bool]) -> None:
    """Note of citations of a source whether their words are there, beside what was noted of others."""
    check = LinkCheck.objects.filter(source=source, url=source.url).first()
    gone = {key for key, there in is_there.items() if not there}
    if check is None and not gone:
        return
    if check is None:
        LinkCheck.objects.filter(source=source).delete()
        check = LinkCheck(source=source, url=source.url, state=LinkState.WORKS, checked_at=timezone.now())
    check.gone = sorted({*check.gone} - is_there.keys() | gone)
    if check.state in (LinkState.WORKS, LinkState.CHANGED):
        check.state = LinkState.CHANGED if check.gone else LinkState.WORKS
    check.save()
