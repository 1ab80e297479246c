"""Stories of accounts: signing in with a second factor, the question after failures, the first start of a company."""

import re
import time
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from captcha.models import CaptchaStore
from django.core.cache import cache
from playwright.sync_api import Page, expect

from kedang.engine.administration.company import company as policy
from kedang.engine.identity.models import Membership, Role
from kedang.engine.installation import install
from kedang.kernel import ids
from kedang.project import home as home_folder
from world import World

PASSWORD = "correct horse"
ADMINISTRATION = (
    "/settings/people", "/settings/people/new", "/settings/units", "/settings/units/new", "/settings/roles",
    "/settings/roles/new", "/settings/company", "/settings/log", "/settings/history", "/settings/operations",
    "/settings/factor", "/settings/factor/on", "/settings/sessions", "/settings/keys", "/settings/password",
)  # fmt: skip


def number(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def enter(page: Page, address: str, username: str, password: str = PASSWORD) -> None:
    page.goto(f"{address}/sign-in/")
    page.fill("input[name=login]", username)
    page.fill("input[name=password]", password)
    page.click(".in-form .btn-p")


def test_a_second_factor_is_set_up_used_and_replaced_by_a_recovery_code(
    visit: Any, company: World, live_server: Any, browser: Any
) -> None:
    with visit("li") as visitor:
        page = visitor.go("/settings/factor")
        page.click("main a.btn-p")
        secret = page.inner_text(".typed").replace(" ", "")
        expect(page.locator("svg.qr path")).to_have_count(1)
        page.fill("input[name=code]", number(secret))
        page.fill("input[name=password]", PASSWORD)
        page.click("main .btn-p")
        codes = page.locator(".codes li").all_inner_texts()
        assert len(codes) == 10
        assert visitor.complaints == []
    cache.clear()  # the number that switched it on is spent for half a minute
    other = browser.new_context().new_page()
    enter(other, live_server.url, "li")
    expect(other).to_have_url(f"{live_server.url}/sign-in/code")
    other.goto(f"{live_server.url}/customers")
    assert "/sign-in/" in other.url
    enter(other, live_server.url, "li")
    other.fill("input[name=code]", "000000")
    other.click(".in-form .btn-p")
    expect(other.locator(".err")).to_be_visible()
    other.fill("input[name=code]", codes[3])
    other.click(".in-form .btn-p")
    expect(other).to_have_url(f"{live_server.url}/")
    other.context.close()


def test_after_failures_a_question_is_asked_in_a_picture_or_in_words(
    company: World, live_server: Any, browser: Any
) -> None:
    page = browser.new_context().new_page()
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
    for _ in range(3):
        enter(page, live_server.url, "li", "not this one")
    image = page.locator("img.cap")
    expect(image).to_be_visible()
    expect(image).to_have_js_property("complete", True)
    assert image.evaluate("one => one.naturalWidth") > 100
    before = image.get_attribute("src")
    page.fill("input[name=login]", "li")
    page.click("button[value=picture]")
    expect(image).not_to_have_attribute("src", str(before))
    page.click("button[value=words]")
    expect(image).to_be_hidden()
    assert page.input_value("input[name=login]") == "li"
    key = page.input_value("input[name=captcha_0]")
    page.fill("input[name=password]", PASSWORD)
    page.fill("input[name=captcha_1]", CaptchaStore.objects.get(hashkey=key).response)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/")
    assert said == []
    page.context.close()


@pytest.mark.parametrize("width", [1440, 390])
def test_a_company_is_set_up_at_the_first_start(
    transactional_db: None, home: Any, live_server: Any, browser: Any, width: int
) -> None:
    install(["general"])
    policy.forget()
    page = browser.new_context(viewport={"width": width, "height": 844}).new_page()
    page.goto(f"{live_server.url}/start?code={home_folder.start_code()}")
    for name, value in {
        "company": "恒川泵阀", "name": "王工", "username": "wanggong", "password1": "a long enough secret",
        "password2": "a long enough secret",
    }.items():  # fmt: skip
        page.fill(f"input[name={name}]", value)
    page.click(".in-form .btn-p")
    page.fill("textarea[name=lines]", "华南区\n  广州分公司\n财务部")
    page.click(".in-form .btn-p")
    page.click(".in-form .btn-p")
    page.get_by_text("{serial:06}", exact=True).click()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.click(".in-form .btn-p")
    page.click(".in-form .btn:not(.btn-p)")
    expect(page).to_have_url(re.compile(f"{live_server.url}/$"))
    page.goto(f"{live_server.url}/settings/units")
    expect(page.get_by_text("广州分公司")).to_be_visible()
    assert page.goto(f"{live_server.url}/start").status == 404
    page.context.close()


WAYS = [(1440, "zh-hans", "light"), (390, "zh-hans", "dark"), (390, "en", "light")]


@pytest.mark.parametrize(("width", "language", "theme"), WAYS)
def test_every_page_of_administration_is_quiet_fitting_and_accessible(
    visit: Any, company: World, home: Any, width: int, language: str, theme: str
) -> None:
    Membership.objects.create(user=company.chief, role=Role.objects.get(key="administrator"))
    faults = []
    with visit("chief", width, language=language, theme=theme) as visitor:
        person = f"/settings/people/{ids.show(company.li.pk)}"
        role = f"/settings/roles/{ids.show(Role.objects.get(key='sales_manager').pk)}"
        for path in (*ADMINISTRATION, person, f"{person}/do/deactivate", role):
            visitor.go(path)
            faults += [f"{path}: {found}" for found in visitor.serious()]
            if visitor.overflow() > 0:
                faults.append(f"{path}: {visitor.overflow()} px too wide")
            faults += [f"{path}: {said}" for said in visitor.complaints]
            visitor.complaints.clear()
    assert faults == []
