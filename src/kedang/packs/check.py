"""Whether the parts of a whole pack fit one another, and the records and fields that the system has."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from kedang.kernel import expr
from kedang.kernel.errors import PackError
from kedang.kernel.expr import Kind
from kedang.packs.schema import EVERY_FIELD, Pack, Role
from kedang.packs.words import Choice, Entry, parts_of, twice

CUSTOMER = "customers.customer"
PEOPLE = frozenset({"customers.contact"})  # each field of theirs says what for, on which basis, how long
MAX_FILTERABLE = 20

KIND_OF_FIELD: Mapping[str, Kind] = {
    "text": Kind.TEXT,
    "longtext": Kind.TEXT,
    "choice": Kind.TEXT,
    "phone": Kind.TEXT,
    "url": Kind.TEXT,
    "email": Kind.TEXT,
    "region": Kind.TEXT,
    "country": Kind.TEXT,
    "integer": Kind.NUMBER,
    "number": Kind.NUMBER,
    "money": Kind.NUMBER,
    "date": Kind.DATE,
    "boolean": Kind.BOOLEAN,
}

Records = Mapping[str, Mapping[str, str]]
AnyEntry = TypeVar("AnyEntry", bound=Entry)


def check(pack: Pack, records: Records | None = None) -> None:
    """Raise PackError with every problem of a whole pack; see `problems_of`."""
    if problems := problems_of(pack, records):
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise PackError(f"{pack.key}: {problems[0]}{more}", problems=list(problems))


def problems_of(pack: Pack, records: Records | None = None) -> tuple[str, ...]:
    """Return what is wrong with a whole pack.

    `records` names every record type with its fields and their kinds; without it names are not checked, and
    a type without fields has its own name checked only.
    """
    found = [*_lists(pack), *_heirs(pack), *_fields(pack), *_types(pack)]
    if records is not None:
        found += [*_names(pack, records), *_conditions(pack, records)]
    return tuple(found)


def untranslated(pack: Pack) -> tuple[str, ...]:
    """Return where a label lacks English; shipped packs have none."""
    return tuple(sorted(_without_english(pack.model_dump(mode="json"), pack.key)))


def _lists(pack: Pack) -> Iterator[str]:
    for kind in ("customer_type", "level"):
        for doubled in twice(Counter(choice.code for choice in _live(pack.choices(kind)))):
            yield f"{kind}: the code {doubled} is used twice"
    for doubled in twice(Counter(str(level.order) for level in _live(pack.level))):
        yield f"level: the order {doubled} is used twice"
    for doubled in twice(Counter(rule.record for rule in _live(pack.number_rule))):
        yield f"number_rule: {doubled} has more than one rule"
    for rule in _live(pack.number_rule):
        for part in rule.parts:
            if part.codes_from and _choices(pack, part.codes_from) is None:
                yield f"number_rule.{rule.ref}: {part.key}: no such list: {part.codes_from}"


def _heirs(pack: Pack) -> Iterator[str]:
    for kind, entry in pack.entries():
        if entry.heir and entry.heir not in {other.key for other in pack.of(kind) if not other.retired}:
            yield f"{kind}.{entry.ref}: its heir {entry.heir} is not in force"
        for choice in parts_of(entry):
            if choice.heir and choice.heir not in {c.key for c in parts_of(entry) if not c.retired}:
                yield f"{kind}.{entry.ref}: {choice.key}: its heir {choice.heir} is not in force"


def _fields(pack: Pack) -> Iterator[str]:
    for field in _live(pack.field):
        listed = _choices(pack, field.choice_list) if field.choice_list else field.choices
        if listed is None:
            yield f"field.{field.ref}: no such list: {field.choice_list}"
            continue
        defaults = field.default if isinstance(field.default, tuple) else (field.default,)
        known = {choice.key for choice in listed}
        if listed and field.default is not None and not known.issuperset(map(str, defaults)):
            yield f"field.{field.ref}: the default {field.default!r} is not among its choices"
        types = {entry.key for entry in pack.customer_type}
        for name in set(field.for_types) - types:
            yield f"field.{field.ref}: no such customer type: {name}"
    spoken = {(one.record, name) for one in _live(pack.processing) for name in one.fields}
    for field in _live(pack.field):
        if field.record in PEOPLE and (field.record, field.key) not in spoken:
            yield f"field.{field.ref}: no processing says for what, on which basis and how long it is held"
    filterable = Counter(field.record for field in _live(pack.field) if field.filterable)
    for record, count in filterable.items():
        if count > MAX_FILTERABLE:
            yield f"field: {record} has {count} filterable fields, {MAX_FILTERABLE} are allowed"


def _types(pack: Pack) -> Iterator[str]:
    types = {entry.key for entry in pack.customer_type}
    for entry in _live(pack.completeness):
        if entry.key not in types:
            yield f"completeness.{entry.key}: no such customer type"


def _names(pack: Pack, records: Records) -> Iterator[str]:
    for where, record, field in _mentioned(pack):
        if record not in records:
            yield f"{where}: no such record: {record}"
        elif field and records[record] and field not in _known(pack, records, record):
            yield f"{where}: {record} has no field {field}"
    for entry in _live(pack.field):
        if entry.key in records.get(entry.record, {}):
            yield f"field.{entry.ref}: {entry.record} has a field of this name already"


def _mentioned(pack: Pack) -> Iterator[tuple[str, str, str]]:
    for customer_type in _live(pack.customer_type):
        for name in (*customer_type.required, *customer_type.guards):
            yield f"customer_type.{customer_type.key}", CUSTOMER, name
    for level in _live(pack.level):
        for name in level.key_fields:
            yield f"level.{level.key}", CUSTOMER, name
    for field in _live(pack.field):
        yield f"field.{field.ref}", field.record, ""
        if field.target:
            yield f"field.{field.ref}", field.target, ""
    for rule in _live(pack.number_rule):
        yield f"number_rule.{rule.key}", rule.record, ""
        for part in rule.parts:
            yield f"number_rule.{rule.key}", rule.record, part.field
    for entry in _live(pack.completeness):
        for name in entry.weights:
            yield f"completeness.{entry.key}", entry.record, name
    for one in _live(pack.processing):
        for name in one.fields:
            yield f"processing.{one.key}", one.record, name
    for role in _live(pack.role):
        yield from _mentioned_by(role)


def _mentioned_by(role: Role) -> Iterator[tuple[str, str, str]]:
    for grant in role.grants:
        yield f"role.{role.key}", grant.record, ""
    for right in role.field_rights:
        yield f"role.{role.key}", right.record, "" if right.field == EVERY_FIELD else right.field


def _conditions(pack: Pack, records: Records) -> Iterator[str]:
    for field in _live(pack.field):
        if field.required_when and records.get(field.record):
            try:
                expr.check(expr.parse(field.required_when), _known(pack, records, field.record))
            except PackError as error:
                yield f"field.{field.ref}: required_when: {error.text}"


def _known(pack: Pack, records: Records, record: str) -> Mapping[str, Kind]:
    own = {name: KIND_OF_FIELD.get(kind, Kind.OTHER) for name, kind in records[record].items()}
    return own | {field.key: KIND_OF_FIELD.get(field.type, Kind.OTHER) for field in pack.fields_of(record)}


def _choices(pack: Pack, name: str) -> tuple[Choice, ...] | None:
    try:
        found = pack.choices(name)
    except PackError:
        return None
    retired = any(entry.key == name and entry.retired for entry in pack.choice_list)
    return None if retired or not found else found


def _live(entries: Iterable[AnyEntry]) -> list[AnyEntry]:
    return [entry for entry in entries if not entry.retired]


def _without_english(value: object, where: str) -> Iterator[str]:
    if isinstance(value, dict):
        if "zh_hans" in value and not value.get("en"):
            yield where
        for key, part in value.items():
            yield from _without_english(part, f"{where}.{key}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            name = part.get("key", index) if isinstance(part, dict) else index
            yield from _without_english(part, f"{where}.{name}")
