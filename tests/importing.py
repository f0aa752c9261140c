"""Tables as curators bring them in, and a worker that checks and writes them."""

import csv
import io

from django.test import Client
from django.urls import reverse

from partners.exchange.importing.jobs import JobWorker
from partners.models import ImportJob, Writing
from tests.past import from_here_on
from tests.records import cite, make_agreement, make_organization, make_sector, make_source


def records_to_change() -> None:
    """A published organization with a cited value and its agreement, and a draft."""
    alpha = make_organization(
        "Alpha", website="https://www.alpha.example/", sectors=[make_sector("Chips")], city="Delft"
    )
    cite(alpha, "city", source=make_source("Report", url="https://report.example/alpha"))
    make_organization("Beta", publication_state="draft", cited=False)
    make_agreement("Pact", partners=[alpha])
    from_here_on()


def signed_in_as(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def bring(client, kind: str, rows: str, **fields) -> ImportJob:
    """An import of pasted rows, not looked at yet."""
    page = client.post(reverse("admin:imports"), {"kind": kind, "rows": rows} | fields)
    assert page.status_code == 302, page.context["form"].errors | page.context["source"].errors
    return ImportJob.objects.latest("pk")


def checked(client, kind: str, rows: str, **fields) -> ImportJob:
    """An import that a worker has checked."""
    return worked(bring(client, kind, rows, **fields))


def worked(job: ImportJob) -> ImportJob:
    """The import once a worker has done what waits."""
    # Within the transaction of a test, the worker announces itself as in one of its own.
    Writing.objects.all().delete()
    worker = JobWorker()
    while worker.work():
        pass
    return ImportJob.objects.get(pk=job.pk)


def does(client, job: ImportJob, what: str, **fields) -> ImportJob:
    """The import after a button of its page, and what a worker did then."""
    sent = {"do": what, "planned": job.planned} | fields
    assert client.post(reverse("admin:import", args=[job.pk]), sent).status_code == 302
    return worked(job)


def states(job: ImportJob) -> dict[int, str]:
    return dict(job.lines.values_list("line", "state"))


def found(job: ImportJob) -> list[tuple[int, str, str]]:
    """The line and the column of each finding, with its level."""
    return [
        (line.line, cell["column"], cell["level"])
        for line in job.lines.all()
        for cell in line.cells
        if cell.get("level") in ("error", "warning")
    ]


def exported(client, kind: str) -> str:
    """The file of all records of a kind, as a curator downloads it."""
    page = client.get(reverse("admin:import_records", args=[kind, "csv"]))
    return b"".join(page.streaming_content).decode("utf-8-sig")


def written(rows: list[dict]) -> str:
    """Rows as the text of a file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
