"""The hold lists what waits within reach, with the days left; erasing is offered when they are over, to who may."""

from datetime import timedelta
from typing import Any

from django.test import Client

from kedang.engine.actions.perform import perform
from kedang.engine.identity.models import Role
from kedang.kernel import clock, ids
from world import World


def enter(user: Any, role: str) -> Client:
    user.roles.add(Role.objects.get(key=role))
    client = Client()
    client.force_login(user)
    return client


def test_days_left_and_who_may_erase(world: World, monkeypatch: Any) -> None:
    mine, theirs = (world.records["customers.customer"][name] for name in ("li", "wang"))
    for row in (mine, theirs):
        perform(world.boss, "customers.customer.archive", row.pk, reason="停业")
    manager, rep = enter(world.chief, "general_manager"), enter(world.li, "sales_rep")
    page = rep.get("/hold").content.decode()
    assert mine.name in page and theirs.name not in page and "30天" in page

    real = clock.now()
    monkeypatch.setattr(clock, "now", lambda: real + timedelta(days=30))
    manager, rep = enter(world.chief, "general_manager"), enter(world.li, "sales_rep")
    erase = f"/customers/{ids.show(mine.pk)}/do/erase"
    assert erase in manager.get("/hold").content.decode()
    assert erase not in rep.get("/hold").content.decode()
    assert rep.post(erase, {"reason": "到期"}).status_code == 403
    assert manager.post(erase, {"reason": "到期"}).status_code == 302
    assert mine.name not in manager.get("/hold").content.decode()
