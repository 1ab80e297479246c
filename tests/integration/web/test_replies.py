"""A line of a timeline is answered where it stands: by whoever may change what it tells of."""

import pytest

from kedang.engine.erasing.erase import forget_beside
from kedang.engine.ledger.models import HistoryEntry, TimelineEntry
from kedang.engine.notices.models import Notice
from kedang.engine.records.timeline import timeline, with_replies
from kedang.engine.records.types import RECORDS
from kedang.engine.records.verify import verify
from kedang.engine.replies import services
from kedang.engine.scope.doors import writing
from kedang.kernel import ids
from kedang.kernel.actor import Span
from kedang.kernel.errors import NotAllowed, NotVisible, RuleBroken
from world import everywhere

KEY, TASK = "customers.customer", "engagement.task"
PART = {"HX-Request": "true"}


def text(answer):
    return answer.content.decode()


@pytest.fixture
def mine(world):
    return world.records[KEY]["li"]


def line_about(row, record=TASK):
    return TimelineEntry.objects.filter(subject=KEY, subject_id=row.pk, record=record, answers=None).first()


def address(row, line):
    return f"/customers/{ids.show(row.pk)}/reply/{ids.show(line.pk)}"


def told(actor, row):
    return {
        moment.entry.pk: [one.text for one in moment.replies]
        for moment in with_replies(timeline(actor, RECORDS[KEY], row.pk))
    }


def test_a_line_is_answered_where_it_stands(world, mine, sign_in):
    line, client = line_about(mine), sign_in(world.li, "sales_rep")
    page = text(client.get(f"/customers/{ids.show(mine.pk)}/line", headers=PART))
    assert f'href="{address(mine, line)}"' in page

    form = text(client.get(address(mine, line), headers=PART))
    assert "<textarea" in form and "autofocus" in form
    assert "<textarea" not in text(client.get(f"{address(mine, line)}?shown=1", headers=PART))
    sent = client.post(address(mine, line), {"text": "  带上新价格表\r\n<b>下周</b>约总工 "}, headers=PART)

    assert sent.status_code == 200
    assert "带上新价格表<br>&lt;b&gt;下周&lt;/b&gt;约总工" in text(sent)
    assert "<textarea" not in text(sent)
    assert told(world.boss, mine)[line.pk] == ["带上新价格表\n<b>下周</b>约总工"]
    entry = HistoryEntry.objects.get(action=f"{TASK}.reply")
    assert entry.record_id == line.record_id and entry.actor_name == "李明"
    assert verify().whole
    page = text(client.get(f"/customers/{ids.show(mine.pk)}/line", headers=PART))
    assert page.count("带上新价格表") == 1  # under its line, and no line of its own
    task = text(client.get(f"/tasks/{ids.show(line.record_id)}/history"))
    assert "带上新价格表" in task and "replied" in task


def test_without_scripts_a_reply_has_a_page_and_leads_back(world, mine, sign_in):
    line, client = line_about(mine), sign_in(world.li, "sales_rep")
    page = text(client.get(address(mine, line)))
    assert "<textarea" in page and "<html" in page
    sent = client.post(address(mine, line), {"text": "好"})
    assert sent.status_code == 302 and sent.url == f"/customers/{ids.show(mine.pk)}"


def test_an_empty_or_endless_reply_is_refused_in_place_with_what_was_typed(world, mine, sign_in):
    line, client = line_about(mine), sign_in(world.li, "sales_rep")
    for typed, said in ((" \n", "Write a reply."), ("长" * 501, "At most 500 characters.")):
        refused = client.post(address(mine, line), {"text": typed}, headers=PART)
        assert refused.status_code == 422 and said in text(refused)
        assert "<textarea" in text(refused)
    assert "长" * 501 in text(refused)
    assert not TimelineEntry.objects.filter(answers=line).exists()


def test_who_may_not_change_what_the_line_tells_of_sees_no_button_and_is_refused(world, mine, sign_in):
    client = sign_in(world.li, "inspector")  # changes tasks, and no promise
    task, promise = line_about(mine), line_about(mine, "engagement.promise")
    page = text(client.get(f"/customers/{ids.show(mine.pk)}/line", headers=PART))
    assert f'href="{address(mine, task)}"' in page
    assert f'href="{address(mine, promise)}"' not in page
    assert client.get(address(mine, promise), headers=PART).status_code == 403
    assert client.post(address(mine, promise), {"text": "好"}, headers=PART).status_code == 403
    assert not TimelineEntry.objects.filter(answers__isnull=False).exists()


