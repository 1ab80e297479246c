"""The page of any record: header that stays, three zones, history, why it is visible, masked values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Window
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kedang.engine.actions.generic import actions_of
from kedang.engine.actions.inputs import settable
from kedang.engine.actions.registry import ActionSpec
from kedang.engine.approvals.models import PENDING, Approval
from kedang.engine.ledger.merges import survivor_of
from kedang.engine.records import reveal as revealing
from kedang.engine.records.access import modes, open_one, shown, shown_each, visible_fields
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.records.why import others, reasons
from kedang.engine.request import KedangRequest
from kedang.engine.scope.admits import admitted
from kedang.engine.scope.composed import Shape, columns
from kedang.engine.scope.reach import reach, record_key
from kedang.kernel import ids
from kedang.kernel.actor import Mode
from kedang.kernel.errors import Invalid, NotVisible
from kedang.kits.web import attachments, cells, fact, looks, merging, story, zones
from kedang.kits.web.pages import pk_of, record_url, show, signed_in, url_of
from kedang.kits.web.rows import COUNTED

RELATED_ROWS = 5
PEEK_FACTS = 8


@dataclass(frozen=True, slots=True)
class FactPanel:
    """A titled group of facts; `closed` says what the reader may not see here."""

    title: Any
    facts: Sequence[cells.Fact]
    blanks: Sequence[cells.Fact]
    closed: bool
    editable: bool

    @property
    def alone(self) -> bool:
        """Whether the one fact here has the panel's own name."""
        return (
            len(self.facts) == 1 and str(self.facts[0].label) == str(self.title) and not self.facts[0].masked
        )


@dataclass(frozen=True, slots=True)
class RelatedRow:
    """One record of another type that points here."""

    url: str
    title: str
    note: Any
    whole: bool
    mark: Any
    figure: Any


@dataclass(frozen=True, slots=True)
class RelatedZone:
    """The first records of another type that point here, and the way to all of them."""

    kind: RecordType
    rows: Sequence[RelatedRow]
    count: int
    more_than_counted: bool
    all_url: str
    add_url: str


@require_GET
@signed_in
def page(request: KedangRequest, kind: RecordType, pk: str) -> HttpResponse:
    """Show one record."""
    try:
        row, held = _opened(request, kind, pk)
    except NotVisible:
        if (kept := _survivor(request, kind, pk)) is None:
            raise
        return HttpResponseRedirect(kept)
    if held and (kept := _survivor(request, kind, pk)) is not None:
        return HttpResponseRedirect(kept)
    context = _head(request, kind, row, held=held)
    told = story.timeline(request, kind, row, "", "") if kind.follows else {}
    return show(
        request, "web/detail.html",
        panels=_panels(request, kind, row, held=held), related=[] if held else _related(request, kind, row),
        document=_document_lines(request, kind, row), **told,
        **_contributed(request, kind, row), **attachments.zone(request, kind, row, held=held), **context,
        beside_url=f"{record_url(kind, row.pk)}/beside" if zones.speaks(kind.key, "side") else "",
    )  # fmt: skip


@require_GET
@signed_in
def line(request: KedangRequest, kind: RecordType, pk: str) -> HttpResponse:
    """Show what happened around a record, of all kinds or of one, from the newest or further back.

    It asks for the records of each type that the moments are about, so the page fetches it once it stands.
    """
    row, held = _opened(request, kind, pk)
    only, after = request.GET.get("kind", ""), request.GET.get("after", "")
    may_pin = not held and admitted(kind.model, reach(request.actor, kind.model, "change"), [row])[0]
    return show(
        request, "web/line.html", "older" if after else "line", title=str(row), url=record_url(kind, row.pk),
        crumbs=_crumbs(kind, row), may_attach=may_pin,
        **story.timeline(request, kind, row, only, after, replies=not held),
    )  # fmt: skip


@require_GET
@signed_in
def beside(request: KedangRequest, kind: RecordType, pk: str) -> HttpResponse:
    """Show what other areas say beside a record; its page fetches it once it stands."""
    row, _held = _opened(request, kind, pk)
    return show(
        request, "web/beside.html", "zones", heading=_("Related"), title=str(row), url=record_url(kind, row.pk),
        parts=zones.rendered(request, kind.key, "side", row), crumbs=_crumbs(kind, row),
    )  # fmt: skip


@require_GET
@signed_in
def peek(request: KedangRequest, kind: RecordType, pk: str) -> HttpResponse:
    """Show a record in a few facts beside its list."""
    row, held = _opened(request, kind, pk)
    names = [name for name in kind.columns if name not in (kind.title, kind.subtitle, *kind.pills)]
    seen = [spec.name for spec in visible_fields(request.actor, kind, names)][:PEEK_FACTS]
    line = story.timeline(request, kind, row, "", "")
    recent = [told for _month, group in line["lines"] for told in group][:3]
    return show(
        request, "web/peek.html", "panel", facts=cells.facts(request.actor, kind, row, seen, False), recent=recent,
        contributed=zones.rendered(request, kind.key, "peek", row), **_head(request, kind, row, held=held),
    )  # fmt: skip


