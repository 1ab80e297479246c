"""Rows that would file a record which looks like one there is: told in the rehearsal, done as a person answers."""

import csv
import io

import pytest

from kedang.areas.customers.models import Customer
from kedang.engine.exchange import pace, uploads, wizard
from kedang.engine.exchange.imports import run_import
from kedang.engine.exchange.mapping import read_mapping
from kedang.engine.records import similar
from kedang.engine.records.similar import Similar
from kedang.engine.records.types import RECORDS
from kedang.kernel import ids
from kedang.kernel.errors import NotVisible

pytestmark = pytest.mark.django_db
CUSTOMER = RECORDS["customers.customer"]
COLUMNS = {"name": "名称", "phone": "电话", "type_key": {"const": "enterprise"}, "country": {"const": "CN"}}
ROWS = [
    ["北京红光酒业", "010-88880001"],
    ["全新的一家公司", "010-88887777"],
    ["北京红光一酒业公司", "010-88880009"],
]


@pytest.fixture
def known(world, monkeypatch):
    """Let every row that says 红光 look like li's customer."""
    mine = world.records[CUSTOMER.key]["li"]

    def finder(actor, rows):
        alike = Similar("suspect", 1.0, ("名称相似",), mine.pk, mine.name)
        beside = [Similar("branch", 1.0, ("分支",), mine.pk, mine.name), Similar("same", 9.0, unit="华南区")]
        return [[alike, *beside] if "红光" in row["name"] else beside for row in rows]

    monkeypatch.setitem(similar.FINDERS, CUSTOMER.key, finder)
    return mine


def uploaded(world, rows):
    out = io.StringIO()
    csv.writer(out).writerows([["名称", "电话"], *rows])
    row = uploads.receive(world.boss, CUSTOMER, "a.csv", [out.getvalue().encode()])
    uploads.state(world.boss, CUSTOMER, row, {"columns": COLUMNS, "mode": "both"})
    wizard.rehearse(world.boss, row.pk, lambda done, total: None)
    row.refresh_from_db()
    return row


@pytest.fixture
def upload(world, known):
    return uploaded(world, ROWS)


def bring_in(world, row):
    return wizard.bring_in(world.boss, row.pk, lambda done, total: None)


def test_the_rehearsal_tells_them_and_nothing_is_filed_unasked(world, known, upload):
    assert (upload.rehearsal["duplicate"], upload.rehearsal["created"]) == (2, 1)
    told = upload.rows.filter(kind="duplicate").first()
    assert told.suspects == [{"id": ids.show(known.pk), "title": known.name, "why": "名称相似"}]
    counts = bring_in(world, upload)
    assert (counts["created"], counts["skipped"]) == (1, 2)


def test_each_row_does_as_was_answered(world, known, upload):
    wizard.answer(upload, 2, ids.show(known.pk))
    wizard.answer(upload, 4, "create")
    counts = bring_in(world, upload)
    assert (counts["created"], counts["updated"], counts["skipped"]) == (2, 1, 0)
    merged = Customer.objects.unscoped(because="test").get(pk=known.pk)
    assert (merged.name, merged.phone) == ("北京红光酒业", "010-88880001")
    assert merged.owner_id == known.owner_id


def test_only_what_was_offered_can_be_answered(world, known, upload):
    theirs = ids.show(world.records[CUSTOMER.key]["wang"].pk)
    for row_no, said in ((2, theirs), (2, "x"), (3, theirs), (99, "create")):
        with pytest.raises(NotVisible):
            wizard.answer(upload, row_no, said)
    upload.refresh_from_db()
    assert upload.answers == {}


def test_an_answer_out_of_reach_is_refused_at_its_row(world, known, upload):
    upload.answers = {"2": ids.show(known.pk)}
    entry_looker = world.actor(
        world.wang, {f"{CUSTOMER.key}:{verb}": "own" for verb in ("view", "create", "import")}
    )
    path = uploads.path_of(upload)
    mapping = read_mapping({"columns": COLUMNS})
    result = run_import(entry_looker, CUSTOMER, path, mapping, dry_run=True, answers=upload.answers)
    assert [problem.code for problem in result.rows[0].problems] == ["not_allowed"]


def test_rows_without_an_answer_are_filed_where_that_was_said_for_all(world, known, upload):
    path, mapping = uploads.path_of(upload), read_mapping({"columns": COLUMNS})
    result = run_import(
        world.boss, CUSTOMER, path, mapping, dry_run=True, answers={"2": "skip"}, otherwise="create"
    )
    assert (result.counts["created"], result.counts["skipped"], result.alike) == (2, 1, 2)
    assert [(one.row, one.done) for one in result.suspected] == [(2, "skip"), (4, "create")]


def test_without_answers_nothing_is_suspected(world, known, upload):
    result = run_import(
        world.boss, CUSTOMER, uploads.path_of(upload), read_mapping({"columns": COLUMNS}), dry_run=True
    )
    assert result.counts["created"] == 3


def test_a_company_on_file_under_another_spelling_is_found_in_the_rows_of_a_file(world):
    out = io.StringIO()
    csv.writer(out).writerows(
        [["名称", "电话"], ["红光一酒业（北京）有限公司", "010-66660001"], ["青山仪器厂", "010-66660002"]]
    )
    row = uploads.receive(world.boss, CUSTOMER, "b.csv", [out.getvalue().encode()])
    uploads.state(world.boss, CUSTOMER, row, {"columns": COLUMNS, "mode": "both"})
    wizard.rehearse(world.boss, row.pk, lambda done, total: None)
    row.refresh_from_db()
    assert (row.rehearsal["duplicate"], row.rehearsal["created"]) == (1, 1)
    told = row.rows.filter(kind="duplicate").first()
    assert [one["title"] for one in told.suspects] == [world.records[CUSTOMER.key]["li"].name]
    assert told.suspects[0]["why"]


TWICE = [
    ["佛山市永兴五金机电有限公司", "0757-82281234"],
    ["全新的一家公司", "010-88887777"],
    ["佛山永兴五金机电有限公司", "0757 8228 1234"],
]


def test_a_company_that_stands_twice_in_a_file_is_filed_once(world):
    row = uploaded(world, TWICE)
    assert (row.rehearsal["created"], row.rehearsal["duplicate"]) == (2, 1)
    told = row.rows.get(kind="duplicate")
    assert (told.row_no, [one["id"] for one in told.suspects]) == (4, [""])
    assert "佛山市永兴五金机电有限公司" in told.suspects[0]["title"]
    with pytest.raises(NotVisible):
        wizard.answer(row, 4, "")
    counts = bring_in(world, row)
    assert (counts["created"], counts["skipped"]) == (2, 1)


def test_who_wants_both_files_both(world):
    row = uploaded(world, TWICE)
    wizard.answer(row, 4, "create")
    assert bring_in(world, row)["created"] == 3


def test_the_rehearsal_and_the_import_agree_wherever_a_batch_ends(world, monkeypatch):
    monkeypatch.setattr(pace.Pace.__init__, "__defaults__", (1, *pace.Pace.__init__.__defaults__[1:]))
    monkeypatch.setattr(pace, "MOST", 1)
    monkeypatch.setattr(pace, "FEWEST", 1)
    row = uploaded(world, TWICE)
    assert (row.rehearsal["created"], row.rehearsal["duplicate"]) == (2, 1)
    counts = bring_in(world, row)
    assert (counts["created"], counts["skipped"]) == (2, 1)
