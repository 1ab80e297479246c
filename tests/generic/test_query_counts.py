"""How many queries a surface asks does not grow with its rows, and does not grow unseen.

The counts stand in query_counts.json; KEDANG_QUERY_COUNTS=write writes them anew after a change that is meant.
"""

import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generic.visit import Company, Visit, Walk
from kedang.areas.customers.models import Contact, Customer
from kedang.engine.actions.batch import Kind, Row, batch_save
from kedang.engine.actions.perform import perform
from kedang.engine.records.timeline import PAGE
from kedang.engine.records.types import RECORDS, RecordType
from kedang.kernel import ids
from kedang.kernel.actor import Mode, Span
from kedang.kits.web import zones

pytestmark = pytest.mark.django_db
BASELINE = Path(__file__).with_name("query_counts.json")
SAVES = {"sqlite": "save on SQLite", "postgresql": "save on PostgreSQL"}
WRITING = os.environ.get("KEDANG_QUERY_COUNTS") == "write"
FORMS = [kind for kind in RECORDS.values() if kind.creatable]
WIDE = Walk("below", Span.BELOW, Span.FOLLOW)
FEW, MANY = PAGE + 2, 80  # what was filed last fills a timeline both times


def fill(company: Company, count: int, turn: int) -> None:
    """File records of every type for li, all that hangs on a customer for li's own."""
    li, home = company.world.li.pk, company.world.records["customers.customer"]["li"].pk
    goods = company.world.records["catalog.product"]["li"].pk
    line = {"line_no": 1, "product": goods, "quantity": "1", "price": "5"}
    hanging = {"customer": home, "owner": li}

    @cache
    def at_home() -> list[int]:
        contacts = Contact.objects.visible_to(company.world.boss).filter(customer=home)
        return list(contacts.order_by("pk").values_list("pk", flat=True)[:2])

    def rule(n: int) -> int:
        made = {"name": f"失火{n}", "kind_key": "event", "level_key": "red", "days": 2, "owner": li}
        return int(perform(company.world.boss, "warnings.rule.create", inputs=made).record.pk)

    @cache
    def elsewhere() -> list[int]:
        newest = Customer.objects.visible_to(company.world.boss).exclude(pk=home).order_by("-pk")
        return list(newest.values_list("pk", flat=True)[:count])

    inputs: dict[str, Callable[[int], dict[str, Any]]] = {
        "customers.customer": lambda n: {"name": f"第{n}家水务设备有限公司", "type_key": "enterprise", "country": "CN",
                                         "phone": f"0108{2000000 + n}", "owner": li},
        "customers.contact": lambda n: {"name": f"王{n}", "mobile": f"139{20000000 + n}", **hanging},
        "engagement.task": lambda n: {"title": f"回访{n}", "due_on": "2026-11-25", **hanging},
        "engagement.visit": lambda n: {"purpose": f"对账{n}", "planned_on": "2026-11-26", **hanging},
        "engagement.promise": lambda n: {"wording": f"补票{n}", "due_on": "2026-11-27", **hanging},
        "engagement.card": lambda n: {"remarks": f"第{n}次开卡", **hanging},
        "customers.influence": lambda n: {"note": f"第{n}件", "kind_key": "influence", **hanging,
                                          **dict(zip(("source", "target"), at_home()[:2], strict=True))},
        "customers.relation": lambda n: {"note": f"第{n}家", "kind_key": "referral", "other": elsewhere()[n % 1000],
                                         **hanging},
        "personal.consent": lambda n: {"wording": f"第{n}版", "purpose_key": "care", "channel_key": "call",
                                       "evidence_key": "form", "given_on": "2026-10-01", **hanging,
                                       "contact": at_home()[0]},
        "personal.request": lambda n: {"what": f"第{n}次", "kind_key": "access", "asked_on": "2026-11-01", **hanging,
                                       "contact": at_home()[0]},
        "catalog.product": lambda n: {"number": f"N-{n}", "name": f"阀门{n}", "owner": li},
        "trade.order": lambda n: {"ordered_on": "2026-10-01", "status_key": "draft", "lines": [line], **hanging},
        "warnings.warning": lambda n: {"rule": rule(n), "reason": f"第{n}次失火", **hanging},
        "trade.receipt": lambda n: {"received_on": "2026-10-02", "amount": "10", **hanging},
    }  # fmt: skip
    for key, make in inputs.items():
        rows = [Row(make(1000 * turn + n)) for n in range(count)]
        outcomes = batch_save(company.world.boss, RECORDS[key], rows)
        assert {outcome.kind for outcome in outcomes} == {Kind.CREATED}, (key, outcomes[0])


