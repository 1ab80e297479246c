"""Attacks on the search: what is hidden is not found, not counted, not timed; what is typed stays text."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kedang.engine.records.types import RECORDS
from kedang.engine.search import find, index
from kedang.engine.search.codes import LENGTH, code
from kedang.engine.search.documents import searchable
from kedang.engine.search.terms import NOTHING, Term
from kedang.kernel.actor import Mode, Span
from world import everywhere

pytestmark = pytest.mark.django_db
CUSTOMER = "customers.customer"
HOSTILE = [
    '"', "'", "*", "%", "_", "\\", "''; --", '" OR 1=1 --', "NEAR(红光 酒业, 2)", "红光*", "tokens:红光",
    "{tokens}:红光", "NOT 红光", "-红光", "^红光", "红光 AND", "(红光", "红光 | !酒", "红光 <-> 酒", "红光:*",
    "红光:A", "'红光' & 'x'",
    "\x00红光", "pg_sleep(5)", "'||pg_sleep(5)||'", "engine_search MATCH", "%s %(x)s {0}",
]  # fmt: skip
LONG = [
    "a" * 10_000,
    "红" * 10_000,
    "1" * 10_000,
    "x " * 5_000,
    "huaweijishu" * 900,
    "an" * 5_000,
    "红a" * 5_000,
]


def terms(node):
    return [node] if isinstance(node, Term) else [term for part in node.parts for term in terms(part)]


def test_attack_3_the_index_returns_no_foreign_record_even_before_the_door(world):
    """Without this the time of an answer would tell how many hidden records hold a word."""
    own = world.actor(world.li, everywhere(Span.OWN))
    for kind in searchable():
        for person, row in world.records[kind.key].items():
            node = find.question(own, kind, str(getattr(row, next(iter(kind.search)))))
            [pks] = index.find([index.Question(code(kind.key), node, 100)])
            assert set(pks) <= {world.records[kind.key]["li"].pk}, (kind.key, person)


def test_attack_4_no_token_of_a_hidden_field_is_asked_for(world):
    """A question that never names a field cannot tell its value, however the answer is measured."""
    typed_words = ("红光", "hongguang", "13900000001", "0001", "P-1", "a@b.cn")
    for kind in searchable():
        for name, give in kind.search.items():
            marks = {code(kind.key, name), code(kind.key, name, covered=True)}
            for mode in (Mode.HIDE, Mode.MASK):
                actor = world.actor(world.li, everywhere(Span.ALL), modes={f"{kind.key}.{name}": mode})
                nodes = [
                    find.question(actor, kind, typed, whole=whole)
                    for typed in typed_words
                    for whole in (False, True)
                ]
                asked = [one for node in nodes for one in terms(node) if one.token[:LENGTH] in marks]
                if give == "phone" and mode is Mode.MASK:
                    assert {one.token[LENGTH:] for one in asked} == {"=13900000001", "<0001"}
                    assert not any(one.begins for one in asked)
                else:
                    assert asked == [], (kind.key, name, mode)


def test_attack_6_what_a_pool_covers_is_not_found_by_its_parts(world):
    pooled = world.actor(world.li, everywhere(Span.OWN), pools=frozenset({world.pool.pk}))
    for kind in searchable():
        for name in {*kind.pool_masks} & {*kind.search}:
            covered = code(kind.key, name, covered=True)
            for typed in ("880001", "ming", "91440", "li@abc.com"):
                asked = terms(find.question(pooled, kind, typed))
                assert covered not in {one.token[:LENGTH] for one in asked}, (kind.key, name, typed)


@pytest.mark.parametrize("typed", HOSTILE)
def test_attack_52_signs_of_the_index_are_only_text(world, client, typed):
    own = world.actor(world.li, everywhere(Span.OWN))
    for hit in find.hits(own, searchable(), typed, 20):
        assert {row.pk for row in hit.rows} == {world.records[hit.kind.key]["li"].pk}
    client.force_login(world.chief)
    for path in ("/palette", "/find"):
        assert client.get(path, {"q": typed}).status_code == 200


@pytest.mark.parametrize("typed", LONG, ids=lambda text: text[:3])
def test_attack_56_a_long_search_asks_a_short_question(world, client, typed):
    for kind in searchable():
        assert len(terms(find.question(world.boss, kind, typed[: find.MAX_QUERY]))) < 1_500
    client.force_login(world.chief)
    for path in ("/palette", "/find"):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path, {"q": typed}).status_code == 200
        assert all(len(one["sql"]) < 200_000 for one in asked)


def test_a_question_without_an_answer_asks_nothing(world):
    nobody = world.actor(world.li, {})
    assert all(find.question(nobody, kind, "红光") == NOTHING for kind in searchable())
    assert find.question(world.boss, RECORDS[CUSTOMER], "。，！") == NOTHING
    assert find.question(world.boss, RECORDS[CUSTOMER], "红光") != NOTHING
