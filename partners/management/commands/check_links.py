import datetime
import sys
from collections import Counter

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from partners.curation_vocabularies import LinkState
from partners.exchange.package.progress import ProgressLine
from partners.links.checking import Answer, Asking, check_links, not_asked_since
from partners.links.fetching import fetch
from partners.models import Source

# What a curator has to look at, the worst first.
WORTH_SAYING = [LinkState.DEAD, LinkState.CHANGED, LinkState.MOVED, LinkState.SILENT, LinkState.CLOSED]


class Command(BaseCommand):
    help = (
        "Ask the addresses of all sources whether they still lead somewhere, and whether the words that are quoted from "
        "them are still there. Only public machines are asked. A check that was stopped goes on where it ended."
    )

    fetch = staticmethod(fetch)

    def add_arguments(self, parser):
        parser.add_argument(
            "--older-than",
            type=int,
            default=7,
            metavar="DAYS",
            help="ask again what was asked longer ago than this; 7 by default, 0 asks all",
        )
        parser.add_argument(
            "--at-once",
            type=int,
            default=Asking.sites_at_once,
            metavar="SITES",
            help="how many sites are asked side by side, each by one question after the other; %(default)s by default",
        )

    def handle(self, *, older_than, at_once, **options):
        if older_than < 0 or not 1 <= at_once <= 64:
            raise CommandError("Allowed: --older-than 0 or more, --at-once from 1 to 64.")
        sources = not_asked_since(timezone.now() - datetime.timedelta(days=older_than))
        self.say(self.answers(list(sources), Asking(self.fetch, at_once)))

    def answers(self, sources: list[Source], asking: Asking) -> list[tuple[Source, Answer]]:
        """Every answer with its source; those of before where somebody ends it."""
        of_source = {source.pk: source for source in sources}
        progress, answers = ProgressLine(sys.stderr), []
        try:
            for answer in check_links(sources, asking):
                answers.append((of_source[answer.source_id], answer))
                progress(f"{len(answers):,} of {len(sources):,} addresses", len(answers), len(sources))
        except KeyboardInterrupt:
            self.stderr.write("Stopped. The same command goes on with the others.")
        finally:
            progress.clear()
        return answers

    def say(self, answers: list[tuple[Source, Answer]]) -> None:
        for state in WORTH_SAYING:
            those = sorted((s.slug, line_of(a)) for s, a in answers if a.state == state)
            if those:
                self.stdout.write(f"{state.label}:")
                self.stdout.write("\n".join(f"  {slug}  {line}" for slug, line in those))
        counts = Counter(answer.state for _source, answer in answers)
        told = ", ".join(f"{counts[state]:,} {state.label.lower()}" for state in LinkState if counts[state])
        self.stdout.write(f"{len(answers):,} addresses asked{': ' if told else ''}{told}.")


def line_of(answer: Answer) -> str:
    found = [answer.url]
    found += [f"answers {answer.status}"] if answer.status and answer.status >= 400 else []
    found += [f"now {answer.moved_to}"] if answer.moved_to else []
    found += [f"{len(answer.gone)} quotes are not there"] if answer.gone else []
    found += [answer.detail] if answer.detail else []
    return "; ".join(found)
