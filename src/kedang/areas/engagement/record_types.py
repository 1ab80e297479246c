"""What every surface knows about tasks."""

from django.utils.translation import gettext_lazy as _

from kedang.areas.engagement import services
from kedang.areas.engagement.models import Task
from kedang.engine.records.types import Panel, RecordType, register

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
