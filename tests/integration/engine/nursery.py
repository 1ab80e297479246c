"""A process that sets Kedang up once and forks a worker for each line it reads, so that many can be killed quickly.

Its workers know two jobs more: to file many customers, one a step, and to merge two files or take that back.
"""

import os
import sys
import time
from datetime import timedelta

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "kedang.project.settings"
django.setup()

from django.db import connections, transaction  # noqa: E402

from kedang.engine.actions.perform import perform  # noqa: E402
from kedang.engine.jobs import job, running  # noqa: E402
from kedang.engine.ledger.merges import Merge  # noqa: E402
from kedang.kernel import ids  # noqa: E402
from kedang.project import worker  # noqa: E402

running.LEASE = timedelta(seconds=0.7)
running.BETWEEN_REPORTS = 0.0
worker.RENEW_SECONDS = 0.2
worker.IDLE_SECONDS = 0.02


@job("test.steps", label="Steps")
def steps(run, *, count: int):
    """File a customer a step; the step and the state are one transaction."""
    for step in range(run.state.get("step", 0), count):
        with transaction.atomic():
            perform(
                run.actor,
                "customers.customer.create",
                inputs={"name": f"第{step}步公司", "type_key": "individual"},
            )
            run.keep(step=step + 1)
        run.report(step + 1, count)
        time.sleep(0.002)
    return {"text": f"{count} steps"}


@job("test.merge", label="Merge")
def merge(run, *, survivor: int, other: int, back: bool):
    """Do what somebody does who presses the button again after a crash: nothing when it is done."""
    run.keep(begun=run.state.get("begun", 0) + 1)
    standing = Merge.objects.filter(survivor_id=survivor, merged_id=other, undone_at=None).first()
    if back and standing is not None:
        perform(run.actor, "customers.customer.unmerge", survivor, {"merge": ids.show(standing.pk)})
    elif not back and standing is None:
        perform(
            run.actor, "customers.customer.merge", survivor, {"other": ids.show(other), "take": "address"}
        )
    return {"text": "done"}


for _line in sys.stdin:
    connections.close_all()
    child = os.fork()
    if child == 0:
        worker.work()
        os._exit(0)
    sys.stdout.write(f"{child}\n")
    sys.stdout.flush()
