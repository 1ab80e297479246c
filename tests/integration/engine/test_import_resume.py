"""An import that is stopped anywhere goes on where it was, as if nothing had happened."""

import csv
import random

import pytest
from django.db import connection, transaction

from kedang.areas.customers.models import Customer
from kedang.engine.exchange import matching, pace
from kedang.engine.exchange.imports import run_import
from kedang.engine.exchange.mapping import read_mapping
from kedang.engine.exchange.models import ImportProblem, ImportRun
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.records.types import RECORDS
from kedang.engine.records.verify import business_digest, verify
from kedang.kernel.errors import RuleBroken

CUSTOMER, ORDER = RECORDS["customers.customer"], RECORDS["trade.order"]
MAPPING = 'unique = ["no"]\n[columns]\nexternal_no = "no"\nname = { template = "客户 {no}" }\n' \
    'type_key = { const = "individual" }\nlevel_key = "level"'  # fmt: skip
ORDERS = """
    group = ["order"]
    [columns]
    number = "order"
    customer = "no"
    ordered_on = { const = "2026-11-03" }
    status_key = { const = "draft" }
    [lines]
    product = { const = "P-1" }
    quantity = "n"
    price = { const = "2" }
"""
BATCH = 20


class Killed(BaseException):
    """The process died: no handler of ours runs, the database rolls back what was open."""


class Undone(Exception):
    """Take an experiment back."""


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch):
    monkeypatch.setattr(pace.Pace.__init__, "__defaults__", (BATCH, *pace.Pace.__init__.__defaults__[1:]))


@pytest.fixture
def sheet(tmp_path):
    path = tmp_path / "rows.csv"
    chance = random.Random(7)
    with path.open("w", newline="") as out:
        sheet = csv.writer(out)
        sheet.writerow(["no", "level", "order", "n"])
        for place in range(160):
            level = chance.choice(["gold", "silver", "", "none such"])
            sheet.writerow(
                [f"C{chance.randrange(110):03}", level, f"D{place // 3:03}", chance.randrange(1, 9)]
            )
    return path


def steps(world, path):
    return [lambda: run_import(world.boss, CUSTOMER, path, read_mapping(MAPPING)),
            lambda: run_import(world.boss, ORDER, path, read_mapping(ORDERS))]  # fmt: skip


def left_behind():
    problems = list(
        ImportProblem.objects.order_by("run__record", "row_no", "pk").values_list("row_no", "field", "source")
    )
    return business_digest(), HistoryEntry.objects.count(), problems, verify().faults


def experiment(play):
    """Return what an experiment left behind, and take it back."""
    found = None
    try:
        with transaction.atomic():
            play()
            found = left_behind()
            raise Undone
    except Undone:
        return found


def dying_after(statements):
    """Return a wrapper that kills the process before the statement of that number; what follows is the rollback."""
    count = 0

    def wrapper(execute, sql, params, many, context):
        nonlocal count
        count += 1
        if count == statements + 1:
            raise Killed
        return execute(sql, params, many, context)

    return wrapper


def statements_of(play):
    count = 0

    def wrapper(execute, sql, params, many, context):
        nonlocal count
        count += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        found = experiment(play)
    return count, found


def test_killed_at_any_statement_and_started_again_it_ends_the_same(world, sheet):
    total, whole = statements_of(lambda: [step() for step in steps(world, sheet)])
    assert whole[3] == []
    chance = random.Random(20261123)

    def interrupted():
        deaths = 0
        for step in steps(world, sheet):
            while True:
                try:
                    with connection.execute_wrapper(dying_after(chance.randrange(5, total // 3))):
                        step()
                        break
                except Killed:
                    deaths += 1
        assert deaths > 0

    for _ in range(6):
        assert experiment(interrupted) == whole


def test_an_uninterrupted_run_is_not_resumed_but_begun_again(world, sheet):
    first = run_import(world.boss, CUSTOMER, sheet, read_mapping(MAPPING))
    second = run_import(world.boss, CUSTOMER, sheet, read_mapping(MAPPING))
    assert first.run.pk != second.run.pk
    assert second.counts["unchanged"] == first.counts["created"]
    assert second.counts["rows"] == first.counts["rows"] == 160


def stopped_once(world, sheet, mapping=MAPPING, after=60):
    with pytest.raises(Killed), connection.execute_wrapper(dying_after(after)):
        run_import(world.boss, CUSTOMER, sheet, read_mapping(mapping))
    return ImportRun.objects.get(state=ImportRun.RUNNING)


def test_the_counts_of_a_resumed_run_are_those_of_the_whole_file(world, sheet):
    run = stopped_once(world, sheet)
    assert 0 < run.cursor < 160
    done = run.counts["created"]
    assert Customer.objects.unscoped(because="test").filter(external_no__startswith="C").count() == done
    result = run_import(world.boss, CUSTOMER, sheet, read_mapping(MAPPING))
    assert (result.run.pk, result.counts["rows"]) == (run.pk, 160)
    assert result.run.state == ImportRun.DONE


def test_another_mapping_file_or_actor_does_not_continue_a_run(world, sheet):
    run = stopped_once(world, sheet)
    other = run_import(world.boss, CUSTOMER, sheet, read_mapping(MAPPING + '\ncountry = { const = "CN" }'))
    assert other.run.pk != run.pk
    fresh = run_import(world.boss, CUSTOMER, sheet, read_mapping(MAPPING), resume=False)
    assert fresh.run.pk != run.pk


def test_two_processes_cannot_work_on_one_run(world, sheet, monkeypatch):
    run = stopped_once(world, sheet)
    settle = matching.Matcher.settle

    def overtaken(self, entries, **how):
        ImportRun.objects.filter(pk=run.pk).update(cursor=run.cursor + 1)
        settle(self, entries, **how)

    monkeypatch.setattr(matching.Matcher, "settle", overtaken)
    before = business_digest()
    with pytest.raises(RuleBroken):
        run_import(world.boss, CUSTOMER, sheet, read_mapping(MAPPING))
    assert business_digest() == before
