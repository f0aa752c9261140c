"""A curator brings in a table in a browser: thirty rows with three errors, corrected, decided, written."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from partners.models import ImportJob, Organization, Revision
from tests.database import database_url
from tests.importing import worked
from tests.records import make_curator, make_organization, make_sector

from .faults import WITH_TARGETS, faults_of
from .test_curation import signed_in

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def worker():
    """The worker as `make run` starts it."""
    environment = os.environ | {"DATABASE_URL": database_url()}
    command = [sys.executable, "manage.py", "work", "--beside", str(os.getpid())]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        yield
    finally:
        process.terminate()
        assert process.wait(timeout=60) == 0


def rows(**corrected) -> str:
    """Thirty rows as a colleague writes them, three cells of which cannot be."""
    wrong = {"4": "1/4/2016", "9": "ZZ", "14": "firm"} | corrected
    lines = ["Name;Type;Country;Established;Sectors;other names"]
    for number in range(2, 32):
        kind, country, year = "Company", "NL", "1999"
        year = wrong["4"] if number == 4 else year
        country = wrong["9"] if number == 9 else country
        kind = wrong["14"] if number == 14 else kind
        name = "ALPHA" if number == 20 else f"Fresh {number}"
        lines.append(f"{name};{kind};{country};{year};Chips;F{number} [acronym]")
    return "\n".join(lines)


def test_thirty_rows_with_three_errors_are_corrected_decided_and_written(browser, live_server, tmp_path):
    make_organization("Alpha", sectors=[make_sector("Chips")])
    context, page = signed_in(browser, live_server, make_curator(), viewport={"width": 1366, "height": 900})
    page.goto(reverse("admin:index"))
    page.get_by_role("navigation", name="Desk").get_by_role("link", name="Import").click()
    file = tmp_path / "later.csv"
    file.write_text(rows(), encoding="cp1252")
    page.get_by_label("File (CSV or XLSX)").set_input_files(file)
    page.get_by_role("button", name="Show what it would change").click()

    with worker():
        expect(page.get_by_text("separated by semicolons")).to_be_visible(timeout=60_000)
        expect(page.get_by_role("link", name="All 30 rows")).to_be_visible()
        page.get_by_role("link", name="Refused 3").click()
        told = page.locator(".d-find-e")
        expect(told).to_have_text(
            [
                "is not a whole number; allowed: digits, such as 1977",
                "is the code of no country; allowed: one that ISO 3166-1 lists, such as US",
                "is not a term of this column; allowed: company, nonprofit, government, facility, education, funder, "
                "healthcare, archive, other",
            ]
        )
        assert page.locator("tr:has(.d-find-e) td[data-l=Line]").all_inner_texts() == ["4", "9", "14"]

        file.write_text(rows(**{"4": "2016", "9": "US", "14": "nonprofit"}))
        page.get_by_text("Upload the corrected file").click()
        page.locator("#new_file").set_input_files(file)
        page.get_by_role("button", name="Check the corrected file").click()
        expect(page.get_by_role("link", name="decide 1 alike")).to_be_visible(timeout=60_000)
        page.get_by_role("link", name="decide 1 alike").click()
        page.get_by_label("It is Alpha").check()
        page.get_by_role("button", name="Look again with these decisions").click()
        apply = page.get_by_role("button", name="Apply 30 rows")
        expect(apply).to_be_visible(timeout=60_000)
        assert Organization.objects.count() == 1
        apply.click()
        expect(page.get_by_text("30 rows were written.")).to_be_visible(timeout=60_000)

    job = ImportJob.objects.get()
    assert (job.revision, Organization.objects.count()) == (Revision.newest(), 30)
    assert Organization.objects.get(name="Fresh 4").established == 2016
    page.get_by_role("link", name="or take it back").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(str(job.revision))
    context.close()


@pytest.mark.appearance
@pytest.mark.parametrize("scheme, width", [("light", 1366), ("dark", 390)])
def test_every_state_of_an_import_can_be_used_by_everyone(browser, live_server, scheme, width):
    make_organization("Alpha", city="Delft", website="https://alpha.example")
    user = make_curator()
    made = {"kind": "organizations", "who": user.pk, "name": "list.csv"}
    waiting = ImportJob.objects.create(**made, content=b"Name\nFresh\n")
    failed = ImportJob.objects.create(
        **made, content=b"phone\n1\n", state="failed", problem="The header is unknown."
    )
    text = "organization,Name,City,Website,Established,row_version\n,ALPHA,,,,\n,Fresh,Oslo,,12,\nalpha,Alpha,Oslo,https://alpha.example,,v0123456789abcdef\n,Good,,,,\n"
    shown = worked(ImportJob.objects.create(**made, content=text.encode(), touched_at=waiting.touched_at))
    ImportJob.objects.filter(pk=waiting.pk).update(state="checking", worker="")
    size = {"width": width, "height": 900}
    context, page = signed_in(browser, live_server, user, color_scheme=scheme, viewport=size)

    faults = []
    for address in (
        reverse("admin:imports"),
        *(reverse("admin:import", args=[job.pk]) for job in (waiting, failed, shown)),
    ):
        page.goto(address)
        page.evaluate("for (const each of document.querySelectorAll('#content details')) each.open = true")
        faults += [(address, fault) for fault in faults_of(page, WITH_TARGETS)]

    assert faults == [], [(each.line, each.state, each.cells) for each in shown.lines.all()]
    assert {each.state for each in shown.lines.all()} == {"alike", "refused", "conflict", "new"}
    context.close()
