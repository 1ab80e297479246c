"""The views of a list: the built-in ones that everybody has."""

from django.utils.translation import gettext as _

from kedang.engine.records.types import RecordType
from kedang.kernel.actor import Actor


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
