"""The pages under settings that administrators work with, and who does not get there."""

import re

import pytest
from django.test import Client

from kedang.areas.customers.models import Customer
from kedang.engine.actions.perform import perform
from kedang.engine.administration.models import Company
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import Membership, Role, RoleGrant, Unit, User
from kedang.engine.packs.active import active
from kedang.kernel import ids

pytestmark = pytest.mark.django_db
PAGES = (
    "people",
    "people/new",
    "units",
    "units/new",
    "roles",
    "roles/new",
    "company",
    "numbers",
    "log",
    "history",
    "operations",
)


@pytest.fixture
def admin(world):
    user = User.objects.create_user(
        "root", "correct horse", name="管理员", unit=world.company, admin_unit=world.company
    )
    Membership.objects.create(user=user, role=Role.objects.get(key="administrator"))
    return user


@pytest.fixture
def office(admin):
    client = Client()
    client.post("/sign-in/", {"login": "root", "password": "correct horse"})
    return client


def at(path, pk):
    return f"/settings/{path}/{ids.show(pk)}"


def test_an_administrator_reaches_every_page_and_a_representative_none(world, office):
    Membership.objects.create(user=world.li, role=Role.objects.get(key="sales_rep"))
    outside = Client()
    outside.force_login(world.li)
    for page in PAGES:
        assert office.get(f"/settings/{page}").status_code == 200, page
        assert outside.get(f"/settings/{page}").status_code == 403, page
        assert Client().get(f"/settings/{page}").status_code == 302, page
    for path in (
        at("people", world.wang.pk),
        at("units", world.north.pk),
        at("roles", Role.objects.first().pk),
    ):
        assert outside.get(path).status_code == 404
        assert outside.post(path, {"name": "x", "reason": "x"}).status_code == 404


def test_somebody_is_let_in_and_the_link_is_shown_once(world, office):
    sent = {"username": "zhou", "name": "周一", "unit": ids.show(world.north.pk), "roles": ["sales_rep"]}
    page = office.post("/settings/people/new", sent).content.decode()
    link = re.search(r"http://testserver/password/[\w-]+", page)[0]
    user = User.objects.get(username="zhou")
    assert user.admin_unit == world.north
    assert link not in office.get(at("people", user.pk)).content.decode()
    assert Client().get(link.removeprefix("http://testserver")).status_code == 200


def test_a_wrong_form_comes_back_filled_with_the_reasons(world, office):
    answer = office.post("/settings/people/new", {"username": "li", "name": "周一", "roles": ["sales_rep"]})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="周一"' in page
    assert re.search(r'value="sales_rep" checked', page)
    assert page.count('class="err"') >= 2


def test_a_person_is_changed_and_an_older_form_does_not_overwrite(world, office):
    path = at("people", world.li.pk)
    whole = {"username": "li", "name": "李明", "unit": ids.show(world.north.pk), "version": "0"}
    assert office.post(path, {**whole, "title": "区域经理"}).status_code == 302
    assert office.post(path, {**whole, "title": "总监"}).status_code == 412
    assert User.objects.get(pk=world.li.pk).title == "区域经理"
    assert "区域经理" in office.get(path).content.decode()


def test_switching_off_shows_what_is_left_and_needs_a_reason(world, office):
    path = f"{at('people', world.li.pk)}/do/deactivate"
    page = office.get(path).content.decode()
    assert f"owner={ids.show(world.li.pk)}" in page
    assert office.post(path, {"reason": ""}).status_code == 422
    assert office.post(path, {"reason": "离职"}).status_code == 302
    assert not User.objects.get(pk=world.li.pk).is_active
    assert "离职" in office.get(at("people", world.li.pk)).content.decode()
    assert office.get(f"{at('people', world.li.pk)}/do/everything").status_code == 404


def test_nobody_changes_their_own_roles_and_is_told_so(admin, office):
    answer = office.post(
        f"{at('people', admin.pk)}/do/roles", {"roles": ["administrator", "general_manager"]}
    )
    assert answer.status_code == 403
    assert admin.membership_set.count() == 1


def matrix(page):
    """Return what the form of a role would send as it stands."""
    sent = {}
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', body) or re.search(
            r'<option value="([^"]*)"', body
        )
        sent[name] = chosen[1]
    for name, value in re.findall(
        r'<input class="in" id="limit[^"]*" name="([^"]+)"[^>]*value="([^"]*)"', page
    ):
        sent[name] = value
    for name, value in re.findall(
        r'<input type="checkbox" name="(units[^"]+)" value="([^"]*)" checked', page
    ):
        sent.setdefault(name, []).append(value)
    return sent


@pytest.mark.parametrize("key", ["administrator", "sales_manager", "general_manager", "finance"])
def test_storing_a_matrix_unchanged_changes_nothing(world, office, key):
    role = Role.objects.get(key=key)
    before = sorted(role.grants.values_list("record", "action", "span", "line"))
    rights, limits = (
        sorted(role.rights.values_list("record", "field", "mode")),
        dict(role.limits.values_list("key", "value")),
    )
    sent = matrix(office.get(at("roles", role.pk)).content.decode())
    assert office.post(at("roles", role.pk), {**sent, "reason": "看一看"}).status_code == 302
    assert sorted(role.grants.values_list("record", "action", "span", "line")) == before
    assert sorted(role.rights.values_list("record", "field", "mode")) == rights
    assert {k: v for k, v in dict(role.limits.values_list("key", "value")).items() if v} == {
        k: v for k, v in limits.items() if v
    }


