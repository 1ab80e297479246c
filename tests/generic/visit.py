"""Somebody who walks through every surface with stored roles, and what they ought to see there."""

import copy
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http.cookies import SimpleCookie
from typing import Any

from django.test import Client

from kedang.engine.actions.perform import perform
from kedang.engine.identity import tokens
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import FieldRight, Membership, Role, RoleGrant, RoleLimit, User
from kedang.engine.identity.stamps import bump
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.scope.doors import writing
from kedang.engine.search.keep import renew
from kedang.kernel import ids
from kedang.kernel.actor import Actor, Mode, Span
from world import VERBS, World

PEOPLE = ("li", "zhao", "wang")
OTHER_END = {"li": "zhao", "zhao": "li", "wang": "li"}
LOOKS = ("view", "export", "reveal")
OWNERS: dict[Span, set[str]] = {
    Span.NONE: set(), Span.OWN: {"li"}, Span.UNIT: {"li"}, Span.BELOW: {"li", "zhao"}, Span.CUSTOM: {"li", "wang"},
    Span.ALL: {"li", "zhao", "wang"}, Span.FOLLOW: {"li"},
}  # fmt: skip


@dataclass(frozen=True)
class Walk:
    """The spans of one role: over what stands by itself and over what hangs on something, verb by verb."""

    name: str
    whole: Span
    hanging: Span
    verbs: tuple[str, ...] = VERBS

    def owners(self, kind: RecordType, verb: str) -> set[str]:
        """Return whose records a person with this role, who is li, reaches."""
        if verb not in self.verbs:
            return set()
        found = self._owners(kind, verb)
        if kind.key == "customers.relation":  # needs the customer at its other end in view as well
            seen = OWNERS[self.whole if "view" in self.verbs else Span.NONE]
            return {name for name in found if name in seen and OTHER_END[name] in seen}
        return found

    def _owners(self, kind: RecordType, verb: str) -> set[str]:
        if not kind.follows or self.hanging in (Span.NONE, Span.OWN):
            return OWNERS[self.hanging if kind.follows else self.whole]
        above = "view" if verb in LOOKS else "change"
        return OWNERS[self.whole if above in self.verbs else Span.NONE] | {"li"}


# A property test tries every span; here each surface meets the ones that surfaces could get wrong.
WALKS = (
    Walk("nothing", Span.NONE, Span.NONE),
    Walk("own, though all of what hangs on others", Span.OWN, Span.ALL),
    Walk("below and what hangs on it", Span.BELOW, Span.FOLLOW),
    Walk("custom", Span.CUSTOM, Span.CUSTOM),
    Walk("all, but own of what hangs on it", Span.ALL, Span.OWN),
    Walk("all, and only to look at", Span.ALL, Span.FOLLOW, ("view", "export", "reveal")),
)


