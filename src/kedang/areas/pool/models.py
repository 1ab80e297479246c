"""What went into pools and out of them, when, and why; what will fall soon; what is kept out."""

from django.db import models

from kedang.areas.customers.models import Customer
from kedang.engine.columns import IdField
from kedang.engine.identity.models import Pool

FELL, RETURNED, CLAIMED, ASSIGNED, GIVEN_BACK = "fell", "returned", "claimed", "assigned", "given_back"
INTO, OUT = (FELL, RETURNED), (CLAIMED, ASSIGNED, GIVEN_BACK)
RUNNING, DONE, UNDOING, UNDONE = "running", "done", "undoing", "undone"


class Run(models.Model):
    """One night in which neglected customers fell, or a trial of it; nobody began the one of the system."""

    id = IdField()
    as_of = models.DateField()
    trial = models.BooleanField(default=False)
    state = models.CharField(max_length=10, default=RUNNING)
    started_by = models.ForeignKey("engine.User", models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]


class Move(models.Model):
    """A customer went into a pool or out of it. `user` is who had it before, or who has it after.

    `why` holds what the rule counted: after, since, days, on, never.
    """

    id = IdField()
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="pool_moves", db_index=False)
    kind = models.CharField(max_length=12)
    at = models.DateTimeField()
    day = models.DateField()
    pool = models.ForeignKey(Pool, models.PROTECT, null=True, related_name="+")
    user = models.ForeignKey("engine.User", models.PROTECT, null=True, related_name="+", db_index=False)
    by = models.ForeignKey("engine.User", models.PROTECT, null=True, related_name="+", db_index=False)
    run = models.ForeignKey(Run, models.PROTECT, null=True, related_name="moves")
    why = models.JSONField(default=dict)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-id"], name="pool_move_customer"),
            models.Index(fields=["user", "kind", "day"], name="pool_move_user"),
        ]


class Forecast(models.Model):
    """A customer that will fall soon, as judged on a day. `told` is the warning its owner has had already.

    Made anew every night. Whether customer, owner and pool are there the database does not ask: PostgreSQL would look
    up each of a million at the end, which was a third of a trial.
    """

    id = IdField()
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="pool_forecasts", db_constraint=False)
    owner = models.ForeignKey(
        "engine.User", models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    pool = models.ForeignKey(Pool, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    on = models.DateField()
    after = models.CharField(max_length=20)
    since = models.DateField()
    days = models.PositiveSmallIntegerField()
    never = models.BooleanField(default=False)
    judged_on = models.DateField()
    stage = models.PositiveSmallIntegerField(null=True)
    told = models.PositiveSmallIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["owner", "on", "id"], name="pool_forecast_owner")]


class Shelter(models.Model):
    """A manager keeps a customer out of the pool, for good or until a day that still counts."""

    id = IdField()
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="pool_shelters")
    until = models.DateField(null=True)
    by = models.ForeignKey("engine.User", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField(max_length=300)


class Proposal(models.Model):
    """A rule that somebody wants for a pool, with what it would do: tried before it holds, and nobody moves.

    `rule` is empty for that of the pack. `pool_version` is the pool it was tried on; `found` names customers that would
    fall sooner or later, the first of them.
    """

    id = IdField()
    pool = models.ForeignKey(Pool, models.CASCADE, related_name="proposals")
    pool_version = models.PositiveIntegerField()
    rule = models.JSONField(null=True)
    as_of = models.DateField()
    made_by = models.ForeignKey("engine.User", models.CASCADE, related_name="+", db_index=False)
    made_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)
    found = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
