"""Every point of the security list is tested here, tested elsewhere, or waits for its part with a reason."""

import ast
import re
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.urls import URLPattern, get_resolver

from architecture.source import ROOT, SOURCE, modules
from kedang.engine.actions.generic import actions_of
from kedang.engine.records.types import RECORDS

HERE = ROOT / "tests" / "security"
LIST = tomllib.loads((HERE / "not_yet.toml").read_text(encoding="utf-8"))
LAST = 77


def addresses(patterns: Any = None, before: str = "") -> Iterator[str]:
    for one in get_resolver().url_patterns if patterns is None else patterns:
        here = before + str(one.pattern)
        if isinstance(one, URLPattern):
            yield here
        else:
            yield from addresses(one.url_patterns, here)


def imported() -> set[str]:
    found = set(settings.INSTALLED_APPS)
    for _path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found |= {one.name for one in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
    return found


def has_field(path: str) -> bool:
    model, _dot, name = path.rpartition(".")
    try:
        apps.get_model(model)._meta.get_field(name)
    except (LookupError, FieldDoesNotExist):
        return False
    return True


def has_url(start: str) -> bool:
    return any(one.startswith((f"{start}/", f"api/v1/{start}")) or one == start for one in addresses())


SEEN: dict[str, Callable[[str], bool]] = {
    "url": has_url,
    "record": lambda key: any(one.startswith(key) for one in RECORDS),
    "module": lambda path: (SOURCE / path).exists() or (SOURCE / f"{path}.py").exists(),
    "package": lambda name: any(one == name or one.startswith(f"{name}.") for one in imported()),
    "field": has_field,
    "action": lambda name: any(one.name == name for key in RECORDS for one in actions_of(key)),
}


@pytest.mark.parametrize("point", LIST["point"], ids=lambda point: str(point["number"]))
def test_a_point_waits_only_while_its_part_is_not_there(point: dict[str, Any]) -> None:
    ((how, what),) = point["appears"].items()
    assert point["reason"]
    assert not SEEN[how](what), f"{what} is here: test attack {point['number']} and take it off the list"


def test_a_part_that_is_there_would_be_seen() -> None:
    for how, what in {
        "url": "customers", "record": "customers.", "module": "areas/customers", "package": "django",
        "field": "customers.contact.customer", "action": "archive",
    }.items():  # fmt: skip
        assert SEEN[how](what), how


def test_every_point_is_tested_or_waits() -> None:
    tested = set()
    for file in HERE.glob("test_*.py"):
        for found in re.findall(r"def test_attacks?_(\d+(?:_and_\d+)?)_", file.read_text(encoding="utf-8")):
            tested |= {int(number) for number in found.split("_and_")}
    waiting = [point["number"] for point in LIST["point"]]
    assert len(waiting) == len(set(waiting))
    assert not tested & set(waiting)
    everything = tested | set(waiting) | {int(number) for number in LIST["elsewhere"]}
    assert set(range(1, LAST + 1)) - everything == set()


def test_the_tests_named_elsewhere_are_there() -> None:
    assert [path for path in LIST["elsewhere"].values() if not (ROOT / path).exists()] == []
