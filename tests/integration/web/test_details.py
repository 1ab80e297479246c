"""The page of a record: what it shows, what it hides, what may be done from it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kedang.engine.actions.perform import perform
from kedang.engine.actions.registry import ACTIONS
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import Membership, Role
from kedang.engine.ledger.models import AccessLog, HistoryEntry
from kedang.engine.records.timeline import Change
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.reach import record_key
from kedang.kernel import clock, ids
from kedang.kits.web import story


def text(answer):
    return answer.content.decode()


PARTS = ["", "/line", "/beside", "/peek", "/edit", "/history", "/why", "/reveal/phone", "/do/archive"]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "part"])
def test_hidden_and_absent_look_alike_on_every_part_of_a_record(world, sign_in, address, part, headers):
    client = sign_in(world.li, "sales_rep")
    hidden = client.get(address("customers", "customers.customer", "wang") + part, headers=headers)
    absent = client.get("/customers/0000000000000" + part, headers=headers)
    assert hidden.status_code == absent.status_code == 404
    drop = re.compile(r'value="[^"]{60,}"|X-CSRFToken": "[^"]+"|nonce="[^"]+"|/customers/\w{13}')
    assert drop.sub("", text(hidden)) == drop.sub("", text(absent))


@pytest.mark.parametrize("part", ["", "/line", "/beside"])
def test_a_record_page_asks_at_most_twenty_five_questions(world, sign_in, address, part):
    client = sign_in(world.chief, "sales_manager")
    url = address("customers", "customers.customer", "li") + part
    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    assert len(asked) <= 25


def test_a_name_with_markup_is_shown_as_text(world, sign_in, address):
    row = world.records["customers.customer"]["li"]
    evil = {"name": "<img src=x onerror=alert(1)>{{7*7}}", "business_scope": '"><script>1</script>'}
    perform(world.boss, "customers.customer.update", row.pk, evil)
    client = sign_in(world.li, "sales_rep")
    for part in ("", "/peek", "/edit", "/history", "/why"):
        answer = text(client.get(address("customers", "customers.customer", "li") + part))
        assert "<img src=x" not in answer
        assert "<script>1" not in answer
    assert "<img src=x" not in text(client.get("/customers"))


def test_the_page_says_why_it_is_visible(world, sign_in, address):
    answer = sign_in(world.li, "sales_rep").get(address("customers", "customers.customer", "li") + "/why")
    assert "you are its owner" in text(answer)


def test_creating_shows_errors_beside_their_fields_and_files_once(world, sign_in):
    client = sign_in(world.li, "sales_rep")
    refused = client.post("/customers/new", {"name": "", "type_key": "enterprise", "request_key": "a"})
    assert refused.status_code == 422
    assert 'id="f-name-error"' in text(refused)
    values = {"name": "广州新客户有限公司", "type_key": "enterprise", "phone": "020-83330042", "country": "CN",
              "request_key": "b"}  # fmt: skip
    first = client.post("/customers/new", values)
    again = client.post("/customers/new", values)
    assert first.status_code == again.status_code == 302
    assert first["Location"] == again["Location"]


def test_fields_that_the_form_does_not_hold_are_not_taken(world, sign_in, address):
    client = sign_in(world.li, "sales_rep")
    row = world.records["customers.customer"]["li"]
    url = address("customers", "customers.customer", "li") + "/edit"
    client.post(
        url,
        {
            "name": "改了名字的酒业有限公司",
            "owner": ids.show(world.wang.pk),
            "number": "X-1",
            "credit_limit": "1",
        },
    )
    row = type(row).objects.unscoped(because="check in a test").get(pk=row.pk)
    assert row.name == "改了名字的酒业有限公司"
    assert row.owner_id == world.li.pk
    assert row.number != "X-1"
    assert row.credit_limit == 50000


def test_two_people_choose_field_by_field_and_nothing_is_lost(world, sign_in, address):
    client = sign_in(world.li, "sales_rep")
    row = world.records["customers.customer"]["li"]
    row = type(row).objects.unscoped(because="check in a test").get(pk=row.pk)
    url = address("customers", "customers.customer", "li") + "/edit"
    stale = row.version
    perform(world.boss, "customers.customer.update", row.pk, {"city": "北京", "remarks": "第一人"})
    answer = client.post(
        url, {"version": stale, "name": row.name, "city": "天津", "remarks": "", "address": "南路1号"}
    )
    assert answer.status_code == 412
    page = text(answer)
    assert page.count('type="radio"') == 5  # theirs, mine, and for what both changed what stood there
    settled = {"version": re.search(r'name="version" value="(\d+)"', page)[1], "name": row.name, "city": "天津",
               "remarks": "第一人", "address": "南路1号"}  # fmt: skip
    assert client.post(url, settled).status_code == 302
    row = type(row).objects.unscoped(because="check in a test").get(pk=row.pk)
    assert (row.city, row.remarks, row.address) == ("天津", "第一人", "南路1号")


def test_archiving_waits_for_an_approval_and_says_so(world, sign_in, address):
    wang = world.records["customers.customer"]["wang"]
    client = sign_in(world.wang, "sales_rep")
    page = text(client.get(address("customers", "customers.customer", "wang")))
    assert "Waiting for approval" in page
    entries = HistoryEntry.objects.filter(record="customers.customer", record_id=wang.pk).count()
    refused = client.post(address("customers", "customers.customer", "wang") + "/do/archive", {"reason": ""})
    assert refused.status_code in (403, 422)
    assert HistoryEntry.objects.filter(record="customers.customer", record_id=wang.pk).count() == entries


def test_an_approver_reads_the_reason_and_decides(world, sign_in, address):
    Membership.objects.create(user=world.li, role=Role.objects.get(key="sales_rep"))
    client = sign_in(world.chief, "general_manager")
    url = address("approvals", "engine.approval", "li")
    assert "停业" in text(client.get(url))
    assert client.post(url + "/do/approve", {"note": "好", "back": "approvals"}).status_code == 302
    row = world.records["customers.customer"]["li"]
    assert type(row).objects.unscoped(because="check in a test").get(pk=row.pk).archived_at is not None


def test_a_masked_value_is_shown_only_for_a_reason_that_is_kept(world, sign_in, address):
    row = world.records["customers.customer"]["li"]
    account = "6222020000001234567"
    perform(world.boss, "customers.customer.update", row.pk, {"bank": "农商行", "bank_account": account})
    client = sign_in(world.li, "sales_rep")
    url = address("customers", "customers.customer", "li")
    for part in ("", "/edit", "/history", "/peek"):
        assert account not in text(client.get(url + part))
    assert client.post(f"{url}/reveal/bank_account", {"reason": ""}).status_code == 422
    assert client.post(f"{url}/reveal/credit_limit", {"reason": "看看"}).status_code == 404
    answer = client.post(f"{url}/reveal/bank_account", {"reason": "核对回款账户"})
    assert account in text(answer)
    assert answer["Cache-Control"] == "no-store"
    assert AccessLog.objects.filter(kind="reveal", field="bank_account", reason="核对回款账户").count() == 1


def test_no_page_carries_inline_script_style_or_handler(world, sign_in, address):
    client = sign_in(world.chief, "sales_manager")
    detail = address("customers", "customers.customer", "li")
    for path in (
        "/",
        "/customers",
        detail,
        f"{detail}/edit",
        "/orders/new",
        "/approvals",
        "/settings",
        "/nowhere",
    ):
        page = text(client.get(path))
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page), path
        assert not re.search(r"<script(?![^>]*\bsrc=)", page), path
        assert not re.search(r"<(?:script|link rel=\"stylesheet\")(?![^>]*nonce=)", page), path


def test_a_language_or_theme_leads_back_only_to_a_page_of_ours(world, sign_in):
    client = sign_in(world.li, "sales_rep")
    for goal in ("//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"):
        answer = client.post("/settings/theme", {"theme": "dark", "next": goal})
        assert answer["Location"] == "/"
    assert client.post("/settings/language", {"language": "xx", "next": "/"}).status_code == 422


def test_what_has_no_timeline_tells_its_own_history(world, sign_in):
    row = world.records["team.handover"]["li"]
    perform(world.boss, "team.handover.start", row.pk)
    client = sign_in(world.li, "administrator")
    told = client.get(f"/handovers/{ids.show(row.pk)}/line", headers={"HX-Request": "true"}).content.decode()
    assert "Begin the handover" in told
    assert "filed" in told


def test_a_moment_in_the_history_is_told_by_the_clock():
    spec = RECORDS["team.handover"].fields["finished_at"]
    told = story._said(Change(spec, spec.label, "", "2026-11-15T08:00:00+00:00"))
    assert (told.old, told.new) == ("", "2026-11-15 16:00:00")


BUTTON = re.compile(r'<a class="btn( btn-p)?" href="([^"]+)"')


def header(answer):
    """Return the buttons of a record's header in their order: whether each leads, and the end of its address."""
    found = text(answer).partition('rec-act">')[2].partition("<details")[0]
    return [(bool(lead), url.rpartition("/")[2]) for lead, url in BUTTON.findall(found)]


