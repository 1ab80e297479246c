"""A browser over a live server, with everything it complains about remembered."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages import pofile
from playwright.sync_api import Browser, Page, sync_playwright

import ground
import kedang
from kedang.engine.identity.models import Membership, Role, User
from world import World

# The browser's driver keeps an event loop in the test's thread; the ORM is used from that thread all the same.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

AXE = "/static/axe/axe.min.js"
# Whatever a rule finds has the impact that the rule names: one with a lesser one need not be asked, one with none is.
# What is loaded beforehand (`preload`) serves rules that are lesser or off, and nobody reads selectors. Pseudo-elements
# leave no contrast undecided.
SERIOUS = """() => {
  const rules = {}, left_out = (one) => one.impact === "minor" || one.impact === "moderate";
  for (const one of axe._audit.rules.filter(left_out)) rules[one.id] = {enabled: false};
  axe._audit.checks["color-contrast"].options.ignorePseudo = true;
  const wanted = {rules, resultTypes: ["violations"], selectors: false, preload: false};
  const said = (rule) => rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 160)}`);
  const counts = (rule) => rule.impact === "serious" || rule.impact === "critical";
  return axe.run(document, wanted).then((found) => found.violations.filter(counts).flatMap(said));
}"""
CATALOGUE = Path(kedang.__file__).parent / "locale/zh_Hans/LC_MESSAGES"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
SIZES = {1440: 900, 390: 844}
NAMES = {"总公司", "公海"}  # the product says these as well
PASSWORD = "correct horse"
ENGLISH = re.compile(r"\b[A-Za-z]{2,}(?:[ ,'-]+[A-Za-z]{2,}){1,}")
WORDS_ON_PAGE = """() => {
  const found = new Set(), skipped = "script, style, template, noscript, body [lang], code, kbd, .mono, textarea";
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.data.replace(/\\s+/g, " ").trim();
    if (text && !walk.currentNode.parentElement.closest(skipped)) found.add(text);
  }
  for (const name of ["aria-label", "title", "placeholder", "data-confirm"])
    for (const one of document.querySelectorAll(`[${name}]`))
      if (!one.closest(skipped)) found.add(one.getAttribute(name).trim());
  return [...found];
}"""
ROLES = {"li": "sales_rep", "wang": "sales_rep", "zhao": "sales_rep", "chief": "general_manager"}


@cache
def chinese_words() -> frozenset[str]:
    """Return what the product itself says in Chinese, and says otherwise in English."""
    with (CATALOGUE / "django.po").open("rb") as file:
        entries = pofile.read_po(file)
    return frozenset(
        str(one.string)
        for one in entries
        if isinstance(one.string, str) and len(one.string) > 1 and one.string not in NAMES
    )


@pytest.fixture(scope="session")
def browser(chromium: str, _ground_at_last: None, django_db_blocker: Any) -> Iterator[Browser]:
    with django_db_blocker.unblock():
        ground.clear()  # an event loop gives this thread another connection: none may stay behind with a transaction
    with sync_playwright() as engine:
        running = engine.chromium.launch(executable_path=chromium, args=QUIET)
        yield running
        running.close()


@dataclass
class Visitor:
    """One signed-in person in front of one screen."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Open a page of the product, with what it fetches once it stands."""
        self.page.goto(f"{self.address}{path}")
        self.page.wait_for_selector(".skel", state="detached")
        return self.page

    def serious(self) -> list[str]:
        """Return what axe finds serious or critical on the page as it stands."""
        self.page.add_script_tag(url=self.address + AXE)
        found: list[str] = self.page.evaluate(SERIOUS)
        return found

    def leftovers(self, language: str) -> list[str]:
        """Return the words of another language on the page, but for what people typed and names in marked parts."""
        texts: list[str] = self.page.evaluate(WORDS_ON_PAGE)
        if language == "en":
            return [text for text in texts if text in chinese_words()]
        return [text for text in texts if ENGLISH.search(text)]

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the screen."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))


@pytest.fixture
def company(transactional_db: None) -> World:
    """Return the small company, with roles from the general pack so that people can sign in and work."""
    world = ground.settle()
    for username, role in ROLES.items():
        user = User.objects.get(username=username)
        Membership.objects.create(user=user, role=Role.objects.get(key=role))
    return world


@pytest.fixture
def visit(live_server: Any, browser: Browser, company: World) -> Any:
    """Sign somebody in: `with visit("li", 390, language="en", theme="dark") as visitor`."""

    @contextmanager
    def enter(
        username: str, width: int = 1440, *, language: str = "zh-hans", theme: str = "light"
    ) -> Iterator[Visitor]:
        User.objects.filter(username=username).update(language=language, theme=theme)
        context = browser.new_context(
            viewport={"width": width, "height": SIZES[width]}, reduced_motion="reduce"
        )
        visitor = Visitor(context.new_page(), live_server.url)
        page = visitor.page
        page.on(
            "console", lambda said: visitor.complaints.append(said.text) if said.type == "error" else None
        )
        page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        visitor.go("/sign-in/")
        page.fill("input[name=login]", username)
        page.fill("input[name=password]", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url(f"{live_server.url}/")
        try:
            yield visitor
        finally:
            context.close()

    return enter
