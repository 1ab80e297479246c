"""The two doors, tried with every way Django has of running a query or writing a row."""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django import forms
from django.core import serializers
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import models, transaction
from django.db.models import Count, Exists, F, OuterRef, Prefetch, QuerySet, Subquery

from kedang.areas.customers.models import Contact, Customer
from kedang.areas.trade.models import Order, OrderLine, Receipt
from kedang.engine.actions import bulk
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.doors import RecordBase, writing
from kedang.engine.scope.models import ScopedModel
from kedang.engine.scope.parts import PartModel
from kedang.kernel import clock
from kedang.kernel.actor import Span
from kedang.kernel.errors import UnscopedQuery, UnscopedWrite
from world import World, everywhere

OTHER = "test: another type, opened"


def some_orders() -> Any:
    return Order.objects.unscoped(because=OTHER)


def everybody(world: World) -> Any:
    return Customer.objects.visible_to(world.boss)


# Every public method of QuerySet that reads, and the ways to run a query that are no method.
READS: dict[str, Callable[[Any], Any]] = {
    "iteration": list, "len": len, "bool": bool, "index": lambda q: q[0], "slice": lambda q: list(q[:1]),
    "in": lambda q: Customer(pk=1) in q, "print": lambda q: str(q.query), "repr": repr,
    "aggregate": lambda q: q.aggregate(n=Count("pk")), "alias": lambda q: list(q.alias(n=F("pk"))),
    "all": lambda q: list(q.all()), "annotate": lambda q: list(q.annotate(n=Count("pk"))),
    "complex_filter": lambda q: list(q.complex_filter({"pk": 1})), "contains": lambda q: q.contains(Customer(pk=1)),
    "count": lambda q: q.count(), "dates": lambda q: list(q.dates("since", "year")),
    "datetimes": lambda q: list(q.datetimes("changed_at", "year")), "defer": lambda q: list(q.defer("name")),
    "difference": lambda q: list(q.difference(q)), "distinct": lambda q: q.distinct().count(),
    "earliest": lambda q: q.earliest("pk"), "exclude": lambda q: list(q.exclude(pk=1)), "exists": lambda q: q.exists(),
    "explain": lambda q: q.explain(), "extra": lambda q: list(q.extra(where=["1=1"])),
    "filter": lambda q: list(q.filter(pk=1)), "first": lambda q: q.first(), "get": lambda q: q.get(pk=1),
    "get_or_create": lambda q: q.get_or_create(pk=1), "in_bulk": lambda q: q.in_bulk([1]),
    "intersection": lambda q: list(q.intersection(q)), "iterator": lambda q: list(q.iterator()),
    "last": lambda q: q.last(), "latest": lambda q: q.latest("pk"), "only": lambda q: list(q.only("name")),
    "order_by": lambda q: list(q.order_by("name")), "prefetch_related": lambda q: list(q.prefetch_related("owner")),
    "raw": lambda q: list(q.raw("select * from customers_customer")), "reverse": lambda q: list(q.reverse()),
    "select_for_update": lambda q: list(q.select_for_update()),
    "select_related": lambda q: list(q.select_related("owner")), "union": lambda q: list(q.union(q)),
    "update_or_create": lambda q: q.update_or_create(pk=1), "using": lambda q: list(q.using("default")),
    "values": lambda q: list(q.values("pk")), "values_list": lambda q: list(q.values_list("pk")),
    "none": lambda q: list(q.none()), "delete": lambda q: q.delete(), "update": lambda q: q.update(name="x"),
    "bulk_update": lambda q: q.bulk_update([Customer(pk=1, name="x")], ["name"]),
    "raw delete": lambda q: q._raw_delete("default"), "union of parts": lambda q: q.union(q).count(),
    "or": lambda q: list(q | q), "and": lambda q: list(q & q), "xor": lambda q: list(q ^ q),
    "a subquery of another type": lambda q: list(some_orders().filter(customer__in=q)),
    "a subquery of values": lambda q: list(some_orders().filter(customer_id__in=q.values("pk"))),
    "exists in another type": lambda q: list(some_orders().filter(Exists(q.filter(pk=OuterRef("customer_id"))))),
    "an annotation of another type": lambda q: list(some_orders().annotate(n=Subquery(q.values("name")[:1]))),
    "a union with another type": lambda q: list(some_orders().values("pk").union(q.values("pk"))),
}  # fmt: skip
# What opens, what only builds, and what inserts a row and so belongs to the write door.
NO_READ = {"as_manager", "db", "query", "ordered", "resolve_expression", "create", "bulk_create"}


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_nothing_is_read_without_an_actor(db: None, read: Callable[[Any], Any]) -> None:
    with writing("test"), transaction.atomic(), pytest.raises(UnscopedQuery):
        read(Customer.objects.all())


