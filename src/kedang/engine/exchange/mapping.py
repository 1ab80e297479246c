"""How the columns of a file become fields of a record: declared in TOML, checked as data.

    unique = ["id"]                                  # only the first row of each id counts
    [file]
    format = "columns"
    names  = ["id", "date", "quantity", "amount"]    # a file without headings
    [columns]
    name       = { template = "CDNOW {id}" }         # {column} or {line}, nothing else
    kind       = { const = "individual" }
    level      = { column = "VIP", values = { "1" = "gold" } }
    ordered_on = { column = "date", date = "%Y%m%d" }
    phone      = "联系电话"                           # the heading of a column
    region_code = { offer = true }                   # worked out of other fields, in new records that have none

`[lines]` maps a row to a line of a document; `group` names the columns whose equal values make consecutive
rows one document, and without it each row is a document of one line. `match` names the fields that identify
a record, instead of the record type's own: each alone, or several together as "customer+name". There is no
key that names a file, and an unknown key is an error: a mapping reaches the cells of its row and nothing else.
"""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from kedang.engine.exchange import limits
from kedang.engine.exchange.reader import FileOptions
from kedang.kernel.errors import Invalid, Problem

LARGEST = 256 * 1024
LINE = "line"
PLACE = re.compile(r"\{([^{}]*)\}")
TOP_KEYS = {"record", "file", "columns", "lines", "unique", "group", "match", "mode", "empty"}
FILE_KEYS = {"format", "encoding", "separator", "sheet", "header", "skip_rows", "names"}
COLUMN_KEYS = {"column", "const", "template", "offer", "values", "default", "date", "decimal", "thousands"}
MODES = ("both", "create", "update")

Getter = Callable[[Sequence[str], int], str]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the text of one field comes from, and how it is written there."""

    column: str = ""
    const: str | None = None
    template: str = ""
    offer: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    default: str = ""
    dates: tuple[str, ...] = ()
    decimal: str = "."
    thousands: str = ","

    @property
    def is_plain(self) -> bool:
        """Whether the text is that of one column, as it stands."""
        return bool(self.column) and not self.values and not self.default

    @property
    def asks_for(self) -> list[str]:
        """The columns of the file that this source reads."""
        if self.template:
            return [name for name in PLACE.findall(self.template) if name != LINE]
        return [self.column] if self.column else []


@dataclass(frozen=True, slots=True)
class ImportMapping:
    """A checked mapping. Its fields are names only: what they are is the record type's business."""

    columns: Mapping[str, Source]
    lines: Mapping[str, Source] = field(default_factory=dict)
    file: FileOptions = field(default_factory=FileOptions)
    record: str = ""
    unique: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    match: tuple[str, ...] = ()
    mode: str = "both"
    clears: bool = False
    stated: Mapping[str, Any] = field(default_factory=dict)

    def getters(self, headers: Sequence[str]) -> tuple[dict[str, Getter], dict[str, Getter]]:
        """Return for each field, and each field of a line, the function that takes its text from a row.

        Raises Invalid naming the key whose column the file does not have.
        """
        places = {name: place for place, name in enumerate(headers)}
        problems = [
            Problem(f"{table}.{name}", _missing(asked, headers), "no_column")
            for table, sources in (("columns", self.columns), ("lines", self.lines))
            for name, source in sources.items()
            for asked in source.asks_for
            if asked not in places
        ]
        problems += [
            Problem(key, _missing(asked, headers), "no_column")
            for key in ("unique", "group")
            for asked in getattr(self, key)
            if asked not in places
        ]
        if problems:
            raise Invalid(problems[0].field + ": " + problems[0].text, problems)
        return (
            {name: _getter(source, places) for name, source in self.columns.items() if not source.offer},
            {name: _getter(source, places) for name, source in self.lines.items()},
        )


def _missing(asked: str, headers: Sequence[str]) -> str:
    known = ", ".join(headers[:30])
    return _("the file has no column “%(asked)s”; it has: %(known)s") % {"asked": asked, "known": known}


def _getter(source: Source, places: Mapping[str, int]) -> Getter:
    """Return the function that takes one field's text from the cells and the number of a row."""
    values, default = source.values, source.default
    raw = _raw(source, places)
    if not values and not default:
        return raw

    def translated(cells: Sequence[str], line: int) -> str:
        text = raw(cells, line).strip()
        return values.get(text, text) or default

    return translated


def _raw(source: Source, places: Mapping[str, int]) -> Getter:
    if source.const is not None:
        constant = source.const
        return lambda cells, line: constant
    if source.template:
        return _template(source.template, places)
    place = places[source.column]
    return lambda cells, line: cells[place]


def _template(template: str, places: Mapping[str, int]) -> Getter:
    """Fill in places by hand: str.format would let a template walk into attributes."""
    parts = PLACE.split(template)
    needs = [places[name] for name in parts[1::2] if name != LINE]

    def filled(cells: Sequence[str], line: int) -> str:
        if any(not cells[place].strip() for place in needs):
            return ""  # “CDNOW ” without its number would name every such row alike
        return "".join(
            part if order % 2 == 0 else str(line) if part == LINE else cells[places[part]].strip()
            for order, part in enumerate(parts)
        )

    return filled


def read_mapping(source: Path | str | Mapping[str, Any]) -> ImportMapping:
    """Return the mapping of a TOML file, of TOML text, or of plain data as stored with a run.

    Raises Invalid with one problem for each wrong key.
    """
    if isinstance(source, Mapping):
        return _checked(source)
    try:
        if isinstance(source, Path):
            if source.stat().st_size > LARGEST:
                raise Invalid(_("A mapping is at most 256 KiB."))
            source = source.read_text(encoding="utf-8-sig")
        return _checked(tomllib.loads(source))
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(_("The mapping cannot be read: %(why)s") % {"why": error}) from error
    except tomllib.TOMLDecodeError as error:
        raise Invalid(_("The mapping is not TOML: %(why)s") % {"why": error}) from error


