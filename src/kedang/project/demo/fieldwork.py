"""What the people of the demo company did on the road, what was warned of since, and what they did about it."""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from kedang.areas.customers.models import Contact
from kedang.areas.engagement.models import Promise
from kedang.areas.planning import services as planning
from kedang.areas.warnings.models import Warning
from kedang.engine.actions.perform import perform
from kedang.engine.calendar.table import workdays
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import User
from kedang.engine.jobs import SYSTEM, queue, running
from kedang.kernel import clock
from kedang.kernel.actor import Actor
from kedang.project.demo import story, whereabouts

FILE = Path(__file__).with_name("fieldwork.toml")
VISIT, PROMISE, WARNING = "engagement.visit", "engagement.promise", "warnings.warning"
CONSENT, REQUEST = "personal.consent", "personal.request"
EARLIER = 2  # days ago the warnings were looked for that people have begun to deal with
NEGLECTED = 50  # every so many a customer is called by nobody
LED_BY = "chengli"


def file_visits(
    today: date, users: Mapping[str, User], customers: Mapping[str, tuple[int, str]], spots: Mapping[int, str]
) -> None:  # fmt: skip
    """File visits and calls with minutes and promises on their days, oldest first: {short name: (id, owner)}.

    Each visit that was made has its check-in, near where `spots` says that the customer is.
    """
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))["visit"]
    for one in sorted(told, key=lambda one: -one["ago"]):
        customer, owner = customers[one["customer"]]
        actor = actor_of(users[owner])
        on = today - timedelta(days=one["ago"])
        with clock.frozen(_at(min(on, today), 17)):
            inputs: dict[str, Any] = {
                "customer": customer, "purpose": one["purpose"], "planned_on": on.isoformat(),
                "kind_key": one.get("way", "visit"), "topics": one.get("topics", ""),
            }  # fmt: skip
            if "contact" in one:
                inputs["contact"] = _contact(actor, customer, one["contact"])
            visit = perform(actor, f"{VISIT}.create", inputs=inputs).record
            if "result" in one and visit.kind_key == "visit":
                whereabouts.check_in(actor, visit, spots[customer])
            if "result" in one:
                perform(actor, f"{VISIT}.done", visit.pk, _minutes(today, one))
        if "kept" in one:
            _keep(actor, customer, one["promise"], today + timedelta(days=one["kept"]))


