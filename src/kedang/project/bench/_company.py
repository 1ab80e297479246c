"""A company to measure on: people with real roles, and as many invented customers and orders as asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from kedang.areas.customers.models import Customer
from kedang.engine.actions.batch import Row, batch_save
from kedang.engine.actions.perform import perform
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import Membership, RecordShare, Role, Unit, User
from kedang.engine.installation import install
from kedang.engine.records.types import RECORDS
from kedang.kernel import clock
from kedang.kernel.actor import Actor
from kedang.kernel.errors import RuleBroken
from kedang.project.demo.companies import customers

SEED = 20261123
AS_OF = date(2026, 11, 1)
REPS = 50
SHARES = 25
BATCH = 500
CUSTOMER, ORDER, PRODUCT = "customers.customer", "trade.order", "catalog.product"


@dataclass(frozen=True, slots=True)
class Company:
    """Who measures: a representative with own customers and shares, and the chief who sees all."""

    rep: User
    chief: User
    admin: Actor
    customers: int
    orders: int


def build(size: int) -> Company:
    """Fill an empty database with `size` customers and as many orders; refuse one that holds people."""
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
    _fill(actor, CUSTOMER, _customer_rows(size, reps))
    orders = _orders(actor)
    _share(reps[0], chief)
    return Company(reps[0], chief, actor, size, orders)


def _person(username: str, name: str, unit: Unit, role: str) -> User:
    user = User.objects.create_user(username, None, name=name, unit=unit, admin_unit=unit)
    Membership.objects.create(user=user, role=Role.objects.get(key=role))
    return user


def _customer_rows(size: int, reps: list[User]) -> Iterator[Row]:
    allowed = set(RECORDS[CUSTOMER].form_fields) - {"credit_limit", "credit_term_days", "credit_rating"}
    for place, row in enumerate(customers(SEED, 0, size, AS_OF)):
        inputs = {name: value for name, value in row.items() if name in allowed}
        yield Row(inputs | {"owner": reps[place % REPS].pk})


def _orders(actor: Actor) -> int:
    product = perform(actor, f"{PRODUCT}.create", inputs={"number": "P-1", "name": "离心泵"}).record
    rows = Customer.objects.visible_to(actor).order_by("pk").values_list("pk", "owner_id").iterator()
    return _fill(
        actor, ORDER, (_order(place, pk, owner, product.pk) for place, (pk, owner) in enumerate(rows))
    )


def _order(place: int, customer: int, owner: int, product: int) -> Row:
    day = date.fromordinal(AS_OF.toordinal() - place * 7919 % 700)
    line = {"line_no": 1, "product": product, "quantity": 1 + place % 7, "price": 100 + place * 31 % 9000}
    return Row(
        {"customer": customer, "owner": owner, "ordered_on": day, "status_key": "completed", "lines": [line]}
    )


def _fill(actor: Actor, key: str, rows: Iterator[Row]) -> int:
    stored = 0
    while batch := list(islice(rows, BATCH)):
        outcomes: list[Any] = batch_save(actor, RECORDS[key], batch)
        if refused := next((found.problems for found in outcomes if found.problems), None):
            raise AssertionError(f"the generator made a row that is refused: {refused}")
        stored += len(outcomes)
    return stored


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
