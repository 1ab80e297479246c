"""Keys for programs: shown once, stored as a digest, ended at once."""

import json
from datetime import timedelta

import pytest

from kedang.engine.identity import tokens
from kedang.engine.identity.models import ApiToken, User
from kedang.kernel import clock
from kedang.project import cli

pytestmark = pytest.mark.django_db


@pytest.fixture
def li():
    return User.objects.create_user("li", "a long enough secret", name="李莉")


def test_a_key_finds_its_user_and_is_not_stored(li):
    key = tokens.issue(li, "stock system")
    assert tokens.find(key).user == li
    assert not ApiToken.objects.filter(digest__contains=key).exists()


def test_a_revoked_expired_or_invented_key_finds_nobody(li):
    revoked = tokens.issue(li, "old")
    assert tokens.revoke(li, "old") == 1
    expired = tokens.issue(li, "short", expires_at=clock.now() - timedelta(seconds=1))
    assert [tokens.find(key) for key in (revoked, expired, "kd_invented")] == [None, None, None]


def test_a_key_of_somebody_switched_off_finds_nobody(li):
    key = tokens.issue(li, "stock system")
    User.objects.update(is_active=False)
    assert tokens.find(key) is None


def test_the_command_prints_a_key_that_works(li, capsys):
    assert cli.main(["token", "li", "--read-only", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert tokens.find(answer["token"]).read_only


def test_the_command_refuses_an_unknown_user(capsys):
    assert cli.main(["token", "nobody"]) == 1
    assert "nobody" in capsys.readouterr().err
