"""What a pack may say. Unknown keys are errors; the JSON Schema for editors comes from here."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator
from pydantic_core.core_schema import ValidationInfo

from kedang.kernel.actor import Line, Mode, Span
from kedang.kernel.errors import PackError
from kedang.packs.words import (
    NAME,
    Choice,
    Condition,
    DottedKey,
    Entry,
    Key,
    Label,
    Letter,
    Part,
    RecordKey,
    Type,
    Value,
    fitting,
    twice,
)

UNLIMITED = 10**15
EVERY_FIELD = "*"
DATE_PARTS = frozenset({"yyyy", "yy", "mm", "yymm", "dd"})

Verb = Literal[
    "view", "create", "change", "archive", "assign", "approve", "export", "import", "reveal", "claim", "seal"
]  # fmt: skip
ModeName = Literal["open", "read", "mask", "hide"]
Limit = Annotated[int, Field(strict=True, ge=0, le=UNLIMITED)] | Literal["unlimited"]
Count = Annotated[int, Field(strict=True, ge=0, le=10_000)]
Weight = Annotated[int, Field(strict=True, ge=1, le=100)]


class CustomerType(Choice):
    """A type of customer: its letter in the file number, what its file must hold, what it never shows.

    `locked` fields change only with a manager's approval; `signatures` are asked for before a file counts as filed.
    """

    code: Letter
    is_person: bool = False
    required: tuple[Key, ...] = ("name", "owner")
    locked: tuple[Key, ...] = ()
    signatures: tuple[Literal["client", "handler", "leader"], ...] = ()
    guards: Mapping[Key, ModeName] = {}


class Level(Choice):
    """A level of customers: its letter in the file number, its badge, what its file must hold.

    `enter_quarter` and `keep_quarter` are the purchases of a quarter, in base currency, from which a customer is
    proposed for the level and below which it may lose it; a level without them is given by hand. `visits_month` is how
    often a file of the level is visited in a month; `key_account` says that its decision maker must be known.
    """

    code: Letter
    shape: Literal["dia", "gld", "slv", "mbr"]
    order: Count
    key_fields: tuple[Key, ...] = ()
    review_days: Annotated[int, Field(strict=True, ge=1, le=3_650)]
    enter_quarter: Annotated[int, Field(strict=True, ge=0, le=UNLIMITED)] | None = None
    keep_quarter: Annotated[int, Field(strict=True, ge=0, le=UNLIMITED)] | None = None
    visits_month: Annotated[int, Field(strict=True, ge=0, le=31)] = 0
    key_account: bool = False

    @model_validator(mode="after")
    def _lines_apart(self) -> Self:
        if (self.enter_quarter is None) != (self.keep_quarter is None):
            raise ValueError(f"{self.key}: enter_quarter and keep_quarter come together")
        if (
            self.enter_quarter is not None
            and self.keep_quarter is not None
            and self.keep_quarter > self.enter_quarter
        ):
            raise ValueError(f"{self.key}: keep_quarter is at most enter_quarter")
        return self


class ChoiceList(Entry):
    """The values that one or more fields offer, in the order they are offered."""

    label: Label
    choices: Annotated[tuple[Choice, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        _once(self.choices, "key")
        _once(self.choices, "code")
        if self.key in ("customer_type", "level"):
            raise ValueError(f"{self.key} is a kind of its own")
        return self


class CustomField(Entry):
    """A custom attribute (扩展属性) of a record type."""

    record: RecordKey
    type: Type
    label: Label
    help: Label | None = None
    required: bool = False
    required_when: Condition | None = None
    default: Value | None = None
    choices: tuple[Choice, ...] = ()
    choice_list: Key | None = None
    target: RecordKey | None = None
    for_types: tuple[Key, ...] = ()
    filterable: bool = False

    @property
    def ref(self) -> str:
        """The name that is unique among all custom attributes."""
        return f"{self.record}.{self.key}"

    @field_validator("default", mode="before")
    @classmethod
    def _of_its_type(cls, default: object, info: ValidationInfo) -> Value | None:
        return None if default is None or "type" not in info.data else fitting(info.data["type"], default)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        offers = bool(self.choices) + bool(self.choice_list)
        if offers != (self.type in ("choice", "multichoice")):
            raise ValueError(f"{self.key}: a choice names either choices or a choice_list, nothing else does")
        if bool(self.target) != (self.type == "record"):
            raise ValueError(f"{self.key}: a record names its target, nothing else does")
        _once(self.choices, "key")
        return self


class NumberPart(Part):
    """A part of a number: the code that stands for one field's value, or the default where none does.

    Codes come from a list's own (`codes_from`), or from a table, in which the longest key that the value
    begins with counts: a region's 4401 covers 440115.
    """

    key: Key
    field: Key
    codes_from: Key | None = None
    codes: Mapping[str, Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,6}$")]] = {}
    default: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{0,6}$")] = "0"

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if bool(self.codes) == bool(self.codes_from):
            raise ValueError(f"{self.key}: names either codes or codes_from")
        if "" in self.codes:
            raise ValueError(f"{self.key}: a code needs a value to stand for")
        return self


class NumberRule(Entry):
    """How the numbers of a record look. The serial is the company's; all other parts are for show."""

    record: RecordKey
    template: Annotated[str, StringConstraints(max_length=60)]
    parts: tuple[NumberPart, ...] = ()
    scope: Literal["company"] = "company"
    resets: Literal["never", "year", "month"] = "never"

    @model_validator(mode="after")
    def _fits_its_parts(self) -> Self:
        _once(self.parts, "key")
        if not re.fullmatch(rf"(?:[A-Z0-9./-]|\{{{NAME}\}}|\{{serial:0[3-9]\}})+", self.template):
            raise ValueError("template: capitals, digits, - / . and parts in braces, as in {serial:05}")
        named = re.findall(r"\{([a-z0-9_]+)", self.template)
        if named.count("serial") != 1 or "{serial}" in self.template:
            raise ValueError("template: names {serial:05} exactly once")
        known = {part.key for part in self.parts}
        if clash := known & (DATE_PARTS | {"serial"}):
            raise ValueError(f"parts: {sorted(clash)} are names of the rule's own")
        if odd := known ^ (set(named) - DATE_PARTS - {"serial"}):
            raise ValueError(f"template and parts differ in {sorted(odd)}")
        need = {"never": (), "year": ("yy", "yyyy", "yymm"), "month": ("yymm",)}[self.resets]
        if need and not set(need) & set(named):
            raise ValueError(
                f"template: a serial that starts again each {self.resets} shows the {self.resets}"
            )
        return self


