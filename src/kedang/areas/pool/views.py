"""Pages of the pool: who lies in it, who falls soon, and the runs that let customers fall."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kedang.areas.pool import selectors, services
from kedang.areas.pool import told as telling
from kedang.areas.pool.models import DONE, UNDOING, Run
from kedang.engine.actions.perform import perform
from kedang.engine.administration.record_types import POOL
from kedang.engine.identity.models import Pool
from kedang.engine.jobs import job_url, queue
from kedang.engine.packs.active import active
from kedang.engine.records.access import modes, shown
from kedang.engine.records.types import RECORDS
from kedang.engine.request import KedangRequest
from kedang.kernel import clock, ids
from kedang.kernel.actor import Mode
from kedang.kernel.errors import BadQuery, LimitReached, NotAllowed, NotVisible, RuleBroken
from kedang.kits.web.pages import absent_text, leave, pk_of, query_with, record_url, show, signed_in

KEY = selectors.KEY
PAGE = 50
TOLD = ("level_key", "type_key", "city", "phone")


def _id(text: str) -> int:
    try:
        return ids.read(text)
    except ValueError as error:
        raise BadQuery(_("This page does not exist any more; begin with the first.")) from error


@require_GET
@signed_in
def page(request: KedangRequest) -> HttpResponse:
    """Show the customers in the pools that serve the reader, with contact data masked until somebody claims them."""
    if not telling.has_pool(request.actor):
        raise NotAllowed(_("Your role does not allow this."))
    kind = RECORDS[KEY]
    allowed = modes(request.actor, kind)
    rows = selectors.in_pool(request.actor)
    asked = {name: request.GET.get(name, "")[:60] for name in ("q", "pool", "level_key", "type_key")}
    if asked["q"] and allowed["name"] >= Mode.READ:
        rows = rows.filter(name__icontains=asked["q"])
    if asked["pool"]:
        rows = rows.filter(pool=_id(asked["pool"]))
    for name in ("level_key", "type_key"):
        if asked[name] and allowed[name] >= Mode.READ:
            rows = rows.filter(**{name: asked[name]})
    if before := request.GET.get("before"):
        rows = rows.filter(pk__lt=_id(before))
    found = list(rows.select_related("pool").order_by("-pk")[: PAGE + 1])
    shown_rows = found[:PAGE]
    entered = selectors.entered([row.pk for row in shown_rows])
    names = [name for name in TOLD if allowed[name] is not Mode.HIDE]
    told = [_told(request, row, entered.get(row.pk), names) for row in shown_rows]
    more = f"?{query_with(request, before=ids.show(shown_rows[-1].pk))}" if len(found) > PAGE else ""
    return show(
        request, "pool/pool.html", rows=told, more=more, asked=asked, fields=[kind.fields[name] for name in names],
        pools=[(ids.show(row.pk), row.name) for row in Pool.objects.order_by("name")[:200]],
        levels=active().choices("level"), types=active().choices("customer_type"),
        may_claim=request.actor.may(KEY, "claim"), may_run=telling.may_run(request.actor), here=request.get_full_path(),
        says=[(one.name, telling.rule_words(one.rule)) for one in selectors.pools()],
        rules_url=reverse("pool.pools") if request.actor.may(POOL.key, "view") else "",
        crumbs=[(_("Pool"), "")],
    )  # fmt: skip


def _told(request: KedangRequest, row: Any, move: Any, names: list[str]) -> dict[str, Any]:
    kind = RECORDS[KEY]
    return {
        "row": row, "url": record_url(kind, row.pk),
        "claim_url": reverse("pool.claim", kwargs={"pk": ids.show(row.pk)}),
        "values": [shown(request.actor, kind, row, name).text for name in names],
        "since": move.day if move is not None else row.created_at, "before": move.user if move is not None else None,
        "why": telling.why_of(move),
    }  # fmt: skip


@require_POST
@signed_in
def claim(request: KedangRequest, pk: str) -> HttpResponse:
    """Claim a customer; a cap is said in words on the page it was tried from."""
    key = pk_of(pk)
    try:
        row = perform(request.actor, services.CLAIM, key).record
    except (LimitReached, RuleBroken) as error:
        messages.error(request, error.text)
        return leave(request, reverse("pool"))
    except NotVisible:
        messages.error(request, _("This customer is no longer in the pool: a colleague was faster."))
        return leave(request, reverse("pool"))
    return leave(request, record_url(RECORDS[KEY], row.pk), _("Claimed: %(name)s") % {"name": row})


@require_POST
@signed_in
def unlock(request: KedangRequest, pk: str) -> HttpResponse:
    """Let the rule of the pool count for a customer again that was kept out."""
    key = pk_of(pk)
    perform(request.actor, services.RELEASE, key)
    return leave(request, record_url(RECORDS[KEY], key), _("The rule of the pool counts again."))


@require_GET
@signed_in
def soon(request: KedangRequest) -> HttpResponse:
    """Show which customers fall soon: the reader's own, or all that they may assign."""
    lead = request.actor.may(KEY, "assign")
    if not telling.has_pool(request.actor):
        raise NotAllowed(_("Your role does not allow this."))
    everyone = lead and request.GET.get("whose") == "all"
    rows = telling.forecasts(request.actor, everyone=everyone)
    offset = request.GET.get("after", "")
    if offset:
        day, _dash, pk = offset.rpartition("_")
        rows = telling.after(rows, day, _id(pk))
    found = list(rows[: PAGE + 1])
    told = [telling.forecast_told(row) for row in found[:PAGE]]
    last = told[-1] if told else None
    more = ""
    if len(found) > PAGE and last is not None:
        more = f"?{query_with(request, after=f'{last.on.isoformat()}_{ids.show(last.key)}')}"
    return show(
        request, "pool/soon.html", rows=told, more=more, everyone=everyone, lead=lead, today=clock.today(),
        as_of=min((one.judged_on for one in told), default=None), may_run=telling.may_run(request.actor),
        crumbs=[(_("Pool"), reverse("pool")), (_("About to fall"), "")],
    )  # fmt: skip


