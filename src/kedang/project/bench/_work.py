"""What tells people what to do: warnings over all customers and after changes, the pool, the desk, a day's plan."""

import time
from datetime import timedelta
from typing import Any

from kedang.areas.customers.models import Customer
from kedang.areas.pool.services import RUN as POOL
from kedang.areas.warnings.jobs import RUN as WARNINGS
from kedang.areas.warnings.selectors import OVERLAP
from kedang.engine.actions.batch import Row, batch_save
from kedang.engine.identity.models import Pool, Unit
from kedang.engine.jobs import SYSTEM, queue, running
from kedang.engine.jobs.models import DONE, Job
from kedang.engine.records.types import RECORDS
from kedang.kernel import clock
from kedang.project.bench._company import CUSTOMER
from kedang.project.bench._measure import Timing, page
from kedang.project.bench._scenarios import TIMES, Figures, Stage, scenario

CHANGES, BATCH = 10_000, 2_000
NEGLECTED = timedelta(days=200)  # so much later a trial finds that nobody looked after anybody


@scenario("warnings of all", at_most={"s": 60})
def warn_of_all(stage: Stage) -> Figures:
    """The night after the first one: every rule over every customer, most warnings stand already."""
    first = _done(WARNINGS)
    again = _done(WARNINGS)
    return {
        "customers": again["customers"], "s": again["seconds"], "opened by the first run": first.get("opened", 0),
        "first run s": first["seconds"],
    }  # fmt: skip


@scenario("warnings after 10,000 changes", at_most={"s": 5})
def warn_of_changed(stage: Stage) -> Figures:
    """The quarter of an hour in which 10,000 files, spread over all, were changed; what came before is settled."""
    with clock.frozen(clock.now() + 2 * OVERLAP):
        _done(WARNINGS, changed=True)
    with clock.frozen(clock.now() + 4 * OVERLAP):
        return _changed(stage)


def _changed(stage: Stage) -> Figures:
    kind = RECORDS[CUSTOMER]
    some = Customer.objects.visible_to(stage.company.admin, "change").order_by("pk")
    pks = list(some.values_list("pk", flat=True))
    pks = pks[:: max(1, len(pks) // CHANGES)][:CHANGES]
    for first in range(0, len(pks), BATCH):
        rows = [Row({"next_step": "回访"}, pk) for pk in pks[first : first + BATCH]]
        batch_save(stage.company.admin, kind, rows)
    done = _done(WARNINGS, changed=True)
    return {"customers": done["customers"], "s": done["seconds"]}


@scenario("pool, trial over all", at_most={"s": 60})
def pool_trial(stage: Stage) -> Figures:
    """Who would fall: each customer judged with its reason; nothing moves."""
    pool = Pool.objects.create(name="公海")
    pool.units.set(Unit.objects.all())
    day = (clock.today() + NEGLECTED).isoformat()
    done = _done(POOL, as_of=day, trial=True)
    return {"looked": done["looked"], "due": done["due"], "s": done["seconds"]}


@scenario("desk, own", p95_ms=120, queries=25)
def own_desk(stage: Stage) -> Timing:
    """The desk of a representative."""
    return page(stage.client(stage.company.rep), lambda n: "/", TIMES)


@scenario("desk, all", p95_ms=120, queries=25)
def whole_desk(stage: Stage) -> Timing:
    """The desk of the chief."""
    return page(stage.client(stage.company.chief), lambda n: "/", TIMES)


@scenario("beside the desk, all", p95_ms=120, queries=25)
def beside_desk(stage: Stage) -> Timing:
    """What the desk fetches once it stands: the day's first warnings among them."""
    return page(stage.client(stage.company.chief), lambda n: "/desk/beside", TIMES)


@scenario("plan of a day", p95_ms=120, queries=25)
def day_plan(stage: Stage) -> Timing:
    """The agenda of a representative's day."""
    return page(stage.client(stage.company.rep), lambda n: "/agenda", TIMES)


def _done(job: str, **params: Any) -> dict[str, Any]:
    """Do a job as the worker does; return what it says, with the seconds it took."""
    queued = queue(SYSTEM, job, params)
    began = time.perf_counter()
    taken = running.take()
    while (
        taken is not None and taken.pk != queued.pk
    ):  # what an earlier step left to do is not what is measured
        running.run(taken)
        began = time.perf_counter()
        taken = running.take()
    if taken is None:
        raise AssertionError(f"{job} was not there to be done")
    running.run(taken)
    seconds = time.perf_counter() - began
    ended = Job.objects.get(pk=queued.pk)
    if ended.state != DONE:
        raise AssertionError(f"{job}: {ended.error} {ended.detail}")
    return {**(ended.result or {}), "seconds": round(seconds, 1)}
