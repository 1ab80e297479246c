"""Stand in for a colleague who is away: what it takes, and how everybody learns of it at the next request."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.engine.actions.drafts import Draft
from kedang.engine.actions.registry import action
from kedang.engine.actions.work import Work
from kedang.engine.identity import absences
from kedang.engine.identity.actors import absence_of
from kedang.engine.identity.models import StandIn, User
from kedang.engine.identity.stamps import bump
from kedang.kernel import clock
from kedang.kernel.errors import RuleBroken

FAULTS_OF_DAYS = frozenset({"order", "past", "long"})


def check(work: Work, drafts: list[Draft]) -> None:
    """Refuse what cannot be: oneself, somebody who left or is away too, days that passed or run backwards."""
    people = {pk for draft in drafts for pk in (draft.record.owner_id, draft.record.deputy_id)}  # type: ignore[attr-defined]
    known = StandIn.objects.unscoped(because="absences that bear on another one")
    rows = known.filter(archived_at=None, owner__in=people - {None}) | known.filter(
        archived_at=None, deputy__in=people - {None}
    )
    stored = {row.pk: absence_of(row) for row in rows}
    working = set(User.objects.filter(pk__in=people, is_active=True).values_list("pk", flat=True))
    for draft in drafts:
        _check(draft, stored, working)


def _check(draft: Draft, stored: dict[int, absences.Absence], working: set[int]) -> None:
    row: Any = draft.record
    if not draft.alters("owner", "deputy", "starts_on", "ends_on") or None in (row.starts_on, row.ends_on):
        return
    if row.owner_id is None:
        draft.refuse("owner", _("Say who is away."), "required")
    elif row.deputy_id is not None and row.deputy_id not in working:
        draft.refuse("deputy", _("Choose somebody who still works here."))
    elif row.deputy_id is not None:
        others = [absence for pk, absence in stored.items() if pk != row.pk]
        fault = absences.fault_of(absence_of(row), others, clock.today())
        if fault:
            draft.refuse("ends_on" if fault in FAULTS_OF_DAYS else "deputy", _words(fault), fault)


def tell_directory(work: Work, drafts: list[Draft]) -> None:
    """Make an absence count at the next request of everybody."""
    bump("identity")


@action("engine.standin.end", record=StandIn, label=gettext_lazy("End today"), icon="check")
def end(work: Work, standin: StandIn) -> None:
    """The colleague is back: yesterday was the last day."""
    yesterday = clock.today() - timedelta(days=1)
    if standin.ends_on <= yesterday:
        raise RuleBroken(_("This has ended already."))
    standin.ended_on = clock.today()
    work.save(standin)


def _words(fault: str) -> str:
    match fault:
        case "self":
            return _("Nobody stands in for themselves.")
        case "order":
            return _("The last day lies before the first.")
        case "past":
            return _("These days have passed.")
        case "long":
            return _("At most a year; whoever leaves hands over.")
        case "twice":
            return _("They stand in on some of these days already.")
    return _("They are away on some of these days themselves.")
