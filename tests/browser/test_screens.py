"""Every screen, at the desk and on the phone, light and dark, in three languages: quiet, fitting, accessible."""

from datetime import date
from typing import Any

import pytest

from kedang.engine.identity.models import Membership, Role
from kedang.insight.runs import run_rfm
from kedang.kernel import ids
from world import World

WAYS = [
    (1440, "zh-hans", "light"), (390, "zh-hans", "light"), (1440, "zh-hans", "dark"), (390, "zh-hans", "dark"),
    (1440, "zh-hant", "light"), (1440, "en", "light"), (390, "en", "light"),
]  # fmt: skip
ON_PAPER = ("/print", "/prepare", "/sheet")  # pages for the printer have no theme
FEWER = ((390, "zh-hans", "light"), (1440, "en", "light"))  # the ways in which the lesser screens are visited
SHEET = """企业名称,类型,电话,城市
杭州青山仪器有限公司,企业,057188887777,杭州
北京红光一酒业有限公司,企业,01088880001,北京
"""


def sheet_in(language: str) -> str:
    """Return the file with headings of the reader's language, so that none of them is taken for a word of ours."""
    return (
        SHEET if language != "en" else SHEET.replace("企业名称,类型,电话,城市", "Company,Kind,Telephone,Town")
    )


def main_screens(company: World) -> list[str]:
    """Return the address of every screen that people have before them all day."""
    customer = ids.show(company.records["customers.customer"]["li"].pk)
    approval = ids.show(company.records["engine.approval"]["li"].pk)
    order = ids.show(company.records["trade.order"]["li"].pk)
    return [
        "/", "/customers", "/customers?level_key=gold&sort=name_sort", f"/customers/{customer}",
        f"/customers/{customer}/edit", f"/customers/{customer}/people",
        f"/customers/{customer}/relations", "/customers/new", "/contacts",
        f"/orders/{order}", "/approvals", f"/approvals/{approval}", "/agenda?on=2026-11-25", "/settings",
        "/insight/rfm/", "/warnings", f"/warnings/{ids.show(company.records['warnings.warning']['li'].pk)}",
    ]  # fmt: skip


def lesser_screens(company: World) -> list[str]:
    """Return the address of every other kind of screen."""
    rows = {key: ids.show(found["li"].pk) for key, found in company.records.items()}
    customer, order, pool = rows["customers.customer"], rows["trade.order"], ids.show(company.pool.pk)
    return [
        f"/customers/{customer}/card", f"/customers/{customer}/log", f"/customers/{customer}/prepare", "/visits",
        f"/visits/{rows['engagement.visit']}", f"/visits/{rows['engagement.visit']}/check-in", "/cards", "/promises",
        f"/customers/{customer}/history", f"/customers/{customer}/files", f"/customers/{customer}/ahead",
        f"/customers/{customer}/merge", "/customers/duplicates", "/find?q=红光",
        f"/customers/{customer}/why", f"/customers/{customer}/do/assign", f"/customers/{customer}/print",
        f"/customers/{customer}/do/share", f"/customers/{customer}/do/archive", "/customers?q=红光",
        "/customers?q=没有这家公司", "/customers/0000000000000",
        f"/contacts/{rows['customers.contact']}", "/relations", f"/relations/{rows['customers.relation']}",
        "/orders", f"/orders/{order}/edit", "/orders/new", "/receipts",
        f"/receipts/{rows['trade.receipt']}", "/products", f"/products/{rows['catalog.product']}",
        "/tasks", "/tasks/new", f"/tasks/{rows['engagement.task']}", "/agenda?view=week&on=2026-11-25",
        "/personal-data/leaks?do=1",
        "/personal-data", "/personal-data/register", f"/personal-data/copy/contacts/{rows['customers.contact']}",
        "/consents", "/consents/new", f"/consents/{rows['personal.consent']}", "/personal-requests",
        "/personal-requests/new", f"/personal-requests/{rows['personal.request']}",
        f"/personal-requests/{rows['personal.request']}/do/identify",
        "/agenda?view=month&on=2026-11-25", "/notices", "/jobs", "/imports", "/imports/new/customers",
        "/views", f"/views/{rows['engine.savedview']}", "/warnings/new", "/warning-rules",
        f"/warning-rules/{rows['warnings.rule']}", f"/warnings/{rows['warnings.warning']}/do/investigate",
        "/handovers", "/handovers/new",
        f"/handovers/{rows['team.handover']}", "/stand-ins", "/stand-ins/new",
        f"/stand-ins/{rows['engine.standin']}", "/ask-access", "/approvals?tab=asked", "/hold",
        "/suggestions", f"/suggestions/{rows['reviews.suggestion']}", "/suggest", f"/customers/{customer}/suggest",
        f"/customers/{customer}/suggest?field=phone&field=level_key", "/my-suggestions", "/meetings", "/meetings/new",
        f"/meetings/{rows['reviews.meeting']}", f"/meetings/{rows['reviews.meeting']}/lines",
        f"/meetings/{rows['reviews.meeting']}/purchases", f"/meetings/{rows['reviews.meeting']}/sheet", "/review-lines",
        f"/review-lines/{rows['reviews.reviewline']}",
        "/customers/map", "/customers/map?region_code=110000", f"/customers/{customer}/map-card",
        "/visits/route?on=2026-11-20",
        "/plan", "/plan/team", "/plan/visits", "/plan/month", "/plan/sales?month=2027-04",
        "/plan/findings", "/plan/quotas",
        "/sales-lines", "/sales-lines/new", f"/sales-lines/{rows['planning.salesline']}",
        "/settings/calendar", "/settings/attributes", "/settings/attributes/new?record=customers.customer",
        "/settings/attributes/new?record=customers.contact", "/pool/rules", "/pool/rules/new",
        f"/pool/rules/{pool}", f"/pool/rules/{pool}/rule",
    ]  # fmt: skip


