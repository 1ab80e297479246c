"""A colleague leaves: everything that belongs to them goes to another in one act, and the counts agree."""

import pytest

from kedang.areas.customers.models import Contact, Customer
from kedang.areas.team.models import Handover
from kedang.areas.trade.models import Order, Receipt
from kedang.engine.actions.perform import perform
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import Membership, Role
from kedang.engine.jobs import running
from kedang.engine.jobs.models import FAILED, RUNNING, Job
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.records.verify import verify
from kedang.kernel.errors import Invalid, RuleBroken

MOVED = (Customer, Contact, Order, Receipt)


@pytest.fixture
def company(world, still_clock):
    """The chief is general manager; Li has forty customers more, one of them in the archive hold."""
    Membership.objects.create(user=world.chief, role=Role.objects.get(key="general_manager"))
    for number in range(40):
        customer = perform(
            world.boss, "customers.customer.create",
            inputs={"name": f"客户{number}", "type_key": "enterprise", "phone": "01088880000", "owner": world.li.pk,
                    "unit": world.li.unit_id},
        ).record  # fmt: skip
    perform(world.boss, "customers.customer.archive", customer.pk, reason="停业")
    return world


def owned(model, user):
    return model.objects.unscoped(because="test").filter(owner=user.pk).count()


def planned(company, **values):
    inputs = {"leaver": company.li.pk, "receiver": company.wang.pk, "reason": "李明离职"}
    return perform(actor_of(company.chief), "team.handover.create", inputs=inputs | values).record


def carried_out(handover, by):
    perform(actor_of(by), "team.handover.start", handover.pk)
    job = running.take()
    running.run(job)
    return Job.objects.get(pk=job.pk), Handover.objects.unscoped(because="test").get(pk=handover.pk)


def test_everything_of_a_leaver_goes_to_the_receiver_and_the_counts_agree(company):
    before = {model: (owned(model, company.li), owned(model, company.wang)) for model in MOVED}
    assert before[Customer] == (41, 1)
    plan = planned(company)
    assert plan.counts["customers.customer"]["before"] == 41
    job, done = carried_out(plan, company.chief)
    assert job.error == ""
    for model, (lis, wangs) in before.items():
        assert (owned(model, company.li), owned(model, company.wang)) == (0, lis + wangs)
    assert done.counts["customers.customer"] == {"before": 41, "moved": 41, "stayed": 0, "beyond": 0}
    entry = HistoryEntry.objects.filter(record="customers.customer", run_id=done.pk).first()
    assert (entry.action, entry.reason) == ("customers.customer.assign", "李明离职")
    assert verify().faults == []


def test_a_killed_handover_goes_on_and_moves_nothing_twice(company, monkeypatch):
    from kedang.areas.team import jobs

    monkeypatch.setattr(jobs, "BATCH", 7)
    batches = []
    real = jobs.hand_over

    def dies(*words, **named):
        if len(batches) == 3:
            raise SystemExit("killed")
        batches.append(1)
        return real(*words, **named)

    plan = planned(company)
    perform(actor_of(company.chief), "team.handover.start", plan.pk)
    job = running.take()
    with monkeypatch.context() as patched:
        patched.setattr(jobs, "hand_over", dies)
        with pytest.raises(SystemExit):
            running.run(job)
    assert owned(Customer, company.wang) == 1 + 21
    Job.objects.filter(pk=job.pk).update(due_at=plan.created_at, state=RUNNING)
    running.run(running.take())
    done = Handover.objects.unscoped(because="test").get(pk=plan.pk)
    assert done.counts["customers.customer"] == {"before": 41, "moved": 41, "stayed": 0, "beyond": 0}
    moves = HistoryEntry.objects.filter(record="customers.customer", run_id=done.pk)
    assert moves.count() == moves.values("record_id").distinct().count() == 41


def test_what_lies_out_of_reach_stays_and_is_counted(company):
    Membership.objects.create(user=company.zhao, role=Role.objects.get(key="sales_manager"))
    inputs = {"leaver": company.li.pk, "receiver": company.zhao.pk, "reason": "离职"}
    plan = perform(actor_of(company.zhao), "team.handover.create", inputs=inputs).record
    assert plan.counts["customers.customer"] == {"before": 0, "moved": 0, "stayed": 0, "beyond": 41}


def test_nobody_hands_over_to_the_same_person_or_to_somebody_who_left(company):
    with pytest.raises(Invalid):
        planned(company, receiver=company.li.pk)
    company.wang.is_active = False
    company.wang.save()
    with pytest.raises(Invalid):
        planned(company)


def test_a_handover_begins_once(company):
    plan = planned(company)
    carried_out(plan, company.chief)
    with pytest.raises(RuleBroken):
        perform(actor_of(company.chief), "team.handover.start", plan.pk)


def test_a_leaver_who_was_switched_off_still_hands_over(company):
    company.li.is_active = False
    company.li.save()
    job, done = carried_out(planned(company), company.chief)
    assert job.state != FAILED
    assert done.state_key == "done"
