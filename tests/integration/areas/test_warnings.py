"""Early warning over real orders, receipts and reports: each kind opens a case that is dealt with to the end."""

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from api.calling import give
from kedang.areas.customers.models import Customer
from kedang.areas.engagement.models import Promise, Task
from kedang.areas.warnings import jobs, selectors, services
from kedang.areas.warnings.models import Rule, Warning, WarningRun
from kedang.engine.actions.perform import perform
from kedang.engine.calendar import table
from kedang.engine.identity.actors import actor_of
from kedang.engine.jobs import SYSTEM, queue, running
from kedang.engine.jobs.models import DONE, Job
from kedang.engine.notices.models import Notice
from kedang.engine.records.verify import verify
from kedang.engine.scope.doors import writing
from kedang.kernel import clock, ids
from kedang.kernel.errors import Invalid, NotAllowed, RuleBroken

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 18, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 18)


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


def customer_of(world, name, owner=None, **inputs):
    owner = owner or world.li
    made = {"name": name, "type_key": "enterprise", "country": "CN", "phone": "02088880000", "owner": owner.pk,
            "unit": owner.unit_id, **inputs}  # fmt: skip
    return perform(world.boss, "customers.customer.create", inputs=made).record


def buy(world, customer, *days_and_amounts, status="approved", **more):
    for ago, amount in days_and_amounts:
        on = TODAY - timedelta(ago)
        inputs = {"customer": customer.pk, "ordered_on": on.isoformat(), "amount": str(amount), "status_key": status,
                  "owner": customer.owner_id, **more}  # fmt: skip
        perform(world.boss, "trade.order.create", inputs=inputs)


def pay(world, customer, ago, amount):
    on = (TODAY - timedelta(ago)).isoformat()
    perform(
        world.boss,
        "trade.receipt.create",
        inputs={"customer": customer.pk, "received_on": on, "amount": str(amount)},
    )


def look(as_of=None, *, changed=False):
    """Run the rules as the worker does, and return what the run counted."""
    job = queue(SYSTEM, jobs.RUN, {"as_of": as_of.isoformat() if as_of else "", "changed": changed})
    running.run(running.take())
    ended = Job.objects.get(pk=job.pk)
    assert ended.state == DONE, (ended.error, ended.detail)
    return ended.result


def all_of(customer):
    rows = Warning.objects.unscoped(because="test").filter(customer=customer.pk).select_related("rule")
    return {row.rule.pack_key: row for row in rows.order_by("pk")}


def rule(key):
    services.seed()
    return Rule.objects.unscoped(because="test").get(pack_key=key)


# -- what each rule finds, with its figures


def test_arrears_above_the_limit(world):
    customer = customer_of(world, "佛岭陶瓷有限公司", credit_limit="50000", credit_term_days=30)
    buy(world, customer, (97, 30000), (40, 50000), (10, 20000))
    pay(world, customer, 20, 5800)
    look()
    row = all_of(customer)["arrears"]
    assert row.level_key == "red"
    assert (
        row.reason == "欠款9.4万元，其中逾期7.4万元，最长67天。"
    )  # the limit itself is not for every reader
    assert row.figures["over_limit"] == "44200.00"
    assert (row.owner_id, row.state_key, row.due_on) == (world.li.pk, "open", date(2026, 11, 23))
    assert (row.as_of, row.times) == (TODAY, 1)


def test_nothing_overdue_is_not_said(world):
    customer = customer_of(world, "未到期的公司", credit_limit="500", credit_term_days=30)
    buy(world, customer, (10, 9000))
    look()
    assert all_of(customer)["arrears"].reason == "欠款9,000元。"


def test_the_day_on_the_order_goes_before_the_term(world):
    customer = customer_of(world, "岭澳净水有限公司", credit_term_days=30)
    buy(world, customer, (40, 1000), due_on=TODAY.isoformat())
    look()
    assert "arrears" not in all_of(customer)
    look(TODAY + timedelta(1))
    row = all_of(customer)["arrears"]
    assert (row.level_key, row.reason) == ("amber", "欠款1,000元，其中逾期1,000元，最长1天。")