class Completeness(Entry):
    """What each field adds to the completeness of a file; `key` is the customer type."""

    record: RecordKey
    weights: Annotated[Mapping[Key, Weight], Field(min_length=1)]


class Grant(Part):
    """What a role may do to a record type, and how far that reaches on which line."""

    record: RecordKey
    span: Span
    actions: Annotated[tuple[Verb, ...], Field(min_length=1)]
    line: Line = Line.BUSINESS


class FieldRight(Part):
    """What a role may do with a field. `*` is every guarded field that has no line of its own."""

    record: RecordKey
    field: Key | Literal["*"]
    mode: ModeName

    @property
    def level(self) -> Mode:
        """The mode as the engine orders it."""
        return Mode[self.mode.upper()]


class Limits(Part):
    """Figures that bound a role. What is not given is 0: nothing."""

    reveal_per_day: Limit = 0
    export_rows: Limit = 0
    discount_percent: Annotated[int, Field(strict=True, ge=0, le=100)] = 0
    approval_amount: Limit = 0
    claim_per_day: Limit = 0

    def amounts(self) -> dict[str, int]:
        """Return each limit as a number; unlimited is more than anyone will ever need."""
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: UNLIMITED if value == "unlimited" else int(value) for name, value in given.items()}


class Role(Entry):
    """A bundle of rights with a name, ready to be given to people."""

    label: Label
    help: Label | None = None
    grants: tuple[Grant, ...] = ()
    field_rights: tuple[FieldRight, ...] = ()
    limits: Limits = Limits()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        granted = Counter(f"{g.record}:{action} ({g.line})" for g in self.grants for action in g.actions)
        if doubled := twice(granted):
            raise ValueError(f"{self.key}: granted twice: {', '.join(doubled)}")
        if doubled := twice(Counter(f"{right.record}.{right.field}" for right in self.field_rights)):
            raise ValueError(f"{self.key}: two rights over {', '.join(doubled)}")
        return self


