"""What a watcher sees."""

import pytest
from django.db import OperationalError

from kedang.project import health

pytestmark = pytest.mark.django_db


def test_a_living_process_says_ok_without_a_session(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert "Set-Cookie" not in answer.headers


def test_it_is_ready_when_the_database_answers_and_is_migrated(client):
    assert client.get("/readyz").content == b"ready\n"


def test_it_is_not_ready_while_migrations_are_missing(client, monkeypatch):
    monkeypatch.setattr(health, "all_migrated", lambda: False)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"migrations\n")


def test_it_is_not_ready_without_a_database(client, monkeypatch):
    def gone():
        raise OperationalError("connection refused to host secret-db")

    monkeypatch.setattr(health, "all_migrated", gone)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"database\n")
