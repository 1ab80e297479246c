"""An import is its actor: it sees, makes and changes what the actor may, row by row."""

import csv

import pytest

from kedang.areas.customers.models import Customer
from kedang.engine.exchange.foresight import Unsure
from kedang.engine.exchange.imports import run_import
from kedang.engine.exchange.mapping import read_mapping
from kedang.engine.exchange.models import ImportProblem, ImportRun
from kedang.engine.exchange.passage import Passage
from kedang.engine.exchange.reader import Row
from kedang.engine.exchange.rows import Plan
from kedang.engine.exchange.suspects import Judge
from kedang.engine.ledger.models import AccessLog
from kedang.engine.records import hidden
from kedang.engine.records.types import RECORDS
from kedang.engine.records.verify import business_digest
from kedang.kernel.actor import Span
from kedang.kernel.errors import Invalid, LimitReached, NotAllowed

CUSTOMER = RECORDS["customers.customer"]
MAPPING = '[columns]\nexternal_no = "no"\nname = "name"\ntype_key = { const = "individual" }\n'


def spans(**verbs):
    return {f"customers.customer:{verb}": span for verb, span in verbs.items()}


OWN = spans(**dict.fromkeys(("view", "create", "change", "import"), Span.OWN))


@pytest.fixture
def bring(world, tmp_path):
    def run(actor, rows, mapping=MAPPING, headings=("no", "name", "owner", "unit"), **how):
        path = tmp_path / "rows.csv"
        with path.open("w", newline="") as out:
            csv.writer(out).writerows([headings, *rows])
        return run_import(actor, CUSTOMER, path, read_mapping(mapping), **how)

    return run


def codes(result):
    return [(p.row_no, p.field, p.code) for p in ImportProblem.objects.filter(run=result.run)]


def filed(name):
    return Customer.objects.unscoped(because="test").get(name=name)


def test_without_the_right_to_import_nothing_is_read(world, bring):
    with pytest.raises(NotAllowed):
        bring(world.actor(world.li, spans(view=Span.OWN, create=Span.OWN)), [["1", "a"]])
    with pytest.raises(NotAllowed):
        bring(world.actor(world.li, spans(view=Span.OWN, **{"import": Span.OWN})), [["1", "a"]])


def test_who_may_only_change_creates_nothing(world, bring):
    bring(world.boss, [["X1", "老客户"]], MAPPING + 'owner = { const = "li" }')
    keeper = world.actor(world.li, spans(view=Span.OWN, change=Span.OWN, **{"import": Span.OWN}))
    result = bring(keeper, [["X1", "老客户改名"], ["X2", "新客户"]])
    assert (result.counts["updated"], codes(result)) == (1, [(3, "", "not_allowed")])


def test_who_may_only_create_changes_nothing(world, bring):
    bring(world.boss, [["X1", "老客户"]], MAPPING + 'owner = { const = "li" }')
    adder = world.actor(world.li, spans(view=Span.OWN, create=Span.OWN, **{"import": Span.OWN}))
    result = bring(adder, [["X1", "老客户改名"], ["X2", "新客户"]])
    assert (result.counts["created"], codes(result)) == (1, [(2, "", "not_allowed")])
    assert filed("老客户").version == 1


def test_a_hidden_duplicate_is_told_without_saying_whose_it_is(world, bring):
    bring(world.boss, [["X1", "王家"]], MAPPING + 'owner = { const = "wang" }')
    li = world.actor(world.li, OWN)
    result = bring(li, [["X1", "王家的新名字"]])
    (problem,) = ImportProblem.objects.filter(run=result.run)
    assert (problem.field, problem.code) == ("external_no", "on_file")
    assert "华南区" in problem.text
    secret = filed("王家")
    assert not any(part in problem.text for part in ("王家", "王芳", secret.number, str(secret.pk)))
    look = AccessLog.objects.get(kind="on_file")
    assert (look.user_id, look.rows, look.record_id) == (world.li.pk, 1, None)


def test_a_batch_that_is_checked_ahead_counts_no_try(world, bring):
    bring(world.boss, [["W1", "别人的客户"]], MAPPING + 'owner = { const = "wang" }')
    li = world.actor(world.li, OWN)
    plan = Plan(li, CUSTOMER, read_mapping(MAPPING), ("no", "name"))
    passage = Passage(li, plan, ImportRun(started_by_id=li.user_id), Judge(li, CUSTOMER, None))
    batch = list(plan.entries([Row(2, ["W1", "甲"]), Row(3, ["W2", "乙"])], 0))
    with pytest.raises(Unsure):
        passage.take_ahead(batch, [], frozenset)
    assert AccessLog.objects.filter(kind=hidden.CODE).count() == 0
    assert not Customer.objects.unscoped(because="test").filter(name="乙").exists()


