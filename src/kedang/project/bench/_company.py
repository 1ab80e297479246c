"""A company to measure on: people with real roles, and as many invented customers and orders as asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from kedang.areas.customers.models import Customer
from kedang.areas.trade.models import Order, Receipt
from kedang.engine.actions.perform import perform
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import Membership, RecordShare, Role, Unit, User
from kedang.engine.installation import install
from kedang.engine.ledger.models import HistoryEntry, TimelineEntry
from kedang.engine.numbering.models import IssuedNumber
from kedang.engine.records.types import RECORDS
from kedang.engine.search.models import SearchDocument
from kedang.engine.search.rebuild import rebuild_some
from kedang.kernel import clock
from kedang.kernel.actor import Actor
from kedang.kernel.errors import RuleBroken
from kedang.project.bench._filling import fill, without_indexes
from kedang.project.demo.companies import customers

SEED = 20261123
AS_OF = date(2026, 11, 1)
REPS = 50
SHARES = 25
PAYS_WITHIN = 25
CUSTOMER, ORDER, RECEIPT, PRODUCT = "customers.customer", "trade.order", "trade.receipt", "catalog.product"
FILLED = (Customer, Order, RECORDS[ORDER].lines.model, Receipt, HistoryEntry, TimelineEntry, IssuedNumber)  # type: ignore[union-attr]


@dataclass(frozen=True, slots=True)
class Company:
    """Who measures: a representative with own customers and shares, and the chief who sees all."""

    rep: User
    chief: User
    admin: Actor
    customers: int
    orders: int
    receipts: int


def build(size: int) -> Company:
    """Fill an empty database with `size` customers, as many orders, of which nine of ten are paid, and their receipts;
    refuse one that holds people.
    """
    if User.objects.exists():
        raise RuleBroken("A benchmark fills an empty database only; this one holds people.")
    install(["general"])
    head = Unit.objects.create(name="总公司")
    regions = [
        Unit.objects.create(name=name, parent=head) for name in ("华南区", "华东区", "西南区", "华北区")
    ]
    chief = _person("chief", "总经理", head, "general_manager")
    admin = _person("admin", "管理员", head, "administrator")
    reps = [_person(f"rep{n}", f"销售{n}", regions[n % len(regions)], "sales_rep") for n in range(REPS)]
    actor = actor_of(admin)
    with without_indexes(*(model._meta.db_table for model in FILLED)):
        fill(actor, RECORDS[CUSTOMER], _customers(size, reps))
        orders = fill(actor, RECORDS[ORDER], _orders(actor))
        receipts = fill(actor, RECORDS[RECEIPT], _receipts(actor))
    with without_indexes(SearchDocument._meta.db_table):
        while rebuild_some(60, alone=True):
            pass
    _share(reps[0], chief)
    return Company(reps[0], chief, actor, size, orders, receipts)


def _person(username: str, name: str, unit: Unit, role: str) -> User:
    user = User.objects.create_user(username, None, name=name, unit=unit, admin_unit=unit)
    Membership.objects.create(user=user, role=Role.objects.get(key=role))
    return user


def _customers(size: int, reps: list[User]) -> Iterator[dict[str, Any]]:
    columns = {name: spec.attname for name, spec in RECORDS[CUSTOMER].fields.items()}
    for place, row in enumerate(customers(SEED, 0, size, AS_OF)):
        rep = reps[place % REPS]
        known = {columns[name]: value for name, value in row.items() if name in columns}
        yield known | {"owner_id": rep.pk, "unit_id": rep.unit_id}


def _orders(actor: Actor) -> Iterator[dict[str, Any]]:
    product = perform(actor, f"{PRODUCT}.create", inputs={"number": "P-1", "name": "离心泵"}).record
    rows = Customer.objects.visible_to(actor).order_by("pk").values_list("pk", "owner_id", "unit_id")
    for place, (customer, owner, unit) in enumerate(list(rows)):
        day = date.fromordinal(AS_OF.toordinal() - place * 7919 % 700)
        line = {
            "line_no": 1, "product_id": product.pk, "quantity": Decimal(1 + place % 7),
            "price": Decimal(100 + place * 31 % 9000), "amount": None,
        }  # fmt: skip
        yield {
            "customer_id": customer, "owner_id": owner, "unit_id": unit, "ordered_on": day, "status_key": "completed",
            "lines": [line],
        }  # fmt: skip


def _receipts(actor: Actor) -> Iterator[dict[str, Any]]:
    """Pay nine of ten orders of each representative, within a month."""
    rows = Order.objects.visible_to(actor).order_by("pk")
    paid = rows.values_list("pk", "customer_id", "owner_id", "unit_id", "ordered_on", "amount")
    for place, (order, customer, owner, unit, day, amount) in enumerate(list(paid)):
        if place // REPS % 10:
            received = min(AS_OF.toordinal(), day.toordinal() + place * 31 % PAYS_WITHIN)
            yield {
                "customer_id": customer, "order_id": order, "owner_id": owner, "unit_id": unit,
                "received_on": date.fromordinal(received), "amount": amount,
            }  # fmt: skip


def _share(rep: User, chief: User) -> None:
    others = Customer.objects.unscoped(because="records to share with a benchmark's representative").exclude(
        owner=rep
    )
    RecordShare.objects.bulk_create(
        RecordShare(
            record=CUSTOMER, record_id=pk, user=rep, level="change", kind="collaborator", given_by=chief,
            given_at=clock.now(),
        )
        for pk in others.order_by("-pk").values_list("pk", flat=True)[:SHARES]
    )  # fmt: skip