def test_less_than_last_year(world):
    customer = customer_of(world, "澜石水务设备有限公司")
    buy(world, customer, (375 + 30, 100000), (375 + 10, 50000), (45, 90000), (15, 30000))
    look()
    row = all_of(customer)["last_year"]
    assert row.level_key == "amber"
    assert row.reason == "近90天进货12.0万元，去年同期15.0万元，少3.0万元，变化−20%。"


def test_a_little_less_than_last_year_is_no_news(world):
    small, just = customer_of(world, "小铺子一号"), customer_of(world, "小铺子二号")
    for customer, amount in ((small, "19999.99"), (just, "20000")):
        buy(world, customer, (375, amount))
    look()
    assert "last_year" not in all_of(small)
    row = all_of(just)["last_year"]
    assert (row.level_key, row.figures["behind_last_year"]) == ("red", "20000.00")
    assert row.reason == "去年同期2.0万元，少2.0万元，变化−100%。"


def test_buying_less_often(world):
    customer = customer_of(world, "云浦生物制药有限公司")
    buy(world, customer, *((ago, 500) for ago in (79, 70, 61, 52, 35, 18, 1)))
    look()
    row = all_of(customer)["slowing"]
    assert row.reason == "平均进货间隔从9天拉长到17天，慢了88.89%。"


def test_no_more_purchase(world):
    customer = customer_of(world, "粤盈包装有限公司")
    buy(world, customer, (100, 7000), (76, 7000), (52, 7800))
    look()
    row = all_of(customer)["churn"]
    assert (row.level_key, row.reason) == ("amber", "通常24天进货一次，已隔52天没有，上次2026-09-27。")


def test_no_data_is_no_warning(world):
    fresh = customer_of(world, "没有订单的公司")
    draft = customer_of(world, "只有草稿的公司")
    once = customer_of(world, "只买过一次的公司")
    buy(world, draft, (200, 7000), (150, 7000), (100, 7800), status="draft")
    buy(world, once, (80, 7000))
    look()
    assert all_of(fresh) == {}
    assert all_of(draft) == {}
    assert all_of(once).keys() <= {"unpaid"}


def test_a_visit_is_contact_and_an_overdue_promise_of_ours_warns(world, li):
    seen = customer_of(world, "上周去过的公司")
    buy(world, seen, (120, 100))
    inputs = {"customer": seen.pk, "planned_on": str(TODAY - timedelta(7)), "purpose": "回访"}
    visit = perform(world.boss, "engagement.visit.create", inputs=inputs).record
    told = {
        "result": "答应补票",
        "done_on": str(TODAY - timedelta(7)),
        "promise": "补票",
        "promise_on": str(TODAY - timedelta(1)),
    }
    perform(world.boss, "engagement.visit.done", visit.pk, told)
    look()
    said = {key: row.reason for key, row in all_of(seen).items()}
    assert "untouched" not in said
    assert said["promise_overdue"] == "有1条我方承诺过期未兑现。"
    promise = Promise.objects.unscoped(because="test").get(customer=seen.pk)
    perform(world.boss, "engagement.promise.keep", promise.pk)
    look(TODAY + timedelta(1))
    assert all_of(seen)["promise_overdue"].cleared_on == TODAY + timedelta(1)


def test_the_floor(world, li):
    customer = customer_of(world, "很久没联系的公司")
    buy(world, customer, (120, 100))
    pay(world, customer, 91, 50)
    perform(li, "customers.customer.archive", customer.pk, reason="停业")
    found = look(TODAY + timedelta(3))
    assert found["opened"] >= 3
    said = {key: row.reason for key, row in all_of(customer).items()}
    assert said["untouched"] == "已94天没有订单、回款、拜访或办完的待办。"
    assert said["unpaid"] == "欠款50元，已94天没有回款。"
    assert said["approval_waits"] == "这个客户的审批已等3天。"


# -- one case until it is closed


def churning(world, name="粤盈包装有限公司", owner=None):
    customer = customer_of(world, name, owner)
    buy(world, customer, (100, 7000), (76, 7000), (52, 7800))
    return customer


