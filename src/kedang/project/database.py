"""DATABASE_URL read into Django's setting. No Django here."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

# WAL lets pages read while one writes; NORMAL is safe with WAL; IMMEDIATE makes a writer wait, not fail.
SQLITE_START = (
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=NORMAL;PRAGMA wal_autocheckpoint=16000;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA secure_delete=ON;"
    "PRAGMA mmap_size=268435456;"
    "PRAGMA cache_size=-64000;"
)


def sqlite(file: str | Path) -> dict[str, Any]:
    """Return the setting of an embedded database in one file."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(file),
        "CONN_MAX_AGE": None,
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": SQLITE_START},
    }


def from_url(url: str) -> dict[str, Any]:
    """Read sqlite:///file or postgresql://user:password@host:port/name?option=value; else ValueError."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return sqlite(unquote(parts.path[1:]) or ":memory:")
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("DATABASE_URL begins with sqlite:/// or postgresql://")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or options.pop("user", "")),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or parts.hostname or "",
        "PORT": str(parts.port or options.pop("port", "")),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def to_url(values: dict[str, Any]) -> str:
    """Write the setting of a PostgreSQL database as an address that from_url reads."""
    who = quote(values["USER"], safe="")
    if values["PASSWORD"]:
        who += f":{quote(values['PASSWORD'], safe='')}"
    options = {"host": values["HOST"], "port": values["PORT"], **values.get("OPTIONS", {})}
    query = urlencode({name: value for name, value in options.items() if isinstance(value, str) and value})
    return f"postgresql://{who}@/{quote(values['NAME'], safe='')}" + (f"?{query}" if query else "")
