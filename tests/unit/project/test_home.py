"""The home folder keeps its secret and says what it is."""

import stat

from kedang.project import home as homes


def test_the_secret_key_is_made_once_and_only_its_owner_reads_it(home, monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    key = homes.secret_key()
    assert len(key) > 40
    assert homes.secret_key() == key
    assert stat.S_IMODE((home / "secret_key").stat().st_mode) == 0o600


def test_the_environment_may_name_the_secret_key(home, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "from outside")
    assert homes.secret_key() == "from outside"
    assert not (home / "secret_key").exists()


def test_a_demo_keeps_its_sign_ins(home):
    assert not homes.is_demo()
    homes.mark_demo()
    assert homes.is_demo()
    assert homes.demo_sign_ins() == []
    homes.mark_demo([{"role": "销售代表", "username": "rep", "password": "x"}])
    assert homes.demo_sign_ins()[0]["role"] == "销售代表"