def test_every_public_method_of_querysets_was_tried() -> None:
    public = {name for name in dir(QuerySet) if not name.startswith("_")}
    public -= {f"a{name}" for name in public} - {"all", "annotate", "aggregate", "alias"}
    assert public - set(READS) - NO_READ == set()


@pytest.mark.parametrize("name", ["acount", "afirst", "aexists", "aget", "adelete"])
def test_async_methods_pass_the_same_door(name: str) -> None:
    def call() -> None:
        with writing("test"), pytest.raises(UnscopedQuery):
            async_to_sync(getattr(Customer.objects.all(), name))()

    # a browser test before this one may have left an event loop running in this thread
    with ThreadPoolExecutor(1) as other_thread:
        other_thread.submit(call).result()


@pytest.mark.parametrize("model", [kind.model for kind in RECORDS.values()], ids=RECORDS)
def test_every_record_type_is_sealed(db: None, model: Any) -> None:
    assert type(model) is RecordBase
    with pytest.raises(UnscopedQuery):
        list(model.objects.all())
    with pytest.raises(UnscopedQuery):
        list(model._default_manager.all())


def test_lines_of_documents_are_sealed_and_seen_through_their_document(world: World) -> None:
    with pytest.raises(UnscopedQuery):
        list(OrderLine.objects.all())
    li = world.actor(world.li, everywhere(Span.OWN))
    mine = world.records["trade.order"]["li"]
    assert set(OrderLine.objects.visible_to(li).values_list("order_id", flat=True)) == {mine.pk}
    assert OrderLine.objects.visible_to(world.boss).count() == 3
    assert not OrderLine.objects.visible_to(world.actor(world.wang, {})).exists()
    with pytest.raises(UnscopedQuery):
        list(mine.lines.all())


def test_records_are_all_under_the_doors_by_their_base_class() -> None:
    kinds = {model for base in (ScopedModel, PartModel) for model in _concrete(base)}
    assert {kind.model for kind in RECORDS.values()} <= kinds
    assert {kind.lines.model for kind in RECORDS.values() if kind.lines} <= kinds


def _concrete(base: type[models.Model]) -> set[type[models.Model]]:
    found = set()
    for model in base.__subclasses__():
        found |= _concrete(model) | (set() if model._meta.abstract else {model})
    return found


def test_related_managers_and_prefetches_need_an_actor_of_their_own(world: World) -> None:
    li, mine = world.actor(world.li, everywhere(Span.OWN)), world.records["customers.customer"]["li"]
    for read in (mine.contacts.all, mine.contacts.first, mine.contacts.count, mine.orders.exists):
        with pytest.raises(UnscopedQuery):
            list(read() or [])
    assert [row.name for row in mine.contacts.visible_to(li)] == ["张伟"]
    with pytest.raises(UnscopedQuery):
        list(everybody(world).prefetch_related("contacts"))
    rows = everybody(world).prefetch_related(Prefetch("contacts", Contact.objects.visible_to(li)))
    assert sum(len(row.contacts.all()) for row in rows) == 1


