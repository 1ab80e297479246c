"""Suggestions from every employee; meetings of the file prepared, worked off, held and closed; levels reclassified."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from api.calling import give
from kedang.areas.customers.models import Customer
from kedang.areas.engagement.models import Task
from kedang.areas.reviews import selectors, suggesting
from kedang.areas.reviews.models import Meeting, Purchase, ReviewLine, Suggestion
from kedang.engine.actions.perform import perform
from kedang.engine.calendar import table
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import User
from kedang.engine.jobs import running
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.ledger.outbox import deliver_some
from kedang.engine.notices.models import Notice
from kedang.engine.scope.doors import writing
from kedang.kernel import clock, ids
from kedang.kernel.errors import Invalid, LimitReached, NotAllowed, NotVisible, RuleBroken

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
CUSTOMER, MEETING, LINE, SUGGESTION = (
    "customers.customer",
    "reviews.meeting",
    "reviews.reviewline",
    "reviews.suggestion",
)


@pytest.fixture
def still_clock():
    with clock.frozen(NOON) as moment:
        yield moment


@pytest.fixture(autouse=True)
def _on_a_day(still_clock, db):
    table.workdays.forget()
    table.fill()


@pytest.fixture
def li(world):
    return actor_of(give(world.li, "sales_rep"))


@pytest.fixture
def chief(world):
    return actor_of(give(world.chief, "general_manager"))


@pytest.fixture
def archivist(world):
    user = User.objects.create_user(
        "yan", "correct horse", name="严真", unit=world.company, admin_unit=world.company
    )
    return actor_of(give(user, "archivist"))


def the(model: Any, pk: int) -> Any:
    return model.objects.unscoped(because="test").get(pk=pk)


def newest() -> Any:
    return Suggestion.objects.unscoped(because="test").order_by("-pk").first()


def told(user: Any) -> list[str]:
    return list(Notice.objects.filter(user=user.pk).order_by("pk").values_list("text", flat=True))


def theirs(world: Any) -> Any:
    """Wang's customer, which li does not see."""
    return world.records[CUSTOMER]["wang"]


# -- suggestions


def test_who_does_not_see_a_file_suggests_by_name_and_learns_nothing(world, li):
    give(world.wang, "sales_rep")
    customer = theirs(world)
    before = newest().pk
    suggesting.hand_in(
        li, named=customer.name, changes={"phone": "01066660001"}, reason="电话换了", evidence="名片"
    )
    met = newest()
    assert met.pk != before
    assert (met.customer_id, met.owner_id, met.suggested_by_id) == (customer.pk, world.wang.pk, world.li.pk)
    suggesting.hand_in(li, named="没有这家公司", told="要搬家", changes={}, reason="听说")
    unmet = newest()
    assert unmet.customer_id is None
    assert not Suggestion.objects.visible_to(li).filter(pk__in=[met.pk, unmet.pk]).exists()
    mine = selectors.own_suggestions(li, 10)
    assert {row.named for row in mine} == {customer.name, "没有这家公司"}
    client = Client()
    client.force_login(world.li)
    page = client.get("/my-suggestions").content.decode()
    assert ids.show(customer.pk) not in page
    assert customer.number not in page
    assert client.get(f"/suggestions/{ids.show(met.pk)}").status_code == 404
    answers = {
        name: client.post(
            "/suggest", {"named": name, "told": "x", "reason": "y", "hand_in": "1"}, follow=True
        ).content
        for name in (theirs(world).number, "P-000")
    }
    assert len({body.count("已提交".encode()) for body in answers.values()}) == 1


