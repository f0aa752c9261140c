"""A kind of record is one declaration, and has every place in the directory, or says why not."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, reverse

import partners
from partners.formats.files import FILE_FORMATS
from partners.head.sitemaps import sections
from partners.models.base import citable_models
from partners.models.sources import TARGETS
from partners.nouns import NOUNS, PARTS, Noun, json_path, nouns_with
from partners.searched import all_searched
from partners.site_pages import SITE_PAGES, main_pages
from partners.tables.definitions import TABLES
from partners.tables.sources import CITATIONS, SOURCES
from tests.database import db_of_file  # noqa: F401 (a fixture)
from tests.worlds import one_of_everything

ROOT = Path(partners.__file__).parent.parent
PROJECT = Path(__file__).parent / "project"

# What is written for a kind of record that is added: its files, and the line that names each in its room.
FILES = {
    "model.py": "partners/models/projects.py",
    "table.py": "partners/tables/projects.py",
    "listing.py": "partners/selection/listings/projects.py",
    "project_row.html": "templates/partners/project_row.html",
    "project_detail.html": "templates/partners/project_detail.html",
}
LINES = {
    "partners/models/__init__.py": (
        "from partners.models.search import",
        "from partners.models.projects import Project\nfrom partners.models.search import",
    ),
    "partners/tables/records.py": (
        "TABLES_OF_RECORDS = (",
        "from partners.tables.projects import PROJECTS\nTABLES_OF_RECORDS = (\n    PROJECTS,",
    ),
    "partners/selection/listings/__init__.py": (
        "LISTINGS = (",
        "from partners.selection.listings.projects import ProjectListing\nLISTINGS = (ProjectListing, ",
    ),
    "partners/nouns/declared.py": (
        "NOUNS = (",
        f"{(PROJECT / 'noun.py').read_text()}\n\nNOUNS = (\n    PROJECT,",
    ),
}


@pytest.fixture(scope="module")
def house_with_projects(tmp_path_factory) -> Path:
    """A copy of this site, with one more kind of record."""
    house = tmp_path_factory.mktemp("house")
    heavy = shutil.ignore_patterns("__pycache__", "static", "data", "locale")
    for room in ("partners", "genesis", "templates"):
        shutil.copytree(ROOT / room, house / room, ignore=heavy)
    for linked in ("partners/static", "partners/data", "partners/locale", "tests", "pyproject.toml"):
        (house / linked).symlink_to(ROOT / linked)
    for name, place in FILES.items():
        shutil.copy(PROJECT / name, house / place)
    for place, (before, after) in LINES.items():
        text = (house / place).read_text()
        assert text.count(before) == 1, place
        (house / place).write_text(text.replace(before, after))
    return house


def run_in(house: Path, *command: str) -> None:
    """Run a Python module in a copy of the site, with a database beside that of these tests."""
    environment = os.environ | {"TOX_PARALLEL_ENV": "nouns", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=house, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_kind_of_record_is_one_declaration(house_with_projects):
    """In a process of its own, so that nothing of it is left behind."""
    run_in(house_with_projects, "django", "makemigrations", "partners")
    run_in(house_with_projects, "pytest", "-q", "tests/project/walk.py")


# Every declared kind -------------------------------------------------------------------------------------------------

every_noun = pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.name)


def is_there(route: str, *arguments: str) -> bool:
    try:
        return bool(reverse(route, args=arguments))
    except NoReverseMatch:
        return False


def parts_of(noun: Noun) -> Iterator[str]:
    """What a kind of record has, as whoever asks for it finds it."""
    found = {
        "list": is_there(noun.page_route),
        "files": all(is_there(shape.route(noun)) for shape in FILE_FORMATS),
        "page": is_there(noun.detail_route, "x"),
        "record": is_there(noun.record_route, "x"),
        "sitemap": noun.table.name.replace("_", "-") in sections(),
        "search": noun.name.replace("_", "-") in {each.name for each in all_searched()},
    }
    assert found.keys() == set(PARTS)
    yield from (part for part, there in found.items() if there)


@every_noun
def test_every_kind_has_every_part_or_says_why_not(noun):
    assert noun.without.keys() <= set(PARTS)
    assert all(len(reason.split()) > 3 for reason in noun.without.values())
    assert set(parts_of(noun)) == set(PARTS) - noun.without.keys()


@every_noun
def test_every_kind_has_a_table_a_form_and_words(noun):
    assert noun.table in TABLES
    assert admin.site.is_registered(noun.model)
    assert noun.title and noun.introduction
    if noun.has("search"):
        assert noun.counted(1).startswith("1 ") and noun.counted(2).startswith("2 ")
    names = {column.name for column in noun.table.columns}
    assert {*noun.card_columns, *noun.table_columns, *noun.sorted_by, *noun.address_from} <= names
    if noun.listing:
        assert set(noun.facts) <= names
        assert set(noun.sorted_by.values()) <= set(noun.listing.base_filters["sort"].orders)


def test_names_and_places_of_kinds_are_their_own():
    places = [noun.navigation for noun in NOUNS if noun.navigation]

    assert len({noun.name for noun in NOUNS}) == len(NOUNS)
    assert len(set(places)) == len(places)
    assert [label for _route, label in main_pages()][: len(places)] == [
        noun.title for place in sorted(places) for noun in NOUNS if noun.navigation == place
    ]


def test_every_model_that_can_be_cited_is_a_kind_with_its_columns():
    models = {noun.model for noun in NOUNS}

    assert list(TARGETS.values()) == citable_models()
    assert [model.citation_place for model in TARGETS.values()] == list(range(1, len(TARGETS) + 1))
    for name, model in TARGETS.items():
        (table,) = {noun.table for noun in NOUNS if noun.model is model}
        assert model in models
        assert CITATIONS.column(name).references == table.name == SOURCES.column(table.name).references
        assert name in CITATIONS.key and name == table.key[0]


def named_in(node: ast.List | ast.Tuple | ast.Set | ast.Dict) -> set[str]:
    """The kinds that can be cited that stand in one list, tuple, set or dictionary: as texts, or as models."""
    models = {model.__name__: name for name, model in TARGETS.items()}
    if isinstance(node, ast.Dict):
        items = [item for item in node.keys if isinstance(item, ast.Constant)]
    else:
        items = node.elts
    names = {item.value for item in items if isinstance(item, ast.Constant)}
    return names & TARGETS.keys() | {
        models[item.id] for item in items if isinstance(item, ast.Name) and item.id in models
    }


def test_no_list_by_hand_names_the_kinds_that_can_be_cited():
    """Whoever adds a kind of record would not find it. A dictionary by models says what is special about some."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / "partners").rglob("*.py"))
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict) and len(named_in(node)) >= 3
    ]

    assert found == []


