"""Write bytes that must never be half: beside their place first, synced, then moved into it."""

import hashlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

HEAD_BYTES = 4096


class TooLarge(Exception):
    """More bytes came than were allowed."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Bytes that are on disk under a name nobody knows. `head` is how they begin."""

    path: Path
    digest: str
    size: int
    head: bytes


def write(folder: Path, chunks: Iterable[bytes], most: int) -> Draft:
    """Write chunks to a draft in a folder and sync them; raise TooLarge after `most` bytes, leaving nothing."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f".{secrets.token_hex(16)}"
    digest, size, head = hashlib.sha256(), 0, b""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            for chunk in chunks:
                size += len(chunk)
                if size > most:
                    raise TooLarge
                if len(head) < HEAD_BYTES:
                    head += chunk[: HEAD_BYTES - len(head)]
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Draft(path, digest.hexdigest(), size, head)


def place(draft: Draft, target: Path) -> None:
    """Move a draft to its place, so that it survives a power cut."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft.path.replace(target)
    _sync(target.parent)


def drop(draft: Draft) -> None:
    """Throw a draft away."""
    draft.path.unlink(missing_ok=True)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of what lies on disk."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
