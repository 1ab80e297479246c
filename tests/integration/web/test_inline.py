"""One fact is edited where it stands; what two people wrote is never lost and never silently overwritten."""

from typing import Any

import pytest
from django.test import Client

from kedang.areas.customers.models import Customer
from kedang.engine.actions.perform import perform
from kedang.kernel import ids
from world import World

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def row(world: World) -> Customer:
    return world.records["customers.customer"]["li"]  # type: ignore[no-any-return]


@pytest.fixture
def client(world: World) -> Client:
    world.chief.roles.add(_role("general_manager"))
    client = Client()
    client.force_login(world.chief)
    return client


def _role(key: str) -> Any:
    from kedang.engine.identity.models import Role

    return Role.objects.get(key=key)


def url(row: Customer, name: str) -> str:
    return f"/customers/{ids.show(row.pk)}/field/{name}"


def now(world: World, row: Customer) -> Customer:
    return Customer.objects.visible_to(world.boss).get(pk=row.pk)


def test_the_input_holds_the_value_and_a_save_shows_the_new_one(
    client: Client, world: World, row: Customer
) -> None:
    asked = client.get(url(row, "address"), **HTMX).content.decode()
    assert 'name="address"' in asked and 'name="base"' in asked
    answer = client.post(url(row, "address"), {"address": "长安街1号", "base": ""}, **HTMX)
    assert answer.status_code == 200 and "长安街1号" in answer.content.decode()
    assert now(world, row).address == "长安街1号"


def test_a_refused_value_stays_beside_its_reason_and_the_old_one_is_kept(
    client: Client, world: World, row: Customer
) -> None:
    answer = client.post(url(row, "email"), {"email": "不是邮箱", "base": ""}, **HTMX)
    page = answer.content.decode()
    assert answer.status_code == 422 and "不是邮箱" in page and 'class="err"' in page
    assert now(world, row).email == ""


def test_a_change_of_another_field_does_not_stand_in_the_way(
    client: Client, world: World, row: Customer
) -> None:
    perform(world.boss, "customers.customer.update", row.pk, {"city": "北京"})
    answer = client.post(url(row, "address"), {"address": "长安街1号", "base": ""}, **HTMX)
    assert answer.status_code == 200
    assert (now(world, row).city, now(world, row).address) == ("北京", "长安街1号")


def test_the_second_of_two_chooses_between_theirs_mine_and_what_was(
    client: Client, world: World, row: Customer
) -> None:
    perform(world.boss, "customers.customer.update", row.pk, {"address": "旧址"})
    perform(world.boss, "customers.customer.update", row.pk, {"address": "他人的新址"})
    answer = client.post(url(row, "address"), {"address": "我的新址", "base": "旧址"}, **HTMX)
    page = answer.content.decode()
    assert answer.status_code == 412
    assert (
        all(text in page for text in ("旧址", "他人的新址", "我的新址")) and page.count('type="radio"') == 3
    )
    assert now(world, row).address == "他人的新址"

    perform(world.boss, "customers.customer.update", row.pk, {"address": "第三人"})
    again = client.post(url(row, "address"), {"address": "我的新址", "base": "他人的新址"}, **HTMX)
    assert again.status_code == 412 and "第三人" in again.content.decode()
    chosen = client.post(url(row, "address"), {"address": "我的新址", "base": "第三人"}, **HTMX)
    assert chosen.status_code == 200 and now(world, row).address == "我的新址"


def test_who_changed_nothing_overwrites_nothing(client: Client, world: World, row: Customer) -> None:
    perform(world.boss, "customers.customer.update", row.pk, {"address": "新址"})
    answer = client.post(url(row, "address"), {"address": "", "base": ""}, **HTMX)
    assert answer.status_code == 200 and "新址" in answer.content.decode()
    assert now(world, row).address == "新址"


def test_fields_that_are_not_open_have_no_input(client: Client, world: World, row: Customer) -> None:
    assert client.get(url(row, "number"), **HTMX).status_code == 403
    assert client.get(url(row, "name_sort"), **HTMX).status_code in (403, 404)
    assert client.get(url(row, "nothing"), **HTMX).status_code == 404