# Every link of every kind of page ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def directory(db):
    one_of_everything()


def newest(noun: Noun):
    """A record of a kind that a reader may see."""
    return noun.rows().order_by("pk").last()


def text_of(address: str, **query: str) -> str:
    response = Client().get(address, query)
    assert response.status_code == 200, address
    return response.getvalue().decode()


@pytest.mark.parametrize("noun", nouns_with("page"), ids=lambda noun: noun.name)
def test_record_of_every_kind_is_described_for_machines(directory, noun):
    page = text_of(newest(noun).get_absolute_url())

    described = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page)[1])

    assert described["@type"].endswith("Page") and ("mainEntity" in described or "about" in described)
    assert '<link rel="alternate" type="application/json"' in page or not noun.has("record")


@pytest.mark.parametrize("noun", nouns_with("sitemap"), ids=lambda noun: noun.name)
def test_record_of_every_kind_stands_in_the_map(directory, noun):
    section = reverse("sitemap_section", args=[noun.table.name.replace("_", "-")])

    assert f"<loc>http://testserver{newest(noun).get_absolute_url()}</loc>" in text_of(section)


@pytest.mark.parametrize("noun", nouns_with("search"), ids=lambda noun: noun.name)
def test_search_finds_a_record_of_every_kind_by_its_name(directory, noun):
    record = newest(noun)
    name = getattr(record, noun.table.column(noun.heading).lookup)

    found = json.loads(text_of(reverse("search_json"), q=f'"{name}"'))

    (group,) = (group for group in found["groups"] if group["kind"] == noun.name.replace("_", "-"))
    assert f"http://testserver{record.get_absolute_url()}" in [hit["address"] for hit in group["hits"]]


@pytest.mark.parametrize("noun", nouns_with("record"), ids=lambda noun: noun.name)
def test_record_of_every_kind_is_there_for_programs(directory, noun):
    record = newest(noun)

    answer = json.loads(text_of(json_path(record.get_absolute_url())))

    assert answer["record"][noun.key] == record.slug
    assert answer["citations"]


def page_of_each_kind() -> Iterator[str]:
    yield from (reverse(page.route) for page in SITE_PAGES)
    yield from (reverse(noun.page_route) for noun in NOUNS if noun.has("list"))
    yield from (newest(noun).get_absolute_url() for noun in NOUNS)
    yield from ("/search/?q=alpha", "/search/?q=fusion", "/compare/?partner=alpha&partner=site")
    yield "/cross/?of=agreements&rows=partner&columns=mission_area"


def links_of(address: str) -> set[str]:
    """The addresses on this site that a page leads to."""
    page = Client().get(address)
    assert page.status_code == 200, address
    links = re.findall(r'\b(?:href|src|action)="([^"]*)"', page.content.decode())
    whole = {urldefrag(urljoin(f"http://testserver{address}", unescape(link)))[0] for link in links}
    return {link.removeprefix("http://testserver") for link in whole if link.startswith("http://testserver/")}


def status_of(address: str) -> int:
    response = Client().get(address, follow=True)
    # A stream is read to its end: it may break off, and it closes its file there.
    response.getvalue()
    return response.status_code


def test_every_link_of_every_kind_of_page_leads_somewhere(directory):
    found = {link: page for page in page_of_each_kind() for link in links_of(page)}
    broken = [
        (page, link, status)
        for link, page in sorted(found.items())
        if not link.startswith("/static/") and (status := status_of(link)) != 200
    ]

    assert len(found) > 100
    assert broken == []
