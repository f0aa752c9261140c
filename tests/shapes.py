"""Asking for files as an analyst does, and reading them."""

import csv
import io
import json
from itertools import zip_longest

import openpyxl
from django.test import Client
from django.urls import reverse


def get(noun, shape: str, query: str = ""):
    return Client().get(reverse(f"{noun.name}_{shape}"), QUERY_STRING=query)


def raw(response) -> bytes:
    assert response.status_code == 200, response.content
    return b"".join(response) if response.streaming else response.content


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
