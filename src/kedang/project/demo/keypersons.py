"""The key-person maps of the customers one meets first: who covers whom, how close, and the lines between them."""

from collections.abc import Iterable, Mapping
from typing import Any

from kedang.areas.customers.models import Contact
from kedang.engine.actions.batch import Row, batch_save
from kedang.engine.identity.models import User
from kedang.engine.records.types import RECORDS
from kedang.kernel.actor import Actor
from kedang.project.demo.showcase import Entry

FACTS = {"role": "role_key", "close": "closeness", "want": "closeness_wanted", "traits": "traits"}


def draw(admin: Actor, entries: Iterable[tuple[Entry, int]], users: Mapping[str, User]) -> None:
    """Fill the maps of the entries that say something of them; each comes with the id of its customer."""
    drawn = {customer: entry for entry, customer in entries if "lines" in entry}
    people: dict[int, dict[str, int]] = {}
    for row in Contact.objects.visible_to(admin).filter(customer__in=drawn):
        people.setdefault(row.customer_id, {})[row.name] = row.pk
    changes, lines = [], []
    for customer, entry in drawn.items():
        pks = people[customer]
        changes += [Row(_facts(one, users), pks[one["name"]]) for one in entry["contacts"]]
        for line in entry["lines"]:
            ends = {"source": pks[line["from"]], "target": pks[line["to"]]}
            kind = line.get("kind", "influence")
            lines.append(Row(ends | {"customer": customer, "kind_key": kind, "note": line["note"]}))
    for key, rows in (("customers.contact", changes), ("customers.influence", lines)):
        for outcome in batch_save(admin, RECORDS[key], rows):
            if outcome.problems:
                raise AssertionError(f"the demo made a {key} that is refused: {outcome.problems}")


def _facts(one: Mapping[str, Any], users: Mapping[str, User]) -> dict[str, Any]:
    facts = {field: one[name] for name, field in FACTS.items() if name in one}
    return facts | ({"covered_by": users[one["by"]].pk} if "by" in one else {})
