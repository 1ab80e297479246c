"""Take the pictures of the documentation: a demo in a temporary home, Chromium, two widths.

docs/screens.toml lists them:

    [[screen]]
    name = "customers"          # the picture's name
    path = "/customers"         # what to open; {id:customers} is the first row of that list, {id:customers?q=…} of what
                                # it finds, {workday} the next working day
    user = "rep"                # who looks, by user name; the first demo sign-in when left out
    fill = { "#f-name" = "…" }  # optional: what to type first; a picker takes what it offers first
    click = [".chip"]           # optional: what to press then, in turn
    wait = "#timeline"          # optional: what to wait for
    full = true                 # optional: the whole page, not only the window
    theme = "dark"              # optional
    languages = ["en"]          # optional; zh-hans when left out
    widths = [1440]             # optional; both when left out

A picture is called customers-1440.png, customers-hant-1440.png or customers-en-1440.png.
"""

import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Error, Page, sync_playwright

from kedang.kernel import clock
from kedang.kernel.workdays import next_weekday

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "docs/screens.toml"
PICTURES = ROOT / "docs/pictures"
WIDTHS = {1440: 900, 390: 844}
LOCALES = {"zh-hans": "zh-CN", "zh-hant": "zh-TW", "en": "en-US"}
MARKS = {"zh-hans": "", "zh-hant": "-hant", "en": "-en"}
COLOURS, HEAVIEST = 160, 400_000
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main(names: list[str]) -> int:
    """Take the named pictures, or all; exit 1 when a page answered an error or wrote one to the console."""
    screens = tomllib.loads(LIST.read_text(encoding="utf-8"))["screen"]
    wanted = [screen for screen in screens if not names or screen["name"] in names]
    browser_path = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser_path is None:
        sys.stderr.write("no Chromium here: apt-get install chromium\n")
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    faults = []
    shots = sorted((shot for screen in wanted for shot in shots_of(screen)), key=Shot.room)
    with demo() as (address, people), sync_playwright() as play:
        for language, spoken in groupby(shots, key=lambda shot: shot.language):
            browser = play.chromium.launch(
                executable_path=browser_path, args=["--no-sandbox", f"--lang={LOCALES[language]}"],
                env=os.environ | {"LANGUAGE": LOCALES[language].replace("-", "_")},
            )  # fmt: skip  # a browser writes its own fields in the language it was started in
            if (speaks := browser.new_page().evaluate("navigator.language")) != LOCALES[language]:
                sys.stderr.write(f"Chromium speaks {speaks} only: apt-get install chromium-l10n\n")
                return 1
            for _, together in groupby(spoken, key=Shot.room):
                faults += sit_down(browser, address, people, list(together))
            browser.close()
    faults += [f"{path.name} weighs {size // 1000} kB" for path in sorted(PICTURES.glob("*.png"))
               if (size := path.stat().st_size) > HEAVIEST]  # fmt: skip
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    print(f"{len(shots)} pictures in {PICTURES.relative_to(ROOT)}, {len(faults)} faults")
    return 1 if faults else 0


@dataclass(frozen=True)
class Shot:
    """One picture: a screen at one width in one language."""

    screen: Mapping[str, Any]
    width: int
    language: str

    def room(self) -> tuple[str, str, str, int]:
        """Return what pictures must share to be taken from one window."""
        screen = self.screen
        return self.language, screen.get("user", ""), screen.get("theme", "light"), self.width

    def name(self) -> str:
        """Return the name of the file, without its ending."""
        return f"{self.screen['name']}{MARKS[self.language]}-{self.width}"


def shots_of(screen: Mapping[str, Any]) -> list[Shot]:
    """Return the pictures that a screen of the list asks for."""
    return [
        Shot(screen, width, language)
        for language in screen.get("languages", ["zh-hans"])
        for width in screen.get("widths", WIDTHS)
    ]


