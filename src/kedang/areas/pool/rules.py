"""When a customer falls into the pool, and who may claim it. Pure: no database, no clock, no Django.

A rule counts days from what was done last: of 90 days since 30 June the 28th of September is the last protected one,
and the customer lies in the pool from the 29th, 00:00. Where nothing was done yet, the clock starts on the day its
present owner got the customer, never at 'no date'.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kedang.kernel.workdays import Workdays
from kedang.packs.schema import PoolFall, PoolRule

FOLLOW_UP, ORDER, CONTRACT_END = "follow_up", "order", "contract_end"
BASES = (FOLLOW_UP, ORDER, CONTRACT_END)
# what keeps a customer out of the pool whatever the rule says, and what does so where the rule says it
CONTRACT, LOCKED, APPROVAL, SEALED, HELD = "contract", "locked", "approval", "sealed", "held"
OPPORTUNITY, RECEIVABLE, KEY_ACCOUNT = "opportunity", "receivable", "key_account"
ALWAYS = frozenset({CONTRACT, LOCKED, APPROVAL, SEALED, HELD})
SHIELDS = (CONTRACT, OPPORTUNITY, LOCKED, KEY_ACCOUNT, APPROVAL, RECEIVABLE, SEALED, HELD)


@dataclass(frozen=True, slots=True)
class File:
    """What is known of one customer: since when its owner has it, what was done last, what shields it.

    `last` holds the day of the last follow-up, order and end of an approved contract, as far as there is one;
    `sheltered` is the last day on which a manager keeps it out. A shelter whose end is known shields nothing: it puts
    the fall off, so that its owner is warned before it ends.
    """

    type: str
    level: str
    status: str
    acquired: date
    last: Mapping[str, date]
    shields: frozenset[str] = frozenset()
    sheltered: date | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The day from which a customer lies in the pool, counted how; `kept` says what keeps it out all the same.

    `never` says that nothing was done yet, so that `since` is the day the owner got the customer.
    """

    on: date
    after: str
    since: date
    days: int
    never: bool
    kept: tuple[str, ...] = ()

    def falls(self, as_of: date) -> bool:
        """Say whether the customer lies in the pool on a day."""
        return not self.kept and self.on <= as_of


def concerns(fall: PoolFall, type_key: str, level: str, status: str) -> bool:
    """Say whether a rule is about customers of this type, level and status; an empty list means all."""
    return (
        (not fall.types or type_key in fall.types)
        and (not fall.levels or level in fall.levels)
        and (not fall.statuses or status in fall.statuses)
    )


def falls_on(since: date, days: int) -> date:
    """Return the first day in the pool: the one after the last protected one."""
    return since + timedelta(days=days + 1)


def judge(rule: PoolRule, file: File) -> Verdict | None:
    """Return when a customer falls, by the line of the rule that comes first; None where no line concerns it.

    A line about contracts concerns only customers that had one.
    """
    found: Verdict | None = None
    for fall in rule.falls:
        if not concerns(fall, file.type, file.level, file.status):
            continue
        last = file.last.get(fall.after)
        if last is None and fall.after == CONTRACT_END:
            continue
        never = last is None
        since = file.acquired if last is None else max(last, file.acquired)
        on = falls_on(since, fall.days)
        if file.sheltered is not None:
            on = max(on, file.sheltered + timedelta(days=1))
        if found is None or on < found.on:
            found = Verdict(on, fall.after, since, fall.days, never)
    if found is None:
        return None
    kept = kept_by(rule, file)
    return Verdict(found.on, found.after, found.since, found.days, found.never, kept) if kept else found


def kept_by(rule: PoolRule, file: File) -> tuple[str, ...]:
    """Return what keeps a customer out of the pool, in the order people are told."""
    counted = file.shields & (
        ALWAYS
        | ({OPPORTUNITY} if rule.keep_opportunity else set())
        | ({RECEIVABLE} if rule.keep_receivable else set())
    )
    if file.level and file.level in rule.keep_levels:
        counted |= {KEY_ACCOUNT}
    return tuple(name for name in SHIELDS if name in counted) if counted else ()


def stage(on: date, as_of: date, warn_days: tuple[int, ...], calendar: Workdays) -> int | None:
    """Return the warning that is due on a day: how many working days before the fall, the fewest that apply."""
    if as_of >= on:
        return None
    due = [days for days in warn_days if calendar.add(on, -days) <= as_of]
    return min(due, default=None)


@dataclass(frozen=True, slots=True)
class Claim:
    """What is known of a claim: how many today, how many the role allows (0: none), when the customer left the
    claimer (only where they were its last owner), when the file was made, how many counted customers they hold.
    """

    today: int
    allowed: int
    left_on: date | None
    filed_on: date
    held: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a claim is refused: which cap, how much it is, and the first day on which it would be possible."""

    cap: str
    most: int
    again_on: date | None = None


def refuse_claim(rule: PoolRule, claim: Claim, as_of: date) -> Refusal | None:
    """Return what stands against a claim on a day, or None."""
    if not claim.allowed:
        return Refusal("role", 0)
    most = min(claim.allowed, rule.claims_per_day) if rule.claims_per_day else claim.allowed
    if claim.today >= most:
        return Refusal("daily", most, as_of + timedelta(days=1))
    if claim.left_on is not None and rule.former_owner_days:
        free = claim.left_on + timedelta(days=rule.former_owner_days)
        if as_of < free:
            return Refusal("former", rule.former_owner_days, free)
    free = claim.filed_on + timedelta(days=rule.new_data_days)
    if as_of < free:
        return Refusal("new", rule.new_data_days, free)
    if rule.holding_cap and claim.held >= rule.holding_cap:
        return Refusal("holding", rule.holding_cap)
    return None


# -- what another rule would do

AHEAD_DAYS = 30
MOST_WARNING = 15  # working days ahead: more than that may lie beyond the days that are foreseen


def falls_by(verdict: Verdict | None, as_of: date) -> date | None:
    """Return the day on which a customer falls by a verdict, today at the earliest; None where it does not within
    the days that are foreseen.
    """
    if verdict is None or verdict.kept or verdict.on > as_of + timedelta(days=AHEAD_DAYS):
        return None
    return max(verdict.on, as_of)


SOONER, LATER, SAME = "sooner", "later", ""


def shift(now: date | None, then: date | None) -> str:
    """Say what another rule does to a customer: it falls sooner (or at all), later (or not), or as before."""
    if now == then:
        return SAME
    if then is None:
        return LATER
    return SOONER if now is None or then < now else LATER


def contradictions(falls: Sequence[PoolFall], warn_days: Sequence[int]) -> list[tuple[str, int]]:
    """Return what cannot be meant: lines that say the same of the same customers, by their place, and days of warning
    that are as long as a line itself.
    """
    found, seen = [], set()
    for place, fall in enumerate(falls):
        about = (fall.after, frozenset(fall.types), frozenset(fall.levels), frozenset(fall.statuses))
        if about in seen:
            found.append(("twice", place))
        seen.add(about)
    shortest = min((fall.days for fall in falls), default=0)
    found += [("longer", days) for days in warn_days if falls and days >= shortest]
    return found
