"""Work over database connections of its own, as other processes would do it."""

import threading
from collections.abc import Callable, Sequence

from django.db import connection, connections

# Whoever is kept waiting fails, and says so. Only waiting for a lock counts: a busy machine may take its time.
IMPATIENT = {"sqlite": "PRAGMA busy_timeout = 10000", "postgresql": "SET lock_timeout = 10000"}


def elsewhere(work: Callable):
    """Do something over a connection of its own; gives what it gives, and raises what it raises."""
    return at_once([work])[0]


def at_once(jobs: Sequence[Callable]) -> list:
    """The results of functions that begin at the same moment, each over a connection of its own.

    Raises the first of their errors, when all have ended.
    """
    start, results, errors = threading.Barrier(len(jobs)), [None] * len(jobs), []

    def run(place: int, job: Callable) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(IMPATIENT[connection.vendor])
            start.wait()
            results[place] = job()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results
