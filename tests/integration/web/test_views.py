"""Saved views, columns and cells: what is kept for whom, and who never sees it."""

import re

import pytest

from kedang.engine.actions.perform import perform
from kedang.engine.records.types import RECORDS
from kedang.engine.views.models import ListHabit, SavedView
from kedang.kernel import ids

CUSTOMERS = RECORDS["customers.customer"]
SAVED = "/customers/views"


def text(answer):
    return answer.content.decode()


def stored():
    return SavedView.objects.unscoped(because="check in a test")


def save(client, name, query="level_key=gold", **more):
    answer = client.post(SAVED, {"do": "create", "name": name, "back": query, **more})
    assert answer.status_code == 302, text(answer)
    return answer["Location"], ids.read(re.search(r"view=(\w+)", answer["Location"])[1])


def test_a_view_keeps_an_address_under_a_name_and_stands_among_the_tabs(world, sign_in):
    client = sign_in(world.li, "sales_rep")
    address, pk = save(
        client, "金牌", "level_key=gold&any1.city.has=京&any1.city.empty=1&after=x", rows="normal"
    )
    row = stored().get(pk=pk)
    assert row.query == "level_key=gold&any1.city.has=%E4%BA%AC&any1.city.empty=1&rows=normal"
    page = text(client.get(address))
    assert re.search(r'aria-current="page">金牌', page)
    assert "View, changed" not in page
    assert "View, changed" in text(client.get(f"{address}&owner=me"))
    assert client.get(f"/customers?view={ids.show(pk)}")["Location"] == address
    client.post(SAVED, {"do": "save", "id": ids.show(pk), "back": "level_key=silver"})
    client.post(SAVED, {"do": "edit", "id": ids.show(pk), "name": "银牌", "audience": "unit"})
    row.refresh_from_db()
    assert (row.name, row.query, row.audience) == ("银牌", "level_key=silver", "unit")
    client.post(SAVED, {"do": "remove", "id": ids.show(pk)})
    client.get("/customers?tab=all")
    assert "银牌" not in text(client.get("/customers?tab=all"))


def test_a_view_that_the_list_would_refuse_is_not_saved(world, sign_in):
    client = sign_in(world.li, "sales_rep")
    for query in ("bogus=1", "credit_limit_from=1", "sort=credit_limit", "rows=huge"):
        assert client.post(SAVED, {"do": "create", "name": "x", "back": query}).status_code == 400
    assert client.post(SAVED, {"do": "create", "name": "", "back": ""}).status_code == 422
    assert client.post(SAVED, {"do": "create", "name": "x", "audience": "world"}).status_code == 422
    assert client.post(SAVED, {"do": "erase", "name": "x"}).status_code == 404
    assert stored().filter(owner=world.li).count() == 1


def test_the_view_of_somebody_else_is_absent_until_it_is_shared(world, sign_in):
    address, pk = save(sign_in(world.li, "sales_rep"), "李的金牌")
    for user, audience, status in ((world.zhao, "own", 404), (world.zhao, "unit", 200), (world.wang, "unit", 404),
                                   (world.wang, "everyone", 200)):  # fmt: skip
        perform(world.boss, "engine.savedview.update", pk, {"audience": audience})
        other = sign_in(user, "sales_rep") if not user.roles.exists() else sign_in(user)
        answer = other.get(address)
        assert answer.status_code == status, (user, audience)
        assert ("李的金牌" in text(other.get("/customers?tab=all"))) is (status == 200)
        assert "红光一" not in text(answer)
        for do in ("save", "edit", "remove"):
            sent = {"do": do, "id": ids.show(pk), "name": "抢来的", "back": ""}
            assert other.post(SAVED, sent).status_code in (403, 404)
        assert (other.post(SAVED, {"do": "star", "id": ids.show(pk)}).status_code == 302) is (status == 200)
    assert stored().get(pk=pk).name == "李的金牌"


def test_a_shared_view_asks_nothing_that_its_reader_may_not_ask(world, sign_in):
    _address, pk = save(sign_in(world.chief, "general_manager"), "大额", "level_key=gold")
    inputs = {"audience": "everyone", "query": "credit_limit_from=1"}
    perform(world.boss, "engine.savedview.update", pk, inputs)
    answer = sign_in(world.li, "sales_rep").get(f"/customers?credit_limit_from=1&view={ids.show(pk)}")
    assert answer.status_code == 400


