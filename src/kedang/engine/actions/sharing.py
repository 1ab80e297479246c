"""Open one record to a colleague, for good or until a day, and close it again. Both stand in the history."""

from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext as _

from kedang.engine.actions.work import Work
from kedang.engine.identity.models import RecordShare, User
from kedang.engine.scope.models import ScopedModel
from kedang.engine.scope.reach import record_key
from kedang.kernel import clock
from kedang.kernel.errors import Invalid, Problem

MOST = 25


def share(work: Work, record: ScopedModel, user_id: int, *, may_change: bool, until: date | None) -> None:
    """Let a colleague see one record, or change it too; the last day counts. Raise Invalid for nobody."""
    colleague = User.objects.filter(pk=user_id, is_active=True).first()
    if colleague is None or colleague.pk == record.owner_id:
        text = _("Choose a colleague who still works here and is not the owner.")
        raise Invalid(text, [Problem("user", text)])
    if until is not None and until < clock.today():
        raise Invalid(_("This day has passed."), [Problem("until", _("This day has passed."))])
    rows = RecordShare.objects.filter(record=record_key(type(record)), record_id=record.pk)
    if rows.count() >= MOST:
        raise Invalid(_("At most %(most)s colleagues can work on one record.") % {"most": MOST})
    level = "change" if may_change else "view"
    end = datetime.combine(until + timedelta(days=1), time(), tzinfo=clock.ZONE) if until else None
    RecordShare.objects.update_or_create(
        record=record_key(type(record)), record_id=record.pk, user=colleague,
        kind="access" if until else "collaborator",
        defaults={"level": level, "until": end, "reason": work.reason[:200], "given_by_id": work.actor.user_id,
                  "given_at": clock.now()},
    )  # fmt: skip
    work.note(record, "shared", None, [str(colleague), level, until.isoformat() if until else ""])


def unshare(work: Work, record: ScopedModel, user_id: int) -> None:
    """Close a record to a colleague it was opened to. Raise Invalid when it was not."""
    rows = RecordShare.objects.filter(record=record_key(type(record)), record_id=record.pk, user=user_id)
    found = rows.select_related("user").first()
    if found is None:
        text = _("This record is not open to that colleague.")
        raise Invalid(text, [Problem("user", text)])
    rows.delete()
    work.note(record, "shared", [str(found.user), found.level, ""], None)