def test_the_owner_accepts_and_the_suggester_stands_in_the_history_of_the_file(world, li):
    wang = actor_of(give(world.wang, "sales_rep"))
    customer = theirs(world)
    suggesting.hand_in(
        li, named=customer.name, changes={"phone": "01066660001", "city": "广州"}, told="二期扩建", reason="上门见到",
    )  # fmt: skip
    row = newest()
    assert told(world.wang)[-1:] == ["有一条关于你档案的新建议"]
    perform(wang, f"{SUGGESTION}.accept", row.pk, {"take": "phone,told", "answer": "谢谢"})
    row, kept = the(Suggestion, row.pk), the(Customer, customer.pk)
    assert (row.state_key, row.taken, row.decided_by_id) == ("partly", ["phone", "told"], world.wang.pk)
    assert (kept.phone, kept.city, kept.remarks) == ("010-66660001", "", "2026-11-25 二期扩建")
    entry = HistoryEntry.objects.filter(record=CUSTOMER, record_id=customer.pk).order_by("-seq").first()
    assert (entry.actor_id, "李明" in entry.reason, "上门见到" in entry.reason) == (world.wang.pk, True, True)
    assert told(world.li)[-1:] == ["你的建议被部分采纳"]
    with pytest.raises(RuleBroken):
        perform(wang, f"{SUGGESTION}.accept", row.pk, {})


def test_a_suggestion_is_declined_with_an_answer_or_taken_back_in_time(world, li):
    wang = actor_of(give(world.wang, "sales_rep"))
    suggesting.hand_in(li, named=theirs(world).name, changes={"city": "广州"}, reason="x")
    row = newest()
    with pytest.raises(Invalid):
        perform(wang, f"{SUGGESTION}.decline", row.pk, {"answer": ""})
    perform(wang, f"{SUGGESTION}.decline", row.pk, {"answer": "已核实，不对"})
    assert the(Suggestion, row.pk).state_key == "declined"
    assert the(Customer, theirs(world).pk).city == ""
    suggesting.hand_in(li, named=theirs(world).name, changes={"city": "广州"}, reason="x")
    with pytest.raises(NotVisible):
        suggesting.withdraw(wang, newest().pk)
    suggesting.withdraw(li, newest().pk)
    assert newest().state_key == "withdrawn"


def test_an_unmatched_suggestion_goes_to_the_archivist_who_finds_the_file(world, li, archivist):
    give(world.wang, "sales_rep")
    suggesting.hand_in(li, named="红光二厂", changes={"city": "广州"}, reason="x")
    row = newest()
    assert (row.owner_id, row.customer_id) == (archivist.user_id, None)
    with pytest.raises(NotAllowed):
        perform(archivist, f"{SUGGESTION}.accept", row.pk, {})
    perform(archivist, f"{SUGGESTION}.match", row.pk, {"file": theirs(world).number})
    row = the(Suggestion, row.pk)
    assert (row.customer_id, row.owner_id) == (theirs(world).pk, world.wang.pk)


