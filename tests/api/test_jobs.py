"""Jobs in the API: one's own, newest first, page by page; others' are absent."""

import pytest

from api.calling import ROOT, Caller, address
from kedang.engine.identity.actors import actor_of
from kedang.engine.jobs import SYSTEM, queue
from kedang.engine.jobs.models import RUNNING, Job
from kedang.kernel import ids
from world import World

KIND = "insight.rfm"


@pytest.fixture
def mine(world: World) -> list[Job]:
    return [queue(actor_of(world.li), KIND, {}) for _ in range(3)]


def test_a_program_follows_its_own_jobs(world: World, li: Caller, mine: list[Job]) -> None:
    Job.objects.filter(pk=mine[2].pk).update(state=RUNNING, done=5, total=20, text="row 5")
    queue(actor_of(world.wang), KIND, {})
    first = li.get(f"{ROOT}/jobs?limit=2").json()
    assert [row["id"] for row in first["items"]] == [ids.show(job.pk) for job in (mine[2], mine[1])]
    second = li.get(f"{ROOT}/jobs?limit=2&cursor={first['next']}").json()
    assert [row["id"] for row in second["items"]] == [ids.show(mine[0].pk)]
    assert second["next"] is None
    one = li.get(address("jobs", mine[2])).json()
    assert (one["kind"], one["state"], one["done"], one["total"], one["text"]) == (
        KIND,
        "running",
        5,
        20,
        "row 5",
    )
    assert set(one) == set(first["items"][0])


def test_the_jobs_of_others_are_absent(world: World, li: Caller, root: Caller) -> None:
    theirs, system = queue(actor_of(world.wang), KIND, {}), queue(SYSTEM, KIND, {})
    assert li.get(f"{ROOT}/jobs").json()["items"] == []
    for job in (theirs, system):
        assert li.get(address("jobs", job)).status_code == 404
    assert root.get(address("jobs", system)).status_code == 200
    assert root.get(address("jobs", theirs)).status_code == 404


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "cursor=x", "state=done", "limit=1&limit=2"])
def test_what_is_not_offered_is_refused(li: Caller, query: str) -> None:
    assert li.get(f"{ROOT}/jobs?{query}").status_code == 400


def test_a_cursor_of_somebody_else_opens_nothing(
    world: World, li: Caller, mine: list[Job], root: Caller
) -> None:
    cursor = li.get(f"{ROOT}/jobs?limit=1").json()["next"]
    assert root.get(f"{ROOT}/jobs?cursor={cursor}").status_code == 400
