"""The first administrator is made on the command line."""

import io

import pytest

from kedang.engine.identity.models import Role, User
from kedang.project import cli
from kedang.project import home as homes

pytestmark = pytest.mark.django_db


@pytest.fixture
def typed(monkeypatch):
    def type_in(text):
        monkeypatch.setattr("sys.stdin", io.StringIO(text + "\n"))

    return type_in


@pytest.fixture
def role(home):
    return Role.objects.create(key="administrator", label={"zh_hans": "管理员"})


def test_an_administrator_is_made_with_a_hashed_password(role, typed):
    typed("a long enough secret")
    assert cli.main(["create-admin", "boss", "--name", "陈总"]) == 0
    boss = User.objects.get(username="boss")
    assert boss.check_password("a long enough secret")
    assert list(boss.roles.all()) == [role]


def test_a_weak_password_makes_nobody(role, typed, capsys):
    typed("12345")
    assert cli.main(["create-admin", "boss"]) == 1
    assert not User.objects.exists()


def test_a_name_is_taken_once(role, typed):
    typed("a long enough secret")
    cli.main(["create-admin", "boss"])
    typed("another long secret")
    assert cli.main(["create-admin", "boss"]) == 1
    assert User.objects.get().check_password("a long enough secret")


def test_without_a_pack_there_is_no_role_to_give(home, typed, capsys):
    typed("a long enough secret")
    assert cli.main(["create-admin", "boss"]) == 1
    assert "kedang migrate" in capsys.readouterr().err


def test_a_demo_gets_no_real_people(role, typed):
    homes.mark_demo()
    typed("a long enough secret")
    assert cli.main(["create-admin", "boss"]) == 1
    assert not User.objects.exists()
