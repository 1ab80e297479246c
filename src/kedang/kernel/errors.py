"""Every error the business may raise. A surface turns each into its own words once."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field of one row. An empty field means the row as a whole.

    `offers` are values that would be right: shown to whoever typed it, never put in their place.
    """

    field: str
    text: str
    code: str = "invalid"
    offers: tuple[str, ...] = ()


class KedangError(Exception):
    """A failure we foresaw. `code` is stable for machines, `text` is for people."""

    code = "error"

    def __init__(self, text: str, **data: object) -> None:
        super().__init__(text)
        self.text = text
        self.data = data


class RuleBroken(KedangError):
    """The business says no, and says why."""

    code = "rule_broken"


class NotVisible(KedangError):
    """No such record for this actor. Absent and hidden must look the same."""

    code = "not_found"


class NotAllowed(KedangError):
    """The actor may see the record but not do this to it."""

    code = "not_allowed"


class Invalid(KedangError):
    """The input does not fit its fields; `problems` says which and why."""

    code = "invalid"

    def __init__(self, text: str, problems: Sequence[Problem] = (), **data: object) -> None:
        super().__init__(text, **data)
        self.problems = tuple(problems)


class BadQuery(KedangError):
    """A list or search was asked for something it does not offer: unknown filter, sort or cursor."""

    code = "bad_query"


class Conflict(KedangError):
    """Somebody else changed the record since it was read."""

    code = "stale"


class LimitReached(KedangError):
    """A quota of the actor is used up."""

    code = "limit_reached"


class FileRefused(KedangError):
    """A file cannot be read, or passes a limit, which `data` names."""

    code = "file_refused"


class PackError(KedangError):
    """A pack file is wrong. The text names the file and the key."""

    code = "pack"


class UnscopedQuery(AssertionError):
    """A bug of ours, never the user's: SQL was about to run with no actor."""


class UnscopedWrite(AssertionError):
    """A bug of ours: a record was about to change outside an action."""