@require_GET
@signed_in
def runs(request: KedangRequest) -> HttpResponse:
    """Show past runs and trials."""
    _only_leaders(request)
    rows = Run.objects.select_related("started_by")
    if before := request.GET.get("before"):
        rows = rows.filter(pk__lt=_id(before))
    found = list(rows[: PAGE + 1])
    more = f"?before={ids.show(found[PAGE - 1].pk)}" if len(found) > PAGE else ""
    told = [(row, reverse("pool.run", kwargs={"pk": ids.show(row.pk)})) for row in found[:PAGE]]
    return show(
        request, "pool/runs.html", rows=told, more=more, in_force=selectors.in_force(),
        may_start=telling.may_run(request.actor),
        crumbs=[(_("Pool"), reverse("pool")), (_("Runs"), "")],
    )  # fmt: skip


@require_POST
@signed_in
def start(request: KedangRequest) -> HttpResponse:
    """Begin a run or a trial as a job."""
    if not telling.may_run(request.actor):
        raise NotAllowed(_("Only who may assign every customer runs the pool."))
    job = queue(request.actor, services.RUN, {"trial": request.POST.get("trial") == "1"})
    return leave(request, job_url(job))


@require_GET
@signed_in
def run(request: KedangRequest, pk: str) -> HttpResponse:
    """Show whom a run let fall and why, as far as the reader sees them."""
    _only_leaders(request)
    row = Run.objects.select_related("started_by").filter(pk=pk_of(pk)).first()
    if row is None:
        raise NotVisible(absent_text())
    moves = telling.moves_of(request.actor, row)
    if after := request.GET.get("after"):
        moves = moves.filter(move__gt=_id(after))
    found = list(moves[: PAGE + 1])
    more = f"?after={ids.show(found[PAGE - 1].move)}" if len(found) > PAGE else ""
    told = [
        (one, record_url(RECORDS[KEY], one.pk), one.pool_id == one.fell_to and one.owner_id is None)
        for one in found[:PAGE]
    ]
    return show(
        request, "pool/run.html", run=row, rows=told, more=more,
        may_undo=telling.may_run(request.actor) and row.state == DONE and not row.trial and row.counts.get("fell"),
        crumbs=[(_("Pool"), reverse("pool")), (_("Runs"), reverse("pool.runs")), (row.as_of.isoformat(), "")],
    )  # fmt: skip


@require_POST
@signed_in
def undo(request: KedangRequest, pk: str) -> HttpResponse:
    """Take a whole run back, by a job; what was claimed since stays where it is."""
    if not telling.may_run(request.actor):
        raise NotAllowed(_("Only who may assign every customer runs the pool."))
    key = pk_of(pk)
    with transaction.atomic():
        if not Run.objects.filter(pk=key, state=DONE, trial=False).update(state=UNDOING):
            raise RuleBroken(_("This was begun or taken back already."))
        job = queue(request.actor, services.BACK_JOB, {"run_id": key})
    return leave(request, job_url(job))


def _only_leaders(request: KedangRequest) -> None:
    if not request.actor.may(KEY, "assign"):
        raise NotAllowed(_("Your role does not allow this."))
