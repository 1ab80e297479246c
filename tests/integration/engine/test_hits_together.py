"""Tries on hidden files that come at the same moment are counted one after the other, so a day has no more of them."""

import threading

import pytest
from django.db import connection

from kedang.engine.ledger.models import AccessLog
from kedang.engine.records import hidden
from kedang.kernel.actor import Span
from kedang.kernel.errors import LimitReached
from world import everywhere


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_hits_that_come_together_do_not_pass_the_limit_of_a_day(world, monkeypatch):
    monkeypatch.setattr(hidden, "HITS_A_DAY", 5)
    actor = world.actor(world.li, everywhere(Span.OWN))
    together, said = threading.Barrier(8), []

    def meet():
        together.wait()
        try:
            hidden.count_hits(actor, "customers.customer", 1, "create")
            said.append("counted")
        except LimitReached:
            said.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=meet) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["counted"] * 5 + ["refused"] * 3
    assert AccessLog.objects.filter(user_id=world.li.pk, kind=hidden.CODE).count() == 5
