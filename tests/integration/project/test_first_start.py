"""The first start: only while nobody is there, only with the code, and gone for good afterwards (attack 64)."""

import pytest
from django.test import Client

from kedang.engine.administration.models import Company
from kedang.engine.identity.models import Membership, Role, Unit, User
from kedang.engine.installation import install
from kedang.engine.packs.active import active
from kedang.engine.records.verify import verify
from kedang.project import home as home_folder

pytestmark = pytest.mark.django_db
FOUNDING = {
    "company": "恒川泵阀", "name": "王工", "username": "Wang.Gong", "password1": "a long enough secret",
    "password2": "a long enough secret",
}  # fmt: skip


@pytest.fixture(autouse=True)
def roles(home, db):
    install(["general"])


def founded(client=None):
    client = client or Client()
    answer = client.post("/start", {**FOUNDING, "code": home_folder.start_code()})
    assert (answer.status_code, answer["Location"]) == (302, "/start/units"), answer.content.decode()
    return client


def test_the_company_and_its_administrator_are_made_and_signed_in():
    client = founded()
    user = User.objects.get(username="wang.gong")
    assert user.check_password(FOUNDING["password1"])
    assert user.unit.name == "恒川泵阀"
    assert Company.objects.get().name == "恒川泵阀"
    assert client.get("/settings/people").status_code == 200
    assert verify().whole


@pytest.mark.parametrize(
    ("field", "value"),
    [("code", "00000000"), ("code", ""), ("company", ""), ("name", ""), ("username", ""), ("username", "x" * 61),
     ("password1", "short"), ("password2", "another long secret")],
)  # fmt: skip
def test_what_is_wrong_comes_back_and_nothing_is_made(field, value):
    sent = {**FOUNDING, "code": home_folder.start_code(), field: value}
    answer = Client().post("/start", sent)
    assert answer.status_code == 422
    assert not User.objects.exists()
    assert not Company.objects.exists()
    assert FOUNDING["password2"] not in answer.content.decode()


def test_attack_64_the_code_cannot_be_guessed_by_trying():
    client = Client()
    for place in range(11):
        client.post("/start", {**FOUNDING, "code": f"{place:08}"})
    assert client.post("/start", {**FOUNDING, "code": home_folder.start_code()}).status_code == 422
    assert not User.objects.exists()


def test_attack_64_after_the_founding_the_page_is_not_there_for_anybody():
    code = home_folder.start_code()
    client = founded()
    for visitor in (client, Client()):
        assert visitor.get("/start").status_code == 404
        assert visitor.post("/start", {**FOUNDING, "username": "thief", "code": code}).status_code == 404
    assert not User.objects.filter(username="thief").exists()


def test_attack_64_where_anybody_or_a_demo_is_the_page_never_was(home):
    home_folder.mark_demo()
    assert Client().get("/start").status_code == 404
    (home / home_folder.DEMO_MARK).unlink()
    assert Client().get("/start").status_code == 200
    User.objects.create_user("root", "a long enough secret", name="管理员")
    assert Client().get("/start").status_code == 404
    assert Client().get("/start/units").status_code in (302, 404)


def test_the_steps_make_departments_a_pack_and_numbers_and_end():
    client = founded()
    lines = "华南区\n  广州分公司\n  深圳分公司\n财务部\n"
    assert client.post("/start/units", {"lines": lines})["Location"] == "/start/pack"
    paths = {unit.name: unit.path.count("/") for unit in Unit.objects.all()}
    assert paths == {"恒川泵阀": 2, "华南区": 3, "广州分公司": 4, "深圳分公司": 4, "财务部": 3}
    assert client.post("/start/pack", {"pack": "general"})["Location"] == "/start/numbers"
    page = client.get("/start/numbers").content.decode()
    assert "000042" in page
    assert client.post("/start/numbers", {"template": "{serial:06}"})["Location"] == "/start/import"
    assert active().number_rule("customers.customer").template == "{serial:06}"
    assert client.post("/start/import").status_code == 302
    for step in ("units", "pack", "numbers", "import"):
        assert client.get(f"/start/{step}").status_code == 404
        assert client.post(f"/start/{step}").status_code == 404


def test_the_number_rule_outlives_an_upgrade_of_the_pack_and_can_be_changed_back():
    client = founded()
    client.post("/start/numbers", {"template": "{serial:06}"})
    install(["general"])
    assert active().number_rule("customers.customer").template == "{serial:06}"
    whole = "{region}-{level}-{type}-{serial:05}"
    client.post("/start/numbers", {"template": whole})
    assert active().number_rule("customers.customer").template == whole


@pytest.mark.parametrize(
    "template", ["", "{serial}", "{secret}-{serial:05}", "no serial", "{serial:05}" * 20]
)
def test_a_number_rule_that_cannot_work_is_refused(template):
    client = founded()
    before = active().number_rule("customers.customer").template
    assert client.post("/start/numbers", {"template": template}).status_code == 422
    assert active().number_rule("customers.customer").template == before


def test_departments_of_one_name_are_refused_and_none_is_made():
    client = founded()
    assert client.post("/start/units", {"lines": "华南区\n华南区"}).status_code == 422
    assert Unit.objects.count() == 1


def test_the_steps_are_for_the_administrator_alone():
    founded()
    user = User.objects.create_user("li", "a long enough secret", name="李明")
    Membership.objects.create(user=user, role=Role.objects.get(key="sales_rep"))
    client = Client()
    client.force_login(user)
    assert client.get("/start/units").status_code == 404
