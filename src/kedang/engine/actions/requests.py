"""A double click, a retry and a phone that lost its network: the same request is done once."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from kedang.engine.actions.models import RequestKey
from kedang.engine.ledger.chain import canonical, plain, sha
from kedang.engine.records.values import UNSTORABLE
from kedang.kernel import clock
from kedang.kernel.actor import Actor
from kedang.kernel.errors import RuleBroken


def _digest(action: str, pk: int | None, inputs: Mapping[str, Any]) -> str:
    return sha(canonical([action, pk, {name: _plainly(value) for name, value in inputs.items()}]))


def _plainly(value: Any) -> Any:
    return plain(value) if not isinstance(value, list | dict) else str(value)


def earlier(actor: Actor, key: str, action: str, pk: int | None, inputs: Mapping[str, Any]) -> int | None:
    """Return the record of an earlier call under this key; raise RuleBroken if that call was another one."""
    row = RequestKey.objects.filter(user_id=actor.user_id or 0, key=key[:100]).first()
    if row is None:
        return None
    if row.digest != _digest(action, pk, inputs):
        raise RuleBroken(_("This request key was used for something else."))
    return row.record_id


def used(actor: Actor, key: str) -> bool:
    """Say whether the actor has done something under this key."""
    sound = bool(key) and not UNSTORABLE.search(key)
    return sound and RequestKey.objects.filter(user_id=actor.user_id or 0, key=key[:100]).exists()


def remember(
    actor: Actor, key: str, action: str, pk: int | None, inputs: Mapping[str, Any], record_id: int
) -> None:
    """Note a call in its own transaction, so that it and its effect are one."""
    RequestKey.objects.create(
        user_id=actor.user_id or 0, key=key[:100], digest=_digest(action, pk, inputs), record_id=record_id,
        at=clock.now(),
    )  # fmt: skip