def go_round(
    today: date, users: Mapping[str, User], owned: Sequence[tuple[int, str]], near: Collection[int]
) -> None:
    """File a visit to nearly each of the customers, (id, owner), that are near and a call with nearly each other one:
    on working days of the last 80, most of them lately. Few are neglected.
    """
    said = tomllib.loads(FILE.read_text(encoding="utf-8"))["call"]
    days = [day for ago in range(1, 80) if workdays().is_working(day := today - timedelta(days=ago))]
    for place, (customer, owner) in enumerate(owned):
        if place % NEGLECTED == 0:
            continue
        words, turn = said[place % len(said)], place * 37 % len(days)
        day, actor = days[turn * turn // len(days)], actor_of(users[owner])
        with clock.frozen(_at(day, 10)):
            inputs = {"customer": customer, "kind_key": "visit" if customer in near else "call",
                      "purpose": words["purpose"], "planned_on": day.isoformat()}  # fmt: skip
            visit = perform(actor, f"{VISIT}.create", inputs=inputs).record
            perform(actor, f"{VISIT}.done", visit.pk, {"result": words["result"]})


def give_up(today: date, users: Mapping[str, User], owned: Sequence[tuple[int, str]]) -> None:
    """Let the owners of customers, (id, owner), return them to the pool with a reason, after a last call."""
    said = tomllib.loads(FILE.read_text(encoding="utf-8"))["returned"]
    for place, (customer, owner) in enumerate(owned):
        words, day = said[place % len(said)], today - timedelta(days=4 + 5 * place)
        actor = actor_of(users[owner])
        with clock.frozen(_at(day, 15)):
            inputs = {"customer": customer, "kind_key": "call", "purpose": words["purpose"],
                      "planned_on": day.isoformat()}  # fmt: skip
            visit = perform(actor, f"{VISIT}.create", inputs=inputs).record
            perform(actor, f"{VISIT}.done", visit.pk, {"result": words["result"]})
            perform(actor, "customers.customer.to_pool", customer, reason=words["reason"])


def warn(today: date, users: Mapping[str, User], customers: Mapping[str, tuple[int, str]]) -> None:
    """Look for warnings as it was two days ago, let their owners deal with some, and look again today."""
    with clock.frozen(_at(today - timedelta(days=EARLIER), 3)):
        _do("warnings.run")
    settled = []
    for one in tomllib.loads(FILE.read_text(encoding="utf-8"))["handled"]:
        customer, owner = customers[one["customer"]]
        actor = actor_of(users[owner])
        standing = Warning.objects.visible_to(actor).filter(customer=customer).select_related("rule")
        found = next((warning for warning in standing if warning.rule.pack_key == one["rule"]), None)
        if found is None:
            continue  # the orders of that customer are drawn anew each day: some days it buys just in time
        day = today - timedelta(days=EARLIER - 1)
        with clock.frozen(_at(day, 10)):
            perform(actor, f"{WARNING}.take", found.pk)
            perform(actor, f"{WARNING}.investigate", found.pk, {"cause": one["cause"], "found": one["found"]})
            due = day + timedelta(days=one["days"])
            perform(
                actor,
                f"{WARNING}.set_measure",
                found.pk,
                {"measure": one["measure"], "due_on": due.isoformat()},
            )
        if "bought" in one:
            with clock.frozen(_at(today, 9)):
                inputs = {"customer": customer, "ordered_on": today.isoformat(), "status_key": "approved",
                          "amount": str(one["bought"]), "owner": users[owner].pk}  # fmt: skip
                perform(actor_of(users["admin"]), "trade.order.create", inputs=inputs)
            settled.append((actor, found.pk, one["result"]))
    _do("warnings.run")
    for actor, warning, result in settled:
        perform(actor, f"{WARNING}.close", warning, {"result": result})
    _do("pool.run", trial=True)


def file_consents(today: date, users: Mapping[str, User], customers: Mapping[str, tuple[int, str]]) -> None:
    """File what people agreed to and took back, and what they ask about their data: as the owners of the files."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    for one in (*told["consent"], *told["request"]):
        customer, owner = customers[one["customer"]]
        actor, on = actor_of(users[owner]), today - timedelta(days=one["ago"])
        about = {"customer": customer, "contact": _contact(actor, customer, one["contact"])}
        with clock.frozen(_at(on, 14)):
            if "purpose" in one:
                inputs = about | {"purpose_key": one["purpose"], "channel_key": one["channel"],
                                  "wording": one["wording"], "evidence_key": one["evidence"],
                                  "given_on": on.isoformat()}  # fmt: skip
                row = perform(actor, f"{CONSENT}.create", inputs=inputs).record
            else:
                inputs = about | {"kind_key": one["kind"], "what": one["what"], "asked_on": on.isoformat()}
                row = perform(actor, f"{REQUEST}.create", inputs=inputs).record
        if "withdrawn" in one:
            with clock.frozen(_at(today - timedelta(days=one["withdrawn"]), 15)):
                perform(actor, f"{CONSENT}.withdraw", row.pk)
        for step in ("how", "answer"):
            if step in one:
                with clock.frozen(_at(on + timedelta(days=1), 11)):
                    action = {"how": "identify", "answer": "answer"}[step]
                    perform(actor, f"{REQUEST}.{action}", row.pk, {step: one[step]})


def let_go(today: date, users: Mapping[str, User]) -> None:
    """Let a colleague leave: the manager hands all files over in one act, then the account is switched off."""
    leaver, receiver, ago, why = story.LEAVER
    with clock.frozen(_at(today - timedelta(days=ago), 16)):
        manager = actor_of(users[LED_BY])
        inputs = {"leaver": users[leaver].pk, "receiver": users[receiver].pk, "reason": why}
        plan = perform(manager, "team.handover.create", inputs=inputs).record
        perform(manager, "team.handover.start", plan.pk)
        _drain()
        perform(actor_of(users["admin"]), "engine.user.deactivate", users[leaver].pk, reason="离职")


def announce_month(today: date, users: Mapping[str, User]) -> None:
    """Let the manager announce this month's figures to the people led."""
    manager = actor_of(users[LED_BY])
    led = [users[name] for name in story.SOUTH]
    with clock.frozen(_at(today.replace(day=1), 9)):
        planning.announce(manager, planning.fresh(manager, led, today.replace(day=1)))


def _minutes(today: date, one: Mapping[str, Any]) -> dict[str, Any]:
    minutes = {"result": one["result"], "mood_key": one.get("mood", ""), "rivals": one.get("rivals", "")}
    if "next" in one:
        minutes |= {
            "next_step": one["next"],
            "next_step_on": (today + timedelta(days=one["next_in"])).isoformat(),
        }
    if "promise" in one:
        due = today + timedelta(days=one["due"])
        minutes |= {"promise": one["promise"], "promise_by": one["by"], "promise_on": due.isoformat()}
    return minutes


def _contact(actor: Actor, customer: int, name: str) -> int:
    rows = Contact.objects.visible_to(actor).filter(customer=customer, name=name)
    return int(rows.values_list("pk", flat=True).get())


def _keep(actor: Actor, customer: int, wording: str, on: date) -> None:
    promise = Promise.objects.visible_to(actor).get(customer=customer, wording=wording)
    with clock.frozen(_at(on, 11)):
        perform(actor, f"{PROMISE}.keep", promise.pk)


def _do(job: str, **params: Any) -> None:
    """Do now what a night would have done."""
    queue(SYSTEM, job, params)
    _drain()


def _drain() -> None:
    while (taken := running.take()) is not None:
        running.run(taken)


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=clock.ZONE)
