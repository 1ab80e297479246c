"""Pages of the rules of pools: what holds, what another one would do, and putting it in force."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kedang.areas.pool import selectors, services, told
from kedang.areas.pool.models import Proposal
from kedang.engine.administration.record_types import POOL
from kedang.engine.identity.models import Pool, Unit
from kedang.engine.packs.active import active
from kedang.engine.request import KedangRequest
from kedang.kernel import ids
from kedang.kernel.errors import Conflict, Invalid, NotVisible, RuleBroken
from kedang.kits.web import administered
from kedang.kits.web.changes import changes_of
from kedang.kits.web.pages import absent_text, leave, pk_of, show, signed_in
from kedang.kits.web.tabs import frame

BLANKS = 1
LISTS = (("types", "customer_type"), ("levels", "level"), ("statuses", "customer_status"))


@require_GET
@signed_in
def pools(request: KedangRequest) -> HttpResponse:
    """Show each pool with the departments it serves and what its rule says."""
    around = frame(request, "pools")
    rows = [
        (row, [unit.name for unit in row.units.all()], told.rule_words(selectors.rule_of(row)), _url("pool.edit", row))
        for row in Pool.objects.prefetch_related("units").order_by("name")[:200]
    ]  # fmt: skip
    may = request.actor.may
    return show(
        request, "pool/pools.html", rows=rows, may_add=may(POOL.key, "create"), may_change=may(POOL.key, "change"),
        **around,
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@signed_in
def edit(request: KedangRequest, pk: str = "") -> HttpResponse:
    """Add a pool, or change what it is called and whom it serves; its rule stands below."""
    row = administered.row_of(request, POOL, pk, "change") if pk else None
    if not request.actor.may(POOL.key, "change" if row else "create"):
        raise NotVisible(absent_text())
    title = str(row) if row else _("New pool")
    around = frame(request, "pools", (title, ""))
    values = administered.stored(POOL, row) if row else {"name": ""}
    served = set(row.units.values_list("pk", flat=True)) if row else set()
    problems: list[Any] = []
    status = 200
    if request.method == "POST":
        values = administered.given(request, POOL)
        served = {_id(one) for one in request.POST.getlist("units")}
        key = "engine.pool.update" if row else "engine.pool.create"
        inputs = {**values, "units": sorted(served)}
        done, problems, status = administered.attempt(request, key, row.pk if row else None, inputs)
        if done is not None:
            return leave(request, _url("pool.edit", done.record), _("Saved."))
    entries, _more = changes_of([(POOL.key, row.pk)], None) if row else ([], 0)
    units = [
        (ids.show(one.pk), one.name, one.path.count("/") - 2, one.pk in served)
        for one in Unit.objects.order_by("path")[:500]
    ]  # fmt: skip
    return show(
        request, "pool/edit.html", status=status, row=row, title=title, values=values, units=units,
        errors={problem.field: problem.text for problem in problems}, entries=entries,
        general=administered.general(problems, ("name", "units")),
        says=told.rule_words(selectors.rule_of(row)) if row else [],
        rule_url=_url("pool.rule", row) if row else "", **around,
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@signed_in
def rule(request: KedangRequest, pk: str) -> HttpResponse:
    """Say what the rule of a pool shall be; it is tried before it holds."""
    row = administered.row_of(request, POOL, pk, "change")
    around = frame(request, "pools", (str(row), _url("pool.edit", row)), (_("Rule"), ""))
    usual, errors, status = selectors.usual_rule(), {}, 200
    values: Mapping[str, Any] = selectors.rule_of(row).model_dump(mode="json")
    if request.method == "POST":
        given = None if request.POST.get("do") == "usual" else _given(request)
        try:
            made = services.propose(request.actor, row, given)
        except Invalid as refused:
            errors, status = {problem.field: problem.text for problem in refused.problems}, 422
        except RuleBroken as refused:
            errors, status = {"": refused.text}, 409
        else:
            return leave(request, reverse("pool.proposal", kwargs={"pk": pk, "made": ids.show(made.pk)}))
        values = given or values
    elif (again := _mine(request, row)) is not None:
        values = (again.rule or usual.model_dump(mode="json")) if request.GET.get("again") else values
    return show(
        request, "pool/rule.html", status=status, row=row, form=_form(values, usual, errors), errors=errors,
        own=row.rule is not None, usual=told.rule_words(usual), back=_url("pool.edit", row), **around,
    )  # fmt: skip


@require_GET
@signed_in
def proposal(request: KedangRequest, pk: str, made: str) -> HttpResponse:
    """Show what a rule that was tried would do, and to whom, as far as the reader sees them."""
    row = administered.row_of(request, POOL, pk, "change")
    one = _proposal(request, row, made)
    around = frame(
        request,
        "pools",
        (str(row), _url("pool.edit", row)),
        (_("Rule"), _url("pool.rule", row)),
        (_("Tried"), ""),
    )
    now, then = told.rule_words(selectors.rule_of(row)), told.rule_words(selectors.proposed(one))
    found = one.found or {}
    return show(
        request, "pool/proposal.html", "tried", one=one, row=row, gone=[text for text in now if text not in then],
        come=[text for text in then if text not in now], sooner=told.shifted(request.actor, found.get("sooner", [])),
        later=told.shifted(request.actor, found.get("later", [])), again=f"{_url('pool.rule', row)}?again=1",
        use_url=f"{request.path}/use", here=request.path, in_force=selectors.in_force(), **around,
    )  # fmt: skip


@require_POST
@signed_in
def use(request: KedangRequest, pk: str, made: str) -> HttpResponse:
    """Put in force what was tried."""
    row = administered.row_of(request, POOL, pk, "change")
    one = _proposal(request, row, made)
    if one.finished_at is None:
        raise RuleBroken(_("This is still being tried."))
    try:
        services.put_in_force(request.actor, one)
    except Conflict as refused:
        raise Conflict(_("The pool was changed since this was tried. Try it again.")) from refused
    return leave(request, _url("pool.edit", row), _("The pool goes by this rule from now on."))


def _proposal(request: KedangRequest, row: Pool, made: str) -> Proposal:
    """Return what this reader proposed for a pool; nobody puts in force what somebody else tried."""
    found = Proposal.objects.filter(pk=pk_of(made), pool=row.pk, made_by=request.actor.user_id).first()
    if found is None:
        raise NotVisible(absent_text())
    return found


def _mine(request: KedangRequest, row: Pool) -> Proposal | None:
    return Proposal.objects.filter(pool=row.pk, made_by=request.actor.user_id).first()


def _given(request: KedangRequest) -> dict[str, Any]:
    """Return what the form sent; a line without days is none."""
    sent = request.POST
    falls = []
    for place in range(services.MOST_LINES + BLANKS):
        name = f"falls.{place}"
        if days := sent.get(f"{name}.days", "").strip():
            parts = {part: sent.getlist(f"{name}.{part}") for part, _listed in LISTS}
            falls.append({"after": sent.get(f"{name}.after", ""), "days": days, **parts})
    return {
        "falls": falls, "warn_days": sent.get("warn_days", ""), "keep_levels": sent.getlist("keep_levels"),
        "keep_opportunity": "keep_opportunity" in sent, "keep_receivable": "keep_receivable" in sent,
        **{name: sent.get(name, "").strip() or "0" for name in services.FIGURES},
        **{f"holding_{part}": sent.getlist(f"holding_{part}") for part, _listed in LISTS},
    }  # fmt: skip


def _form(values: Mapping[str, Any], usual: Any, errors: Mapping[str, str]) -> dict[str, Any]:
    """Return the form with its values, choices and errors."""
    bases = [(key, label) for key, label in _bases() if key in selectors.bases(usual)]
    blank = {"after": bases[0][0] if bases else "", "days": "", "types": (), "levels": (), "statuses": ()}
    lines = [
        {
            "name": f"falls.{place}", "after": line["after"], "days": line["days"],
            "lists": _lists(line, f"falls.{place}.", ""), "narrow": any(line[part] for part, _listed in LISTS),
            "error": errors.get(f"falls.{place}.days") or errors.get(f"falls.{place}.after", ""),
        }
        for place, line in enumerate([*values["falls"], *[blank] * BLANKS])
    ]  # fmt: skip
    warn = values["warn_days"]
    known = told.offered()
    return {
        "lines": lines, "bases": bases, "warn_days": warn if isinstance(warn, str) else ", ".join(map(str, warn)),
        "keep_levels": _choices("level", values["keep_levels"]),
        "keeps": [(name, label, values[name]) for name, label in known],
        "figures": [
            (name, label, hint, values[name], errors.get(name, "")) for name, label, hint in _figures()
        ],
        "holding": _lists(values, "holding_", "holding_"), "held": any(values[f"holding_{part}"] for part, _l in LISTS),
    }  # fmt: skip


def _lists(values: Mapping[str, Any], prefix: str, own: str) -> list[tuple[str, str, list[Any]]]:
    labels = {"types": _("Types"), "levels": _("Levels"), "statuses": _("States")}
    return [
        (f"{prefix}{part}", labels[part], _choices(listed, values[f"{own}{part}"])) for part, listed in LISTS
    ]  # fmt: skip


def _choices(listed: str, chosen: Any) -> list[tuple[str, str, bool]]:
    return [(key, label, key in chosen) for key, label in active().choices(listed)]


def _bases() -> list[tuple[str, str]]:
    return [
        ("follow_up", _("without a follow-up")), ("order", _("without an order")),
        ("contract_end", _("after the last contract ended")),
    ]  # fmt: skip


def _figures() -> list[tuple[str, str, str]]:
    return [
        ("claims_per_day", _("Claims of one person a day"), _("0: as many as the role allows")),
        ("former_owner_days", _("Days in which the former owner does not claim it back"), _("0: at once")),
        ("new_data_days", _("Days before a new file may be claimed"), _("0: at once")),
        ("holding_cap", _("Customers one person may hold to claim another"), _("0: no such limit")),
    ]  # fmt: skip


def _url(name: str, row: Pool) -> str:
    return reverse(name, kwargs={"pk": ids.show(row.pk)})


def _id(text: str) -> int:
    try:
        return ids.read(text)
    except ValueError:
        return 0
