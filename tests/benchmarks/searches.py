"""What one search costs at most: `python -m tests.benchmarks.searches [PATH ...]`, over the database of DATABASE_URL.

Anybody may ask anything, so that the dearest request decides how many such visitors a site bears. Each query is asked
anew, with words that nobody asked for before; of a few rounds the median counts. Printed are the milliseconds of the
processor (of this process and of PostgreSQL) and on the clock, beside those of the list without a search.
"""

import os
import random
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlencode

import django

from tests.benchmarks.meter import Cost, metered

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
    """The words of most organizations, the commonest first."""
    from django.db import connection

    counted: Counter[str] = Counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT search_text FROM partners_organization ORDER BY id LIMIT 5000")
        for (text,) in cursor.fetchall():
            counted.update(set(text.split()))
    return [word for word, _ in counted.most_common(400) if word.isalpha() and len(word) > 2][:120]


def cost(path: str, query: Callable[[], str] | None) -> Cost:
    """The median cost of a request, by what it takes of the processor."""
    from tests.benchmarks.measurement import call, connect_bare, drain, forget

    costs = []
    with closing(connect_bare()) as another:
        for _ in range(ROUNDS):
            address = f"{path}?{urlencode({'q': query()})}" if query else path
            forget(another)
            with metered() as each:
                drain(call(address))
            costs.append(each)
    return sorted(costs, key=lambda each: each.processor)[ROUNDS // 2]


def main() -> None:
    dice, common = random.Random(1), common_words()
    paths = sys.argv[1:] or PATHS
    print(f"{'':40}" + "".join(f"{path:>26}" for path in paths))
    for name, query in ({"no search": None} | queries(dice, common)).items():
        costs = [cost(path, query) for path in paths]
        figures = (f"{each.processor * 1000:14,.0f} /{each.clock * 1000:7,.0f} ms" for each in costs)
        print(f"{name:40}" + "".join(figures), flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genesis.settings")
    django.setup()
    main()