def test_a_line_out_of_sight_of_another_record_or_under_another_line_is_absent(world, mine, sign_in):
    theirs = world.records[KEY]["wang"]
    client = sign_in(world.li, "sales_rep")
    client.post(address(mine, line_about(mine)), {"text": "好"}, headers=PART)
    reply = TimelineEntry.objects.get(answers__isnull=False)
    for row, line in ((theirs, line_about(theirs)), (mine, line_about(theirs)), (mine, reply)):
        assert client.get(address(row, line), headers=PART).status_code == 404
        assert client.post(address(row, line), {"text": "好"}, headers=PART).status_code == 404
    blind = world.actor(world.li, {**everywhere(Span.OWN), f"{TASK}:view": Span.NONE})
    with pytest.raises(NotVisible):
        services.reply(blind, RECORDS[KEY], mine, line_about(mine).pk, "好", "/")
    reader = world.actor(world.li, {f"{KEY}:view": Span.OWN, f"{TASK}:view": Span.FOLLOW})
    with pytest.raises(NotAllowed):
        services.reply(reader, RECORDS[KEY], mine, line_about(mine).pk, "好", "/")


def test_the_others_of_the_line_are_told_and_the_writer_is_not(world, mine):
    line = line_about(mine)
    Notice.objects.all().delete()
    services.reply(world.boss, RECORDS[KEY], mine, line.pk, "问一下账期", "/customers/x#line")
    told_to = list(Notice.objects.values_list("user_id", "url", "record_id"))
    assert told_to == [(world.li.pk, "/customers/x#line", line.record_id)]
    li = world.actor(world.li, everywhere(Span.OWN))
    services.reply(li, RECORDS[KEY], mine, line.pk, "问过了，60天", "/customers/x#line")
    assert Notice.objects.latest("pk").user_id == world.boss.user_id


def test_a_line_takes_so_many_replies(world, mine, monkeypatch):
    monkeypatch.setattr(services, "MOST", 2)
    line, other = line_about(mine), line_about(mine, "engagement.promise")
    for said in ("一", "二"):
        services.reply(world.boss, RECORDS[KEY], mine, line.pk, said, "/")
    with pytest.raises(RuleBroken):
        services.reply(world.boss, RECORDS[KEY], mine, line.pk, "三", "/")
    services.reply(world.boss, RECORDS[KEY], mine, other.pk, "四", "/")
    assert told(world.boss, mine)[line.pk] == ["一", "二"]
    assert told(world.boss, mine)[other.pk] == ["四"]


def test_replies_and_who_may_reply_cost_a_page_of_lines_one_query(world, mine, django_assert_num_queries):
    li = world.actor(
        world.li, {key: Span.OWN if key.startswith(KEY) else Span.FOLLOW for key in everywhere(Span.OWN)}
    )
    for record in (TASK, "engagement.promise", "trade.order"):
        services.reply(world.boss, RECORDS[KEY], mine, line_about(mine, record).pk, "好", "/")
    found = timeline(li, RECORDS[KEY], mine.pk, opened=mine)
    with django_assert_num_queries(1):
        assert sum(len(moment.replies) for moment in with_replies(found)) == 3
    hanging = [moment for moment in found if not moment.kind.model.needs]
    with django_assert_num_queries(0):
        assert services.answerable(li, mine, hanging) == {moment.entry.pk for moment in hanging}


def test_a_reply_goes_with_the_record_it_lies_in(world, mine):
    line = line_about(mine)
    services.reply(world.boss, RECORDS[KEY], mine, line.pk, "身份证号在这里", "/")
    with writing("test"):
        forget_beside(RECORDS[TASK], [line.record_id])
    assert not TimelineEntry.objects.filter(answers__isnull=False).exists()
    assert "身份证号在这里" not in str(list(HistoryEntry.objects.values_list("changes", flat=True)))
    assert verify().whole
