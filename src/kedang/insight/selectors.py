"""Read runs and scores. A score is seen by whoever sees the customer and the customer's orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from kedang.engine.records.access import askable
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.reach import reach
from kedang.insight.models import RfmRun, RfmScore
from kedang.insight.rules import NEVER_BOUGHT
from kedang.kernel.actor import Actor
from kedang.kernel.errors import NotAllowed

CUSTOMER = "customers.customer"
ORDER = "trade.order"
AMOUNT = "base_amount"
PAGE = 50


@dataclass(frozen=True, slots=True)
class Scored:
    """A customer and what a run says of it."""

    customer: Any
    score: RfmScore


@dataclass(frozen=True, slots=True)
class ScoredPage:
    """Customers of one type, the largest first, and where the next page begins."""

    rows: list[Scored]
    next: tuple[Decimal, int] | None


def run_of(as_of: date | None = None) -> RfmRun | None:
    """Return the current run of a day, by default of the newest day computed."""
    known = RfmRun.objects.filter(current=True)
    return (known.filter(as_of=as_of) if as_of else known.order_by("-as_of")).first()


def sees_value(actor: Actor) -> bool:
    """Say whether this actor may see what customers' orders add up to.

    It takes reach over all orders of a visible customer, not only the own ones, and their amounts in clear.
    """
    order = RECORDS[ORDER]
    within = reach(actor, order.model, "view")
    return (within.everything or within.parent is not None) and askable(actor, order, AMOUNT)


def require_value(actor: Actor) -> None:
    """Raise NotAllowed unless the actor may see what customers' orders add up to."""
    if not sees_value(actor):
        raise NotAllowed(_("The value of customers is shown to those who see all their orders and amounts."))


def score_of(actor: Actor, customer_id: int, run: RfmRun | None = None) -> RfmScore | None:
    """Return a customer's score in a run, by default the newest, as far as this actor may see it, or None."""
    run = run or run_of()
    if run is None or not sees_value(actor):
        return None
    return scores_within(actor, run).filter(customer=customer_id).select_related("run").first()


def scores_within(actor: Actor, run: RfmRun) -> QuerySet[RfmScore]:
    """Return the scores of the customers that this actor may see."""
    model = RECORDS[CUSTOMER].model
    seen = model.objects.visible_to(actor)
    scores = RfmScore.objects.filter(run=run)
    if reach(actor, model, "view").everything:  # to list them all would take longer than to look each up
        return scores.filter(Exists(seen.filter(pk=OuterRef("customer_id"))))
    return scores.filter(customer__in=seen.values("pk"))


def cells_within(actor: Actor, run: RfmRun, types: Sequence[str] = ()) -> dict[str, tuple[int, Decimal]]:
    """Return per type, or for some types, how many visible customers there are and their money.

    For whoever sees every file, what lies in the hold or is sealed is taken from all: these are few, and to look up
    whether each of a million is seen would take a second.
    """
    model = RECORDS[CUSTOMER].model
    if not reach(actor, model, "view").everything:
        return _cells(scores_within(actor, run), types)
    whole = RfmScore.objects.filter(run=run)
    away = model.objects.unscoped(because="held and sealed files, which figures leave out").filter(
        archived_at__isnull=False
    )
    gone = _cells(whole.filter(customer__in=away.order_by().values("pk")), types)
    none = (0, Decimal(0))
    found = {
        key: (customers - gone.get(key, none)[0], money - gone.get(key, none)[1])
        for key, (customers, money) in _cells(whole, types).items()
    }
    return {key: cell for key, cell in found.items() if cell[0]}


def _cells(scores: QuerySet[RfmScore], types: Sequence[str]) -> dict[str, tuple[int, Decimal]]:
    if types:
        scores = scores.filter(type__in=types)
    sums = scores.values("type").annotate(customers=Count("pk"), money=Sum("monetary"))
    return {row["type"]: (row["customers"], row["money"]) for row in sums.order_by()}


def page_of_type(
    actor: Actor, run: RfmRun, type_key: str, after: tuple[Decimal, int] | None = None
) -> ScoredPage:
    """Return a page of the visible customers of one type, by falling money."""
    rows = scores_within(actor, run).filter(type=type_key).order_by("-monetary", "customer")
    if after is not None:
        money, customer = after
        rows = rows.filter(Q(monetary__lt=money) | Q(monetary=money, customer__gt=customer))
    found = list(rows[: PAGE + 1])
    people = RECORDS[CUSTOMER].model.objects.visible_to(actor).select_related("owner")
    known = people.in_bulk([score.customer_id for score in found[:PAGE]])
    scored = [Scored(known[score.customer_id], score) for score in found[:PAGE] if score.customer_id in known]
    last = found[PAGE - 1] if len(found) > PAGE else None
    return ScoredPage(scored, (last.monetary, last.customer_id) if last else None)


def of_types(run: RfmRun, types: Sequence[str]) -> Q:
    """Return the condition on customers of being of one of these types in a run; `none` never bought."""
    scores = RfmScore.objects.filter(run=run)
    whole = Q(pk__in=scores.filter(type__in=types).values("customer_id"))
    return whole | ~Q(pk__in=scores.values("customer_id")) if NEVER_BOUGHT in types else whole
