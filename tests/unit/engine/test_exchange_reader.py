"""Foreign files: what is read, and what is refused with the limit it passed."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from kedang.engine.exchange import limits
from kedang.engine.exchange.reader import FileOptions, open_table
from kedang.engine.exchange.writer import write_table
from kedang.kernel.errors import FileRefused

CDNOW = Path(__file__).parents[2] / "data" / "cdnow" / "CDNOW_master.txt"


def read(path, options=None, **how):
    with open_table(path, options, **how) as table:
        return table, [row for batch in table.batches for row in batch]


def cells_of(path, options=None, **how):
    return [row.cells for row in read(path, options, **how)[1]]


def refused(path, options=None):
    with pytest.raises(FileRefused) as caught:
        read(path, options)
    assert caught.value.text
    return caught.value.data["limit"]


def text_file(tmp_path, content, encoding="utf-8"):
    path = tmp_path / "customers.csv"
    path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
    return path


def workbook(tmp_path, *rows, headers=("Name", "Code")):
    path = tmp_path / "customers.xlsx"
    write_table(path, "xlsx", headers, rows)
    return path


def doctored(path, name, content):
    """Return a workbook with one more part, or with a part replaced."""
    other = path.with_name("doctored.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return other


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_usual_encoding_is_found_out(tmp_path, encoding):
    path = text_file(tmp_path, "名称,电话\n港珲机电有限公司,020-83317720\n", encoding)
    table, rows = read(path)
    assert table.headers == ("名称", "电话")
    assert rows[0].cells == ["港珲机电有限公司", "020-83317720"]
    assert table.encoding == encoding.removesuffix("-sig")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_every_usual_separator_is_found_out(tmp_path, separator):
    path = text_file(
        tmp_path, separator.join(["a", "b", "c"]) + "\n" + separator.join(["x, y; z" * 0 + "1", "2", "3"])
    )
    table, rows = read(path)
    assert (table.separator, rows[0].cells) == (separator, ["1", "2", "3"])


def test_the_columns_of_cdnow_are_split_by_runs_of_blanks():
    table, rows = read(CDNOW, FileOptions(names=("id", "date", "quantity", "amount")))
    assert (table.format, table.rows, table.first) == ("columns", 69659, 1)
    assert table.headers == ("id", "date", "quantity", "amount")
    assert rows[0].cells == ["00001", "19970101", "1", "11.77"]
    assert (rows[-1].number, len(rows)) == (69659, 69659)


def test_a_row_keeps_the_number_that_a_sheet_program_shows(tmp_path):
    path = text_file(tmp_path, 'name,note\na,"two\nlines"\n\n,\nb,x\n')
    assert [(row.number, row.cells) for row in read(path)[1]] == [(2, ["a", "two\nlines"]), (5, ["b", "x"])]


def test_mixed_line_ends_are_line_ends(tmp_path):
    path = text_file(tmp_path, "name,note\r\na,1\nb,2\rc,3\r\n")
    assert cells_of(path) == [["a", "1"], ["b", "2"], ["c", "3"]]


def test_a_file_is_read_again_from_any_row(tmp_path):
    path = text_file(tmp_path, "name\n" + "".join(f"n{i}\n" for i in range(2500)))
    assert cells_of(path, after=2400)[0] == ["n2399"]
    assert len(cells_of(path, most=7)) == 7


def test_headings_that_repeat_or_lack_stay_apart(tmp_path):
    path = text_file(tmp_path, "phone,phone,,phone\na,b,c,d\n")
    assert read(path)[0].headers == ("phone", "phone (2)", "#3", "phone (3)")


def test_a_short_row_is_filled_and_a_long_row_is_marked(tmp_path):
    path = text_file(tmp_path, "a,b,c\n1\n1,2,3,4\n1,2,3\n")
    rows = read(path, FileOptions(separator=","))[1]
    assert rows[0].cells == ["1", "", "", ""]
    assert read(path)[0].headers == ("a", "b", "c", "#4")


def test_cells_of_a_workbook_become_plain_text(tmp_path):
    moment = datetime(2026, 11, 3, 1, 30, tzinfo=UTC)
    path = workbook(
        tmp_path, ["客档", Decimal("12.50"), -7, date(2026, 11, 3), moment, None], headers="abcdef"
    )
    assert cells_of(path) == [["客档", "12.5", "-7", "2026-11-03", "2026-11-03 09:30:00", ""]]


def test_a_code_that_a_sheet_program_took_for_a_number_is_marked(tmp_path):
    path = workbook(tmp_path, ["a", 914403001922038.0], ["b", float(440106198001011234)])
    rows = read(path)[1]
    assert (rows[0].cells[1], rows[0].lost) == ("914403001922038", ())
    assert rows[1].lost == (1,)


def test_a_file_over_100_mb_is_refused(tmp_path):
    path = tmp_path / "huge.csv"
    with path.open("wb") as huge:
        huge.truncate(limits.FILE_BYTES + 1)
    assert refused(path) == "size"


def test_a_million_columns_are_refused(tmp_path):
    assert refused(text_file(tmp_path, "," * 1_000_000 + "\n1,2\n")) == "columns"


def test_too_many_rows_are_refused(tmp_path):
    assert refused(text_file(tmp_path, b"1\n" * (limits.ROWS + 1))) == "rows"


@pytest.mark.parametrize("cell", ["x" * 65_537, "客" * 21_846, '"' + "x\n" * 40_000 + '"'])
def test_a_cell_over_64_kib_is_refused(tmp_path, cell):
    assert refused(text_file(tmp_path, f"a,b\n1,{cell}\n")) == "cell"


def test_one_cell_of_90_mb_is_refused_without_being_read_whole(tmp_path):
    path = tmp_path / "cell.csv"
    path.write_bytes(b"a,b\n" + b"x" * 90_000_000)
    assert refused(path) == "cell"


def test_nul_bytes_are_refused(tmp_path):
    assert refused(text_file(tmp_path, b"a,b\n1,\x00\n")) == "nul"


def test_a_file_in_another_encoding_is_refused_before_any_row(tmp_path):
    content = "a,b\n" + "1,2\n" * 5000 + "\xff\xfe,x\n"
    assert refused(text_file(tmp_path, content, "latin-1")) == "encoding"
    path = text_file(tmp_path, "名称\n港珲\n", "gb18030")
    assert refused(path, FileOptions(encoding="utf-8")) == "encoding"


@pytest.mark.parametrize("content", ['a,b\n1,"open', "a,b\n1,2\n3,4\n5"])
def test_a_file_that_was_cut_is_refused(tmp_path, content):
    assert refused(text_file(tmp_path, content)) == "truncated"


def test_a_quotation_mark_that_is_not_doubled_is_refused(tmp_path):
    assert refused(text_file(tmp_path, 'a,b\n"12" pipe",2\n')) == "quotes"


@pytest.mark.parametrize("content", [b"", b"\n\n \n,,\n"])
def test_an_empty_file_is_refused(tmp_path, content):
    assert refused(text_file(tmp_path, content)) == "empty"


@pytest.mark.parametrize("start", [b"%PDF-1.7 ", b"\x89PNG\r\n", b"\xd0\xcf\x11\xe0\xa1\xb1"])
def test_a_file_of_another_kind_is_refused(tmp_path, start):
    assert refused(text_file(tmp_path, start + b"abc")) in {"format", "old_workbook"}


def test_a_missing_file_is_refused(tmp_path):
    assert refused(tmp_path / "none.csv") == "missing"


def test_a_bomb_is_refused_by_its_ratio(tmp_path):
    path = doctored(workbook(tmp_path, ["a", "b"]), "xl/styles.xml", b"<a>" + b" " * 50_000_000 + b"</a>")
    assert refused(path) == "ratio"


def test_an_archive_that_lies_about_its_size_is_refused(tmp_path):
    path = doctored(workbook(tmp_path, ["a", "b"]), "xl/styles.xml", b"<a>" + b"x" * 100_000 + b"</a>")
    content = path.read_bytes()
    true_size, small = (100_007).to_bytes(4, "little"), (10).to_bytes(4, "little")
    assert true_size in content
    path.write_bytes(content.replace(true_size, small))
    assert refused(path) == "damaged"


@pytest.mark.parametrize(
    "prolog", [b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>', b"<!ENTITY y 'z'>"]
)
def test_a_workbook_with_entities_is_refused(tmp_path, prolog):
    content = b'<?xml version="1.0"?>' + prolog + b"<sst>&x;</sst>"
    assert refused(doctored(workbook(tmp_path, ["a", "b"]), "xl/sharedStrings.xml", content)) == "entities"


def test_a_workbook_linked_to_other_files_is_refused(tmp_path):
    linked = doctored(
        workbook(tmp_path, ["a", "b"]), "xl/externalLinks/externalLink1.xml", b"<externalLink/>"
    )
    assert refused(linked) == "links"


def test_a_truncated_workbook_is_refused(tmp_path):
    path = workbook(tmp_path, *([f"n{i}", "x"] for i in range(500)))
    path.write_bytes(path.read_bytes()[:-600])
    assert refused(path) == "damaged"


def test_an_archive_that_is_no_workbook_is_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../etc/passwd", "x")
    assert refused(path) == "format"


def test_a_workbook_too_wide_or_without_the_sheet_is_refused(tmp_path):
    path = tmp_path / "wide.xlsx"
    write_table(path, "xlsx", [f"c{i}" for i in range(513)], [["x"] * 513])
    assert refused(path) == "columns"
    assert refused(workbook(tmp_path, ["a", "b"]), FileOptions(sheet="none")) == "sheet"


def test_a_workbook_that_needs_more_memory_than_allowed_is_refused(tmp_path):
    corner = b'<c r="A1" t="inlineStr"><is><t>x</t></is></c>'
    far = b'<c r="SR1048576" t="inlineStr"><is><t>x</t></is></c>'
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1">' + corner + b'</row><row r="1048576">' + far + b"</row></sheetData></worksheet>"
    )
    path = doctored(workbook(tmp_path, ["a", "b"]), "xl/worksheets/sheet1.xml", sheet)
    assert refused(path) == "memory"


def test_a_file_without_a_name_on_disk_is_read_too(tmp_path):
    path = text_file(tmp_path, "a,b\n1,2\n")
    with path.open("rb") as opened:
        assert cells_of(opened) == [["1", "2"]]


def test_a_hundred_thousand_rows_of_a_sheet_are_not_held_at_once(tmp_path):
    path = tmp_path / "long.csv"
    with path.open("w", newline="") as out:
        sheet = csv.writer(out)
        sheet.writerows([[f"name {i}", i, i * 2] for i in range(100_000)])
    with open_table(path) as table:
        sizes = [len(batch) for batch in table.batches]
    assert (sum(sizes), max(sizes)) == (100_000, 1_000)


def test_an_empty_sheet_has_its_headings():
    target = io.BytesIO()
    write_table(target, "xlsx", ["name", "=cmd"], [])
    assert zipfile.ZipFile(target).read("xl/worksheets/sheet1.xml").count(b"<t>") == 2
