"""Laws of pack conditions. Each engine that renders them joins RENDERINGS and is held to the same meaning."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedang.kernel import expr
from kedang.kernel.errors import PackError
from kedang.kernel.expr import All, Among, Compare, Either, Missing, Node, Not, Op

Row = dict[str, object]

EQUALITY, ORDER = (Op.EQ, Op.NE), (Op.LT, Op.LE, Op.GT, Op.GE)
LEVELS = st.sampled_from(["diamond", "gold", "silver", "金'", '"\\'])
AMOUNTS = st.one_of(st.integers(-3, 3), st.sampled_from([Decimal("0.5"), Decimal("-1.25"), Decimal("2.0")]))
DAYS = st.dates(date(2026, 1, 30), date(2026, 2, 2))


def _tests(name: str, values: st.SearchStrategy, ops: tuple[Op, ...]) -> st.SearchStrategy[Node]:
    listed = st.lists(values, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Compare, st.just(name), st.sampled_from(ops), values),
        st.builds(Among, st.just(name), st.sampled_from((Op.IN, Op.NOT_IN)), listed),
        st.just(Missing(name)),
    )


TESTS = st.one_of(
    _tests("level", LEVELS, EQUALITY),
    _tests("amount", AMOUNTS, EQUALITY + ORDER),
    _tests("since", DAYS, EQUALITY + ORDER),
    _tests("active", st.booleans(), EQUALITY),
)


def _joined(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(Not, parts), st.builds(All, several), st.builds(Either, several))


CONDITIONS = st.recursive(TESTS, _joined, max_leaves=6)
ROWS = st.fixed_dictionaries(
    {
        "level": st.none() | st.just("") | LEVELS,
        "amount": st.none() | AMOUNTS,
        "since": st.none() | DAYS,
        "active": st.none() | st.booleans(),
    }
)


def _in_python(node: Node, rows: Sequence[Row]) -> set[int]:
    return {place for place, row in enumerate(rows) if expr.holds(node, row)}


RENDERINGS: dict[str, Callable[[Node, Sequence[Row]], set[int]]] = {"python": _in_python}


def _by_definition(node: Node, row: Row) -> bool:
    """Three-valued logic as SQL has it, unknown made false at each test; apart from the product."""
    match node:
        case Not(part):
            return not _by_definition(part, row)
        case All(parts):
            return min(_by_definition(part, row) for part in parts)
        case Either(parts):
            return max(_by_definition(part, row) for part in parts)
    found = row[node.name]
    blank = found is None or found == ""
    if isinstance(node, Missing):
        return blank
    if blank:
        return False
    if isinstance(node, Among):
        return any(found == value for value in node.values) is (node.op == "in")
    below, same = (found < node.value if node.op not in ("==", "!=") else False), found == node.value
    return {"==": same, "!=": not same, "<": below, "<=": below or same, ">": not below and not same}.get(
        node.op, not below
    )


@pytest.mark.parametrize("engine", RENDERINGS)
@given(node=CONDITIONS, rows=st.lists(ROWS, min_size=1, max_size=8))
def test_every_engine_gives_a_condition_the_same_meaning(engine, node, rows):
    wanted = {place for place, row in enumerate(rows) if _by_definition(node, row)}
    assert RENDERINGS[engine](node, rows) == wanted


@given(CONDITIONS)
def test_what_is_written_is_read_back(node):
    try:
        read = expr.parse(expr.show(node))
    except PackError as error:
        assert "deep" in error.text
    else:
        assert expr.show(read) == expr.show(node)
        assert read == node


@given(CONDITIONS, ROWS)
def test_not_turns_the_answer_round(node, row):
    assert expr.holds(Not(node), row) is not expr.holds(node, row)
    assert expr.holds(Not(Not(node)), row) is expr.holds(node, row)


@given(CONDITIONS, CONDITIONS, ROWS)
def test_de_morgan(one, other, row):
    both = expr.holds(Not(All((one, other))), row)
    assert both is expr.holds(Either((Not(one), Not(other))), row)


@given(TESTS, ROWS)
def test_a_test_of_a_missing_value_is_false_unless_it_asks_for_that(test, row):
    assert expr.holds(test, row | {test.name: None}) is isinstance(test, Missing)


@given(CONDITIONS, ROWS)
def test_an_absent_name_and_an_empty_value_are_alike(node, row):
    filled = {name: value for name, value in row.items() if value not in (None, "")}
    assert expr.holds(node, filled) is expr.holds(node, row)


@settings(max_examples=300)
@given(st.text(max_size=60) | st.text("ab_ =!<>()[]'\",.0123456789-notridsmg\\", max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        node = expr.parse(text)
    except PackError:
        return
    assert expr.holds(node, {}) in (True, False)
    assert expr.parse(expr.show(node)) == node


ANYTHING = st.one_of(
    st.none(), st.text(max_size=3), st.integers(), st.floats(), st.decimals(), st.dates(), st.datetimes(),
    st.booleans(), st.lists(st.integers(), max_size=2), st.binary(max_size=2),
)  # fmt: skip


@given(CONDITIONS, st.dictionaries(st.sampled_from(["level", "amount", "since", "active"]), ANYTHING))
def test_whatever_a_row_holds_there_is_an_answer(node, row):
    assert expr.holds(node, row) in (True, False)
