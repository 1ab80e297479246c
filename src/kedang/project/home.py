"""The home folder of one Kedang: its database, secret key, files and the mark of a demo. No Django here."""

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DEMO_MARK = "demo"
START_CODE = "start_code"


def path() -> Path:
    """Return the home folder named by KEDANG_HOME, else var/home in the checkout."""
    named = os.environ.get("KEDANG_HOME")
    return Path(named).expanduser().resolve() if named else ROOT / "var" / "home"


def secret_key() -> str:
    """Return SECRET_KEY from the environment, else the key of this home, made once for its owner only."""
    if key := os.environ.get("SECRET_KEY"):
        return key
    file = path() / "secret_key"
    if not file.exists():
        _write_new(file, secrets.token_urlsafe(48))
    return file.read_text(encoding="utf-8").strip()


def is_demo() -> bool:
    """Say whether this home holds invented data with published sign-ins."""
    return (path() / DEMO_MARK).exists()


def is_fresh() -> bool:
    """Say whether nothing has been stored in this home yet."""
    return not (path() / "kedang.sqlite3").exists()


def make() -> Path:
    """Make the home folder if it is missing, open to its owner only, and return it."""
    path().mkdir(mode=0o700, parents=True, exist_ok=True)
    return path()


def mark_demo(sign_ins: Sequence[Mapping[str, str]] = ()) -> None:
    """Mark this home as a demo and keep its sign-ins, so that every start can print them."""
    text = json.dumps([dict(one) for one in sign_ins], ensure_ascii=False, indent=1)
    (make() / DEMO_MARK).write_text(text + "\n", encoding="utf-8")


def demo_sign_ins() -> list[dict[str, str]]:
    """Return the sign-ins of a demo home: role, username and password of each."""
    text = (path() / DEMO_MARK).read_text(encoding="utf-8").strip()
    return list(json.loads(text)) if text else []


def start_code() -> str:
    """Return the code that the first start asks for; whoever started the server sees it."""
    file = path() / START_CODE
    if not file.exists():
        _write_new(file, secrets.token_hex(4))
    return file.read_text(encoding="utf-8").strip()


def forget_start_code() -> None:
    """Take the code away: the first start is over."""
    (path() / START_CODE).unlink(missing_ok=True)


def _write_new(file: Path, text: str) -> None:
    """Write a file that only its owner may read; when two processes race, the first one's stands."""
    make()
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