def test_the_page_of_a_customer_leads_with_the_visit_and_the_call(world, sign_in, address):
    row = world.records["customers.customer"]["li"]
    perform(world.boss, "customers.customer.update", row.pk, {"phone": "020-83330042"})
    client = sign_in(world.li, "sales_rep")
    url = address("customers", "customers.customer", "li")
    assert header(client.get(url))[:3] == [(True, "log"), (False, "tel:02083330042"), (False, "edit")]
    quick = text(client.get(url + "/peek", headers={"HX-Request": "true"}))
    assert f"{url}/log" in quick
    assert "tel:02083330042" in quick


def test_a_number_that_may_not_be_read_is_not_dialled(world, sign_in, address):
    contact = world.records["customers.contact"]["li"]
    perform(world.boss, "customers.contact.update", contact.pk, {"mobile": "13800138042"})
    url = address("contacts", "customers.contact", "li")
    assert (True, "tel:13800138042") in header(sign_in(world.li, "sales_rep").get(url))
    seen = sign_in(world.chief, "call_agent").get(url)
    assert "13800138042" not in text(seen)
    assert "tel:" not in text(seen)


def test_a_file_in_the_pool_leads_with_claiming_it(world, sign_in, address):
    row = world.records["customers.customer"]["zhao"]
    perform(world.boss, "customers.customer.to_pool", row.pk, reason="nobody has seen it for a year")
    buttons = header(sign_in(world.li, "sales_rep").get(address("customers", "customers.customer", "zhao")))
    assert buttons[0] == (True, "claim")
    assert sum(lead for lead, _name in buttons) == 1
    assert (False, "log") not in buttons


