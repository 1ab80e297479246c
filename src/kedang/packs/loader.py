"""Read a pack folder into a checked Pack, or say which file and which key is wrong."""

import tomllib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from kedang.kernel.errors import PackError
from kedang.packs.check import check
from kedang.packs.merge import in_order, merge
from kedang.packs.schema import KINDS, Pack

LIBRARY = Path(__file__).parent / "library"
MAX_FILES = 100
MAX_BYTES = 1_000_000

Origins = dict[str, list[tuple[str, int]]]


def load(folder: Path) -> Pack:
    """Read every TOML file of a folder as one pack. A kind may be spread over several files."""
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise PackError(f"{folder.name}: no pack here, for there is no .toml file")
    if len(files) > MAX_FILES:
        raise PackError(f"{folder.name}: more than {MAX_FILES} files")
    said: dict[str, object] = {}
    origins: Origins = {}
    for file in files:
        for key, value in _read(file).items():
            place = origins.setdefault(key, [])
            if key in KINDS and isinstance(value, list):
                said[key] = [*_listed(said.get(key)), *value]
                place.extend((file.name, index) for index in range(len(value)))
            elif place:
                raise PackError(f"{folder.name}/{file.name}: {key}: already said in {place[0][0]}")
            else:
                said[key] = value
                place.append((file.name, 0))
    try:
        return Pack.model_validate(said)
    except ValidationError as error:
        problems = [_worded(folder.name, found, said, origins) for found in error.errors()]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise PackError(problems[0] + more, problems=problems) from error


@cache
def library() -> Mapping[str, Pack]:
    """Return the packs that come with Kedang, by key."""
    packs = {folder.name: load(folder) for folder in sorted(LIBRARY.iterdir()) if folder.is_dir()}
    for name, pack in packs.items():
        if pack.key != name:
            raise PackError(f"{name}: the folder and the key {pack.key} differ")
    return MappingProxyType(packs)


def resolve(keys: Iterable[str], available: Mapping[str, Pack] | None = None) -> Pack:
    """Return the packs with all that they extend as one checked pack; what it extends is part of it."""
    packs = in_order(keys, library() if available is None else available)
    if not packs:
        raise PackError("no pack is named")
    merged = merge(*packs).model_copy(update={"extends": ()})
    check(merged)
    return merged


def _read(file: Path) -> dict[str, object]:
    name = f"{file.parent.name}/{file.name}"
    if file.is_symlink() or not file.is_file():
        raise PackError(f"{name}: is not a plain file")
    if file.stat().st_size > MAX_BYTES:
        raise PackError(f"{name}: is larger than {MAX_BYTES} bytes")
    try:
        return tomllib.loads(file.read_text("utf-8"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PackError(f"{name}: is not TOML: {error}") from error


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _worded(folder: str, found: ErrorDetails, said: Mapping[str, object], origins: Origins) -> str:
    place = [str(step) for step in found["loc"]]
    message = found["msg"].removeprefix("Value error, ")
    if not place:
        return f"{folder}: {message}"
    known = origins.get(place[0], [])
    if len(place) == 1 or not place[1].isdigit() or place[0] not in KINDS or int(place[1]) >= len(known):
        where = f"{folder}/{known[0][0]}" if known else folder
        return f"{where}: {'.'.join(place)}: {message}"
    file, index = known[int(place[1])]
    entry = _listed(said[place[0]])[int(place[1])]
    key = f" (in {entry['key']})" if isinstance(entry, dict) and isinstance(entry.get("key"), str) else ""
    return f"{folder}/{file}: {'.'.join((place[0], str(index), *place[2:]))}: {message}{key}"