@require_GET
@signed_in
def history(request: KedangRequest, kind: RecordType, pk: str) -> HttpResponse:
    """Show what changed, by whom, from what to what."""
    row, held = _opened(request, kind, pk)
    before = request.GET.get("before", "")
    lines, older = story.history(request.actor, kind, row.pk, int(before) if before.isdecimal() else None)
    return show(
        request,
        "web/history.html",
        "older",
        lines=lines,
        older=older,
        **(merging.of_record(request, row) or {}),
        **_head(request, kind, row, held=held),
    )


@require_GET
@signed_in
def why(request: KedangRequest, kind: RecordType, pk: str) -> HttpResponse:
    """Say why the reader sees this record, and to whom else it was opened."""
    row, held = _opened(request, kind, pk)
    return show(
        request, "web/why.html", "dialog", reasons=reasons(request.actor, kind, row), others=others(kind, row),
        **_head(request, kind, row, held=held),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@signed_in
def reveal(request: KedangRequest, kind: RecordType, pk: str, name: str) -> HttpResponse:
    """Show one masked value to who says why; the look is written down."""
    row, held = _opened(request, kind, pk)
    allowed = modes(request.actor, kind)
    if name not in kind.fields or allowed[name] is Mode.HIDE:
        raise NotVisible(_("There is no such record, or it is not yours to see."))
    context = _head(request, kind, row, held=held) | {
        "spec": kind.fields[name],
        "reason": request.POST.get("reason", ""),
    }
    if request.method == "GET":
        return show(request, "web/reveal.html", "ask", **context)
    try:
        text = revealing.reveal(request.actor, kind, row.pk, name, request.POST.get("reason", ""))
    except Invalid as error:
        return show(request, "web/reveal.html", "ask", status=422, error=error.problems[0].text, **context)
    response = show(request, "web/reveal.html", "shown", text=text, **context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _opened(request: KedangRequest, kind: RecordType, pk: str) -> tuple[Any, bool]:
    """Return a record, from the archive hold where that is where it lies and the reader may look there."""
    number = pk_of(pk)

    def or_held() -> bool:
        """A file that was merged away keeps its history for who could always see it."""
        return request.actor.may(kind.key, "archive") or survivor_of(kind.key, number) is not None

    row = open_one(request.actor, kind, number, or_held=or_held)
    return row, row.archived_at is not None


def _survivor(request: KedangRequest, kind: RecordType, pk: str) -> str | None:
    """Return the address of the record that this one was merged into, for who may see that."""
    kept = survivor_of(kind.key, pk_of(pk))
    if kept is None or not kind.model.objects.visible_to(request.actor).filter(pk=kept).exists():
        return None
    return record_url(kind, kept)


def _head(request: KedangRequest, kind: RecordType, row: Any, *, held: bool) -> dict[str, Any]:
    actor = request.actor
    allowed = modes(actor, kind)
    pills = [name for name in kind.pills if allowed[name] >= Mode.READ]
    subtitle = (
        shown(actor, kind, row, kind.subtitle)
        if kind.subtitle and allowed[kind.subtitle] is not Mode.HIDE
        else None
    )
    actions = _actions(request, kind, row, held=held)
    others = sorted((one for one in actions if one.name != "update"), key=_closing)
    first = next((one for one in others if one.leads(row)), None)
    acts = zones.acts(request, kind.key, row)
    open_ones = [one for one in others if one is not first and not _closing(one)]
    head = open_ones[: max(1, IN_HEAD - len(acts))]
    return {
        "kind": kind, "row": row, "pk": ids.show(row.pk), "held": held, "title": str(row),
        "subtitle": cells.in_facts(kind, subtitle, actor) if subtitle and subtitle.text else "",
        "pills": cells.pills(actor, kind, row, pills), "owner": row.owner, "url": record_url(kind, row.pk),
        "base": reverse(f"{kind.plural}.list"), "actions": actions,
        "edit_url": f"{record_url(kind, row.pk)}/edit" if any(one.name == "update" for one in actions) else "",
        "acts": acts, "first": first, "head_actions": head,
        "menu_actions": [(one, one in head) for one in others if one is not first],
        "waiting": _waiting(request, kind, row),
        "crumbs": _crumbs(kind, row),
    }  # fmt: skip


def _crumbs(kind: RecordType, row: Any) -> list[tuple[Any, str]]:
    return [(kind.label_plural, reverse(f"{kind.plural}.list")), (str(row), "")]


# Beside Edit and what the page leads with; the rest is behind the dots, and on the phone all of it is.
IN_HEAD = 2


def _closing(one: ActionSpec) -> bool:
    """What ends something stands last, so that it is never the button beside Edit."""
    return one.name in ("archive", "unshare", "merge", "seal")


def _actions(request: KedangRequest, kind: RecordType, row: Any, *, held: bool) -> list[ActionSpec]:
    """Return what this reader may do to this record, by the rights of the role; the door asks again."""
    found = []
    for one in actions_of(kind.key):
        if one.creates or one.quiet or one.archived != held or not request.actor.may(kind.key, one.verb):
            continue
        if not one.offered(row) or (one.owner_only and row.owner_id != request.actor.user_id):
            continue
        if one.name == "update" and not settable(request.actor, kind, creating=False):
            continue
        found.append(one)
    within = {
        verb: admitted(kind.model, reach(request.actor, kind.model, verb), [row])[0]
        for verb in {one.verb for one in found}
    }
    return [one for one in found if within[one.verb]]


WAITING = Shape(
    lambda rows, record, pk: (
        rows.filter(record=record, record_id=pk, state=PENDING).select_related("owner").order_by("-pk")[:1]
    ),
    columns(Approval, "record", "record_id"),
)


def _waiting(request: KedangRequest, kind: RecordType, row: Any) -> Any:
    """Return the request about this record that waits for an answer."""
    if kind.key == record_key(Approval):
        return None
    return next(iter(Approval.objects.asked(request.actor, WAITING, kind.key, row.pk)), None)


def _panels(request: KedangRequest, kind: RecordType, row: Any, *, held: bool) -> list[FactPanel]:
    actor = request.actor
    may_reveal = actor.may(kind.key, "reveal")
    may_set = set() if held else fact.editable(request, kind, row)
    if may_set and not admitted(kind.model, reach(actor, kind.model, "change"), [row])[0]:
        may_set = set()
    row_type = str(getattr(row, kind.type_field)) if kind.type_field else ""
    found = []
    for panel in kind.panels:
        names = [spec.name for spec in visible_fields(actor, kind, panel.fields)]
        facts = cells.facts(actor, kind, row, names, may_reveal, may_set)
        filled = [fact for fact in facts if not fact.empty]
        blanks = [
            fact for fact in facts if fact.empty and fact.editable and kind.concerns(row_type, fact.name)
        ]
        found.append(FactPanel(panel.title, filled, blanks, not names, bool(may_set & set(names))))
    return found


def _document_lines(request: KedangRequest, kind: RecordType, row: Any) -> Any:
    """Return the lines of a document, seen through the document."""
    declared = kind.lines
    if declared is None:
        return None
    specs = [declared.specs[name] for name in declared.fields if name != declared.order_by]
    related = [spec.name for spec in specs if spec.points_at]
    rows = declared.model.objects.visible_to(request.actor, archived=row.archived_at is not None)
    rows = rows.filter(**{declared.parent: row.pk}).select_related(*related).order_by(declared.order_by)
    drawn = [[(cells.in_line(line, spec), spec.kind in cells.RIGHT) for spec in specs] for line in rows[:200]]
    heads = [(spec.label, spec.kind in cells.RIGHT) for spec in specs]
    return {"label": declared.label, "heads": heads, "rows": drawn}


def _related(request: KedangRequest, kind: RecordType, row: Any) -> list[RelatedZone]:
    found = []
    for link in kind.related:
        other = RECORDS.get(link.record)
        if other is None or not request.actor.may(other.key, "view"):
            continue
        rows = other.model.objects.visible_to(request.actor).filter(**{link.via: row.pk})
        joined = [
            n for n in other.needs_select((*other.columns, other.title)) if n not in (link.via, "owner")
        ]
        first = rows.select_related(*joined).order_by("-pk")
        shown_rows = list(first.annotate(of_all=Window(Count("pk")))[: RELATED_ROWS + 1])
        count = min(shown_rows[0].of_all, COUNTED + 1) if shown_rows else 0
        shown_id = ids.show(row.pk)
        listed = reverse(f"{other.plural}.list")
        may_add = other.creatable and link.via in other.form_fields and request.actor.may(other.key, "create")
        found.append(
            RelatedZone(
                other,
                [_related_row(request, other, one, link.via) for one in shown_rows[:RELATED_ROWS]],
                min(count, COUNTED),
                count > COUNTED,
                f"{listed}?{link.via}={shown_id}" if link.via in other.filters else "",
                f"{url_of(f'{other.plural}.create')}?{link.via}={shown_id}" if may_add else "",
            )
        )
    return found


def _related_row(request: KedangRequest, kind: RecordType, row: Any, via: str) -> RelatedRow:
    actor = request.actor
    allowed = modes(actor, kind)
    names = [
        name for name in kind.columns if name not in (via, kind.title, "owner") and allowed[name] >= Mode.READ
    ]
    values = shown_each(actor, kind, row, names)
    note = next(
        (v for n, v in values.items() if n not in kind.pills and v.text and v.spec.kind not in cells.RIGHT),
        None,
    )
    state = next((v for n, v in values.items() if n in kind.pills and v.text), None)
    money = next((v for v in values.values() if v.spec.kind == "money" and v.text and not v.masked), None)
    return RelatedRow(
        record_url(kind, row.pk), str(row), cells.brief(note) if note else "",
        note is not None and note.spec.kind in ("date", "datetime"),
        looks.in_head(looks.look_of(kind, state.spec), str(state.value), state.text) if state else "",
        cells.brief(money) if money else "",
    )  # fmt: skip


def _contributed(request: KedangRequest, kind: RecordType, row: Any) -> dict[str, Any]:
    return {
        f"more_{point}": zones.rendered(request, kind.key, point, row)
        for point in ("meta", "next", "facts", "line")
    }
