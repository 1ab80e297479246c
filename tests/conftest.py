"""What every test can ask for: a database, a still clock, a browser. The people are in world.py."""

import gc
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.template import Template
from django.test.utils import instrumented_test_render
from django.utils import translation

import ground
from kedang.engine.search import counted
from kedang.kernel import clock
from world import World

TESTS = Path(__file__).parent
ON_BOTH = {"generic", "security", "property", "api", "insight"}
COMMITTING = {"transactional_db", "live_server"}
ASKING = {"_django_db_helper", "django_db_setup", *COMMITTING}
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DRAWN = Template._render


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="the whole product, Spark and the large sizes too")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "full: runs only with --full (make test FULL=1)")
    config.addinivalue_line(
        "markers",
        "both: one that make test runs on PostgreSQL too; in the folders ON_BOTH all that ask the database",
    )
    config.addinivalue_line("markers", "postgres: runs only on PostgreSQL")
    config.addinivalue_line("markers", "sqlite: runs only on SQLite")


def pytest_collection_finish() -> None:
    """Let the collector of garbage leave alone what was imported: it went over all of it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what runs on both databases; leave out what belongs to the other database or to the full run."""
    for item in items:
        if item.path.relative_to(TESTS).parts[0] in ON_BOTH and _asks_the_database(item):
            item.add_marker("both")
    on_postgres = os.environ.get("KEDANG_TEST_DB") == "postgres"
    other = "sqlite" if on_postgres else "postgres"
    out = {other} if config.getoption("--full") else {other, "full"}
    left = [item for item in items if any(item.get_closest_marker(name) for name in out)]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]
    _on_the_same_ground(items)


def _on_the_same_ground(items: list[pytest.Item]) -> None:
    """Let the tests that stand on one world follow one another, whatever their file: it is built once for them.

    Who commits comes first, the browser above all: what is long shall not begin when the other worker ends.
    """

    def ground_of(item: pytest.Item) -> tuple[bool, bool, str]:
        clocks = item._fixtureinfo.name2fixturedefs.get("still_clock")
        shares = _shares_world(item)
        return not _commits(item), shares, f"held in {clocks[-1].baseid}" if shares and clocks else ""

    items.sort(key=ground_of)


def _asks_the_database(item: pytest.Item) -> bool:
    """Say whether a test may ask a database at all; pytest-django refuses every query of one that may not."""
    names = getattr(item, "fixturenames", ())
    return item.get_closest_marker("django_db") is not None or not ASKING.isdisjoint(names)


def _shares_world(item: pytest.Item) -> bool:
    """Say whether a test asks for the world and commits nothing."""
    return "world" in getattr(item, "fixturenames", ()) and not _commits(item)


def _held_at(request: pytest.FixtureRequest) -> datetime | None:
    """Return where the clock is held for a test, None where it goes."""
    return request.getfixturevalue("still_clock") if "still_clock" in request.fixturenames else None


def _commits(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    names = getattr(item, "fixturenames", ())
    return not COMMITTING.isdisjoint(names) or bool(marker and marker.kwargs.get("transaction"))


@pytest.fixture(scope="session", autouse=True)
def _drawn_as_ever(django_test_environment: None) -> None:
    """Draw templates as for users: for tests Django keeps a copy of each context, for which next to none asks."""
    Template._render = DRAWN


@pytest.fixture(scope="session", autouse=True)
def _counted_once() -> Iterator[None]:
    """What ANALYZE counted is read once, not once a minute: how many queries a test sees hangs on no clock."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(counted, "STALE_SECONDS", inf)
        yield


@pytest.fixture
def contexts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let answers keep the contexts they were drawn from."""
    monkeypatch.setattr(Template, "_render", instrumented_test_render)


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    """Rate limits and remembered answers do not reach from one test into the next."""
    yield
    cache.clear()
    translation.deactivate()


@pytest.fixture(autouse=True)
def _fresh_definitions() -> None:
    """A rolled-back test leaves no stamp behind, so what was remembered under it must go too."""
    ground.forget()


@pytest.fixture(scope="session")
def _ground_at_last(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    yield
    with django_db_blocker.unblock():
        ground.clear()


@pytest.fixture
def _ground(request: pytest.FixtureRequest, _ground_at_last: None, django_db_blocker: Any) -> Iterator[None]:
    """Let the world stand for a test that can share it, and clear it away for any other."""
    with django_db_blocker.unblock():
        if _shares_world(request.node):
            ground.stand(_held_at(request))
        else:
            ground.clear()
        yield
        if _commits(request.node):
            ground.empty_search()


@pytest.fixture
def _django_db_helper(_ground: None, _django_db_helper: None) -> None:
    """What the mark `django_db` does, on the ground that the test needs."""


@pytest.fixture
def world(request: pytest.FixtureRequest, db: None) -> World:
    """Return a small company in which everybody sees something else."""
    return ground.standing() or ground.settle(_held_at(request))


@pytest.fixture
def still_clock() -> Iterator[datetime]:
    """Hold the clock at noon in Shanghai on 23 November 2026; a file that needs another day has its own.

    The world is built at the moment that this holds, so the fixture may ask for nothing of the database.
    """
    with clock.frozen(NOON) as moment:
        yield moment


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty home folder that KEDANG_HOME names."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("KEDANG_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of the browser; without one the test is named as not run, and on CI it fails."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found:
        return found
    if os.environ.get("CI"):
        pytest.fail("Chromium is missing: apt-get install chromium")
    pytest.skip("Chromium is missing: apt-get install chromium")
