"""Calls that the document of the API allows and forbids: drawn once, kept, and sent to either database.

Drawing takes four times as long as the calls. What is kept holds for one document, one way of drawing and its versions.
"""

import hashlib
import json
import pickle
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core import NotSet

KEPT = Path(__file__).resolve().parents[2] / "var" / "drawn"
SEED = 20261123
EXAMPLES = 2
FIELDS = ("path_parameters", "headers", "cookies", "query", "body", "media_type", "multipart_content_types")

Call = tuple[dict[str, Any], bool]


def calls(operations: list[Any], mode: GenerationMode) -> list[list[tuple[Any, bool]]]:
    """Return for each operation a few calls, and of each whether it is meant for a record that exists."""
    labels = [one.label for one in operations]
    told = [operations[0].schema.raw_schema, labels, mode.value, SEED, EXAMPLES]
    told += [version("schemathesis"), version("hypothesis")]
    name = hashlib.sha256(json.dumps([mode.value, labels]).encode()).hexdigest()[:16]
    key, kept = hashlib.sha256(json.dumps(told).encode()).hexdigest(), KEPT / name
    found = _read(kept, key)
    if found is None:
        found = [_draw(one, mode) for one in operations]
        _keep(kept, key, found)
    return [
        [(one.Case(**fields), known) for fields, known in drawn]
        for one, drawn in zip(operations, found, strict=True)
    ]


def _draw(operation: Any, mode: GenerationMode) -> list[Call]:
    drawn: list[Call] = []

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode), known=st.booleans())
    def take(case: Any, known: bool) -> None:
        fields = {name: getattr(case, name) for name in FIELDS}
        drawn.append(({name: one for name, one in fields.items() if not isinstance(one, NotSet)}, known))

    take()
    return drawn


def _read(kept: Path, key: str) -> list[list[Call]] | None:
    if not kept.exists():
        return None
    of, found = pickle.loads(kept.read_bytes())
    return found if of == key else None


def _keep(kept: Path, key: str, found: list[list[Call]]) -> None:
    KEPT.mkdir(parents=True, exist_ok=True)
    whole = kept.with_suffix(".part")
    whole.write_bytes(pickle.dumps((key, found)))
    whole.replace(kept)
