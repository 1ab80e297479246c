"""What administrators keep: people, units, roles, the company. No owner and no sealed read door, since every page
names people and units; but the same actions, history and proof as a record.
"""

from typing import Any, Self

from django.db import models

from kedang.engine.scope.reach import record_key
from kedang.kernel.actor import Actor, Grant


class AdministeredQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Rows that an action may be done to; reading a name needs no leave."""

    def visible_to(self, actor: Actor, action: str = "view", *, archived: bool = False) -> Self:
        """Narrow to the rows this actor may administer for `action`; nothing here lies in an archive hold."""
        grant = actor.grant(record_key(self.model), action)
        if grant is None or archived:
            return self.none()
        return self.all() if grant.everything else self.within(actor, grant)

    def within(self, actor: Actor, grant: Grant) -> Self:
        """Return what a narrower span reaches: nothing, unless the model says more."""
        return self.none()

    def unscoped(self, *, because: str) -> Self:
        """Read as the system, in the words that records use."""
        return self.all()


class PeopleQuerySet(AdministeredQuerySet):
    """People are reached through their administrative unit, and oneself."""

    def within(self, actor: Actor, grant: Grant) -> Self:
        """Return the people of the units, and the actor."""
        mine = models.Q(pk=actor.user_id) if grant.own else models.Q(pk__in=[])
        return self.filter(models.Q(admin_unit__in=sorted(grant.units)) | mine)


class Administered(models.Model):
    """The columns that give a row its place in the history. Version 0 means that no action has touched it yet."""

    version = models.PositiveIntegerField(default=0, editable=False)
    head = models.CharField(max_length=64, default="", editable=False, blank=True)
    created_at = models.DateTimeField(null=True, editable=False)
    changed_at = models.DateTimeField(null=True, editable=False)

    pooled = False
    owner_id = None
    follows = ""

    class Meta:
        abstract = True


AdministeredManager: Any = models.Manager.from_queryset(AdministeredQuerySet)