def test_what_has_no_next_step_of_its_own_leads_with_edit(world, sign_in, address):
    buttons = header(sign_in(world.li, "sales_rep").get(address("orders", "trade.order", "li")))
    assert buttons[0] == (True, "edit")


def test_a_warning_leads_from_step_to_step(world, sign_in, address):
    client, url = sign_in(world.chief, "sales_manager"), address("warnings", "warnings.warning", "li")
    row = world.records["warnings.warning"]["li"]
    steps = [
        ("take", {}),
        ("investigate", {"cause": "stock", "found": "仓库还有两个月的货"}),
        ("set_measure", {"measure": "月底前谈一次促销", "due_on": clock.today().isoformat()}),
        ("close", {"result": "恢复进货"}),
    ]
    for name, inputs in steps:
        leading = [end for lead, end in header(client.get(url)) if lead]
        assert leading == [name]
        perform(world.boss, f"warnings.warning.{name}", row.pk, inputs)
    assert not [end for lead, end in header(client.get(url)) if lead and end != "edit"]


def test_a_visit_leads_with_its_preparation_and_on_its_day_with_the_minutes(world, sign_in):
    client = sign_in(world.li, "sales_rep")
    actor = actor_of(world.li)
    customer = world.records["customers.customer"]["li"].pk
    for away, first in ((3, "prepare"), (0, "done")):
        day = (clock.today() + timedelta(days=away)).isoformat()
        given = {"customer": customer, "planned_on": day, "purpose": "回访"}
        visit = perform(actor, "engagement.visit.create", inputs=given).record
        buttons = header(client.get(f"/visits/{ids.show(visit.pk)}"))
        assert [end for lead, end in buttons if lead] == [first]
        assert (first == "prepare", "prepare") in buttons


def test_no_page_leads_with_what_it_does_not_offer(world):
    led = 0
    for spec in ACTIONS.values():
        for row in world.records.get(record_key(spec.record), {}).values():
            led += spec.leads(row)
            assert spec.offered(row) or not spec.leads(row), spec.key
    assert led
