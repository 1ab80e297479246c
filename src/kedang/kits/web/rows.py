"""Which rows a page of a list shows: the address checked, the rows narrowed, and the way to the pages around."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from kedang.engine.identity.models import User
from kedang.engine.records import conditions, queries
from kedang.engine.records.conditions import Group
from kedang.engine.records.queries import Sort
from kedang.engine.records.types import RecordType
from kedang.engine.scope.composed import Composed, columns, in_lots
from kedang.engine.search.find import found_by, newest_found_by
from kedang.kernel.actor import Actor
from kedang.kernel.errors import BadQuery
from kedang.kits.web.brought import brought_to

SIZES = (20, 50, 100)
COUNTED = 1_000
RESERVED = frozenset({"q", "tab", "sort", "size", "after", "before", "view", "columns", "rows"})
DENSITIES = ("dense", "normal")
_people: Composed[User] = Composed(
    lambda *pks: User.objects.only("username", "name").filter(pk__in=pks).order_by(),
    *columns(User, "pk"),
    many=True,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a list asks for, checked."""

    q: str = ""
    tab: str = "all"
    sort: Sort = field(default_factory=Sort)
    size: int = 50
    after: queries.Mark | None = None
    before: queries.Mark | None = None
    tree: Group = field(default_factory=Group)

    @property
    def params(self) -> tuple[str, ...]:
        """The parameters of all conditions, as they stand in the address."""
        return tuple(param for one in self.tree.conditions for param in one.params)

    @property
    def narrowed(self) -> bool:
        """Whether something hides rows that would otherwise be here."""
        return bool(self.tree.parts or self.q)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows, where it lies, and how to reach the pages around it."""

    rows: list[Any]
    first: int
    count: int
    more_than_counted: bool
    next: str
    previous: str

    @property
    def last(self) -> int:
        """The place of the last row shown."""
        return self.first + len(self.rows) - 1


def asked(actor: Actor, kind: RecordType, query: QueryDict, tabs: frozenset[str]) -> Asked:
    """Return what an address asks for; raise BadQuery for anything the list does not declare."""
    tree = tree_of(actor, kind, query)
    tab, size = query.get("tab") or "all", query.get("size") or "50"
    if tab not in tabs:
        raise BadQuery(_("There is no such view."))
    if size not in {str(one) for one in SIZES}:
        raise BadQuery(_("A page holds 20, 50 or 100 rows."))
    if query.get("rows", "dense") not in DENSITIES:
        raise BadQuery(_("Rows are dense or normal."))
    sort = queries.sort_of(actor, kind, query.get("sort", ""))
    return Asked(
        q=query.get("q", "").strip(), tab=tab, sort=sort, size=int(size), tree=tree,
        after=queries.read_mark(kind, sort, query.get("after", "")),
        before=queries.read_mark(kind, sort, query.get("before", "")),
    )  # fmt: skip


def tree_of(actor: Actor, kind: RecordType, query: QueryDict) -> Group:
    """Return the conditions of an address, on declared fields and on what other parts bring."""
    given = {name: query.getlist(name) for name in query if name not in RESERVED}
    return conditions.parse(actor, kind, given, {one.name: one for one in brought_to(actor, kind.key)})


def narrowed(actor: Actor, kind: RecordType, asking: Asked, verb: str = "view") -> QuerySet[Any]:
    """Return the rows within the actor's reach for `verb` that an address asks for, in no order yet."""
    held = asking.tab == "held"
    words = found_by(actor, kind, asking.q, archived=held)
    return _opened(actor, kind, asking, verb).filter(conditions.meaning(actor, asking.tree) & words)


def _opened(actor: Actor, kind: RecordType, asking: Asked, verb: str) -> QuerySet[Any]:
    """Return the rows of the view that an address names."""
    opened = kind.model.objects.own_of if asking.tab == "mine" else kind.model.objects.visible_to
    rows: QuerySet[Any] = opened(actor, verb, archived=asking.tab == "held")
    return rows


def page_of(actor: Actor, kind: RecordType, asking: Asked, columns: tuple[str, ...]) -> Page:
    """Return one page of the rows within reach, and a count that stops at a thousand."""
    held = asking.tab == "held"
    # where only words narrow the rows and the newest come first, the newest of very many hits are all that is needed
    only_words = not asking.tree.parts and asking.tab in ("all", "held")
    newest = only_words and not asking.sort.name and asking.before is None
    words, many = newest_found_by(
        actor, kind, asking.q, asking.size + 1 if newest else 0,
        archived=held, below=asking.after.pk if newest and asking.after else None,
    )  # fmt: skip
    wanted = conditions.meaning(actor, asking.tree) & words
    opened = _opened(actor, kind, asking, "view")
    rows = opened.filter(wanted)
    # words leave few rows: up to a thousand ids are said once, for first page and count; one's own view has one way
    parts = [] if asking.q or asking.tab == "mine" else kind.model.objects.ways_of(actor, archived=held)
    at_start = asking.after is None and asking.before is None
    ways = [rows] if asking.q and not many and at_start else [part.filter(wanted) for part in parts]
    related = kind.needs_select(columns)
    people = [name for name in related if kind.own_fields[name].kind == "user"]
    if joined := [name for name in related if name not in people]:
        rows, opened = rows.select_related(*joined), opened.select_related(*joined)
    found = queries.slice_of(
        kind, rows, asking.sort, asking.size, after=asking.after, before=asking.before, ways=ways,
        opened=opened, counting=COUNTED + 1,
    )  # fmt: skip
    _name_people(kind, found.rows, people)
    count = COUNTED + 1 if many else found.count
    if count is None:
        count = rows.order_by()[: COUNTED + 1].count()
    if asking.before is not None:
        first = max(1, asking.before.place - len(found.rows))
        has_next, has_previous = True, found.more
    else:
        first = asking.after.place + 1 if asking.after else 1
        has_next, has_previous = found.more, asking.after is not None
    last = first + len(found.rows) - 1
    shown = found.rows
    return Page(
        rows=shown, first=first, count=min(count, COUNTED), more_than_counted=count > COUNTED,
        next=queries.mark_of(kind, asking.sort, shown[-1], last) if shown and has_next else "",
        previous=queries.mark_of(kind, asking.sort, shown[0], first) if shown and has_previous else "",
    )  # fmt: skip


def _name_people(kind: RecordType, rows: list[Any], names: list[str]) -> None:
    """Give rows the people whom their fields name: fifty rows name a few, whom a join would make anew for each row."""
    keys = [kind.own_fields[name].model_field for name in names]
    wanted = {pk for row in rows for key in keys if (pk := getattr(row, key.attname)) is not None}
    known = {user.pk: user for lot in in_lots(wanted) for user in _people(*lot)}
    for row in rows:
        for key in keys:
            if (person := known.get(getattr(row, key.attname))) is not None:
                key.set_cached_value(row, person)
