"""A change of units, roles, rights or pools counts at the next request, whoever makes it."""

from typing import Any

from django.db.models.signals import m2m_changed, post_delete, post_save

from kedang.engine.identity.models import FieldRight, Pool, Role, RoleGrant, RoleLimit, Unit
from kedang.engine.identity.stamps import bump

KEPT = (Unit, Role, RoleGrant, FieldRight, RoleLimit, Pool)


def _changed(**_told: Any) -> None:
    bump("identity")


def watch() -> None:
    """Renew the stamp with every row that the directory holds; statements over many rows renew it themselves."""
    for model in KEPT:
        post_save.connect(_changed, sender=model, dispatch_uid="kedang.identity")
        post_delete.connect(_changed, sender=model, dispatch_uid="kedang.identity")
    for through in (RoleGrant.units.through, Pool.units.through):
        m2m_changed.connect(_changed, sender=through, dispatch_uid="kedang.identity")
