"""What every surface knows about tasks, visits, promises and pocket cards."""

from django.utils.translation import gettext_lazy as _

from kedang.areas.engagement import services, visiting
from kedang.areas.engagement.models import Card, Promise, Task, Visit
from kedang.engine.records.types import Panel, RecordType, Related, register
from kedang.kernel.actor import Mode

TASK = register(
    RecordType(
        model=Task,
        plural="tasks",
        label=_("Task"),
        label_plural=_("Tasks"),
        title="title",
        subtitle="customer",
        icon="check",
        nav="desk",
        order=15,
        pills=("state_key", "priority_key"),
        columns=("title", "customer", "due_on", "due_time", "priority_key", "kind_key", "state_key", "owner"),
        filters=("state_key", "due_on", "customer", "owner", "kind_key", "priority_key"),
        sorts=("due_on", "changed_at"),
        search={"title": "words"},
        panels=(
            Panel(_("Task"), ("title", "customer", "kind_key", "priority_key", "state_key", "done_at")),
            Panel(_("Due"), ("due_on", "due_time", "due_days", "put_off")),
            Panel(_("Remarks"), ("remarks",)),
        ),
        form=(
            Panel(_("Task"), ("title", "customer", "kind_key", "priority_key")),
            Panel(_("Due"), ("due_on", "due_time", "due_days")),
            Panel(_("Remarks"), ("remarks",)),
        ),
        required=("title",),
        choices={"kind_key": "task_kind", "priority_key": "task_priority", "state_key": "task_state"},
        natural=("title", "due_on"),
        timeline="task",
        prepare=(services.tidy_tasks,),
    )
)

VISIT = register(
    RecordType(
        model=Visit,
        plural="visits",
        label=_("Visit"),
        label_plural=_("Visits and calls"),
        title="purpose",
        subtitle="customer",
        icon="visit",
        nav="customers",
        order=30,
        pills=("state_key", "kind_key"),
        columns=(
            "purpose",
            "customer",
            "kind_key",
            "planned_on",
            "planned_time",
            "state_key",
            "next_step",
            "owner",
        ),
        filters=(
            "state_key",
            "kind_key",
            "planned_on",
            "done_on",
            "customer",
            "owner",
            "made_by",
            "mood_key",
        ),
        sorts=("planned_on", "done_on", "changed_at"),
        usual_sort="-planned_on",
        search={"purpose": "words"},
        panels=(
            Panel(_("Visit"), ("customer", "kind_key", "planned_on", "planned_time", "contact", "state_key")),
            Panel(_("Preparation"), ("purpose", "topics", "questions")),
            Panel(
                _("Minutes"),
                ("done_on", "made_by", "result", "mood_key", "next_step", "next_step_on", "rivals"),
            ),
            Panel(_("Check-in"), ("checked_in_at", "place", "card", "line_no")),
        ),
        form=(
            Panel(_("Visit"), ("customer", "kind_key", "planned_on", "planned_time", "contact")),
            Panel(_("Preparation"), ("purpose", "topics", "questions")),
        ),
        required=("customer", "kind_key", "planned_on", "purpose"),
        choices={"kind_key": "contact_way", "state_key": "visit_state", "mood_key": "visit_mood"},
        guards={"place": Mode.HIDE},
        related=(Related("engagement.promise", "visit"),),
        natural=("customer", "planned_on", "purpose"),
        timeline="visit",
        timeline_at="planned_on",
        prepare=(visiting.tidy_visits,),
    )
)

PROMISE = register(
    RecordType(
        model=Promise,
        plural="promises",
        label=_("Promise"),
        label_plural=_("Promises"),
        title="wording",
        subtitle="customer",
        icon="sign",
        nav="customers",
        order=32,
        pills=("state_key", "by_key"),
        columns=("wording", "customer", "by_key", "due_on", "state_key", "closed_on", "owner"),
        filters=("state_key", "by_key", "due_on", "customer", "owner", "visit"),
        sorts=("due_on", "changed_at"),
        search={"wording": "words"},
        panels=(
            Panel(
                _("Promise"),
                ("customer", "visit", "wording", "by_key", "due_on", "state_key", "closed_on", "remarks"),
            ),
        ),
        form=(Panel(_("Promise"), ("customer", "visit", "wording", "by_key", "due_on", "remarks")),),
        required=("customer", "wording", "by_key", "due_on"),
        choices={"by_key": "promise_by", "state_key": "promise_state"},
        natural=("customer", "wording", "due_on"),
        timeline="promise",
        prepare=(visiting.check_promises,),
    )
)

CARD = register(
    RecordType(
        model=Card,
        plural="cards",
        label=_("Pocket card"),
        label_plural=_("Pocket cards"),
        title="number",
        subtitle="customer",
        icon="clip",
        nav="customers",
        order=34,
        pills=("state_key",),
        columns=("customer", "number", "lines_used", "last_on", "next_step", "state_key", "owner"),
        filters=("state_key", "customer", "owner", "last_on", "closed_on"),
        sorts=("last_on", "changed_at"),
        panels=(
            Panel(
                _("Pocket card"),
                (
                    "customer",
                    "number",
                    "lines_used",
                    "last_on",
                    "next_step",
                    "state_key",
                    "closed_on",
                    "findings",
                    "remarks",
                ),
            ),
        ),
        form=(Panel(_("Pocket card"), ("customer", "remarks")),),
        required=("customer",),
        choices={"state_key": "card_state"},
        related=(Related("engagement.visit", "card"),),
        natural=("customer", "number"),
        prepare=(visiting.number_cards,),
    )
)