def test_a_run_again_adds_nothing_and_a_repeat_is_joined(world):
    customer = churning(world)
    assert look()["opened"] >= 1
    assert look().get("opened", 0) == 0
    assert all_of(customer)["churn"].times == 1
    look(TODAY + timedelta(7))
    row = all_of(customer)["churn"]
    assert (row.times, row.seen_on, row.found_on, row.level_key) == (2, TODAY + timedelta(7), TODAY, "amber")
    assert "59天" in row.reason
    found = look(TODAY + timedelta(21))  # 73 days silent: more than three gaps
    row = all_of(customer)["churn"]
    assert (found["worsened"] >= 1, row.level_key, row.times) == (True, "red", 3)
    assert (
        Warning.objects.unscoped(because="test").filter(customer=customer.pk, rule__pack_key="churn").count()
        == 1
    )


@pytest.mark.sqlite
def test_the_planner_is_told_of_a_run_that_opened_many(world, monkeypatch):
    def known():
        with connection.cursor() as cursor:
            if "sqlite_stat1" not in connection.introspection.table_names(cursor):
                return set()
            cursor.execute("SELECT idx FROM sqlite_stat1 WHERE tbl = 'warnings_warning'")
            return {row[0] for row in cursor.fetchall()}

    before = known()
    churning(world)
    look()
    assert known() == before, "a handful changes no plan"
    monkeypatch.setattr(jobs, "GROWN", 1)
    churning(world, "粤盈二厂包装有限公司")
    look()
    assert known() >= {"warning_of_team", "warning_first"}


@pytest.mark.sqlite
def test_a_step_of_a_run_reads_the_warnings_of_its_customers_only(db):
    """With what SQLite knows of a million warnings it took the index of rules, and read all of them for each step."""
    many = dict.fromkeys(range(1_000, 1_000 + selectors.LISTED + 1))
    with CaptureQueriesContext(connection) as asked:
        assert selectors.standing(many, range(1, 9)) == {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sql FROM sqlite_master WHERE tbl_name = 'warnings_warning' AND sql IS NOT NULL"
        )
        made = [sql for (sql,) in cursor.fetchall()]
    known = {"warning_of_rule": "1024765 1001 1001", "warning_due": "501490 1001 1001 1",
             "warning_of_owner": "512864 1001 1001 1001", "warning_of_customer": "1009470 2 2",
             "warning_by_due": "1134000 1001 1", "warning_by_found": "1047600 1001 1"}  # fmt: skip
    known |= {
        name: "1028376 1001" for name in (sql.split('"')[1] for sql in made) if name.startswith("warnings_")
    }
    with closing(sqlite3.connect(":memory:")) as million:
        million.executescript(";".join([*sorted(made, key=lambda sql: "INDEX" in sql), "ANALYZE"]))
        million.executemany("INSERT INTO sqlite_stat1 VALUES ('warnings_warning', ?, ?)", known.items())
        million.execute("ANALYZE sqlite_master")
        [(*_ids, plan)] = million.execute(f"EXPLAIN QUERY PLAN {asked[0]['sql']}").fetchall()
    assert "customer_id>?" in plan


def test_what_is_over_stays_open_until_somebody_closes_it(world):
    customer = churning(world)
    look()
    buy(world, customer, (0, 100))
    assert look()["cleared"] >= 1
    row = all_of(customer)["churn"]
    assert (row.state_key, row.cleared_on) == ("open", TODAY)


def test_from_found_to_closed(world, li):
    customer = churning(world)
    look()
    row = all_of(customer)["churn"]
    assert Notice.objects.filter(user=world.li.pk, kind="warning").exists()
    with pytest.raises(RuleBroken, match="原因"):
        perform(li, "warnings.warning.set_measure", row.pk, {"measure": "约见", "due_on": "2026-11-25"})
    perform(li, "warnings.warning.take", row.pk)
    win_back = Task.objects.unscoped(because="test").get(origin_id=row.pk)
    assert (win_back.title, win_back.owner_id) == ("赢回客户：问清不再进货的原因", world.li.pk)
    perform(li, "warnings.warning.investigate", row.pk, {"cause": "competitor", "found": "海擎给90天账期"})
    with pytest.raises(RuleBroken):
        perform(li, "warnings.warning.close", row.pk, {"result": "好了"})
    perform(li, "warnings.warning.set_measure", row.pk, {"measure": "谈60天账期", "due_on": "2026-11-25"})
    measure = Task.objects.unscoped(because="test").get(origin_id=row.pk, title="谈60天账期")
    assert (measure.customer_id, measure.due_on) == (customer.pk, date(2026, 11, 25))
    perform(li, "warnings.warning.close", row.pk, {"result": "11月25日恢复下单"})
    row = all_of(customer)["churn"]
    assert (row.state_key, row.cause_key, row.result) == ("closed", "competitor", "11月25日恢复下单")
    assert row.measure == "谈60天账期（李明，2026-11-25前）"
    look(TODAY + timedelta(29))
    assert all_of(customer)["churn"].pk == row.pk
    look(TODAY + timedelta(30))
    again = all_of(customer)["churn"]
    assert (again.pk != row.pk, again.before_id, again.state_key) == (True, row.pk, "open")
    assert verify().faults == []


