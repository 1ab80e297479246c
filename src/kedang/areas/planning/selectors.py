"""Whose figures an actor sees, what they are, what a month asks of whom, and how far a sales task is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Max, Q, Sum, When

from kedang.areas.customers.models import Customer
from kedang.areas.customers.selectors import in_window, reads_regions, spot_of
from kedang.areas.engagement import selectors as engagement
from kedang.areas.engagement.models import DONE, PLANNED, VISIT, Visit
from kedang.areas.engagement.rules import week_of
from kedang.areas.planning import rules
from kedang.areas.planning.models import ANNOUNCED, DRAFT, UNMET, MonthTarget, Quota, SalesLine
from kedang.areas.planning.rules import CALLS, CUSTOMERS, NEW, PROSPECTS
from kedang.areas.reviews.selectors import purchases_count, sees_amounts
from kedang.areas.trade.models import Order
from kedang.engine.calendar.table import workdays
from kedang.engine.identity.actors import directory
from kedang.engine.identity.models import Membership, User
from kedang.engine.packs.active import active
from kedang.engine.records.access import modes
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.reach import record_key
from kedang.kernel import clock
from kedang.kernel.actor import Actor, Mode
from kedang.kernel.places import Point, around

CUSTOMER, VISITS, LINE = record_key(Customer), record_key(Visit), record_key(SalesLine)
CALL = "call"
PAGE = 50
AHEAD = timedelta(days=7)
TRIPS, NEAR, SOUGHT, CITY = 6, 3, 300, 4
SETTINGS = {
    CALLS: "quota.calls_per_day", CUSTOMERS: "quota.customers_visited_per_week",
    NEW: "quota.new_customers_per_month", PROSPECTS: "quota.prospects_per_month",
}  # fmt: skip


# -- whose


def sees_figures(actor: Actor) -> bool:
    """Say whether an actor may see figures at all: those of their own, made of visits and customers they read."""
    if actor.user_id is None or not actor.may(CUSTOMER, "view") or not engagement.sees_visits(actor):
        return False
    allowed = modes(actor, RECORDS[CUSTOMER])
    return all(
        allowed[name] >= Mode.READ for name in ("name", "status_key", "since", "created_at", "level_key")
    )


def leads(actor: Actor) -> bool:
    """Say whether an actor has a team: who may give away the visits of others sees their figures and sets theirs."""
    return sees_figures(actor) and actor.may(VISITS, "assign") and bool(units_led(actor))


def units_led(actor: Actor) -> frozenset[int]:
    """Return the units whose people are the actor's team."""
    grant = actor.grant(CUSTOMER, "assign")
    if grant is None:
        return frozenset()
    return frozenset(directory().paths) if grant.everything else grant.units


def _makers() -> Any:
    """Return the people whose role lets them make visits but not lead: the query of their ids."""
    making, leading = directory().roles_with(VISITS, "create"), directory().roles_with(VISITS, "assign")
    makers = Membership.objects.filter(role__in=making).values("user")
    leaders = Membership.objects.filter(role__in=leading).values("user")
    return Q(pk__in=makers) & ~Q(pk__in=leaders)


def team(actor: Actor, after: str = "", most: int = PAGE) -> list[User]:
    """Return the people whose figures an actor leads, by their user names, `most` + 1 at most."""
    rows = User.objects.filter(_makers(), unit__in=units_led(actor), is_active=True, username__gt=after)
    return list(rows.select_related("unit").order_by("username")[: most + 1])


def member(actor: Actor, pk: int) -> User | None:
    """Return one of the people an actor leads, or the actor."""
    rows = User.objects.select_related("unit").filter(pk=pk)
    if pk != actor.user_id:
        rows = rows.filter(unit__in=units_led(actor) if leads(actor) else ())
    found: User | None = rows.first()
    return found


# -- quotas


def usual_quotas() -> dict[str, int]:
    """Return the quotas of the house: the settings of the packs."""
    return {measure: int(str(active().setting(key))) for measure, key in SETTINGS.items()}


def path_of(unit_id: int | None) -> list[int]:
    """Return the units from the top down to one."""
    return [int(part) for part in directory().paths.get(unit_id or 0, "").split("/") if part]


def quotas(units: Iterable[int | None]) -> dict[int | None, dict[str, int]]:
    """Return the quotas that hold in each of these units: one query."""
    wanted = set(units)
    paths = {unit: path_of(unit) for unit in wanted}
    own = set_quotas({step for path in paths.values() for step in path})
    usual = usual_quotas()
    return {unit: rules.quotas_of(path, usual, {key: row.value for key, row in own.items()})
            for unit, path in paths.items()}  # fmt: skip


