"""The picture of a page: what stands on it, that all of it is there, and that any name can be drawn."""

import io
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from partners.head import pictures
from partners.head.lettering import (
    MARKS,
    first_writable,
    font,
    has_letter,
    parts_of,
    plain,
    width_of,
    writable,
)
from partners.head.pictures import INNER, LEADING, MARGIN, SIZE, SMALLEST, TITLE_HEIGHT, Card, draw
from partners.views.pictures import organization_card, site_card
from tests.records import make_agreement, make_organization, make_partner, make_programme

NAMES = (
    "AMD",
    "Amazon Web Services",
    "National Renewable Energy Laboratory of the Rockies and Its Many Friends in Every State of the Union",
    "Donaudampfschifffahrtsgesellschaftskapitänsmützenfabrik",
    "W" * 200,
    "i" * 200,
    "W " * 100,
    "x",
)


def picture_of(client, address: str) -> Image.Image:
    response = client.get(address)
    assert (response.status_code, response["Content-Type"]) == (200, "image/png"), address
    picture = Image.open(io.BytesIO(response.content))
    picture.load()
    return picture


def card(title="Alpha", site="Directory", facts="Company, Delft", figures=((3, "agreements"),)) -> Card:
    return Card(site, title, facts, figures)


# What stands on it


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("type", "place"), [("company", "partners"), ("government", "agencies"), ("facility", "laboratories")]
)
def test_organization_has_a_picture_under_its_address(client, type, place):
    make_organization("Alpha", type=type)

    assert picture_of(client, f"/{place}/alpha/picture.png").size == (1200, 630)
    for other in {"partners", "agencies", "laboratories"} - {place}:
        response = client.get(f"/{other}/alpha/picture.png")
        assert (response.status_code, response["Location"]) == (301, f"/{place}/alpha/picture.png")


@pytest.mark.django_db
def test_site_has_a_picture_even_with_nothing_in_it(client):
    empty = picture_of(client, "/picture.png")
    make_programme(lead=make_organization("Agency", type="government"))
    make_partner("Alpha")

    full = picture_of(client, "/picture.png")

    assert empty.size == full.size == (1200, 630)
    assert empty.tobytes() != full.tobytes()
    assert [figure for figure, _noun in site_card().figures] == [1, 1, 0, 3]


@pytest.mark.django_db
def test_picture_says_what_is_public_of_an_organization():
    alpha = make_organization(
        "Alpha", ownership="public-company", city="Delft", region_code="NL-ZH", country_code="NL"
    )
    make_agreement("One", partners=[alpha], agencies=[alpha])
    make_agreement("Two", partners=[alpha], publication_state="draft")
    make_agreement("Three", partners=[make_organization("Beta")], laboratories=[alpha])
    make_programme()

    assert organization_card(alpha) == Card(
        site="Genesis Mission partner directory",
        title="Alpha",
        facts="Public company, Delft, Zuid-Holland, Netherlands",
        figures=((2, "agreements"),),
    )


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["draft", "in_review", "withheld"])
def test_organization_that_is_not_public_has_no_picture(client, state):
    make_organization("Alpha", publication_state=state)

    assert client.get("/partners/alpha/picture.png").status_code == 404


@pytest.mark.django_db
def test_picture_costs_few_queries_and_nothing_when_it_is_kept(client, django_assert_num_queries):
    alpha = make_partner("Alpha", names=["Alfa"])
    for number in range(5):
        make_agreement(f"More {number}", partners=[alpha])

    with django_assert_num_queries(5):
        first = client.get("/partners/alpha/picture.png")
    with django_assert_num_queries(1):
        again = client.get("/partners/alpha/picture.png")
    with django_assert_num_queries(1):
        assert (
            client.get("/partners/alpha/picture.png", headers={"If-None-Match": first["ETag"]}).status_code
            == 304
        )
    assert again.content == first.content


@pytest.mark.django_db
def test_picture_follows_the_data(client):
    alpha = make_partner("Alpha")
    before = client.get("/partners/alpha/picture.png").content

    make_agreement("Another", partners=[alpha])

    assert client.get("/partners/alpha/picture.png").content != before


def test_equal_cards_are_equal_bytes_of_little_weight():
    draw.cache_clear()
    first = draw(card())
    draw.cache_clear()

    assert draw(card()) == first
    assert max(len(draw(card(name))) for name in NAMES) < 60_000


# Letters


@pytest.mark.parametrize("name", NAMES)
def test_whole_name_stands_within_its_field(name):
    lines, size = pictures.largest_lines(name)

    assert "".join("".join(lines).split()) == "".join(name.split())
    assert all(width_of(line, size) <= INNER for line in lines)
    assert len(lines) * size * LEADING <= TITLE_HEIGHT


