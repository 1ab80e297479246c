"""A demo has published sign-ins, so it stays on this machine and away from real work."""

import pytest

from kedang.project import home as homes
from kedang.project.serve import ServeError, Wish, check_demo


@pytest.fixture(autouse=True)
def _embedded(home, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)


def test_a_fresh_home_may_become_a_demo(home):
    assert check_demo(Wish("127.0.0.1", 8000, demo=True)) is True


def test_a_demo_refuses_another_address(home):
    homes.mark_demo()
    for host in ("0.0.0.0", "192.168.1.5", "::"):
        with pytest.raises(ServeError, match=r"127\.0\.0\.1 only"):
            check_demo(Wish(host, 8000))


def test_a_home_that_holds_a_company_never_becomes_a_demo(home):
    (home / "kedang.sqlite3").touch()
    with pytest.raises(ServeError, match="holds a company"):
        check_demo(Wish("127.0.0.1", 8000, demo=True))


def test_a_demo_never_goes_into_a_server_database(home, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/real")
    with pytest.raises(ServeError, match="DATABASE_URL"):
        check_demo(Wish("127.0.0.1", 8000, demo=True))


def test_a_real_home_may_listen_anywhere(home):
    assert check_demo(Wish("0.0.0.0", 8000)) is False