def test_rows_of_one_actor_cannot_be_joined_to_rows_of_another(world: World) -> None:
    li = world.actor(world.li, everywhere(Span.OWN))
    his = Customer.objects.visible_to(li)
    others = [Customer.objects.all(), everybody(world), Customer.objects.visible_to(li, "change")]
    for other in others:
        for join in (lambda a, b: a | b, lambda a, b: b | a, lambda a, b: a & b, lambda a, b: a ^ b):
            with pytest.raises(UnscopedQuery):
                list(join(his, other))
            with pytest.raises(UnscopedQuery):
                list(join(his[:5], other))
    for combine in ("union", "intersection", "difference"):
        with pytest.raises(UnscopedQuery):
            list(getattr(his, combine)(Customer.objects.all()))


def test_two_people_of_one_name_stay_two_people(world: World) -> None:
    world.wang.name = world.li.name
    one, other = (world.actor(user, everywhere(Span.OWN)) for user in (world.li, world.wang))
    with pytest.raises(UnscopedQuery):
        list(Customer.objects.visible_to(one) | Customer.objects.visible_to(other))


def test_narrowing_twice_keeps_what_both_reach(world: World) -> None:
    li = world.actor(world.li, everywhere(Span.OWN))
    assert Customer.objects.visible_to(world.boss).visible_to(li).count() == 1
    assert Customer.objects.visible_to(li).visible_to(world.boss).count() == 1


def test_a_forward_key_loads_its_label_and_only_reads(world: World) -> None:
    li = world.actor(world.li, everywhere(Span.OWN))
    contact = Contact.objects.visible_to(li).get()
    assert str(contact.customer) == world.records["customers.customer"]["li"].name
    contact.refresh_from_db()
    with pytest.raises(UnscopedWrite):
        contact.customer.save()


def test_a_form_of_djangos_own_cannot_offer_or_save_records(world: World) -> None:
    class Plain(forms.ModelForm):
        class Meta:
            model = Contact
            fields = ("customer", "name")

    theirs = world.records["customers.customer"]["wang"]
    contact = world.records["customers.contact"]["li"]
    with pytest.raises(UnscopedQuery):
        str(Plain())
    with pytest.raises(UnscopedQuery):
        Plain({"customer": theirs.pk, "name": "x"}).is_valid()

    class Named(forms.ModelForm):
        class Meta:
            model = Contact
            fields = ("name",)

    form = Named({"name": "别人"}, instance=contact)
    assert form.is_valid()
    with pytest.raises(UnscopedWrite):
        form.save()


def test_a_dump_stops_at_the_read_door_and_a_load_at_the_write_door(world: World) -> None:
    with pytest.raises(CommandError, match="visible_to"), transaction.atomic():
        call_command("dumpdata", "customers", stdout=StringIO())
    text = serializers.serialize("json", everybody(world))
    assert len(json.loads(text)) == 3
    changed = re.sub(r'"name": "[^"]*"', '"name": "x"', text)
    for row in serializers.deserialize("json", changed):
        with pytest.raises(UnscopedWrite), transaction.atomic():
            row.save()
    assert not everybody(world).filter(name="x").exists()


def new_customer(world: World) -> Customer:
    now = clock.now()
    return Customer(
        name="新", type_key="enterprise", unit=world.north, owner=world.li, created_at=now, changed_at=now
    )


def lis(world: World, key: str = "customers.customer") -> Any:
    return world.records[key]["li"]