def test_a_false_alarm_counts_against_its_rule(world, li):
    customer = churning(world)
    look()
    row = all_of(customer)["churn"]
    with pytest.raises(Invalid):
        perform(li, "warnings.warning.false_alarm", row.pk)
    perform(li, "warnings.warning.false_alarm", row.pk, reason="改从分公司下单")
    assert all_of(customer)["churn"].state_key == "false_alarm"
    assert selectors.tally(row.rule_id) == {"raised": 1, "open": 0, "false": 1}
    assert look().get("opened", 0) == 0


def test_theft_is_reported_by_staff(world, li):
    customer = world.records["customers.customer"]["li"]
    report = {
        "customer": customer.pk,
        "rule": rule("theft").pk,
        "reason": "仓库被盗，丢泵12台",
        "happened_on": "2026-11-17",
    }
    row = perform(li, "warnings.warning.create", inputs=report).record
    assert (row.title, row.level_key, row.due_on, row.owner_id) == (
        "被盗",
        "amber",
        date(2026, 11, 20),
        world.li.pk,
    )
    with pytest.raises(Invalid) as again:
        perform(li, "warnings.warning.create", inputs=report)
    assert "再次出现" in again.value.problems[0].text
    perform(li, "warnings.warning.seen_again", row.pk, {"what": "又丢2台"})
    stored = Warning.objects.unscoped(because="test").get(pk=row.pk)
    assert (stored.times, stored.investigation) == (2, "又丢2台")
    with pytest.raises(Invalid):
        perform(li, "warnings.warning.create", inputs={**report, "rule": rule("churn").pk})


def test_somebody_elses_event_goes_to_whose_customer_it_is(world):
    zhao = actor_of(give(world.chief, "general_manager"))
    customer = world.records["customers.customer"]["li"]
    report = {"customer": customer.pk, "rule": rule("lawsuit").pk, "reason": "被供应商起诉"}
    row = perform(zhao, "warnings.warning.create", inputs=report).record
    assert (row.owner_id, row.unit_id) == (world.li.pk, customer.unit_id)
    assert Notice.objects.filter(user=world.li.pk, record_id=row.pk).count() == 1


def test_what_is_late_goes_to_the_leader_once(world):
    give(world.chief, "sales_manager")
    customer = churning(world)
    look()
    row = all_of(customer)["churn"]
    for _turn in range(2):
        with clock.frozen(NOON + timedelta(days=10)):
            queue(SYSTEM, jobs.ESCALATE, {})
            running.run(running.take())
    row = all_of(customer)["churn"]
    assert (row.escalated_to_id, row.escalated_on) == (world.chief.pk, TODAY + timedelta(10))
    assert Notice.objects.filter(user=world.chief.pk, record_id=row.pk).count() == 1


# -- rules are data


def test_people_add_rules_of_their_own(world):
    manager = actor_of(give(world.chief, "sales_manager"))
    made = {"name": "金牌客户大额逾期", "kind_key": "arrears", "level_key": "red", "days": 1,
            "when": "overdue_amount >= 1000 and level_key in ['diamond', 'gold']",
        "says": "金牌客户逾期{overdue_amount}。"}  # fmt: skip
    own = perform(manager, "warnings.rule.create", inputs=made).record
    gold = customer_of(world, "金牌公司", level_key="gold", credit_term_days=10)
    silver = customer_of(world, "银牌公司", level_key="silver", credit_term_days=10)
    for one in (gold, silver):
        buy(world, one, (30, 1000))
    look()
    rows = Warning.objects.unscoped(because="test").filter(rule=own.pk)
    assert [(row.customer_id, row.reason) for row in rows] == [(gold.pk, "金牌客户逾期1,000元。")]


