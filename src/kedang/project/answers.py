"""What a command answers: words for people, data for programs."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """The end of a command. `done` False means refused or failed with a reason: exit 1."""

    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    done: bool = True


def tell(answer: Answer, *, as_json: bool) -> None:
    """Print an answer on stdout: one JSON document, or text."""
    if as_json:
        document = {"done": answer.done, **answer.data}
        sys.stdout.write(json.dumps(document, ensure_ascii=False, default=plain) + "\n")
        return
    text = answer.text or "\n".join(f"{name}: {value}" for name, value in answer.data.items())
    if text:
        sys.stdout.write(text + "\n")


def plain(value: object) -> object:
    """Turn what JSON has no word for into text; money stays exact."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
