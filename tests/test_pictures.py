"""The picture of a page: what stands on it, that all of it is there, and that any name can be drawn."""

import io
import unicodedata
from functools import cache

import pytest
from django.contrib.staticfiles import finders
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from partners.head import pictures, typesetting
from partners.head.pictures import INNER, LEADING, MARGIN, SIZE, SMALLEST_FONT_SIZE, TITLE_HEIGHT, Card, draw
from partners.head.typesetting import (
    FOLDER,
    FONTS,
    LACKING,
    first_writable,
    font,
    font_runs,
    has_letter,
    joins_neighbor,
    typeset_text,
    width_of,
)
from partners.views.pictures import organization_card, site_card
from tests.laws import examples
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


def card(title="Alpha", site="Directory", facts="Company, Delft", figures=(("3", "agreements"),)) -> Card:
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
    assert [figure for figure, _noun in site_card().figures] == ["1", "1", "0", "3"]


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
        figures=(("2", "agreements"),),
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
@examples(60)
def test_no_letter_of_a_name_is_lost_or_cut(name):
    text = typeset_text(name)
    lines, size = pictures.largest_lines(text)

    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(width_of(line, size) <= INNER for line in lines)
    assert size >= SMALLEST_FONT_SIZE


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
    many = tuple(("1,234,567", "laboratories") for _ in range(4))
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
        (
            "Périodic Ångström Łódź Ørsted Straße – “Œuvre” № Việt",
            "Périodic Ångström Łódź Ørsted Straße – “Œuvre” № Việt",
        ),
        ("e\u0301", "é"),
        ("  two\n\tlines\u200b ", "two lines"),
        # Marks that no font has with the letter are left out.
        ("日\u0ebc本", "日本"),
        ("𝐀lpha", "Alpha"),
        # Neither letters of scripts that no font has nor those of one company's own fonts.
        ("Alpha 𒀀", ""),
        ("Alpha \ue000", ""),
        # No one font has both, and in parts they would stand in the wrong order.
        ("日本 עברית", ""),
        ("", ""),
    ],
)
def test_text_is_written_in_letters_that_can_be_set(text, written):
    assert typeset_text(text) == written


SAMPLES = {
    "latin": "Ångström Łódź Đà Nẵng Ørsted Ğ",
    "greek": "Εθνικό Μετσόβιο Πολυτεχνείο",
    "cyrillic": "Московский государственный університет Їжак",
    "armenian": "Երևանի պետական համալսարան",
    "georgian": "თბილისის სახელმწიფო უნივერსიტეტი",
    "hebrew": "האוניברסיטה העברית IBM 2024",
    "arabic": "جامعة الملك عبد الله للعلوم والتقنية 2009",
    "persian": "دانشگاه صنعتی شریف می\u200cخواهم",
    "urdu": "قائد اعظم یونیورسٹی ٹھیک",
    "thaana": "ދިވެހިރާއްޖެ",
    "devanagari": "भारतीय विज्ञान संस्थान",
    "bengali": "জাহাঙ্গীরনগর বিশ্ববিদ্যালয়",
    "gurmukhi": "ਪੰਜਾਬ ਯੂਨੀਵਰਸਿਟੀ",
    "gujarati": "ગુજરાત વિદ્યાપીઠ",
    "oriya": "ଉତ୍କଳ ବିଶ୍ୱବିଦ୍ୟାଳୟ",
    "tamil": "தமிழ்ப் பல்கலைக்கழகம்",
    "telugu": "ఉస్మానియా విశ్వవిద్యాలయం",
    "kannada": "ಬೆಂಗಳೂರು ವಿಶ್ವವಿದ್ಯಾಲಯ",
    "malayalam": "കേരള സർവ്വകലാശാല",
    "sinhala": "කොළඹ විශ්ව\u200dවිද්\u200dයාලය",
    "thai": "จุฬาลงกรณ์มหาวิทยาลัย",
    "lao": "ມະຫາວິທະຍາໄລແຫ່ງຊາດ",
    "khmer": "សាកលវិទ្យាល័យភូមិន្ទភ្នំពេញ",
    "burmese": "ရန်ကုန်တက္ကသိုလ်",
    "ethiopic": "አዲስ አበባ ዩኒቨርሲቲ",
    "chinese": "清华大学 國立臺灣大學",
    "japanese": "国立研究開発法人新エネルギー・産業技術総合開発機構（NEDO）",
    "korean": "서울대학교 병원",
}


