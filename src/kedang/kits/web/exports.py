"""Export exactly the view somebody looks at: the same rows, the columns they may see, masks kept."""

from collections.abc import Iterator
from typing import Any

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kedang.engine.exchange.writer import csv_chunks
from kedang.engine.ledger import looks
from kedang.engine.records.access import shown, visible_fields
from kedang.engine.records.queries import ordered
from kedang.engine.records.types import RecordType
from kedang.engine.request import KedangRequest
from kedang.kernel import clock
from kedang.kernel.errors import LimitReached, NotAllowed
from kedang.kits.web.pages import signed_in
from kedang.kits.web.rows import asked, narrowed


@require_GET
@signed_in
def export(request: KedangRequest, kind: RecordType) -> HttpResponseBase:
    """Stream the rows of a view as CSV, within the role's limit; who took how much out is written down."""
    actor = request.actor
    if not actor.may(kind.key, "export"):
        raise NotAllowed(_("Your role does not allow this."))
    asking = asked(actor, kind, request.GET, frozenset({"all", "mine"}))
    rows = narrowed(actor, kind, asking, "export")
    most = int(actor.limit("export_rows"))
    found = rows.order_by()[: most + 1].count()
    if found > most:
        text = _("Your role may take out %(most)s rows at once; this view holds more. Narrow it first.")
        raise LimitReached(text % {"most": most}, limit="export_rows", quota=most)
    specs = visible_fields(actor, kind, dict.fromkeys((kind.title, *kind.columns)))
    looks.note(actor, "export", kind.key, rows=found, reason=request.GET.urlencode()[:300])
    related = kind.needs_select(tuple(spec.name for spec in specs))
    chosen = ordered(kind, rows, asking.sort)
    chosen = chosen.select_related(*related) if related else chosen

    def cells() -> Iterator[list[Any]]:
        for row in chosen.iterator(chunk_size=500):
            values = [shown(actor, kind, row, spec.name) for spec in specs]
            yield [_cell(value) for value in values]

    response = StreamingHttpResponse(
        csv_chunks([str(spec.label) for spec in specs], cells()), content_type="text/csv; charset=utf-8"
    )
    name = f"{kind.plural}-{clock.today().isoformat()}.csv"
    response.headers["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=name) or "attachment"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _cell(value: Any) -> Any:
    if value.masked or value.spec.points_at or value.spec.choice_list or value.spec.kind == "boolean":
        return value.text
    return value.value
