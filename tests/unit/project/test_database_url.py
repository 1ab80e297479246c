"""DATABASE_URL is read as people write it."""

import pytest

from kedang.project import database


def test_a_sqlite_file_is_tuned_for_many_readers_and_one_writer():
    setting = database.from_url("sqlite:////srv/kedang.sqlite3")
    assert setting["NAME"] == "/srv/kedang.sqlite3"
    assert setting["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in setting["OPTIONS"]["init_command"]


def test_a_postgresql_address_gives_each_part_unquoted():
    setting = database.from_url("postgresql://ke%40dang:p%2Fw@db.example:5433/customers?sslmode=require")
    wanted = {"USER": "ke@dang", "PASSWORD": "p/w", "HOST": "db.example", "PORT": "5433", "NAME": "customers"}
    assert {name: setting[name] for name in wanted} == wanted
    assert setting["OPTIONS"] == {"sslmode": "require"}


def test_a_socket_folder_is_a_host():
    assert database.from_url("postgres://kedang@/kedang?host=/run/postgresql")["HOST"] == "/run/postgresql"


def test_another_database_is_refused():
    with pytest.raises(ValueError, match="sqlite:/// or postgresql://"):
        database.from_url("mysql://localhost/kedang")
