"""A report for the case that personal data got out: who looked at, revealed or took out which data of whom, when.

It is drawn from the log of looks, whose lines nobody can change through the product. A look at a file of one's own is
no line of that log; therefore the report also counts what an account reaches at all.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q, Sum
from django.utils.translation import gettext as _

from kedang.areas.customers.models import Contact, Customer
from kedang.areas.personal.sealing import PEOPLE
from kedang.engine.actions.generic import spec as action_spec
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import User
from kedang.engine.ledger import looks
from kedang.engine.ledger.models import AccessLog, HistoryEntry, Seal
from kedang.engine.overlay import PREFIX
from kedang.engine.packs.active import active
from kedang.engine.records.access import modes
from kedang.engine.records.types import RECORDS, RecordType
from kedang.kernel import ids
from kedang.kernel.actor import Actor, Mode
from kedang.kernel.errors import NotVisible
from kedang.kits.web.pages import record_url
from kedang.kits.web.security_log import KINDS

KIND = "leak"
TOOK = ("look", "reveal", "export", "print", "copy", "sealed_look")
ONE_BY_ONE = ("look", "reveal", "print", "copy", "sealed_look")
AFTER = ("password", "factor_on", "factor_codes", "key_ended", "sign_out")
SHOWN, MOST, PEOPLE_SHOWN = 200, 50_000, 50
CONTACT, CUSTOMER = "customers.contact", "customers.customer"


@dataclass(frozen=True, slots=True)
class Question:
    """What a report is about: a time, and if given one account, one customer with its people, or both."""

    first: datetime
    last: datetime
    user: User | None = None
    customer: Customer | None = None


@dataclass(frozen=True, slots=True)
class Who:
    """What one account did in the time: how often each thing, how many rows it took out, when first and last."""

    name: str
    counts: list[tuple[Any, int]]
    rows: int
    first: datetime
    last: datetime
    reach: list[tuple[Any, int]]
    active: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was done: when, by whom, what, with whose data, which fields, how many rows, from where.

    `field` is the one that was revealed, `fields` all that were there to be read.
    """

    at: datetime
    who: str
    what: Any
    record: Any
    whose: str
    url: str
    field: str
    fields: str
    rows: int
    reason: str
    address: str


@dataclass(frozen=True, slots=True)
class Report:
    """All of it: accounts, how many people it is about, fields, measures taken since, the state of the history."""

    question: Question
    who: list[Who]
    files: int
    rows: int
    fields: list[tuple[Any, str]]
    measures: list[tuple[datetime, str, Any, str]]
    seal: Seal | None
    count: int


def report(question: Question) -> Report:
    """Draw up the report of a question, as far as the log knows."""
    rows = _rows(question)
    users = _accounts(rows)
    whole = rows.aggregate(count=Count("pk"), taken=Sum("rows", filter=Q(kind="export")))
    one_by_one = rows.filter(kind__in=ONE_BY_ONE, record_id__isnull=False).order_by()
    return Report(
        question, _who(rows, users), one_by_one.values("record", "record_id").distinct().count(),
        whole["taken"] or 0, _fields(rows, users), _measures(question, users), Seal.objects.order_by("-pk").first(),
        whole["count"],
    )  # fmt: skip


def lines(actor: Actor, question: Question, most: int) -> Iterator[Line]:
    """Yield what was done, the newest first, `most` at most; whose data it was is named as far as the actor sees it."""
    found = list(_rows(question).order_by("-pk")[:most])
    users = _accounts(_rows(question))
    names = _names(actor, found)
    reads: dict[tuple[int | None, str], str] = {}
    for row in found:
        kind = RECORDS[row.record]
        key = (row.user_id, row.record)
        if key not in reads:
            reads[key] = _(", ").join(fields_of(users.get(row.user_id or 0), kind))
        field = kind.fields.get(row.field)
        known = names.get((row.record, row.record_id))
        whose = known or (ids.show(row.record_id) if row.record_id else "")
        yield Line(
            row.at, row.user_name, KINDS.get(row.kind, row.kind), kind.label, whose,
            record_url(kind, row.record_id) if known and row.record_id else "",
            str(field.label) if field is not None else "",
            str(field.label) if field is not None else reads[key], row.rows, row.reason, row.address,
        )  # fmt: skip


def note(actor: Actor, question: Question, count: int, measures: str = "") -> None:
    """Write down that a report was drawn up, about what, and what was said of measures."""
    about = question.customer
    said = [f"{question.first:%Y-%m-%d %H:%M} – {question.last:%Y-%m-%d %H:%M}"]
    if question.user is not None:
        said.append(question.user.username)
    if measures:
        said.append(measures)
    looks.note(
        actor, KIND, CUSTOMER if about is not None else CONTACT, about.pk if about is not None else None, rows=count,
        reason="; ".join(said),
    )  # fmt: skip


def customer_of(actor: Actor, text: str) -> Customer:
    """Return the customer that a number, an exact name or an id of ours names; raise NotVisible for none."""
    rows = Customer.objects.visible_to(actor)
    wanted = Q(number=text) | Q(name=text) | Q(short_name=text)
    with suppress(ValueError):
        wanted |= Q(pk=ids.read(text))
    found: Customer | None = rows.filter(wanted).order_by("pk").first()
    if found is None:
        raise NotVisible(_("No customer that you see has this number or name."))
    return found


def personal_kinds() -> list[RecordType]:
    """Return the record types that hold data of people, as the register of processing states them."""
    stated = {entry.record for entry in active().pack.processing if not entry.retired}
    return [kind for key, kind in RECORDS.items() if key in stated or key in PEOPLE]


