"""The desk answers 'what do I do next?' for each role, at a cost that does not grow with the work."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from api.calling import give
from kedang.engine.actions.batch import Row, batch_save
from kedang.engine.jobs import SYSTEM, queue
from kedang.engine.jobs.models import FAILED, Job
from kedang.engine.notices import tell
from kedang.engine.records.types import RECORDS
from kedang.kernel import clock

pytestmark = pytest.mark.django_db
# the committed baseline: how many questions the desk of a role may ask
MOST = {
    "sales_rep": 22, "kam_manager": 22, "sales_manager": 25, "finance": 23, "general_manager": 25, "administrator": 23,
}  # fmt: skip


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def fill(world, user, count):
    customer = world.records["customers.customer"]["li"].pk
    rows = [
        Row(
            {
                "title": f"要办的事{n}",
                "due_on": clock.today().isoformat(),
                "customer": customer,
                "owner": user.pk,
            }
        )
        for n in range(count)
    ]
    batch_save(world.boss, RECORDS["engagement.task"], rows)
    for n in range(count):
        tell([user.pk], f"通知{n}", "/customers", about=("customers.customer", customer))
        queue(SYSTEM, "insight.rfm", {})
    Job.objects.update(state=FAILED, ended_at=clock.now(), error="不行")


def asked(client, path):
    client.get(path)
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return len(found)


@pytest.mark.parametrize("path", ["/", "/desk/beside"])
@pytest.mark.parametrize("role", MOST)
def test_the_questions_of_the_desk_are_few_and_do_not_grow(world, role, path):
    user = give(world.chief, role)
    client = browser(user)
    fill(world, user, 12)
    few = asked(client, path)
    fill(world, user, 40)
    assert asked(client, path) == few
    assert few <= MOST[role]


def test_each_role_finds_what_is_its_own_to_do(world):
    customer = world.records["customers.customer"]["li"]
    people = dict(zip(
        ("sales_rep", "administrator", "general_manager"), (world.li, world.chief, world.zhao), strict=True
    ))  # fmt: skip
    for role, user in people.items():
        give(user, role)
    new = {
        "title": "给红光送样品",
        "due_on": clock.today().isoformat(),
        "customer": customer.pk,
        "owner": world.li.pk,
    }
    batch_save(world.boss, RECORDS["engagement.task"], [Row(new)])
    queue(SYSTEM, "insight.rfm", {})
    Job.objects.update(state=FAILED, ended_at=clock.now(), error="磁盘满了")
    desks = {role: browser(user).get("/").content.decode() for role, user in people.items()}
    assert {role for role, text in desks.items() if "给红光送样品" in text} == {"sales_rep"}
    assert {role for role, text in desks.items() if "磁盘满了" in text} == {"administrator"}
    assert {role for role, text in desks.items() if "/approvals/" in text} == {"general_manager"}
