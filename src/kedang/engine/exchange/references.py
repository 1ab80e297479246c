"""Find the records that names in a file mean: set by set, and only within what the actor sees."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from kedang.engine.exchange.values import Unreadable
from kedang.engine.records.access import askable
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.scope.models import ScopedModel
from kedang.kernel import ids
from kedang.kernel.actor import Actor
from kedang.kernel.text import normal_form, sort_key

REMEMBERED = 50_000
PLAIN_NAMES = ("username", "code", "name")
CHUNK = 900  # below the number of parameters that every SQLite allows


class References:
    """Remembers what was found, for the length of one import."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self._found: dict[str, dict[str, frozenset[int]]] = defaultdict(dict)

    def learn(self, spec: FieldSpec, texts: Iterable[str]) -> None:
        """Look up all names of one field that are not known yet."""
        known = self._found[spec.points_at]
        wanted = {text for text in texts if text not in known}
        if not wanted:
            return
        if len(known) + len(wanted) > REMEMBERED:
            known.clear()
        for text, pks in self._look_up(spec, wanted).items():
            known[text] = pks

    def find(self, spec: FieldSpec, text: str, current: int | None = None) -> int:
        """Return the record a name means; the present one if several are named so. Raise Unreadable."""
        pks = self._found[spec.points_at].get(text, frozenset())
        if len(pks) == 1:
            return next(iter(pks))
        if current in pks and current is not None:
            return current
        if pks:
            raise Unreadable(_("Several records are named “%(name)s”.") % {"name": text}, "ambiguous")
        raise Unreadable(_("“%(name)s” names no record that you can see.") % {"name": text}, "not_found")

    def _look_up(self, spec: FieldSpec, wanted: set[str]) -> dict[str, frozenset[int]]:
        target: Any = spec.model_field.related_model
        rows = (
            target.objects.visible_to(self.actor) if issubclass(target, ScopedModel) else target.objects.all()
        )
        if any(column.name == "is_active" for column in target._meta.concrete_fields):
            rows = rows.filter(is_active=True)
        found: dict[str, set[int]] = {}
        for name in self._names_of(spec, target):
            missing = {form: text for text in wanted - found.keys() for form in (normal_form(text), text)}
            for pk, value in _matches(rows, target, name, list(missing)):
                if value in missing:
                    found.setdefault(missing[value], set()).add(pk)
        by_id = {number: text for text in wanted - found.keys() if (number := id_of(text)) is not None}
        for pk in rows.filter(pk__in=list(by_id)).values_list("pk", flat=True) if by_id else ():
            found[by_id[pk]] = {pk}
        return {text: frozenset(pks) for text, pks in found.items()}

    def _names_of(self, spec: FieldSpec, target: type[models.Model]) -> Iterator[str]:
        kind = RECORDS.get(spec.points_at)
        if kind is not None:
            yield from (name for name in naming_fields(kind) if askable(self.actor, kind, name))
            return
        columns = {column.name for column in target._meta.concrete_fields}
        yield from (name for name in PLAIN_NAMES if name in columns)


def naming_fields(kind: RecordType) -> list[str]:
    """Return the text fields whose value may name a record: those that identify it first, its title last."""
    asked = dict.fromkeys((*kind.match, *kind.natural, kind.title))
    return [name for name in asked if "+" not in name and not kind.fields[name].points_at]


def id_of(text: str) -> int | None:
    """Return the id that a text spells, if it is one."""
    try:
        return ids.read(text.strip())
    except ValueError:
        return None


def chunks(values: list[Any]) -> Iterator[list[Any]]:
    """Yield a list in pieces that a query can hold."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def _matches(
    rows: Any, target: type[models.Model], name: str, values: list[str]
) -> Iterator[tuple[int, str]]:
    """Yield the id and the value of rows whose field has one of the values, by an index where there is one."""
    columns = {column.name for column in target._meta.concrete_fields}
    for part in chunks(values):
        narrowed = rows.filter(**{f"{name}__in": part})
        if f"{name}_sort" in columns:
            narrowed = narrowed.filter(**{f"{name}_sort__in": list({sort_key(value) for value in part})})
        yield from narrowed.values_list("pk", name)
