"""What every surface knows about handovers."""

from django.utils.translation import gettext_lazy as _

from kedang.areas.team import services
from kedang.areas.team.models import Handover
from kedang.engine.records.types import Panel, RecordType, register
from kedang.kernel.actor import Line

HANDOVER = register(
    RecordType(
        model=Handover,
        plural="handovers",
        label=_("Handover"),
        label_plural=_("Handovers"),
        title="reason",
        icon="swap",
        nav="me",
        order=70,
        pills=("state_key",),
        columns=("reason", "leaver", "receiver", "state_key", "owner", "created_at", "finished_at"),
        filters=("leaver", "receiver", "state_key", "owner"),
        sorts=("created_at",),
        panels=(
            Panel(_("Handover"), ("leaver", "receiver", "reason", "owner", "created_at", "finished_at")),
        ),
        form=(Panel(_("Handover"), ("leaver", "receiver", "reason")),),
        required=("leaver", "receiver", "reason"),
        choices={"state_key": "handover_state"},
        line=Line.ADMINISTRATIVE,
        natural=("leaver", "receiver", "reason"),
        prepare=(services.check,),
    )
)
