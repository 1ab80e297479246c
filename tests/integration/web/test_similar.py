"""What the form of a customer says before it is filed: slips with what would be right, and files like it."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from kedang.areas.customers.models import Customer
from kedang.engine.actions.perform import perform
from kedang.engine.ledger.models import AccessLog
from kedang.engine.records import hidden

CODE = "91350100M000100Y43"
FIRM = {"name": "广州恒川泵业有限公司", "type_key": "enterprise", "country": "CN", "phone": "020-83330042"}


def text(answer):
    return answer.content.decode()


def file_one(world, owner, **values):
    inputs = {**FIRM, **values, "owner": owner.pk, "unit": owner.unit_id}
    return perform(world.boss, "customers.customer.create", inputs=inputs).record


def test_a_slip_in_a_credit_code_is_offered_and_never_put_right_by_itself(world, sign_in):
    client = sign_in(world.li, "sales_rep")
    answer = client.post("/customers/new?check=1", {**FIRM, "credit_code": "91350100M0001OOY43"})
    assert answer.status_code == 200
    assert f'data-take="credit_code" data-value="{CODE}"' in text(answer)
    refused = client.post("/customers/new", {**FIRM, "credit_code": "91350100M0001OOY43"})
    assert refused.status_code == 422
    assert f"Perhaps: {CODE}." in text(refused)
    assert 'value="91350100M0001OOY43"' in text(refused)
    assert not Customer.objects.visible_to(world.boss).filter(credit_code=CODE).exists()


def test_what_looks_wrong_is_filed_and_said(world, sign_in):
    client = sign_in(world.li, "sales_rep")
    filed = client.post("/customers/new", {**FIRM, "phone": "14112345678"}, follow=True)
    assert "This series of numbers is not known to be in use." in text(filed)
    assert Customer.objects.visible_to(world.boss).filter(phone="14112345678").exists()


def test_a_phone_that_is_none_is_refused_with_its_reason_and_not_lost(world, sign_in):
    refused = sign_in(world.li, "sales_rep").post("/customers/new", {**FIRM, "phone": "83330042"})
    assert refused.status_code == 422
    assert "Add the area code before the number." in text(refused)
    assert 'value="83330042"' in text(refused)


def test_a_region_that_the_address_names_is_offered_by_its_name(world, sign_in):
    values = {**FIRM, "address": "广州市天河区体育西路1号"}
    answer = sign_in(world.li, "sales_rep").post("/customers/new?check=1", values)
    assert 'data-take="region_code" data-value="440106" data-text="广东省广州市天河区"' in text(answer)


def test_a_like_file_stops_the_first_try_and_is_filed_when_said_again(world, sign_in):
    file_one(world, world.li)
    client = sign_in(world.li, "sales_rep")
    typed = {**FIRM, "name": "恒川水泵有限公司", "request_key": "one"}
    stopped = client.post("/customers/new", typed)
    assert stopped.status_code == 409
    assert "广州恒川泵业有限公司" in text(stopped)
    assert "The phone numbers are the same." in text(stopped)
    assert not Customer.objects.visible_to(world.boss).filter(name="恒川水泵有限公司").exists()
    assert client.post("/customers/new", {**typed, "similar_seen": "1"}).status_code == 302
    assert (
        client.post("/customers/new", typed).status_code == 302
    )  # the same request once more files nothing new
    assert Customer.objects.visible_to(world.boss).filter(name="恒川水泵有限公司").count() == 1


def test_a_branch_is_shown_and_stops_nobody(world, sign_in):
    file_one(world, world.li)
    client = sign_in(world.li, "sales_rep")
    typed = {**FIRM, "name": "广州恒川泵业有限公司佛山分公司", "phone": "0757-83330042"}
    assert "Branch" in text(client.post("/customers/new?check=1", typed))
    assert client.post("/customers/new", typed).status_code == 302


def test_a_hidden_like_file_tells_its_unit_and_nothing_else_and_counts_as_a_try(world, sign_in):
    other = file_one(world, world.wang, legal_person="陈秘密")
    client = sign_in(world.li, "sales_rep")
    before = AccessLog.objects.filter(user_id=world.li.pk, kind=hidden.CODE).count()
    answer = text(client.post("/customers/new", {**FIRM, "name": "恒川泵业（广州）有限公司"}))
    assert "Already on file with 华南区. Ask for access." in answer
    for secret in (other.name, other.number, "陈秘密"):
        assert secret not in answer
    assert AccessLog.objects.filter(user_id=world.li.pk, kind=hidden.CODE).count() == before + 1


def test_tries_on_hidden_files_end_when_the_day_has_had_enough(world, sign_in, monkeypatch):
    file_one(world, world.wang)
    monkeypatch.setattr(hidden, "HITS_A_DAY", 1)
    client = sign_in(world.li, "sales_rep")
    assert "Already on file" in text(client.post("/customers/new?check=1", FIRM))
    limited = text(client.post("/customers/new?check=1", FIRM))
    assert "Already on file" not in limited
    assert "go on tomorrow" in limited


def test_looking_for_like_files_asks_a_fixed_number_of_indexed_questions(world, sign_in):
    for place in range(20):
        file_one(world, world.li, name=f"广州恒川{place}泵业有限公司", phone=f"020-8333{1000 + place}")
    client = sign_in(world.li, "sales_rep")
    typed = {**FIRM, "credit_code": CODE, "address": "广州市天河区体育西路1号"}
    client.post("/customers/new?check=1", typed)
    with CaptureQueriesContext(connection) as asked:
        client.post("/customers/new?check=1", typed)
    assert len(asked) <= 25


def test_a_province_finds_all_that_lies_below_it(world, sign_in):
    file_one(world, world.li, region_code="天河区")
    file_one(world, world.li, name="佛山瑞丰铝业有限公司", phone="0757-83330042", region_code="广东省佛山市")
    client = sign_in(world.li, "sales_rep")
    listed = text(client.get("/customers", {"region_code": "440000"}))
    assert "广州恒川泵业有限公司" in listed
    assert "佛山瑞丰铝业有限公司" in listed
    assert "北京红光" not in listed
    assert "广东省" in listed
    assert "佛山瑞丰" not in text(client.get("/customers", {"region_code": "广州"}))
    assert client.get("/customers", {"region_code": "不存在"}).status_code == 400


def test_the_picker_of_regions_walks_down_and_finds_by_name(world, sign_in):
    client = sign_in(world.li, "sales_rep")
    top = client.get("/pick/regions").json()["results"]
    assert len(top) == 34
    assert top[0]["more"]
    cities = client.get("/pick/regions", {"within": "440000"}).json()["results"]
    assert "广东省广州市" in {one["text"] for one in cities}
    found = client.get("/pick/regions", {"q": "天河区"}).json()["results"]
    assert found == [{"id": "440106", "text": "广东省广州市天河区", "note": "", "more": False}]
    assert client.get("/pick/trades", {"q": "通用设备"}).json()["results"][0]["id"] == "C34"
