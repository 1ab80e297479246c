"""Hand in a suggestion about a file, also one that is not seen; accept it whole or in part; decline it."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.areas.customers import selectors as files
from kedang.areas.customers.models import Customer
from kedang.areas.reviews import rules, selectors
from kedang.areas.reviews.models import DECLINED, NEWS, OPEN, RIVAL, WITHDRAWN, Suggestion
from kedang.engine.actions import perform as door
from kedang.engine.actions.generic import new_record, spec
from kedang.engine.actions.registry import Input, action
from kedang.engine.actions.work import Work
from kedang.engine.identity.models import User
from kedang.engine.notices import tell
from kedang.engine.records.access import modes
from kedang.engine.records.types import RECORDS
from kedang.engine.records.values import read
from kedang.engine.scope.doors import writing
from kedang.kernel import clock, ids, text
from kedang.kernel.actor import Actor, Mode
from kedang.kernel.errors import Invalid, LimitReached, NotAllowed, NotVisible, Problem, RuleBroken

HAND_IN = f"{selectors.SUGGESTION}.hand_in"
WITHDRAW = f"{selectors.SUGGESTION}.withdraw"
A_DAY = 50
MOST_CHANGES = 12
MOST_TOLD = 2_000
INTO = {NEWS: "remarks", RIVAL: "competitors"}


def suggestible(actor: Actor) -> list[str]:
    """Return the fields of a file that an actor may suggest a value for: those not hidden, of no custom meaning."""
    kind = RECORDS[selectors.CUSTOMER]
    allowed = modes(actor, kind)
    return [
        name for name in kind.form_fields if allowed[name] >= Mode.MASK and not kind.fields[name].points_at
    ]


def hand_in(
    actor: Actor, *, named: str = "", customer: int | None = None, changes: Mapping[str, str], told: str = "",
    kind_key: str = NEWS, reason: str, evidence: str = "",
) -> None:  # fmt: skip
    """File a suggestion about a file that is seen (by its id) or named by number, code or exact name.

    What becomes of a name is not told: a file that is not seen, and one that is not there, answer alike (ruling 28).
    Raise Invalid for what was typed wrongly, LimitReached after A_DAY suggestions in a day.
    """
    with transaction.atomic(), writing(HAND_IN):
        work = Work(actor, HAND_IN, "create", releases=True)
        seen = work.load(Customer, customer, "view") if customer is not None else None
        _hand_in(work, seen, named, changes, told, kind_key, reason, evidence)


@action("customers.customer.suggest", record=Customer, verb="view", label=gettext_lazy("Suggest a change"), icon="chat",
        page="suggest", releases=True,
        inputs={"field": Input(gettext_lazy("Field"), required=False),
                "value": Input(gettext_lazy("New value"), required=False),
                "told": Input(gettext_lazy("What is new"), "longtext", required=False),
                "why": Input(gettext_lazy("Reason")),
                "evidence": Input(gettext_lazy("Evidence"), required=False)})  # fmt: skip
def suggest(
    work: Work,
    customer: Customer,
    *,
    why: str,
    field: str = "",
    value: str = "",
    told: str = "",
    evidence: str = "",
) -> None:
    """Suggest what a file should say, to whoever looks after it."""
    _hand_in(work, customer, "", {field: value} if field else {}, told, NEWS, why, evidence)


def _hand_in(
    work: Work, seen: Customer | None, named: str, changes: Mapping[str, str], told: str, kind_key: str, reason: str,
    evidence: str,
) -> None:  # fmt: skip
    actor = work.actor
    if not actor.may(selectors.SUGGESTION, "create"):
        raise NotAllowed(_("Your role does not allow this."))
    told, reason, named = told.strip(), reason.strip(), text.tidy(named)
    if problems := _problems(actor, seen, named, changes, told, reason):
        raise Invalid(_("Some fields need another look."), problems)
    _count(actor)
    found = seen or files.named_exactly(named)
    row: Any = new_record(work, RECORDS[selectors.SUGGESTION])
    row.suggested_by_id = actor.user_id
    row.named = named or (seen.name if seen is not None else "")
    row.changes, row.told, row.kind_key = dict(changes), told, "fact" if changes else kind_key
    row.subject = _subject(changes, told)
    row.reason, row.evidence = reason[:300], evidence.strip()[:300]
    row.owner_id = found.owner_id if found is not None else selectors.keeper()
    row.unit_id = found.unit_id if found is not None else row.unit_id
    if seen is not None:
        row.customer_id = seen.pk
    work.save(row)
    if seen is None and found is not None:
        # the suggester may not point at what is hidden; that this file was meant is written down all the same
        row.customer_id = found.pk
        draft = work.draft(row)
        draft.compare()
        work.store([draft])
    if row.owner_id is not None and row.owner_id != actor.user_id:
        about = (selectors.SUGGESTION, row.pk)
        tell(
            [row.owner_id],
            gettext_lazy("New suggestion about a file of yours"),
            _url(row),
            "suggestion",
            about=about,
        )


def _problems(
    actor: Actor, seen: Customer | None, named: str, changes: Mapping[str, str], told: str, reason: str
) -> list[Problem]:
    found = []
    if seen is None and not 0 < len(named) <= 120:
        found.append(Problem("named", _("Give the file number, the code or the exact name."), "required"))
    if not changes and not told:
        found.append(Problem("told", _("Say what is new, or choose a field."), "required"))
    if len(told) > MOST_TOLD or len(changes) > MOST_CHANGES:
        found.append(Problem("told", _("This is too long; hand in two suggestions.")))
    if not reason:
        found.append(Problem("reason", _("Say why."), "required"))
    kind, allowed = RECORDS[selectors.CUSTOMER], set(suggestible(actor))
    for name, value in changes.items():
        if name not in allowed:
            found.append(Problem(name, _("This field cannot be set here."), "not_settable"))
            continue
        spec_ = kind.fields[name]
        try:
            read(spec_, value)
        except ValueError as error:
            found.append(Problem(name, str(error)))
        known = {key for key, _label in spec_.choices()}
        if spec_.kind != "choices" and known and value and value not in known:
            found.append(
                Problem(name, _("“%(value)s” is not one of the choices.") % {"value": value}, "choice")
            )
    return found


def _count(actor: Actor) -> None:
    midnight = datetime.combine(clock.today(), time(), tzinfo=clock.ZONE)
    mine = Suggestion.objects.unscoped(because="how many suggestions a person handed in today")
    if mine.filter(suggested_by=actor.user_id, created_at__gte=midnight)[:A_DAY].count() >= A_DAY:
        raise LimitReached(
            _("You have handed in %(most)s suggestions today; go on tomorrow.") % {"most": A_DAY},
            limit="suggestions",
        )


def _subject(changes: Mapping[str, str], told: str) -> str:
    fields = RECORDS[selectors.CUSTOMER].fields
    labels = _(", ").join(str(fields[name].label) for name in changes)
    return (labels or told.splitlines()[0])[:60]


def withdraw(actor: Actor, pk: int) -> None:
    """Take one's own suggestion back while nobody has decided it; another's is absent."""
    with transaction.atomic(), writing(WITHDRAW):
        rows = Suggestion.objects.unscoped(because="a suggestion that its suggester takes back")
        row = (
            rows.select_for_update(of=("self",))
            .filter(pk=pk, suggested_by=actor.user_id, archived_at=None)
            .first()
        )
        if row is None:
            raise NotVisible(_("There is no such record, or it is not yours to see."))
        _still_open(row)
        work = Work(actor, WITHDRAW, "create", releases=True)
        work.hold(row)
        row.state_key, row.decided_at = WITHDRAWN, clock.now()
        work.save(row)


def _may_decide(row: Suggestion) -> bool:
    return row.state_key == OPEN


@action(f"{selectors.SUGGESTION}.accept", record=Suggestion, label=gettext_lazy("Accept"), icon="check", quiet=True,
        offered=_may_decide,
        inputs={"take": Input(gettext_lazy("Fields to take (empty: all)"), required=False),
                "answer": Input(gettext_lazy("Answer"), required=False)})  # fmt: skip
def accept(work: Work, row: Suggestion, *, take: str = "", answer: str = "") -> None:
    """Write what was suggested, whole or in part, into the file: as the accepter, with the suggester named."""
    _still_open(row)
    if row.customer_id is None:
        raise RuleBroken(_("Say first which file is meant."))
    all_of_it = rules.whole_changes(row.changes, row.told)
    taken = [name for name in take.split(",") if name] or list(all_of_it)
    if not set(taken) <= set(all_of_it):
        raise Invalid(_("Some fields need another look."), [Problem("take", _("This was not suggested."))])
    customer = work.load(Customer, row.customer_id)
    values: dict[str, Any] = {name: row.changes[name] for name in taken if name in row.changes}
    if "told" in taken:
        values |= _noted(row, customer, values)
    who = User.objects.get(pk=row.suggested_by_id)
    why = _("Suggested by %(who)s: %(reason)s") % {"who": who, "reason": row.reason}
    call = Work(work.actor, f"{selectors.CUSTOMER}.update", "change", why[:300], signer=work.signer)
    door.run(call, spec(call.action), customer.pk, values, None)
    _decide(work, row, rules.outcome(all_of_it, taken), answer, taken)


def _noted(row: Suggestion, customer: Customer, values: Mapping[str, Any]) -> dict[str, str]:
    """Add a fact without a field to the remarks of the file, or news of a rival to what it says of competition."""
    name = INTO.get(row.kind_key, "remarks")
    kept = str(values.get(name, getattr(customer, name)) or "")
    line = f"{clock.today().isoformat()} {row.told}"
    return {name: f"{kept}\n{line}" if kept else line}


@action(f"{selectors.SUGGESTION}.decline", record=Suggestion, label=gettext_lazy("Decline"), icon="x", quiet=True,
        offered=_may_decide, inputs={"answer": Input(gettext_lazy("Answer"))})  # fmt: skip
def decline(work: Work, row: Suggestion, *, answer: str) -> None:
    """Leave the file as it is, and tell the suggester why."""
    _still_open(row)
    _decide(work, row, DECLINED, answer, [])


def _is_unmatched(row: Suggestion) -> bool:
    return row.state_key == OPEN and row.customer_id is None


@action(f"{selectors.SUGGESTION}.match", record=Suggestion, verb="claim", label=gettext_lazy("Find the file"),
        icon="search", offered=_is_unmatched, releases=True,
        inputs={"file": Input(gettext_lazy("File number, social credit code or exact name"))})  # fmt: skip
def match(work: Work, row: Suggestion, *, file: str) -> None:
    """Say which file a suggestion means; it goes to who looks after that file."""
    _still_open(row)
    found = files.named_exactly(file)
    if found is None or not Customer.objects.visible_to(work.actor).filter(pk=found.pk).exists():
        wrong = _("There is no file with this number, code or exact name.")
        raise Invalid(wrong, [Problem("file", wrong)])
    row.customer_id, row.owner_id, row.unit_id = found.pk, found.owner_id, found.unit_id
    work.save(row)
    if found.owner_id is not None and found.owner_id != work.actor.user_id:
        about = (selectors.SUGGESTION, row.pk)
        tell(
            [found.owner_id],
            gettext_lazy("New suggestion about a file of yours"),
            _url(row),
            "suggestion",
            about=about,
        )


def _decide(work: Work, row: Suggestion, state: str, answer: str, taken: list[str]) -> None:
    row.state_key, row.answer, row.taken = state, answer.strip()[:300], taken
    row.decided_by_id, row.decided_at = work.actor.user_id, clock.now()
    work.save(row)
    words = {
        "accepted": gettext_lazy("Your suggestion was accepted"),
        "partly": gettext_lazy("Part of your suggestion was accepted"),
        DECLINED: gettext_lazy("Your suggestion was declined"),
    }  # fmt: skip
    if row.suggested_by_id != work.actor.user_id:
        tell([row.suggested_by_id], words[state], reverse("reviews.mine"), "suggestion")


def _still_open(row: Suggestion) -> None:
    if row.state_key != OPEN:
        raise RuleBroken(_("This was decided already."))


def _url(row: Suggestion) -> str:
    return reverse("suggestions.detail", kwargs={"pk": ids.show(row.pk)})
