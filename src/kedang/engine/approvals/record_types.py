"""Approvals are records like any other: seen by who asked and by the managers of the unit."""

from django.utils.translation import gettext_lazy as _

from kedang.engine.approvals.models import Approval
from kedang.engine.records.types import Panel, RecordType, register

APPROVAL = register(
    RecordType(
        model=Approval,
        plural="approvals",
        label=_("Approval"),
        label_plural=_("Approvals"),
        title="subject",
        icon="inbox",
        nav="desk",
        order=20,
        creatable=False,
        choices={"state": "approval_state"},
        columns=("subject", "action", "state", "owner", "reason", "created_at", "decided_by", "decided_at"),
        filters=("state", "owner"),
        sorts=("created_at",),
        pills=("state",),
        panels=(
            Panel(
                _("Request"),
                ("subject", "action", "owner", "reason", "state", "decided_by", "decided_at", "note"),
            ),
        ),
        natural=("record", "subject", "action"),
    )
)
