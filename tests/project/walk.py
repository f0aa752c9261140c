"""The places of a project, asked for in a directory that has such a kind of record. `tests/test_nouns.py` runs it there."""

import csv
import io
import json
import re
import zipfile
from xml.etree import ElementTree

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from partners.models.projects import Project

from partners.formats.files import FILE_FORMATS
from partners.models import Citation, PublicChange, Source
from partners.nouns import PARTNER
from tests.packages import dump_dataset, load_dataset, read_table, write_table
from tests.past import from_here_on
from tests.records import cite, make_curator, make_source
from tests.shapes import csv_rows, raw

pytestmark = pytest.mark.django_db
PATH = "/projects/salt-caves/"


@pytest.fixture(autouse=True)
def project(db):
    """A published project with a source for one of its values, and one that is being written."""
    written = Project(
        slug="salt-caves", title_en="Salt caves", summary_en="Where it is dry.", start_date="2026-01-02"
    )
    written.save()
    cite(written, "start_date", source=make_source("The Cave Paper"))
    written.publish()
    Project(slug="hidden", title_en="Hidden caves").save()
    return written


def text_of(address: str, **query: str) -> str:
    response = Client().get(address, query)
    assert response.status_code == 200, (address, response.content[:500])
    return (response.getvalue()).decode()


def test_its_page_says_what_it_is_and_by_what_sources():
    page = text_of(PATH)

    assert "Where it is dry." in page
    assert "The Cave Paper" in page
    assert 'href="/projects/salt-caves.json"' in page


def test_its_page_says_the_same_to_machines():
    described = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', text_of(PATH))[1])

    assert described["mainEntity"]["@type"] == "Project"
    assert described["mainEntity"]["name"] == "Salt caves"
    assert described["mainEntity"]["url"] == f"http://testserver{PATH}"
    assert described["citation"][0]["name"] == "The Cave Paper"
    assert [step["name"] for step in described["breadcrumb"]["itemListElement"]] == [
        "Home",
        "Projects",
        "Salt caves",
    ]


def test_its_list_is_a_main_page():
    page = text_of("/projects/")

    assert f'href="{PATH}"' in page
    assert "1 project" in page
    assert "Hidden caves" not in page
    assert 'href="/projects/"' in text_of("/about/")


@pytest.mark.parametrize("shape", FILE_FORMATS, ids=lambda shape: shape.name)
def test_it_stands_in_every_file_of_its_list(shape):
    response = Client().get(f"/projects.{shape.ending}", {"started_after": "2026"})
    content = raw(response)

    assert response["Content-Type"].startswith(shape.media_type)
    if shape.name in ("csv", "json", "ndjson", "atom", "ics"):
        assert b"Salt caves" in content
        assert b"Hidden" not in content
    if shape.name == "csv":
        assert csv_rows(content)[0]["sources"] == "the-cave-paper"


def test_feed_and_calendar_lead_to_its_page():
    for ending in ("atom", "ics"):
        assert f"http://testserver{PATH}" in text_of(f"/projects.{ending}").replace("\r\n ", "")


def test_change_of_a_value_is_noted_and_told_in_the_feed(project):
    Project.objects.filter(pk=project.pk).update(
        created_at="2026-02-02T12:00Z", published_at="2026-02-02T12:00Z"
    )
    from_here_on()
    Project.objects.filter(pk=project.pk).update(summary_en="Where it is dry and cool.")

    assert PublicChange.objects.filter(model="project", record_id=project.pk, field="summary_en").exists()
    assert "Changed on" in text_of("/projects.atom")


def test_it_stands_in_the_map_of_the_site():
    sections = ElementTree.fromstring(text_of("/sitemap.xml"))  # noqa: S314 (our own page)
    assert "http://testserver/sitemap-projects.xml" in [each.text for each in sections.iterfind(".//{*}loc")]

    assert f"http://testserver{PATH}" in text_of("/sitemap-projects.xml")
    assert "hidden" not in text_of("/sitemap-projects.xml")
    assert "http://testserver/projects/" in text_of("/sitemap-pages.xml")


def test_it_is_a_record_for_programs():
    answer = json.loads(text_of("/projects/salt-caves.json"))

    assert answer["record"]["title_en"] == "Salt caves"
    assert [citation["source"] for citation in answer["citations"]] == ["the-cave-paper"]
    assert answer["citations"][0]["project"] == "salt-caves"
    assert Client().get("/projects/hidden.json").status_code == 404


def test_its_addresses_are_described_for_programs():
    described = json.loads(text_of("/api/openapi.json"))

    assert {f"/projects.{shape.ending}" for shape in FILE_FORMATS} <= described["paths"].keys()
    assert "/projects/{slug}.json" in described["paths"]
    assert {"project", "project_record", "project_page"} <= described["components"]["schemas"].keys()
    assert "/projects/" in text_of("/api/")


def test_a_search_finds_it():
    found = json.loads(text_of("/search.json", q="salt cave"))
    (group,) = [group for group in found["groups"] if group["kind"] == "project"]

    assert [hit["address"] for hit in group["hits"]] == [f"http://testserver{PATH}"]
    assert f'href="{PATH}"' in text_of("/search/", q="salt cave")
    assert f'href="{PATH}"' in text_of("/projects/", q="salt")


def test_its_source_says_what_it_supports():
    source = Source.objects.get(slug="the-cave-paper")

    assert f'href="{PATH}"' in text_of(source.get_absolute_url())
    assert csv_rows(text_of("/sources.csv").encode())[0]["project_labels"] == "Salt caves"
    assert csv_rows(text_of("/citations.csv").encode())[0]["project"] == "salt-caves"
    assert Citation.objects.public("project").count() == 1
    assert [row["source"] for row in csv_rows(text_of("/sources.csv", q="salt").encode())] == [
        "the-cave-paper"
    ]


def test_it_stands_in_the_dictionary_and_in_the_package():
    assert 'id="projects-start_date"' in text_of("/data/dictionary/")

    package = raw(Client().get(reverse("package")))
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("projects.csv")]
        (row,) = csv.DictReader(io.StringIO(archive.read(name).decode()))
    assert row["project"] == "salt-caves"


def test_package_that_is_written_is_loaded_again(project, tmp_path):
    package = tmp_path / "package"
    dump_dataset(package)
    rows = read_table(package, "projects")
    write_table(package, "projects", [row | {"summary_en": "Where it is dark."} for row in rows])

    load_dataset(package, overwrite=True)

    project.refresh_from_db()
    assert project.summary_en == "Where it is dark."


def test_curators_write_it(project):
    curator = Client()
    curator.force_login(make_curator())

    assert admin.site.is_registered(Project)
    assert "Salt caves" in curator.get("/admin/partners/project/?q=salt").content.decode()
    assert "The Cave Paper" in curator.get(f"/admin/partners/project/{project.pk}/change/").content.decode()
    assert curator.get("/admin/partners/project/add/").status_code == 200
    waiting = curator.get("/admin/").content.decode()
    for query in (
        "publication_state__exact=published",
        "publication_state__exact=published&amp;lacks=summary_nl",
    ):
        assert f"/admin/partners/project/?{query}" in waiting
        listed = curator.get(f"/admin/partners/project/?{query}".replace("&amp;", "&")).content.decode()
        assert "Salt caves" in listed and "Hidden caves" not in listed


def test_partners_are_as_they_were():
    assert text_of(reverse(PARTNER.page_route))
