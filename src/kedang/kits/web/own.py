"""One's own open sessions and one's own keys for programs."""

from datetime import datetime, time, timedelta

from django.contrib.auth import logout
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kedang.engine.administration import sessions
from kedang.engine.administration.door import PERSON, address_of
from kedang.engine.identity import tokens
from kedang.engine.identity.models import ApiToken, User
from kedang.engine.ledger import looks
from kedang.engine.records.values import UNSTORABLE
from kedang.engine.request import KedangRequest
from kedang.kernel import clock
from kedang.kernel.errors import LimitReached, NotVisible
from kedang.kits.web.pages import absent_text, leave, pk_of, show, signed_in
from kedang.kits.web.tabs import frame

MOST_KEYS = 20
LIVES = (30, 90, 365)
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"),
           ("Linux", "Linux"))  # fmt: skip
BROWSERS = (("MicroMessenger", "微信"), ("wxwork", "企业微信"), ("Edg/", "Edge"), ("Firefox", "Firefox"),
            ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip


@never_cache
@require_GET
@signed_in
def open_sessions(request: KedangRequest) -> HttpResponse:
    """List where the reader is signed in."""
    rows = sessions.open_ones(_person(request))
    found = [(row, device(row.agent), row.session_key == request.session.session_key) for row in rows]
    return show(request, "web/settings/sessions.html", rows=found, **frame(request, "sessions"))


@require_POST
@signed_in
def end_session(request: KedangRequest) -> HttpResponse:
    """End one session, or all but this one."""
    user, wanted = _person(request), request.POST.get("one", "")
    mine = str(request.session.session_key)
    if not wanted:
        count = sessions.end(user, but=mine)
        looks.note(request.actor, "sign_out", PERSON, user.pk, rows=count, address=address_of(request))
        return leave(
            request, reverse("settings.sessions"), _("%(count)s other sessions ended.") % {"count": count}
        )
    row = user.sign_ins.filter(pk=pk_of(wanted)).first()
    if row is None:
        raise NotVisible(absent_text())
    if row.session_key == mine:
        logout(request)
        return leave(request, reverse("account_login"))
    sessions.end(user, one=row.pk)
    looks.note(request.actor, "sign_out", PERSON, user.pk, rows=1, address=address_of(request))
    return leave(request, reverse("settings.sessions"), _("That session has ended."))


@never_cache
@require_http_methods(["GET", "POST"])
@signed_in
def keys(request: KedangRequest) -> HttpResponse:
    """List the reader's keys; make one, which is shown in this answer and never again."""
    user, fresh, problem = _person(request), "", ""
    if request.method == "POST":
        name = request.POST.get("name", "").strip()[:60]
        days = request.POST.get("days", "")
        living = ApiToken.objects.filter(user=user, revoked_at=None).count()
        if living >= MOST_KEYS:
            raise LimitReached(_("At most %(most)s keys at a time; revoke one first.") % {"most": MOST_KEYS})
        if not name or UNSTORABLE.search(name):
            problem = _("Say what the key is for.")
        elif days not in {str(one) for one in LIVES}:
            problem = _("Choose how long the key lives.")
        else:
            end = clock.today() + timedelta(days=int(days) + 1)
            until = datetime.combine(end, time(), tzinfo=clock.ZONE)
            fresh = tokens.issue(user, name, read_only=request.POST.get("write") != "1", expires_at=until)
            looks.note(request.actor, "key_made", PERSON, user.pk, reason=name, address=address_of(request))
    rows = ApiToken.objects.filter(user=user).order_by("-pk")[:100]
    now = clock.now()
    found = [
        (row, row.revoked_at is None and (row.expires_at is None or row.expires_at > now)) for row in rows
    ]
    return show(
        request, "web/settings/keys.html", status=422 if problem else 200, rows=found, fresh=fresh, problem=problem,
        name=request.POST.get("name", "") if problem else "", lives=LIVES, **frame(request, "keys"),
    )  # fmt: skip


@require_POST
@signed_in
def revoke_key(request: KedangRequest, pk: str) -> HttpResponse:
    """End one of the reader's own keys at once."""
    rows = ApiToken.objects.filter(user=request.actor.user_id, pk=pk_of(pk), revoked_at=None)
    row = rows.first()
    if row is None:
        raise NotVisible(absent_text())
    rows.update(revoked_at=clock.now())
    looks.note(request.actor, "key_ended", PERSON, row.user_id, reason=row.name, address=address_of(request))
    return leave(
        request,
        reverse("settings.keys"),
        _("The key “%(name)s” opens nothing any more.") % {"name": row.name},
    )


def device(agent: str) -> str:
    """Return in a few words what a session was opened with."""
    system = next((word for mark, word in SYSTEMS if mark in agent), "")
    browser = next((word for mark, word in BROWSERS if mark.lower() in agent.lower()), "")
    return " · ".join(word for word in (browser, system) if word) or _("a program")


def _person(request: KedangRequest) -> User:
    user = request.user
    assert isinstance(user, User)
    return user
