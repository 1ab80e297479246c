"""Relations between customers: a tree for each kind, seen by who sees both ends, through merges and their undo."""

import threading

import pytest
from django.db import connection

from kedang.areas.customers.models import Relation
from kedang.engine.actions.perform import perform
from kedang.engine.erasing import erase
from kedang.engine.ledger.merges import Merge
from kedang.engine.records.types import RECORDS
from kedang.engine.records.verify import verify
from kedang.engine.search import find, index
from kedang.kernel import ids
from kedang.kernel.actor import Share, Span
from kedang.kernel.errors import Invalid
from world import everywhere

CUSTOMER, KEY = "customers.customer", "customers.relation"


def file_one(world, name, owner=None):
    owner = owner or world.li
    inputs = {"name": name, "type_key": "enterprise", "country": "CN", "phone": "020-83330042",
              "owner": owner.pk, "unit": owner.unit_id}  # fmt: skip
    return perform(world.boss, f"{CUSTOMER}.create", inputs=inputs).record


@pytest.fixture
def three(world):
    return [file_one(world, f"{name}商贸有限公司") for name in ("远山", "近水", "长亭")]


def relate(world, low, high, kind="distribution", by=None, **more):
    inputs = {"customer": low.pk, "other": high.pk, "kind_key": kind, "owner": world.li.pk,
              "unit": world.li.unit_id, **more}  # fmt: skip
    return perform(by or world.boss, f"{KEY}.create", inputs=inputs).record


def ends(row):
    return (
        type(row)
        .objects.unscoped(because="a test")
        .values_list("customer", "other", "archived_at")
        .get(pk=row.pk)
    )


def problems(raised):
    return {(one.field, one.code) for one in raised.value.problems}


def text(answer):
    return answer.content.decode()


def test_a_tree_has_one_above_each_and_no_circle(world, three):
    dealer, sub, third = three
    relate(world, sub, dealer)
    relate(world, third, sub)
    with pytest.raises(Invalid) as raised:
        relate(world, dealer, third)
    assert problems(raised) == {("other", "loop")}
    with pytest.raises(Invalid) as raised:
        relate(world, third, dealer)
    assert problems(raised) == {("customer", "parent")}
    with pytest.raises(Invalid):
        relate(world, dealer, dealer)
    relate(world, dealer, third, "group")  # another kind is another tree
    relate(world, dealer, third, "referral")
    relate(world, third, dealer, "referral")  # no tree
    with pytest.raises(Invalid):
        relate(world, third, dealer, "referral")


def test_one_is_hung_elsewhere_but_not_beneath_itself(world, three):
    dealer, sub, third = three
    first = relate(world, sub, dealer)
    relate(world, third, sub)
    with pytest.raises(Invalid) as raised:
        perform(world.boss, f"{KEY}.update", first.pk, {"other": third.pk})
    assert problems(raised) == {("other", "loop")}
    other = file_one(world, "高台商贸有限公司")
    perform(world.boss, f"{KEY}.update", first.pk, {"other": other.pk})
    assert ends(first)[:2] == (sub.pk, other.pk)
    perform(world.boss, f"{KEY}.archive", first.pk, reason="换了供货方")
    relate(world, sub, dealer)
    with pytest.raises(Invalid):  # meanwhile another stands above
        perform(world.boss, f"{KEY}.restore", first.pk)


def test_a_relation_needs_both_ends_in_view(world, address):
    row = world.records[KEY]["li"]
    assert row.other.owner_id == world.zhao.pk
    own = everywhere(Span.OWN)
    alone = world.actor(world.li, own)
    opened = world.actor(world.li, own, shares={CUSTOMER: (Share(row.other_id, "view"),)})
    shared = world.actor(world.li, own, shares={KEY: (Share(row.pk, "change"),)})
    assert not Relation.objects.visible_to(alone).exists()
    assert not Relation.objects.visible_to(shared).exists()
    assert set(Relation.objects.visible_to(opened)) == {row}


def test_the_search_asks_for_both_ends_too(world):
    """The index itself must not return what the door would drop, or time would tell."""
    kind, row = RECORDS[KEY], world.records[KEY]["li"]

    def asked(actor):
        [pks] = index.find([index.Question(find.code(kind.key), find.question(actor, kind, "介绍"), 100)])
        return set(pks)

    own = everywhere(Span.OWN)
    assert asked(world.actor(world.li, own)) == set()
    assert asked(world.actor(world.li, own, shares={CUSTOMER: (Share(row.other_id, "view"),)})) == {row.pk}
    assert asked(world.boss) == {one.pk for one in world.records[KEY].values()}