def test_what_opens_first_is_the_readers_own_choice_then_that_of_the_role(world, sign_in):
    admin = sign_in(world.chief, "administrator", "general_manager")
    _there, pk = save(admin, "全员先看", audience="everyone")
    admin.post(SAVED, {"do": "edit", "id": ids.show(pk), "name": "全员先看", "audience": "everyone",
                       "default_for": "sales_rep"})  # fmt: skip
    assert stored().get(pk=pk).default_for == "sales_rep"
    client = sign_in(world.li, "sales_rep")
    assert f"view={ids.show(pk)}" in client.get("/customers")["Location"]
    assert client.get("/customers?tab=all").status_code == 200
    own, mine = save(client, "我先看")
    client.post(SAVED, {"do": "first", "id": ids.show(mine)})
    assert client.get("/customers")["Location"] == own
    refused = {
        "do": "edit",
        "id": ids.show(mine),
        "name": "我先看",
        "audience": "everyone",
        "default_for": "sales_rep",
    }
    assert client.post(SAVED, refused).status_code == 422


def test_columns_are_kept_for_each_person_and_the_title_stays(world, sign_in):
    client = sign_in(world.li, "sales_rep")
    client.post(
        "/customers/columns", {"do": "columns", "column": ["city", "level_key", "credit_limit", "nonsense"]}
    )
    heads = re.findall(r'data-name="(\w+)"', text(client.get("/customers")))
    assert heads == ["name", "city", "level_key"]
    client.post("/customers/columns", {"do": "width", "column": "city", "width": "222"})
    assert "min-width: 222px" in text(client.get("/customers"))
    assert (
        client.post("/customers/columns", {"do": "width", "column": "city", "width": "1;}"}).status_code
        == 400
    )
    assert re.findall(r'data-name="(\w+)"', text(client.get("/customers?columns=phone,name"))) == [
        "phone",
        "name",
    ]
    for columns in ("credit_limit", "owner__password", "name,,", "head"):
        assert client.get(f"/customers?columns={columns}").status_code == 400
    client.post("/customers/columns", {"do": "usual"})
    assert len(re.findall(r'data-name="(\w+)"', text(client.get("/customers")))) == len(CUSTOMERS.columns)
    assert ListHabit.objects.get(user=world.li).columns == []


def test_the_chooser_offers_what_its_reader_may_see_and_marks_what_is_shown(world, sign_in):
    client = sign_in(world.li, "sales_rep")
    chooser = text(client.get("/customers/columns?columns=phone,name"))
    offered = re.findall(r'name="column" value="(\w+)"( checked)?', chooser)
    assert [name for name, shown in offered if shown] == ["phone", "name"]
    assert {"city", "level_key"} <= {name for name, _shown in offered}
    assert "credit_limit" not in dict(offered)
    assert client.get("/customers/columns?columns=credit_limit").status_code == 400
    assert client.put("/customers/columns").status_code == 405


def test_an_export_has_the_columns_of_the_view(world, sign_in):
    client = sign_in(world.chief, "general_manager")
    answer = client.get("/customers/export?columns=name,city&city.empty=1")
    head = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()[0]
    assert "City" in head
    assert "Phone" not in head


def cell(row, name):
    return f"/customers/{ids.show(row.pk)}/cell/{name}"


def test_a_cell_is_edited_where_it_stands(world, sign_in):
    row = world.records["customers.customer"]["li"]
    client = sign_in(world.li, "sales_rep")
    asked = client.get(cell(row, "city"), headers={"HX-Request": "true"})
    assert 'name="was" value=""' in text(asked)
    answer = client.post(cell(row, "city"), {"city": "天津", "was": ""})
    assert (answer.status_code, text(answer)) == (200, "天津")
    refused = client.post(cell(row, "email"), {"email": "nonsense", "was": ""})
    assert refused.status_code == 422
    assert 'role="alert"' in text(refused)
    assert 'value="nonsense"' in text(refused)


def test_two_who_edit_one_cell_are_told_of_one_another(world, sign_in):
    row = world.records["customers.customer"]["li"]
    client = sign_in(world.li, "sales_rep")
    perform(world.boss, "customers.customer.update", row.pk, {"city": "上海"})
    answer = client.post(cell(row, "city"), {"city": "天津", "was": ""})
    assert answer.status_code == 412
    assert "上海" in text(answer)
    assert 'value="天津"' in text(answer)
    assert client.post(cell(row, "city"), {"city": "天津", "was": "上海"}).status_code == 200
    perform(world.boss, "customers.customer.update", row.pk, {"short_name": "红光"})
    assert client.post(cell(row, "city"), {"city": "北京", "was": "天津"}).status_code == 200, (
        "other fields do not clash"
    )


@pytest.mark.parametrize("name", ["credit_limit", "owner", "number", "name", "head", "remarks"])
def test_a_cell_that_may_not_be_set_is_refused(world, sign_in, name):
    row = world.records["customers.customer"]["li"]
    client = sign_in(world.li, "sales_rep")
    assert client.get(cell(row, name)).status_code in (403, 404)
    assert client.post(cell(row, name), {name: "1", "was": ""}).status_code in (403, 404)
    assert client.get(cell(world.records["customers.customer"]["wang"], "city")).status_code == 404
