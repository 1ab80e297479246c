"""The job that compares the whole stock: it finds pairs, keeps what was decided, and goes on after a kill."""

from kedang.areas.customers import jobs
from kedang.engine.actions.perform import perform
from kedang.engine.jobs import queue
from kedang.engine.jobs.models import Job
from kedang.engine.jobs.running import JobRun
from kedang.engine.ledger.merges import OPEN, Pair
from kedang.kernel import ids

KEY = "customers.customer"
NAMES = (
    "广州恒川泵业有限公司",
    "恒川水泵有限公司",
    "佛山瑞丰铝业有限公司",
    "佛山瑞峰铝业有限公司",
    "佛山瑞丰陶瓷有限公司",
)
PHONES = ("020-83330042", "020-83330042", "0757-83330042", "0757-83330043", "0757-81234567")


def test_the_comparison_of_all_files_fills_the_worklist_and_respects_a_no(world, monkeypatch):
    rows = [
        perform(world.boss, f"{KEY}.create",
                inputs={"name": name, "type_key": "enterprise", "country": "CN", "phone": phone}).record
        for name, phone in zip(NAMES, PHONES, strict=True)
    ]  # fmt: skip
    monkeypatch.setattr(jobs, "STEP", 3)
    run()
    found = {(pair.first_id, pair.second_id) for pair in Pair.objects.filter(state=OPEN)}
    assert found == {tuple(sorted((rows[0].pk, rows[1].pk))), tuple(sorted((rows[2].pk, rows[3].pk)))}
    perform(world.boss, f"{KEY}.keep_apart", rows[0].pk, {"other": ids.show(rows[1].pk)})
    run()
    assert [pair.first_id for pair in Pair.objects.filter(state=OPEN)] == [min(rows[2].pk, rows[3].pk)]
    assert Pair.objects.count() == 2


def run():
    from kedang.engine.jobs.queueing import SYSTEM

    job: Job = queue(SYSTEM, jobs.alike.SCAN, {})
    Job.objects.filter(pk=job.pk).update(state="running", turn=1)
    job.refresh_from_db()
    jobs.compare_all(JobRun(job, SYSTEM))