def test_tries_at_hidden_records_are_limited_a_day(world, bring, monkeypatch):
    monkeypatch.setattr(hidden, "HITS_A_DAY", 3)
    bring(world.boss, [[f"X{n}", f"王家{n}"] for n in range(5)], MAPPING + 'owner = { const = "wang" }')
    li = world.actor(world.li, OWN)
    bring(li, [["X0", "a"], ["X1", "b"]])
    before = business_digest()
    with pytest.raises(LimitReached):
        bring(li, [["X2", "a"], ["X3", "b"]], dry_run=True)
    assert business_digest() == before


def test_a_record_that_is_seen_but_not_ours_to_change_is_refused(world, bring):
    bring(world.boss, [["X1", "王家"]], MAPPING + 'owner = { const = "wang" }')
    result = bring(world.actor(world.li, OWN | spans(view=Span.ALL)), [["X1", "王家改名"]])
    assert codes(result) == [(2, "", "not_allowed")]
    assert filed("王家").version == 1


def test_owner_and_unit_are_for_who_may_assign(world, bring):
    mapping = MAPPING + 'owner = "owner"\nunit = "unit"'
    rows = [
        ["1", "甲", "wang", ""],
        ["2", "乙", "", "华南区"],
        ["3", "丙", "li", "华北区"],
        ["4", "丁", "", ""],
    ]
    result = bring(world.actor(world.li, OWN), rows, mapping)
    assert codes(result) == [(2, "owner", "not_assignable"), (3, "unit", "not_assignable")]
    assert (filed("丙").owner_id, filed("丁").owner_id) == (world.li.pk, world.li.pk)
    boss = bring(world.boss, rows[:2], mapping)
    assert boss.counts["created"] == 2
    assert (filed("甲").owner_id, filed("甲").unit_id) == (world.wang.pk, world.south.pk)
    assert filed("乙").unit_id == world.south.pk


def test_an_owner_who_left_or_never_was_is_refused(world, bring):
    world.wang.is_active = False
    world.wang.save()
    result = bring(
        world.boss, [["1", "甲", "wang", ""], ["2", "乙", "张工", ""]], MAPPING + 'owner = "owner"'
    )
    assert codes(result) == [(2, "owner", "not_found"), (3, "owner", "not_found")]


def test_an_owner_is_not_changed_by_an_import(world, bring):
    mapping = MAPPING + 'owner = "owner"'
    bring(world.boss, [["1", "甲", "li", ""]], mapping)
    assert bring(world.boss, [["1", "甲", "li", ""]], mapping).counts["unchanged"] == 1
    result = bring(world.boss, [["1", "甲", "wang", ""]], mapping)
    assert codes(result) == [(2, "owner", "not_assignable")]
    assert filed("甲").owner_id == world.li.pk


def test_a_field_that_is_hidden_from_the_actor_cannot_be_filled(world, bring):
    with pytest.raises(Invalid) as caught:
        bring(world.actor(world.li, OWN), [["1", "a", "9"]], MAPPING + 'credit_limit = "owner"')
    assert {problem.field for problem in caught.value.problems} == {"columns.credit_limit"}


def test_a_refused_row_names_no_record_the_actor_may_not_see(world, bring):
    mapping = '[columns]\nname = "name"\ncustomer = "no"'
    path_kind = RECORDS["customers.contact"]
    li = world.actor(
        world.li, OWN | {f"customers.contact:{v}": Span.FOLLOW for v in ("view", "create", "import")}
    )
    hidden = world.records["customers.customer"]["wang"]
    import tempfile
    from pathlib import Path

    from kedang.engine.exchange.imports import run_import as go

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.csv"
        path.write_text(f"no,name\n{hidden.name},李四\n没有这家,李四\n", "utf-8")
        result = go(li, path_kind, path, read_mapping(mapping))
    texts = [
        p.text.replace(hidden.name, "?").replace("没有这家", "?")
        for p in ImportProblem.objects.filter(run=result.run)
    ]
    assert len(texts) == 2
    assert texts[0] == texts[1]
