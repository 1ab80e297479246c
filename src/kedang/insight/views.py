"""The RFM page: eight cells within the reader's reach, and the customers behind each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from kedang.engine.records.types import RECORDS
from kedang.engine.request import KedangRequest
from kedang.insight import selectors
from kedang.insight.models import RfmRun
from kedang.insight.rules import IMPORTANT, NEVER_BOUGHT, TYPES, Method
from kedang.insight.wording import LABELS, figure, label_of
from kedang.kernel import clock, ids
from kedang.kernel.errors import BadQuery, NotVisible, RuleBroken
from kedang.kernel.money import from_minor, to_minor
from kedang.kits.web.pages import leave, record_url, show, signed_in, url_of

if TYPE_CHECKING:
    from django.utils.functional import Promise

STALE_AFTER = timedelta(hours=26)
COMPUTED_HERE = 50_000
COLUMNS: "tuple[tuple[bool, bool, Promise], ...]" = (
    (True, True, gettext_lazy("Bought lately, often")),
    (True, False, gettext_lazy("Bought lately, seldom")),
    (False, True, gettext_lazy("Long ago, once often")),
    (False, False, gettext_lazy("Long ago, seldom")),
)
ROWS: "tuple[tuple[bool, Promise], ...]" = (
    (True, gettext_lazy("High money")),
    (False, gettext_lazy("Low money")),
)
METHODS: "Mapping[str, Promise]" = {
    Method.MEAN: gettext_lazy("lines at the mean of all who bought"),
    Method.MEDIAN: gettext_lazy("lines at the median of all who bought"),
    Method.TYPED: gettext_lazy("lines typed by hand"),
}
MEASURES = ("recency", "frequency", "monetary")
DEPTHS = {
    "important_value": "h3",
    "important_keep": "h2",
    "important_growth": "h1",
    "important_winback": "h1",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One of the eight cells as the page draws it."""

    label: str
    depth: str
    customers: int
    money: Decimal
    share: str
    url: str


@require_GET
@signed_in
def rfm(request: KedangRequest) -> HttpResponse:
    """Show the grid of a day, by default of the newest day computed."""
    selectors.require_value(request.actor)
    asked = _day(request.GET.get("as_of", ""))
    run = selectors.run_of(asked)
    cells = _cells(request, run) if run is not None else None
    if run is None or cells is None:
        today = clock.today()
        frame: dict[str, Any] = {"run": None, "as_of": asked or today, "today": today}
        return show(request, "insight/rfm.html", crumbs=_crumbs(), **frame)
    return show(
        request,
        "insight/rfm.html",
        crumbs=_crumbs(),
        **_grid(run, cells, newest=asked is None or run == selectors.run_of()),
        **_frame(run),
    )


@require_GET
@signed_in
def rfm_type(request: KedangRequest, type_key: str) -> HttpResponse:
    """List the customers of one type, the largest first."""
    selectors.require_value(request.actor)
    run = selectors.run_of(_day(request.GET.get("as_of", "")))
    if run is None or type_key not in TYPES.values():
        raise NotVisible(_("RFM has not been computed for this day."))
    after = request.GET.get("after", "")
    page = selectors.page_of_type(request.actor, run, type_key, _after(after))
    here = f"?as_of={run.as_of.isoformat()}"
    return show(
        request, "insight/rfm_type.html", page=page, label=label_of(type_key),
        rows=[(record_url(RECORDS[selectors.CUSTOMER], row.customer.pk), row) for row in page.rows],
        next_url=f"{here}&after={_cursor(*page.next)}" if page.next else "", first_url=here if after else "",
        crumbs=[*_crumbs(), (label_of(type_key), "")], **_frame(run),
    )  # fmt: skip