def test_a_right_is_changed_in_the_matrix_with_a_reason_and_told(world, office):
    role = Role.objects.get(key="sales_rep")
    path = at("roles", role.pk)
    sent = matrix(office.get(path).content.decode())
    name = "span|customers.customer|business|export"
    unit = Unit.objects.get(name="华南区")
    sent |= {name: "custom", "units|customers.customer|business": [ids.show(unit.pk)]}
    assert office.post(path, sent).status_code == 422
    assert office.post(path, {**sent, "reason": "要导出华南客户"}).status_code == 302
    grant = RoleGrant.objects.get(role=role, record="customers.customer", action="export")
    assert (grant.span, list(grant.units.all())) == ("custom", [unit])
    assert "要导出华南客户" in office.get("/settings/history").content.decode()


@pytest.mark.parametrize(
    "sent",
    [{"span|customers.customer|business|view": "everything"}, {"span|nothing.there|business|view": "all"},
     {"span|customers.customer|sideways|view": "all"}, {"mode|customers.customer|no_field": "3"},
     {"mode|customers.customer|name": "9"}, {"limit|export_rows": "many"}, {"limit|export_rows": "-1"},
     {"span|customers.customer|business|view": "custom"}],
)  # fmt: skip
def test_rights_that_no_role_can_have_are_refused(world, office, sent):
    role = Role.objects.get(key="sales_rep")
    before = role.grants.count()
    assert office.post(at("roles", role.pk), {**sent, "reason": "x"}).status_code == 422
    assert role.grants.count() == before


def test_a_tree_shows_depth_and_a_move_into_itself_is_told_in_the_form(world, office):
    assert 'class="d2"' in office.get("/settings/units").content.decode()
    sent = {"name": "华北区", "code": "", "parent": ids.show(world.branch.pk)}
    answer = office.post(at("units", world.north.pk), sent)
    assert answer.status_code == 422
    assert "不能" in answer.content.decode()


def test_the_log_is_narrowed_to_a_person_and_a_kind(world, office):
    Client().post("/sign-in/", {"login": "li", "password": "wrong"})
    Client().post("/sign-in/", {"login": "wang", "password": "correct horse"})
    everything = office.get("/settings/log").content.decode()
    assert "李明" in everything
    assert "王芳" in everything
    only = office.get(
        "/settings/log", {"who": ids.show(world.li.pk), "kind": "sign_in_failed"}
    ).content.decode()
    table = only.partition("<tbody>")[2]
    assert "李明" in table
    assert "王芳" not in table
    assert office.get("/settings/log", {"who": "nobody"}).status_code == 404
    assert office.get("/settings/log", {"after": "0000000000000"}).status_code == 200


def test_names_that_are_markup_stay_text(world, office):
    bad = "<script>alert(1)</script>"
    sent = {"username": "x1", "name": bad[:40], "title": bad[:40], "unit": ids.show(world.north.pk)}
    office.post("/settings/people/new", sent)
    office.post("/settings/units/new", {"name": bad, "parent": ids.show(world.north.pk)})
    office.post("/settings/roles/new", {"name": bad})
    for page in ("people", "units", "roles", "history", "log"):
        assert "<script>alert" not in office.get(f"/settings/{page}").content.decode(), page


def test_a_backup_is_asked_for_by_who_may_and_runs_as_a_job(world, office, home, monkeypatch):
    outside = Client()
    outside.force_login(world.li)
    assert outside.post("/settings/operations/backup").status_code == 403
    answer = office.post("/settings/operations/backup")
    assert answer["Location"].startswith("/jobs/")


def test_an_administrator_numbers_new_files_by_another_rule_and_sees_first_what_it_gives(world, office):
    Company.objects.get_or_create(name="恒川泵阀")
    told = office.get("/settings/numbers", {"own": "KH-{level}-{serial:06}"}, headers={"HX-Request": "true"})
    assert "KH-B-000042" in told.content.decode()
    refused = office.post("/settings/numbers", {"own": "KH-{colour}-{serial:06}"})
    assert refused.status_code == 422
    assert 'value="KH-{colour}-{serial:06}"' in refused.content.decode()
    assert active().number_rule("customers.customer").template == "{region}-{level}-{type}-{serial:05}"
    old = world.records["customers.customer"]["li"].number
    office.post("/settings/numbers", {"template": "{region}-{serial:05}", "own": "KH-{level}-{serial:06}"})
    inputs = {"name": "天津海河泵业有限公司", "type_key": "enterprise", "level_key": "gold", "country": "CN",
              "phone": "02288880001", "owner": world.li.pk, "unit": world.li.unit_id}  # fmt: skip
    filed = perform(world.boss, "customers.customer.create", inputs=inputs).record
    assert filed.number.startswith("KH-B-")
    assert (
        Customer.objects.visible_to(world.boss).get(number=old).pk
        == world.records["customers.customer"]["li"].pk
    )


def test_the_history_of_the_company_tells_a_moment_as_people_do(office, still_clock):
    given = {"name": "恒川泵阀", "captcha_after": "3", "idle_minutes": "120", "backup_keep": "14"}
    office.post("/settings/company", given | {"keep_jobs_days": "30", "keep_notices_days": "60"})
    row = Company.objects.get()
    assert (row.keep_jobs_days, row.keep_notices_days) == (30, 60)
    admin = actor_of(User.objects.get(username="root"))
    perform(admin, "engine.company.open", row.pk)
    page = office.get("/settings/company").content.decode()
    assert "启用时间：2026-11-23 12:00:00" in page
    assert "启用时间：2026-11-23T" not in page
    refused = office.post("/settings/company", {"name": "恒川泵阀", "keep_jobs_days": "1"})
    assert refused.status_code == 422
