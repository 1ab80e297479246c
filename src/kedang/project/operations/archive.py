"""The file of a backup: a compressed tar with the database, the files, and last a manifest that names each of them.

No Django, so that reading one needs no database.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from kedang.kernel.errors import KedangError

FORMAT = 1
MANIFEST = "manifest.json"
SQLITE, POSTGRES = "database.sqlite3", "database.dump"
ALONE = frozenset({MANIFEST, SQLITE, POSTGRES, "secret_key", "demo"})
FILES = "files"
MOST_MEMBERS = 5_000_000
MANIFEST_BYTES = 512 * 1024 * 1024
BLOCK = 1024 * 1024


class BadBackup(KedangError):
    """A file that is no whole, safe backup of ours."""

    code = "backup"


@dataclass(slots=True)
class Manifest:
    """What a backup holds: which version made it from which database, rows of each table, digest of each file."""

    version: str
    engine: str
    made_at: str
    migrations: dict[str, list[str]]
    counts: dict[str, int]
    history: dict[str, Any]
    with_key: bool = False
    format: int = FORMAT
    files: dict[str, tuple[int, str]] = field(default_factory=dict)

    def text(self) -> bytes:
        """Return the manifest as it is stored."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True).encode()


class Writer:
    """Writes one backup; what was written is noted with its digest on the way."""

    def __init__(self, tar: tarfile.TarFile, manifest: Manifest) -> None:
        self.tar = tar
        self.manifest = manifest

    def put(self, name: str, file: Path) -> None:
        """Add a file as it is at this moment; one that grows meanwhile is cut where it was."""
        size = file.stat().st_size
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size, 0o600, int(file.stat().st_mtime)
        with file.open("rb") as source:
            reader = _Digesting(source, size)
            self.tar.addfile(info, reader)
        self.manifest.files[name] = (size, reader.digest.hexdigest())


class _Digesting:
    """A reader that remembers the digest of what it gave; a file that shrank is filled up, and so noticed."""

    def __init__(self, source: IO[bytes], size: int) -> None:
        self.source, self.left, self.digest = source, size, hashlib.sha256()

    def read(self, count: int = BLOCK) -> bytes:
        data = self.source.read(min(count, self.left))
        if not data and self.left:
            raise OSError("a file became shorter while it was read")
        self.left -= len(data)
        self.digest.update(data)
        return data


@contextmanager
def writing(target: Path, manifest: Manifest) -> Iterator[Writer]:
    """Write a backup beside its place and put it there whole; a kill leaves only a part with another name."""
    part = target.with_name(f".{target.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1, format=tarfile.PAX_FORMAT) as tar:
                yield Writer(tar, manifest)
                text = manifest.text()
                info = tarfile.TarInfo(MANIFEST)
                info.size, info.mode = len(text), 0o600
                tar.addfile(info, io.BytesIO(text))
            out.flush()
            os.fsync(out.fileno())
        beside(target).write_bytes(json.dumps(summary(manifest), ensure_ascii=False, indent=1).encode())
        part.replace(target)
        sync_folder(target.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def beside(file: Path) -> Path:
    """Return where the summary of a backup stands."""
    return file.with_name(file.name.removesuffix(".tar.gz") + ".json")


def summary(manifest: Manifest) -> dict[str, Any]:
    """Return what stands beside a backup, so that a list of them need not unpack any."""
    return {
        "version": manifest.version, "engine": manifest.engine, "made_at": manifest.made_at,
        "with_key": manifest.with_key, "rows": sum(manifest.counts.values()), "files": len(manifest.files),
        "history": manifest.history,
    }  # fmt: skip


def unpack(source: Path, place: Path) -> Manifest:
    """Unpack a backup into an empty folder and hold every file against the manifest. Raise BadBackup.

    Nothing is written outside the folder: links, devices, other names and paths that lead elsewhere are refused.
    """
    found: dict[str, tuple[int, str]] = {}
    manifest: Manifest | None = None
    try:
        with tarfile.open(source, "r:gz") as tar:
            for count, member in enumerate(tar):
                name = _safe(member, found, count)
                if manifest is not None:
                    raise BadBackup(f"{source.name}: something follows the manifest")
                body = tar.extractfile(member)
                assert body is not None
                if name == MANIFEST:
                    manifest = read_manifest(body.read(MANIFEST_BYTES))
                    continue
                found[name] = _store(body, place / name)
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise BadBackup(f"{source.name} is not a whole backup: {error}") from error
    if manifest is None:
        raise BadBackup(f"{source.name} has no manifest: it was cut short or is something else")
    _compare(source.name, manifest.files, found)
    return manifest


def _safe(member: tarfile.TarInfo, found: Mapping[str, Any], count: int) -> str:
    name = member.name
    path = PurePosixPath(name)
    if not member.isreg():
        raise BadBackup(f"the backup holds a link, folder or device: {name!r}")
    if (
        path.is_absolute()
        or "\\" in name
        or "\0" in name
        or any(part in ("", ".", "..") for part in name.split("/"))
    ):
        raise BadBackup(f"the backup holds a path that leads elsewhere: {name!r}")
    if name not in ALONE and (len(path.parts) < 2 or path.parts[0] != FILES):
        raise BadBackup(f"the backup holds something that is not ours: {name!r}")
    if name in found or count > MOST_MEMBERS:
        raise BadBackup(f"the backup names a file twice: {name!r}")
    return name


def _store(body: IO[bytes], target: Path) -> tuple[int, str]:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        while data := body.read(BLOCK):
            out.write(data)
            digest.update(data)
            size += len(data)
        out.flush()
        os.fsync(out.fileno())
    return size, digest.hexdigest()


def read_manifest(text: bytes) -> Manifest:
    """Read a manifest; raise BadBackup for another format."""
    try:
        data = json.loads(text)
        if data.get("format") != FORMAT:
            raise BadBackup(f"the backup has format {data.get('format')!r}; this Kedang reads {FORMAT}")
        data["files"] = {name: (int(size), str(digest)) for name, (size, digest) in data["files"].items()}
        return Manifest(**data)
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise BadBackup("the manifest of the backup cannot be read") from error


def _compare(name: str, told: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    for file in sorted(told.keys() | found.keys()):
        if file not in found:
            raise BadBackup(f"{name}: {file} is missing")
        if file not in told or told[file] != found[file]:
            raise BadBackup(f"{name}: {file} is not what was backed up")


def sync_folder(folder: Path) -> None:
    """Make renames in a folder outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
