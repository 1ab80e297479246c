"""What every save of a view checks."""

from django.http import QueryDict
from django.utils.translation import gettext as _

from kedang.engine.actions.drafts import Draft
from kedang.engine.actions.work import Work
from kedang.engine.identity.models import Role
from kedang.engine.records.types import RECORDS
from kedang.engine.records.values import UNSTORABLE
from kedang.engine.views.models import AUDIENCES, EVERYONE

PASSING = ("after", "before", "view")
MOST_PARAMETERS = 100


def tidy(work: Work, drafts: list[Draft]) -> None:
    """Keep of an address what a view is, and refuse a list, an audience or a role that is none."""
    for draft in drafts:
        if draft.alters("record") and not work.actor.may(draft.value("record"), "view"):
            draft.refuse("record", _("There is no such list, or it is not yours to see."))
        if draft.alters("query"):
            _address(draft)
        if draft.alters("audience") and draft.value("audience") not in AUDIENCES:
            draft.refuse("audience", _("A view is your own, your unit's or everyone's."))
        if draft.value("default_for") and draft.alters("default_for", "audience"):
            _default(work, draft)


def _address(draft: Draft) -> None:
    text = str(draft.value("query")).lstrip("?")
    if UNSTORABLE.search(text):
        draft.refuse("query", _("This is not the address of a list."))
        return
    try:
        asked = QueryDict(text, mutable=True)
    except ValueError:
        draft.refuse("query", _("This is not the address of a list."))
        return
    for name in PASSING:
        asked.pop(name, None)
    if len(asked) > MOST_PARAMETERS or draft.value("record") not in RECORDS:
        draft.refuse("query", _("This is not the address of a list."))
    draft.record.query = asked.urlencode()  # type: ignore[attr-defined]


def _default(work: Work, draft: Draft) -> None:
    grant = work.actor.grant("engine.savedview", "change")
    if grant is None or not grant.everything:
        draft.refuse("default_for", _("Only an administrator says what a role sees first."))
    elif draft.value("audience") != EVERYONE:
        draft.refuse("default_for", _("The default of a role is a view for everyone."))
    elif not Role.objects.filter(key=draft.value("default_for")).exists():
        draft.refuse("default_for", _("There is no such role."))
