"""However common a word is and wherever its documents lie, the index gives exactly the newest that hold it."""

import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kedang.engine.search import counted, index
from kedang.engine.search.counted import Counted
from kedang.engine.search.index import MAX_ID, Document, Question, since
from kedang.engine.search.terms import NOTHING, All, Some, Term

pytestmark = [pytest.mark.django_db, pytest.mark.both]
KIND, OTHER = "tst1", "tst2"
PLACES = range(1, 401)
HOLD = {
    "everywhere": lambda place: True,
    "third": lambda place: place % 3 == 0,
    "twentieth": lambda place: place % 20 == 0,
    "rare": lambda place: place in (7, 90, 201, 202, 399),
    "old": lambda place: place < 200,
    "between": lambda place: 150 < place < 190,
    "new": lambda place: place > 396,
    "nowhere": lambda place: False,
}
REACHED = {
    "mine": lambda place: place % 2 == 0,
    "lately": lambda place: place > 300,
    "formerly": lambda place: place < 160,
    "few": lambda place: place in (7, 200, 399),
}
WAYS = ((), *((word,) for word in REACHED), ("formerly", "few"))


@pytest.fixture(params=["analysed", "never analysed", "one type after another"])
def documents(request, monkeypatch):
    for name, number in {"PROBED": 4, "WALKED": 30, "FEW": 12, "SPARE": 0, "PLANNED": 20}.items():
        monkeypatch.setattr(index, name, number)
    counted.forget()
    request.addfinalizer(counted.forget)
    later = 1_000 if request.param == "one type after another" else 0
    index.put(
        [
            document
            for place in PLACES
            for document in (
                Document(place << 20, KIND, frozenset({KIND, *words_of(place)})),
                Document(((place + later) << 20) + 1, OTHER, frozenset({OTHER})),
            )
        ]
    )
    if request.param != "never analysed":
        connection.cursor().execute("ANALYZE engine_searchdocument")
    counted.counted()  # once a minute, and not what is looked at here
    return request.param


def words_of(place):
    return {word for word, holds in (HOLD | REACHED).items() if holds(place)}


def holders(word, below=None, reached=()):
    asked = [
        place for place in reversed(PLACES) if word in words_of(place) and place << 20 < (below or MAX_ID)
    ]
    return [place << 20 for place in asked if not reached or words_of(place) & {*reached}]


def asked_within(word, reached, limit=3, **further):
    """Ask for a word within no reach, one that has one way into it, or two."""
    return Question(KIND, Term(word), limit, tuple(map(Term, reached)), **further)


@pytest.mark.usefixtures("documents")
def test_the_newest_are_found_however_many_there_are():
    asked, expected = [], []
    for word, limit, reached, below, exact in itertools.product(
        HOLD, (1, 7, 30, 1_000), WAYS, (None, 250 << 20, 3 << 20), (False, True)
    ):
        asked.append(asked_within(word, reached, limit, below=below, exact=exact))
        expected.append(holders(word, below, reached)[:limit])
    for question, hits in zip(asked, expected, strict=True):
        assert index.find([question]) == [hits], question
    assert index.find(asked[:50]) == expected[:50]
    assert index.find([]) == []


@pytest.mark.usefixtures("documents")
def test_the_first_are_the_newest_and_the_others_are_hits():
    for word, first, below in itertools.product(HOLD, (0, 1, 5, 40), (None, 250 << 20)):
        every = holders(word, below)
        [found] = index.find([Question(KIND, Term(word), 30, below=below, first=first)])
        assert found[:first] == every[:30][:first]
        assert set(found) <= set(every)
        assert len(found) == len(set(found)) == min(30, len(every))


def test_only_a_word_of_many_that_are_not_new_is_asked_for_again(documents):
    again = {word for word in HOLD if statements(Question(KIND, Term(word), 3)) > 1}
    asked_again = {
        "never analysed": {"old", "between", "twentieth"},
        "analysed": {"old", "between"},
        "one type after another": {"old", "between"},
    }
    assert again == (asked_again[documents] if connection.vendor == "postgresql" else set())
    assert statements(Question(KIND, Term("old"), 3, first=0)) == 1, (
        "how many there are is known from any of them"
    )


@pytest.mark.usefixtures("documents")
@pytest.mark.parametrize("documents", ["analysed"], indirect=True)
def test_a_word_of_most_in_reach_is_not_held_against_the_reach():
    if connection.vendor == "postgresql":
        assert not holds_against("everywhere", ("lately", "few"))
        assert holds_against("old", ("lately", "few"))
        assert holds_against("everywhere", ("formerly",))
    assert statements(asked_within("old", ("mine",), first=0)) == 1, (
        "how many there are is known without the bounds"
    )


def holds_against(word, reached):
    """Say whether PostgreSQL went through all documents of a word within a reach."""
    question = asked_within(word, reached)
    known = counted.counted()
    assert index._common(question, known)
    statement, values = index._select(question, known.bounds_of({KIND})[KIND])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
        plan = cursor.fetchone()[0][0]["Plan"]
    parts = {part.get("Subplan Name"): part for part in plan["Plans"]}
    return parts["CTE hit"]["Actual Loops"] > 0 and ran(parts["CTE hit"])


def ran(part):
    return all(ran(one) for one in part.get("Plans", ())) and part["Actual Loops"] > 0


@pytest.mark.usefixtures("documents")
@pytest.mark.parametrize("documents", ["analysed", "one type after another"], indirect=True)
def test_what_is_recent_is_so_among_the_documents_of_one_type(monkeypatch):
    begins = []
    monkeypatch.setattr(index, "since", lambda *given: begins.append(since(*given)) or begins[-1])
    index.find([Question(KIND, Term("twentieth"), 3)])
    recent = [[place for place in PLACES if place << 20 >= begin] for begin in begins]
    if connection.vendor == "postgresql":
        assert [0 < len(some) < len(PLACES) for some in recent] == [True]


def statements(question):
    """Count the statements that look for documents."""
    with CaptureQueriesContext(connection) as asked:
        index.find([question])
    return sum("tokens @@" in one["sql"] or "MATCH" in one["sql"] for one in asked)


def test_since_when_a_part_of_the_documents_stands():
    bounds = list(range(0, 1_010, 10))  # a hundred groups
    assert since(bounds, MAX_ID, 0.04) == 960
    assert since(bounds, 505, 0.04) == 460
    assert since(bounds, 505, 0.001) == 490, "a whole group at least"
    assert since(bounds, 25, 0.04) == since(bounds, 505, 1.0) == since([5], 9, 0.5) == 0
    assert since([], 505, 0.04) == 505, "nothing is recent where nothing is known"


def test_what_was_counted_is_kept_for_a_while(monkeypatch):
    def reads():
        with CaptureQueriesContext(connection) as asked:
            counted.counted()
        return len(asked)

    counted.forget()
    once = 1 if connection.vendor == "postgresql" else 0
    assert [reads(), reads()] == [once, 0]
    monkeypatch.setattr(counted, "STALE_SECONDS", -1)
    assert reads() == once


def test_the_part_of_all_that_a_question_finds_is_guessed_from_common_tokens():
    known = Counted((), ["ab", "abc", "b"], [0.5, 0.75, 0.25])
    assert known.part(Term("ab")) == 0.5
    assert known.part(Term("a")) == known.part(Term("abcd")) == known.part(NOTHING) == 0
    assert known.part(Term("a", begins=True)) == 0.75
    assert known.part(All((Term("abc"), Term("b")))) == known.part(Some((Term("b"), Term("c")))) == 0.25
