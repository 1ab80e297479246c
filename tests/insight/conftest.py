"""A small company with orders, and an empty folder for the columnar copy."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from kedang.areas.customers.models import Customer
from kedang.areas.trade.models import Order
from kedang.engine.identity.models import Pool, Unit, User
from kedang.engine.installation import install
from kedang.engine.scope.doors import writing
from kedang.kernel import clock
from kedang.kernel.actor import Actor, Grant
from kedang.kernel.ids import new_id

NOW = datetime(2026, 11, 18, 0, 0, tzinfo=UTC)
TODAY = date(2026, 11, 18)
VIEWS = ("customers.customer:view", "trade.order:view")


@dataclass
class Company:
    """Two units, two sellers, a pool; customers and orders on demand."""

    north: Unit
    south: Unit
    li: User
    wang: User
    pool: Pool
    customers: dict[str, Customer] = field(default_factory=dict)

    def customer(self, name, *, owner=None, unit=None, pool=None):
        at = clock.now()
        row = Customer(
            name=name, owner=owner, unit=unit or self.north, pool=pool, type_key="enterprise",
            created_at=at, changed_at=at,
        )  # fmt: skip
        with writing("test"):
            row.save()
        self.customers[name] = row
        return row

    def order(self, customer, day, amount, *, status="approved", owner=None):
        at = clock.now()
        money = None if amount is None else Decimal(amount)
        row = Order(
            customer=customer, ordered_on=day, amount=money, base_amount=money, status_key=status,
            number=str(new_id()), owner=owner or customer.owner, unit=customer.unit,
            created_at=at, changed_at=at,
        )  # fmt: skip
        with writing("test"):
            row.save()
        return row

    def store(self, row, **values):
        for name, value in values.items():
            setattr(row, name, value)
        row.changed_at = clock.now()
        with writing("test"):
            row.save()

    def boss(self):
        return Actor("boss", user_id=1, grants={key: Grant(everything=True) for key in VIEWS})

    def seller(self, user, *, orders="follow", modes=None):
        grants = {"customers.customer:view": Grant(own=True)}
        if orders:
            grants["trade.order:view"] = Grant(own=True, follow=orders == "follow")
        return Actor(user.name, user_id=user.pk, unit_id=user.unit_id, grants=grants, modes=modes or {})

    def manager(self, user):
        grants = {key: Grant(own=True, units=frozenset({user.unit_id})) for key in VIEWS}
        return Actor(user.name, user_id=user.pk, unit_id=user.unit_id, grants=grants)


@pytest.fixture
def still():
    with clock.frozen(NOW):
        yield NOW


@pytest.fixture
def insight_home(settings, tmp_path):
    settings.KEDANG_HOME = tmp_path
    return tmp_path / "insight"


@pytest.fixture
def company(db, still, insight_home):
    install(["general"])
    north, south = Unit.objects.create(name="North"), Unit.objects.create(name="South")
    li = User.objects.create(username="li", name="Li", unit=north)
    wang = User.objects.create(username="wang", name="Wang", unit=south)
    pool = Pool.objects.create(name="Open")
    return Company(north, south, li, wang, pool)
