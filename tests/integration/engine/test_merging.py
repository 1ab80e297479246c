"""Two files become one with all that hangs on them, and two again; nobody sees more than before (security 20, 27)."""

import pytest
from django.apps import apps
from django.test import Client

from kedang.engine.actions.perform import perform
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import Membership, RecordShare, Role
from kedang.engine.ledger.merges import APART, Merge, Pair, survivor_of
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.merging.hanging import CARRIED
from kedang.engine.numbering.models import IssuedNumber
from kedang.engine.records.verify import verify
from kedang.kernel import clock, ids
from kedang.kernel.actor import Span
from kedang.kernel.errors import NotAllowed, NotVisible, RuleBroken
from world import everywhere

KEY = "customers.customer"
# Tables that name a record by type and id and stay with it when it is merged: what was done and said about it, and to
# whom it was opened.
STAY = {"HistoryEntry", "Erasure", "AccessLog", "Approval", "Notice", "RecordShare"}


def text(answer):
    return answer.content.decode()


def file_one(world, owner, name, **values):
    inputs = {"name": name, "type_key": "enterprise", "country": "CN", "phone": "020-83330042", **values,
              "owner": owner.pk, "unit": owner.unit_id}  # fmt: skip
    return perform(world.boss, f"{KEY}.create", inputs=inputs).record


@pytest.fixture
def two(world):
    """Two files of one firm in the north; the second has a contact, an order and a share."""
    kept = file_one(world, world.li, "广州恒川泵业有限公司")
    coded = {"address": "广州市天河区体育西路1号", "credit_code": "91350100M000100Y43"}
    gone = file_one(world, world.li, "恒川水泵有限公司", **coded)
    contact = perform(world.boss, "customers.contact.create",
                      inputs={"customer": gone.pk, "name": "林芳", "owner": world.li.pk}).record  # fmt: skip
    product = world.records["catalog.product"]["li"]
    lines = [{"line_no": 1, "product": product.pk, "quantity": "2", "price": "1200"}]
    order = perform(world.boss, "trade.order.create",
                    inputs={"customer": gone.pk, "ordered_on": "2026-11-01", "status_key": "draft", "lines": lines,
                            "owner": world.li.pk, "unit": world.li.unit_id}).record  # fmt: skip
    perform(world.boss, f"{KEY}.share", gone.pk, {"user": ids.show(world.zhao.pk), "may_change": "1"})
    return kept, gone, contact, order


def merge(actor, kept, gone, take=""):
    return perform(actor, f"{KEY}.merge", kept.pk, {"other": ids.show(gone.pk), "take": take})


def fresh(row):
    return type(row).objects.unscoped(because="a test").get(pk=row.pk)


def test_everything_that_hangs_on_a_file_goes_to_the_survivor(world, two):
    kept, gone, contact, order = two
    merge(world.boss, kept, gone, "credit_code,address")
    assert fresh(contact).customer_id == fresh(order).customer_id == kept.pk
    assert fresh(gone).archived_at is not None
    survivor = fresh(kept)
    assert (survivor.credit_code, survivor.address) == ("91350100M000100Y43", "广州市天河区体育西路1号")
    assert survivor.name == "广州恒川泵业有限公司"
    assert set(IssuedNumber.objects.filter(record=KEY, record_id=kept.pk).values_list("number", flat=True)) >= {
        kept.number, gone.number,
    }  # fmt: skip
    assert survivor_of(KEY, gone.pk) == kept.pk
    assert HistoryEntry.objects.filter(
        record="trade.order", record_id=order.pk, action=f"{KEY}.merge"
    ).exists()
    assert verify().whole


