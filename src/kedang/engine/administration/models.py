"""The company itself: one row with what it is called and how its people sign in."""

from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from kedang.engine.columns import IdField
from kedang.engine.identity.administered import Administered, AdministeredManager


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
    objects: ClassVar[Any] = AdministeredManager()

    class Meta:
        verbose_name = _("Company")

    def __str__(self) -> str:
        return self.name
