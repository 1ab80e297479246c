"""History and timeline in people's words: what each line is called, its sign, and the figure that matters."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from kedang.engine.actions.generic import spec as action_spec
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.records import pins
from kedang.engine.records import timeline as ledger
from kedang.engine.records.access import modes
from kedang.engine.records.timeline import PAGE, Change, Moment, Reply
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.replies.services import answerable
from kedang.engine.request import KedangRequest
from kedang.kernel import clock, ids
from kedang.kernel.actor import Actor, Mode
from kedang.kernel.errors import NotVisible
from kedang.kits.web import formats
from kedang.kits.web.pages import record_url

TOLD_AT_ONCE = 4
ICONS = {
    "archive": "archive",
    "assign": "user",
    "restore": "undo",
    "import": "upload",
    "create": "plus",
    "attach": "clip",
    "revise": "clip",
    "reply": "chat",
}
VERBS = {
    "create": _("filed"),
    "update": _("changed"),
    "archive": _("moved to the archive hold"),
    "restore": _("took back from the archive hold"),
    "assign": _("handed over"),
    "attach": _("attached a file"),
    "revise": _("put in a new version of a file"),
    "remove_file": _("removed a file"),
    "restore_file": _("took a file back"),
    "reply": _("replied"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a timeline or of the history."""

    id: str
    at: datetime
    who: str
    verb: Any
    what: Any
    icon: str
    tone: str
    name: str = ""
    url: str = ""
    reason: str = ""
    signer: str = ""
    amount: str = ""
    month: str = ""
    seq: int = 0
    changes: Sequence[Change] = field(default_factory=list)
    more: int = 0
    pinned_by: str = ""
    replies: Sequence[Reply] = field(default_factory=list)
    may_reply: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of line that the timeline can be narrowed to."""

    key: str
    label: Any
    current: bool


def timeline(
    request: KedangRequest, subject: RecordType, row: Any, only: str, after: str, *, replies: bool = False
) -> dict[str, Any]:
    """Return what the timeline part of a page shows: lines, kinds to choose from, and where to go on.

    With `replies` each line has those under it, and says whether the reader may reply there.
    """
    if subject.follows or not any(one.timeline and _hangs_on(one, subject) for one in RECORDS.values()):
        return _own_history(request.actor, subject, row.pk)
    kinds = [only] if only else []
    found = ledger.timeline(request.actor, subject, row.pk, kinds=kinds, before=_edge(after), opened=row)
    first = ledger.with_replies(found[:PAGE]) if replies else found[:PAGE]
    may = answerable(request.actor, row, first) if replies else set()
    lines = [
        replace(_line(request.actor, subject, row, moment), may_reply=moment.entry.pk in may)
        for moment in first
    ]
    last = found[PAGE - 1].entry if len(found) > PAGE else None
    return {
        "lines": _by_month(lines),
        "pins": True,
        "kinds": _kinds(request.actor, subject, only),
        "only": only,
        "older": f"{last.at.timestamp():.6f}.{ids.show(last.pk)}" if last else "",
    }


def _own_history(actor: Actor, kind: RecordType, pk: int) -> dict[str, Any]:
    """What has no timeline, or its lines on that of the record it hangs on, tells its own history instead."""
    found, _more = history(actor, kind, pk, None)
    lines = [replace(line, changes=[] if line.seq == 1 else line.changes[:TOLD_AT_ONCE]) for line in found]
    return {"lines": _by_month(lines), "pins": False, "kinds": [], "only": "", "older": ""}


def pinned(actor: Actor, subject: RecordType, row: Any) -> list[Told]:
    """Return the lines that are kept on top of a record's timeline, the one pinned last first."""
    return [
        replace(_line(actor, subject, row, moment), pinned_by=pin.by_name)
        for pin, moment in pins.pinned(actor, subject, row)
    ]


def one_line(actor: Actor, subject: RecordType, row: Any, moment: Moment) -> Told:
    """Return one line of a record's timeline, with its replies."""
    may = moment.entry.pk in answerable(actor, row, [moment])
    return replace(_line(actor, subject, row, moment), may_reply=may)


def history(actor: Actor, kind: RecordType, pk: int, before: int | None) -> tuple[list[Told], int]:
    """Return the newest changes of a record and the place of the last one shown, 0 when there are no more."""
    found = ledger.history(actor, kind, pk, before=before)
    lines = [_entry(kind, entry, changes) for entry, changes in found[:PAGE]]
    return lines, found[PAGE - 1][0].seq if len(found) > PAGE else 0


def _edge(after: str) -> tuple[datetime, int] | None:
    try:
        moment, _dot, shown = after.rpartition(".")
        return (datetime.fromtimestamp(float(moment), clock.ZONE), ids.read(shown)) if after else None
    except (ValueError, OverflowError, OSError):
        return None