# Every way to write a row that we know of.
WRITES: dict[str, Callable[[World], Any]] = {
    "save": lambda w: lis(w).save(),
    "save of a few fields": lambda w: lis(w).save(update_fields=["name"]),
    "raw save": lambda w: models.Model.save_base(lis(w), raw=True),
    "delete": lambda w: lis(w).delete(),
    "create": lambda w: Customer.objects.create(
        name="n", unit=w.north, created_at=clock.now(), changed_at=clock.now()
    ),
    "bulk_create": lambda w: Customer.objects.bulk_create([new_customer(w)]),
    "bulk_create with updates": lambda w: Customer.objects.bulk_create(
        [lis(w)], update_conflicts=True, unique_fields=["id"], update_fields=["name"]
    ),
    "update": lambda w: everybody(w).update(name="n"),
    "update of a receipt": lambda w: Receipt.objects.visible_to(w.boss).update(remarks="n"),
    "delete of rows": lambda w: Receipt.objects.visible_to(w.boss).delete(),
    "delete of rows with lines": lambda w: Order.objects.visible_to(w.boss).delete(),
    "raw delete": lambda w: Receipt.objects.visible_to(w.boss)._raw_delete("default"),
    "bulk_update": lambda w: everybody(w).bulk_update([lis(w)], ["name"]),
    "get_or_create": lambda w: everybody(w).get_or_create(name="n", defaults={"unit": w.north}),
    "update_or_create": lambda w: everybody(w).update_or_create(pk=lis(w).pk, defaults={"name": "n"}),
    "related create": lambda w: lis(w).contacts.create(name="n", unit=w.north),
    "related add": lambda w: lis(w).contacts.add(w.records["customers.contact"]["wang"]),
    "related clear": lambda w: lis(w, "trade.order").receipts.clear(),
    "the base manager": lambda w: Customer._base_manager.update(name="n"),
    "delete by the base manager": lambda w: Receipt._base_manager.filter(
        pk=lis(w, "trade.receipt").pk
    ).delete(),
    "insert by the base manager": lambda w: Customer._base_manager.bulk_create([new_customer(w)]),
    "the statement of batches": lambda w: bulk.insert(Customer, [new_customer(w)]),
    "lines": lambda w: OrderLine.objects.visible_to(w.boss).update(quantity=1),
    "a line": lambda w: OrderLine.objects.visible_to(w.boss).first().save(),
    "delete of a line": lambda w: OrderLine.objects.visible_to(w.boss).first().delete(),
    "lines by the base manager": lambda w: OrderLine._base_manager.all().delete(),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_nothing_is_written_outside_an_action(world: World, write: Callable[[World], Any]) -> None:
    with pytest.raises(UnscopedWrite), transaction.atomic():
        write(world)
    with writing("test"), transaction.atomic():
        assert Customer.objects.visible_to(world.boss).count() == 3


def test_the_ways_of_writing_do_write_inside_an_action(world: World) -> None:
    """Otherwise the refusals above could be refusals of something else."""
    with writing("test"):
        WRITES["update of a receipt"](world)
        assert WRITES["update"](world) == 3
        WRITES["related add"](world)
        WRITES["delete of rows"](world)
        WRITES["delete of rows with lines"](world)
        WRITES["the statement of batches"](world)
    assert everybody(world).filter(name="n").count() == 3
    assert not OrderLine.objects.unscoped(because="test").exists()


def test_related_managers_that_clear_or_replace_are_sealed(world: World) -> None:
    order, receipt = lis(world, "trade.order"), lis(world, "trade.receipt")
    for change in (
        order.receipts.clear,
        lambda: order.receipts.set([]),
        lambda: order.receipts.remove(receipt),
    ):
        with writing("test"), transaction.atomic(), pytest.raises(UnscopedQuery):
            change()


def test_uniqueness_is_asked_of_every_row_whoever_asks(world: World) -> None:
    theirs, now = world.records["catalog.product"]["wang"], clock.now()
    twin = type(theirs)(name="x", number=theirs.number, unit=world.north, created_at=now, changed_at=now)
    with pytest.raises(ValidationError):
        twin.full_clean()
    with pytest.raises(UnscopedQuery):  # the exception ends with the check
        list(type(theirs).objects.all())
