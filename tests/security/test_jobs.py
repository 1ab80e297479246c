"""Attacks on what runs in the background."""

import ast
import pickle
from pathlib import Path

import pytest

from api.calling import give
from architecture.source import modules
from kedang.engine.actions.perform import perform
from kedang.engine.identity.actors import actor_of
from kedang.engine.jobs import job, queue, registry, running
from kedang.engine.jobs.models import FAILED, Job
from kedang.kernel.errors import NotVisible

pytestmark = pytest.mark.django_db
OPENERS = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle", "joblib"}


class Evil:
    """What a tampered queue would hold if the queue could hold code."""

    def __reduce__(self):
        return Path("evil").touch, ()


def test_attack_55_parameters_that_were_tampered_with_in_the_queue(world, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    kinds = dict(registry.KINDS)
    for name in ("registry", "queueing", "running"):
        monkeypatch.setattr(f"kedang.engine.jobs.{name}.KINDS", kinds)
    ran = []

    @job("test.export", label="Export")
    def export(run, *, pk: int, note: str = ""):
        ran.append(pk)
        perform(run.actor, "customers.customer.update", pk, {"short_name": "改"})

    li = actor_of(give(world.li, "sales_rep"))
    theirs = world.records["customers.customer"]["wang"].pk
    code = pickle.dumps(Evil(), protocol=0).decode("latin-1")
    for tampered in (
        {"pk": code}, {"pk": {"py/reduce": ["os.system", "id"]}}, {"pk": [1]}, {"pk": theirs, "actor": 1}, {}, [theirs],
        "x", {"pk": None}, {"pk": True}, {"pk": "1 OR 1=1"},
    ):  # fmt: skip
        stored = queue(li, "test.export", {"pk": 1})
        Job.objects.filter(pk=stored.pk).update(params=tampered)
        running.run(running.take())
        stored.refresh_from_db()
        assert stored.state == FAILED, tampered
    assert ran == []
    assert list(tmp_path.iterdir()) == []
    # what fits the function still goes through the doors as who asked for it
    stored = queue(li, "test.export", {"pk": 1})
    Job.objects.filter(pk=stored.pk).update(params={"pk": theirs})
    running.run(running.take())
    stored.refresh_from_db()
    assert (ran, stored.state, stored.detail) == ([theirs], FAILED, "")
    with pytest.raises(NotVisible):
        perform(li, "customers.customer.update", theirs, {"short_name": "改"})


def test_attack_55_a_kind_of_job_that_is_none(world):
    stored = queue(actor_of(give(world.li, "sales_rep")), "insight.rfm", {})
    Job.objects.filter(pk=stored.pk).update(kind="os.system")
    running.run(running.take())
    stored.refresh_from_db()
    assert stored.state == FAILED


def test_attack_55_nothing_of_ours_reads_stored_code():
    found = [
        path
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
        )
        if name.partition(".")[0] in OPENERS
    ]
    assert found == []
