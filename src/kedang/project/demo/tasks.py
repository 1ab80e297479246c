"""What people have to do, and what they were told: filed as their own, through the doors."""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from kedang.engine.actions.perform import perform
from kedang.engine.calendar import table
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import User
from kedang.engine.notices import tell
from kedang.kernel import clock

FILE = Path(__file__).with_name("tasks.toml")
TASK, CUSTOMER = "engagement.task", "customers.customer"


def file_tasks(today: date, users: Mapping[str, User], customers: Mapping[str, int]) -> None:
    """File the tasks and the notices of the first customers, by their short names."""
    table.fill()
    told: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    for one in told["task"]:
        actor = actor_of(users[one["owner"]])
        with clock.frozen(_morning(today - timedelta(days=4))):
            task = perform(actor, f"{TASK}.create", inputs=_inputs(today, one, customers)).record
        if "done" in one:
            with clock.frozen(_morning(today - timedelta(days=one["done"]))):
                perform(actor, f"{TASK}.done", task.pk)
    for one in told["notice"]:
        about = (CUSTOMER, customers[one["customer"]]) if "customer" in one else None
        tell([users[name].pk for name in one["to"]], one["text"], one["url"], "news", about=about)


def _inputs(today: date, one: Mapping[str, Any], customers: Mapping[str, int]) -> dict[str, Any]:
    inputs = {"title": one["title"], "kind_key": one["kind"], "priority_key": one.get("priority", "normal")}
    if "customer" in one:
        inputs["customer"] = customers[one["customer"]]
    if "workdays" in one:
        return inputs | {"due_days": one["workdays"]}
    due = today + timedelta(days=one["days"])
    return inputs | {"due_on": due.isoformat(), "due_time": one.get("time", "")}


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(9), tzinfo=clock.ZONE)