def quotas_in_month(people: Sequence[User], day: date) -> dict[int, Mapping[str, int]]:
    """Return what is asked of people in the month of a day: what was announced to them, else what their unit usually
    asks. Two queries.
    """
    usual, told = (
        quotas(one.unit_id for one in people),
        targets([one.pk for one in people], rules.first_of(day)),
    )
    found: dict[int, Mapping[str, int]] = {}
    for one in people:
        row = told.get(one.pk, {}).get(ANNOUNCED)
        own = {measure: getattr(row, measure) for measure in rules.MEASURES} if row is not None else {}
        found[one.pk] = usual[one.unit_id] | own
    return found


def set_quotas(units: Iterable[int]) -> dict[tuple[int, str], Quota]:
    """Return the newest row of each unit and measure: one query, of as many rows as were ever set there."""
    rows = Quota.objects.filter(unit__in=list(units)).select_related("set_by").order_by("set_at", "pk")
    return {(row.unit_id, row.measure): row for row in rows}


# -- figures


@dataclass(frozen=True, slots=True)
class Done:
    """What one person did: on a day, in its week and in its month up to that day."""

    calls_day: int = 0
    calls_week: int = 0
    calls_month: int = 0
    visits_day: int = 0
    visits_week: int = 0
    visits_month: int = 0
    customers_day: int = 0
    customers_week: int = 0
    customers_month: int = 0
    new: int = 0
    prospects: int = 0


def spans(day: date) -> dict[str, tuple[date, date]]:
    """Return the first and the last day that count: of a day, its week and its month, up to that day."""
    return {"day": (day, day), "week": (week_of(day)[0], day), "month": (rules.first_of(day), day)}


def done_by(actor: Actor, users: Sequence[int], day: date) -> dict[int, Done]:
    """Return what each of these people did up to a day, as far as the actor sees it: two queries."""
    days = spans(day)
    found: dict[int, dict[str, int]] = {pk: {} for pk in users}
    counted = {}
    for name, span in days.items():
        within = Q(done_on__range=span)
        counted[f"calls_{name}"] = Count("pk", filter=within & Q(kind_key=CALL))
        counted[f"visits_{name}"] = Count("pk", filter=within & Q(kind_key=VISIT))
        counted[f"customers_{name}"] = Count("customer", filter=within & Q(kind_key=VISIT), distinct=True)
    first = min(span[0] for span in days.values())
    rows = Visit.objects.visible_to(actor).filter(
        made_by__in=users, state_key=DONE, kind_key__in=(CALL, VISIT), done_on__range=(first, day)
    )
    for row in rows.order_by().values("made_by").annotate(**counted):
        found[row.pop("made_by")].update(row)
    for pk, new, prospects in _filed(actor, users, *days["month"]):
        found[pk].update(new=new, prospects=prospects)
    return {pk: Done(**values) for pk, values in found.items()}


@dataclass(frozen=True, slots=True)
class Today:
    """Where one person stands today: visits made and still planned, calls, and the customers visited this week."""

    person: User
    visits: int
    planned: int
    calls: int
    customers: int
    quota: Mapping[str, int]


def team_today(actor: Actor, day: date, most: int) -> list[Today]:
    """Return where the people an actor leads stand on a day, who visited the fewest customers this week first,
    `most` + 1 at most: four queries.
    """
    people = team(actor, most=most)
    if not people:
        return []
    made = Q(made_by__in=people, state_key=DONE, done_on__range=(week_of(day)[0], day))
    ahead = Q(owner__in=people, state_key=PLANNED, planned_on=day)
    whose = Case(When(state_key=DONE, then=F("made_by")), default=F("owner"))
    rows = Visit.objects.visible_to(actor).filter(made | ahead, kind_key__in=(CALL, VISIT)).order_by()
    counted = {
        who: counts
        for who, *counts in rows.values_list(whose).annotate(
            visits=Count("pk", filter=Q(state_key=DONE, kind_key=VISIT, done_on=day)),
            planned=Count("pk", filter=Q(state_key=PLANNED, kind_key=VISIT)),
            calls=Count("pk", filter=Q(state_key=DONE, kind_key=CALL, done_on=day)),
            customers=Count("customer", filter=Q(state_key=DONE, kind_key=VISIT), distinct=True),
        )
    }
    quota = quotas_in_month(people, day)
    found = []
    for one in people:
        visits, planned, calls, customers = counted.get(one.pk, (0, 0, 0, 0))
        found.append(Today(one, visits, planned, calls, customers, quota[one.pk]))
    return sorted(found, key=lambda one: one.customers)


def prospect_keys() -> list[str]:
    """Return the statuses of customers that do not buy yet."""
    choices = active().pack.choices("customer_status")
    return [one.key for one in choices if getattr(one, "kind", "") == "prospect"]


