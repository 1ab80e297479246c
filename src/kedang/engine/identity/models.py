"""People, units, roles and what they may do."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.engine.columns import IdField
from kedang.engine.identity.administered import Administered, AdministeredManager, PeopleQuerySet
from kedang.engine.scope.models import ScopedModel
from kedang.kernel.actor import Line, Mode, Span
from kedang.kernel.errors import RuleBroken


class Unit(Administered):
    """A department, region or branch. `path` holds the ids from the root down, so 'and below' is a prefix."""

    id = IdField()
    name = models.CharField(gettext_lazy("Name"), max_length=80)
    code = models.CharField(gettext_lazy("Short code"), max_length=20, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children",
                               verbose_name=gettext_lazy("Above it"))  # fmt: skip
    objects: ClassVar[Any] = AdministeredManager()
    path = models.CharField(max_length=400, db_index=True, editable=False)

    class Meta:
        ordering = ["path"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the unit; one that moves takes the units below it along. Raise RuleBroken for a circle."""
        with transaction.atomic():
            stored = Unit.objects.filter(pk__in=[self.pk, self.parent_id]).select_for_update()
            paths = dict(stored.values_list("pk", "path"))
            above, old = paths.get(self.parent_id or 0, "/"), paths.get(self.pk, "")
            if f"/{self.pk}/" in above:
                raise RuleBroken(_("A unit cannot lie below itself."))
            self.path = f"{above}{self.pk}/"
            super().save(*args, **kwargs)
            if old not in ("", self.path):
                self.take_along(old)

    def take_along(self, old: str) -> None:
        """Give the units below a unit that moved their new paths."""
        below = list(Unit.objects.filter(path__startswith=old).exclude(pk=self.pk))
        for unit in below:
            unit.path = self.path + unit.path.removeprefix(old)
        Unit.objects.bulk_update(below, ["path"])


class UserManager(BaseUserManager.from_queryset(PeopleQuerySet)):  # type: ignore[misc]
    """Make users with a hashed password."""

    def create_user(self, username: str, password: str | None = None, **values: Any) -> "User":
        user: User = self.model(username=username, **values)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, Administered):
    """An employee who signs in. Two units: the business line for customer data, the administrative one."""

    id = IdField()
    username = models.CharField(gettext_lazy("User name"), max_length=60, unique=True)
    name = models.CharField(gettext_lazy("Name"), max_length=40)
    email = models.EmailField(gettext_lazy("Mail"), blank=True)
    phone = models.CharField(gettext_lazy("Phone"), max_length=30, blank=True)
    title = models.CharField(gettext_lazy("Position"), max_length=40, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="members",
                             verbose_name=gettext_lazy("Department"))  # fmt: skip
    admin_unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="staff",
                                   verbose_name=gettext_lazy("Administrative department"))  # fmt: skip
    roles = models.ManyToManyField("engine.Role", through="engine.Membership", related_name="users")
    language = models.CharField(max_length=10, default="zh-hans")
    theme = models.CharField(max_length=10, default="light")
    is_active = models.BooleanField(gettext_lazy("Works here"), default=True)
    joined_on = models.DateField(gettext_lazy("Joined on"), null=True, blank=True)
    # another number after each change of roles: an open session gets another id then
    turn = models.PositiveIntegerField(default=0, editable=False)
    # the digest of the newest link that sets a password, and when it ends
    link = models.CharField(max_length=64, blank=True, default="", editable=False)
    link_until = models.DateTimeField(null=True, editable=False)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        ordering = ["username"]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


class Role(Administered):
    """A bundle of rights with a name; packs bring the usual ones."""

    id = IdField()
    key = models.SlugField(max_length=60, unique=True)
    label = models.JSONField(default=dict)
    pack = models.CharField(max_length=60, blank=True)
    second_factor = models.BooleanField(gettext_lazy("Needs a second factor"), default=False)
    # changed here: an upgrade of its pack leaves its rights alone
    edited = models.BooleanField(default=False, editable=False)
    objects: ClassVar[Any] = AdministeredManager()

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key


