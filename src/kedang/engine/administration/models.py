"""The company itself: one row with what it is called and how its people sign in."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from kedang.engine.administration import rules
from kedang.engine.columns import IdField
from kedang.engine.identity.administered import Administered, AdministeredManager


def check_tiles(value: str) -> None:
    """Refuse what is no address of tiles."""
    if value and not rules.tiles_origin(value):
        raise ValidationError(
            _("Give an address with {z}, {x} and {y}, such as https://tiles.example/{z}/{x}/{y}.png.")
        )


class Company(Administered):
    """The company that works here. Without this row the installation waits for its first start."""

    id = IdField()
    name = models.CharField(_("Company name"), max_length=80)
    opened_at = models.DateTimeField(_("Set up on"), null=True, blank=True)
    captcha_after = models.PositiveSmallIntegerField(
        _("Ask for letters in a picture after so many failures"),
        default=3,
        validators=[MaxValueValidator(20)],
    )
    idle_minutes = models.PositiveIntegerField(
        _("Sign out after so many idle minutes"), default=120,
        validators=[MinValueValidator(5), MaxValueValidator(1440)],
    )  # fmt: skip
    backup_daily = models.BooleanField(_("Back up every night"), default=True)
    backup_keep = models.PositiveSmallIntegerField(
        _("Backups to keep"), default=14, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    keep_jobs_days = models.PositiveSmallIntegerField(
        _("Keep ended jobs for so many days"), default=90,
        validators=[MinValueValidator(7), MaxValueValidator(3650)],
    )  # fmt: skip
    keep_notices_days = models.PositiveSmallIntegerField(
        _("Keep notices that were read for so many days"), default=180,
        validators=[MinValueValidator(7), MaxValueValidator(3650)],
    )  # fmt: skip
    tiles_url = models.CharField(
        _("Address of a tile server"), max_length=300, blank=True, validators=[check_tiles],
        help_text=_("With {z}, {x} and {y}. Empty: maps use the plain base, and nothing is asked of the outside."),
    )  # fmt: skip
    tiles_shifted = models.BooleanField(_("Its tiles are in GCJ-02 (Amap, Tencent)"), default=False)
    tiles_credit = models.CharField(
        _("Whose map it is, as its owner asks to be named"), max_length=80, blank=True
    )
    objects: ClassVar[Any] = AdministeredManager()

    class Meta:
        verbose_name = _("Company")

    def __str__(self) -> str:
        return self.name