@pytest.mark.parametrize(
    "when", ["overdue_amount >", "no_such_figure > 3", "level_key > 3", "overdue_amount == 'many'", ""]
)
def test_a_condition_that_cannot_be_is_refused(world, when):
    manager = actor_of(give(world.chief, "sales_manager"))
    made = {"name": "错的", "kind_key": "other", "level_key": "red", "days": 1, "when": when}
    with pytest.raises(Invalid) as refused:
        perform(manager, "warnings.rule.create", inputs=made)
    assert [problem.field for problem in refused.value.problems] == ["when"]


def test_the_rules_of_the_pack_can_be_applied(world):
    services.seed()
    known = selectors.known()
    for one in Rule.objects.unscoped(because="test").exclude(when=""):
        assert (
            services.rules.names_in(one.when, one.red_when) | services.rules.named_in(one.says)
            <= known.keys()
        )
    assert services.seed() == 0


def test_a_rep_may_not_change_rules(world, li):
    with pytest.raises(NotAllowed):
        perform(li, "warnings.rule.update", rule("churn").pk, {"days": 3})


# -- the run


def test_a_run_that_was_killed_goes_on_and_warns_nobody_twice(world, monkeypatch):
    customers = [churning(world, f"第{n}家公司") for n in "一二三四五六"]
    monkeypatch.setattr(jobs, "STEP", 2)
    first = queue(SYSTEM, jobs.RUN, {})
    real, steps = jobs._Applied.step, []

    def dying(self, rows):
        real(self, rows)
        steps.append(min(rows))
        if len(steps) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(jobs._Applied, "step", dying)
    with pytest.raises(KeyboardInterrupt):
        running.run(running.take())
    with clock.frozen(NOON + timedelta(minutes=2)):
        running.run(running.take())
    assert Job.objects.get(pk=first.pk).state == DONE
    assert len(set(steps)) == len(steps)  # no step was done twice
    for customer in customers:
        rows = Warning.objects.unscoped(because="test").filter(customer=customer.pk, rule__pack_key="churn")
        assert [row.times for row in rows] == [1]
    assert Notice.objects.filter(user=world.li.pk, kind="warning", url__contains="owner=me").count() == 1
    assert WarningRun.objects.filter(finished_at__isnull=False).count() == 1


def test_after_changes_only_those_are_looked_at(world):
    still = churning(world, "不动的公司")
    with clock.frozen(NOON + timedelta(minutes=10)):
        look()
    with clock.frozen(NOON + timedelta(hours=1)):
        moved = churning(world, "变动的公司")
    with clock.frozen(NOON + timedelta(hours=2)):
        found = look(changed=True)
    assert found["customers"] == 1
    assert "churn" in all_of(moved)
    assert all_of(still)["churn"].times == 1


def test_changes_that_lie_far_apart_are_looked_at_in_groups(world, monkeypatch):
    monkeypatch.setattr(selectors, "LISTED", 2)
    customers = [churning(world, f"第{n}家公司") for n in "一二三四五六七"]
    with clock.frozen(NOON + timedelta(minutes=10)):
        look()
    with clock.frozen(NOON + timedelta(hours=1)):
        for customer in customers[::3]:
            buy(world, customer, (0, 100))
    with clock.frozen(NOON + timedelta(hours=2)):
        found = look(changed=True)
    assert found["customers"] == 3
    cleared = [all_of(customer)["churn"].cleared_on is not None for customer in customers]
    assert cleared == [True, False, False, True, False, False, True]


def test_a_warning_that_is_closed_meanwhile_is_left_alone(world, li, monkeypatch):
    customer = churning(world)
    look()
    row = all_of(customer)["churn"]
    real = services.store_found

    def late(*found):
        perform(li, "warnings.warning.false_alarm", row.pk, reason="他们在盘点")
        return real(*found)

    monkeypatch.setattr(services, "store_found", late)
    look(TODAY + timedelta(7))
    row = all_of(customer)["churn"]
    assert (row.state_key, row.times) == ("false_alarm", 1)