@cache
def drawn(letter: str, name: str) -> bytes:
    return bytes(font(64, name).getmask(letter))


@pytest.mark.parametrize("name", SAMPLES.values(), ids=SAMPLES)
def test_name_in_any_script_is_set_without_boxes(name):
    written = typeset_text(name)

    assert written == unicodedata.normalize("NFC", name)
    assert "".join(piece for _font, piece, _shaping in font_runs(written)) == written
    for face, piece, _shaping in font_runs(written):
        boxes = [
            letter
            for letter in piece
            if letter not in "\u200c\u200d" and drawn(letter, face) == drawn(LACKING, face)
        ]
        assert boxes == [], face


@pytest.mark.parametrize("name", SAMPLES.values(), ids=SAMPLES)
def test_name_in_any_script_stays_within_the_picture(name):
    title = " ".join([typeset_text(name)] * 3)
    lines, size = pictures.largest_lines(title)
    picture, empty = (Image.open(io.BytesIO(draw(card(text)))).convert("L") for text in (title, ""))
    ink = ImageChops.difference(picture, empty).point(lambda value: 255 if value > 60 else 0).getbbox()

    assert "".join("".join(lines).split()) == "".join(title.split())
    assert not any(joins_neighbor(line[0]) for line in lines)
    assert ink[0] >= MARGIN - 8 and ink[2] <= SIZE[0] - MARGIN + 8
    assert ink[1] >= 110 and ink[3] <= 500


@given(st.text(max_size=50))
@examples(200)
def test_any_text_can_be_drawn_without_boxes(text):
    written = typeset_text(text)

    assert all(has_letter(face, letter) for face, piece, _shaping in font_runs(written) for letter in piece)
    assert typeset_text(written) == written
    assert len(draw(card(written))) > 1000


def test_letters_that_need_shaping_are_not_set_without_it(monkeypatch):
    monkeypatch.setattr(typesetting.features, "check", lambda feature: False)

    set = {script for script, name in SAMPLES.items() if typeset_text(name)}

    assert set == {
        "latin",
        "greek",
        "cyrillic",
        "armenian",
        "georgian",
        "ethiopic",
        "chinese",
        "japanese",
        "korean",
    }


def test_long_words_are_parted_between_letters_with_their_marks():
    for script in ("bengali", "thai", "khmer", "sinhala"):
        lines = typesetting.wrapped(
            typeset_text(SAMPLES[script]).replace(" ", ""), 60, 200, between_words=False
        )

        assert len(lines) > 1
        assert not any(joins_neighbor(line[0]) for line in lines)
        assert all(width_of(line, 60) <= 200 for line in lines)


def test_every_declared_font_is_a_file_with_its_licence():
    files = {path.name for path in FOLDER.iterdir()}

    assert files == {*FONTS, "OFL.txt", "Apache-2.0.txt", "DejaVu.txt"}


def test_fonts_are_not_served():
    served = [path for finder in finders.get_finders() for path, _storage in finder.list([])]

    assert [path for path in served if path.rpartition("/")[2] in FONTS] == []


ACCENTED = "ÀÁÂÃÄÅĀĂÇČÈÉÊËĒĞŁÑÒÓÔÕÖØŐŠŢÙÚÛÜŮŰÝŽàáâãäåāăąçčđèéêëęğłñòóôõöøőšţùúûüůűýž"


@pytest.mark.parametrize("letter", ACCENTED)
def test_accent_keeps_clear_of_the_line_above(letter):
    image = Image.new("L", (200, 400))
    pictures.draw_line(image, (60, 300), letter, 100, "white")
    descent = font(100).getbbox("gjpqy,", anchor="ls")[3]

    assert image.getbbox()[1] >= 300 - 100 * LEADING + descent


@pytest.mark.django_db
def test_name_that_cannot_be_set_gives_way_to_another_one_of_the_organization():
    named = make_organization("𒀀𒀁", slug="nec", names=["NEC"])
    unnamed = make_organization("𒀀𒀂", slug="tokyo-shibaura")
    set = make_organization("日本電気", slug="nippon-denki", names=["NEC"])

    assert organization_card(named).title == "NEC"
    assert organization_card(unnamed).title == "Tokyo shibaura"
    assert organization_card(set).title == "日本電気"
    assert first_writable(["𒀀", "𒀁"]) == ""
