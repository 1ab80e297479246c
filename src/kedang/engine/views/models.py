"""Saved views of lists, and what each person keeps of a list for themselves."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kedang.engine.scope.models import ScopedModel

OWN, UNIT, EVERYONE = "own", "unit", "everyone"
AUDIENCES = (OWN, UNIT, EVERYONE)


class SavedView(ScopedModel):
    """A name for the address of a list: conditions, order, columns, density. It shows each reader their own rows."""

    announced = True

    name = models.CharField(_("Name"), max_length=60)
    record = models.CharField(_("List"), max_length=80)
    query = models.CharField(_("Address"), max_length=2_000, blank=True)
    audience = models.CharField(_("Shown to"), max_length=10, default=OWN)
    default_for = models.CharField(_("Default of the role"), max_length=60, blank=True)
    place = models.PositiveSmallIntegerField(_("Place"), default=100)

    class Meta:
        verbose_name = _("View")
        indexes = [models.Index(fields=["record", "owner"], name="view_of_list")]

    def __str__(self) -> str:
        return self.name


class ListHabit(models.Model):
    """How one person likes one list: which view opens first, which are favourites, columns, widths, density."""

    user = models.ForeignKey("engine.User", models.CASCADE, related_name="+")
    record = models.CharField(max_length=80)
    first_view = models.BigIntegerField(null=True)
    favourites = models.JSONField(default=list)
    columns = models.JSONField(default=list)
    widths = models.JSONField(default=dict)
    sort = models.CharField(max_length=60, blank=True)
    frozen = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "record"], name="habit_once")]
