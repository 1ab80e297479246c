"""Documents follow records; a search answers each actor with what that actor may find."""

import pytest
from django.db import connection

from kedang.engine.actions.batch import Kind, Row, batch_save
from kedang.engine.actions.perform import perform
from kedang.engine.identity.models import RecordShare
from kedang.engine.ledger.outbox import deliver_some
from kedang.engine.records.types import RECORDS
from kedang.engine.search import find, index
from kedang.engine.search.models import SearchBuild, SearchDocument
from kedang.engine.search.rebuild import rebuild_some, standing, start_again
from kedang.kernel.actor import Mode, Share, Span
from world import VERBS, everywhere

pytestmark = pytest.mark.django_db
CUSTOMER, CONTACT, ORDER = "customers.customer", "customers.contact", "trade.order"


def found(actor, typed, key=CUSTOMER, *, archived=False):
    kind = RECORDS[key]
    rows = kind.model.objects.visible_to(actor, archived=archived)
    return {str(row) for row in rows.filter(find.found_by(actor, kind, typed, archived=archived))}


def spans(whole, hanging=Span.FOLLOW):
    return {
        f"{key}:{verb}": hanging if kind.follows else whole for key, kind in RECORDS.items() for verb in VERBS
    }


ONE, TWO, THREE = (f"北京红光{n}酒业有限公司" for n in "一二三")


@pytest.mark.parametrize("typed", ["红光", "hongguang", "bjhg", "红光 酒业", "紅光"])
def test_each_finds_what_is_within_reach(world, typed):
    own = world.actor(world.li, spans(Span.OWN))
    below = world.actor(world.li, spans(Span.BELOW))
    custom = world.actor(world.li, spans(Span.CUSTOM), custom_units=frozenset({world.south.pk}))
    assert found(own, typed) == {ONE}
    assert found(below, typed) == {ONE, TWO}
    assert found(custom, typed) == {ONE, THREE}
    assert found(world.boss, typed) == {ONE, TWO, THREE}
    assert found(world.actor(world.li, {}), typed) == set()


def test_the_question_itself_stays_within_reach(world):
    """The door would drop the rest; the index must not even return it, or time would tell."""
    kind = RECORDS[CUSTOMER]
    own = world.actor(world.li, spans(Span.OWN))
    [pks] = index.find([index.Question(find.code(kind.key), find.question(own, kind, "红光"), 100)])
    assert pks == [world.records[CUSTOMER]["li"].pk]


def test_a_shared_record_is_found(world):
    pk = world.records[CUSTOMER]["wang"].pk
    own = world.actor(world.li, spans(Span.OWN), shares={CUSTOMER: (Share(pk, "view"),)})
    assert found(own, "红光") == {ONE, THREE}
    assert len(found(own, "联系 张伟", CONTACT)) == 0
    contact = world.records[CONTACT]["wang"]
    assert contact.pk in {
        row.pk for hit in find.hits(own, [RECORDS[CONTACT]], "张伟", 10) for row in hit.rows
    }


def test_a_record_is_found_by_what_it_is_now(world):
    pk = world.records[CUSTOMER]["li"].pk
    perform(world.boss, f"{CUSTOMER}.update", pk, {"name": "上海蓝天水务有限公司"})
    assert found(world.boss, "蓝天") == {"上海蓝天水务有限公司"}
    assert ONE not in found(world.boss, "红光")


def test_what_hangs_on_a_customer_moves_with_it(world):
    customer = world.records[CUSTOMER]["li"]
    wang = world.actor(world.wang, spans(Span.OWN))
    perform(world.boss, f"{CUSTOMER}.assign", customer.pk, {"owner": world.wang.pk})
    deliver_some()
    assert found(wang, "红光") == {ONE, THREE}
    assert {row.pk for row in find.hits(wang, [RECORDS[CONTACT]], "zhangwei", 10)[0].rows} == {
        world.records[CONTACT]["li"].pk, world.records[CONTACT]["wang"].pk,
    }  # fmt: skip
    number = world.records[ORDER]["li"].number
    assert found(wang, number, ORDER) == {number}


def test_what_lies_in_the_archive_hold_is_found_there_only(world):
    pk = world.records[CONTACT]["li"].pk
    perform(world.boss, f"{CONTACT}.archive", pk, reason="离职")
    kind = RECORDS[CONTACT]
    assert pk not in {row.pk for row in find.hits(world.boss, [kind], "张伟", 10)[0].rows}
    assert found(world.boss, "张伟", CONTACT, archived=True) == {"张伟"}
    perform(world.boss, f"{CONTACT}.restore", pk)
    assert found(world.boss, "张伟", CONTACT, archived=True) == set()
    assert pk in {row.pk for row in find.hits(world.boss, [kind], "张伟", 10)[0].rows}


def test_an_import_is_found_once_the_worker_has_been(world):
    rows = [
        Row({"name": f"成都甲{n}商贸", "type_key": "enterprise", "country": "CN", "phone": f"0286666{n:04}",
             "region_code": "510100"})
        for n in range(30)
    ]  # fmt: skip
    assert {one.kind for one in batch_save(world.boss, RECORDS[CUSTOMER], rows)} == {Kind.CREATED}
    assert found(world.boss, "成都") == set()
    deliver_some()
    assert len(found(world.boss, "成都")) == 30