def _by_month(lines: Sequence[Told]) -> list[tuple[str, list[Told]]]:
    groups: list[tuple[str, list[Told]]] = []
    for line in lines:
        if not groups or groups[-1][0] != line.month:
            groups.append((line.month, []))
        groups[-1][1].append(line)
    return groups


def _kinds(actor: Actor, subject: RecordType, only: str) -> list[Kind]:
    """Return the kinds of line that this record can have and this reader may see."""
    hanging = [
        record for record in RECORDS.values()
        if record.timeline and actor.may(record.key, "view") and _hangs_on(record, subject)
    ]  # fmt: skip
    if len(hanging) < 2:
        return []
    hanging.sort(key=lambda record: (record.key == subject.key, record.order))
    return [
        Kind(
            record.timeline,
            _("Changes") if record.key == subject.key else record.label,
            record.timeline == only,
        )
        for record in hanging
    ]


def _hangs_on(record: RecordType, subject: RecordType) -> bool:
    return record.key == subject.key or (
        bool(record.follows) and record.fields[record.follows].points_at == subject.key
    )


def _line(actor: Actor, subject: RecordType, row: Any, moment: Moment) -> Told:
    entry, kind, record = moment.entry, moment.kind, moment.record
    created = entry.kind.endswith(".created")
    own = kind.key == subject.key and record.pk == row.pk
    past = entry.history
    known = _known(kind)
    changes = [_said(change) for change in moment.changes if change.spec is None or change.spec.name in known]
    return Told(
        id=ids.show(entry.pk), at=entry.at, who=formats.person(entry.actor_name),
        verb=verb(past.action if past else "", created), what=kind.label,
        icon=kind.icon if created else _icon(past), tone="acc" if created and not own else "",
        name="" if own else str(record), url="" if own else record_url(kind, record.pk),
        reason=past.reason if past else "", signer=past.signer_name if past else "",
        amount=_amount(actor, kind, record) if created else "", month=formats.month(entry.at),
        changes=changes[:TOLD_AT_ONCE], more=max(0, len(changes) - TOLD_AT_ONCE), replies=moment.replies,
    )  # fmt: skip


def _known(kind: RecordType) -> frozenset[str]:
    """Return the fields that people meet; what the system keeps for itself is not told."""
    panels = [name for panel in (*kind.panels, *kind.form) for name in panel.fields]
    return frozenset({*panels, *kind.columns, kind.title, kind.subtitle, "owner", "unit", "pool"})


def _entry(kind: RecordType, entry: HistoryEntry, changes: Sequence[Change]) -> Told:
    known = _known(kind)
    return Told(
        id=str(entry.seq), at=entry.at, who=formats.person(entry.actor_name),
        verb=verb(entry.action, entry.seq == 1), what=kind.label, icon=_icon(entry),
        tone="acc" if entry.seq == 1 else "", reason=entry.reason, signer=entry.signer_name,
        month=formats.month(entry.at), seq=entry.seq,
        changes=[_said(change) for change in changes if change.spec is None or change.spec.name in known],
    )  # fmt: skip


def _said(change: Change) -> Change:
    """Give an amount its separators and a moment its clock; everything else is told as the ledger tells it."""
    say = SAID.get(change.spec.kind) if change.spec is not None else None
    if say is None:
        return change
    return Change(change.spec, change.label, say(change.old), say(change.new))


def _amount_said(text: str) -> str:
    try:
        return formats.exact(Decimal(text)) if text else ""
    except InvalidOperation:
        return text


def _moment_said(text: str) -> str:
    try:
        return formats.full_moment(datetime.fromisoformat(text)) if text else ""
    except ValueError:
        return text


SAID = {"money": _amount_said, "datetime": _moment_said}


def _amount(actor: Actor, kind: RecordType, row: Any) -> str:
    """Return the figure that matters about a new record: the first amount its list shows."""
    allowed = modes(actor, kind)
    for name in kind.columns:
        if kind.fields[name].kind == "money" and allowed[name] >= Mode.READ:
            value = getattr(row, name)
            return formats.amount(value) if value is not None else ""
    return ""


def verb(action: str, created: bool) -> Any:
    """Return in words what an action did."""
    if created:
        return VERBS["create"]
    name = action.rpartition(".")[2]
    if name in VERBS:
        return VERBS[name]
    try:
        return action_spec(action).label
    except NotVisible:
        return VERBS["update"]


def _icon(entry: HistoryEntry | None) -> str:
    return ICONS.get(entry.action.rpartition(".")[2] if entry else "", "edit")
