"""Sheets that leave the house: safe to open, exact to read back."""

import csv
import io
import tracemalloc
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from kedang.engine.exchange.reader import open_table
from kedang.engine.exchange.writer import csv_chunks, write_table
from kedang.kernel.errors import FileRefused

DANGEROUS = ["=1+1", "+1+1", "@SUM(A1)", "\t=1", " =1", "\u200b=1", "＝1", "-1+1"]


def as_csv(headers, rows):
    return b"".join(csv_chunks(headers, rows)).decode("utf-8-sig")


def test_a_csv_file_begins_with_its_mark():
    assert b"".join(csv_chunks(["a"], [])).startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_cell_and_no_heading_begins_a_formula(text):
    rows = list(csv.reader(io.StringIO(as_csv([text], [[text]]))))
    assert all(cell.startswith("'") for row in rows for cell in row)
    target = io.BytesIO()
    write_table(target, "xlsx", [text], [[text]])
    sheet = zipfile.ZipFile(target).read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<t>'") + sheet.count('<t xml:space="preserve">\'') == 2
    assert "<f>" not in sheet


def test_a_negative_number_stays_a_number():
    assert as_csv(["a"], [[Decimal("-5.20")], [-3]]).split() == ["a", "-5.20", "-3"]
    target = io.BytesIO()
    write_table(target, "xlsx", ["a"], [[Decimal("-5.20")]])
    assert "<v>-5.2</v>" in zipfile.ZipFile(target).read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.parametrize("layout", ["csv", "xlsx"])
def test_what_is_written_is_read_back(tmp_path, layout):
    path = tmp_path / f"out.{layout}"
    row = [
        "客档,“x”\n二行",
        Decimal("12.50"),
        7,
        date(2026, 11, 3),
        datetime(2026, 11, 3, 0, 15, tzinfo=UTC),
        True,
        None,
    ]
    assert write_table(path, layout, "abcdefg", [row] * 3) == 3
    with open_table(path) as table:
        cells = [read.cells for batch in table.batches for read in batch]
    assert table.headers == tuple("abcdefg")
    amount = "12.50" if layout == "csv" else "12.5"
    assert (
        cells == [["客档,“x”\n二行", amount, "7", "2026-11-03", "2026-11-03 08:15:00", cells[0][5], ""]] * 3
    )


def test_two_headings_that_look_alike_stay_two_columns(tmp_path):
    path = tmp_path / "out.xlsx"
    write_table(path, "xlsx", ["=a", "'=a", "phone", "phone"], [["1", "2", "3", "4"]])
    with open_table(path) as table:
        assert table.headers == ("=a", "'=a", "phone", "phone (2)")
        assert next(table.batches)[0].cells == ["1", "2", "3", "4"]


def test_a_figure_too_long_for_a_sheet_is_written_as_text(tmp_path):
    path = tmp_path / "out.xlsx"
    write_table(path, "xlsx", ["a", "b"], [[Decimal("12345678901234567.89"), 1234567890123456]])
    with open_table(path) as table:
        row = next(table.batches)[0]
    assert (row.cells, row.lost) == (["12345678901234567.89", "1234567890123456"], ())


def test_a_text_too_long_for_a_sheet_is_refused_there_and_written_as_csv():
    with pytest.raises(FileRefused):
        write_table(io.BytesIO(), "xlsx", ["a"], [["x" * 40_000]])
    assert len(as_csv(["a"], [["x" * 40_000]])) > 40_000


def test_an_unknown_form_is_refused():
    with pytest.raises(FileRefused):
        write_table(io.BytesIO(), "ods", ["a"], [])


@pytest.mark.parametrize("layout", ["csv", "xlsx"])
def test_memory_does_not_grow_with_the_rows(tmp_path, layout):
    row = ["广州市澜石水务设备公司", Decimal("12.5"), None] * 4
    tracemalloc.start()
    write_table(tmp_path / "out", layout, [str(n) for n in range(12)], (row for _ in range(20_000)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000