def test_a_masked_phone_tells_only_to_who_knows_it(world):
    masked = world.actor(world.li, spans(Span.OWN), modes={f"{CUSTOMER}.phone": Mode.MASK})
    hidden = world.actor(world.li, spans(Span.OWN), modes={f"{CUSTOMER}.phone": Mode.HIDE})
    plain = world.actor(world.li, spans(Span.OWN))
    perform(world.boss, f"{CUSTOMER}.update", world.records[CUSTOMER]["li"].pk, {"phone": "010-66667788"})
    for typed, seen in (
        ("01066667788", (1, 1, 0)),
        ("7788", (1, 1, 0)),
        ("667788", (1, 0, 0)),
        ("01066", (1, 0, 0)),
    ):
        assert tuple(len(found(one, typed)) for one in (plain, masked, hidden)) == seen, typed


def test_a_pool_covers_phones_from_those_who_only_reach_the_pool(world):
    customer = world.records[CUSTOMER]["li"]
    from kedang.engine.scope.doors import writing

    with writing("test"):
        rows = type(customer).objects.unscoped(because="test").filter(pk=customer.pk)
        rows.update(owner=None, pool=world.pool)
    start_again()
    rebuild_some()
    visitor = world.actor(world.wang, spans(Span.OWN), pools=frozenset({world.pool.pk}))
    assert ONE in found(visitor, "红光")
    assert [len(found(visitor, typed)) for typed in ("0001", "01088880001", "880001")] == [1, 1, 0]
    assert [len(found(world.boss, typed)) for typed in ("0001", "01088880001", "880001")] == [1, 1, 1]
    contact = world.records[CONTACT]["li"]
    for typed, seen in (("13900000001", True), ("000001", False)):
        rows = [row.pk for hit in find.hits(visitor, [RECORDS[CONTACT]], typed, 10) for row in hit.rows]
        assert (contact.pk in rows) is seen


def test_exact_hits_stand_first(world):
    number = world.records[CUSTOMER]["li"].number
    perform(world.boss, f"{CUSTOMER}.update", world.records[CUSTOMER]["wang"].pk, {"short_name": number})
    hit = find.hits(world.boss, [RECORDS[CUSTOMER]], number, 10)[0]
    assert hit.rows[0].number == number
    assert hit.exact == {world.records[CUSTOMER]["li"].pk}


def test_nothing_changes_in_the_index_when_nothing_to_find_by_changed(world):
    kind, row = RECORDS[CUSTOMER], world.records[CUSTOMER]["li"]
    before = SearchDocument.objects.filter(pk=row.pk).values_list("tokens", flat=True)[0]
    perform(world.boss, f"{CUSTOMER}.update", row.pk, {"next_step": "回访"})
    assert SearchDocument.objects.filter(pk=row.pk).values_list("tokens", flat=True)[0] == before
    from kedang.engine.search.documents import documents_of

    stored = kind.model.objects.unscoped(because="test").get(pk=row.pk)
    assert index.put(documents_of(kind, [stored])) == 0


def test_a_rebuild_that_is_stopped_goes_on_and_drops_what_is_gone(world, monkeypatch):
    rebuild_some()
    SearchDocument.objects.filter(pk=world.records[CUSTOMER]["li"].pk).delete()
    if connection.vendor == "sqlite":  # the index beside the table is told too, as a restore would
        connection.cursor().execute("INSERT INTO engine_search(engine_search) VALUES('rebuild')")
    index.put([index.Document(5, find.code(CUSTOMER), frozenset({"nothing"}))])
    assert [one.missing for one in standing() if one.kind.key == CONTACT] == [0]
    assert found(world.boss, "红光") == {TWO, THREE}
    start_again()
    monkeypatch.setattr("kedang.engine.search.rebuild.GROUP", 2)
    monkeypatch.setattr("kedang.engine.search.rebuild.GAP_SECONDS", 0)
    calls = 0
    while rebuild_some(seconds=0):
        calls += 1
        assert SearchBuild.objects.exists()
    assert calls > 5
    assert found(world.boss, "红光") == {ONE, TWO, THREE}
    assert not SearchDocument.objects.filter(pk=5).exists()
    assert all(one.built and not one.missing for one in standing())


def test_a_new_declaration_is_built_by_itself(world):
    rebuild_some()
    assert rebuild_some() == 0
    SearchBuild.objects.filter(record=CUSTOMER).update(declared=1)
    assert rebuild_some() == 3
    assert rebuild_some() == 0


def test_more_hits_than_a_list_holds_are_all_reached(world, monkeypatch):
    monkeypatch.setattr(find, "LISTED", 1)
    assert found(world.boss, "红光") == {ONE, TWO, THREE}
    assert found(world.actor(world.li, everywhere(Span.BELOW)), "红光") == {ONE, TWO}


def test_shares_of_the_database_are_shares_of_the_search(world):
    from kedang.engine.identity.actors import actor_of
    from kedang.engine.identity.models import Membership, Role
    from kedang.kernel import clock

    Membership.objects.create(user=world.li, role=Role.objects.get(key="sales_rep"))
    RecordShare.objects.create(
        record=CUSTOMER, record_id=world.records[CUSTOMER]["wang"].pk, user=world.li,
        kind="collaborator", given_at=clock.now(),
    )  # fmt: skip
    assert found(actor_of(world.li), "hongguang") == {ONE, THREE}
