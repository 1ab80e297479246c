"""Export exactly the view somebody looks at: the same rows or those ticked, the columns they may see, masks kept."""

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods

from kedang.engine.exchange.exports import export_rows
from kedang.engine.records.access import visible_fields
from kedang.engine.records.queries import ordered
from kedang.engine.records.types import RecordType
from kedang.engine.request import KedangRequest
from kedang.kernel import clock
from kedang.kits.web import columns, views
from kedang.kits.web.pages import pk_of, signed_in
from kedang.kits.web.rows import SIZES, asked, narrowed


@require_http_methods(["GET", "POST"])
@signed_in
def export(request: KedangRequest, kind: RecordType) -> HttpResponseBase:
    """Stream the rows of a view as CSV, within the day's limit of the role; who took how much out is written down."""
    actor = request.actor
    asking = asked(actor, kind, request.GET, frozenset({"all", "mine"}))
    found = narrowed(actor, kind, asking)
    if request.method == "POST" and request.POST.get("all") != "1":
        found = found.filter(pk__in=[pk_of(text) for text in request.POST.getlist("id")[: SIZES[-1]]])
    rows = ordered(kind, found, asking.sort)
    shown = columns.chosen(request, kind, views.habit_of(actor, kind))
    names = [spec.name for spec in visible_fields(actor, kind, dict.fromkeys((kind.title, *shown)))]
    taken = export_rows(
        actor, kind, fields=names, rows=rows, order=rows.query.order_by, reason=request.GET.urlencode()
    )
    response = StreamingHttpResponse(taken.stream_csv(), content_type="text/csv; charset=utf-8")
    name = f"{kind.plural}-{clock.today().isoformat()}.csv"
    response.headers["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=name) or "attachment"
    )
    response.headers["Cache-Control"] = "no-store"
    return response