@given(st.text(st.characters(codec="latin-1"), min_size=1, max_size=200))
@settings(max_examples=60, deadline=None)
def test_no_letter_of_a_name_is_lost_or_cut(name):
    text = writable(name)
    lines, size = pictures.largest_lines(text)

    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(width_of(line, size) <= INNER for line in lines)
    assert size >= SMALLEST


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_drawn_over_the_edge(name):
    """The ink of the longest names leaves the margins of the picture free, and the figures below."""
    with_name, without = (Image.open(io.BytesIO(draw(card(title)))).convert("L") for title in (name, ""))
    # One colour more or less changes the palette a little; letters change far more.
    ink = ImageChops.difference(with_name, without).point(lambda value: 255 if value > 60 else 0).getbbox()

    assert ink[0] >= MARGIN - 8 and ink[2] <= SIZE[0] - MARGIN + 8
    assert ink[1] >= 150 and ink[3] <= 500


def test_long_lines_and_many_figures_stay_within_the_margins():
    long = " ".join(["Transcontinental"] * 12)
    many = tuple((1_234_567, "laboratories") for _ in range(4))
    full = Image.open(io.BytesIO(draw(card(site=long, facts=long, figures=many)))).convert("L")
    bare = Image.open(io.BytesIO(draw(card("", "", "", ())))).convert("L")

    left, _top, right, bottom = ImageChops.difference(full, bare).getbbox()

    assert left >= MARGIN - 8 and right <= SIZE[0] - MARGIN + 8 and bottom < SIZE[1] - 20


def test_words_stay_whole_where_they_can():
    lines, size = pictures.largest_lines("Amazon Web Services")

    assert " ".join(lines) == "Amazon Web Services"
    assert size > 60


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Périodic Ångström Łódź Ørsted", "Périodic Ångström Łódź Ørsted"),
        ("e\u0301", "é"),
        ("  two\n\tlines\u200b ", "two lines"),
        ("Straße – “Œuvre”", "Strasse - “OEuvre”"),
        ("naïve Việt", "naive Viet"),
        ("№ ５", "No 5"),
        ("日本電気", ""),
        ("Alpha 日本", ""),
        ("", ""),
    ],
)
def test_text_is_written_in_letters_that_can_be_drawn(text, written):
    assert writable(text) == written


@given(st.text(max_size=50))
@settings(max_examples=200, deadline=None)
def test_any_text_can_be_drawn_without_boxes(text):
    written = writable(text)

    assert all(map(has_letter, plain(written)))
    assert all(parts_of(letter)[1] in ("", *MARKS) for letter in written)
    assert writable(written) == written
    assert len(draw(card(written))) > 1000


ACCENTED = "ÀÁÂÃÄÅĀĂÇČÈÉÊËĒĞŁÑÒÓÔÕÖØŐŠŢÙÚÛÜŮŰÝŽàáâãäåāăąçčđèéêëęğłñòóôõöøőšţùúûüůűýž"


@cache
def ink_of(letter: str) -> bytes:
    image = Image.new("RGB", (200, 260))
    pictures.write(image, (60, 180), letter, 100, "white", bolder=2)
    # Nothing of it is cut off.
    left, top, right, bottom = image.getbbox()
    assert left > 0 and top > 0 and right < 200 and bottom < 260
    return image.tobytes()


@pytest.mark.parametrize("letter", ACCENTED)
def test_accent_shows(letter):
    """An accented letter is as wide as the plain one, has more ink, and looks like no other letter."""
    base = plain(letter)

    assert base != letter and width_of(letter, 100) == width_of(base, 100)
    assert sum(ink_of(letter)) > sum(ink_of(base))
    assert [other for other in ACCENTED if ink_of(other) == ink_of(letter)] == [letter]


@pytest.mark.parametrize("letter", ACCENTED)
def test_accent_keeps_clear_of_the_line_above(letter):
    image = Image.new("L", (200, 400))
    pictures.write(image, (60, 300), letter, 100, "white")
    descent = font(100).getbbox("gjpqy,", anchor="ls")[3]

    assert image.getbbox()[1] >= 300 - 100 * LEADING + descent


@pytest.mark.django_db
def test_name_the_font_cannot_write_gives_way_to_another_one_of_the_organization():
    named = make_organization("日本電気", slug="nec", names=["NEC"])
    unnamed = make_organization("東芝", slug="tokyo-shibaura")

    assert organization_card(named).title == "NEC"
    assert organization_card(unnamed).title == "Tokyo shibaura"
    assert first_writable(["東芝", "株式"]) == ""
