"""Reads of customer files that two callers share."""

from collections.abc import Collection

from django.db.models import Q

from kedang.areas.customers.models import Customer
from kedang.engine.numbering.models import IssuedNumber
from kedang.engine.scope.reach import record_key
from kedang.kernel import text
from kedang.kernel.actor import Actor


def homes(actor: Actor, pks: Collection[int], verb: str = "view") -> dict[int, tuple[int | None, int]]:
    """Return (owner, unit) of those of these customers that the actor may reach with a verb: one query, or none."""
    if not pks:
        return {}
    rows = Customer.objects.visible_to(actor, verb).filter(pk__in=pks)
    return {pk: (owner, unit) for pk, owner, unit in rows.values_list("pk", "owner_id", "unit_id")}


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
