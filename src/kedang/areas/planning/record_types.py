"""What every surface knows about the lines of a sales task."""

from django.utils.translation import gettext_lazy as _

from kedang.areas.planning import services
from kedang.areas.planning.models import SalesLine
from kedang.engine.records.types import Panel, RecordType, register

SALES_LINE = register(
    RecordType(
        model=SalesLine,
        plural="sales-lines",
        label=_("Line of the sales task"),
        label_plural=_("Lines of sales tasks"),
        title="title",
        subtitle="customer",
        icon="rows",
        order=52,
        pills=("state_key",),
        columns=("title", "customer", "target", "done_amount", "state_key", "remedy_due_on", "owner"),
        filters=("state_key", "month_on", "customer", "owner", "target", "remedy_due_on"),
        sorts=("month_on", "target", "remedy_due_on"),
        panels=(
            Panel(_("Sales task"), ("customer", "month_on", "target", "remarks")),
            Panel(
                _("Result"),
                (
                    "state_key",
                    "done_amount",
                    "closed_on",
                    "asked_on",
                    "remedy_due_on",
                    "remedy",
                    "answered_on",
                ),
            ),
        ),
        form=(Panel(_("Sales task"), ("customer", "month_on", "target", "remarks")),),
        required=("customer", "month_on", "target"),
        choices={"state_key": "sales_line_state"},
        natural=("customer", "month_on"),
        timeline="sales-line",
        prepare=(services.tidy_lines,),
    )
)
