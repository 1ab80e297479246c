"""A program that calls the API with a key, as tests write it."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.test import Client

from kedang.engine.identity import tokens
from kedang.engine.identity.models import Membership, Role, User
from kedang.engine.identity.stamps import bump
from kedang.kernel import ids

ROOT = "/api/v1"


def give(user: User, *roles: str) -> User:
    """Give a user these roles and no others."""
    Membership.objects.filter(user=user).delete()
    for key in roles:
        Membership.objects.create(user=user, role=Role.objects.get(key=key))
    bump("identity")
    return user


def caller(user: User, *roles: str, **key: Any) -> "Caller":
    """Return a program with a fresh key of a user, who gets these roles."""
    if roles:
        give(user, *roles)
    return Caller(tokens.issue(user, "test", **key))


def address(plural: str, record: Any = None, *more: str) -> str:
    """Return the path of a list, a record or what is below it."""
    return "/".join([ROOT, plural, *([ids.show(record.pk)] if record is not None else []), *more])


@dataclass
class Caller:
    """Calls with a key. Answers are Django's, with `json()` for what came back."""

    key: str = ""
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """Send a request; a body goes out as JSON, headers are named with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.key:
            named.setdefault("Authorization", f"Bearer {self.key}")
        data = body if isinstance(body, bytes) else json.dumps(body) if body is not None else ""
        kind = named.pop("Content-Type", "application/json")
        return self.client.generic(method, path, data, content_type=kind, headers=named)

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, body, **headers)

    def patch(self, path: str, body: Any, version: int | None = None, **headers: str) -> Any:
        return self.call("PATCH", path, body, **_tag(version), **headers)

    def delete(self, path: str, body: Any = None, version: int | None = None, **headers: str) -> Any:
        return self.call("DELETE", path, body, **_tag(version), **headers)

    def names(self, path: str, name: str = "name") -> list[str]:
        """Return one field of every row of a page."""
        return [row[name] for row in self.get(path).json()["items"]]


def _tag(version: int | None) -> dict[str, str]:
    return {} if version is None else {"If_Match": f'"{version}"'}
