"""What is read for warnings: the fields and figures of customers, the rules in use, the warnings that stand."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Min, Q
from django.utils.translation import gettext_lazy as _

from kedang.areas.customers.models import Customer
from kedang.areas.engagement.models import DONE, OPEN, Promise, Task, Visit
from kedang.areas.warnings import facts, rules
from kedang.areas.warnings.models import CLOSED, EVENT, FALSE, STILL_OPEN, Rule, Warning, WarningRun
from kedang.engine.approvals.models import PENDING, Approval
from kedang.engine.custom.storage import loaded
from kedang.engine.identity.actors import directory
from kedang.engine.identity.models import Membership, User
from kedang.engine.ledger.models import OutboxEvent
from kedang.engine.records.access import modes
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.reach import record_key
from kedang.kernel import clock
from kedang.kernel.actor import Actor, Mode
from kedang.kernel.expr import Kind
from kedang.kernel.ids import RANDOM_BITS
from kedang.packs.check import KIND_OF_FIELD

KEY = record_key(Warning)
RULE = record_key(Rule)
CUSTOMER = record_key(Customer)
ALWAYS = ("owner_id", "unit_id")
OVERLAP = timedelta(minutes=5)
MOST_HEADS = 3
MOST_COUNTED = 5_000  # open warnings of a team: more take a page too long
LISTED = 500  # so many customers are asked for one by one, more by the ends between which they lie
TOUCHED, FILED, WAITING, STEP_LATE = "untouched_days", "filed_days", "approval_days", "step_late_days"


def contribute() -> None:
    """Say what this area itself knows of customers, once at start."""
    facts.register(
        facts.Source(
            "file",
            (
                facts.Figure("task_done_on", _("Last task done"), "date", touch=True),
                facts.Figure(TOUCHED, _("Days without contact"), "days"),
                facts.Figure(WAITING, _("Days an approval has waited"), "days"),
            ),
            _of_the_file,
            events={CUSTOMER: list, record_key(Task): _of_tasks, record_key(Approval): _of_approvals},
        )
    )
    facts.register(
        facts.Source(
            "days",
            (
                facts.Figure(FILED, _("Days since it was filed"), "days"),
                facts.Figure(STEP_LATE, _("Days the next step is late"), "days"),
            ),
            _of_days,
            needs=("created_at", "next_step_on"),
            events={CUSTOMER: list},
        )
    )
    facts.register(
        facts.Source(
            "work",
            (
                facts.Figure("last_visit_on", _("Last visit or call"), "date", touch=True),
                facts.Figure("broken_promises", _("Our promises that are overdue"), "count"),
            ),
            _of_work,
            events={record_key(Visit): _visited_by, record_key(Promise): _promised_to},
        )
    )


# -- what conditions may ask for


def known() -> dict[str, Kind]:
    """Return every name that a condition may use: the fields of a customer file, custom ones too, and all figures."""
    fields = {
        name: KIND_OF_FIELD.get(spec.kind, Kind.OTHER)
        for name, spec in RECORDS[CUSTOMER].fields.items()
        if not spec.points_at and spec.kind != "json"
    }
    return fields | {name: facts.KIND_OF[one.unit] for name, one in facts.figures().items()}


def label_of(name: str) -> Any:
    """Return what people call a field or a figure."""
    figure = facts.figures().get(name)
    if figure is not None:
        return figure.label
    spec = RECORDS[CUSTOMER].fields.get(name)
    return spec.label if spec is not None else name


def guarded_by(name: str) -> str:
    """Return the guarded field of a customer that a field or a figure gives away, or an empty text."""
    figure = facts.figures().get(name)
    if figure is not None:
        return figure.rests_on
    return name if name in RECORDS[CUSTOMER].guards else ""


def reads(actor: Actor, name: str) -> bool:
    """Say whether an actor may read a field or a figure of customers within reach."""
    field = guarded_by(name) or (name if name in RECORDS[CUSTOMER].fields else "")
    return not field or modes(actor, RECORDS[CUSTOMER])[field] >= Mode.READ


# -- facts


def fields_of(customers: Any, names: Iterable[str]) -> dict[int, dict[str, Any]]:
    """Return the named fields of customer rows by id; `customers` is an opened query. A custom field reads like any."""
    specs = {name: RECORDS[CUSTOMER].fields[name] for name in names if name in RECORDS[CUSTOMER].fields}
    columns = list(dict.fromkeys([*ALWAYS, *(spec.attname for spec in specs.values() if not spec.custom)]))
    custom = {name: spec for name, spec in specs.items() if spec.custom}
    found = {}
    for pk, stored, *values in customers.values_list("pk", "custom" if custom else "pk", *columns):
        row = dict(zip(columns, values, strict=True))
        for name, spec in custom.items():
            row[name] = loaded(spec.kind, stored.get(spec.custom))
        found[pk] = row
    return found


def _of_work(customers: facts.Customers, as_of: date) -> dict[int, dict[str, Any]]:
    """Return when each customer was last visited or called, and how many of our promises to it are overdue on a day:
    two queries for all of them. Who was never visited and promised nothing has no figures.
    """
    found: dict[int, dict[str, Any]] = {}
    visits = Visit.objects.unscoped(because="when customers were last visited, for the warnings").filter(
        span(customers, "customer"), archived_at=None, state_key=DONE, done_on__lte=as_of
    )
    for pk, day in visits.order_by().values_list("customer").annotate(last=Max("done_on")):
        found.setdefault(pk, {})["last_visit_on"] = day
    promises = Promise.objects.unscoped(because="what is promised to customers, for the warnings").filter(
        span(customers, "customer"), archived_at=None, state_key=OPEN, by_key="us", due_on__lt=as_of
    )
    for pk, count in promises.order_by().values_list("customer").annotate(count=Count("pk")):
        found.setdefault(pk, {})["broken_promises"] = count
    return {pk: figures for pk, figures in found.items() if pk in customers}


def _visited_by(pks: Sequence[int]) -> Iterable[int]:
    rows = Visit.objects.unscoped(because="whose visits changed since the last run")
    return list(rows.filter(pk__in=pks).values_list("customer", flat=True))


def _promised_to(pks: Sequence[int]) -> Iterable[int]:
    rows = Promise.objects.unscoped(because="whose promises changed since the last run")
    return list(rows.filter(pk__in=pks).values_list("customer", flat=True))


def with_figures(
    customers: dict[int, dict[str, Any]], names: Iterable[str], as_of: date
) -> dict[int, dict[str, Any]]:
    """Add the figures that are asked for to the fields of customers; who has no data gets none."""
    asked = set(names)
    touches = {name for name, one in facts.figures().items() if one.touch} if TOUCHED in asked else set()
    for source in facts.wanted(asked | touches):
        for pk, found in source.read(customers, as_of).items():
            customers[pk].update(found)
    for row in customers.values() if touches else ():
        known_days = [day for name in touches if (day := row.get(name)) is not None]
        if known_days:
            row[TOUCHED] = (as_of - max(known_days)).days
    return customers


def needed(names: Iterable[str]) -> set[str]:
    """Return the fields of a customer that conditions and the sources of their figures need."""
    asked = set(names)
    touches = {name for name, one in facts.figures().items() if one.touch} if TOUCHED in asked else set()
    more = {field for source in facts.wanted(asked | touches) for field in source.needs}
    return (asked | more) & set(RECORDS[CUSTOMER].fields)


def span(customers: Mapping[int, Any], name: str) -> Q:
    """Return the condition that a foreign key or id lies among these customers: by its ends where they are many."""
    if len(customers) <= LISTED:
        return Q(**{f"{name}__in": sorted(customers)})
    return Q(**{f"{name}__gte": min(customers), f"{name}__lte": max(customers)})


def _of_days(customers: facts.Customers, as_of: date) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for pk, row in customers.items():
        found[pk] = {FILED: (as_of - row["created_at"].astimezone(clock.ZONE).date()).days}
        if row["next_step_on"] is not None:
            found[pk][STEP_LATE] = (as_of - row["next_step_on"]).days
    return found


def _of_the_file(customers: facts.Customers, as_of: date) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    tasks = Task.objects.unscoped(because="when customers were last worked for, for the warnings").filter(
        span(customers, "customer"), state_key=DONE, archived_at=None
    )
    for pk, at in tasks.order_by().values_list("customer_id").annotate(last=Max("done_at")):
        if pk in customers and at is not None:
            found[pk]["task_done_on"] = min(at.astimezone(clock.ZONE).date(), as_of)
    waiting = Approval.objects.unscoped(because="how long requests about customers have waited").filter(
        span(customers, "record_id"), record=CUSTOMER, state=PENDING
    )
    for pk, since in waiting.order_by().values_list("record_id").annotate(first=Min("created_at")):
        if pk in customers:
            found[pk][WAITING] = (as_of - since.astimezone(clock.ZONE).date()).days
    return found


def _of_tasks(pks: Sequence[int]) -> Iterable[int]:
    rows = Task.objects.unscoped(because="whose tasks changed since the last run")
    return rows.filter(pk__in=pks, customer__isnull=False).values_list("customer_id", flat=True)


def _of_approvals(pks: Sequence[int]) -> Iterable[int]:
    rows = Approval.objects.unscoped(because="about whom something was asked since the last run")
    return rows.filter(pk__in=pks, record=CUSTOMER).values_list("record_id", flat=True)


# -- rules and what stands


def rules_in_use() -> list[Rule]:
    """Return the rules that a run applies: those with a condition, in their order."""
    rows = Rule.objects.unscoped(because="the rules that a run applies").filter(archived_at=None, in_use=True)
    return list(rows.exclude(kind_key=EVENT).exclude(when="").order_by("pk"))


def standing(
    customers: Mapping[int, Any], rule_ids: Iterable[int]
) -> dict[tuple[int, int], tuple[int, rules.Standing]]:
    """Return the id of each open warning of rules at customers and what decides about it, by (customer, rule).

    Rules are told apart here, and states asked for by what they are not: by the index of either SQLite would read a
    million warnings for ten thousand customers. It knows how many are of a rule, not how many lie between two ids.
    """
    asked = set(rule_ids)
    rows = Warning.objects.unscoped(because="the open warnings that a run goes on with").filter(
        ~Q(state_key__in=(CLOSED, FALSE)), span(customers, "customer"), archived_at=None
    )
    columns = ("customer_id", "rule_id", "pk", "level_key", "seen_on", "found_on", "cleared_on")
    return {
        (customer, rule): (pk, rules.Standing(level, seen or found or date.min, cleared))
        for customer, rule, pk, level, seen, found, cleared in rows.order_by().values_list(*columns)
        if customer in customers and rule in asked
    }


def still_open(pks: Sequence[int]) -> dict[int, Warning]:
    """Return those of some warnings that are open, whole, by id."""
    rows = Warning.objects.unscoped(because="the open warnings that a run goes on with")
    return {row.pk: row for row in rows.filter(pk__in=pks, state_key__in=STILL_OPEN, archived_at=None)}


def closed(pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], tuple[date, int]]:
    """Return when the last warning of a rule at a customer was closed, and its id, by (customer, rule)."""
    asked = set(pairs)
    if not asked:
        return {}
    rows = Warning.objects.unscoped(because="what was closed before at the customers of a run").filter(
        span(dict.fromkeys(pk for pk, _rule in asked), "customer"), closed_on__isnull=False
    )
    found: dict[tuple[int, int], tuple[date, int]] = {}
    for customer, rule, day, pk in rows.order_by("closed_on", "pk").values_list(
        "customer_id", "rule_id", "closed_on", "pk"
    ):
        if (customer, rule) in asked:
            found[customer, rule] = (day, pk)
    return found


def changed_since(run: WarningRun) -> set[int]:
    """Return the customers whose facts were changed since a run began, from the outbox.

    Ids rise, so the events since then lie at the end of the key, after the id of the run; a few minutes more are read,
    for whoever wrote first may have committed last.
    """
    moment = run.started_at
    floor = run.pk - (int(OVERLAP.total_seconds() * 1000) << RANDOM_BITS)
    changed: dict[str, list[facts.Changed]] = defaultdict(list)
    for source in facts.SOURCES.values():
        for record, customers in source.events.items():
            changed[f"{record}.saved"].append(customers)
    ids: dict[str, set[int]] = defaultdict(set)
    events = OutboxEvent.objects.filter(pk__gte=max(0, floor), at__gte=moment - OVERLAP, type__in=changed)
    for kind, payload in events.values_list("type", "payload"):
        ids[kind].update(payload["ids"])
    found: set[int] = set()
    for kind, pks in ids.items():
        ordered = sorted(pks)
        for first in range(0, len(ordered), 1000):
            for customers in changed[kind]:
                found.update(customers(ordered[first : first + 1000]))
    return found


def last_run(*, whole: bool = False) -> WarningRun | None:
    """Return the last run that ended, or the last one over all customers."""
    rows = WarningRun.objects.filter(finished_at__isnull=False)
    return (rows.filter(changed_only=False) if whole else rows).order_by("-started_at").first()


# -- who answers for it


@dataclass(frozen=True, slots=True)
class Heads:
    """Who leads which unit: people whose role approves and assigns customers there."""

    of_unit: Mapping[int, tuple[int, ...]]

    def above(self, unit_id: int, *, besides: int | None) -> tuple[int, ...]:
        """Return the leaders next above: of the unit or the nearest unit above it that has one besides the owner."""
        path = directory().paths.get(unit_id, "")
        for step in reversed([int(part) for part in path.split("/") if part]):
            found = tuple(pk for pk in self.of_unit.get(step, ()) if pk != besides)
            if found:
                return found[:MOST_HEADS]
        return ()


def heads() -> Heads:
    """Return who leads which unit, read once for a whole run."""
    leading = directory().roles_with(CUSTOMER, "assign", "approve", of_others=True)
    found: dict[int, list[int]] = defaultdict(list)
    rows = Membership.objects.filter(role__in=leading, user__is_active=True, user__unit__isnull=False)
    for user, unit in rows.order_by("user_id").values_list("user_id", "user__unit_id").distinct():
        found[unit].append(user)
    return Heads({unit: tuple(users) for unit, users in found.items()})


def late(today: date, most: int) -> list[Warning]:
    """Return open warnings that were due before today and were told to nobody above yet."""
    rows = Warning.objects.unscoped(because="warnings that were not dealt with in time").filter(
        state_key__in=STILL_OPEN, due_on__lt=today, escalated_on=None, archived_at=None
    )
    return list(rows.order_by("due_on", "pk")[:most])


def counted_in(years: Iterable[int]) -> list[Warning]:
    """Return the open warnings that were counted over some of these years and were brought before nobody yet."""
    spans = Q(pk__in=[])
    for year in years:
        spans |= Q(found_on__lte=date(year, 12, 31), due_on__gte=date(year, 1, 1))
    rows = Warning.objects.unscoped(because="open warnings that are due in working days")
    rows = rows.filter(spans, state_key__in=STILL_OPEN, escalated_on=None, archived_at=None)
    return list(rows.select_related("rule").order_by("pk"))


# -- for pages


def sees(actor: Actor) -> bool:
    """Say whether an actor has to do with warnings."""
    return actor.may(KEY, "view")


def of_customer(actor: Actor, customer_id: int, most: int) -> list[Any]:
    """Return the open warnings of a customer, the most serious first, `most` + 1 at most."""
    rows = Warning.objects.visible_to(actor).filter(customer=customer_id, state_key__in=STILL_OPEN)
    return sorted(rows.select_related("owner").order_by("due_on", "pk")[: most + 1], key=_rank)


def first_three(actor: Actor, most: int = 3) -> list[Any]:
    """Return the open warnings that the actor should see first, one a customer: serious ones, then those due first.

    One's own come first; whoever has none of their own sees those of whom they lead.
    """
    own, seen = Warning.objects.own_of(actor), Warning.objects.visible_to(actor)
    found: dict[int, Any] = {}
    for rows in (own, seen.exclude(owner=actor.user_id)):
        part = rows.filter(closed_on=None, state_key__in=STILL_OPEN).select_related("customer")
        for level in reversed(rules.LEVELS):
            if len(found) < most:
                for row in part.filter(level_key=level).order_by("due_on", "pk")[: most * 4]:
                    found.setdefault(row.customer_id, row)
        if found:
            break
    return list(found.values())[:most]


@dataclass(frozen=True, slots=True)
class OfOwner:
    """The open warnings of one person, or of nobody: how many, how many of them are serious, how many are late."""

    owner_id: int | None
    name: str
    count: int
    red: int
    late: int


@dataclass(frozen=True, slots=True)
class OfTeam:
    """Open warnings by who has to deal with them; `more` says that only those due first were counted."""

    people: list[OfOwner]
    count: int
    more: bool


def of_team(actor: Actor, today: date, most: int = MOST_COUNTED) -> OfTeam:
    """Count the open warnings of others that the actor sees, by owner: those with late ones first, then those with
    serious ones. Two queries. At most `most` are counted, those due first, for a page must not read all of them.
    """
    rows = Warning.objects.visible_to(actor).filter(closed_on=None, state_key__in=STILL_OPEN)
    rows = rows.exclude(owner=actor.user_id).order_by("due_on")
    first = list(rows.values_list("owner", "level_key", "due_on")[: most + 1])
    counts, red, late = Counter[int | None](), Counter[int | None](), Counter[int | None]()
    for owner, level, due in first[:most]:
        counts[owner] += 1
        red[owner] += level == rules.RED
        late[owner] += due is not None and due < today
    names = dict(User.objects.filter(pk__in=[pk for pk in counts if pk]).values_list("pk", "name"))
    people = [OfOwner(pk, names.get(pk, ""), count, red[pk], late[pk]) for pk, count in counts.items()]
    people.sort(key=lambda one: (-one.late, -one.red, -one.count, one.name))
    return OfTeam(people, min(len(first), most), len(first) > most)


def waiting(actor: Actor, most: int = 99) -> int:
    """Return how many open warnings are the actor's own, `most` at most."""
    rows = Warning.objects.own_of(actor).filter(state_key__in=STILL_OPEN)
    return len(rows.order_by().values_list("pk", flat=True)[:most])


def tally(rule_id: int) -> dict[str, int]:
    """Return how often a rule warned, how many of that stand open, and how many were false alarms."""
    rows = Warning.objects.unscoped(because="how often a rule was right, in figures").filter(rule=rule_id)
    found: dict[str, int] = rows.aggregate(
        raised=Count("pk"), open=Count("pk", filter=Q(state_key__in=STILL_OPEN)),
        false=Count("pk", filter=Q(state_key=FALSE)),
    )  # fmt: skip
    return found


def figure_text(value: Any) -> Any:
    """Return a figure as it is kept in JSON: amounts and days as text that reads back exactly."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


def _rank(row: Any) -> tuple[int, Any]:
    return (-rules.LEVELS.index(row.level_key) if row.level_key in rules.LEVELS else 1, row.due_on)
