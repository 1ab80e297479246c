"""Rows that would file a record which looks like one there is: told in the rehearsal, done as a person answers."""

import csv
import io

import pytest

from kedang.areas.customers.models import Customer
from kedang.engine.exchange import suspects, uploads, wizard
from kedang.engine.exchange.imports import run_import
from kedang.engine.exchange.mapping import read_mapping
from kedang.engine.exchange.suspects import Suspect
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

    def finder(actor, kind, rows):
        rows = [row["name"] for row in rows]
        return [[Suspect(mine.pk, mine.name, "名称相似")] if "红光" in name else [] for name in rows]

    monkeypatch.setitem(suspects.FINDERS, CUSTOMER.key, finder)
    return mine


@pytest.fixture
def upload(world, known):
    out = io.StringIO()
    csv.writer(out).writerows([["名称", "电话"], *ROWS])
    row = uploads.receive(world.boss, CUSTOMER, "a.csv", [out.getvalue().encode()])
    uploads.state(world.boss, CUSTOMER, row, {"columns": COLUMNS, "mode": "both"})
    wizard.rehearse(world.boss, row.pk, lambda done, total: None)
    row.refresh_from_db()
    return row


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


def test_without_answers_as_on_the_command_line_nothing_is_suspected(world, known, upload):
    result = run_import(
        world.boss, CUSTOMER, uploads.path_of(upload), read_mapping({"columns": COLUMNS}), dry_run=True
    )
    assert result.counts["created"] == 3
