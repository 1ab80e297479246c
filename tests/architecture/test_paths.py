"""Nobody reads across a key: a query names columns of its own rows, or stands on the list below.

A filter or a value across a relation would read rows that the door has not narrowed (ruling 35).
"""

import ast
import re
from collections.abc import Iterator

from django.db.models import Field, ForeignKey
from django.db.models.fields.json import JSONField

from architecture.source import modules

# Models that are not under the door, whose keys lead nowhere that is; and the door itself.
DECLARED = {
    "engine/scope/reach.py": {
        "{prefix}{follows}__",
        "{prefix}unit__in",
        "{prefix}pk__in",
        "{prefix}pool__in",
    },
    "engine/scope/parts.py": {"{part_of}__", "{part_of}__archived_at__isnull", "{part_of}__archived_at__lt"},
    "engine/identity/tokens.py": {"user__is_active"},
    "engine/administration/reach.py": {"user__is_active"},
    "engine/installation.py": {"role__key"},
    # from a pin to its line of the timeline of a record that the door has opened
    "engine/records/pins.py": {"entry__subject", "entry__subject_id", "entry__history"},
    "project/acting.py": {"roles__key"},
    # the two ends of a relation, both of which the door has asked for
    "areas/customers/treepage.py": {"customer__archived_at", "other__archived_at"},
    # from customers that the door has opened to the pool's own notes about them; people and their roles
    "areas/pool/told.py": {
        *(
            f"pool_forecasts__{name}"
            for name in ("pk", "owner", "on", "after", "since", "days", "never", "judged_on")
        ),
        *(f"pool_moves__{name}" for name in ("pk", "run", "kind", "reason", "pool", "user__name")),
    },
    "areas/pool/parts.py": {
        *(f"pool_forecasts__{name}" for name in ("on", "after", "since", "days", "never")),
        *(f"pool_shelters__{name}" for name in ("pk", "until", "reason")),
    },
    "areas/pool/selectors.py": {"membership__role__in", "unit__path"},
    # from a membership to the person who has it
    "areas/warnings/selectors.py": {"user__is_active", "user__unit__isnull", "user__unit_id"},
    # from orders and their lines, of customers that the door has opened, to these customers and the products' names
    "areas/reviews/analysis.py": {
        *(f"customer__{name}" for name in ("level_key", "created_at")),
        *(f"order__{name}" for name in ("customer", "customer__in", "status_key__in", "ordered_on__range")),
        "product__name",
    },
    # from a line that is seen to whether its meeting still goes on; people and their roles
    "areas/reviews/selectors.py": {"meeting__state_key", "membership__role__in"},
    "areas/reviews/handlers.py": {"meeting__state_key"},
    # from visits and orders of customers that the door has opened to the region of these customers
    "areas/planning/analysis.py": {"customer__region_code"},
    "areas/maps/selectors.py": {"customer__region_code"},
}
PATH = re.compile(r"^-?[a-z{][A-Za-z_{}.\[\]()0-9]*__[A-Za-z_{}.()]*$")
PYTHON = re.compile(r"__(name|module|qualname|class|dict)__")
# a variable step that holds a lookup, never a key
ENDINGS = {"{lookup}", "{later}", "{later}e", "{end}"}
LOOKUPS = {
    *Field.class_lookups,
    *ForeignKey.class_lookups,
    *JSONField.class_lookups,
    "date",
    "year",
    "isnull",
    "in",
}


def paths(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and text of each path with two or more steps: keywords, strings and f-strings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg and PATH.match(node.arg):
            yield node.value.lineno, node.arg
        elif isinstance(node, ast.JoinedStr):
            text = "".join(_said(part) for part in node.values)
            if PATH.match(text):
                yield node.lineno, text
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and PATH.match(node.value):
            yield node.lineno, node.value


def _said(part: ast.expr) -> str:
    if isinstance(part, ast.FormattedValue):
        return "{" + ast.unparse(part.value).replace(" ", "") + "}"
    assert isinstance(part, ast.Constant)
    return str(part.value)


def crosses(path: str) -> bool:
    """Say whether a step after the first is neither a lookup nor a variable that holds one."""
    steps = path.lstrip("-").split("__")[1:]
    return not PYTHON.search(path) and any(step not in LOOKUPS | ENDINGS for step in steps if step)


def unforeseen(path: str, tree: ast.Module) -> list[str]:
    allowed = DECLARED.get(path, set())
    return [f"{path}:{line} {text}" for line, text in paths(tree) if text not in allowed and crosses(text)]


def test_no_query_reaches_across_a_key_unless_it_is_declared() -> None:
    found = [fault for path, tree in modules() for fault in unforeseen(path, tree)]
    assert found == []


def test_a_path_across_a_key_would_be_found() -> None:
    bad = ast.parse(
        "rows.filter(customer__phone='1')\n"
        "rows.values('customer__bank_account')\n"
        "rows.order_by('-customer__credit_limit')\n"
        "rows.filter(**{f'{via}__owner__isnull': True})\n"
        "rows.filter(phone__icontains='1', at__gte=now, **{f'{name}__{lookup}': 1})\n"
    )
    assert [line for line, text in paths(bad) if crosses(text)] == [1, 2, 3, 4]


def test_the_declared_paths_are_still_there() -> None:
    used = {path: {text for _line, text in paths(tree)} for path, tree in modules()}
    assert [(path, name) for path, names in DECLARED.items() for name in names - used.get(path, set())] == []
