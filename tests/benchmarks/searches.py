"""What one search costs at most: `python -m tests.benchmarks.searches`, over the database of DATABASE_URL.

Anybody may ask anything, so that the dearest request decides how many such visitors a site bears. Each query is asked
anew, with words that nobody asked for before; of a few rounds the median counts. Printed are the seconds of the
processor in this process (on SQLite all of them) and on the clock, beside those of the list without a search.
"""

import os
import random
import statistics
import time
from collections.abc import Callable

import django

ROUNDS = 5
PATHS = ("/partners/", "/laboratories/", "/agreements/", "/sources/", "/search/")
LETTERS = "etaoinshrdlucmfwypvbgkjqxz"


def queries(dice: random.Random, common: list[str]) -> dict[str, Callable[[], str]]:
    """The kinds of queries, each as a function that gives another one."""

    def invented(length: int) -> str:
        return "".join(dice.choice(LETTERS) for _ in range(length))

    def misspelt() -> str:
        word = dice.choice([word for word in common if len(word) > 6] or common)
        place = dice.randrange(1, len(word))
        return word[:place] + dice.choice(LETTERS) + word[place + 1 :]

    def some(number: int) -> list[str]:
        return dice.sample(common, min(number, len(common)))

    return {
        "a common word": lambda: some(1)[0],
        "one misspelt word": misspelt,
        "twelve misspelt words": lambda: " ".join(misspelt() for _ in range(12)),
        "twelve common words": lambda: " ".join(some(12)),
        "the commonest words, 300 letters": lambda: " ".join(common)[:300],
        "150 letters": lambda: " ".join(dice.choices(LETTERS, k=150)),
        "100 words of two letters": lambda: " ".join(invented(2) for _ in range(100)),
        "one letter": lambda: dice.choice(LETTERS),
        "300 letters in one word": lambda: invented(300),
        "twelve unknown words": lambda: " ".join(invented(8) for _ in range(12)),
        "40 words to leave out": lambda: " ".join(f"-{word}" for word in some(40))[:300],
        "a word without twelve others": lambda: " ".join([common[0], *(f"-{word}" for word in some(12))]),
        "a phrase of common words": lambda: f'"{" ".join(some(2))}"',
        "twenty phrases of common words": lambda: " ".join(f'"{" ".join(some(2))}"' for _ in range(20))[:299],
        "ten phrases to leave out": lambda: " ".join(f'-"{" ".join(some(2))}"' for _ in range(10))[:299],
        "quotes": lambda: '"' * 300,
    }


def common_words() -> list[str]:
    """The words of most partners, the commonest first."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word, SUM(records) AS n FROM partners_searchentry WHERE listing = 'partner' AND word >= 'a' "
            "GROUP BY word ORDER BY n DESC, word LIMIT 400"
        )
        return [word for word, _ in cursor.fetchall() if word.isalpha() and len(word) > 2][:120]


def cost(path: str, query: Callable[[], str] | None) -> tuple[float, float]:
    """The median seconds of the processor, and on the clock, of a request."""
    from urllib.parse import urlencode

    from tests.benchmarks.measurement import call, connect_bare, drain, forget

    taken = []
    for _ in range(ROUNDS):
        forget(connect_bare())
        address = f"{path}?{urlencode({'q': query()})}" if query else path
        clock, processor = time.perf_counter(), time.process_time()
        drain(call(address))
        taken.append((time.process_time() - processor, time.perf_counter() - clock))
    return statistics.median(cpu for cpu, _ in taken), statistics.median(wall for _, wall in taken)


def main() -> None:
    dice, common = random.Random(1), common_words()
    print(f"{'':40}" + "".join(f"{path:>20}" for path in PATHS))
    rows = {"no search": None} | queries(dice, common)
    for name, query in rows.items():
        costs = [cost(path, query) for path in PATHS]
        print(
            f"{name:40}" + "".join(f"{cpu * 1000:9.0f} /{wall * 1000:6.0f} ms" for cpu, wall in costs),
            flush=True,
        )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genesis.settings")
    django.setup()
    main()
