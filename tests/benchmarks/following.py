"""How long a replica takes to have what the primary has committed: `python -m tests.benchmarks.following [CHANGES]`.

Two servers on this machine, with the shipped data; between the end of a change and its sight on the replica.
"""

import os
import statistics
import sys
import time

import psycopg

RENAME = "UPDATE partners_organization SET name = name || ' ' WHERE slug = 'nvidia'"
VERSION = "SELECT number FROM partners_dataversion"


def main(count: int) -> None:
    os.environ |= {"SITE_URL": "http://testserver", "DJANGO_SETTINGS_MODULE": "genesis.settings"}
    os.environ.setdefault("SECRET_KEY", "measuring-measuring-measuring-measuring-0123456789-abcdefgh")
    from tests.clusters import Pair

    pair = Pair()
    try:
        with (
            psycopg.connect(pair.primary.url, autocommit=True) as primary,
            psycopg.connect(pair.replica.url, autocommit=True) as replica,
        ):
            # As a server that keeps what it has acknowledged; those of tests write now and then.
            primary.execute("SET synchronous_commit = on")
            seconds = [seconds_behind(primary, replica) for _number in range(count)]
    finally:
        pair.close()
    parts = statistics.quantiles(seconds, n=100)
    print(f"{count} changes: median {parts[49] * 1000:.1f} ms, 99 of 100 within {parts[98] * 1000:.1f} ms")
    print(f"longest {max(seconds) * 1000:.1f} ms")


def seconds_behind(primary, replica) -> float:
    primary.execute(RENAME)
    end = time.perf_counter()
    (version,) = primary.execute(VERSION).fetchone()
    while replica.execute(VERSION).fetchone()[0] < version:
        time.sleep(0.0005)
    return time.perf_counter() - end


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