def surfaces(visit: Visit, kind: RecordType) -> dict[str, Callable[[], Any]]:
    row = kind.model.objects.unscoped(because="test").get(pk=visit.company.world.records[kind.key]["li"].pk)
    page = visit.address(kind, row.pk)

    def save() -> Any:
        fresh = kind.model.objects.unscoped(because="test").get(pk=row.pk)
        name = next(
            name
            for name in (
                "remarks",
                "short_name",
                "reason",
                "note",
                "topics",
                "what",
                "wording",
                "name",
                "attendees",
            )
            if name in kind.form_fields
        )
        version = f'"{fresh.version}"'
        return visit.api_send(
            "PATCH",
            f"{kind.plural}/{ids.show(row.pk)}",
            {name: f"改{fresh.version}"},
            **{"If-Match": version},
        )

    return {
        "list": lambda: visit.get(f"/{kind.plural}", {"size": "100"}),
        "page": lambda: visit.get(page),
        **({} if kind.follows else {"timeline": lambda: visit.get(f"{page}/line", part=True)}),
        **(
            {"beside": lambda: visit.get(f"{page}/beside", part=True)}
            if zones.speaks(kind.key, "side")
            else {}
        ),
        "quick look": lambda: visit.get(f"{page}/peek", part=True),
        "history": lambda: visit.get(f"{page}/history"),
        "form": lambda: visit.get(f"{page}/edit"),
        "picker": lambda: visit.get(f"/{kind.plural}/pick"),
        **(
            {"search": lambda: visit.get("/find", {"q": str(getattr(row, next(iter(kind.search))))})}
            if kind.search
            else {}
        ),
        "palette": lambda: visit.get("/palette", part=True),
        "API list": lambda: visit.api(kind.plural, {"limit": "200"}),
        "API record": lambda: visit.api(f"{kind.plural}/{ids.show(row.pk)}"),
        SAVES[connection.vendor]: save,
    }


def of_the_other(stored: dict[str, int]) -> dict[str, int]:
    """Return what was stored for the database that does not run now: its index of the search asks otherwise."""
    others = {name for vendor, name in SAVES.items() if vendor != connection.vendor}
    return {name: number for name, number in stored.items() if name in others}


def count(ask: Callable[[], Any]) -> int:
    assert ask().status_code == 200  # what is remembered for good is remembered now
    with CaptureQueriesContext(
        connection,
    ) as asked:
        ask()
    return len(asked)


def counts(visit: Visit) -> dict[str, dict[str, int]]:
    return {kind.plural: {name: count(ask) for name, ask in surfaces(visit, kind).items()} for kind in FORMS}


def test_the_number_of_queries_does_not_grow_with_the_rows(company: Company) -> None:
    """All types in one test: the rows of all types are filed once for them, not once for each."""
    company.give(WIDE)
    company.guard(FORMS[0], [], Mode.OPEN)
    visit = company.visitor()
    fill(company, PAGE, 0)  # the first page of every timeline is full of the same kinds both times
    fill(company, FEW, 1)
    few = counts(visit)
    fill(company, MANY - FEW, 2)
    many = counts(visit)
    assert many == few
    stored = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {}
    known = {plural: many[plural] | of_the_other(stored.get(plural, {})) for plural in many}
    if WRITING:
        BASELINE.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    else:
        assert known == stored
