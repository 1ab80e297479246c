"""Saved views as records: seen by who made them, and by those they are for."""

from django.utils.translation import gettext_lazy as _

from kedang.engine.records.types import Panel, RecordType, register
from kedang.engine.views import services
from kedang.engine.views.models import SavedView

SAVED_VIEW = register(
    RecordType(
        model=SavedView,
        plural="views",
        label=_("View"),
        label_plural=_("Views"),
        icon="rows",
        order=900,
        choices={"audience": "view_audience"},
        columns=("name", "record", "audience", "owner", "changed_at"),
        filters=("record", "audience", "owner"),
        sorts=("name", "changed_at"),
        panels=(Panel(_("View"), ("name", "record", "query", "audience", "default_for", "place", "owner")),),
        form=(Panel(_("View"), ("name", "record", "query", "audience", "default_for", "place")),),
        required=("name", "record"),
        natural=("record", "name"),
        prepare=(services.tidy,),
    )
)
