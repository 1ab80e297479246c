"""Nothing goes around the read door: no second way to SQL, and every system read is written down."""

import ast
from collections.abc import Iterator

from architecture.source import ROOT, modules

MANAGERS = {"_base_manager", "_default_manager", "_raw_delete"}
CALLS = {"cursor", "raw", "extra"}
# SQL of our own has these homes, each for a reason that stands in the file
ALLOWED = {
    # one insert statement for a whole batch; it asks the write door itself
    "engine/actions/bulk.py": {"cursor"},
    # the planner's figures after an import; no row is read
    "engine/exchange/pace.py": {"cursor"},
    # the planner's figures after a benchmark has filled its database
    "project/bench": {"cursor"},
    # counts of all tables for a backup, and whole databases made and renamed on restore
    "project/operations": {"cursor"},
    # that nothing of what was erased stays in the files of the database; no row is read
    "engine/erasing": {"cursor"},
    # the text of a question that passed its door when it was composed
    "engine/scope/composed.py": {"cursor"},
    "engine/scope": {"_base_manager", "_default_manager", "raw", "extra", "_raw_delete"},
    "engine/records/verify.py": {"_base_manager"},
    "insight/extract": {"cursor"},
    # ids out of the search's own tables, which the ORM cannot ask; the door opens the rows
    "engine/search/index.py": {"cursor"},
    # what the database counted of those tables; no row is read
    "engine/search/counted.py": {"cursor"},
}
UNSCOPED = ROOT / "tests" / "security" / "unscoped.txt"


def back_doors(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and name of each way around the door."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS:
            yield node.lineno, node.attr
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CALLS:
            yield node.lineno, node.func.attr


def unscoped_calls(tree: ast.Module) -> Iterator[str]:
    """Yield the reason of each system read; a reason that is not plain text reads as '?'."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "unscoped"
        ):
            given = [word.value for word in node.keywords if word.arg == "because"]
            plain = given and isinstance(given[0], ast.Constant)
            yield str(given[0].value) if plain else "?"


def test_no_module_goes_around_the_read_door():
    found = [
        f"{path}:{line} {name}"
        for path, tree in modules()
        for line, name in back_doors(tree)
        if not any(path.startswith(home) and name in names for home, names in ALLOWED.items())
    ]
    assert found == []


def test_a_way_around_the_door_would_be_found():
    bad = ast.parse("rows = Customer._base_manager.all()\nconnection.cursor().execute('select 1')")
    assert {name for _, name in back_doors(bad)} == {"_base_manager", "cursor"}


def test_every_system_read_is_listed_with_its_reason():
    called = sorted({f"{path}: {because}" for path, tree in modules() for because in unscoped_calls(tree)})
    listed = UNSCOPED.read_text(encoding="utf-8").splitlines()
    assert called == listed, (
        "tests/security/unscoped.txt holds one line 'path: because' for each call, sorted"
    )


def test_a_system_read_without_a_plain_reason_would_be_found():
    bad = ast.parse("Customer.objects.unscoped(because=why)\nCustomer.objects.unscoped()")
    assert list(unscoped_calls(bad)) == ["?", "?"]
