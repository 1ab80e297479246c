"""The history of what administrators keep, in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from kedang.engine.actions.generic import spec as action_spec
from kedang.engine.administration.reach import label
from kedang.engine.identity.models import Role, Unit
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.records.types import ADMINISTERED, RECORDS, RecordType
from kedang.engine.request import KedangRequest
from kedang.kernel import ids
from kedang.kernel.errors import NotVisible
from kedang.kits.web import formats
from kedang.kits.web.pages import pk_of, query_with, show, signed_in
from kedang.kits.web.tabs import frame

PAGE = 30
BESIDE = {
    "roles": gettext_lazy("Roles"), "rights": gettext_lazy("Rights"), "reset": gettext_lazy("Link for a new password"),
    "factor": gettext_lazy("Second factor"), "units": gettext_lazy("Departments"),
    "number": gettext_lazy("Number rule"),
}  # fmt: skip
SPANS = {
    "own": gettext_lazy("own"), "follow": gettext_lazy("as far as the customer"), "unit": gettext_lazy("own unit"),
    "custom": gettext_lazy("chosen units"), "below": gettext_lazy("own unit and below"), "all": gettext_lazy("all"),
}  # fmt: skip
TOLD: dict[tuple[str, str], Callable[[Any, Any], list[tuple[Any, str, str]]]] = {}
QUIET = frozenset({"path", "key", "pack"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One change: who, when, why, to whom or what, and each value before and after."""

    at: datetime
    who: str
    what: str
    verb: Any
    reason: str
    changes: list[tuple[Any, str, str]] = field(default_factory=list)


def tells(record: str, name: str, says: Callable[[Any, Any], list[tuple[Any, str, str]]]) -> None:
    """Let an area say a change of one column in words, as lines of label, before and after."""
    TOLD[record, name] = says


@require_GET
@signed_in
def page(request: KedangRequest) -> HttpResponse:
    """Show the history of all settings, people, departments and roles, the newest first."""
    context = frame(request, "changes")
    after = request.GET.get("after", "")
    entries, last = changes_of([(key, None) for key in ADMINISTERED], pk_of(after) if after else None)
    more = f"?{query_with(request, after=ids.show(last))}" if last else ""
    return show(request, "web/settings/changes.html", entries=entries, more=more, **context)


def changes_of(rows: Sequence[tuple[str, int | None]], before: int | None) -> tuple[list[Entry], int]:
    """Return the newest changes of these rows, and where to go on (0 at the end)."""
    wanted = Q(pk__in=[])
    for key, pk in rows:
        wanted |= Q(record=key) if pk is None else Q(record=key, record_id=pk)
    found = HistoryEntry.objects.filter(wanted)
    if before is not None:
        found = found.filter(pk__lt=before)
    entries = list(found.order_by("-pk")[: PAGE + 1])
    names = _names(entries[:PAGE])
    told = [_entry(entry, names) for entry in entries[:PAGE]]
    return told, entries[PAGE - 1].pk if len(entries) > PAGE else 0


def _names(entries: Sequence[HistoryEntry]) -> dict[tuple[str, Any], str]:
    """Return what the rows and the departments, roles and people in them are called: one query a type."""
    found: dict[tuple[str, Any], str] = {}
    for key, kind in ADMINISTERED.items():
        pks = {entry.record_id for entry in entries if entry.record == key}
        for row in kind.model.objects.filter(pk__in=pks) if pks else ():
            found[key, row.pk] = label(row) if isinstance(row, Role) else str(row)
    if entries:
        found |= {("unit", unit.pk): unit.name for unit in Unit.objects.all()[:2_000]}
        found |= {("role", role.key): label(role) for role in Role.objects.all()}
    return found


def _entry(entry: HistoryEntry, names: dict[tuple[str, Any], str]) -> Entry:
    kind = ADMINISTERED[entry.record]
    try:
        verb: Any = action_spec(entry.action).label
    except NotVisible:
        verb = _("changed")
    changes: list[tuple[Any, str, str]] = []
    for name, change in entry.changes.items():
        if isinstance(change, str) or name in QUIET:
            continue
        old, new = change[:2]
        if (says := TOLD.get((entry.record, name))) is not None:
            changes += says(old, new)
        elif name == "units":
            changes.append((BESIDE[name], _units(old, names), _units(new, names)))
        elif name == "rights":
            changes += _rights(old or {}, new or {})
        elif name == "roles":
            changes.append((BESIDE[name], _list(old, names), _list(new, names)))
        else:
            changes.append((_label(kind, name), _said(kind, name, old, names), _said(kind, name, new, names)))
    what = names.get((entry.record, entry.record_id), "")
    return Entry(entry.at, entry.actor_name, what, verb, entry.reason, changes)


def _label(kind: RecordType, name: str) -> Any:
    if name in BESIDE:
        return BESIDE[name]
    if name == "label":
        return _("Name")
    return next((spec.label for spec in kind.fields.values() if spec.attname == name), name)


def _said(kind: RecordType, name: str, value: Any, names: dict[tuple[str, Any], str]) -> str:
    if value in (None, "", {}):
        return ""
    spec = next((spec for spec in kind.fields.values() if spec.attname == name), None)
    if spec is not None and spec.points_at == "engine.unit":
        return names.get(("unit", value), _("a department"))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if spec is not None and spec.kind == "datetime":
        return formats.full_moment(datetime.fromisoformat(value))
    if spec is not None and spec.kind == "date":
        return formats.day(date.fromisoformat(value))
    if isinstance(value, dict):
        return str(value.get("zh_hans", ""))
    return str(value)


def _list(keys: Any, names: dict[tuple[str, Any], str]) -> str:
    return _(", ").join(names.get(("role", key), key) for key in keys or [])


def _units(pks: Any, names: dict[tuple[str, Any], str]) -> str:
    return _(", ").join(names.get(("unit", pk), _("a department")) for pk in pks or [])


def _rights(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[Any, str, str]]:
    return [
        (_right(key), _span(old.get(key)), _span(new.get(key))) for key in sorted(old.keys() | new.keys())
    ]


def _right(key: str) -> str:
    if key.startswith("#"):
        return key[1:]
    record, _colon, action = key.partition(":")
    if action:
        kind = RECORDS.get(record) or ADMINISTERED.get(record)
        return f"{kind.label_plural if kind else record} · {action.partition('@')[0]}"
    record, _dot, name = key.rpartition(".")
    kind = RECORDS.get(record)
    spec = kind.fields.get(name) if kind else None
    return f"{kind.label_plural} · {spec.label}" if kind and spec else key


def _span(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int):
        return str([_("hidden"), _("masked"), _("read"), _("read and change")][value])
    first = value[0] if isinstance(value, list) else value
    return str(SPANS.get(str(first), first))