def _checked(data: Mapping[str, Any]) -> ImportMapping:
    check = _Check()
    check.keys("", data, TOP_KEYS)
    file = check.table("file", data.get("file", {}))
    check.keys("file", file, FILE_KEYS)
    columns = check.sources("columns", data.get("columns", {}))
    lines = check.sources("lines", data.get("lines", {}))
    if not columns and not check.problems:
        check.wrong("columns", _("map at least one field"))
    options = FileOptions(
        format=check.one_of("file.format", file.get("format", ""), ("", *limits.FORMATS)),
        encoding=check.one_of("file.encoding", _encoding(file.get("encoding", "")), ("", *limits.ENCODINGS)),
        separator=check.one_of("file.separator", file.get("separator", ""), ("", *limits.SEPARATORS)),
        sheet=check.text("file.sheet", file.get("sheet", "")),
        header=check.flag("file.header", file.get("header")),
        skip_rows=check.count("file.skip_rows", file.get("skip_rows", 0)),
        names=check.names("file.names", file.get("names", [])),
    )
    mapping = ImportMapping(
        columns=columns,
        lines=lines,
        file=options,
        record=check.text("record", data.get("record", "")),
        unique=check.names("unique", data.get("unique", [])),
        group=check.names("group", data.get("group", [])),
        match=check.names("match", data.get("match", [])),
        mode=check.one_of("mode", data.get("mode", "both"), MODES),
        clears=check.one_of("empty", data.get("empty", "keep"), ("keep", "clear")) == "clear",
        stated=data,
    )
    if mapping.unique and mapping.group:
        check.wrong("unique", _("use either unique or group"))
    if check.problems:
        first = check.problems[0]
        raise Invalid(f"{first.field}: {first.text}", check.problems)
    return mapping


def _encoding(name: Any) -> Any:
    """Accept the usual names of the encodings."""
    known = {"utf8": "utf-8", "utf-8-sig": "utf-8", "gbk": "gb18030", "gb2312": "gb18030", "utf16": "utf-16"}
    return known.get(name.lower(), name.lower()) if isinstance(name, str) else name


class _Check:
    """Collects what is wrong with a mapping, each with the key it stands under."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def wrong(self, key: str, text: str) -> None:
        self.problems.append(Problem(key, text, "mapping"))

    def keys(self, under: str, data: Mapping[str, Any], known: set[str]) -> None:
        for key in data.keys() - known:
            place = f"{under}.{key}" if under else str(key)
            self.wrong(place, _("no such key; known are: %(known)s") % {"known": ", ".join(sorted(known))})

    def table(self, key: str, value: Any) -> Mapping[str, Any]:
        if isinstance(value, Mapping):
            return value
        self.wrong(key, _("should be a table"))
        return {}

    def text(self, key: str, value: Any) -> str:
        # TOML knows numbers and dates; a constant may be written as one.
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, bool):
            return "true" if value else "false"
        if hasattr(value, "isoformat"):
            return str(value.isoformat())
        self.wrong(key, _("should be text"))
        return ""

    def flag(self, key: str, value: Any) -> bool | None:
        if value is None or isinstance(value, bool):
            return value
        self.wrong(key, _("should be true or false"))
        return None

    def count(self, key: str, value: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= limits.ROWS:
            return value
        self.wrong(key, _("should be a number of rows"))
        return 0

    def names(self, key: str, value: Any) -> tuple[str, ...]:
        if isinstance(value, list | tuple) and all(isinstance(name, str) for name in value):
            return tuple(value)
        self.wrong(key, _("should be a list of names"))
        return ()

    def one_of(self, key: str, value: Any, allowed: Sequence[str]) -> str:
        if value in allowed:
            return str(value)
        shown = ", ".join(repr(choice) for choice in allowed if choice)
        self.wrong(key, _("should be one of: %(allowed)s") % {"allowed": shown})
        return allowed[0]

    def sources(self, table: str, value: Any) -> dict[str, Source]:
        return {
            str(name): self.source(f"{table}.{name}", stated)
            for name, stated in self.table(table, value).items()
        }

    def source(self, key: str, stated: Any) -> Source:
        if isinstance(stated, str):
            return Source(column=stated)
        data = self.table(key, stated)
        self.keys(key, data, COLUMN_KEYS)
        if sum(origin in data for origin in ("column", "const", "template", "offer")) != 1:
            self.wrong(key, _("needs exactly one of: column, const, template, offer"))
        if data.get("offer") and not key.startswith("columns."):
            self.wrong(key, _("cannot be worked out of others"))
        dates = data.get("date", ())
        source = Source(
            column=self.text(f"{key}.column", data.get("column", "")),
            const=self.text(f"{key}.const", data["const"]) if "const" in data else None,
            template=self.text(f"{key}.template", data.get("template", "")),
            offer=bool(self.flag(f"{key}.offer", data.get("offer"))),
            values={
                str(was): self.text(f"{key}.values.{was}", new)
                for was, new in self.table(f"{key}.values", data.get("values", {})).items()
            },
            default=self.text(f"{key}.default", data.get("default", "")),
            dates=(dates,) if isinstance(dates, str) else self.names(f"{key}.date", dates),
            decimal=self.one_of(f"{key}.decimal", data.get("decimal", "."), (".", ",")),
            thousands=self.one_of(f"{key}.thousands", data.get("thousands", ","), (",", ".", " ", "'", "")),
        )
        if "{" in PLACE.sub("", source.template) or "}" in PLACE.sub("", source.template):
            self.wrong(f"{key}.template", _("has a brace that is not closed"))
        return source