class Membership(models.Model):
    """A user has a role."""

    user = models.ForeignKey(User, models.CASCADE)
    role = models.ForeignKey(Role, models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="membership_once")]


class RoleGrant(models.Model):
    """A role may do one action to one record type, as far as its span reaches on one line."""

    role = models.ForeignKey(Role, models.CASCADE, related_name="grants")
    record = models.CharField(max_length=80)
    action = models.CharField(max_length=40)
    span = models.CharField(max_length=10, choices=[(span.value, span.value) for span in Span])
    line = models.CharField(
        max_length=16, choices=[(line.value, line.value) for line in Line], default=Line.BUSINESS
    )
    units = models.ManyToManyField(Unit, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["role", "record", "action", "line"], name="grant_once")
        ]


class FieldRight(models.Model):
    """What a role may do with one guarded field."""

    role = models.ForeignKey(Role, models.CASCADE, related_name="rights")
    record = models.CharField(max_length=80)
    field = models.CharField(max_length=60)
    mode = models.PositiveSmallIntegerField(choices=[(mode.value, mode.name) for mode in Mode])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "record", "field"], name="field_right_once")]


class RoleLimit(models.Model):
    """A number that bounds what a role may do: reveals a day, rows of an export, discount."""

    role = models.ForeignKey(Role, models.CASCADE, related_name="limits")
    key = models.CharField(max_length=60)
    value = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "key"], name="limit_once")]


class RecordShare(models.Model):
    """One record opened to one person: a collaborator without end, or access granted for a time."""

    id = IdField()
    record = models.CharField(max_length=80)
    record_id = models.BigIntegerField()
    user = models.ForeignKey(User, models.CASCADE, related_name="shares")
    level = models.CharField(max_length=10, choices=[("view", "view"), ("change", "change")], default="view")
    kind = models.CharField(max_length=12, choices=[("collaborator", "collaborator"), ("access", "access")])
    reason = models.CharField(max_length=200, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    given_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    given_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["user", "record"]), models.Index(fields=["record", "record_id"])]
        constraints = [
            models.UniqueConstraint(fields=["record", "record_id", "user", "kind"], name="share_once"),
        ]


class Pool(Administered):
    """A public pool (公海): customers without an owner that the people of some units may claim.

    `rule` is what was said by hand of who falls into it; without it the rule of the installed packs holds.
    """

    id = IdField()
    name = models.CharField(gettext_lazy("Name"), max_length=60)
    units = models.ManyToManyField(Unit, related_name="pools")
    rule = models.JSONField(gettext_lazy("Rule"), null=True, editable=False)
    objects: ClassVar[Any] = AdministeredManager()

    class Meta:
        verbose_name = gettext_lazy("Pool")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class StandIn(ScopedModel):
    """A colleague looks after the records of its owner, who is away from one day to another (临时指派)."""

    deputy = models.ForeignKey(User, models.PROTECT, verbose_name=gettext_lazy("Stands in"), related_name="+")
    starts_on = models.DateField(gettext_lazy("First day"))
    ends_on = models.DateField(gettext_lazy("Last day"))
    ended_on = models.DateField(gettext_lazy("Back since"), null=True, blank=True, editable=False)
    reason = models.CharField(gettext_lazy("Reason"), max_length=80)

    class Meta:
        verbose_name = gettext_lazy("Stand-in")
        indexes = [models.Index(fields=["ends_on"], name="standin_until")]

    def __str__(self) -> str:
        return self.reason


class SignIn(models.Model):
    """A session that somebody opened: for the list of sessions, from which it can be ended."""

    id = IdField()
    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True)
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=200, blank=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()


class ApiToken(models.Model):
    """A key that lets a program act as its user. Only a digest is kept."""

    id = IdField()
    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    read_only = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)


class Stamp(models.Model):
    """A value that is another one after each change of shared definitions, so that no process keeps a stale copy."""

    key = models.CharField(max_length=40, primary_key=True)
    value = models.PositiveBigIntegerField(default=0)
