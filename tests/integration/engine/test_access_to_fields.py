"""Fields that few may read: hidden, masked, shown one at a time for a reason; and looks that are written down."""

import threading
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kedang.areas.customers.models import Customer
from kedang.engine.actions.batch import Kind, Row, batch_save
from kedang.engine.actions.inputs import settable
from kedang.engine.actions.perform import perform
from kedang.engine.ledger.models import AccessLog
from kedang.engine.records import hidden
from kedang.engine.records.access import askable, modes, open_one, shown, visible_fields
from kedang.engine.records.reveal import reveal, revealed_today
from kedang.engine.records.timeline import history, timeline
from kedang.engine.records.types import RECORDS
from kedang.engine.records.why import reasons
from kedang.engine.scope.admits import admitted
from kedang.engine.scope.doors import writing
from kedang.engine.scope.reach import reach
from kedang.kernel import clock
from kedang.kernel.actor import Actor, Mode, Share, Span
from kedang.kernel.errors import Invalid, LimitReached, NotAllowed, NotVisible
from world import World, build, everywhere

CUSTOMER = "customers.customer"
PHONE, ACCOUNT = "010-88880001", "6222020200112233445"


@pytest.fixture
def kind() -> Any:
    return RECORDS[CUSTOMER]


@pytest.fixture
def mine(world: World) -> Customer:
    customer = world.records[CUSTOMER]["li"]
    perform(world.boss, f"{CUSTOMER}.update", customer.pk, {"bank_account": ACCOUNT})
    return Customer.objects.visible_to(world.boss).get(pk=customer.pk)  # type: ignore[no-any-return]


def reader(world: World, **modes_of: Mode) -> Actor:
    stated = {f"{CUSTOMER}.{name}": mode for name, mode in modes_of.items()}
    return world.actor(world.li, everywhere(Span.OWN), modes=stated, limits={"reveal_per_day": 2})


def test_a_guarded_field_is_hidden_until_a_role_opens_it(world: World, kind: Any, mine: Customer) -> None:
    li = reader(world)
    with pytest.raises(NotAllowed):
        shown(li, kind, mine, "credit_limit")
    assert "credit_limit" not in {spec.name for spec in visible_fields(li, kind, kind.fields)}
    assert shown(reader(world, credit_limit=Mode.READ), kind, mine, "credit_limit").text == "50000.00"


def test_a_masked_value_carries_no_value(world: World, kind: Any, mine: Customer) -> None:
    value = shown(reader(world), kind, mine, "bank_account")
    assert (value.masked, value.value) == (True, None)
    assert ACCOUNT[-6:] not in value.text
    value = shown(reader(world, phone=Mode.MASK), kind, mine, "phone")
    assert (value.masked, value.value) == (True, None)
    assert PHONE not in value.text


@pytest.mark.parametrize("mode", [Mode.HIDE, Mode.MASK, Mode.READ])
def test_only_an_open_field_is_set(world: World, kind: Any, mine: Customer, mode: Mode) -> None:
    li = reader(world, short_name=mode)
    assert "short_name" not in settable(li, kind, creating=False)
    with pytest.raises(Invalid) as refusal:
        perform(li, f"{CUSTOMER}.update", mine.pk, {"short_name": "x"})
    assert refusal.value.problems[0].code == "not_settable"
    outcome = batch_save(li, kind, [Row({"short_name": "x"}, mine.pk)])[0]
    assert outcome.kind is Kind.REFUSED
    assert outcome.changes == {}
    assert perform(reader(world), f"{CUSTOMER}.update", mine.pk, {"short_name": "x"}).record.short_name == "x"


@pytest.mark.parametrize("mode", [Mode.HIDE, Mode.MASK])
def test_nobody_asks_about_a_value_they_do_not_read(world: World, kind: Any, mode: Mode) -> None:
    assert not askable(reader(world, city=mode), kind, "city")
    assert askable(reader(world, city=Mode.READ), kind, "city")
    assert not askable(reader(world), kind, "no_such_field")


def test_history_and_timeline_tell_nothing_that_is_hidden(world: World, kind: Any, mine: Customer) -> None:
    perform(
        world.boss,
        f"{CUSTOMER}.update",
        mine.pk,
        {"credit_limit": "77777", "phone": "010-66660001", "city": "杭州"},
    )
    li = reader(world, phone=Mode.MASK)
    changes = [change for _entry, told in history(li, kind, mine.pk) for change in told]
    changes += [change for moment in timeline(li, kind, mine.pk) for change in moment.changes]
    told = " ".join(f"{change.label} {change.old} {change.new}" for change in changes)
    assert "杭州" in told
    for secret in ("77777", "50000", PHONE, "66660001", ACCOUNT):
        assert secret not in told
    assert str(kind.fields["credit_limit"].label) not in told


