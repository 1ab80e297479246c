"""The security log, for administrators: who signed in, who was refused, who looked, revealed and took out."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from kedang.engine.identity.models import User
from kedang.engine.ledger.models import AccessLog
from kedang.engine.records.types import ADMINISTERED, RECORDS
from kedang.engine.request import KedangRequest
from kedang.kernel import ids
from kedang.kits.web.pages import pk_of, query_with, record_url, show, signed_in
from kedang.kits.web.tabs import frame

PAGE = 50
KINDS: dict[str, Any] = {
    "sign_in": _("signed in"), "sign_in_failed": _("could not sign in"), "sign_out": _("signed out"),
    "refused": _("was refused"), "look": _("looked at another’s file"), "reveal": _("revealed a masked value"),
    "export": _("took rows out"), "on_file": _("met a record of others"), "password": _("set a new password"),
    "factor_on": _("switched the second factor on"), "factor_off": _("switched the second factor off"),
    "factor_codes": _("made new recovery codes"), "key_made": _("made a key for a program"),
    "key_ended": _("ended a key for a program"), "backup": _("made a backup"), "print": _("printed a file"),
    "copy": _("gave a person a copy"),
    "seal": _("sealed a person"), "unseal": _("put a sealed person back"), "sealed_look": _("read a seal"),
    "erase": _("erased a file"), "leak": _("drew up a report on a leak"),
}  # fmt: skip
HOT = frozenset({"refused", "sign_in_failed"})


@require_GET
@signed_in
def page(request: KedangRequest) -> HttpResponse:
    """Show the newest lines, narrowed to a person or a kind."""
    context = frame(request, "log")
    kind, who, after = (request.GET.get(name, "") for name in ("kind", "who", "after"))
    rows = AccessLog.objects.all()
    person = None
    if who:
        person = User.objects.filter(pk=pk_of(who)).first()
        rows = rows.filter(user_id=pk_of(who))
    if kind in KINDS:
        rows = rows.filter(kind=kind)
    if after:
        rows = rows.filter(pk__lt=pk_of(after))
    found = list(rows.order_by("-pk")[: PAGE + 1])
    lines = [(row, KINDS.get(row.kind, row.kind), row.kind in HOT, *_target(row)) for row in found[:PAGE]]
    more = f"?{query_with(request, after=ids.show(found[PAGE - 1].pk))}" if len(found) > PAGE else ""
    return show(
        request, "web/settings/log.html", lines=lines, more=more, kinds=list(KINDS.items()), kind=kind, who=who,
        person=person, **context,
    )  # fmt: skip


def _target(row: AccessLog) -> tuple[Any, str]:
    """Return what kind of record a line is about and where it stands; its name is for who may see it there."""
    kind = RECORDS.get(row.record)
    if kind is None:
        managed = ADMINISTERED.get(row.record)
        return (managed.label if managed and row.record != "engine.user" else ""), ""
    return kind.label, record_url(kind, row.record_id) if row.record_id else ""
