"""The second confirmation: erasing is an action like any other, for who may approve, on what lies in the hold."""

from django.utils.translation import gettext_lazy

from kedang.engine.actions.generic import BUILDERS
from kedang.engine.actions.registry import ActionSpec
from kedang.engine.erasing.erase import erase
from kedang.engine.records.types import RecordType


def _built(key: str, kind: RecordType) -> ActionSpec | None:
    if key.startswith("engine."):
        return None  # people, units and roles stay: the history names them
    return ActionSpec(
        key, kind.model, "approve", gettext_lazy("Erase for good"), erase, archived=True, asks_reason=True,
        releases=True, icon="x",
    )  # fmt: skip


BUILDERS["erase"] = _built