def test_the_contact_data_of_a_customer_in_a_pool_are_covered_everywhere(
    world: World, kind: Any, mine: Customer
) -> None:
    with writing("test"):
        Customer.objects.visible_to(world.boss).filter(pk=mine.pk).update(owner=None, pool=world.pool)
    manager = world.actor(world.li, everywhere(Span.UNIT), pools=frozenset({world.pool.pk}))
    row = open_one(manager, kind, mine.pk)
    assert shown(manager, kind, row, "phone").masked
    told = " ".join(change.new for _entry, changes in history(manager, kind, mine.pk) for change in changes)
    assert PHONE not in told
    assert row.name in told
    assert "phone" not in settable(manager, kind, creating=False, row=row)
    with pytest.raises(Invalid):
        perform(manager, f"{CUSTOMER}.update", mine.pk, {"phone": "010-1"})
    assert batch_save(manager, kind, [Row({"phone": "010-1"}, mine.pk)])[0].kind is Kind.REFUSED
    assert not askable(manager, kind, "phone")
    assert shown(world.boss, kind, row, "phone").value == PHONE


def test_a_masked_value_is_shown_for_a_reason_within_the_days_quota(
    world: World, kind: Any, mine: Customer
) -> None:
    li = reader(world)
    with pytest.raises(Invalid):
        reveal(li, kind, mine.pk, "bank_account", "  ")
    assert revealed_today(li) == 0
    for _turn in range(2):
        assert reveal(li, kind, mine.pk, "bank_account", "退款") == ACCOUNT
    with pytest.raises(LimitReached) as limit:
        reveal(li, kind, mine.pk, "bank_account", "退款")
    assert limit.value.data["quota"] == 2
    entry = AccessLog.objects.filter(kind="reveal").latest("pk")
    assert (entry.user_id, entry.record, entry.record_id, entry.field, entry.reason) == (
        world.li.pk, CUSTOMER, mine.pk, "bank_account", "退款",
    )  # fmt: skip
    assert AccessLog.objects.filter(kind="reveal").count() == 2


@pytest.mark.django_db(transaction=True)
def test_who_asks_several_times_at_once_sees_no_more_than_the_quota(kind: Any) -> None:
    """Between a count and its note nobody else of the same user counts."""
    world = build()
    li, pk = reader(world), world.records[CUSTOMER]["li"].pk
    answers: list[str] = []

    def ask() -> None:
        try:
            answers.append("seen" if reveal(li, kind, pk, "bank_account", "退款") is not None else "")
        except LimitReached:
            answers.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _turn in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["refused"] * 4 + ["seen"] * 2
    assert revealed_today(li) == 2


def test_the_quota_of_a_day_begins_at_midnight_in_china(
    world: World, kind: Any, mine: Customer, still_clock: Any
) -> None:
    li = reader(world)
    for _turn in range(2):
        reveal(li, kind, mine.pk, "bank_account", "退款")
    with clock.frozen(still_clock.replace(hour=15, minute=59)), pytest.raises(LimitReached):
        reveal(li, kind, mine.pk, "bank_account", "退款")
    with clock.frozen(still_clock.replace(hour=16, minute=1)):
        assert reveal(li, kind, mine.pk, "bank_account", "退款") == ACCOUNT


def test_a_value_is_revealed_only_with_the_right_in_reach_and_never_when_hidden(
    world: World, kind: Any, mine: Customer
) -> None:
    theirs = world.records[CUSTOMER]["wang"]
    with pytest.raises(NotVisible):
        reveal(reader(world), kind, theirs.pk, "bank_account", "x")
    with pytest.raises(NotAllowed):
        reveal(reader(world), kind, mine.pk, "credit_limit", "x")
    with pytest.raises(NotAllowed):
        reveal(reader(world), kind, mine.pk, "password", "x")
    without = world.actor(world.li, everywhere(Span.ALL, ("view",)), limits={"reveal_per_day": 9})
    with pytest.raises(NotAllowed):
        reveal(without, kind, mine.pk, "bank_account", "x")
    far = world.actor(
        world.li, {f"{CUSTOMER}:view": Span.ALL, f"{CUSTOMER}:reveal": Span.OWN}, limits={"reveal_per_day": 9}
    )
    with pytest.raises(NotAllowed):
        reveal(far, kind, theirs.pk, "bank_account", "x")
    assert not AccessLog.objects.filter(kind="reveal").exists()


def test_a_look_at_anothers_file_is_written_down_and_one_at_ones_own_is_not(
    world: World, kind: Any, mine: Customer
) -> None:
    li, boss = reader(world), world.boss
    open_one(li, kind, mine.pk)
    assert not AccessLog.objects.exists()
    open_one(boss, kind, mine.pk)
    open_one(boss, kind, mine.pk, "change")  # the form shows as much as the page
    looks = AccessLog.objects.filter(kind="look")
    assert (
        list(looks.values_list("user_id", "record", "record_id")) == [(world.chief.pk, CUSTOMER, mine.pk)] * 2
    )


