"""What every test can ask for: a database, a still clock, a browser. The people are in world.py."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.cache import cache
from django.utils import translation

from kedang.engine.administration.company import company
from kedang.engine.custom import catalogue
from kedang.engine.identity.actors import directory
from kedang.engine.identity.stamps import unsee
from kedang.engine.packs.active import active
from kedang.kernel import clock
from world import World, build

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="the whole product, Spark and the large sizes too")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "full: runs only with --full (make test FULL=1)")
    config.addinivalue_line("markers", "postgres: runs only on PostgreSQL")
    config.addinivalue_line("markers", "sqlite: runs only on SQLite")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, before the run, what belongs to the other database or to the full run."""
    on_postgres = os.environ.get("KEDANG_TEST_DB") == "postgres"
    other = "sqlite" if on_postgres else "postgres"
    out = {other} if config.getoption("--full") else {other, "full"}
    left = [item for item in items if any(item.get_closest_marker(name) for name in out)]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    """Rate limits and remembered answers do not reach from one test into the next."""
    yield
    cache.clear()
    translation.deactivate()


@pytest.fixture(autouse=True)
def _fresh_definitions() -> None:
    """A rolled-back test leaves no stamp behind, so what was remembered under it must go too."""
    active.forget()
    directory.forget()
    company.forget()
    catalogue.forget()
    unsee()


@pytest.fixture
def world(db: None) -> World:
    """Return a small company in which everybody sees something else."""
    return build()


@pytest.fixture
def still_clock() -> Iterator[datetime]:
    """Hold the clock at noon in Shanghai on 23 November 2026."""
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
