"""Whether the addresses of sources still lead to what was cited from them.

Several sites are asked side by side, and each of them one question after the other. Every answer is keep_answer as soon as it
is there, so a check that was stopped goes on where it ended.
"""

import datetime
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from queue import Queue
from threading import Event as Signal
from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.utils import timezone

from partners.curation_vocabularies import LinkState
from partners.findings.kept_texts import says
from partners.links.addresses import Forbidden
from partners.links.fetching import Fetched, NoAnswer, fetch
from partners.links.reading import text_of_page
from partners.models import Citation, LinkCheck, Source

# What sites answer when a page is gone, and when they let no programs in (RFC 9110, 6585, 7725).
NOT_THERE = {404, 410}
NO_ENTRY = {401, 402, 403, 407, 429, 451}
TRIES = 3

Fetcher = Callable[[str], Fetched]
# What is quoted from a source: the key of the citation, and the words.
Quotes = list[tuple[int, str]]


@dataclass(frozen=True)
class Answer:
    """What is noted of the address of one source."""

    source_id: int
    url: str
    state: LinkState
    status: int | None = None
    moved_to: str = ""
    detail: str = ""
    gone: tuple[int, ...] = ()


@dataclass(frozen=True)
class Asking:
    """How addresses are asked."""

    fetch: Fetcher = fetch
    sites_at_once: int = 8
    pause: float = 5  # seconds before a failure is tried again


def not_asked_since(moment: datetime.datetime) -> QuerySet[Source]:
    """The sources whose address, as it is now, was not asked since a moment."""
    asked = set(LinkCheck.objects.filter(checked_at__gte=moment).values_list("source_id", "url"))
    addressed = Source.objects.exclude(url="").values_list("pk", "url")
    return Source.objects.filter(pk__in=[each[0] for each in addressed if each not in asked])


def check_links(sources: Iterable[Source], asking: Asking = Asking()) -> Iterator[Answer]:  # noqa: B008 (frozen)
    """Ask the addresses of some sources; keeps each answer, and gives it."""
    sources = list(sources)
    quotes = quotes_of(sources)
    answers: Queue[Answer | Exception] = Queue()
    stopped = Signal()

    def ask_site(its_sources: list[Source]) -> None:
        for source in its_sources:
            if stopped.is_set():
                return
            try:
                answers.put(answer_of(source, quotes.get(source.pk, []), asking, stopped))
            except Exception as error:  # raised where it is seen, in the thread that waits
                answers.put(error)

    with ThreadPoolExecutor(asking.sites_at_once) as pool:
        try:
            for its_sources in by_site(sources):
                pool.submit(ask_site, its_sources)
            for _each in sources:
                yield keep_answer(answers.get())
        finally:
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)


def by_site(sources: list[Source]) -> Iterable[list[Source]]:
    """The sources of each site, those of the largest first, as it takes longest."""
    sites: dict[str, list[Source]] = {}
    for source in sources:
        sites.setdefault(urlsplit(source.url).netloc.lower(), []).append(source)
    return sorted(sites.values(), key=len, reverse=True)


def quotes_of(sources: list[Source]) -> dict[int, Quotes]:
    """What is quoted from each source."""
    found: dict[int, Quotes] = {}
    cited = Citation.objects.filter(source__in=sources).exclude(quote="").order_by("pk")
    for source, key, quote in cited.values_list("source_id", "pk", "quote"):
        found.setdefault(source, []).append((key, quote))
    return found


def keep_answer(answer: Answer | Exception) -> Answer:
    if isinstance(answer, Exception):
        raise answer
    # It may have gone meanwhile.
    if Source.objects.filter(pk=answer.source_id).exists():
        values = asdict(answer) | {"gone": list(answer.gone), "checked_at": timezone.now()}
        LinkCheck.objects.update_or_create(source_id=values.pop("source_id"), defaults=values)
    return answer


def answer_of(source: Source, quotes: Quotes, asking: Asking, stopped: Signal) -> Answer:
    """What an address answers; a failure that may pass is tried again."""
    for left in reversed(range(TRIES)):
        answer = asked_once(source, quotes, asking.fetch)
        if answer.state != LinkState.SILENT or not left or stopped.wait(asking.pause):
            break
    return answer


def asked_once(source: Source, quotes: Quotes, ask: Fetcher) -> Answer:
    try:
        fetched = ask(source.url)
    except Forbidden as error:
        return Answer(source.pk, source.url, LinkState.DEAD, detail=str(error))
    except NoAnswer as error:
        return Answer(source.pk, source.url, LinkState.SILENT, detail=str(error))
    return judge_answer(source, quotes, fetched)


def judge_answer(source: Source, quotes: Quotes, fetched: Fetched) -> Answer:
    """What an answer means for a source and for what is quoted from it."""
    state, gone = state_of(fetched), ()
    moved_to = fetched.url if fetched.moved_for_good and fetched.url != source.url else ""
    if state is LinkState.WORKS:
        gone = tuple(words_gone(quotes, fetched))
        state = LinkState.CHANGED if gone else LinkState.MOVED if moved_to else state
    return Answer(source.pk, source.url, state, fetched.status, moved_to, gone=gone)


def state_of(fetched: Fetched) -> LinkState:
    if fetched.status in NOT_THERE:
        return LinkState.DEAD
    if fetched.status in NO_ENTRY:
        return LinkState.CLOSED
    return LinkState.WORKS if fetched.status < 400 else LinkState.SILENT


def words_gone(quotes: Quotes, fetched: Fetched) -> Iterator[int]:
    """The citations whose words are not there, where the page can be read whole."""
    text = text_of_page(fetched.headers, fetched.body) if quotes and fetched.is_whole else ""
    return (key for key, quote in quotes if text and not says(text, quote))
