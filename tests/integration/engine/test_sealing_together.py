"""Several workers that seal at the same moment make one chain, not two."""

import threading

import pytest
from django.db import connection

from kedang.engine.actions.perform import perform
from kedang.engine.ledger import seal
from kedang.engine.records.verify import verify


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_workers_that_seal_at_once_make_one_chain(world, monkeypatch):
    monkeypatch.setattr(seal, "BITE", 3)
    for number in range(40):
        perform(world.boss, "catalog.product.create", inputs={"number": f"S-{number}", "name": "阀门"})
    together = threading.Barrier(4)

    def work():
        together.wait()
        try:
            seal.seal_pending()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verify().faults == []
    assert seal.Seal.objects.count() > 10
