"""Rows come out of a file as they were written, each with its line."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from partners.exchange.package.gaps import Gaps
from partners.exchange.package.layout import SHEET_OF
from partners.exchange.package.problems import PackageProblems
from partners.exchange.package.progress import ProgressLine, silent
from partners.exchange.package.reading import raw_rows, read_sheet
from partners.texts import tidy
from tests.laws import examples
from tests.packages import copy_shipped, spoil

SECTORS = SHEET_OF["sectors"]
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('\n\t",; '), max_size=8)


@examples(100)
@given(st.lists(st.lists(TEXTS, min_size=2, max_size=5), max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_rows_are_read_as_they_were_written(rows, line_end):
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator=line_end).writerows(rows)
    file.seek(0)
    problems = PackageProblems()

    found = list(raw_rows(file, SECTORS, problems))

    breaks = [sum(cell.count("\n") for cell in row) for row in rows]
    lines = [1 + number + sum(breaks[:number]) for number in range(len(rows))]
    # A spreadsheet program writes rows of nothing but commas after the last one.
    assert found == [
        (line, row)
        for line, row in zip(lines, rows, strict=True)
        if any(tidy(cell, many_lines=True) for cell in row)
    ]
    assert problems.count == 0


@examples(100)
@given(st.binary(max_size=200))
def test_no_bytes_end_in_a_traceback(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("bytes")
    (folder / "sectors.csv").write_bytes(b"sector,name_en,name_nl,description_en,description_nl\n" + data)

    for row in read_sheet(folder, SECTORS, PackageProblems(), Gaps(), silent):
        assert len(row.cells) == 5
        "".join(row.cells).encode()


def test_lists_are_read_in_one_order(tmp_path):
    folder = copy_shipped(tmp_path)
    spoil(folder, "organizations", sectors="hpc-systems;ai-models")
    sheet = SHEET_OF["organizations"]

    row = next(read_sheet(folder, sheet, PackageProblems(), Gaps(), silent))

    assert row.cells[sheet.names.index("sectors")] == "ai-models;hpc-systems"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_drawn_on_a_terminal_and_taken_away(monkeypatch):
    monkeypatch.setattr("partners.exchange.package.progress.SECONDS_BEFORE_FIRST", 0)
    terminal = Terminal()
    progress = ProgressLine(terminal)

    progress("Saving organizations", 50, 200)
    progress.clear()

    assert "[#####               ]  25%  Saving organizations" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_short_jobs_and_files_show_no_progress():
    for stream in (Terminal(), io.StringIO()):
        progress = ProgressLine(stream)
        progress("Saving organizations", 50, 200)
        progress.clear()
        assert stream.getvalue() == ""
