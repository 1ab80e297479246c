"""Fill an empty home with the demo company, through the same doors as everybody's own data."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from django.contrib.auth.hashers import make_password

from kedang.areas.customers.alike import SCAN
from kedang.engine.actions.batch import Row, batch_save
from kedang.engine.actions.perform import perform
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import Membership, Pool, Role, Unit, User
from kedang.engine.installation import install
from kedang.engine.jobs import SYSTEM, queue, running
from kedang.engine.records.types import RECORDS
from kedang.engine.search.rebuild import rebuild_some
from kedang.kernel import clock
from kedang.kernel.actor import Actor
from kedang.kernel.workdays import next_weekday
from kedang.project.demo import fieldwork, keypersons, papers, story, whereabouts
from kedang.project.demo.companies import customers
from kedang.project.demo.goods import products
from kedang.project.demo.orders import orders_of, receipts_of, rhythm_of, steady
from kedang.project.demo.people import contacts_of
from kedang.project.demo.rowtypes import ContactRow, CustomerRow, OrderRow
from kedang.project.demo.showcase import (
    Entry,
    showcase,
    showcase_contacts,
    showcase_customer,
    showcase_rhythm,
)
from kedang.project.demo.tasks import file_tasks

SEED = 11
CUSTOMERS = 400
POOLED = 12
# of so many invented customers one pays late, one slips, and one of those that are quiet has stopped
TROUBLE, LATE, SLIPS, GONE = 40, 7, 19, 31
SELDOM = 60  # days without an order after which somebody calls
FEW = 2  # orders of whoever is lost
REP = "luzimo"  # whose next working day has a route
YEARS = 2
BATCH = 400
CUSTOMER, CONTACT, PRODUCT = "customers.customer", "customers.contact", "catalog.product"
ORDER, RECEIPT = "trade.order", "trade.receipt"


def build() -> list[dict[str, str]]:
    """Fill the home and return the sign-ins to print. A home that holds people already is left as it is."""
    if not User.objects.exists():
        install(["general"], by="demo")
        _Builder(clock.today()).build()
        while rebuild_some(alone=True):
            pass  # whoever signs in first finds everything
    return [
        {"role": one.title, "username": one.username, "password": story.PASSWORD}
        for one in story.PEOPLE[: story.SIGN_INS]
    ]


@dataclass(slots=True)
class _Builder:
    today: date

    def build(self) -> None:
        users = hire()
        admin, finance = actor_of(users["admin"]), actor_of(users["wenjing"])
        with clock.frozen(self._ago(420)):
            founded = perform(admin, "engine.company.create", None, {"name": next(iter(story.UNITS))}).record
            perform(admin, "engine.company.open", founded.pk)
        rows = list(_customer_rows(self.today))
        owners = [_owner_of(place, row) for place, row in enumerate(rows)]
        with clock.frozen(self._ago(420)):
            goods = self._save(admin, PRODUCT, ({**row} for row in products()))
            by_number = dict(zip((row["number"] for row in products()), goods, strict=True))
            pool = Pool.objects.create(name=story.POOL)
            pool.units.add(Unit.objects.get(name="华南区"))
            filed = self._customers(admin, rows, owners, users)
        with clock.frozen(self._ago(200)):
            self._contacts(admin, rows, filed, owners, users)
            keypersons.draw(admin, _met_first(filed), users)
        with clock.frozen(self._ago(30)):
            self._credit(finance, rows, filed)
        last = self._trade(admin, rows, filed, owners, users, by_number)
        self._recent(users, rows, filed)
        self._views(users)
        met = {
            row["short_name"]: (pk, owners[n]) for n, (row, pk) in enumerate(zip(rows, filed, strict=True))
        }
        owned = [(pk, owners[place]) for place, pk in enumerate(filed) if place >= POOLED]
        quiet = {filed[place] for place, day in last.items() if (self.today - day).days > SELDOM}
        called = [one for one in owned if one[1] in story.SOUTH or one[0] in quiet]
        near = {pk for pk, row in zip(filed, rows, strict=True) if row["region_code"].startswith("44")}
        fieldwork.go_round(self.today, users, called, near)
        fieldwork.give_up(self.today, users, [(pk, owners[place]) for place, pk in enumerate(filed[:POOLED])])
        spots = dict(zip(filed, _spots(rows), strict=True))
        fieldwork.file_visits(self.today, users, met, spots)
        reps = [(pk, spots[pk]) for pk, owner in owned if owner == REP and pk in near]
        whereabouts.plan_day(users[REP], next_weekday(self.today), reps)
        file_tasks(self.today, users, {name: pk for name, (pk, _owner) in met.items()})
        fieldwork.file_consents(self.today, users, met)
        fieldwork.let_go(self.today, users)
        fieldwork.announce_month(self.today, users)
        self._figures()
        fieldwork.warn(self.today, users, met)

    def _figures(self) -> None:
        """Compute what the night would have computed."""
        for kind in ("insight.rfm", SCAN):
            queue(SYSTEM, kind, {})
            taken = running.take()
            if taken is not None:
                running.run(taken)

    def _ago(self, days: int, hour: int = 10) -> datetime:
        return datetime.combine(self.today - timedelta(days=days), time(hour), tzinfo=clock.ZONE)

    def _save(self, actor: Actor, key: str, rows: Iterable[Mapping[str, Any]]) -> list[int]:
        """Store rows in batches and return their ids, in order."""
        found: list[int] = []
        waiting = iter(rows)
        while batch := list(islice(waiting, BATCH)):
            for outcome in batch_save(actor, RECORDS[key], [Row(row) for row in batch]):
                if outcome.pk is None:
                    raise AssertionError(f"the demo made a {key} that is refused: {outcome.problems}")
                found.append(outcome.pk)
        return found

    def _customers(
        self, admin: Actor, rows: list[CustomerRow], owners: list[str], users: Mapping[str, User]
    ) -> list[int]:
        spots = _spots(rows)

        def inputs() -> Iterator[dict[str, Any]]:
            for place, (row, owner) in enumerate(zip(rows, owners, strict=True)):
                values: dict[str, Any] = {name: value for name, value in row.items() if name not in CREDIT}
                values["place"] = spots[place]
                yield values | {"owner": users[owner].pk}

        return self._save(admin, CUSTOMER, inputs())

    def _contacts(
        self,
        admin: Actor,
        rows: list[CustomerRow],
        filed: list[int],
        owners: list[str],
        users: Mapping[str, User],
    ) -> None:
        self._save(
            admin, CONTACT,
            (
                {**contact} | {"customer": filed[place], "owner": users[owners[place]].pk}
                for place, row in enumerate(rows)
                for contact in _contacts_of(place, row, self.today)
            ),
        )  # fmt: skip

    def _credit(self, finance: Actor, rows: list[CustomerRow], filed: list[int]) -> None:
        """Credit is finance's to set, for those who trade."""
        wanted = [
            Row({name: row[name] for name in CREDIT}, pk)  # type: ignore[literal-required]
            for row, pk in zip(rows, filed, strict=True)
            if row["status_key"] == "active" and row["credit_limit"]
        ]
        batch_save(finance, RECORDS[CUSTOMER], wanted)

    def _trade(
        self, admin: Actor, rows: list[CustomerRow], filed: list[int], owners: list[str], users: Mapping[str, User],
        goods: Mapping[str, int],
    ) -> dict[int, date]:  # fmt: skip
        """File orders and receipts; return for each place the day of the last order, or when it became a customer."""
        sold = {place: _orders_of(place, row, self.today) for place, row in enumerate(rows)}
        ordered: list[tuple[int, OrderRow]] = [
            (place, order) for place, orders in sold.items() for order in orders
        ]
        ordered.sort(key=lambda pair: (pair[1]["ordered_on"], pair[0]))
        stored = self._save(
            admin,
            ORDER,
            (_order(row, filed[place], users[owners[place]].pk, goods) for place, row in ordered),
        )
        pks = {order["number"]: pk for (_place, order), pk in zip(ordered, stored, strict=True)}
        paid = [
            (place, receipt)
            for place, orders in sold.items()
            for receipt in receipts_of(SEED, place, rows[place], orders, self.today, in_time=_in_time(place))
        ]
        paid.sort(key=lambda pair: pair[1]["received_on"])
        self._save(
            admin, RECEIPT,
            (
                {name: value for name, value in receipt.items() if name != "number"}
                | {"customer": filed[place], "order": pks[receipt["order"]], "owner": users[owners[place]].pk}
                for place, receipt in paid
            ),
        )  # fmt: skip
        return {
            place: orders[-1]["ordered_on"] if orders else rows[place]["since"]
            for place, orders in sold.items()
        }

    def _views(self, users: Mapping[str, User]) -> None:
        """Views people keep of the customer list, for themselves and for others."""
        for place, (username, name, query, audience) in enumerate(story.VIEWS):
            values = {"name": name, "record": CUSTOMER, "query": query, "audience": audience, "place": place}
            perform(actor_of(users[username]), "engine.savedview.create", inputs=values)

    def _recent(self, users: Mapping[str, User], rows: list[CustomerRow], filed: list[int]) -> None:
        """What people did in the last days: next steps, a handover, a colleague asked in, a request to archive."""
        for place in range(len(rows)):
            first = _first(place)
            if first is None or "step" not in first:
                continue
            with clock.frozen(self._ago(place % 6, 9 + place % 8)):
                actor = actor_of(users[first["owner"]])
                day = self.today + timedelta(days=first["days"])
                perform(
                    actor,
                    f"{CUSTOMER}.update",
                    filed[place],
                    {"next_step": first["step"], "next_step_on": day.isoformat()},
                )
        with clock.frozen(self._ago(1, 15)):
            keeper = actor_of(users["zhouyuan"])
            perform(
                keeper,
                f"{CUSTOMER}.share",
                filed[-1],
                {"user": users["luzimo"].pk},
                reason="一起跟进二供泵房项目",
            )
            perform(
                keeper,
                f"{CUSTOMER}.update",
                filed[-1],
                {"trading_state": "10月压货约60万元没消化，暂不补多级泵。"},
            )
        with clock.frozen(self._ago(2, 16)):
            papers.attach(actor_of(users["zhouyuan"]), filed[-1])
        with clock.frozen(self._ago(1, 11)):
            papers.bring_in_old_table(actor_of(users["chengli"]))
        with clock.frozen(self._ago(0, 9)):
            lost = next(
                place
                for place, row in enumerate(rows)
                if row["status_key"] == "lost" and _owner_of(place, row) == "luzimo" and place >= POOLED
            )
            perform(
                actor_of(users["luzimo"]), f"{CUSTOMER}.archive", filed[lost], reason="已注销，确认不再往来"
            )