def _filed(actor: Actor, users: Sequence[int], first: date, last: date) -> Any:
    """Yield (owner, new customers, potential ones): new are those since a day of the month, or filed then as such."""
    begin = datetime.combine(first, time(), tzinfo=clock.ZONE)
    end = datetime.combine(last + timedelta(days=1), time(), tzinfo=clock.ZONE)
    filed = Q(created_at__gte=begin, created_at__lt=end)
    since = Q(since__range=(first, last)) | (filed & Q(since__isnull=True))
    potential = Q(status_key__in=prospect_keys())
    rows = Customer.objects.visible_to(actor).filter(filed | since, owner__in=users).order_by()
    return rows.values_list("owner").annotate(
        new=Count("pk", filter=since & ~potential), prospects=Count("pk", filter=filed & potential)
    )


# -- the month


def frequencies() -> dict[str, int]:
    """Return how often a file of each level is visited in a month, the best level first."""
    found = sorted((one for one in active().pack.level if not one.retired), key=lambda one: one.order)
    return {one.key: one.visits_month for one in found}


def files_by_level(actor: Actor, users: Sequence[int]) -> dict[int, dict[str, int]]:
    """Return {owner: {level: files}}: one query."""
    rows = Customer.objects.visible_to(actor).filter(owner__in=users).order_by()
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for owner, level, count in rows.values_list("owner", "level_key").annotate(count=Count("pk")):
        found[owner][level] = count
    return found


def targets(users: Sequence[int], month: date) -> dict[int, dict[str, MonthTarget]]:
    """Return {person: {state: target}} of a month, drafts and what is announced: one query."""
    rows = MonthTarget.objects.filter(user__in=users, month=month, state__in=(DRAFT, ANNOUNCED))
    found: dict[int, dict[str, MonthTarget]] = defaultdict(dict)
    for row in rows.select_related("changed_by"):
        found[row.user_id][row.state] = row
    return found


def announced(user_id: int, months: Sequence[date]) -> list[MonthTarget]:
    """Return what was announced to a person for these months, the earliest first."""
    rows = MonthTarget.objects.filter(user=user_id, month__in=months, state=ANNOUNCED)
    return list(rows.select_related("changed_by").order_by("month"))


@dataclass(frozen=True, slots=True)
class Owed:
    """A customer with the visits a month asks for: how many there were, should have been by now, and are planned."""

    customer: Any
    each: int
    done: int
    wanted: int
    last_on: date | None

    @property
    def late(self) -> int:
        """How many visits are overdue."""
        return max(0, self.wanted - self.done)

    @property
    def over(self) -> int:
        """How many more there were than the month asks for."""
        return max(0, self.done - self.each)


def owed(actor: Actor, user_id: int, day: date, after: tuple[int, int], most: int) -> list[Owed]:
    """Return a person's customers whose level asks for visits, the best levels first: two queries, a page of them."""
    each = each_of(user_id, rules.first_of(day))
    ranked = [level for level, times in each.items() if times]
    found: list[Any] = []
    rank, pk = after
    rows = Customer.objects.visible_to(actor).filter(owner=user_id, pool__isnull=True)
    for place, level in enumerate(ranked):
        if place < rank or len(found) > most:
            continue
        some = rows.filter(level_key=level).order_by("pk")
        some = some.filter(pk__gt=pk) if place == rank else some
        found += some[: most + 1 - len(found)]
    return _owed(actor, found, each, day)


def _owed(actor: Actor, customers: Sequence[Any], each: Mapping[str, int], day: date) -> list[Owed]:
    """Return these customers with what a month asks for and what was done: one query."""
    gone, days = workdays().in_month(day)
    counts = _visited(actor, [row.pk for row in customers], rules.first_of(day), day)
    return [
        Owed(row, each[row.level_key], counts.get(row.pk, (0, None))[0],
             rules.wanted_by(each[row.level_key], gone, days), counts.get(row.pk, (0, None))[1])
        for row in customers
    ]  # fmt: skip


def each_of(user_id: int, month: date) -> dict[str, int]:
    """Return how often a person visits each level in a month: as announced, else as the pack says."""
    each = frequencies()
    for target in announced(user_id, [month]):
        each |= {level: times for level, (_files, times) in target.levels.items() if level in each}
    return each


def _visited(
    actor: Actor, customers: Sequence[int], first: date, last: date
) -> dict[int, tuple[int, date | None]]:
    """Return {customer: (visits, the last day)} of some days."""
    rows = Visit.objects.visible_to(actor).filter(
        customer__in=customers, state_key=DONE, kind_key=VISIT, done_on__range=(first, last)
    )
    counted = rows.order_by().values_list("customer").annotate(count=Count("pk"), last=Max("done_on"))
    return {pk: (count, day) for pk, count, day in counted}


