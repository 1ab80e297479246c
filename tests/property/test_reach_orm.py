"""Three answers to who reaches what: the ORM's, the one given in memory, and a plain reading of the rules.

Roles, grants on two lines, shares and pools are stored at random and read back as an actor; every record type,
what hangs on a customer and the lines of documents are asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kedang.areas.catalog.models import Product
from kedang.areas.customers.models import Contact, Customer, Influence, Relation
from kedang.areas.engagement.models import Card, Promise, Task, Visit
from kedang.areas.personal.models import Consent, Request
from kedang.areas.planning.models import SalesLine
from kedang.areas.reviews.models import Meeting, ReviewLine, Suggestion
from kedang.areas.team.models import Handover
from kedang.areas.trade.models import Order, OrderLine, Receipt
from kedang.areas.warnings.models import Rule, Warning
from kedang.engine.approvals.models import Approval
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import Membership, Pool, RecordShare, Role, RoleGrant, StandIn, Unit, User
from kedang.engine.identity.stamps import bump
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.admits import admitted
from kedang.engine.scope.doors import writing
from kedang.engine.scope.reach import reach, record_key
from kedang.engine.views.models import SavedView
from kedang.kernel import clock
from kedang.kernel.actor import Actor, Line, Span

ABOVE = {"company": "", "north": "company", "branch": "north", "office": "branch", "south": "company"}
VERBS = ("view", "change", "archive", "claim", "export", "approve")
LOOKS = {"view", "export", "reveal", "pick"}
FOLLOWING = {
    Contact: "customer",
    Consent: "customer",
    Request: "customer",
    Influence: "customer",
    Order: "customer",
    Receipt: "customer",
    Relation: "customer",
    Task: "customer",
    Warning: "customer",
    SalesLine: "customer",
    Visit: "customer",
    Promise: "customer",
    Card: "customer",
    Suggestion: "customer",
    ReviewLine: "customer",
}
NEEDING = {
    Influence: ("source", "target"),
    Relation: ("customer", "other"),
    Consent: ("contact",),
    Request: ("contact",),
}
KEYS = sorted(RECORDS)


@dataclass(frozen=True)
class Given:
    """One grant as it is stored."""

    record: str
    verb: str
    span: Span
    line: Line
    units: frozenset[str]


@dataclass
class Stock:
    """The rows there are, and who is who."""

    units: dict[str, Unit]
    users: dict[str, User]
    pools: dict[str, Pool]
    rows: dict[Any, list[Any]] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=dict)


@pytest.fixture
def stock(db: None) -> Stock:
    units: dict[str, Unit] = {}
    for name, above in ABOVE.items():
        units[name] = Unit.objects.create(name=name, parent=units.get(above))
    users = {name: User.objects.create(username=name, name=name) for name in ("me", "other")}
    pools = {name: Pool.objects.create(name=name) for name in ("one", "two")}
    made = Stock(units, users, pools)
    with writing("test"):
        _fill(made)
    return made


def _fill(made: Stock) -> None:
    now = clock.now()
    owners, homes = [None, *made.users.values()], list(made.units.values())
    number = iter(range(1_000_000))

    def keep(model: Any, owner: User | None, unit: Unit, **values: Any) -> Any:
        n = next(number)
        held = now if n % 7 == 0 else None
        dates = {"created_at": now, "changed_at": now, "archived_at": held}
        made.rows.setdefault(model, []).append(model(owner=owner, unit=unit, **dates, **values))
        return made.rows[model][-1]

    for owner, unit, pool in product(owners, homes, [None, *made.pools.values()]):
        keep(Customer, owner, unit, name="x", type_key="x", pool=pool)
    for owner, unit in product(owners, homes):
        keep(Product, owner, unit, name="x", number=str(next(number)))
        keep(Rule, owner, unit, name=str(next(number)), kind_key="event")
        keep(
            Approval,
            owner,
            unit,
            action="x",
            record="x",
            record_id=next(number),
            record_version=1,
            subject="x",
        )
        keep(Meeting, owner, unit, title="x", starts_on=date(2000, 1, 1) + timedelta(days=next(number)))
        keep(Handover, owner, unit, leaver=made.users["other"], receiver=made.users["me"], reason="x")
        keep(StandIn, owner, unit, deputy=made.users["other"], starts_on=date(2000, 1, 1),
             ends_on=date(2000, 1, 2), reason="x")  # fmt: skip
        for audience in ("own", "unit", "everyone"):
            keep(SavedView, owner, unit, name="x", record="customers.customer", audience=audience)
    for place, (customer, owner) in enumerate(product(made.rows[Customer], [None, made.users["me"]])):
        unit, day = homes[place % len(homes)], date(2026, 1, 1)
        people = [keep(Contact, owner, unit, name="x", customer=customer) for _person in range(2)]
        alone = keep(Contact, made.users["other"], unit, name="x", customer=customer)
        ends = (alone if place % 3 else people[0], people[1])
        keep(Influence, owner, unit, customer=customer, source=ends[0], target=ends[1], note="x")
        keep(Consent, owner, unit, customer=customer, contact=ends[0], wording="x", given_on=day)
        asking = None if place % 4 == 0 else ends[0]
        keep(Request, owner, unit, customer=customer, contact=asking, what="x", asked_on=day)
        far = made.rows[Customer][(place * 7 + 1) % len(made.rows[Customer])]
        if far is not customer:
            keep(Relation, owner, unit, customer=customer, other=far, kind_key="x", note=str(place))
        keep(Order, owner, unit, number=str(next(number)), customer=customer, ordered_on=day)
        keep(Receipt, owner, unit, number=str(next(number)), customer=customer, received_on=day, amount=1)
        keep(SalesLine, owner, unit, customer=customer, month_on=date(2026, 11, 1), target=1)
        keep(Warning, owner, unit, title="x", customer=customer, rule=made.rows[Rule][0], reason="x")
        keep(
            ReviewLine, owner, unit, meeting=made.rows[Meeting][0], customer=customer, section_key=str(place)
        )
        named = None if place % 5 == 0 else customer
        keep(
            Suggestion, owner, unit, subject="x", customer=named, reason="x", suggested_by=made.users["other"]
        )
        keep(Task, owner, unit, title="x", customer=None if place % 5 == 0 else customer)
        keep(Card, owner, unit, customer=customer, number=f"K{place}", state_key="full")
        keep(Visit, owner, unit, customer=customer, planned_on=day, purpose="x")
        keep(Promise, owner, unit, customer=customer, due_on=day, wording="x")
    for model, rows in made.rows.items():
        model.objects.bulk_create(rows)
    goods = made.rows[Product][0]
    lines = [OrderLine(order=order, line_no=1, product=goods, quantity=1) for order in made.rows[Order]]
    OrderLine.objects.bulk_create(lines)
    made.lines = {line.pk: line.order_id for line in lines}


class Undone(Exception):
    """Roll an example back."""


@dataclass
class Asked:
    """Somebody with roles, and the plain reading of what they reach."""

    stock: Stock
    home: str | None
    admin_home: str | None
    roles: list[list[Given]]
    shares: list[tuple[str, int, str, int]]
    serves: dict[str, frozenset[str]]
    away: int | None = None

    def store(self) -> Actor:
        """Store everything and read it back as an actor."""
        units, me = self.stock.units, self.stock.users["me"]
        me.unit = units[self.home] if self.home else None
        me.admin_unit = units[self.admin_home] if self.admin_home else None
        me.save()
        for number, grants in enumerate(self.roles):
            role = Role.objects.create(key=f"r{number}", label={})
            Membership.objects.create(user=me, role=role)
            for one in {(g.record, g.verb, g.line): g for g in grants}.values():
                row = RoleGrant.objects.create(
                    role=role, record=one.record, action=one.verb, span=one.span, line=one.line
                )
                row.units.set([units[name] for name in one.units])
        for name, served in self.serves.items():
            self.stock.pools[name].units.set([units[unit] for unit in served])
        RecordShare.objects.bulk_create(
            [self._share(*one) for one in {one[:2]: one for one in self.shares}.values()]
        )
        if self.away is not None:
            self._stand_in(self.away)
        bump("identity")
        return actor_of(User.objects.get(pk=me.pk))

    def _share(self, key: str, pk: int, level: str, minutes: int) -> RecordShare:
        now, me = clock.now(), self.stock.users["me"]
        until = now + timedelta(minutes=minutes) if minutes else None
        return RecordShare(
            record=key, record_id=pk, user=me, level=level, kind="access", given_at=now, until=until
        )

    def _stand_in(self, days: int) -> None:
        """The other is away from `days` ago until tomorrow, and I stand in."""
        now, users = clock.now(), self.stock.users
        first, last = clock.today() - timedelta(days=days), clock.today() + timedelta(days=1)
        with writing("test"):
            StandIn(
                owner=users["other"], unit=self.stock.units["company"], deputy=users["me"], reason="x",
                starts_on=first, ends_on=last, created_at=now, changed_at=now,
            ).save()  # fmt: skip

    def owns(self, row: Any, verb: str) -> bool:
        """One's own; and, for daily work, those of the colleague for whom one stands in today."""
        mine = {self.stock.users["me"].pk}
        if (
            self.away is not None
            and self.away >= 0
            and verb in ("view", "pick", "create", "change", "reveal")
        ):
            mine.add(self.stock.users["other"].pk)
        return row.owner_id in mine

    def grants(self, model: Any, verb: str) -> Iterator[Given]:
        for role in self.roles:
            last = {(g.record, g.verb, g.line): g for g in role}
            for one in last.values():
                if (one.record, one.verb) == (record_key(model), verb) and one.span is not Span.NONE:
                    yield one

    def within(self, unit: str, one: Given) -> bool:
        """Whether a grant reaches a unit, read from the tree of names."""
        home = self.home if one.line is Line.BUSINESS else self.admin_home
        if one.span is Span.CUSTOM:
            return unit in one.units
        if one.span is Span.UNIT:
            return unit == home
        return one.span is Span.BELOW and home is not None and home in _upward(unit)

    def names_units(self, one: Given) -> bool:
        home = self.home if one.line is Line.BUSINESS else self.admin_home
        return (
            bool(one.units)
            if one.span is Span.CUSTOM
            else one.span in (Span.UNIT, Span.BELOW) and home is not None
        )

    def shared(self, model: Any, pk: int, verb: str) -> bool:
        levels = {"view", "change"} if verb in LOOKS else {"change"} if verb == "change" else set()
        last = {(key, pk): (level, minutes) for key, pk, level, minutes in self.shares}
        level, minutes = last.get((record_key(model), pk), ("", 0))
        return level in levels and minutes >= 0

    def reaches(self, model: Any, row: Any, verb: str) -> bool:
        """The rules, as a person would read them out."""
        grants = list(self.grants(model, verb))
        if not grants:
            return False
        needed = (getattr(row, key) for key in NEEDING.get(model, ()))
        if not all(end is None or self.reaches(type(end), end, "view") for end in needed):
            return False
        if self.owns(row, verb) or self.shared(model, row.pk, verb):
            return True
        if model in FOLLOWING and row.customer is None:
            return False  # personal: nobody else's, whatever they see of customers
        if model in FOLLOWING:
            wider = any(g.span in (Span.FOLLOW, Span.ALL) or self.names_units(g) for g in grants)
            return wider and self.reaches(Customer, row.customer, "view" if verb in LOOKS else "change")
        unit = next(name for name, one in self.stock.units.items() if one.pk == row.unit_id)
        if any(g.span is Span.ALL or self.within(unit, g) for g in grants):
            return True
        if model is SavedView and verb in ("view", "pick"):
            below = self.home is not None and unit in _upward(self.home)
            return row.audience == "everyone" or (row.audience == "unit" and below)
        return model is Customer and verb in ("view", "claim") and self.served(row)

    def served(self, row: Any) -> bool:
        if row.pool_id is None or self.home is None:
            return False
        name = next(name for name, pool in self.stock.pools.items() if pool.pk == row.pool_id)
        return bool(self.serves.get(name, frozenset()) & set(_upward(self.home)))


