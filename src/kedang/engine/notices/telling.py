"""Tell people, and let them read it: in their language, and only as far as they may see."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import translation

from kedang.engine.identity.models import User
from kedang.engine.notices.models import Notice
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.composed import Composed, columns
from kedang.kernel import clock
from kedang.kernel.actor import Actor

if TYPE_CHECKING:
    from django.utils.functional import Promise

MOST = 50
CAP = 10
MAX_TEXT = 300
_unread_of: Composed[int] = Composed(
    lambda user: Notice.objects.filter(user=user, read_at=None).order_by().values_list("pk", flat=True)[:CAP],
    *columns(Notice, "user"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A notice as its reader may see it now: the record it is about, or None where there is none to be seen."""

    row: Notice
    about: Any
    closed: bool


def tell(
    user_ids: Iterable[int], text: "str | Promise | Callable[[], str]", url: str, kind: str = "", *,
    about: tuple[str, int] | None = None,
) -> int:  # fmt: skip
    """Store a line for each of these people inside the caller's transaction; return how many it reaches.

    The text is put into the language of each: give a lazy text, or a function that makes one. It names no data of a
    record; `about` (record type and id) does that when it is read, for who may see the record by then.
    """
    wanted = {pk for pk in user_ids if pk is not None}
    people = User.objects.filter(pk__in=wanted, is_active=True).values_list("pk", "language")
    key, pk = about or ("", None)
    now = clock.now()
    rows = []
    for user_id, language in people:
        with translation.override(language):
            said = str(text() if callable(text) else text)[:MAX_TEXT]
        rows.append(Notice(user_id=user_id, at=now, kind=kind, text=said, url=url, record=key, record_id=pk))
    Notice.objects.bulk_create(rows)
    return len(rows)


def unread(actor: Actor) -> int:
    """Return how many notices an actor has not read, CAP at most: the bell shows no more."""
    if actor.user_id is None:
        return 0
    return len(_unread_of(actor.user_id))


def lines(actor: Actor, *, before: int | None = None, most: int = MOST, fresh: bool = False) -> list[Line]:
    """Return the newest notices of an actor, `most` + 1 at most; one query for each type of record they are about."""
    rows = Notice.objects.filter(user=actor.user_id).order_by("-pk")
    if fresh:
        rows = rows.filter(read_at=None)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: most + 1])
    seen: dict[tuple[str, int], Any] = {}
    for key in {row.record for row in found if row.record in RECORDS}:
        pks = [row.record_id for row in found if row.record == key]
        records = RECORDS[key].model.objects.visible_to(actor).filter(pk__in=pks)
        seen |= {(key, record.pk): record for record in records}
    return [_line(row, seen) for row in found]


def read(actor: Actor, pk: int | None = None) -> None:
    """Mark one notice of an actor's as read, or all of them."""
    mine = Notice.objects.filter(user=actor.user_id, read_at=None)
    (mine if pk is None else mine.filter(pk=pk)).update(read_at=clock.now())


def find(actor: Actor, pk: int) -> Notice | None:
    """Return one notice of an actor's; None for anybody else's."""
    return Notice.objects.filter(user=actor.user_id, pk=pk).first()


def _line(row: Notice, seen: dict[tuple[str, int], Any]) -> Line:
    about = seen.get((row.record, row.record_id or 0))
    return Line(row, about, closed=bool(row.record) and about is None)
