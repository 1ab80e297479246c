"""What falls behind, found set by set: key accounts whose decision maker is not known, and weak regions."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.db.models.functions import Substr

from kedang.areas.customers.models import Contact, Customer
from kedang.areas.engagement.models import DONE, VISIT, Visit
from kedang.areas.planning import rules
from kedang.areas.planning.rules import Region, Weak
from kedang.areas.reviews.selectors import purchases_count, sees_amounts
from kedang.areas.trade.models import Order
from kedang.engine.packs.active import active
from kedang.kernel.actor import Actor

DAYS = 90
NOBODY, NO_PHONE, NOT_MET = "nobody", "no_phone", "not_met"
CITY = 4  # a city is the first four digits of a region's code


def key_levels() -> list[str]:
    """Return the levels whose customers are key accounts, as the pack says."""
    return [one.key for one in active().pack.level if one.key_account and not one.retired]


def deciding() -> list[str]:
    """Return the layers of people who decide."""
    choices = active().pack.choices("contact_layer")
    return [one.key for one in choices if getattr(one, "kind", "") == "decision"]


def unknown_deciders(actor: Actor, after: int, most: int) -> list[tuple[Any, str]]:
    """Return key accounts with what is missing of their decision maker: nobody named, no phone, or never met.

    Three questions whatever their number: a page of files, found by what they lack.
    """
    people = Contact.objects.visible_to(actor).filter(customer=OuterRef("pk"), layer_key__in=deciding())
    reachable = people.filter(~Q(mobile="") | ~Q(phone="") | ~Q(wechat=""))
    deciders = Contact.objects.visible_to(actor).filter(layer_key__in=deciding())
    met = Visit.objects.visible_to(actor).filter(
        customer=OuterRef("pk"), state_key=DONE, contact__in=deciders.values("pk")
    )
    rows = Customer.objects.visible_to(actor).filter(level_key__in=key_levels(), pk__gt=after)
    rows = rows.annotate(named=Exists(people), reached=Exists(reachable), seen=Exists(met))
    rows = (
        rows.filter(Q(named=False) | Q(reached=False) | Q(seen=False)).select_related("owner").order_by("pk")
    )
    return [
        (row, NOBODY if not row.named else NO_PHONE if not row.reached else NOT_MET)
        for row in rows[: most + 1]
    ]


def weak_regions(actor: Actor, day: date) -> list[Weak]:
    """Return the cities whose files are seldom visited or buy little: three queries, of the 90 days up to a day."""
    return rules.weak(regions(actor, day))


def regions(actor: Actor, day: date) -> Sequence[Region]:
    """Return what is known of the files of each city, as far as the actor sees them."""
    span = (since(day), day)
    city = Substr("customer__region_code", 1, CITY)
    seen = Customer.objects.visible_to(actor).exclude(region_code="").order_by()
    known = dict(seen.annotate(town=Substr("region_code", 1, CITY)).values_list("town").annotate(Count("pk")))
    made = Visit.objects.visible_to(actor).filter(
        customer__in=seen.values("pk"), state_key=DONE, kind_key=VISIT, done_on__range=span
    )
    visited = dict(
        made.order_by().annotate(town=city).values_list("town").annotate(Count("customer", distinct=True))
    )
    bought: dict[str, Decimal] = {}
    if sees_amounts(actor):
        orders = Order.objects.visible_to(actor).filter(
            customer__in=seen.values("pk"), status_key__in=purchases_count(), ordered_on__range=span
        )
        bought = dict(orders.order_by().annotate(town=city).values_list("town").annotate(Sum("base_amount")))
    return [
        Region(f"{place}00", count, visited.get(place, 0), bought.get(place) or Decimal(0))
        for place, count in sorted(known.items())
    ]


def since(day: date) -> date:
    """Return the first of the 90 days that end with a day."""
    return day - timedelta(days=DAYS - 1)