class Setting(Entry):
    """A figure or a choice that the company may change."""

    key: DottedKey
    label: Label
    type: Literal["text", "integer", "number", "boolean", "choice"]
    value: Value
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    choices: tuple[Choice, ...] = ()

    @field_validator("value", mode="before")
    @classmethod
    def _of_its_type(cls, value: object, info: ValidationInfo) -> object:
        return fitting(info.data["type"], value) if "type" in info.data else value

    @model_validator(mode="after")
    def _allowed(self) -> Self:
        if bool(self.choices) != (self.type == "choice"):
            raise ValueError(f"{self.key}: a choice names its choices, nothing else does")
        if self.choices and self.value not in {choice.key for choice in self.choices}:
            raise ValueError(f"{self.key}: {self.value!r} is not among its choices")
        if isinstance(self.value, int | Decimal):
            low, high = self.minimum, self.maximum
            if (low is not None and self.value < low) or (high is not None and self.value > high):
                raise ValueError(f"{self.key}: {self.value} is not within {low} and {high}")
        return self


class PoolFall(Part):
    """One line of a pool's rule: so many days after what, for which customers (an empty list means all)."""

    after: Literal["follow_up", "order", "contract_end"]
    days: Annotated[int, Field(strict=True, ge=1, le=3_650)]
    types: tuple[Key, ...] = ()
    levels: tuple[Key, ...] = ()
    statuses: tuple[Key, ...] = ()


class PoolRule(Entry):
    """When customers fall into a public pool (公海), who is warned, and who may claim them. 0 means no such limit.

    `keep_levels` are key accounts, which never fall. The figures of claims bound whoever claims, beside the role's
    own number a day.
    """

    label: Label
    falls: tuple[PoolFall, ...] = ()
    keep_levels: tuple[Key, ...] = ()
    keep_opportunity: bool = True
    keep_receivable: bool = False
    warn_days: tuple[Annotated[int, Field(strict=True, ge=1, le=60)], ...] = (7, 3, 1)
    claims_per_day: Annotated[int, Field(strict=True, ge=0, le=1_000)] = 0
    former_owner_days: Annotated[int, Field(strict=True, ge=0, le=3_650)] = 0
    new_data_days: Annotated[int, Field(strict=True, ge=0, le=365)] = 0
    holding_cap: Annotated[int, Field(strict=True, ge=0, le=100_000)] = 0
    holding_types: tuple[Key, ...] = ()
    holding_levels: tuple[Key, ...] = ()
    holding_statuses: tuple[Key, ...] = ()

    @model_validator(mode="after")
    def _each_warning_once(self) -> Self:
        if len(set(self.warn_days)) != len(self.warn_days):
            raise ValueError(f"{self.key}: a day of warning is said twice")
        return self


class WarningRule(Entry):
    """When a customer gives cause for concern: filed as a rule that people may change afterwards.

    `when` and `red_when` are conditions over the fields of a customer and over figures; a rule of the kind `event` has
    none, people report it. `says` is the reason in words, with figures in braces.
    """

    label: Label
    kind: Key
    level: Literal["yellow", "amber", "red"] = "amber"
    when: Condition | None = None
    red_when: Condition | None = None
    says: Label | None = None
    task: Label | None = None
    days: Annotated[int, Field(strict=True, ge=1, le=250)] = 5
    quiet_days: Annotated[int, Field(strict=True, ge=0, le=3_650)] = 30
    in_use: bool = True


