"""Many rows as plain values, with what is hidden left out and what is masked covered: decided once, not a row."""

from collections.abc import Callable, Iterable
from typing import Any

from kedang.engine.records.access import covers_pool, mask, modes
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RecordType
from kedang.kernel.actor import Actor, Mode

Shape = Callable[[Any], Any]


class Projection:
    """The named fields of a type as an actor may see them. `shape_of` says how values of a field are written."""

    def __init__(
        self, actor: Actor, kind: RecordType, names: Iterable[str], shape_of: Callable[[FieldSpec], Shape]
    ) -> None:
        allowed = modes(actor, kind)
        self._actor, self._kind = actor, kind
        self.specs = [kind.fields[name] for name in names if allowed[name] is not Mode.HIDE]
        self._plan = [
            (
                spec,
                spec.name,
                spec.attname,
                shape_of(spec),
                allowed[spec.name] is Mode.MASK,
                spec.name in kind.pool_masks,
            )
            for spec in self.specs
        ]

    def __call__(self, row: Any) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the values of a row by field name, and the masks of those that are covered (value None)."""
        values: dict[str, Any] = {}
        masks: dict[str, str] = {}
        pooled = covers_pool(self._actor, self._kind, row)
        for spec, name, attname, shape, masked, in_pool in self._plan:
            value = getattr(row, attname)
            if value is None or value == "":
                values[name] = value
            elif masked or (pooled and in_pool):
                values[name], masks[name] = None, mask(spec, value)
            else:
                values[name] = shape(value)
        return values, masks