def test_an_undone_merge_leaves_two_files_as_they_were_with_a_longer_history(world, two):
    kept, gone, contact, order = two
    before = HistoryEntry.objects.count()
    merge(world.boss, kept, gone, "credit_code,address")
    done = Merge.objects.get()
    perform(world.boss, f"{KEY}.unmerge", kept.pk, {"merge": ids.show(done.pk)})
    assert fresh(contact).customer_id == fresh(order).customer_id == gone.pk
    assert fresh(gone).archived_at is None
    assert (fresh(kept).credit_code, fresh(kept).address) == ("", "")
    assert fresh(gone).credit_code == "91350100M000100Y43"
    assert RecordShare.objects.get(record=KEY, user=world.zhao).record_id == gone.pk
    assert IssuedNumber.objects.get(number=gone.number).record_id == gone.pk
    assert survivor_of(KEY, gone.pk) is None
    assert HistoryEntry.objects.count() > before
    assert Merge.objects.get().left == []
    assert verify().whole


def test_what_changed_since_the_merge_stays_and_is_listed(world, two):
    kept, gone, contact, order = two
    merge(world.boss, kept, gone, "address")
    perform(world.boss, "customers.contact.update", contact.pk, {"position": "采购经理"})
    perform(world.boss, f"{KEY}.update", kept.pk, {"address": "广州市天河区体育西路2号"})
    perform(world.boss, f"{KEY}.unmerge", kept.pk, {"merge": ids.show(Merge.objects.get().pk)})
    assert fresh(contact).customer_id == kept.pk
    assert fresh(order).customer_id == gone.pk
    assert fresh(kept).address == "广州市天河区体育西路2号"
    assert sorted(one[0] for one in Merge.objects.get().left) == ["customers.contact", KEY]


def test_a_file_that_is_hidden_or_only_seen_is_not_merged(world, two):
    kept, *_ = two
    other = file_one(world, world.wang, "恒川泵业（广州）有限公司")
    li = world.actor(world.li, everywhere(Span.OWN))
    seer = world.actor(world.li, everywhere(Span.OWN) | {f"{KEY}:view": Span.ALL})
    counts = (HistoryEntry.objects.count(), Merge.objects.count())
    with pytest.raises(NotVisible):
        merge(li, kept, other)
    with pytest.raises(NotAllowed):
        merge(seer, kept, other)
    with pytest.raises(NotVisible):
        merge(li, other, kept)
    assert (HistoryEntry.objects.count(), Merge.objects.count()) == counts
    assert fresh(other).archived_at is None


def test_a_branch_and_a_file_that_waits_for_approval_are_not_merged(world, two):
    kept, *_ = two
    branch = file_one(world, world.li, "广州恒川泵业有限公司佛山分公司", phone="0757-83330042")
    with pytest.raises(RuleBroken, match=r"branch|分支机构"):
        merge(world.boss, kept, branch)
    with pytest.raises(RuleBroken, match=r"approval|审批"):
        merge(world.boss, kept, world.records[KEY]["li"])
    with pytest.raises(RuleBroken):
        merge(world.boss, kept, kept)


def test_a_merged_file_is_not_restored_past_its_merge(world, two):
    kept, gone, *_ = two
    merge(world.boss, kept, gone)
    with pytest.raises(RuleBroken):
        perform(world.boss, f"{KEY}.restore", gone.pk)


def test_old_links_lead_to_the_survivor_for_who_may_see_it_and_are_absent_for_others(world, two):
    kept, gone, *_ = two
    merge(world.boss, kept, gone)
    for user, status in ((world.li, 302), (world.zhao, 404), (world.wang, 404)):
        client = signed(user)
        answer = client.get(f"/customers/{ids.show(gone.pk)}")
        assert answer.status_code == status
        if status == 302:
            assert answer["Location"] == f"/customers/{ids.show(kept.pk)}"
        else:
            absent = client.get("/customers/0000000000000")
            assert gone.name not in text(answer)
            assert absent.status_code == 404


def test_a_merge_opens_the_survivor_to_nobody(world, two):
    kept, gone, *_ = two
    Membership.objects.create(user=world.zhao, role=Role.objects.get(key="sales_rep"))

    def seen():
        rows = type(kept).objects.visible_to(actor_of(world.zhao)).filter(pk__in=(kept.pk, gone.pk))
        return set(rows.values_list("pk", flat=True))

    assert seen() == {gone.pk}
    merge(world.boss, kept, gone)
    assert seen() == set()