def _upward(unit: str) -> list[str]:
    return [unit, *_upward(ABOVE[unit])] if unit else []


UNITS = st.sampled_from(sorted(ABOVE))
SETS = st.frozensets(UNITS, max_size=2)
GRANTS = st.builds(
    Given,
    st.sampled_from(KEYS),
    st.sampled_from(VERBS),
    st.sampled_from(list(Span)),
    st.sampled_from(list(Line)),
    SETS,
)
# Reading and changing customers decide most, so they are asked for most.
CUSTOMERS = st.builds(
    Given, st.just("customers.customer"), st.sampled_from(("view", "change")), st.sampled_from(list(Span)),
    st.sampled_from(list(Line)), SETS,
)  # fmt: skip
ROLES = st.lists(st.lists(st.one_of(GRANTS, CUSTOMERS), min_size=1, max_size=8), min_size=1, max_size=3)
HOMES = st.one_of(st.none(), UNITS)
SERVES = st.dictionaries(st.sampled_from(("one", "two")), SETS)
AWAY = st.sampled_from((None, 0, 3, -1))  # days since the other went away; a negative one is tomorrow
PLACES = st.tuples(
    st.sampled_from(KEYS),
    st.integers(0, 40),
    st.sampled_from(("view", "change")),
    st.sampled_from((0, 5, -5)),
)
CAREFUL = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@CAREFUL
@given(home=HOMES, admin=HOMES, roles=ROLES, places=st.lists(PLACES, max_size=6), serves=SERVES, away=AWAY)
def test_the_orm_memory_and_a_plain_reading_agree_on_every_record_type(
    stock: Stock, home: Any, admin: Any, roles: Any, places: Any, serves: Any, away: Any
) -> None:
    shares = [
        (key, rows[place % len(rows)].pk, level, minutes)
        for key, place, level, minutes in places
        if (rows := stock.rows[RECORDS[key].model])
    ]
    asked = Asked(stock, home, admin, roles, shares, serves, away)
    with pytest.raises(Undone), transaction.atomic():
        actor = asked.store()
        touched = {(g.record, g.verb) for role in roles for g in role} | {(key, "view") for key in KEYS}
        for key, verb in sorted(touched):
            _agree(asked, actor, RECORDS[key].model, verb)
        _lines_agree(asked, actor)
        raise Undone


