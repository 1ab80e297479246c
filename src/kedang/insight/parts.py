"""What insight adds to pages of others: the value of a customer, and a card on the desk."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.urls import reverse

from kedang.engine.request import KedangRequest
from kedang.insight import selectors
from kedang.insight.wording import LABELS, label_of, never_bought, why
from kedang.kernel.actor import Actor

LOST = ("important_keep", "important_winback")


def value_of(request: KedangRequest, row: Any) -> Mapping[str, object] | None:
    """Return a customer's type and the three reasons for it, or None where the reader may not see it."""
    run = selectors.run_of()
    if run is None or not selectors.sees_value(request.actor):
        return None
    score = selectors.score_of(request.actor, row.pk, run)
    return {
        "run": run,
        "label": label_of(score.type if score else "none"),
        "reasons": why(score) if score else [],
        "nothing": "" if score else never_bought(),
        "url": reverse("insight.rfm") if score is None else reverse("insight.rfm_type", args=[score.type]),
    }


def going_quiet(request: KedangRequest) -> Mapping[str, object] | None:
    """Return the important customers of the reader who have not bought for long, or None without any."""
    run = selectors.run_of()
    if run is None or not selectors.sees_value(request.actor):
        return None
    cells = selectors.cells_within(request.actor, run, LOST)
    found = [
        {"label": label_of(key), "customers": cells[key][0], "money": cells[key][1], "url": _list(key)}
        for key in LOST
        if key in cells
    ]
    if not found:
        return None
    return {"run": run, "cells": found}


def types() -> list[tuple[str, str]]:
    """Return the types a list of customers may be filtered by."""
    return [(key, str(label)) for key, label in LABELS.items()]


def of_types(_actor: Actor, values: tuple[str, ...]) -> Q:
    """Return the condition of being of one of these types in the newest run; without a run nobody is."""
    run = selectors.run_of()
    return selectors.of_types(run, values) if run is not None else Q(pk__in=[])


def _list(type_key: str) -> str:
    return reverse("insight.rfm_type", args=[type_key])
