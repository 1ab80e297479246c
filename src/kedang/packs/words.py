"""The small shared vocabulary of the pack schema: keys, labels, values, conditions."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    model_validator,
)

from kedang.kernel.errors import PackError
from kedang.kernel.expr import parse

NAME = r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*"

Key = Annotated[str, StringConstraints(pattern=rf"^{NAME}$", max_length=40)]
DottedKey = Annotated[str, StringConstraints(pattern=rf"^{NAME}(?:\.{NAME})*$", max_length=60)]
RecordKey = Annotated[str, StringConstraints(pattern=rf"^{NAME}\.{NAME}$", max_length=60)]
Letter = Annotated[str, StringConstraints(pattern=r"^[A-Z]$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{0,6}$")]

Type = Literal[
    "text", "integer", "number", "money", "date", "choice", "multichoice", "boolean", "record"
]  # fmt: skip
Value = str | bool | int | Decimal | date | tuple[str, ...]


def _plain(text: str) -> str:
    if not text.isprintable():
        raise ValueError("a label is one line of visible characters")
    return text


Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_plain)
]


class Part(BaseModel):
    """Anything a pack says: unknown keys are errors, and what is read is never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Text(Part):
    """Words in the three languages. A missing 繁體 is converted from 简体 where it is shown."""

    zh_hans: Words
    zh_hant: Words | None = None
    en: Words | None = None

    def said_in(self, language: str) -> str:
        """Return the words in a language, or in 简体 where the pack has none for it."""
        match language.lower().replace("_", "-"):
            case "en" | "en-us" | "en-gb":
                return self.en or self.zh_hans
            case "zh-hant" | "zh-tw" | "zh-hk":
                return self.zh_hant or self.zh_hans
        return self.zh_hans


def _spelled_out(label: object) -> object:
    return {"zh_hans": label} if isinstance(label, str) else label


Label = Annotated[Text, BeforeValidator(_spelled_out, json_schema_input_type=Text | Words)]


def _readable(text: str) -> str:
    try:
        parse(text)
    except PackError as error:
        raise ValueError(error.text) from error
    return text


Condition = Annotated[str, AfterValidator(_readable)]


class Entry(Part):
    """One thing of one kind. A retired one stays for the records that have it; new ones take its heir."""

    key: Key
    retired: bool = False
    heir: Key | None = None

    @property
    def ref(self) -> str:
        """The name that is unique within the kind."""
        return self.key

    @model_validator(mode="after")
    def _only_the_retired_have_heirs(self) -> Self:
        if self.heir and not self.retired:
            raise ValueError(f"{self.key}: only what is retired has an heir")
        if self.heir == self.key:
            raise ValueError(f"{self.key}: cannot be its own heir")
        return self


class Choice(Entry):
    """One value a list offers. The core asks for its `kind`, a number shows its `code`."""

    label: Label
    code: Code = ""
    kind: Key | None = None
    hint: Label | None = None


def parts_of(entry: Entry) -> tuple[Choice, ...]:
    """Return the choices that an entry lists, if it lists any."""
    listed: tuple[Choice, ...] = getattr(entry, "choices", ())
    return listed


def fitting(kind: str, value: object) -> Value:
    """Return the value as its type stores it, or raise ValueError: figures are Decimal, days are dates."""
    match kind, value:
        case "boolean", bool():
            return value
        case "integer", int() if not isinstance(value, bool):
            return value
        case ("number" | "money", int() | str() | float() | Decimal()) if not isinstance(value, bool):
            return _figure(str(value))
        case "date", date() if not isinstance(value, datetime):
            return value
        case "date", str():
            return date.fromisoformat(value)
        case ("text" | "choice", str()):
            return _plain(value)
        case "multichoice", list() | tuple():
            return tuple(str(item) for item in value)
    raise ValueError(f"should be of the type {kind}")


def _figure(text: str) -> Decimal:
    try:
        figure = Decimal(text)
    except InvalidOperation as error:
        raise ValueError("should be a figure") from error
    if not figure.is_finite():
        raise ValueError("should be a figure")
    return figure


def twice(names: Mapping[str, int]) -> list[str]:
    """Return the names that are counted more than once."""
    return sorted(name for name, count in names.items() if count > 1)