def _agree(asked: Asked, actor: Actor, model: Any, verb: str) -> None:
    rows = asked.stock.rows[model]
    plainly = {row.pk for row in rows if asked.reaches(model, row, verb)}
    inside = admitted(model, reach(actor, model, verb), rows)
    assert {row.pk for row, yes in zip(rows, inside, strict=True) if yes} == plainly, (model, verb)
    for archived in (False, True):
        found = set(model.objects.visible_to(actor, verb, archived=archived).values_list("pk", flat=True))
        found &= {row.pk for row in rows}  # an example files a stand-in of its own
        lying = {row.pk for row in rows if (row.archived_at is not None) is archived}
        assert found == plainly & lying, (model, verb, archived)


def _lines_agree(asked: Asked, actor: Actor) -> None:
    orders = {row.pk: row for row in asked.stock.rows[Order]}
    for archived in (False, True):
        found = set(OrderLine.objects.visible_to(actor, archived=archived).values_list("pk", flat=True))
        assert found == {
            line
            for line, order in asked.stock.lines.items()
            if (orders[order].archived_at is not None) is archived
            and asked.reaches(Order, orders[order], "view")
        }


@CAREFUL
@given(roles=ROLES, home=UNITS, to=UNITS)
def test_a_moved_unit_is_reached_by_its_new_place(stock: Stock, roles: Any, home: str, to: str) -> None:
    moving = "branch"
    asked = Asked(stock, home, None, roles, [], {})
    with pytest.raises(Undone), transaction.atomic():
        actor = asked.store()
        if moving in _upward(to):
            raise Undone
        branch = Unit.objects.get(pk=stock.units[moving].pk)
        branch.parent = Unit.objects.get(pk=stock.units[to].pk)
        branch.save()
        before, ABOVE[moving] = ABOVE[moving], to
        try:
            actor = actor_of(User.objects.get(pk=stock.users["me"].pk))
            for verb in ("view", "change"):
                _agree(asked, actor, Customer, verb)
            _agree(asked, actor, Order, "view")
        finally:
            ABOVE[moving] = before
        raise Undone