def test_questions_do_not_grow_with_customers(world, monkeypatch):
    def asked(names):
        for name in names:
            churning(world, name)
        with CaptureQueriesContext(connection) as queries:
            look()
        return len(queries)

    look()
    few, many = asked(["甲公司"]), asked([f"乙{n}公司" for n in range(12)])
    assert many - few <= 2


# -- who sees what


def test_the_limit_is_told_to_who_may_read_it(world, client):
    customer = customer_of(world, "佛岭陶瓷有限公司", credit_limit="50000", credit_term_days=30)
    buy(world, customer, (97, 94000))
    look()
    row = all_of(customer)["arrears"]
    for user, role, sees in ((world.li, "sales_rep", False), (world.chief, "general_manager", True)):
        give(user, role)
        client.force_login(user)
        page = client.get(f"/warnings/{ids.show(row.pk)}").content.decode()
        assert "9.4万元" in page
        assert ("超授信4.4万元" in page) is sees
        assert "44200" not in client.get(f"/warnings/{ids.show(row.pk)}/history").content.decode()


def test_a_manager_sees_how_many_the_team_has_open_and_a_rep_does_not(world, li, client, monkeypatch):
    for n in "一二":
        churning(world, f"第{n}家公司")
    churning(world, "别区的公司", owner=world.wang)
    look()
    late = Warning.objects.unscoped(because="test").filter(owner=world.li.pk)
    with writing("test"):
        late.filter(pk=late.first().pk).update(due_on=TODAY - timedelta(1))
    head = give(world.zhao, "sales_manager")
    head.unit = world.north
    head.save()
    seen = selectors.of_team(actor_of(head), TODAY)
    assert [(one.name, one.count, one.late) for one in seen.people] == [("李明", late.count(), 1)]
    assert (seen.count, seen.more) == (late.count(), False)
    first = selectors.of_team(actor_of(head), TODAY, most=1)
    assert [(one.count, one.late) for one in first.people] == [(1, 1)], "the one that is late is due first"
    assert (first.count, first.more) == (1, True)
    for user, shown in ((head, True), (world.li, False)):
        client.force_login(user)
        page = client.get("/desk/beside", headers={"hx-request": "true"}).content.decode()
        assert ("团队预警" in page) is shown
        assert "超过" not in page
    assert "别区的公司" not in page
    monkeypatch.setattr(selectors.of_team, "__defaults__", (1,))
    client.force_login(head)
    page = client.get("/desk/beside", headers={"hx-request": "true"}).content.decode()
    assert "超过1条" in page
    assert "只统计最早到期的1条" in page


def test_the_first_three_of_the_day(world, li):
    for n in "一二三四五":
        churning(world, f"第{n}家公司")
    look()
    shown = selectors.first_three(li)
    assert len(shown) == 3
    assert len({row.customer_id for row in shown}) == 3
    assert shown[0].level_key == "red" or all(row.level_key != "red" for row in shown)
    assert Customer.objects.visible_to(li).filter(pk__in=[row.customer_id for row in shown]).count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize(("when", "said"), [
    ("overdue_days > 60 and level_key in ['diamond', 'gold']", "最长逾期 > 60天 且 等级：钻石、金"),
    ("over_limit > 0 or (untouched_days >= 90 and not (status_key == 'lost'))",
     "超授信 > 0元 或 （未联系天数 ≥ 90天 且 状态 ≠ 已流失）"),
    ("(overdue_days", "(overdue_days"),
    ("attribute_that_is_gone > 1", "attribute_that_is_gone > 1"),
    ("credit_limit is missing and not (phone is missing)", "授信额度：无数据 且 电话：有数据"),
])  # fmt: skip
def test_a_condition_is_read_out_by_the_labels_people_know(world, when, said):
    with translation.override("zh-hans"):
        assert services.condition(when) == said


@pytest.mark.django_db
def test_rules_in_use_say_in_words_when_they_warn(world):
    services.seed()
    client = Client()
    client.force_login(give(world.chief, "general_manager"))
    page = client.get("/warning-rules").content.decode()
    assert "overdue_amount" not in page
    assert " &gt; 0" in page