class Processing(Entry):
    """A category of personal data (处理活动): which fields, for what, on which basis of the law, kept how long.

    `years` begin with the year after the last document; without them `kept` says how long in words. Records of the
    types with `books` stay readable when a person is sealed: a law has them kept. `of_persons` counts only customers
    of types that are persons.
    """

    record: RecordKey
    label: Label
    purpose: Label
    basis: Literal["consent", "contract", "duty", "public"]
    kept: Label
    fields: Annotated[tuple[Key, ...], Field(min_length=1)]
    years: Annotated[int, Field(strict=True, ge=0, le=100)] = 0
    sensitive: bool = False
    books: bool = False
    of_persons: bool = False


class Word(Entry):
    """What this trade calls a record, a field or a menu: members for customers, owners for members."""

    key: DottedKey
    label: Label
    plural: Label | None = None


class Pack(Part):
    """One layer: everything an industry, or one company, says about the system."""

    key: Key
    label: Label
    extends: tuple[Key, ...] = ()
    customer_type: tuple[CustomerType, ...] = ()
    level: tuple[Level, ...] = ()
    choice_list: tuple[ChoiceList, ...] = ()
    field: tuple[CustomField, ...] = ()
    number_rule: tuple[NumberRule, ...] = ()
    completeness: tuple[Completeness, ...] = ()
    role: tuple[Role, ...] = ()
    setting: tuple[Setting, ...] = ()
    pool_rule: tuple[PoolRule, ...] = ()
    warning_rule: tuple[WarningRule, ...] = ()
    processing: tuple[Processing, ...] = ()
    word: tuple[Word, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for kind in KINDS:
            if doubled := twice(Counter(entry.ref for entry in self.of(kind))):
                raise ValueError(f"{kind}: said twice: {', '.join(doubled)}")
        return self

    def of(self, kind: str) -> tuple[Entry, ...]:
        """Return the entries of one kind, in their order."""
        entries: tuple[Entry, ...] = getattr(self, kind)
        return entries

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """Walk every entry with its kind."""
        for kind in KINDS:
            for entry in self.of(kind):
                yield kind, entry

    def find(self, kind: str, ref: str) -> Entry | None:
        """Return one entry, or None."""
        return next((entry for entry in self.of(kind) if entry.ref == ref), None)

    def choices(self, name: str) -> tuple[Choice, ...]:
        """Return what a list offers, retired values too; types and levels are lists like any other."""
        if name == "customer_type":
            return self.customer_type
        if name == "level":
            return tuple(sorted(self.level, key=lambda level: level.order))
        found = next((entry for entry in self.choice_list if entry.key == name), None)
        if found is None:
            raise PackError(f"{self.key}: no such list of choices: {name}", name=name)
        return found.choices

    def fields_of(self, record: str, customer_type: str | None = None) -> tuple[CustomField, ...]:
        """Return the custom attributes in force on a record type, for one customer type or for all."""
        return tuple(
            entry
            for entry in self.field
            if entry.record == record and not entry.retired
            if customer_type is None or not entry.for_types or customer_type in entry.for_types
        )

    def number_rule_of(self, record: str) -> NumberRule | None:
        """Return the rule that numbers a record type, or None."""
        return next((rule for rule in self.number_rule if rule.record == record and not rule.retired), None)

    def value_of(self, setting: str) -> Value:
        """Return a setting's value."""
        found = next((entry for entry in self.setting if entry.key == setting), None)
        if found is None:
            raise PackError(f"{self.key}: no such setting: {setting}", name=setting)
        return found.value


KINDS = tuple(name for name in Pack.model_fields if name not in ("key", "label", "extends"))


def json_schema() -> str:
    """Return the JSON Schema of a pack, for editors that complete and check."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Pack.model_json_schema()
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _once(entries: tuple[Choice, ...] | tuple[NumberPart, ...], name: str) -> None:
    values = (getattr(entry, name) for entry in entries)
    if doubled := twice(Counter(value for value in values if value)):
        raise ValueError(f"{name} said twice: {', '.join(doubled)}")
