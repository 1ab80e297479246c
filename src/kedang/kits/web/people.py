"""People, for administrators: who works here, let somebody in, change what stands about them, let them go."""

from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from kedang.engine.administration import sessions
from kedang.engine.administration.reach import label
from kedang.engine.administration.record_types import PERSON
from kedang.engine.identity.models import Membership, Role, User
from kedang.engine.records.types import RECORDS
from kedang.engine.request import KedangRequest
from kedang.kernel import ids
from kedang.kernel.errors import NotVisible, Problem
from kedang.kits.web import administered
from kedang.kits.web.changes import changes_of
from kedang.kits.web.pages import absent_text, leave, query_with, show, signed_in, url_of
from kedang.kits.web.tabs import frame

PAGE = 50
MOST_COUNTED = 10_000
ACTS = {"roles", "deactivate", "reactivate", "reset", "dropfactor"}
WITH_REASON = {"deactivate", "reactivate", "dropfactor"}


@dataclass(frozen=True, slots=True)
class Belonging:
    """What still belongs to somebody: so many records of a type, and where they are listed."""

    label: Any
    count: int
    more: bool
    url: str


@require_GET
@signed_in
def page(request: KedangRequest) -> HttpResponse:
    """List who works here, by name, in which unit, with which roles."""
    context = frame(request, "people")
    text, state, after = (request.GET.get(name, "").strip()[:60] for name in ("q", "state", "after"))
    rows = User.objects.visible_to(request.actor).filter(is_active=state != "off")
    if text:
        rows = rows.filter(
            Q(name__icontains=text) | Q(username__istartswith=text) | Q(phone__startswith=text)
        )
    if after:
        rows = rows.filter(username__gt=after)
    found = list(rows.select_related("unit").prefetch_related("roles").order_by("username")[: PAGE + 1])
    people = [(user, [label(role) for role in user.roles.all()]) for user in found[:PAGE]]
    more = f"?{query_with(request, after=found[PAGE - 1].username)}" if len(found) > PAGE else ""
    return show(
        request, "web/settings/people.html", people=people, more=more, q=text, state=state,
        may_add=request.actor.may(PERSON.key, "create"), **context,
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@signed_in
def create(request: KedangRequest) -> HttpResponse:
    """Let somebody in; the answer shows the link with which they set their password, this once."""
    context = frame(request, "people", (_("New person"), ""))
    values: dict[str, str] = {}
    problems: list[Problem] = []
    status, chosen = 200, request.POST.getlist("roles")
    if request.method == "POST":
        values = administered.given(request, PERSON)
        inputs = {**values, "admin_unit": values.get("admin_unit") or values.get("unit", ""), "roles": chosen}
        done, problems, status = administered.attempt(request, "engine.user.create", None, inputs)
        if done is not None:
            return _shown(request, done.record, link=_link(request, done.record.secret))
    return show(
        request, "web/settings/person_new.html", status=status, roles=_roles(chosen),
        sections=administered.sections(request, PERSON, values, problems),
        general=administered.general(problems, PERSON.form_fields), **context,
    )  # fmt: skip


@never_cache
@require_http_methods(["GET", "POST"])
@signed_in
def person(request: KedangRequest, pk: str) -> HttpResponse:
    """Show one person with everything that can be changed, and change what stands about them."""
    user = administered.row_of(request, PERSON, pk)
    if request.method == "GET":
        return _shown(request, user)
    values = administered.given(request, PERSON)
    done, problems, status = administered.attempt(request, "engine.user.update", user.pk, values)
    if done is not None:
        return leave(request, _address(user), _("Saved."))
    return _shown(request, user, values=values, problems=problems, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
@signed_in
def act(request: KedangRequest, pk: str, name: str) -> HttpResponse:
    """Ask once more, or do something to a person: roles, off, on, a link, without the second factor."""
    user = administered.row_of(request, PERSON, pk)
    if name not in ACTS:
        raise NotVisible(absent_text())
    if request.method == "GET":
        if name not in WITH_REASON:
            return leave(request, _address(user))
        return _asked(request, user, name)
    inputs = {"roles": request.POST.getlist("roles")} if name == "roles" else {}
    done, problems, status = administered.attempt(request, f"engine.user.{name}", user.pk, inputs)
    if done is None:
        if name in WITH_REASON:
            return _asked(request, user, name, problems, status)
        return _shown(request, user, problems=problems, status=status)
    if name == "reset":
        return _shown(request, done.record, link=_link(request, done.record.secret))
    said = {
        "roles": _("The roles are set; they count from the next page on."),
        "deactivate": _("%(name)s is switched off. Sessions, keys and links have ended."),
        "reactivate": _("%(name)s may come back. Make a link for a new password."),
        "dropfactor": _("%(name)s signs in with the password alone until a new second factor is set up."),
    }[name]
    return leave(request, _address(user), said % {"name": user} if "%(" in said else said)


def belongings(request: KedangRequest, user: User) -> list[Belonging]:
    """Return what somebody still owns, as far as the reader may see it."""
    found = []
    for kind in RECORDS.values():
        if not kind.creatable or not request.actor.may(kind.key, "view"):
            continue
        rows = kind.model.objects.visible_to(request.actor).filter(owner=user.pk).order_by()
        count = rows[: MOST_COUNTED + 1].count()
        if count:
            url = url_of(f"{kind.plural}.list")
            found.append(
                Belonging(
                    kind.label_plural,
                    min(count, MOST_COUNTED),
                    count > MOST_COUNTED,
                    f"{url}?owner={ids.show(user.pk)}" if url and "owner" in kind.filters else "",
                )
            )
    return found


def _shown(
    request: KedangRequest, user: User, *, values: dict[str, str] | None = None, problems: list[Problem] | None = None,
    status: int = 200, link: str = "",
) -> HttpResponse:  # fmt: skip
    mine = user.pk == request.actor.user_id
    changes = request.actor.may(PERSON.key, "change")
    entries, _more = changes_of([(PERSON.key, user.pk)], None)
    problems = problems or []
    held = [row.role.key for row in Membership.objects.filter(user=user).select_related("role")]
    return show(
        request, "web/settings/person.html", status=status, person=user, link=link, mine=mine, may_change=changes,
        sections=administered.sections(
            request, PERSON, administered.stored(PERSON, user) if values is None else values, problems
        ),
        general=administered.general(problems, PERSON.form_fields), roles=_roles(held),
        may_end=request.actor.may(PERSON.key, "archive") and not mine, address=_address(user), entries=entries,
        open=len(sessions.open_ones(user)), factor=Authenticator.objects.filter(user=user).exists(),
        **frame(request, "people", (str(user), "")),
    )  # fmt: skip


def _asked(
    request: KedangRequest, user: User, name: str, problems: list[Problem] | None = None, status: int = 200
) -> HttpResponse:
    errors = {problem.field: problem.text for problem in problems or []}
    return show(
        request, "web/settings/person_act.html", status=status, person=user, name=name, address=_address(user),
        belongings=belongings(request, user) if name == "deactivate" else [], hand_over=url_of("handovers.create"),
        reason=request.POST.get("reason", ""), reason_error=errors.get("reason", ""),
        general=administered.general(problems or [], ("reason",)),
        **frame(request, "people", (str(user), _address(user)), (_titles()[name], "")), title=_titles()[name],
    )  # fmt: skip


def _titles() -> dict[str, str]:
    return {
        "deactivate": _("Switch off"), "reactivate": _("Switch on"), "dropfactor": _("Remove the second factor"),
    }  # fmt: skip


def _roles(chosen: list[str]) -> list[tuple[Role, str, bool]]:
    return [(role, label(role), role.key in chosen) for role in Role.objects.order_by("key")]


def _link(request: KedangRequest, secret: str) -> str:
    """Return the whole address; its host is one that the installation answers to, or the request was refused."""
    return request.build_absolute_uri(reverse("password.link", kwargs={"secret": secret}))


def _address(user: User) -> str:
    return reverse("settings.person", kwargs={"pk": ids.show(user.pk)})
