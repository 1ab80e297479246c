"""The columnar copy: refreshed in parts it equals a copy made at once."""

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kedang.insight import store
from kedang.insight.store import Mart, connect

SCHEMA = pa.schema([("id", pa.int64()), ("owner_id", pa.int64()), ("amount", pa.int64())])
MARK = "2026-11-18T00:00:00+00:00"


@pytest.fixture
def engine(tmp_path):
    opened = connect(tmp_path)
    yield opened
    opened.disconnect()


@pytest.fixture
def mart(tmp_path):
    return Mart(tmp_path, "orders", SCHEMA, "here")


def rows_of(mart, engine):
    return {
        row["id"]: (row["owner_id"], row["amount"]) for row in mart.table(engine).to_pyarrow().to_pylist()
    }


def test_before_the_first_refresh_there_is_no_copy(mart, engine):
    with pytest.raises(FileNotFoundError):
        mart.table(engine)


def test_a_changed_row_replaces_the_old_one_and_a_tombstone_removes_it(mart, engine):
    mart.rebuild([[(1, 7, 100, True), (2, 7, 200, True)], [(3, None, 300, True)]], MARK)
    done = mart.merge(engine, [[(2, 8, 250, True), (3, None, 300, False), (4, 9, 400, True)]], MARK)
    assert rows_of(mart, engine) == {1: (7, 100), 2: (8, 250), 4: (9, 400)}
    assert (done.rows, done.base_rows, done.delta_rows) == (3, 3, 3)


def test_a_row_that_comes_back_is_there_again(mart, engine):
    mart.rebuild([[(1, 7, 100, True)]], MARK)
    mart.merge(engine, [[(1, 7, 100, False)]], MARK)
    assert rows_of(mart, engine) == {}
    mart.merge(engine, [[(1, 7, 150, True)]], MARK)
    assert rows_of(mart, engine) == {1: (7, 150)}


def test_nothing_changed_only_moves_the_mark(mart, engine):
    first = mart.rebuild([[(1, 7, 100, True)]], MARK)
    second = mart.merge(engine, [], "2026-11-19T00:00:00+00:00")
    assert (second.base, second.delta, second.mark) == (first.base, "", "2026-11-19T00:00:00+00:00")


def test_an_empty_copy_is_a_copy(mart, engine):
    mart.rebuild([], MARK)
    assert rows_of(mart, engine) == {}


def test_a_reader_that_began_before_a_refresh_keeps_its_files(mart, engine):
    mart.rebuild([[(1, 7, 100, True)]], MARK)
    before = mart.table(engine)
    mart.rebuild([[(1, 7, 999, True)]], MARK)
    assert before.to_pyarrow().to_pylist()[0]["amount"] == 100


def test_old_files_go_after_one_more_refresh(mart, engine):
    for amount in range(5):
        mart.rebuild([[(1, 7, amount, True)]], MARK)
    assert len(list(mart.folder.glob("*.parquet"))) == 2


def test_a_copy_of_another_database_or_shape_is_no_copy(mart, engine, tmp_path):
    mart.rebuild([[(1, 7, 100, True)]], MARK)
    assert Mart(tmp_path, "orders", SCHEMA, "elsewhere").manifest().base == ""
    assert Mart(tmp_path, "orders", SCHEMA.append(pa.field("x", pa.int64())), "here").manifest().base == ""


def test_a_refresh_that_dies_leaves_the_copy_as_it_was(mart, engine):
    mart.rebuild([[(1, 7, 100, True)]], MARK)

    def dying():
        yield [(1, 7, 999, True)]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mart.merge(engine, dying(), MARK)
    assert rows_of(mart, engine) == {1: (7, 100)}
    mart.merge(engine, [[(2, 7, 5, True)]], MARK)
    assert rows_of(mart, engine) == {1: (7, 100), 2: (7, 5)}


ROW = st.tuples(st.integers(1, 12), st.sampled_from([None, 7, 8]), st.integers(-5, 5), st.booleans())
ROUND = st.lists(ROW, max_size=8, unique_by=lambda row: row[0])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=st.lists(ROUND, min_size=1, max_size=5), small=st.booleans())
def test_refreshed_in_parts_equals_made_at_once(tmp_path_factory, engine, monkeypatch, rounds, small):
    monkeypatch.setattr(store, "SMALLEST_MERGE", 2 if small else 1_000)
    mart = Mart(tmp_path_factory.mktemp("home"), "orders", SCHEMA, "here")
    mart.rebuild([], MARK)
    expected: dict[int, tuple] = {}
    for changed in rounds:
        done = mart.merge(engine, [changed[:3], changed[3:]], MARK) if len(changed) > 3 else None
        done = done or mart.merge(engine, [changed] if changed else [], MARK)
        for pk, owner, amount, live in changed:
            expected.pop(pk, None)
            if live:
                expected[pk] = (owner, amount)
        assert rows_of(mart, engine) == expected
        assert done.rows == len(expected)