CREDIT = ("credit_limit", "credit_term_days", "credit_rating")


def hire() -> dict[str, User]:
    """File the units and people of the company; return the people by their user names."""
    units: dict[str, Unit] = {}
    for name, above in story.UNITS.items():
        units[name] = Unit.objects.create(name=name, parent=units.get(above))
    password = make_password(story.PASSWORD)
    roles = {role.key: role for role in Role.objects.all()}
    users: dict[str, User] = {}
    for one in story.PEOPLE:
        unit = units[one.unit]
        user = User(username=one.username, name=one.name, title=one.title, unit=unit, admin_unit=unit)
        user.password = password
        user.save()
        Membership.objects.create(user=user, role=roles[one.role])
        users[one.username] = user
    return users


def _customer_rows(today: date) -> Iterator[CustomerRow]:
    """Yield the customers: invented ones, and last those one meets first."""
    for place, row in enumerate(customers(SEED, 0, CUSTOMERS, today)):
        first = _first(place)
        if first is not None:
            yield showcase_customer(first, SEED, place, today)
        elif place < POOLED and row["status_key"] != "prospect":
            yield {**row, "status_key": "dormant"}
        elif row["status_key"] == "dormant" and not _in_trouble(place, GONE):
            yield {**row, "status_key": "active"}
        else:
            yield row