@require_POST
@signed_in
def compute(request: KedangRequest) -> HttpResponse:
    """Compute a day again; a large company does that on the command line or at night."""
    selectors.require_value(request.actor)
    as_of = _day(request.POST.get("as_of", "")) or clock.today()
    if as_of > clock.today():
        raise RuleBroken(_("A day that has not come yet has no figures."))
    newest = selectors.run_of()
    if newest is not None and newest.scored > COMPUTED_HERE:
        raise RuleBroken(
            _("With this many customers it runs beside the pages: kedang insight rfm --as-of %(day)s")
            % {"day": as_of.isoformat()}
        )
    import_string("kedang.insight.runs.run_rfm")(as_of)
    return leave(request, f"{reverse('insight.rfm')}?as_of={as_of.isoformat()}", _("RFM is computed."))


def _cells(request: KedangRequest, run: RfmRun) -> dict[str, tuple[int, Decimal]] | None:
    """Return customers and money per type within reach; None where the scores of that day were cleared."""
    # analytics load on first use: they weigh as much as the rest of a web process
    query = import_string("kedang.insight.serve.query")
    try:
        found = query(request.actor, "rfm", as_of=run.as_of)
    except NotVisible:
        return None
    return {row["type"]: (row["customers"], from_minor(row["monetary"])) for row in found.rows}


def _grid(run: RfmRun, cells: Mapping[str, tuple[int, Decimal]], *, newest: bool) -> dict[str, Any]:
    """Return rows of cells, and what the important customers amount to."""
    bought = {key: value for key, value in cells.items() if key != NEVER_BOUGHT}
    people = sum(count for count, _money in bought.values())
    money = sum((amount for _count, amount in bought.values()), Decimal(0))
    rows = [
        (name, [_cell(TYPES[near, often, high], bought, money, _list(run, TYPES[near, often, high], newest=newest))
                for near, often, _head in COLUMNS])
        for high, name in ROWS
    ]  # fmt: skip
    important = [bought.get(key, (0, Decimal(0))) for key in IMPORTANT]
    important_people = sum(count for count, _money in important)
    important_money = sum((amount for _count, amount in important), Decimal(0))
    return {
        "rows": rows,
        "heads": [head for _near, _often, head in COLUMNS],
        "people": people,
        "never_bought": cells.get(NEVER_BOUGHT, (0, Decimal(0)))[0],
        "never_url": _list(run, NEVER_BOUGHT, newest=True) if newest else "",
        "important": important_people,
        "important_share": _percent(Decimal(important_people), Decimal(people)),
        "important_money_share": _percent(important_money, money),
    }


def _list(run: RfmRun, key: str, *, newest: bool) -> str:
    """Return the list behind a cell: the customers by the newest run, or those of the day of an older one."""
    if newest:
        return f"{url_of('customers.list')}?rfm={key}"
    return f"{reverse('insight.rfm_type', kwargs={'type_key': key})}?as_of={run.as_of.isoformat()}"


def _cell(key: str, cells: Mapping[str, tuple[int, Decimal]], whole: Decimal, url: str) -> Cell:
    count, money = cells.get(key, (0, Decimal(0)))
    return Cell(str(LABELS[key]), DEPTHS.get(key, "h0"), count, money, _percent(money, whole), url)


def _frame(run: RfmRun) -> dict[str, Any]:
    """Return the day, the lines and the freshness that every page of a run states."""
    lines = run.thresholds
    today = clock.today()
    return {
        "run": run,
        "method": METHODS[run.method],
        "as_of": run.as_of,
        "today": today,
        "thresholds": {name: figure(name, getattr(lines, name)) for name in MEASURES},
        "stale": run.as_of < today or clock.now() - run.copied_to > STALE_AFTER,
    }


def _crumbs() -> list[tuple[str, str]]:
    return [(_("Insight"), reverse("insight.rfm"))]


def _cursor(money: Decimal, customer_id: int) -> str:
    return f"{to_minor(money)}.{ids.show(customer_id)}"


def _percent(part: Decimal, whole: Decimal) -> str:
    return f"{part / whole * 100:.1f}%" if whole else "0%"


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadQuery(_("“%(text)s” is not a day.") % {"text": text[:20]}) from error


def _after(text: str) -> tuple[Decimal, int] | None:
    if not text:
        return None
    try:
        minor, shown = text.split(".")
        return from_minor(int(minor)), ids.read(shown)
    except ValueError as error:
        raise BadQuery(_("This page of the list cannot be found any more.")) from error