def fields_of(user: User | None, kind: RecordType) -> list[str]:
    """Return the fields of people that an account reads of a record type, as its roles stand now."""
    stated = [name for entry in active().pack.processing if entry.record == kind.key for name in entry.fields]
    names = [name if name in kind.own_fields else f"{PREFIX}{name}" for name in stated]
    known = [kind.fields[name] for name in dict.fromkeys(names) if name in kind.fields]
    if user is None or not user.is_active:
        return [str(one.label) for one in known]
    allowed = modes(actor_of(user), kind)
    told = []
    for one in known:
        if allowed[one.name] is Mode.MASK:
            told.append(_("%(field)s (masked)") % {"field": one.label})
        elif allowed[one.name] is not Mode.HIDE:
            told.append(str(one.label))
    return told


def _rows(question: Question) -> Any:
    rows = AccessLog.objects.filter(
        at__gte=question.first, at__lte=question.last, kind__in=TOOK,
        record__in=[kind.key for kind in personal_kinds()],
    )  # fmt: skip
    if question.user is not None:
        rows = rows.filter(user_id=question.user.pk)
    if question.customer is not None:
        people = Contact.objects.unscoped(because="the people of a customer, for a report on a leak")
        whose = Q(record=CUSTOMER, record_id=question.customer.pk) | Q(
            record=CONTACT, record_id__in=people.filter(customer=question.customer.pk).values("pk")
        )
        rows = rows.filter(whose | Q(kind="export", record__in=PEOPLE))  # an export may hold it
    return rows


def _accounts(rows: Any) -> dict[int, User]:
    pks = set(rows.order_by().values_list("user_id", flat=True).distinct()) - {None}
    found: dict[int, User] = User.objects.in_bulk(sorted(pks))
    return found


def _who(rows: Any, users: dict[int, User]) -> list[Who]:
    counted: dict[tuple[int | None, str], list[tuple[str, int]]] = {}
    spans: dict[tuple[int | None, str], list[Any]] = {}
    grouped = rows.order_by().values_list("user_id", "user_name", "kind")
    summed = grouped.annotate(
        many=Count("pk"), taken=Sum("rows", filter=Q(kind="export")), begun=Min("at"), ended=Max("at")
    )
    for pk, name, kind, count, taken, first, last in summed:
        counted.setdefault((pk, name), []).append((kind, count))
        span = spans.setdefault((pk, name), [0, first, last])
        span[0] += taken or 0
        span[1], span[2] = min(span[1], first), max(span[2], last)
    found = []
    for (pk, name), counts in counted.items():
        taken, first, last = spans[pk, name]
        user = users.get(pk or 0)
        told = [(KINDS.get(kind, kind), count) for kind, count in sorted(counts)]
        found.append(Who(name, told, taken, first, last, _reach(user), user is not None and user.is_active))
    return sorted(found, key=lambda one: (-one.rows, -sum(n for _what, n in one.counts), one.name))[
        :PEOPLE_SHOWN
    ]


def _reach(user: User | None) -> list[tuple[Any, int]]:
    if user is None or not user.is_active:
        return []
    theirs = actor_of(user)
    return [
        (RECORDS[key].label_plural, RECORDS[key].model.objects.visible_to(theirs).count())
        for key in PEOPLE if theirs.may(key, "view")
    ]  # fmt: skip


def _fields(rows: Any, users: dict[int, User]) -> list[tuple[Any, str]]:
    found: dict[str, list[str]] = {}
    for pk, record, kind, name in (
        rows.order_by().values_list("user_id", "record", "kind", "field").distinct()
    ):
        spec = RECORDS[record].fields.get(name)
        told = (
            [str(spec.label)] if kind == "reveal" and spec else fields_of(users.get(pk or 0), RECORDS[record])
        )
        found.setdefault(record, []).extend(told)
    return [(RECORDS[key].label, _(", ").join(dict.fromkeys(names))) for key, names in sorted(found.items())]


def _measures(question: Question, users: dict[int, User]) -> list[tuple[datetime, str, Any, str]]:
    """Return what was done about the accounts since: sessions and keys ended, passwords set, accounts switched off."""
    log = AccessLog.objects.filter(at__gte=question.first, user_id__in=users, kind__in=AFTER)
    found = [
        (row.at, row.user_name, KINDS.get(row.kind, row.kind), row.reason)
        for row in log.order_by("pk")[:SHOWN]
    ]
    changes = HistoryEntry.objects.filter(at__gte=question.first, record="engine.user", record_id__in=users)
    for entry in changes.order_by("pk")[:SHOWN]:
        found.append(
            (
                entry.at,
                str(users[entry.record_id]),
                _verb(entry.action),
                f"{entry.actor_name} {entry.reason}".strip(),
            )
        )
    return sorted(found, key=lambda one: one[0])


def _verb(key: str) -> Any:
    try:
        return action_spec(key).label
    except NotVisible:
        return key


def _names(actor: Actor, rows: Sequence[AccessLog]) -> dict[tuple[str, int | None], str]:
    found: dict[tuple[str, int | None], str] = {}
    for key in {row.record for row in rows}:
        pks = {row.record_id for row in rows if row.record == key} - {None}
        if pks and actor.may(key, "view"):
            model: Any = RECORDS[key].model
            for one in model.objects.visible_to(actor).filter(pk__in=pks):
                found[key, one.pk] = str(one)
    return found