def _spots(rows: list[CustomerRow]) -> list[str]:
    return [
        whereabouts.place_of(SEED, place, row["address"], row["region_code"])
        for place, row in enumerate(rows)
    ]


def _first(place: int) -> Entry | None:
    """The customers one meets first are filed last, for lists begin with the newest."""
    newest = CUSTOMERS - 1 - place
    return showcase()[newest] if newest < len(showcase()) else None


def _met_first(filed: list[int]) -> Iterator[tuple[Entry, int]]:
    """Yield the entries of the customers one meets first, with the ids they were filed under."""
    for place, pk in enumerate(filed):
        if (entry := _first(place)) is not None:
            yield entry, pk


def _contacts_of(place: int, row: CustomerRow, today: date) -> Iterator[ContactRow]:
    first = _first(place)
    if first is None:
        return contacts_of(SEED, place, row, today)
    return showcase_contacts(first, SEED, place, row, today)


def _orders_of(place: int, row: CustomerRow, today: date) -> list[OrderRow]:
    first = _first(place)
    if first is not None:
        return list(orders_of(SEED, place, row, today, YEARS, showcase_rhythm(first, today)))
    rhythm = rhythm_of(SEED, place, row, today)
    if not _in_trouble(place, SLIPS):
        rhythm = steady(rhythm)
    made = list(orders_of(SEED, place, row, today, YEARS, rhythm))
    # whoever is lost, or was given up, never came to a rhythm
    return made[:FEW] if row["status_key"] == "lost" or place < POOLED else made


def _in_time(place: int) -> bool:
    """Say whether a customer pays in time: those one meets first do, but for those of whom it is said."""
    first = _first(place)
    return not (first.get("late", False) if first is not None else _in_trouble(place, LATE))


def _in_trouble(place: int, kind: int) -> bool:
    """Say whether a customer is one of the few with which something is wrong: the company as a whole works."""
    return place % TROUBLE == kind


def _owner_of(place: int, row: CustomerRow) -> str:
    if first := _first(place):
        return str(first["owner"])
    if place < POOLED:
        return story.GAVE_UP[place % len(story.GAVE_UP)]
    if row["level_key"] in story.KEY_ACCOUNTS and row["region_code"].startswith("44"):
        return story.KEY_ACCOUNT_MANAGER
    turns = story.TERRITORIES.get(row["region_code"][:2], story.ELSEWHERE)
    return turns[place % len(turns)]


def _order(order: OrderRow, customer: int, owner: int, goods: Mapping[str, int]) -> dict[str, Any]:
    """A generated order as inputs: with ids for names, and the number left to the rule."""
    lines = [{**line} | {"product": goods[line["product"]]} for line in order["lines"]]
    told = ("ordered_on", "currency", "rate", "status_key", "remarks")
    return {name: order[name] for name in told} | {"customer": customer, "owner": owner, "lines": lines}  # type: ignore[literal-required]
