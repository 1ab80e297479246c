"""The top of a timeline: what is planned for a customer, and the lines that people keep there."""

import pytest

from kedang.engine.actions.perform import perform
from kedang.engine.identity.actors import directory
from kedang.engine.identity.models import Membership, Role, User
from kedang.engine.ledger.merges import Merge
from kedang.engine.ledger.models import TimelineEntry, TimelinePin
from kedang.kernel import ids

KEY = "customers.customer"
PART = {"HX-Request": "true"}


def text(answer):
    return answer.content.decode()


def lines_of(row):
    return list(TimelineEntry.objects.filter(subject=KEY, subject_id=row.pk).order_by("-at", "-pk"))


@pytest.fixture
def mine(world):
    return world.records[KEY]["li"]


def ahead(client, row):
    return text(client.get(f"/customers/{ids.show(row.pk)}/ahead", headers=PART))


def pin(client, row, entry, way="pin"):
    return client.post(f"/customers/{ids.show(row.pk)}/{way}/{ids.show(entry.pk)}", headers=PART)


def pinned(row):
    return set(TimelinePin.objects.filter(entry__subject_id=row.pk).values_list("pk", flat=True))


def places(page, *words):
    found = [page.find(word) for word in words]
    assert -1 not in found, (words, found)
    return found


def test_open_tasks_planned_visits_and_open_promises_stand_on_top_by_their_days(
    world, mine, sign_in, still_clock
):
    own = {"customer": mine.pk, "owner": world.li.pk, "unit": world.li.unit_id}
    perform(world.boss, "engagement.visit.create",
            inputs={**own, "planned_on": "2026-11-28", "planned_time": "14:30", "purpose": "看新仓库"})  # fmt: skip
    perform(
        world.boss, "engagement.task.create", inputs={**own, "title": "报价改一版", "due_on": "2026-11-10"}
    )
    perform(world.boss, "engagement.task.create", inputs={**own, "title": "想想怎么谈账期"})
    done = perform(world.boss, "engagement.task.create", inputs={**own, "title": "已经做完的"}).record
    perform(world.boss, "engagement.task.done", done.pk, {})
    client = sign_in(world.li, "sales_rep")

    page = ahead(client, mine)

    found = places(page, "报价改一版", "送第一批样品", "看新仓库", "补第一张票", "想想怎么谈账期")
    assert found == sorted(found)
    assert "14:30" in page
    assert "13 days late" in page
    assert "No date" in page
    assert "已经做完的" not in page
    assert "一月对账" not in page  # the visit that was done
    assert f'hx-get="/customers/{ids.show(mine.pk)}/ahead"' in text(
        client.get(f"/customers/{ids.show(mine.pk)}")
    )


def test_a_line_is_kept_on_top_and_let_go_again(world, mine, sign_in):
    client = sign_in(world.li, "sales_rep")
    first = next(line for line in lines_of(mine) if line.record == "engagement.task")
    shown = text(pin(client, mine, first))
    assert "Kept on top" in shown
    assert f"/unpin/{ids.show(first.pk)}" in shown
    assert "李明" in shown
    assert pinned(mine) == {first.pk}
    assert (
        text(pin(client, mine, first)).count("/unpin/") == 2
    )  # a second click changes nothing; form and htmx
    assert f"/pin/{ids.show(first.pk)}" in text(client.get(f"/customers/{ids.show(mine.pk)}/line"))
    assert "/unpin/" not in text(pin(client, mine, first, "unpin"))
    assert pinned(mine) == set()
    plain = client.post(f"/customers/{ids.show(mine.pk)}/pin/{ids.show(first.pk)}")
    assert (plain.status_code, plain["Location"]) == (302, f"/customers/{ids.show(mine.pk)}")


def test_the_sixth_is_refused_and_says_so(world, mine, sign_in):
    client = sign_in(world.li, "sales_rep")
    for number in range(6):
        perform(world.boss, f"{KEY}.update", mine.pk, {"remarks": f"第{number}次"})
    lines = lines_of(mine)
    for line in lines[:5]:
        assert pin(client, mine, line).status_code == 200
    assert "At most 5 lines" in text(pin(client, mine, lines[5]))
    assert pinned(mine) == {line.pk for line in lines[:5]}


def test_only_who_may_change_the_file_pins_and_only_lines_of_that_file(world, mine, sign_in):
    theirs = world.records[KEY]["wang"]
    client = sign_in(world.li, "sales_rep")
    assert pin(client, mine, lines_of(theirs)[0]).status_code == 404
    assert pin(client, theirs, lines_of(theirs)[0]).status_code == 404
    assert client.post(f"/contacts/{ids.show(mine.pk)}/pin/0000000000000").status_code == 404
    assert (
        client.get(f"/customers/{ids.show(mine.pk)}/pin/{ids.show(lines_of(mine)[0].pk)}").status_code == 405
    )
    perform(world.boss, f"{KEY}.share", mine.pk, {"user": ids.show(world.wang.pk)})
    Membership.objects.create(user=world.wang, role=Role.objects.get(key="sales_rep"))
    client.force_login(User.objects.get(pk=world.wang.pk))
    assert client.get(f"/customers/{ids.show(mine.pk)}").status_code == 200
    assert pin(client, mine, lines_of(mine)[0]).status_code == 403
    assert "/pin/" not in text(client.get(f"/customers/{ids.show(mine.pk)}/line"))
    assert TimelinePin.objects.count() == 0


def test_a_pinned_line_of_what_the_reader_does_not_see_is_not_there(world, mine, sign_in):
    client = sign_in(world.li, "sales_rep")
    task = next(line for line in lines_of(mine) if line.record == "engagement.task")
    order = next(line for line in lines_of(mine) if line.record == "trade.order")
    pin(client, mine, task)
    pin(client, mine, order)
    number = world.records["trade.order"]["li"].number
    assert number in ahead(client, mine)
    for grant in Role.objects.get(key="sales_rep").grants.filter(record="trade.order"):
        grant.delete()
    directory.forget()
    client.force_login(User.objects.get(pk=world.li.pk))
    page = ahead(client, mine)
    assert number not in page
    assert "送第一批样品" in page


def test_pins_go_with_their_lines_through_a_merge_and_back(world, mine, sign_in):
    client = sign_in(world.li, "sales_rep")
    new = {"type_key": "individual", "country": "CN", "owner": world.li.pk, "unit": world.li.unit_id}
    kept, gone = (
        perform(world.boss, f"{KEY}.create", inputs=new | {"name": name}).record
        for name in ("林记水暖", "林记水暖店")
    )
    task = {"customer": gone.pk, "title": "送样品", "owner": world.li.pk}
    perform(world.boss, "engagement.task.create", inputs=task)
    line = next(line for line in lines_of(gone) if line.record == "engagement.task")
    pin(client, gone, line)
    perform(world.boss, f"{KEY}.merge", kept.pk, {"other": ids.show(gone.pk)})
    assert pinned(kept) == {line.pk}
    assert "送样品" in ahead(client, kept)
    perform(world.boss, f"{KEY}.unmerge", kept.pk, {"merge": ids.show(Merge.objects.get().pk)})
    assert (pinned(kept), pinned(gone)) == (set(), {line.pk})
