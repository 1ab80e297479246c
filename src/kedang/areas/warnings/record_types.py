"""What every surface knows about warnings and their rules."""

from django.utils.translation import gettext_lazy as _

from kedang.areas.warnings import services
from kedang.areas.warnings.models import Rule, Warning
from kedang.engine.records.types import Panel, RecordType, register
from kedang.kernel.actor import Line

HANDLING = ("cause_key", "investigation", "measure", "result", "closed_on")

WARNING = register(
    RecordType(
        model=Warning,
        plural="warnings",
        label=_("Warning"),
        label_plural=_("Warnings"),
        title="title",
        subtitle="customer",
        icon="warn",
        nav="control",
        order=10,
        pills=("level_key", "state_key"),
        columns=(
            "title",
            "customer",
            "level_key",
            "state_key",
            "reason",
            "due_on",
            "owner",
            "found_on",
            "times",
        ),
        filters=("state_key", "level_key", "rule", "customer", "owner", "due_on", "found_on", "cause_key"),
        sorts=("due_on", "found_on"),
        panels=(
            Panel(_("Warning"), ("customer", "rule", "owner", "happened_on", "found_on", "as_of")),
            Panel(_("Deadline"), ("due_on", "taken_on", "escalated_on", "escalated_to")),
            Panel(_("Repeats"), ("times", "seen_on", "cleared_on", "before")),
            Panel(_("What was done"), HANDLING),
        ),
        form=(Panel(_("What happened"), ("customer", "rule", "reason", "happened_on")),),
        required=("customer", "rule", "reason"),
        choices={"level_key": "warning_level", "state_key": "warning_state", "cause_key": "warning_cause"},
        natural=("customer", "title", "found_on"),
        silent=("figures", "open_key"),
        timeline="warning",
        prepare=(services.tidy_warnings, services.refuse_repeats),
        on_store=(services.tell_owners,),
    )
)

RULE = register(
    RecordType(
        model=Rule,
        plural="warning-rules",
        label=_("Warning rule"),
        label_plural=_("Warning rules"),
        icon="warn",
        order=90,
        pills=("kind_key", "level_key"),
        columns=("name", "kind_key", "level_key", "when", "days", "in_use", "changed_at"),
        filters=("kind_key", "level_key", "in_use"),
        sorts=("changed_at",),
        panels=(
            Panel(_("Warning rule"), ("name", "kind_key", "in_use")),
            Panel(_("When it warns"), ("when", "level_key", "red_when", "says")),
            Panel(_("What follows"), ("days", "task", "quiet_days")),
        ),
        form=(
            Panel(_("Warning rule"), ("name", "kind_key", "in_use")),
            Panel(_("When it warns"), ("when", "level_key", "red_when", "says")),
            Panel(_("What follows"), ("days", "task", "quiet_days")),
        ),
        required=("name", "kind_key", "level_key", "days"),
        choices={"kind_key": "warning_kind", "level_key": "warning_level"},
        line=Line.ADMINISTRATIVE,
        natural=("name",),
        prepare=(services.check_rules,),
    )
)