def on_the_way(actor: Actor, day: date) -> list[tuple[Any, Any, list[tuple[Owed, float | None]]]]:
    """Return the actor's next planned visits, each with its customer and who lies near it, with the straight line to
    them in kilometres where both places are known: four queries.

    Near is who lies within a few kilometres, or has the same region code, or the same city; looked for among the
    actor's own files that levels ask to visit, the first SOUGHT of them.
    """
    planned = engagement.planned(actor, day + AHEAD, TRIPS)[:TRIPS]
    planned = [row for row in planned if row.planned_on >= day]
    homes = engagement.names_of(actor, planned)
    spots = {pk: _own_place(actor, home) for pk, home in homes.items()}
    within = Q()
    for city in sorted({home.region_code[:CITY] for home in homes.values() if home.region_code}):
        within |= Q(region_code__startswith=city)
    for spot in spots.values():
        if spot is not None:
            within |= in_window(*around(spot, rules.NEAR_KM))
    if not within or not reads_regions(actor):
        return []
    each = each_of(actor.user_id or 0, rules.first_of(day))
    asked = [level for level, times in each.items() if times]
    rows = Customer.objects.own_of(actor).filter(within, level_key__in=asked)
    some = list(rows.exclude(pk__in=homes).order_by("-pk")[:SOUGHT])
    known = {one.customer.pk: one for one in _owed(actor, some, each, day)}
    candidates = [
        rules.Candidate(
            pk, one.customer.region_code, one.each - one.done, one.late, _own_place(actor, one.customer)
        )
        for pk, one in known.items()
    ]
    found = []
    for row in planned:
        if (home := homes.get(row.customer_id)) is None:
            continue
        if close := rules.near(home.region_code, spots[home.pk], candidates, NEAR):
            found.append((row, home, [(known[one.pk], far) for one, far in close]))
    return found


def _own_place(actor: Actor, row: Customer) -> Point | None:
    spot = spot_of(actor, row)
    return spot[0] if spot is not None and spot[1] else None


# -- the sales task


def sees_lines(actor: Actor) -> bool:
    """Say whether an actor sees sales tasks with what they come to."""
    names = ("title", "customer", "month_on", "target", "state_key", "done_amount", "remedy_due_on", "remedy")
    if not actor.may(LINE, "view") or not sees_amounts(actor):
        return False
    allowed = modes(actor, RECORDS[LINE])
    return all(allowed[name] >= Mode.READ for name in names)


def lines(actor: Actor, month: date, after: int, most: int) -> list[Any]:
    """Return a page of the lines of a month that an actor sees, `most` + 1 at most."""
    rows = SalesLine.objects.visible_to(actor).filter(month_on=month, pk__gt=after)
    return list(rows.select_related("customer", "owner").order_by("pk")[: most + 1])


def line_sums(actor: Actor, month: date) -> dict[str, tuple[int, Decimal]]:
    """Return {state: (lines, sum of their targets)} of a month."""
    rows = SalesLine.objects.visible_to(actor).filter(month_on=month).order_by().values_list("state_key")
    return {
        state: (count, total or Decimal(0))
        for state, count, total in rows.annotate(Count("pk"), Sum("target"))
    }


def bought(customers: Sequence[int], month: date, actor: Actor | None = None) -> dict[int, Decimal]:
    """Return what each customer bought in a month, in base currency: one query; without an actor for the system."""
    rows = (
        Order.objects.visible_to(actor)
        if actor is not None
        else Order.objects.unscoped(because="what a customer bought in the month of a sales task")
    )
    rows = rows.filter(
        customer__in=customers, archived_at=None, status_key__in=purchases_count(),
        ordered_on__range=(month, rules.last_of(month)),
    )  # fmt: skip
    sums = rows.order_by().values_list("customer").annotate(Sum("base_amount"))
    return {pk: total or Decimal(0) for pk, total in sums}


def demanded(actor: Actor, most: int) -> list[Any]:
    """Return the actor's own lines that ask for a remedy, the most urgent first, `most` + 1 at most."""
    rows = SalesLine.objects.own_of(actor).filter(state_key=UNMET)
    return list(rows.select_related("customer").order_by("remedy_due_on", "pk")[: most + 1])


def asked_in(years: Iterable[int]) -> list[Any]:
    """Return the unmet lines whose remedy was asked for, or is due, in some of these years."""
    spans = Q(pk__in=[])
    for year in years:
        spans |= Q(asked_on__lte=date(year, 12, 31), remedy_due_on__gte=date(year, 1, 1))
    rows = SalesLine.objects.unscoped(
        because="unmet lines of sales tasks whose remedy is due in working days"
    )
    return list(rows.filter(spans, state_key=UNMET, archived_at=None).order_by("pk"))
