"""Let people in, change what stands about them, give them roles, and let them go."""

from collections.abc import Iterable
from typing import Any

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.engine.actions import inputs as reading
from kedang.engine.actions.registry import ActionSpec, add
from kedang.engine.actions.work import Work
from kedang.engine.administration import reach, sessions
from kedang.engine.administration.record_types import PERSON
from kedang.engine.identity import links
from kedang.engine.identity.models import ApiToken, Membership, Role, User
from kedang.kernel import clock
from kedang.kernel.errors import Invalid, NotAllowed, Problem, RuleBroken

FIELDS = frozenset(PERSON.form_fields)


def _create(work: Work, /, roles: Iterable[str] = (), **values: Any) -> User:
    user = User(language="zh-hans")
    user.set_unusable_password()
    _put(work, user, values)
    if given := list(roles):
        _give(work, user, given)
    user.secret = links.fresh(user)  # type: ignore[attr-defined]
    return user


def _update(work: Work, user: User, /, **values: Any) -> None:
    mail = user.email
    _put(work, user, values)
    if user.email != mail:
        links.end(user)


def _put(work: Work, user: User, values: dict[str, Any]) -> None:
    if "username" in values:
        values["username"] = str(values["username"]).strip().lower()
    _lines, problems = reading.apply(FIELDS, PERSON, user, values)  # type: ignore[arg-type]
    draft = work.draft(user)  # type: ignore[arg-type]
    work.check([draft])
    named = {problem.field for problem in problems}
    problems += [problem for problem in draft.problems if problem.field not in named]
    if problems:
        raise Invalid(_("Some fields need another look."), problems)
    work.store([draft])
    work.hold(user)  # type: ignore[arg-type]


def _roles(work: Work, user: User, /, roles: Iterable[str] = ()) -> None:
    if user.pk == work.actor.user_id:
        raise NotAllowed(_("Nobody changes their own roles; ask another administrator."))
    _give(work, user, list(roles))


def _give(work: Work, user: User, keys: list[str]) -> None:
    """Set the roles of a person: none that would give more than whoever gives it has."""
    found = {role.key: role for role in Role.objects.filter(key__in=keys)}
    if missing := [key for key in keys if key not in found]:
        text = _("There is no role %(name)s.") % {"name": _(", ").join(missing)}
        raise Invalid(text, [Problem("roles", text)])
    had = {row.role.key: row for row in Membership.objects.filter(user=user).select_related("role")}
    for key in found.keys() - had.keys():
        if not work.actor.may("engine.role", "change") and reach.beyond(work.actor, found[key]):
            text = _("The role “%(name)s” would give more than you have yourself.")
            raise NotAllowed(text % {"name": reach.label(found[key])})
    if had.keys() == found.keys():
        return
    Membership.objects.filter(pk__in=[row.pk for key, row in had.items() if key not in found]).delete()
    for key in sorted(found.keys() - had.keys()):
        Membership.objects.create(user=user, role=found[key])
    user.turn += 1
    User.objects.filter(pk=user.pk).update(turn=user.turn)
    work.note(user, "roles", sorted(had), sorted(found))  # type: ignore[arg-type]
    reach.keep_somebody_in()


def _deactivate(work: Work, user: User, /) -> None:
    if user.pk == work.actor.user_id:
        raise NotAllowed(_("Nobody switches themselves off; ask another administrator."))
    if not user.is_active:
        raise RuleBroken(_("This account is switched off already."))
    user.is_active = False
    work.save(user)  # type: ignore[arg-type]
    links.end(user)
    sessions.end(user)
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=clock.now())
    reach.keep_somebody_in()


def _reactivate(work: Work, user: User, /) -> None:
    if user.is_active:
        raise RuleBroken(_("This account works already."))
    user.is_active = True
    user.set_unusable_password()
    User.objects.filter(pk=user.pk).update(password=user.password)
    work.save(user)  # type: ignore[arg-type]


def _reset(work: Work, user: User, /) -> None:
    if not user.is_active:
        raise RuleBroken(_("This account is switched off; switch it on first."))
    user.secret = links.fresh(user)  # type: ignore[attr-defined]
    work.note(user, "reset", None, clock.now().isoformat(timespec="minutes"))  # type: ignore[arg-type]


def _drop_factor(work: Work, user: User, /) -> None:
    if user.pk == work.actor.user_id:
        raise NotAllowed(_("Remove your own second factor under your account, with your password."))
    if not Authenticator.objects.filter(user=user).delete()[0]:
        raise RuleBroken(_("This account has no second factor."))
    sessions.end(user)
    work.note(user, "factor", True, False)  # type: ignore[arg-type]


def _add(name: str, verb: str, label: Any, body: Any, **more: Any) -> None:
    add(
        ActionSpec(f"engine.user.{name}", User, verb, label, body, releases=True, form=True, **more)  # type: ignore[arg-type]
    )


_add("create", "create", gettext_lazy("New person"), _create, creates=True)
_add("update", "change", gettext_lazy("Change"), _update)
_add("roles", "change", gettext_lazy("Roles"), _roles)
_add("deactivate", "archive", gettext_lazy("Switch off"), _deactivate, asks_reason=True, icon="archive")
_add("reactivate", "archive", gettext_lazy("Switch on"), _reactivate, asks_reason=True, icon="undo")
_add("reset", "change", gettext_lazy("Link for a new password"), _reset, icon="key")
_add(
    "dropfactor",
    "change",
    gettext_lazy("Remove the second factor"),
    _drop_factor,
    asks_reason=True,
    icon="lock",
)