@contextmanager
def demo() -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the address of a running demo and its passwords; KEDANG_SHOTS_HOME keeps its home."""
    kept = os.environ.get("KEDANG_SHOTS_HOME")
    home = Path(kept) if kept else Path(tempfile.mkdtemp(prefix="kedang-shots-"))
    port = free_port()
    env = os.environ | {"KEDANG_HOME": str(home), "PORT": str(port)}
    env.pop("DATABASE_URL", None)
    server = subprocess.Popen([ROOT / "kedang", "serve", "--demo"], env=env, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/readyz", server)
        people = json.loads((home / "demo").read_text(encoding="utf-8"))
        yield address, {one["username"]: one["password"] for one in people}
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)
        if not kept:
            shutil.rmtree(home, ignore_errors=True)


def sit_down(browser: Browser, address: str, people: Mapping[str, str], shots: list[Shot]) -> list[str]:
    """Take the pictures of one person in one language, theme and width; return what went wrong."""
    language, user, theme, width = shots[0].room()
    faults: list[str] = []
    context = browser.new_context(
        viewport={"width": width, "height": WIDTHS[width]},
        locale=LOCALES[language],
        timezone_id="Asia/Shanghai",
        has_touch=width < 600,
        device_scale_factor=2 if width < 600 else 1,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    page.on(
        "console", lambda line: faults.append(f"{page.url}: {line.text}") if line.type == "error" else None
    )
    if user:
        sign_in(page, address, people, user)
        settle(page, language, theme)
    for shot in shots:
        faults += take(page, address, shot)
    context.close()
    return faults


def settle(page: Page, language: str, theme: str) -> None:
    """Choose the language and the theme as a person would."""
    if (page.get_attribute("html", "lang") or "").lower() != language:
        page.locator(".top summary:has(.av)").click()
        with page.expect_navigation():
            page.locator(f"button[name=language][value={language}]").click()
    if page.get_attribute("html", "data-theme") != theme:
        page.locator("[data-theme-form] button").click()
        page.wait_for_selector(f"html[data-theme={theme}]", state="attached")


def take(page: Page, address: str, shot: Shot) -> list[str]:
    """Take one picture; return what went wrong."""
    screen, faults = shot.screen, []
    answer = page.goto(address + resolve(page, address, screen["path"]))
    if answer is None or answer.status >= 400:
        faults.append(f"{shot.name()}: {page.url} answered {answer.status if answer else 'nothing'}")
    try:
        for field, text in screen.get("fill", {}).items():
            page.locator(field).first.fill(text)
            if page.locator(field).first.get_attribute("role") == "combobox":
                page.wait_for_selector(f"{field}-list [role=option]")
                page.keyboard.press("ArrowDown")
                page.keyboard.press("Enter")
        for press in screen.get("click", []):
            page.locator(press).first.click()
        if screen.get("wait"):
            page.wait_for_selector(screen["wait"])
    except Error as fault:
        faults.append(f"{shot.name()}: {fault}")
    page.wait_for_load_state("networkidle")
    raw = page.screenshot(full_page=screen.get("full", False), animations="disabled")
    keep(raw, PICTURES / f"{shot.name()}.png")
    return faults


def keep(raw: bytes, path: Path) -> None:
    """Write a picture small: screens have few colours, and a palette that covers small spots too looks the same."""
    with Image.open(io.BytesIO(raw)) as image:
        flat = image.convert("RGB")
        few = flat.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(path, optimize=True)


def sign_in(page: Page, address: str, people: Mapping[str, str], user: str) -> None:
    """Sign in as a demo person."""
    page.goto(f"{address}/sign-in/")
    page.fill("[name=login]", user)
    page.fill("[name=password]", people[user])
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/sign-in/" not in url)


def resolve(page: Page, address: str, path: str) -> str:
    """Put the first row's id of a list where the path asks for one, /customers/{id:customers}, and the next workday."""
    path = path.replace("{workday}", next_weekday(clock.today()).isoformat())

    def first(found: re.Match[str]) -> str:
        plural = found[1]
        page.goto(f"{address}/{plural}{found[2] or ''}")
        ids = (
            re.search(rf"/{plural}/([0-9a-hjkmnp-tv-z]{{13}})", link.get_attribute("href") or "")
            for link in page.locator(f"a[href*='/{plural}/']").all()
        )
        return next(one[1] for one in ids if one)

    return re.sub(r"\{id:([a-z-]+)(\?[^}]*)?\}", first, path)


def wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until the server is ready: the first start builds the demo."""
    until = time.monotonic() + 300
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.3)
    raise SystemExit("the demo did not start")


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
