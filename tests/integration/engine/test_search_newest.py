"""However common a word is and wherever its documents lie, the index gives exactly the newest that hold it."""

import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kedang.engine.search import index
from kedang.engine.search.index import MAX_ID, Document, Question, since
from kedang.engine.search.terms import Term

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


@pytest.fixture(params=["analysed", "never analysed", "one type after another"])
def documents(request, monkeypatch):
    for name, number in {"PROBED": 4, "WALKED": 30, "FEW": 12, "PLANNED": 20}.items():
        monkeypatch.setattr(index, name, number)
    later = 1_000 if request.param == "one type after another" else 0
    index.put(
        [
            document
            for place in PLACES
            for document in (
                Document(place << 20, KIND, frozenset({KIND, *(word for word in HOLD if HOLD[word](place))})),
                Document(((place + later) << 20) + 1, OTHER, frozenset({OTHER})),
            )
        ]
    )
    if request.param != "never analysed":
        connection.cursor().execute("ANALYZE engine_searchdocument")


def holders(word, below=None):
    return [
        place << 20 for place in reversed(PLACES) if HOLD[word](place) and place << 20 < (below or MAX_ID)
    ]


@pytest.mark.usefixtures("documents")
def test_the_newest_are_found_however_many_there_are():
    asked = [
        Question(KIND, Term(word), limit, narrow=narrow, below=below, exact=exact)
        for word, limit, narrow, below, exact in itertools.product(
            HOLD, (1, 7, 30, 1_000), (False, True), (None, 250 << 20, 3 << 20), (False, True)
        )
    ]
    for question in asked:
        [found] = index.find([question])
        assert found == holders(question.node.token, question.below)[: question.limit], question
    assert index.find(asked[:50]) == [index.find([question])[0] for question in asked[:50]]
    assert index.find([]) == []


@pytest.mark.usefixtures("documents")
def test_the_first_are_the_newest_and_the_others_are_hits():
    for word, first, below in itertools.product(HOLD, (0, 1, 5, 40), (None, 250 << 20)):
        every = holders(word, below)
        [found] = index.find([Question(KIND, Term(word), 30, below=below, first=first)])
        assert found[:first] == every[:30][:first]
        assert set(found) <= set(every)
        assert len(found) == len(set(found)) == min(30, len(every))


@pytest.mark.usefixtures("documents")
def test_only_a_word_of_many_that_are_not_new_is_asked_for_again():
    again = {word for word in HOLD if asks(Question(KIND, Term(word), 3)) > 1}
    assert again == ({"old", "between", "twentieth"} if connection.vendor == "postgresql" else set())
    assert asks(Question(KIND, Term("old"), 3, first=0)) == 1, "how many there are is known from any of them"
    assert asks(Question(KIND, Term("old"), 3, narrow=True)) == 1


@pytest.mark.usefixtures("documents")
@pytest.mark.parametrize("documents", ["analysed", "one type after another"], indirect=True)
def test_what_is_recent_is_so_among_the_documents_of_one_type(monkeypatch):
    begins = []
    monkeypatch.setattr(index, "SPARE", 0)
    monkeypatch.setattr(index, "since", lambda *given: begins.append(since(*given)) or begins[-1])
    index.find([Question(KIND, Term("twentieth"), 3)])
    recent = [[place for place in PLACES if place << 20 >= begin] for begin in begins]
    if connection.vendor == "postgresql":
        assert [0 < len(some) < len(PLACES) for some in recent] == [True]


def asks(question):
    with CaptureQueriesContext(connection) as asked:
        index.find([question])
    return len(asked)


def test_since_when_a_part_of_the_documents_stands():
    bounds = list(range(0, 1_010, 10))  # a hundred groups
    assert since(bounds, MAX_ID, 0.04) == 960
    assert since(bounds, 505, 0.04) == 460
    assert since(bounds, 505, 0.001) == 490, "a whole group at least"
    assert since(bounds, 25, 0.04) == since(bounds, 505, 1.0) == since([5], 9, 0.5) == 0
    assert since([], 505, 0.04) == 505, "nothing is recent where nothing is known"