def test_a_refused_look_is_written_down_and_says_the_same_for_hidden_and_absent(
    world: World, kind: Any
) -> None:
    li = reader(world)
    texts = set()
    for pk in (world.records[CUSTOMER]["wang"].pk, 1):
        with pytest.raises(NotVisible) as refusal:
            open_one(li, kind, pk)
        texts.add(refusal.value.text)
    assert len(texts) == 1
    assert AccessLog.objects.filter(kind="refused", user_id=world.li.pk).count() == 2


SPANS = st.fixed_dictionaries(
    {
        f"{key}:view": st.sampled_from(list(Span))
        for key in (CUSTOMER, "customers.contact", "trade.order", "catalog.product")
    }
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    spans=SPANS,
    who=st.sampled_from(["li", "zhao", "wang", "chief"]),
    shared=st.booleans(),
    pool=st.booleans(),
)
def test_there_is_a_reason_exactly_when_a_record_is_visible(
    world: World, spans: dict[str, Span], who: str, shared: bool, pool: bool
) -> None:
    user, customers = getattr(world, who), world.records[CUSTOMER]
    shares = {CUSTOMER: (Share(customers["wang"].pk, "view", "展会", "2027-01-01"),)} if shared else {}
    pools = frozenset({world.pool.pk}) if pool else frozenset()
    actor = world.actor(user, spans, shares=shares, pools=pools, custom_units=frozenset({world.south.pk}))
    for key in (CUSTOMER, "customers.contact", "trade.order", "catalog.product"):
        kind = RECORDS[key]
        for row in kind.model.objects.visible_to(world.boss):
            visible = admitted(kind.model, reach(actor, kind.model, "view"), [row])[0]
            assert bool(reasons(actor, kind, row)) == visible, (key, row, spans)


def test_every_mode_is_worked_out_once_for_an_actor(world: World, kind: Any) -> None:
    li = reader(world)
    assert modes(li, kind) is modes(li, kind)


CODE = "91350100M000100Y43"


def test_a_duplicate_that_is_hidden_is_told_with_its_unit_and_nothing_else(world: World, kind: Any) -> None:
    theirs = world.records[CUSTOMER]["wang"]
    perform(world.boss, f"{CUSTOMER}.update", theirs.pk, {"credit_code": CODE, "external_no": "E-1"})
    li = world.actor(world.li, everywhere(Span.OWN))
    wanted = {"name": "新公司", "type_key": "enterprise", "country": "CN", "credit_code": CODE}
    with pytest.raises(Invalid) as refusal:
        perform(li, f"{CUSTOMER}.create", inputs=wanted)
    (problem,) = [one for one in refusal.value.problems if one.field == "credit_code"]
    assert problem.code == "on_file"
    assert world.south.name in problem.text
    for secret in (theirs.name, theirs.number, str(theirs.pk), world.wang.name):
        assert secret not in problem.text
    mine = world.records[CUSTOMER]["li"]
    with pytest.raises(Invalid):
        perform(li, f"{CUSTOMER}.update", mine.pk, {"external_no": "E-1"})
    hits = AccessLog.objects.filter(kind="on_file", user_id=world.li.pk)
    assert [(one.record, one.rows) for one in hits] == [(CUSTOMER, 1), (CUSTOMER, 1)]
    with pytest.raises(Invalid) as seen:
        perform(world.boss, f"{CUSTOMER}.update", mine.pk, {"external_no": "E-1"})
    assert [one.code for one in seen.value.problems] == ["taken"]


def test_tries_at_hidden_duplicates_are_limited_a_day(
    world: World, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hidden, "HITS_A_DAY", 2)
    theirs, mine = world.records[CUSTOMER]["wang"], world.records[CUSTOMER]["li"]
    perform(world.boss, f"{CUSTOMER}.update", theirs.pk, {"external_no": "E-1"})
    li = world.actor(world.li, everywhere(Span.OWN))
    for _turn in range(2):
        with pytest.raises(Invalid):
            perform(li, f"{CUSTOMER}.update", mine.pk, {"external_no": "E-1"})
    with pytest.raises(LimitReached):
        perform(li, f"{CUSTOMER}.update", mine.pk, {"external_no": "E-1"})
    with pytest.raises(LimitReached):
        batch_save(li, kind, [Row({"external_no": "E-1"}, mine.pk)])
    assert perform(li, f"{CUSTOMER}.update", mine.pk, {"external_no": "E-2"}).record.external_no == "E-2"
