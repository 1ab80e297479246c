"""A year of the demo company under a moved clock: due days, moves of the pool and warnings as a table worked out by
hand says (`tests/data/a_year.tsv`).

The company has the units, people, roles, pool, rules and calendar of the demo. Its customers are fewer: the demo draws
400 with 10,000 orders anew for each day on which it starts, so nobody could say beforehand what they do; those of the
table bear names of the demo and do what the table says, day by day, through the doors. The nights are the worker's
own: its schedules, queued when their time has come, and what the outbox holds. Whatever the year brings must stand in
the table: a line too many is as wrong as a line that is missing.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path

import pytest

from kedang.areas.customers.models import Customer
from kedang.areas.engagement.models import Promise, Task
from kedang.areas.personal.models import Request
from kedang.areas.planning.models import SalesLine
from kedang.areas.pool.models import Forecast, Move
from kedang.areas.team.models import Handover
from kedang.areas.warnings.models import STILL_OPEN, Rule, Warning
from kedang.engine.actions.perform import perform
from kedang.engine.approvals.models import PENDING, Approval
from kedang.engine.calendar import table
from kedang.engine.calendar.models import CalendarYear
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import Pool, Unit, User
from kedang.engine.installation import install
from kedang.engine.jobs import SYSTEM, queue, running, schedules
from kedang.engine.jobs.models import DONE, Job, Schedule
from kedang.engine.ledger.models import HistoryEntry, OutboxEvent
from kedang.engine.ledger.outbox import deliver_some
from kedang.engine.notices.models import Notice
from kedang.engine.records.verify import verify
from kedang.kernel import clock
from kedang.kernel.errors import KedangError
from kedang.project.demo import story
from kedang.project.demo.build import hire

pytestmark = pytest.mark.django_db
TABLE = Path(__file__).parents[2] / "data" / "a_year.tsv"
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
NIGHT = "night"
# when the worker looks up: after the pool, and when the rules and what is told in the morning are due
NIGHTLY = (time(0, 10), time(7, 5))
WORK_BEGINS, EVENING = time(10, 0), time(18, 0)
# what the others do (backups, tidying, scores) takes no part in this and costs time
SCHEDULES = ("pool.nightly", "warnings.nightly", "warnings.late", "planning.close", "personal.nightly")
C = "customers.customer"
DAY = re.compile(r"\d{4}-\d\d-\d\d")
Line = tuple[date, str, str]


def lines() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        told = [line for line in file if line.strip() and not line.startswith("#")]
    return list(csv.DictReader(told, delimiter="\t"))


@pytest.mark.both
def test_a_year_of_the_company_is_as_worked_out_by_hand():
    told = lines()
    assert all(one["why"] for one in told if one["who"] == NIGHT), "each line says why"
    year = Year()
    for day, some in groupby((one for one in told if one["who"] != NIGHT), key=lambda one: one["day"]):
        year.until(date.fromisoformat(day))
        year.work(list(some))
    year.until(LAST + timedelta(days=1))
    nights = [one for one in told if one["who"] == NIGHT]
    wanted = sorted((date.fromisoformat(one["day"]), one["customer"], one["what"]) for one in nights)
    assert list(Job.objects.exclude(state=DONE, tries=0).values_list("kind", "error", "detail")) == []
    seen = sorted(year.seen())
    assert seen == wanted, "\n".join(_differences(wanted, seen))
    assert not OutboxEvent.objects.exclude(error="").exists()
    assert verify().faults == []


def _differences(wanted: list[Line], seen: list[Line]) -> Iterator[str]:
    for sign, some, others in (("-", wanted, seen), ("+", seen, wanted)):
        yield from (f"{sign} {' '.join(map(str, line))}" for line in some if line not in others)


class Year:
    """The company, and the day on which it is."""

    def __init__(self) -> None:
        self.day = FIRST - timedelta(days=300)
        with clock.frozen(self._at(time(9))):
            install(["general"])
            self.users = hire()
            admin, name = self._as("admin"), next(iter(story.UNITS))
            founded = perform(admin, "engine.company.create", None, {"name": name}).record
            perform(admin, "engine.company.open", founded.pk)
            pool = Pool.objects.create(name=story.POOL)
            pool.units.add(Unit.objects.get(name="华南区"))
            table.fill()
            CalendarYear.objects.filter(year__gt=FIRST.year).delete()  # their notices are still to come
            table.workdays.forget()
            deliver_some()
        self.names: dict[int, str] = {}
        self.log: list[Line] = []
        self.told: dict[int, int] = {}
        self.due: dict[tuple[str, int], date] = {}

    def _at(self, at: time) -> datetime:
        return datetime.combine(self.day, at, tzinfo=clock.ZONE)

    def _as(self, username: str) -> object:
        return actor_of(self.users[username])

    # -- the clock

    def until(self, day: date) -> None:
        """Let the days pass to the morning of a day; the nights begin with the year."""
        while self.day < day:
            self.day += timedelta(days=1)
            if self.day == FIRST:
                self._begin()
            if FIRST <= self.day <= LAST:
                for at in NIGHTLY:
                    self._look(at)

    def _begin(self) -> None:
        with clock.frozen(self._at(time(0))):
            schedules.bring_up_to_date()
            Schedule.objects.exclude(key__in=SCHEDULES).delete()

    def _look(self, at: time, *more: str) -> None:
        """Do what the worker does when it looks up at a time of the day."""
        with clock.frozen(self._at(at)):
            deliver_some(10_000)
            for kind in more:
                queue(SYSTEM, kind, {"changed": True})
            schedules.queue_due()
            while (job := running.take()) is not None:
                running.run(job)
            deliver_some(10_000)
            self._note_forecasts()
            self._note_due()

    # -- what people do

    def work(self, some: list[dict[str, str]]) -> None:
        """Let people do what the table says, in its order, at ten in the morning."""
        with clock.frozen(self._at(WORK_BEGINS)):
            for one in some:
                verb, *words = one["what"].split()
                try:
                    getattr(self, f"_{verb}")(self._as(one["who"]), one["customer"], *words)
                except Exception as error:
                    before = [line for line in sorted(self.seen()) if line[1] == one["customer"]]
                    raise AssertionError(f"{one} cannot be: {error!r}; so far {before}") from error
        if self.day >= FIRST:
            self._look(
                EVENING, "warnings.run"
            )  # what is done each quarter of an hour, where something has changed

    def _pk(self, name: str) -> int:
        return next(pk for pk, one in self.names.items() if one == name)

    def _row(self, name: str) -> Customer:
        return Customer.objects.unscoped(because="test").get(pk=self._pk(name))

    def _files(self, actor, name, *words):
        values = dict(word.split("=") for word in words)
        inputs = {"name": f"{name}有限公司", "short_name": name, "type_key": "enterprise", "country": "CN",
                  "phone": "02088880000", "owner": actor.user_id, "level_key": values.pop("level")}  # fmt: skip
        made = perform(self._as("admin"), f"{C}.create", None, inputs).record
        self.names[made.pk] = name
        if values:
            perform(self._as("wenjing"), f"{C}.update", made.pk, values)

    def _orders(self, actor, name, amount, *words):
        inputs = {"customer": self._pk(name), "ordered_on": self.day.isoformat(), "amount": amount,
                  "status_key": "approved", "owner": self._row(name).owner_id}  # fmt: skip
        perform(actor, "trade.order.create", None, inputs | dict(word.split("=") for word in words))

    def _pays(self, actor, name, amount):
        inputs = {"customer": self._pk(name), "received_on": self.day.isoformat(), "amount": amount}
        perform(actor, "trade.receipt.create", None, inputs)

    def _buys(self, actor, name, amount):
        self._orders(actor, name, amount)
        self._pays(actor, name, amount)

    def _sees(self, actor, name, way, *promised):
        inputs = {
            "customer": self._pk(name),
            "kind_key": way,
            "purpose": "回访",
            "planned_on": self.day.isoformat(),
        }
        visit = perform(actor, "engagement.visit.create", None, inputs).record
        minutes = {"result": "谈过"}
        if promised:
            by, on = promised
            minutes |= {"promise": "补证明", "promise_by": by, "promise_on": on}
        perform(actor, "engagement.visit.done", visit.pk, minutes)

    def _keeps(self, actor, name):
        row = Promise.objects.visible_to(actor).get(customer=self._pk(name), state_key="open", by_key="us")
        perform(actor, "engagement.promise.keep", row.pk)

    def _plans(self, actor, name, days):
        inputs = {"customer": self._pk(name), "title": f"{days}个工作日内办", "due_days": int(days)}
        perform(actor, "engagement.task.create", None, inputs)

    def _asks(self, actor, name, what):
        if what == "archive":
            perform(actor, f"{C}.archive", self._pk(name), reason="停业")
            return
        person = perform(
            actor, "customers.contact.create", None, {"customer": self._pk(name), "name": "吴启明"}
        ).record
        inputs = {"customer": self._pk(name), "contact": person.pk, "kind_key": "access", "what": "要一份资料",
                  "asked_on": self.day.isoformat()}  # fmt: skip
        perform(actor, "personal.request.create", None, inputs)

    def _answers(self, actor, name):
        row = Request.objects.visible_to(actor).filter(customer=self._pk(name), state_key="open").first()
        perform(actor, "personal.request.identify", row.pk, {"how": "当面"})
        perform(actor, "personal.request.answer", row.pk, {"answer": "已给"})

    def _refuses(self, actor, name):
        row = Approval.objects.visible_to(actor).get(record=C, record_id=self._pk(name), state=PENDING)
        perform(actor, "engine.approval.reject", row.pk, {"note": "还在买"})

    def _targets(self, actor, name, month, amount):
        inputs = {"customer": self._pk(name), "month_on": f"{month}-01", "target": amount}
        perform(actor, "planning.salesline.create", None, inputs)

    def _reports(self, actor, name, event):
        rule = Rule.objects.visible_to(actor).get(pack_key=event)
        inputs = {
            "customer": self._pk(name),
            "rule": rule.pk,
            "reason": "听说的",
            "happened_on": self.day.isoformat(),
        }
        perform(actor, "warnings.warning.create", None, inputs)

    def _warning(self, actor, name, rule):
        rows = Warning.objects.visible_to(actor).filter(customer=self._pk(name), state_key__in=STILL_OPEN)
        return rows.get(rule__pack_key=rule).pk

    def _takes(self, actor, name, rule):
        perform(actor, "warnings.warning.take", self._warning(actor, name, rule))

    def _hears(self, actor, name, rule):
        perform(actor, "warnings.warning.seen_again", self._warning(actor, name, rule), {"what": "又一次"})

    def _settles(self, actor, name, rule):
        pk = self._warning(actor, name, rule)
        perform(actor, "warnings.warning.investigate", pk, {"cause": "competitor", "found": "问过"})
        perform(
            actor, "warnings.warning.set_measure", pk, {"measure": "上门", "due_on": self.day.isoformat()}
        )
        perform(actor, "warnings.warning.close", pk, {"result": "好了"})

    def _dismisses(self, actor, name, rule):
        perform(actor, "warnings.warning.false_alarm", self._warning(actor, name, rule), reason="季节性的")

    def _lets_fall(self, actor, name):
        queue(actor, "pool.run", {})

    def _claims(self, actor, name, *refused):
        pk = self._pk(name)
        if not refused:
            perform(actor, f"{C}.claim", pk)
            return
        with pytest.raises(KedangError) as error:
            perform(actor, f"{C}.claim", pk)
        self.log.append((self.day, name, f"claim refused until {DAY.findall(error.value.text)[-1]}"))

    def _keeps_out(self, actor, name, until):
        perform(actor, f"{C}.keep_out", self._pk(name), {"until": until}, reason="新签在谈")

    def _gives_back(self, actor, name):
        perform(actor, f"{C}.give_back", self._pk(name))

    def _leaves(self, actor, name, leaver, receiver):
        inputs = {"leaver": self.users[leaver].pk, "receiver": self.users[receiver].pk, "reason": "离职"}
        plan = perform(actor, "team.handover.create", None, inputs).record
        perform(actor, "team.handover.start", plan.pk)

    def _notice(self, actor, name, *days):
        """The State Council's notice of a year comes out: days off, and days worked with a plus before them."""
        for word in days:
            day = date.fromisoformat(word.lstrip("+"))
            table.put(day, day, working=word.startswith("+"), name="元旦")
        table.publish(day.year, published=True)

    # -- what came of it

    def _note_forecasts(self) -> None:
        """Note which customer its owner was warned of, each step once."""
        now = dict(Forecast.objects.exclude(told=None).values_list("customer", "told"))
        for pk, stage in now.items():
            if self.told.get(pk) != stage:
                on = Forecast.objects.get(customer=pk).on
                self.log.append((self.day, self.names[pk], f"falls on {on}: told {stage} days before"))
        self.told = now

    def _note_due(self) -> None:
        """Note the day on which something is due, as soon as it is known and whenever it moves."""
        for what, model, column in (
            ("task", Task, "due_on"), ("request", Request, "due_on"), ("remedy", SalesLine, "remedy_due_on"),
        ):  # fmt: skip
            rows = model.objects.unscoped(because="test").exclude(**{column: None})
            for pk, customer, due in rows.values_list("pk", "customer", column):
                if self.due.get((what, pk)) != due:
                    moved = "moves to" if (what, pk) in self.due else "due"
                    self.log.append((self.day, self.names[customer], f"{what} {moved} {due}"))
                self.due[what, pk] = due

    def seen(self) -> Iterator[Line]:
        """Yield what the year brought: (day, customer, what)."""
        yield from self.log
        yield from self._moves()
        yield from self._warnings()
        people = {user.pk: user.username for user in User.objects.all()}
        for user, at, kind in Notice.objects.filter(kind__in=("pool", "lock")).values_list(
            "user", "at", "kind"
        ):
            word = {"pool": "falling soon", "lock": "a request"}[kind]
            yield at.astimezone(clock.ZONE).date(), "-", f"{people[user]} hears of {word}"
        for record, word in ((C, "customer"), ("engagement.task", "task"), ("warnings.warning", "warning")):
            yield from self._handed(record, word, people)

    def _handed(self, record: str, word: str, people: dict[int, str]) -> Iterator[Line]:
        model = {C: Customer, "engagement.task": Task, "warnings.warning": Warning}[record]
        home = "pk" if record == C else "customer"
        homes = dict(model.objects.unscoped(because="test").values_list("pk", home))
        entries = HistoryEntry.objects.filter(
            record=record, run_id__in=Handover.objects.unscoped(because="test").values("pk")
        )
        for pk, at, changes in entries.values_list("record_id", "at", "changes"):
            if "owner_id" in changes:
                whose = people[changes["owner_id"][1]]
                yield at.astimezone(clock.ZONE).date(), self.names[homes[pk]], f"{word} of {whose}"

    def _moves(self) -> Iterator[Line]:
        words = {
            "fell": "falls into the pool",
            "claimed": "claimed by {0}",
            "given_back": "given back to {0}",
        }
        rows = Move.objects.filter(kind__in=words, day__gte=FIRST)
        for name, kind, day, user in rows.values_list("customer", "kind", "day", "user__username"):
            yield day, self.names[name], words[kind].format(user)

    def _warnings(self) -> Iterator[Line]:
        """Yield what became of each warning, from its history."""
        rows = Warning.objects.unscoped(because="test").select_related("rule")
        known = {row.pk: (self.names[row.customer_id], row.rule.pack_key) for row in rows}
        people = {user.pk: user.username for user in User.objects.all()}
        entries: dict[int, list[HistoryEntry]] = defaultdict(list)
        for entry in HistoryEntry.objects.filter(record="warnings.warning").order_by("record_id", "seq"):
            entries[entry.record_id].append(entry)
        for pk, some in entries.items():
            customer, rule = known[pk]
            for entry in some:
                for word in _said(entry, people):
                    yield entry.at.astimezone(clock.ZONE).date(), customer, f"{rule} {word}"


def _said(entry: HistoryEntry, people: dict[int, str]) -> Iterator[str]:
    new = {name: change[1] for name, change in entry.changes.items()}
    if entry.seq == 1:
        again = ", again" if new.get("before_id") else ""
        yield f"opens {new['level_key']}, due {new['due_on']}{again}"
        return
    if "level_key" in new:
        yield f"worsens to {new['level_key']}, seen {new['times']} times"
    elif "times" in new:
        yield f"joined, seen {new['times']} times"
    if new.get("cleared_on"):
        yield "cleared"
    if "due_on" in new:
        yield f"due moves to {new['due_on']}"
    if new.get("escalated_on"):
        yield f"escalated to {people.get(new.get('escalated_to_id'), 'nobody')}"
    if new.get("state_key") in ("closed", "false_alarm"):
        yield {"closed": "closed", "false_alarm": "false alarm"}[new["state_key"]]
