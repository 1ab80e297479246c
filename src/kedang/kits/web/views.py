"""The views of a list: those everybody has, and addresses saved under a name, as tabs that one click opens."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kedang.engine.actions.perform import perform
from kedang.engine.identity.models import Role
from kedang.engine.packs.active import said
from kedang.engine.records.access import Shown
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.request import KedangRequest
from kedang.engine.scope.composed import Composed, Shape, columns
from kedang.engine.views.models import EVERYONE, OWN, ListHabit, SavedView
from kedang.engine.views.services import PASSING
from kedang.kernel import ids
from kedang.kernel.actor import Actor
from kedang.kernel.errors import Invalid, NotVisible
from kedang.kits.web.pages import absent_text, leave, pk_of, query_with, signed_in
from kedang.kits.web.rows import Asked, asked
from kedang.packs.words import Text

KEY = "engine.savedview"
MOST = 100
IN_A_ROW = 6
FAVOURITES = 30
_views_of = Shape(
    lambda rows, record: rows.filter(record=record).order_by("place", "name")[:MOST],
    columns(SavedView, "record"),
)
_habit_of: Composed[ListHabit] = Composed(
    lambda user, record: ListHabit.objects.filter(user=user, record=record).order_by()[:1],
    *columns(ListHabit, "user", "record"),
)


def list_name(row: SavedView, value: Shown) -> SafeString | None:
    """Call the list of a view by its name."""
    kind = RECORDS.get(row.record)
    return escape(kind.label_plural) if kind is not None else None


@dataclass(frozen=True, slots=True)
class Tab:
    """One view of the list."""

    key: str
    label: str
    url: str
    current: bool
    starred: bool = False
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Saved:
    """The saved views of a list within reach, the one that is open, and what its reader keeps of the list."""

    rows: Sequence[SavedView]
    current: SavedView | None
    habit: ListHabit
    changed: bool = False
    mine: bool = False


def built_in(actor: Actor, kind: RecordType) -> dict[str, str]:
    """Return the views that a list has by itself, with their names."""
    grant = actor.grant(kind.key, "view")
    found = {"all": _("All")}
    if grant and (grant.everything or grant.units or grant.follow):
        found["mine"] = _("Mine")
    if kind.creatable and actor.may(kind.key, "archive"):
        found["held"] = _("Archive hold")
    return found


def names(actor: Actor, kind: RecordType) -> frozenset[str]:
    """Return the keys of the built-in views."""
    return frozenset(built_in(actor, kind))


def saved(request: KedangRequest, kind: RecordType) -> Saved:
    """Return the saved views of a list; raise NotVisible when the address names one that is hidden or absent."""
    actor = request.actor
    habit = habit_of(actor, kind)
    rows = SavedView.objects.asked(actor, _views_of, kind.key)
    stars = {pk: place for place, pk in enumerate(habit.favourites)}
    rows.sort(key=lambda row: (stars.get(row.pk, MOST), row.owner_id != actor.user_id))
    shown_id = request.GET.get("view", "")
    if not shown_id:
        return Saved(rows, None, habit)
    current = next((row for row in rows if row.pk == pk_of(shown_id)), None)
    if current is None:
        raise NotVisible(absent_text())
    mine = SavedView.objects.visible_to(actor, "change").filter(pk=current.pk).exists()
    return Saved(rows, current, habit, _plain(request.GET) != _plain(QueryDict(current.query)), mine)


def habit_of(actor: Actor, kind: RecordType) -> ListHabit:
    """Return what somebody keeps of a list, or an unsaved blank."""
    found = _habit_of(actor.user_id or 0, kind.key)
    return found[0] if found else ListHabit(user_id=actor.user_id or 0, record=kind.key)


def entrance(request: KedangRequest, kind: RecordType, found: Saved) -> str:
    """Return the address of the view that opens first, where the reader or their role has one, else nothing.

    An address that says anything is shown as it is; one that names only a view gets that view's conditions.
    """
    if found.current is not None and set(request.GET) == {"view"}:
        return _address(kind, found.current) if found.current.query else ""
    if request.GET:
        return ""
    first = next((row for row in found.rows if row.pk == found.habit.first_view), None)
    if first is None and (usual := [row for row in found.rows if row.default_for]):
        roles = {role for grant in request.actor.grants.values() for role, _span in grant.sources}
        first = next((row for row in usual if row.default_for in roles), None)
    return _address(kind, first) if first is not None else ""


def tabs(
    request: KedangRequest, kind: RecordType, asking: Asked, found: Saved
) -> tuple[list[Tab], list[Tab]]:
    """Return the tabs that stand in a row, and those behind the menu; the open one always stands in the row."""
    made = [
        Tab(key, label, "?" + query_with(request, ("after", "before", "tab", "view", *VIEWED), tab=key),
            found.current is None and key == asking.tab)
        for key, label in built_in(request.actor, kind).items()
    ]  # fmt: skip
    stars = set(found.habit.favourites)
    made += [
        Tab(
            ids.show(row.pk),
            row.name,
            _address(kind, row),
            row is found.current,
            row.pk in stars,
            row.audience != OWN,
        )
        for row in found.rows
    ]
    row = made[:IN_A_ROW]
    rest = made[IN_A_ROW:]
    if (here := next((tab for tab in rest if tab.current), None)) is not None:
        rest = [row[-1], *(tab for tab in rest if tab is not here)]
        row[-1] = here
    return row, rest


VIEWED = ("columns", "rows")


def _plain(query: QueryDict) -> list[tuple[str, list[str]]]:
    return sorted((name, values) for name, values in query.lists() if name not in PASSING and any(values))


def _address(kind: RecordType, row: SavedView) -> str:
    query = f"{row.query}&view={ids.show(row.pk)}".lstrip("&")
    return f"{reverse(f'{kind.plural}.list')}?{query}"


@require_POST
@signed_in
def act(request: KedangRequest, kind: RecordType) -> HttpResponse:
    """Save, change, share, star or delete a view, or let it open first."""
    do, back = request.POST.get("do", ""), request.POST.get("back", "")
    step = STEPS.get(do)
    if step is None:
        raise NotVisible(absent_text())
    url, said = step(request, kind, back)
    return leave(request, url, said)


def _create(request: KedangRequest, kind: RecordType, back: str) -> tuple[str, str]:
    query = _checked(request, kind, back)
    done = perform(
        request.actor, f"{KEY}.create", inputs=_given(request) | {"record": kind.key, "query": query}
    )
    return _address(kind, done.record), _("The view is saved.")


def _save(request: KedangRequest, kind: RecordType, back: str) -> tuple[str, str]:
    row = _one(request, kind)
    done = perform(request.actor, f"{KEY}.update", row.pk, {"query": _checked(request, kind, back)})
    return _address(kind, done.record), _("The view is saved.")


def _edit(request: KedangRequest, kind: RecordType, back: str) -> tuple[str, str]:
    row = _one(request, kind)
    done = perform(request.actor, f"{KEY}.update", row.pk, _given(request))
    return _address(kind, done.record), _("The view is saved.")


def _remove(request: KedangRequest, kind: RecordType, back: str) -> tuple[str, str]:
    row = _one(request, kind)
    perform(request.actor, f"{KEY}.archive", row.pk, reason=_("Deleted on the list"))
    return f"{reverse(f'{kind.plural}.list')}?tab=all", _("The view “%(name)s” is deleted.") % {
        "name": row.name
    }


def _star(request: KedangRequest, kind: RecordType, back: str) -> tuple[str, str]:
    row, habit = _one(request, kind), habit_of(request.actor, kind)
    others = [pk for pk in habit.favourites if pk != row.pk]
    habit.favourites = others if row.pk in habit.favourites else [*others, row.pk][-FAVOURITES:]
    habit.save()
    return _address(kind, row), ""


def _first(request: KedangRequest, kind: RecordType, back: str) -> tuple[str, str]:
    row, habit = _one(request, kind), habit_of(request.actor, kind)
    habit.first_view = None if habit.first_view == row.pk else row.pk
    habit.save()
    said = (
        _("This view opens first from now on.") if habit.first_view else _("The list opens as it did before.")
    )
    return _address(kind, row), said


STEPS = {"create": _create, "save": _save, "edit": _edit, "remove": _remove, "star": _star, "first": _first}


def _given(request: KedangRequest) -> dict[str, Any]:
    given: dict[str, Any] = {
        "name": request.POST.get("name", ""),
        "audience": request.POST.get("audience") or OWN,
    }
    if "default_for" in request.POST:
        given["default_for"] = request.POST["default_for"] if given["audience"] == EVERYONE else ""
    return given


def _one(request: KedangRequest, kind: RecordType) -> SavedView:
    pk = pk_of(request.POST.get("id", ""))
    found: SavedView | None = (
        SavedView.objects.visible_to(request.actor).filter(pk=pk, record=kind.key).first()
    )
    if found is None:
        raise NotVisible(absent_text())
    return found


def _checked(request: KedangRequest, kind: RecordType, back: str) -> str:
    """Return an address that this list answers, without the place in it; columns and density come with it."""
    query = QueryDict(back[:4_000], mutable=True)
    for name in PASSING:
        query.pop(name, None)
    asked(request.actor, kind, query, names(request.actor, kind))
    for name in VIEWED:
        if (value := request.POST.get(name)) and name not in query:
            query[name] = value
    text = urlencode([(name, value) for name, values in query.lists() for value in values if value])
    if len(text) > 2_000:
        raise Invalid(_("This view has too many conditions to be saved."))
    return text


def roles(actor: Actor) -> list[tuple[str, str]]:
    """Return the roles for which this reader may set a default, by key and name."""
    grant = actor.grant(KEY, "change")
    return (
        [(row.key, _label(row)) for row in Role.objects.order_by("key")] if grant and grant.everything else []
    )


def _label(role: Role) -> str:
    return said(Text(**role.label), get_language() or "zh-hans") if role.label.get("zh_hans") else role.key
