"""A language of the site is translations, and one of the data is columns: no code names either."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import get_language, override

import partners
from partners.caching import page_cache
from partners.languages import DATA_LANGUAGES, ORIGINAL, columns_of, for_reader, path_in, text_of
from partners.tables.definitions import TABLES
from tests.database import db_of_file  # noqa: F401 (a fixture)
from tests.records import make_agreement, make_organization
from tests.test_columns import ADDRESSES, COMPARED, rows_of
from tests.worlds import one_of_everything

PACKAGE = Path(partners.__file__).parent
LISTS = (
    "/",
    "/partners/",
    "/agreements/",
    "/laboratories/",
    "/timeline/",
    "/sectors/",
    "/mission-areas/",
    "/sources/",
)


@pytest.fixture(scope="module", autouse=True)
def world(db):
    one_of_everything()
    make_agreement(
        "Only in the original", partners=[make_organization("Delta", summary_en="What the original says.")]
    )


@pytest.fixture
def german(settings):
    """The site in a language in which there are no data."""
    settings.LANGUAGES = [*settings.LANGUAGES, ("de", "Deutsch")]
    page_cache.pages.clear()
    with override("de"):
        yield
    page_cache.pages.clear()


@pytest.fixture
def dutch():
    page_cache.pages.clear()
    with override("nl"):
        yield
    page_cache.pages.clear()


class Languages(HTMLParser):
    """The texts of a page, each with the language that the page says it is in."""

    EMPTY = ("area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr")

    def __init__(self, page: str):
        super().__init__()
        self.within, self.texts = [("", "")], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        if tag not in self.EMPTY:
            self.within.append((tag, dict(attributes).get("lang", self.within[-1][1])))

    def handle_endtag(self, tag):
        while tag in [name for name, _language in self.within] and self.within.pop()[0] != tag:
            pass

    def handle_data(self, data):
        tags = {tag for tag, _language in self.within}
        if data.strip() and not tags & {"head", "script", "style", "svg"}:
            self.texts.append((" ".join(data.split()), self.within[-1][1]))


def texts_of(client, address: str) -> list[tuple[str, str]]:
    response = in_language_of_test(client, address)
    assert response.status_code == 200, address
    return Languages(response.content.decode()).texts


def in_language_of_test(client, address: str):
    """A page in the language that the test has chosen; the address says which."""
    return client.get(path_in(get_language(), address), follow=True)


def originals() -> set[str]:
    """Every text of the data in the original, where there is one in another language too."""
    found = set()
    for table in TABLES:
        for name in table.column_names:
            if name in columns_of(text_of(name))[:1]:
                found |= {row[name] for row in rows_of(table) if row[name]}
    return found


def every_address() -> list[str]:
    records = [
        address.format(row[owner])
        for name, (address, owner) in ADDRESSES.items()
        for table in TABLES
        if table.name == name
        for row in rows_of(table)
    ]
    return [
        *LISTS,
        "/agreements/?view=table",
        # Found by the name of a partner: the title stands whole.
        *("/agreements/?q=alpha", "/search/?q=alpha", "/search/?q=fusion"),
        *("/partners/?sector=chips", "/agreements/?mission_area=fusion&announcement=great-day"),
        "/cross/?of=partners&rows=sector&columns=ownership",
        COMPARED,
        *dict.fromkeys(records),
    ]


def test_language_without_data_shows_originals_that_say_so(german, client):
    known = originals()
    found = {
        (address, text, language)
        for address in every_address()
        for text, language in texts_of(client, address)
        if text in known
    }

    assert {each for each in found if each[2] != ORIGINAL} == set()
    assert known - {text for _address, text, _language in found} == set()


def test_page_says_its_own_language(german, client):
    assert '<html lang="de">' in in_language_of_test(client, "/partners/").content.decode()


def test_title_and_attributes_hold_no_elements(german, client):
    for address in every_address():
        page = in_language_of_test(client, address).content.decode()
        assert "&lt;span" not in page and not re.search(r'="[^"]*<span', page), address
        assert "<span" not in page.partition("<title>")[2].partition("</title>")[0], address


def translated_summaries() -> set[str]:
    """The originals of the summaries that there are in Dutch too."""
    rows = [row for table in TABLES if "summary_nl" in table.column_names for row in rows_of(table)]
    return {row["summary_en"] for row in rows if row["summary_nl"]}


def test_language_of_data_shows_its_own_texts_and_originals_where_there_are_none(dutch, client):
    summaries = translated_summaries()
    assert len(summaries) == 4
    for address in every_address():
        for text, language in texts_of(client, address):
            if re.fullmatch(r"The (title|summary|name|description|note) of the [a-z]+, nl", text):
                assert language == "nl", (address, text)
            assert text not in summaries, (address, text)
    page = dict(texts_of(client, "/partners/delta/"))
    assert page["What the original says."] == ORIGINAL


def test_original_language_marks_nothing(client):
    page_cache.pages.clear()
    # A title is as its publisher has it.
    names = {*dict(settings.LANGUAGES).values(), "The Frisian"}
    found = {text: language for address in LISTS for text, language in texts_of(client, address)}
    assert {language for text, language in found.items() if text not in names} == {"en"}


def test_text_is_the_first_of_the_readers_that_is_filled():
    texts = {"summary_en": "original", "summary_nl": ""}

    for language in (*DATA_LANGUAGES, "de"):
        with override(language):
            assert for_reader("summary_en", texts.__getitem__) == "original"
    with override("nl"):
        assert for_reader("summary_en", (texts | {"summary_nl": "vertaling"}).__getitem__) == "vertaling"
        assert for_reader("city", {"city": "Delft"}.__getitem__) == "Delft"


@pytest.mark.parametrize("code", [code for code in DATA_LANGUAGES if code != ORIGINAL])
def test_no_code_names_a_translation(code):
    """What has a language has it from the list of them."""
    named = [
        f"{path.relative_to(PACKAGE)}: {line.strip()}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if "migrations" not in path.parts and path.name != "languages.py"
        for line in path.read_text().splitlines()
        if re.search(rf"_{code}\b", line)
    ]

    assert named == []


ANOTHER = """
import json
from partners import languages
languages.DATA_LANGUAGES["de"] = "German"
import django
django.setup()
from django.core.management import call_command
from partners.tables.definitions import TABLES
call_command("check")
call_command("makemigrations", "--dry-run", "--no-input", verbosity=1, stdout=__import__("sys").stderr)
print(json.dumps({table.name: table.column_names for table in TABLES}))
"""


def test_one_more_language_of_data_is_one_more_line():
    """The models, tables and forms get its columns; what is left to do is the migration, which Django writes."""
    made = subprocess.run(
        [sys.executable, "-c", ANOTHER],
        env={"DJANGO_SETTINGS_MODULE": "genesis.settings", "DATABASE_URL": "sqlite://:memory:", "DEBUG": "1"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    columns = json.loads(made.stdout.splitlines()[-1])
    for table in TABLES:
        texts = dict.fromkeys(filter(None, map(text_of, table.column_names)))
        assert [name for name in columns[table.name] if name.endswith("_de")] == [
            f"{text}_de" for text in texts
        ]
        for text in texts:
            assert f"Add field {text}_de to {table.model._meta.model_name}" in made.stderr
