"""An administrator defines a field in the browser and finds it on every page at once."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kedang.engine.custom.models import CustomAttribute, CustomFilter
from kedang.engine.files.models import Attachment
from kedang.engine.identity.models import Role
from kedang.engine.jobs.models import Job
from kedang.kernel import ids
from world import World


def enter(user: Any, *roles: str) -> Client:
    user.roles.add(*Role.objects.filter(key__in=roles))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def admin(world: World) -> Client:
    return enter(world.chief, "administrator", "general_manager")


GIVEN = {"record": "customers.customer", "label": "经营渠道", "kind": "choices", "choices": "商超\n餐饮\n电商",
         "guard": "open", "place": "10", "help": "可多选"}  # fmt: skip


def test_a_field_stands_in_form_page_fact_and_list_of_attributes(admin: Client, world: World) -> None:
    row = world.records["customers.customer"]["li"]
    home = f"/customers/{ids.show(row.pk)}"
    answer = admin.post("/settings/attributes/new?record=customers.customer", GIVEN)
    assert answer.status_code == 302, answer.content.decode()
    assert "经营渠道" in admin.get("/settings/attributes").content.decode()

    form = admin.get(f"{home}/edit").content.decode()
    assert "经营渠道" in form and "电商" in form and "可多选" in form
    key = CustomAttribute.objects.get().key
    saved = admin.post(
        f"{home}/field/x_{key}", {f"x_{key}.shown": "1", f"x_{key}": ["shang_chao", "dian_shang"], "base": ""}
    )
    assert saved.status_code == 200, saved.content.decode()
    assert "商超、电商" in admin.get(home).content.decode()
    assert "商超、电商" in admin.get(f"{home}/print").content.decode()
    assert "经营渠道" in admin.get(f"{home}/history").content.decode()


def test_what_does_not_fit_is_said_beside_its_field_and_nothing_is_lost(admin: Client, world: World) -> None:
    answer = admin.post("/settings/attributes/new", GIVEN | {"label": "", "choices": "", "key": "A b"})
    page = answer.content.decode()
    assert answer.status_code == 422 and page.count('class="err"') == 3 and "可多选" in page
    assert not CustomAttribute.objects.exists()


def test_a_name_that_is_markup_stays_text(admin: Client, world: World) -> None:
    row = world.records["customers.customer"]["li"]
    label = '<img src=x onerror=alert(1)>{{ "a" }}'
    admin.post("/settings/attributes/new", GIVEN | {"label": label, "choices": "<b>甲</b>"})
    for path in (
        "/settings/attributes",
        f"/customers/{ids.show(row.pk)}",
        f"/customers/{ids.show(row.pk)}/edit",
    ):
        page = admin.get(path).content.decode()
        assert "<img src=x" not in page and "<b>甲" not in page


def test_a_filter_is_made_by_a_job(admin: Client, world: World) -> None:
    admin.post("/settings/attributes/new", GIVEN)
    key = CustomAttribute.objects.get().key
    answer = admin.post("/settings/attributes/filter", {"record": "customers.customer", "key": key})
    assert answer.status_code == 302 and answer["Location"].startswith("/jobs/")
    assert Job.objects.get().kind == "attributes.fill" and not CustomFilter.objects.get().ready
    admin.post("/settings/attributes/filter", {"record": "customers.customer", "key": key, "off": "1"})
    assert not CustomFilter.objects.exists()


def test_retired_and_back(admin: Client, world: World) -> None:
    admin.post("/settings/attributes/new", GIVEN)
    shown = ids.show(CustomAttribute.objects.get().pk)
    row = world.records["customers.customer"]["li"]
    admin.post(f"/settings/attributes/{shown}/retire")
    assert 'name="x_' not in admin.get(f"/customers/{ids.show(row.pk)}/edit").content.decode()
    admin.post(f"/settings/attributes/{shown}/restore")
    assert 'name="x_' in admin.get(f"/customers/{ids.show(row.pk)}/edit").content.decode()


def test_others_do_not_come_in(world: World) -> None:
    li = enter(world.li, "sales_rep")
    assert li.get("/settings/attributes").status_code == 403
    assert li.post("/settings/attributes/new", GIVEN).status_code == 403
    assert (
        li.post("/settings/attributes/filter", {"record": "customers.customer", "key": "a"}).status_code
        == 403
    )


def test_a_file_is_handed_in_where_its_fact_stands_and_chosen_in_the_form(
    admin: Client, world: World, home: Any
) -> None:
    row = world.records["customers.customer"]["li"]
    url = f"/customers/{ids.show(row.pk)}"
    said = {"record": "customers.customer", "label": "年度合同", "kind": "file", "key": "contract", "guard": "open",
            "place": "10"}  # fmt: skip
    assert admin.post("/settings/attributes/new?record=customers.customer", said).status_code == 302
    assert "x_contract" not in admin.get("/customers/new").content.decode()

    asked = admin.get(f"{url}/field/x_contract", headers={"HX-Request": "true"}).content.decode()
    assert 'name="x_contract.file"' in asked
    sent = SimpleUploadedFile("合同2026.txt", "甲乙双方".encode())
    saved = admin.post(
        f"{url}/field/x_contract", {"base": "", "x_contract": "", "x_contract.file": sent}
    ).content.decode()

    file = Attachment.objects.get()
    link = f"{url}/files/{ids.show(file.pk)}"
    assert f'href="{link}">合同2026.txt</a>' in saved
    assert f'href="{link}">合同2026.txt</a>' in admin.get(url).content.decode()
    form = admin.get(f"{url}/edit").content.decode()
    assert f'<option value="{ids.show(file.pk)}" selected>合同2026.txt</option>' in form
    answer = admin.get(f"{url}/edit").status_code, admin.post(
        f"{url}/field/x_contract", {"base": ids.show(file.pk), "x_contract": ""}
    ).status_code  # fmt: skip
    assert answer == (200, 200)
    assert (
        f'href="{link}">合同2026.txt</a>' not in admin.get(f"{url}/field/x_contract?shown=1").content.decode()
    )
    other = world.records["customers.customer"]["wang"]
    taken = admin.post(
        f"/customers/{ids.show(other.pk)}/field/x_contract", {"base": "", "x_contract": ids.show(file.pk)}
    )
    assert taken.status_code == 422
