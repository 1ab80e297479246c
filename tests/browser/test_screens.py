"""Every screen, at the desk and on the phone, light and dark, in three languages: quiet, fitting, accessible."""

from datetime import date
from typing import Any

import pytest

from kedang.engine.identity.models import Membership, Role, User
from kedang.insight.runs import run_rfm
from kedang.kernel import ids
from world import World

WAYS = [
    (1440, "zh-hans", "light"), (390, "zh-hans", "light"), (1440, "zh-hans", "dark"), (390, "zh-hans", "dark"),
    (1440, "zh-hant", "light"), (1440, "en", "light"), (390, "en", "light"),
]  # fmt: skip


def screens(company: World) -> list[str]:
    """Return the address of every kind of screen."""
    customer = ids.show(company.records["customers.customer"]["li"].pk)
    approval = ids.show(company.records["engine.approval"]["li"].pk)
    order = ids.show(company.records["trade.order"]["li"].pk)
    return [
        "/", "/customers", "/customers?level_key=gold&sort=name_sort", f"/customers/{customer}",
        f"/customers/{customer}/edit", f"/customers/{customer}/history", f"/customers/{customer}/why",
        f"/customers/{customer}/people",
        f"/customers/{customer}/do/assign", "/customers/new", "/contacts", "/orders", f"/orders/{order}",
        f"/orders/{order}/edit", "/receipts", "/products", "/approvals", f"/approvals/{approval}", "/settings",
        "/tasks", "/agenda?on=2026-11-25", "/agenda?view=week&on=2026-11-25", "/agenda?view=month&on=2026-11-25",
        "/notices", "/jobs",
        "/insight/rfm/", "/customers/0000000000000", "/imports", "/imports/new/customers",
        f"/customers/{customer}/files",
    ]  # fmt: skip


@pytest.mark.parametrize(("width", "language", "theme"), WAYS, ids=str)
def test_every_screen_is_quiet_fitting_and_accessible(
    visit: Any, company: World, home: Any, width: int, language: str, theme: str
) -> None:
    run_rfm(date(2026, 11, 23))
    # who sees everything imports nothing by trade; here one person walks through all screens
    Membership.objects.create(
        user=User.objects.get(username="chief"), role=Role.objects.get(key="sales_manager")
    )
    faults = []
    with visit("chief", width, language=language, theme=theme) as visitor:
        for path in screens(company):
            page = visitor.go(path)
            assert page.get_attribute("html", "data-theme") == theme
            faults += [f"{path}: {found}" for found in visitor.serious()]
            if visitor.overflow() > 0:
                faults.append(f"{path}: {visitor.overflow()} px too wide")
            faults += [f"{path}: {said}" for said in visitor.complaints if "404" not in said]
            visitor.complaints.clear()
    assert faults == []
