"""What every surface knows about suggestions, meetings of the file and their lines."""

from django.utils.translation import gettext_lazy as _

from kedang.areas.reviews import services, suggesting  # noqa: F401
from kedang.areas.reviews.models import Meeting, ReviewLine, Suggestion
from kedang.engine.records.types import Panel, RecordType, register
from kedang.kernel.actor import Mode

SUGGESTION = register(
    RecordType(
        model=Suggestion,
        plural="suggestions",
        label=_("Suggestion"),
        label_plural=_("Suggestions"),
        title="subject",
        subtitle="customer",
        icon="chat",
        nav="archive",
        order=20,
        creatable=False,
        pills=("state_key", "kind_key"),
        columns=("subject", "customer", "suggested_by", "state_key", "reason", "owner", "created_at"),
        filters=("state_key", "customer", "suggested_by", "owner", "kind_key", "created_at"),
        sorts=("created_at",),
        panels=(
            Panel(
                _("Suggestion"),
                ("customer", "named", "told", "reason", "evidence", "suggested_by", "created_at"),
            ),
            Panel(_("Decision"), ("state_key", "answer", "decided_by", "decided_at")),
        ),
        # the values are shown by the page, each as far as its reader may read the field of the file
        guards={"changes": Mode.HIDE},
        choices={"state_key": "suggestion_state", "kind_key": "suggestion_kind"},
        natural=("subject", "named"),
    )
)

MEETING = register(
    RecordType(
        model=Meeting,
        plural="meetings",
        label=_("Meeting of the file"),
        label_plural=_("Meetings of the file"),
        title="title",
        subtitle="unit",
        icon="people",
        nav="archive",
        order=30,
        pills=("kind_key", "state_key"),
        columns=("title", "kind_key", "unit", "state_key", "as_of", "held_on", "owner", "closed_at"),
        filters=("kind_key", "state_key", "unit", "owner", "starts_on"),
        sorts=("starts_on",),
        panels=(
            Panel(
                _("Meeting of the file"),
                ("starts_on", "ends_on", "as_of", "held_on", "attendees", "decided_by"),
            ),
            Panel(_("Minutes"), ("minutes",)),
        ),
        form=(
            Panel(_("Meeting of the file"), ("kind_key", "starts_on", "held_on", "attendees")),
            Panel(_("Minutes"), ("minutes",)),
        ),
        required=("kind_key", "starts_on"),
        choices={"kind_key": "meeting_kind", "state_key": "meeting_state"},
        natural=("title", "kind_key"),
        prepare=(services.tidy_meetings,),
    )
)

LINE = register(
    RecordType(
        model=ReviewLine,
        plural="review-lines",
        label=_("Line of a meeting"),
        label_plural=_("Lines of meetings"),
        title="title",
        subtitle="customer",
        icon="rows",
        order=40,
        creatable=False,
        pills=("section_key", "state_key"),
        columns=(
            "title", "customer", "section_key", "state_key", "level_from_key", "level_to_key", "decision", "due_on",
            "owner",
        ),
        filters=("section_key", "state_key", "customer", "owner", "due_on", "level_to_key", "created_at"),
        sorts=("due_on", "created_at"),
        panels=(
            Panel(_("Line"), ("customer", "section_key", "level_from_key", "level_to_key")),
            Panel(_("Decision"), ("state_key", "decision", "due_on", "decided_by", "done_at")),
        ),
        choices={
            "section_key": "review_section", "state_key": "review_state", "level_from_key": "level",
            "level_to_key": "level",
        },
        natural=("title", "section_key"),
        prepare=(services.keep_closed,),
    )
)  # fmt: skip