def test_the_narrower_of_two_ways_of_sharing_is_kept(world, two):
    kept, gone, *_ = two
    perform(world.boss, f"{KEY}.share", kept.pk, {"user": ids.show(world.zhao.pk)})
    merge(world.boss, kept, gone)
    share = RecordShare.objects.get(record=KEY, record_id=kept.pk, user=world.zhao)
    assert share.level == "view"


def test_who_only_looked_at_one_of_two_files_only_looks_at_the_survivor(world, two):
    kept, gone, *_ = two
    zhao = {"user": ids.show(world.zhao.pk)}
    perform(world.boss, f"{KEY}.share", gone.pk, zhao)
    perform(world.boss, f"{KEY}.share", kept.pk, zhao | {"may_change": "1"})
    merge(world.boss, kept, gone)
    assert RecordShare.objects.get(record=KEY, record_id=kept.pk, user=world.zhao).level == "view"


def test_the_pages_of_a_merge_show_both_sides_and_do_it(world, two):
    kept, gone, _contact, order = two
    client = signed(world.li)
    url = f"/customers/{ids.show(kept.pk)}"
    assert "Which file is the same?" in text(client.get(f"{url}/merge"))
    page = text(client.get(f"{url}/merge", {"with": ids.show(gone.pk)}))
    assert "恒川水泵有限公司" in page
    assert "The phone numbers are the same." in page
    sent = {"other": ids.show(gone.pk), "take.address": "theirs", "version": kept.version}
    stale = client.post(f"{url}/merge", {**sent, "other_version": 99})
    assert stale.status_code == 412
    assert client.post(f"{url}/merge", {**sent, "other_version": fresh(gone).version}).status_code == 302
    assert fresh(order).customer_id == kept.pk
    assert fresh(kept).address == "广州市天河区体育西路1号"
    assert "恒川水泵有限公司" in text(client.get(f"{url}/history"))
    undo = f"{url}/unmerge/{ids.show(Merge.objects.get().pk)}"
    assert "becomes a file of its own again" in text(client.get(undo))
    assert client.post(undo).status_code == 302
    assert fresh(order).customer_id == gone.pk
    assert client.get(undo).status_code == 404


def test_the_worklist_shows_pairs_of_which_both_sides_are_visible_and_remembers_a_no(world, two):
    kept, gone, *_ = two
    far = file_one(world, world.wang, "恒川泵业（广州）有限公司")
    for other in (gone, far):
        first, second = sorted((kept.pk, other.pk))
        found = {"kind": "suspect", "points": 5, "found_at": clock.now()}
        Pair.objects.create(record=KEY, first_id=first, second_id=second, **found)
    client = signed(world.li)
    page = text(client.get("/customers/duplicates"))
    assert "恒川水泵有限公司" in page
    assert "恒川泵业（广州）" not in page
    first, second = sorted((kept.pk, gone.pk))
    assert client.post(f"/customers/{ids.show(first)}/apart", {"other": ids.show(second)}).status_code == 302
    assert Pair.objects.get(first_id=first, second_id=second).state == APART
    assert "恒川水泵有限公司" not in text(client.get("/customers/duplicates"))
    assert (
        client.post(f"/customers/{ids.show(kept.pk)}/apart", {"other": ids.show(far.pk)}).status_code == 404
    )


def test_every_table_that_names_records_by_type_and_id_follows_or_stays_on_purpose():
    named = {
        model.__name__ for model in apps.get_models()
        if {"record", "record_id"} <= {column.name for column in model._meta.concrete_fields}
    }  # fmt: skip
    proofs = {"Erasure", "Sealing"}  # of what is gone or closed, whatever is merged later
    assert named - STAY - proofs == {one.model.__name__ for one in CARRIED}


def signed(user):
    from kedang.engine.identity.models import Membership, Role, User

    Membership.objects.get_or_create(user=user, role=Role.objects.get(key="sales_rep"))
    User.objects.filter(pk=user.pk).update(language="en")
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client
