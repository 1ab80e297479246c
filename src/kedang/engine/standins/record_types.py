"""Who stands in for whom, as a record like any other: seen on the administrative line."""

from django.utils.translation import gettext_lazy as _

from kedang.engine.identity.models import StandIn
from kedang.engine.records.types import Panel, RecordType, register
from kedang.engine.standins import services
from kedang.kernel.actor import Line

WHOLE = ("deputy", "starts_on", "ends_on", "reason")

STANDIN = register(
    RecordType(
        model=StandIn,
        plural="stand-ins",
        label=_("Stand-in"),
        label_plural=_("Stand-ins"),
        title="reason",
        icon="people",
        nav="me",
        order=60,
        columns=("reason", "owner", "deputy", "starts_on", "ends_on", "ended_on"),
        filters=("owner", "deputy", "starts_on", "ends_on"),
        sorts=("starts_on", "ends_on"),
        panels=(Panel(_("Stand-in"), ("owner", *WHOLE, "ended_on")),),
        form=(Panel(_("Stand-in"), WHOLE),),
        required=WHOLE,
        line=Line.ADMINISTRATIVE,
        natural=("owner", "deputy", "starts_on"),
        prepare=(services.check,),
        on_store=(services.tell_directory,),
    )
)
