"""Take serials from a series inside the transaction that uses them: unique, in order, never twice."""

from django.db import connection, transaction

from kedang.engine.numbering.models import NumberSeries


def take(key: str, count: int) -> range:
    """Return the next `count` serials. They are gone for others once this transaction commits."""
    if not connection.in_atomic_block:
        raise AssertionError("numbers are taken inside the transaction that uses them")
    with transaction.atomic():
        NumberSeries.objects.get_or_create(key=key)
        row = NumberSeries.objects.select_for_update().get(key=key)
        first = row.last + 1
        row.last += count
        row.save(update_fields=["last"])
    return range(first, first + count)
