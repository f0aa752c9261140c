"""Asking for files as an analyst does, and reading them."""

import csv
import io
import json
from itertools import zip_longest

import openpyxl
from django.test import Client
from django.urls import reverse
from hypothesis import strategies as st


def get(noun, shape: str, query: str = ""):
    return Client().get(reverse(f"{noun.name}_{shape}"), QUERY_STRING=query)


@st.composite
def queries_that_choose(draw, noun):
    """Query strings that choose something and order it."""
    facets = noun.listing.facets()
    names = st.sampled_from([*facets, *(f"exclude_{name}" for name in facets)])
    # What is asked for cannot be left out at once.
    parts = draw(st.lists(names, max_size=2, unique_by=lambda name: name.removeprefix("exclude_")))
    parts = [f"{name}=none" for name in parts]
    if draw(st.booleans()):
        parts.append(f"sort={draw(st.sampled_from(list(noun.listing.base_filters['sort'].orders)))}")
    if draw(st.booleans()):
        parts.append(f"q={draw(st.sampled_from(['a', 'zeta', 'ab', 'strasse']))}")
    return "&".join(parts)


def raw(response) -> bytes:
    assert response.status_code == 200, response.content
    return response.getvalue()


def csv_rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True))


def xlsx_rows(content: bytes) -> list[dict]:
    sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
    header, *rows = sheet.iter_rows(values_only=True)
    # A row ends with its last filled cell.
    return [dict(zip_longest(header, row)) for row in rows]


def json_pages(noun, query: str) -> list[dict]:
    """The rows of all pages, by following the links."""
    rows, address = [], f"{reverse(f'{noun.name}_json')}?{query}"
    while address:
        answer = json.loads(raw(Client().get(address)))
        rows += answer["rows"]
        address = answer["links"]["next"]
        assert len(rows) <= answer["count"]
    assert len(rows) == answer["count"]
    return rows