def test_a_locked_field_that_was_suggested_waits_for_the_manager(world, li, chief):
    customer = world.records[CUSTOMER]["li"]
    service = actor_of(
        give(User.objects.create_user("fu", "correct horse", name="付", unit=world.south), "service_agent")
    )
    suggesting.hand_in(
        service, customer=customer.pk, changes={"credit_code": "9144030071526726XG"}, reason="执照"
    )
    row = newest()
    done = perform(li, f"{SUGGESTION}.accept", row.pk, {}, reason="执照")
    assert done.approval is not None
    assert the(Suggestion, row.pk).state_key == "open"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"named": "", "changes": {"city": "x"}, "reason": "x"}, "named"),
        ({"named": "x", "changes": {}, "reason": "x"}, "told"),
        ({"named": "x", "changes": {"city": "x"}, "reason": " "}, "reason"),
        ({"named": "x", "changes": {"owner": "1"}, "reason": "x"}, "owner"),
        ({"named": "x", "changes": {"level_key": "whatever"}, "reason": "x"}, "level_key"),
        ({"named": "x", "changes": {"since": "gestern"}, "reason": "x"}, "since"),
        ({"named": "x", "changes": {"credit_limit": "1"}, "reason": "x"}, "credit_limit"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(li, given, field):
    with pytest.raises(Invalid) as refused:
        suggesting.hand_in(li, **given)
    assert field in {problem.field for problem in refused.value.problems}


def test_a_day_has_so_many_suggestions(li, monkeypatch):
    monkeypatch.setattr(suggesting, "A_DAY", 2)
    for _again in range(2):
        suggesting.hand_in(li, named="x", told="x", changes={}, reason="x")
    with pytest.raises(LimitReached):
        suggesting.hand_in(li, named="x", told="x", changes={}, reason="x")


# -- meetings


def prepared(actor: Any, kind: str, day: str, **inputs: Any) -> Any:
    meeting = perform(actor, f"{MEETING}.create", inputs={"kind_key": kind, "starts_on": day}).record
    perform(actor, f"{MEETING}.prepare", meeting.pk, inputs)
    running.run(running.take())
    deliver_some()
    return the(Meeting, meeting.pk)


def lines(meeting: Any, section: str) -> list[Any]:
    rows = ReviewLine.objects.unscoped(because="test").filter(meeting=meeting.pk, section_key=section)
    return list(rows.select_related("customer").order_by("place"))


def order(world: Any, customer: Any, day: str, amount: str) -> None:
    inputs = {"customer": customer.pk, "ordered_on": day, "status_key": "approved", "amount": amount}
    perform(world.boss, "trade.order.create", inputs=inputs)


def test_the_monthly_meeting_lists_stale_files_and_ticks_them_when_they_are_refreshed(world, li, chief):
    stale, whole = world.records[CUSTOMER]["li"], world.records[CUSTOMER]["zhao"]
    perform(world.boss, f"{CUSTOMER}.update", whole.pk, {
        "address": "北京路1号", "industry_key": "manufacturing",
        "credit_code": "91350100M000100Y43", "business_scope": "酒",
    })  # fmt: skip
    deliver_some()
    meeting = prepared(chief, "month", "2026-11-25")
    assert (meeting.title, meeting.starts_on, meeting.ends_on) == (
        "2026-11",
        date(2026, 11, 1),
        date(2026, 11, 30),
    )
    found = {row.customer_id: row for row in lines(meeting, "update")}
    assert stale.pk in found
    assert whole.pk not in found
    row = found[stale.pk]
    assert row.reasons == [
        ["missing", {"fields": ["address", "industry_key", "credit_code", "business_scope"]}]
    ]
    assert row.owner_id == world.li.pk
    with clock.frozen(NOON + timedelta(hours=1)):
        perform(li, f"{CUSTOMER}.update", stale.pk, {"address": "人民路2号"})
        deliver_some()
    assert the(ReviewLine, row.pk).state_key == "done"


def test_files_untouched_for_as_long_as_their_level_allows_are_stale(world, chief):
    with clock.frozen(NOON + timedelta(days=70)):
        meeting = prepared(actor_of(world.chief), "month", "2027-02-01")
        reasons = {row.reasons[0][0]: row.reasons[0][1] for row in lines(meeting, "update")}
    assert reasons["stale"]["days"] > 60


def test_a_line_is_decided_with_a_day_that_makes_a_task_of_the_owner(world, chief):
    meeting = prepared(chief, "month", "2026-11-25")
    row = lines(meeting, "update")[0]
    perform(chief, f"{LINE}.decide", row.pk, {"decision": "补齐地址", "due_on": "2026-11-30"})
    task = Task.objects.unscoped(because="test").get(title="补齐地址")
    assert (task.owner_id, task.customer_id, task.due_on) == (
        row.owner_id,
        row.customer_id,
        date(2026, 11, 30),
    )


def test_focus_names_falling_purchases_high_value_and_new_files(world, chief):
    falling, top = world.records[CUSTOMER]["li"], world.records[CUSTOMER]["wang"]
    order(world, falling, "2026-07-01", "90000")
    order(world, falling, "2026-11-02", "30000")
    order(world, top, "2026-11-02", "900000")
    found = {
        row.customer_id: [code for code, _data in row.reasons]
        for row in lines(prepared(chief, "month", "2026-11-25"), "focus")
    }
    assert "falling" in found[falling.pk]
    assert "top" in found[top.pk]
    assert "falling" not in found[top.pk]
    assert "new" in found[world.records[CUSTOMER]["zhao"].pk]


def test_another_part_contributes_customers_in_focus(world, chief, monkeypatch):
    customer = world.records[CUSTOMER]["li"]
    source = selectors.Source(
        lambda data: f"投诉{data['open']}起", lambda actor, files, period: {customer.pk: {"open": 2}}
    )
    monkeypatch.setitem(selectors.SOURCES, "complaints", source)
    found = {row.customer_id: row.reasons for row in lines(prepared(chief, "month", "2026-11-25"), "focus")}
    assert ["complaints", {"open": 2}] in found[customer.pk]


def test_a_meeting_is_held_and_closed_and_then_stays_as_it_is(world, chief):
    meeting = prepared(chief, "month", "2026-11-25")
    row = lines(meeting, "update")[0]
    with pytest.raises(RuleBroken):
        perform(chief, f"{MEETING}.close", meeting.pk, {"minutes": "x"})
    perform(chief, f"{MEETING}.hold", meeting.pk, {"held_on": "2026-11-25", "attendees": "李明、王芳"})
    perform(chief, f"{MEETING}.close", meeting.pk, {"minutes": "逐份过了一遍"})
    closed = the(Meeting, meeting.pk)
    assert (closed.state_key, closed.decided_by_id) == ("closed", world.chief.pk)
    with pytest.raises(Invalid):
        perform(chief, f"{MEETING}.update", meeting.pk, {"minutes": "改写"})
    with pytest.raises(Invalid):
        perform(chief, f"{LINE}.done", row.pk)


def test_preparing_again_after_a_kill_files_nothing_twice(world, chief):
    meeting = prepared(chief, "month", "2026-11-25")
    count = len(lines(meeting, "update"))
    perform(chief, f"{MEETING}.prepare", meeting.pk, {})
    running.run(running.take())
    assert len(lines(meeting, "update")) == count


def test_a_rep_sees_the_own_lines_and_not_the_meeting(world, li, chief):
    meeting = prepared(chief, "month", "2026-11-25")
    seen = ReviewLine.objects.visible_to(li).filter(meeting=meeting.pk)
    assert {row.customer_id for row in seen} == {world.records[CUSTOMER]["li"].pk}
    client = Client()
    client.force_login(world.li)
    assert client.get(f"/meetings/{ids.show(meeting.pk)}").status_code == 404
    desk = client.get("/").content.decode()
    assert "例会前请更新你的档案" in desk


# -- reclassification


@pytest.fixture
def quarter(world, chief):
    """Gold, all three: li bought far more, zhao far less in two quarters, wang enough; wang of the year before too."""
    up, down, keep = (world.records[CUSTOMER][name] for name in ("li", "zhao", "wang"))
    with writing("test"):
        rows = Customer.objects.unscoped(because="test")
        rows.update(created_at=datetime(2026, 1, 5, tzinfo=UTC))
    for day, customer, amount in (
        ("2026-08-01", up, "600000"), ("2026-05-01", up, "100000"), ("2026-08-02", down, "20000"),
        ("2026-05-02", down, "10000"), ("2026-08-03", keep, "120000"), ("2025-08-03", keep, "60000"),
    ):  # fmt: skip
        order(world, customer, day, amount)
    return prepared(chief, "quarter", "2026-09-30", as_of="2026-09-30")


def test_the_quarter_proposes_up_and_down_and_keeps_the_figures(world, quarter):
    up, down, keep = (world.records[CUSTOMER][name] for name in ("li", "zhao", "wang"))
    found = {row.customer_id: row for row in lines(quarter, "level")}
    assert set(found) == {up.pk, down.pk}
    assert (found[up.pk].level_from_key, found[up.pk].level_to_key) == ("gold", "diamond")
    assert (found[down.pk].level_from_key, found[down.pk].level_to_key) == ("gold", "silver")
    assert Decimal(found[up.pk].figures["amount"]) == 600_000
    assert found[up.pk].figures["year_ago"] is None
    kept = Purchase.objects.get(meeting=quarter.pk, customer=keep.pk)
    assert (kept.amount, kept.before, kept.year_ago, kept.orders) == (120_000, None, 60_000, 1)
    gold = quarter.figures["classes"]["gold"]
    assert (gold["files"], gold["buyers"], gold["orders"], Decimal(gold["amount"])) == (3, 3, 3, 740_000)
    assert (Decimal(gold["before"]), Decimal(gold["year_ago"])) == (110_000, 60_000)
    assert quarter.figures["matrix"] == {"gold": {"gold": 3}}


def test_a_level_changes_with_the_reason_and_not_twice(world, quarter, chief):
    up, down = world.records[CUSTOMER]["li"], world.records[CUSTOMER]["zhao"]
    found = {row.customer_id: row for row in lines(quarter, "level")}
    perform(chief, f"{LINE}.accept", found[up.pk].pk, {})
    assert the(Customer, up.pk).level_key == "diamond"
    entry = HistoryEntry.objects.filter(record=CUSTOMER, record_id=up.pk).order_by("-seq").first()
    assert "2026 Q3" in entry.reason
    assert "600,000.00" in entry.reason
    assert the(ReviewLine, found[up.pk].pk).state_key == "accepted"
    with pytest.raises(RuleBroken):
        perform(chief, f"{LINE}.accept", found[up.pk].pk, {})
    perform(chief, f"{LINE}.decline", found[down.pk].pk, {"note": "季节性"})
    assert the(Customer, down.pk).level_key == "gold"
    year = prepared(chief, "half_year", "2026-11-25")
    assert year.figures["matrix"]["gold"] == {"gold": 2, "diamond": 1}


def test_a_rep_who_wants_a_level_changed_asks_for_it(world, quarter, li, chief):
    up = world.records[CUSTOMER]["li"]
    row = next(one for one in lines(quarter, "level") if one.customer_id == up.pk)
    done = perform(li, f"{LINE}.accept", row.pk, {}, reason="大客户")
    assert done.approval is not None
    assert the(Customer, up.pk).level_key == "gold"
    perform(chief, "engine.approval.approve", done.approval.pk, {})
    assert the(Customer, up.pk).level_key == "diamond"
    entry = HistoryEntry.objects.filter(record=CUSTOMER, record_id=up.pk).order_by("-seq").first()
    assert (entry.actor_id, entry.signer_id) == (world.li.pk, world.chief.pk)


def test_many_proposals_are_decided_with_a_preview(world, quarter):
    client = Client()
    client.force_login(world.chief)
    chosen = [ids.show(row.pk) for row in lines(quarter, "level")]
    url = f"/meetings/{ids.show(quarter.pk)}/decide"
    preview = client.post(url, {"line": chosen, "verdict": "accept"})
    assert preview.status_code == 200
    assert {row.state_key for row in lines(quarter, "level")} == {"open"}
    client.post(url, {"line": chosen, "verdict": "accept", "confirm": "1", "note": ""})
    assert {row.state_key for row in lines(quarter, "level")} == {"accepted"}
    assert the(Customer, world.records[CUSTOMER]["zhao"].pk).level_key == "silver"


@pytest.mark.parametrize(
    "path", ["", "/lines?section=level", "/purchases", "/purchases?level=gold", "/sheet"]
)
def test_the_pages_of_a_meeting_show_no_data_as_such(world, quarter, path):
    client = Client()
    client.force_login(world.chief)
    answer = client.get(f"/meetings/{ids.show(quarter.pk)}{path}")
    assert answer.status_code == 200
    assert world.records[CUSTOMER]["li"].name in answer.content.decode()
    assert "无数据" in answer.content.decode() or path in ("/lines?section=level", "/sheet")


@pytest.mark.parametrize("path", ["/lines?section=x", "/lines?after=x", "/purchases?after=x_y"])
def test_addresses_that_make_no_sense_are_refused(world, quarter, path):
    client = Client()
    client.force_login(world.chief)
    assert client.get(f"/meetings/{ids.show(quarter.pk)}{path}").status_code in (400, 404)