@dataclass
class Company:
    """The world with names that tell records apart, and one role that the visitor has.

    `browser` and `program` serve all visits, because a client builds its chain of middleware anew; `signed_in` is what
    the visitor's browser brings along, and `key` what the program does.
    """

    world: World
    role: Role = field(init=False)
    browser: Client = field(default_factory=Client)
    program: Client = field(default_factory=Client)
    signed_in: SimpleCookie = field(init=False)
    key: str = field(init=False)
    ready: dict[str, Role] = field(default_factory=dict)
    walk: str = ""
    texts: dict[tuple[str, str, bool], str] = field(default_factory=dict)
    seen: dict[tuple[str, str, str], set[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for walk in WALKS:
            self.ready[walk.name] = self.role = Role.objects.create(key=f"w{len(self.ready)}", label={})
            self.give(walk)
        self.role = Role.objects.create(key="visitor", label={"zh_hans": "访客"})
        Membership.objects.create(user=self.world.li, role=self.role)
        with writing("test"):
            for place, person in enumerate(PEOPLE):
                card = self.world.records["engagement.card"][person]
                card.number = f"K71{place}"
                type(card).objects.unscoped(because="test").filter(pk=card.pk).update(number=card.number)
                for key, name in (
                    ("customers.contact", f"联系人{place}号"),
                    ("catalog.product", f"离心泵{place}型"),
                ):
                    row = self.world.records[key][person]
                    type(row).objects.unscoped(because="test").filter(pk=row.pk).update(name=name)
                    row.name = name
                    renew(RECORDS[key], [row.pk])
        self.browser.force_login(self.world.li)
        self.signed_in = copy.deepcopy(self.browser.cookies)
        self.key = tokens.issue(self.world.li, "test")

    def rows(self, kind: RecordType) -> Mapping[int, Any]:
        """Return the records of a type, by id."""
        return {row.pk: row for row in self.world.records[kind.key].values()}

    def of(self, kind: RecordType, people: Iterable[str]) -> set[int]:
        """Return the ids of what some people own."""
        return {self.world.records[kind.key][person].pk for person in people}

    def give(self, walk: Walk) -> None:
        """Let the visitor's role be that of a walk, and nothing else."""
        self.role.grants.all().delete()
        self.role.limits.all().delete()
        rows = RoleGrant.objects.bulk_create(
            RoleGrant(
                role=self.role, record=key, action=verb,
                span=(walk.hanging if kind.follows else walk.whole).value,
            )
            for key, kind in RECORDS.items() for verb in walk.verbs
        )  # fmt: skip
        through = RoleGrant.units.through
        through.objects.bulk_create(
            through(rolegrant_id=row.pk, unit_id=self.world.south.pk)
            for row in rows
            if row.span == Span.CUSTOM
        )
        RoleLimit.objects.bulk_create(
            RoleLimit(role=self.role, key=key, value=100_000) for key in ("export_rows", "reveal_per_day")
        )
        bump("identity")

    def take(self, walk: Walk) -> None:
        """Let the visitor have the role of one of WALKS, which stand ready, and no other.

        Who has which role is read at each request, so nothing that is remembered has to be forgotten.
        """
        Membership.objects.filter(user=self.world.li).update(role=self.ready[walk.name])
        self.walk = walk.name

    def guard(self, kind: RecordType, names: Iterable[str], mode: Mode) -> None:
        """Let the role say one thing of some fields, and open all others that are guarded."""
        self.role.rights.all().delete()
        modes = {(one.key, name): Mode.OPEN for one in RECORDS.values() for name in one.guards}
        modes |= {(kind.key, name): mode for name in names}
        FieldRight.objects.bulk_create(
            FieldRight(role=self.role, record=key, field=name, mode=mode)
            for (key, name), mode in modes.items()
        )
        bump("identity")

    def visitor(self) -> "Visit":
        return Visit(self)

    def change(self, kind: RecordType, person: str, **inputs: Any) -> None:
        """Change a record as somebody who may do everything."""
        perform(self.world.boss, f"{kind.key}.update", self.world.records[kind.key][person].pk, inputs)


@dataclass
class Visit:
    """Li with a browser and a key."""

    company: Company

    @property
    def user(self) -> User:
        return self.company.world.li

    @property
    def actor(self) -> Actor:
        return actor_of(User.objects.get(pk=self.user.pk))

    @cached_property
    def browser(self) -> Client:
        self.company.browser.cookies = copy.deepcopy(self.company.signed_in)
        return self.company.browser

    def get(self, path: str, query: Mapping[str, Any] | None = None, *, part: bool = False) -> Any:
        headers = {"HX-Request": "true"} if part else {}
        return self.browser.get(path, dict(query or {}), headers=headers)

    def post(self, path: str, data: Mapping[str, Any]) -> Any:
        return self.browser.post(path, dict(data))

    @property
    def program(self) -> Client:
        """Return a client without cookies."""
        self.company.program.cookies.clear()
        return self.company.program

    def api(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        return self.program.get(f"/api/v1/{path}", dict(query or {}), headers=self._named())

    def api_send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return self.program.generic(
            method, f"/api/v1/{path}", body if isinstance(body, str) else _json(body),
            content_type="application/json", headers=self._named() | headers,
        )  # fmt: skip

    def _named(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.company.key}"}

    def address(self, kind: RecordType, pk: int, rest: str = "") -> str:
        return f"/{kind.plural}/{ids.show(pk)}{rest}"


def _json(body: Any) -> str:
    return "" if body is None else json.dumps(body)