def test_a_line_of_influence_needs_both_people_in_view(world):
    kind = RECORDS["customers.influence"]
    row = world.records[kind.key]["li"]
    spans = everywhere(Span.ALL) | {"customers.contact:view": Span.OWN}
    assert row in kind.model.objects.visible_to(world.actor(world.li, spans))
    assert not kind.model.objects.visible_to(world.actor(world.wang, spans)).filter(pk=row.pk).exists()


def test_the_page_draws_what_is_seen_and_nothing_of_the_rest(world, sign_in, three):
    dealer, sub, third = three
    hidden = file_one(world, "他山商贸有限公司", world.wang)
    relate(world, sub, dealer, tier_key="sub_dealer")
    relate(world, third, sub, tier_key="third")
    relate(world, hidden, sub)
    relate(world, dealer, hidden, "group")
    client = sign_in(world.li, "sales_rep")
    page = text(client.get(f"/customers/{ids.show(sub.pk)}/relations"))
    assert all(name in page for name in ("远山", "近水", "长亭", "Sub-dealer", "Third level"))
    assert page.index("远山") < page.index("长亭")
    assert "他山" not in page and ids.show(hidden.pk) not in page
    assert "1 below" in page
    assert "Belongs to the group" not in text(client.get(f"/customers/{ids.show(dealer.pk)}/relations"))
    whole = text(sign_in(world.chief, "general_manager").get(f"/customers/{ids.show(sub.pk)}/relations"))
    assert "他山" in whole and "2 below" in whole
    assert "relations" in text(client.get(f"/customers/{ids.show(sub.pk)}"))


def merged(world, kept, gone):
    perform(world.boss, f"{CUSTOMER}.merge", kept.pk, {"other": ids.show(gone.pk), "take": ""})
    return Merge.objects.latest("pk")


def undone(world, done):
    perform(world.boss, f"{CUSTOMER}.unmerge", done.survivor_id, {"merge": ids.show(done.pk)})
    done.refresh_from_db()
    return done


def test_a_merge_moves_relations_and_an_undo_returns_them(world, three):
    dealer, sub, third = three
    kept = file_one(world, "近水商行")
    up, down = relate(world, sub, dealer), relate(world, third, sub)
    done = merged(world, kept, sub)
    assert ends(up) == (kept.pk, dealer.pk, None) and ends(down) == (third.pk, kept.pk, None)
    assert undone(world, done).left == []
    assert ends(up) == (sub.pk, dealer.pk, None) and ends(down) == (third.pk, sub.pk, None)
    assert verify().whole


def test_a_merge_that_would_close_a_circle_puts_that_relation_aside(world, three):
    dealer, sub, third = three
    up, down = relate(world, sub, dealer), relate(world, third, sub)
    done = merged(
        world, dealer, third
    )  # dealer > sub > third: third's tie to sub would lead dealer under sub
    assert ends(up) == (sub.pk, dealer.pk, None)
    assert ends(down)[2] is not None
    assert undone(world, done).left == []
    assert ends(down) == (third.pk, sub.pk, None)
    assert verify().whole


def test_a_merge_of_two_that_are_related_keeps_what_stands_above(world, three):
    dealer, sub, third = three
    up, down = relate(world, sub, dealer), relate(world, third, sub)
    done = merged(world, third, sub)
    assert ends(up) == (third.pk, dealer.pk, None) and ends(down)[2] is not None
    undone(world, done)
    assert ends(up) == (sub.pk, dealer.pk, None) and ends(down) == (third.pk, sub.pk, None)


def test_an_undo_leaves_aside_what_the_tree_no_longer_allows(world, three):
    _dealer, sub, third = three
    down = relate(world, third, sub)
    done = merged(world, sub, third)
    assert ends(down)[2] is not None
    done.moved["customers.relation.customer"] = []  # it went on to stay with the survivor
    done.save()
    assert undone(world, done).left == [[KEY, down.pk, ""]] and ends(down)[2] is not None


def test_erasing_takes_relations_from_either_end(world, three):
    dealer, sub, _third = three
    relate(world, sub, dealer)
    for end in (dealer, sub):
        assert {kind.key: count for kind, count in erase.counted(RECORDS[CUSTOMER], end.pk)} == {KEY: 1}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_at_once_cannot_close_a_circle_together(world):
    one, two, three, four = (file_one(world, f"{name}商贸有限公司") for name in "甲乙丙丁")
    relate(world, two, three)
    relate(world, four, one)
    together, said = threading.Barrier(2), []

    def save(low, high):
        together.wait()
        try:
            relate(world, low, high)
            said.append("stored")
        except Invalid:
            said.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=pair) for pair in ((one, two), (three, four))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["refused", "stored"]
