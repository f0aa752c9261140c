"""Numbers for Prometheus, summed over all processes of this server, at `/metrics` for whoever knows METRICS_KEY."""

import hmac
import shutil

from django.conf import settings
from django.db import Error
from django.http import HttpResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

from partners.models import DataVersion, ImportJob
from partners.replicas import replicas
from partners.responses import PLAIN_TEXT

# Longer than the first four nobody waits for gladly; the last are downloads of everything.
BUCKETS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30)
COUNTED_ANSWERS = Counter(
    "directory_answers", "Answers, by method, name of the route and status.", ["method", "route", "status"]
)
TIMED_ANSWERS = Histogram(
    "directory_answer_seconds", "Seconds until the head of an answer.", ["route"], buckets=BUCKETS
)
METHODS = {"GET", "HEAD", "POST", "OPTIONS"}


def count_answer(method: str, route: str, status: int, seconds: float) -> None:
    COUNTED_ANSWERS.labels(method if method in METHODS else "other", route, str(status)).inc()
    TIMED_ANSWERS.labels(route).observe(seconds)


def metrics(request) -> HttpResponse:
    """All numbers; 403 for who does not bring the key."""
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_KEY}".encode()):
        return HttpResponse(
            "Authorization: Bearer and METRICS_KEY are asked for.\n", status=403, content_type=PLAIN_TEXT
        )
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry, path=settings.METRICS_DIR)
    present = CollectorRegistry()
    set_present(present)
    return HttpResponse(
        generate_latest(registry) + generate_latest(present), content_type=CONTENT_TYPE_LATEST
    )


def set_of_replicas(registry: CollectorRegistry) -> None:
    """Of each replica whether it answers, and how far it is: by that and the version of the primary it can be told
    how far it is behind."""
    if not replicas():
        return
    words = "1 while the replica answers, by its place in DATABASE_REPLICA_URLS."
    up = Gauge("directory_replica_up", words, ["replica"], registry=registry)
    words = "The data version that the replica has come to."
    at = Gauge("directory_replica_data_version", words, ["replica"], registry=registry)
    for alias in replicas():
        number = alias.removeprefix("replica")
        try:
            at.labels(number).set(DataVersion.current(alias))
        except Error:
            up.labels(number).set(0)
        else:
            up.labels(number).set(1)


def set_present(registry: CollectorRegistry) -> None:
    """What is so now, whichever process is asked."""
    up = Gauge("directory_database_up", "1 while the database answers.", registry=registry)
    set_of_replicas(registry)
    free = Gauge("directory_disk_free_bytes", "Room in the folder of the site.", registry=registry)
    free.set(shutil.disk_usage(settings.VAR_DIR).free)
    try:
        version, waiting = DataVersion.current(), ImportJob.waiting().count()
    except Error:
        return
    up.set(1)
    Gauge("directory_data_version", "The number of the present state of the data.", registry=registry).set(
        version
    )
    Gauge("directory_imports_waiting", "Imports that wait for a worker.", registry=registry).set(waiting)
