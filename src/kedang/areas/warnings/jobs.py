"""Apply the rules: to all customers each night, to those whose facts changed every quarter of an hour.

A run goes through the customers by their id, a step at a time; where it got to is kept, so that it goes on there after
a kill. A step that is done twice finds the warnings it opened and adds nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kedang.areas.customers.models import Customer
from kedang.areas.warnings import rules, selectors, services
from kedang.areas.warnings.models import Rule, Warning, WarningRun
from kedang.areas.warnings.rules import Step
from kedang.areas.warnings.services import Found
from kedang.engine.exchange.pace import Pace, tell_planner
from kedang.engine.identity.stamps import steady_stamps
from kedang.engine.jobs import JobRun, job, schedule
from kedang.engine.notices import tell
from kedang.engine.records.types import RECORDS
from kedang.kernel import clock
from kedang.kernel.garbage import fewer_collections
from kedang.kits.web.pages import record_url, url_of

RUN, ESCALATE = "warnings.run", "warnings.escalate"
STEP = 10_000
FEW = 200
MOST_TOLD = 5_000
GROWN = 1_000  # warnings opened by a run after which the planner's figures of their table are out of date
Customers = dict[int, dict[str, Any]]


@job(RUN, label=gettext_lazy("Look for warnings"))
def run_rules(run: JobRun, *, as_of: str = "", changed: bool = False) -> dict[str, Any]:
    """Apply every rule in use, as of a day (today without one), and tell whose customers it concerns.

    With `changed` only the customers whose facts were changed since the last run are looked at.
    """
    services.seed()
    day = date.fromisoformat(as_of) if as_of else clock.today()
    state = run.state
    if "run" not in state:
        done = WarningRun.objects.create(as_of=day, changed_only=changed, started_at=clock.now())
        run.keep(run=done.pk, as_of=day.isoformat(), after=0, counts={}, told={})
        state = run.state
    day = date.fromisoformat(state["as_of"])
    applied = _Applied(run, day)
    if applied.rules:
        with fewer_collections(), steady_stamps():
            for customers in _steps(run, state, applied.names, changed=changed):
                applied.step(customers)
    if run.state["counts"].get("opened", 0) >= GROWN:
        tell_planner(Warning)
    return _finished(run)


@job(ESCALATE, label=gettext_lazy("Escalate warnings that are late"))
def escalate_late(run: JobRun) -> dict[str, Any]:
    """Bring what was not dealt with in time before the leaders; what is told once is not told again."""
    count = 0
    while True:
        many, _told = services.escalate_late(clock.today(), FEW)
        count += many
        run.report(count)
        if many < FEW:
            return {"escalated": count}


def _steps(run: JobRun, state: Mapping[str, Any], names: set[str], *, changed: bool) -> Iterator[Customers]:
    """Yield customers with the fields that the rules need, STEP at once, those of the pool too."""
    rows = Customer.objects.unscoped(because="the customers that warning rules are applied to").filter(
        archived_at=None
    )
    fields = selectors.needed(names)
    after = state["after"]
    if changed:
        before = (
            WarningRun.objects.filter(finished_at__isnull=False, pk__lt=state["run"])
            .order_by("-started_at")
            .first()
        )
        pks = sorted(selectors.changed_since(before)) if before is not None else []
        waiting = [pk for pk in pks if pk > after]
        for first in range(0, len(waiting), selectors.LISTED):  # they may lie anywhere between the others
            part = waiting[first : first + selectors.LISTED]
            yield selectors.fields_of(rows.filter(pk__in=part), fields)
        return
    while True:
        found = selectors.fields_of(rows.filter(pk__gt=after).order_by("pk")[:STEP], fields)
        if not found:
            return
        after = max(found)
        yield found


class _Applied:
    """The rules in use, applied step by step."""

    def __init__(self, run: JobRun, as_of: date) -> None:
        self.run, self.as_of, self.pace = run, as_of, Pace()
        self.rules: list[tuple[Rule, rules.Ready]] = []
        self.names: set[str] = set()
        for rule in selectors.rules_in_use():
            self.rules.append((rule, rules.ready(rule.pk, rule.level_key, rule.when, rule.red_when)))
            self.names |= rules.names_in(rule.when, rule.red_when) | rules.named_in(rule.says)
        self.done = 0

    def step(self, customers: Customers) -> None:
        """Apply the rules to some customers, store what comes of it, and keep how far that is."""
        if not customers:
            return
        selectors.with_figures(customers, self.names, self.as_of)
        found = [
            (rule, pk, level)
            for rule, ready in self.rules
            for pk, row in customers.items()
            if (level := rules.judged(ready, row)) is not None
        ]
        self._store(customers, found)
        self.done += len(customers)
        counts, told = self.run.state["counts"], self.run.state["told"]
        self.run.keep(after=max(customers), counts=counts | {"customers": counts.get("customers", 0) + len(customers)},
                      told=told)  # fmt: skip
        self.run.report(self.done, text=_("Customers looked at: %(count)s") % {"count": self.done})

    def _store(self, customers: Customers, found: list[tuple[Rule, int, str]]) -> None:
        stand = selectors.standing(customers, [rule.pk for rule, _ready in self.rules])
        fresh = [(pk, rule.pk) for rule, pk, _level in found if (pk, rule.pk) not in stand]
        ended = selectors.closed(fresh)
        new: list[Found] = []
        joined: list[tuple[int, Found, Step]] = []
        hit = set()
        for rule, pk, level in found:
            hit.add((pk, rule.pk))
            warning, standing = stand.get((pk, rule.pk), (None, None))
            closed_on, before = ended.get((pk, rule.pk), (None, None))
            what = rules.step(level, standing, closed_on, self.as_of, rule.quiet_days)
            if what is Step.NOTHING:
                continue
            row = customers[pk]
            one = Found(rule, pk, row["owner_id"], row["unit_id"], level, row, before)
            if warning is None:
                new.append(one)
            else:
                joined.append((warning, one, what))
        cleared = [
            warning for pair, (warning, standing) in stand.items()
            if pair not in hit and rules.step(None, standing, None, self.as_of, 0) is Step.CLEAR
        ]  # fmt: skip
        for part in _parts(new, joined, cleared, self.pace):
            with self.pace.watching(sum(map(len, part))):
                self._count(services.store_found(*part, self.as_of), *part)

    def _count(self, loud: list[Warning], new: list[Any], joined: list[Any], cleared: list[Any]) -> None:
        state = self.run.state
        counts = Counter(state["counts"])
        counts.update(opened=len(new), joined=len(joined), cleared=len(cleared),
                      worsened=sum(what is Step.WORSEN for _one, _found, what in joined))  # fmt: skip
        told: dict[str, list[Any]] = defaultdict(lambda: [0, 0], state["told"])
        for warning in loud:
            if warning.owner_id is not None and (str(warning.owner_id) in told or len(told) < MOST_TOLD):
                told[str(warning.owner_id)] = [told[str(warning.owner_id)][0] + 1, warning.pk]
        self.run.keep(counts=dict(counts), told=dict(told))


def _parts(
    new: list[Any], joined: list[Any], cleared: list[Any], pace: Pace
) -> Iterator[tuple[Any, Any, Any]]:
    """Cut what is to be stored into batches that hold the database's lock only shortly."""
    while new or joined or cleared:
        size = max(1, pace.rows)
        part = new[:size], joined[: max(0, size - len(new))], cleared[: max(0, size - len(new) - len(joined))]
        new, joined, cleared = new[len(part[0]) :], joined[len(part[1]) :], cleared[len(part[2]) :]
        yield part


def _finished(run: JobRun) -> dict[str, Any]:
    """Tell each owner in one line what the run found, and end it; done once, though the end itself is killed."""
    state = run.state
    with transaction.atomic():
        if not state.get("ended"):
            for owner, (count, pk) in state["told"].items():
                _tell(int(owner), count, pk)
            WarningRun.objects.filter(pk=state["run"]).update(finished_at=clock.now(), counts=state["counts"])
            run.keep(ended=True)
    return {**state["counts"], "as_of": state["as_of"], "url": url_of("warnings.list")}


def _tell(owner: int, count: int, pk: int) -> None:
    kind = RECORDS[selectors.KEY]
    if count == 1:
        tell(
            [owner],
            gettext_lazy("A new warning for you"),
            record_url(kind, pk),
            "warning",
            about=(kind.key, pk),
        )
        return
    tell([owner], lambda: ngettext("%(count)s new warning", "%(count)s new warnings", count) % {"count": count},
         f"{url_of('warnings.list')}?owner=me&state_key=open", "warning")  # fmt: skip


schedule("warnings.nightly", RUN, "daily 03:30")
schedule("warnings.changed", RUN, "every 15 minutes", changed=True)
schedule("warnings.late", ESCALATE, "daily 07:00")