def administer(company: World) -> None:
    """Let the general manager import files and keep the settings as well."""
    Membership.objects.create(user=company.chief, role=Role.objects.get(key="administrator"))


def faults_of(visitor: Any, path: str, language: str) -> list[str]:
    """Return what is wrong with the screen that stands open."""
    found = [*visitor.serious(), *(f"not translated: {text}" for text in visitor.leftovers(language))]
    if visitor.overflow() > 0:
        found.append(f"{visitor.overflow()} px too wide")
    found += [said for said in visitor.complaints if "404" not in said]
    visitor.complaints.clear()
    return [f"{path}: {one}" for one in found]


@pytest.mark.parametrize(("width", "language", "theme"), WAYS, ids=str)
def test_every_screen_is_quiet_fitting_and_accessible(
    visit: Any, company: World, home: Any, width: int, language: str, theme: str
) -> None:
    run_rfm(date(2026, 11, 23))
    administer(company)
    paths = main_screens(company)
    if (width, language, theme) in FEWER:
        paths += lesser_screens(company)
    faults = []
    with visit("chief", width, language=language, theme=theme) as visitor:
        for path in paths:
            page = visitor.go(path)
            assert page.get_attribute("html", "data-theme") == theme or path.endswith(ON_PAPER)
            faults += faults_of(visitor, path, language)
    assert faults == []


def test_a_fault_that_keeps_people_out_is_noticed(visit: Any) -> None:
    with visit("li") as visitor:
        page = visitor.go("/settings/password")
        assert visitor.serious() == []
        page.evaluate(
            "document.querySelectorAll('main label').forEach((one) => one.replaceWith(...one.childNodes))"
        )
        page.evaluate("document.querySelector('main h1, main h2').style.color = '#f4f4f4'")
        found = {said.partition(":")[0] for said in visitor.serious()}
        assert {"label", "color-contrast"} <= found


def test_words_of_another_language_are_noticed(visit: Any) -> None:
    with visit("li", language="en") as visitor:
        visitor.go("/settings/password")
        assert visitor.leftovers("zh-hans") != []
    with visit("li") as visitor:
        visitor.go("/settings/password")
        assert visitor.leftovers("en") != []


@pytest.mark.parametrize(("width", "language"), [(390, "zh-hans"), (1440, "en")], ids=str)
def test_the_steps_of_an_import_are_quiet_fitting_and_accessible(
    visit: Any, company: World, home: Any, width: int, language: str
) -> None:
    administer(company)
    faults = []
    with visit("chief", width, language=language) as visitor:
        page = visitor.go("/imports/new/customers")
        page.set_input_files(
            "input[type=file]",
            {"name": "客户.csv", "mimeType": "text/csv", "buffer": sheet_in(language).encode()},
        )
        page.click("main form button.btn-p")
        page.wait_for_url("**/columns")
        faults += faults_of(visitor, "columns", language)
        visitor.go(page.url.removeprefix(visitor.address).replace("/columns", "/rehearsal"))
        faults += faults_of(visitor, "rehearsal", language)
    assert faults == []
