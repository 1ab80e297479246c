"""Reads of customer files that two callers share."""

from collections.abc import Collection
from decimal import Decimal

from django.db.models import Q, QuerySet

from kedang.areas.customers.models import Customer
from kedang.engine.numbering.models import IssuedNumber
from kedang.engine.records.access import covers_pool, modes
from kedang.engine.records.types import record_of
from kedang.engine.scope.reach import record_key
from kedang.kernel import places, text
from kedang.kernel.actor import Actor, Mode
from kedang.kernel.places import Point


def homes(actor: Actor, pks: Collection[int], verb: str = "view") -> dict[int, tuple[int | None, int]]:
    """Return (owner, unit) of those of these customers that the actor may reach with a verb: one query, or none."""
    if not pks:
        return {}
    rows = Customer.objects.visible_to(actor, verb).filter(pk__in=pks)
    return {pk: (owner, unit) for pk, owner, unit in rows.values_list("pk", "owner_id", "unit_id")}


def reads_places(actor: Actor) -> bool:
    """Say whether an actor may see where customers are to the metre: what the location and the address both allow."""
    allowed = modes(actor, record_of(Customer))
    return min(allowed["place"], allowed["address"]) >= Mode.READ


def reads_regions(actor: Actor) -> bool:
    """Say whether an actor may see in which region customers are."""
    return modes(actor, record_of(Customer))["region_code"] >= Mode.READ


def placed(actor: Actor, rows: QuerySet[Customer]) -> QuerySet[Customer]:
    """Return those of opened rows whose own location this actor may see: none from a pool, as with addresses."""
    if not reads_places(actor):
        return rows.none()
    rows = rows.filter(latitude__isnull=False)
    grant = actor.grant(record_key(Customer), "view")
    return rows if grant and grant.everything else rows.exclude(owner=None, pool__isnull=False)


def in_window(south: float, west: float, north: float, east: float) -> Q:
    """Return the condition that a customer's own location lies in a window of WGS-84."""
    return Q(
        latitude__gte=_degrees(south), latitude__lte=_degrees(north), longitude__gte=_degrees(west),
        longitude__lte=_degrees(east),
    )  # fmt: skip


def _degrees(value: float) -> Decimal:
    return Decimal(f"{value:.6f}")


def spot_of(actor: Actor, row: Customer) -> tuple[Point, bool] | None:
    """Return where an opened customer is, in WGS-84, and whether that is its own location.

    Without one, or where the actor may not see it, it is the centre of its region; None where that is not known.
    """
    kind = record_of(Customer)
    known = row.latitude is not None and row.longitude is not None
    if known and reads_places(actor) and not covers_pool(actor, kind, row):
        return Point(float(row.latitude or 0), float(row.longitude or 0)), True
    if not reads_regions(actor):
        return None
    about = places.centre(row.region_code)
    return (about, False) if about is not None else None


def named_exactly(named: str) -> Customer | None:
    """Return the file of this number (any it ever had), social credit code or exact name, whoever may see it.

    Two files of one name are named by their numbers, so the name alone finds neither.
    """
    wanted = text.tidy(named)
    issued = IssuedNumber.objects.filter(record=record_key(Customer), number=wanted.upper()).values_list(
        "record_id"
    )
    rows = Customer.objects.unscoped(because="a file that is asked for by its number, code or exact name")
    rows = rows.filter(archived_at=None)
    coded: Customer | None = rows.filter(Q(pk__in=issued) | Q(credit_code=wanted.upper())).first()
    if coded is not None:
        return coded
    alike = list(
        rows.filter(name_sort=text.sort_key(wanted), name=wanted)[:2]
    )  # the sort key is what is indexed
    return alike[0] if len(alike) == 1 else None
