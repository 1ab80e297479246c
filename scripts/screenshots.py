"""Take the pictures of the documentation: a demo in a temporary home, Chromium, two widths.

docs/screens.toml lists them:

    [[screen]]
    name = "customers"          # the picture's name
    path = "/customers"         # what to open; {id:customers} is the first row of that list
    user = "rep"                # who looks, by user name; the first demo sign-in when left out
    click = [".chip"]           # optional: what to press first, in turn
    wait = "#timeline"          # optional: what to wait for
    full = true                 # optional: the whole page, not only the window
    theme = "dark"              # optional
    language = "en"             # optional; zh-hans when left out
    widths = [1440]             # optional; both when left out
"""

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
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "docs/screens.toml"
PICTURES = ROOT / "docs/pictures"
WIDTHS = {1440: 900, 390: 844}
SIGNED_IN: dict[str, Any] = {}  # the cookies of each user, so that nobody signs in twice
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
    with demo() as (address, people), sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for screen in wanted:
            for width in screen.get("widths", WIDTHS):
                faults += take(browser, address, people, screen, width)
        browser.close()
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    print(f"{len(wanted)} screens in {PICTURES.relative_to(ROOT)}, {len(faults)} faults")
    return 1 if faults else 0


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


def take(
    browser: Browser, address: str, people: Mapping[str, str], screen: Mapping[str, Any], width: int
) -> list[str]:
    """Take one picture; return what went wrong."""
    faults: list[str] = []
    name = f"{screen['name']}-{width}"
    languages = {"zh-hans": "zh-CN", "zh-hant": "zh-TW", "en": "en-US"}
    context = browser.new_context(
        viewport={"width": width, "height": WIDTHS[width]},
        locale=languages[screen.get("language", "zh-hans")],
        timezone_id="Asia/Shanghai",
        color_scheme=screen.get("theme", "light"),
        has_touch=width < 600,
        device_scale_factor=2 if width < 600 else 1,
    )
    user = screen.get("user") or next(iter(people)) if screen.get("user", "?") else ""
    context.add_cookies(SIGNED_IN.get(user, []))
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(f"{name}: {error}"))
    page.on("console", lambda line: faults.append(f"{name}: {line.text}") if line.type == "error" else None)
    if user and user not in SIGNED_IN:
        sign_in(page, address, people, user)
        SIGNED_IN[user] = context.cookies()
    answer = page.goto(address + resolve(page, address, screen["path"]))
    if answer is None or answer.status >= 400:
        faults.append(f"{name}: {screen['path']} answered {answer.status if answer else 'nothing'}")
    for press in screen.get("click", []):
        page.locator(press).first.click()
    if screen.get("wait"):
        page.wait_for_selector(screen["wait"])
    page.wait_for_load_state("networkidle")
    page.screenshot(path=PICTURES / f"{name}.png", full_page=screen.get("full", False), animations="disabled")
    context.close()
    return faults


def sign_in(page: Page, address: str, people: Mapping[str, str], user: str) -> None:
    """Sign in as a demo person."""
    page.goto(f"{address}/sign-in/")
    page.fill("[name=login]", user)
    page.fill("[name=password]", people[user])
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/sign-in/" not in url)


def resolve(page: Page, address: str, path: str) -> str:
    """Put the first row's id of a list where the path asks for one: /customers/{id:customers}."""

    def first(found: re.Match[str]) -> str:
        plural = found[1]
        page.goto(f"{address}/{plural}")
        ids = (
            re.search(rf"/{plural}/([0-9a-hjkmnp-tv-z]{{13}})", link.get_attribute("href") or "")
            for link in page.locator(f"a[href*='/{plural}/']").all()
        )
        return next(one[1] for one in ids if one)

    return re.sub(r"\{id:([a-z-]+)\}", first, path)


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
