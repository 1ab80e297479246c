"""People, departments, roles and the company: every change through an action, told in the history, and safe."""

import pytest
from django.contrib.sessions.models import Session

from kedang.engine.actions.perform import perform
from kedang.engine.administration import sessions
from kedang.engine.administration.company import company
from kedang.engine.administration.models import Company
from kedang.engine.identity import links, tokens
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import Membership, Role, Unit, User
from kedang.engine.installation import install
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.records.verify import verify
from kedang.kernel.errors import Conflict, Invalid, NotAllowed, NotVisible, RuleBroken

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(world):
    user = User.objects.create_user("root", "a long enough secret", name="管理员", unit=world.company)
    Membership.objects.create(user=user, role=Role.objects.get(key="administrator"))
    return user


def act(user, key, pk=None, inputs=None, **more):
    return perform(actor_of(User.objects.get(pk=user.pk)), key, pk, inputs or {}, **more).record


def give(user, *keys):
    Membership.objects.filter(user=user).delete()
    for key in keys:
        Membership.objects.create(user=user, role=Role.objects.get(key=key))


def faults():
    """Return what does not fit of that which is administered."""
    return [
        one
        for one in verify().faults
        if one.startswith(("engine.user", "engine.unit", "engine.role", "engine.company"))
    ]


def entries(key, pk):
    return list(HistoryEntry.objects.filter(record=key, record_id=pk).order_by("seq"))


def test_a_person_is_let_in_with_a_link_and_both_stand_in_the_history(world, admin):
    made = act(admin, "engine.user.create", inputs={
        "username": " Zhou.Yi ", "name": "周一", "unit": world.north.pk, "roles": ["sales_rep"],
    })  # fmt: skip
    user = User.objects.get(username="zhou.yi")
    assert not user.has_usable_password()
    assert links.owner_of(made.secret) == user
    told = entries("engine.user", user.pk)
    assert [one.action for one in told] == ["engine.user.create"] * 2
    assert told[1].changes["roles"][:2] == [[], ["sales_rep"]]
    assert made.secret not in str([one.changes for one in told])
    assert faults() == []


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ({"username": "", "name": "周一"}, "username"),
        ({"username": "li", "name": "周一"}, "username"),
        ({"username": "x", "name": ""}, "name"),
        ({"username": "x", "name": "周一", "email": "no mail"}, "email"),
        ({"username": "x", "name": "周一", "password": "secret"}, "password"),
        ({"username": "x", "name": "周一", "is_active": "0"}, "is_active"),
        ({"username": "x" * 61, "name": "周一"}, "username"),
        ({"username": "x", "name": "周一", "roles": ["emperor"]}, "roles"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_stored(world, admin, inputs, field):
    before = User.objects.count()
    with pytest.raises(Invalid) as refused:
        act(admin, "engine.user.create", inputs={"unit": world.north.pk, **inputs})
    assert field in {problem.field for problem in refused.value.problems}
    assert User.objects.count() == before


def test_who_has_no_right_learns_nothing_and_changes_nothing(world, admin):
    with pytest.raises(NotVisible):
        act(world.li, "engine.user.update", world.wang.pk, {"name": "x"})
    with pytest.raises(NotAllowed):
        act(world.li, "engine.user.create", inputs={"username": "x", "name": "x", "unit": world.north.pk})
    with pytest.raises(NotVisible):
        act(world.li, "engine.unit.update", world.north.pk, {"name": "x"})


def test_two_administrators_do_not_overwrite_each_other(world, admin):
    act(admin, "engine.user.update", world.li.pk, {"title": "销售代表"})
    with pytest.raises(Conflict):
        act(admin, "engine.user.update", world.li.pk, {"title": "经理"}, version=0)


def test_nobody_gives_themselves_more_than_they_have(world, admin):
    with pytest.raises(NotAllowed):
        act(admin, "engine.user.roles", admin.pk, {"roles": ["administrator", "general_manager"]})
    role = Role.objects.get(key="administrator")
    spans = {("engine.approval", "approve", "business"): ("all", ())}
    with pytest.raises(NotAllowed):
        act(admin, "engine.role.rights", role.pk, {"spans": spans}, reason="more")


def test_who_only_lets_people_in_gives_no_role_beyond_their_own(world, admin):
    personnel = act(admin, "engine.role.create", inputs={"name": "人事"})
    spans = {("engine.user", verb, "administrative"): ("all", ()) for verb in ("view", "create", "change")}
    act(admin, "engine.role.rights", personnel.pk, {"spans": spans}, reason="新设人事岗")
    give(world.wang, personnel.key)
    with pytest.raises(NotAllowed):
        act(world.wang, "engine.user.roles", world.li.pk, {"roles": ["general_manager"]})
    act(world.wang, "engine.user.roles", world.li.pk, {"roles": [personnel.key]})


def test_the_last_administrator_cannot_be_locked_out_in_any_way(world, admin):
    act(admin, "engine.user.roles", world.wang.pk, {"roles": ["administrator"]})
    act(world.wang, "engine.user.deactivate", admin.pk, reason="离职")
    for attempt in (
        lambda: act(world.wang, "engine.user.roles", world.wang.pk, {"roles": []}),
        lambda: act(world.wang, "engine.user.deactivate", world.wang.pk, reason="x"),
        lambda: act(
            world.wang, "engine.role.rights", Role.objects.get(key="administrator").pk, {}, reason="x"
        ),
    ):
        with pytest.raises((RuleBroken, NotAllowed)):
            attempt()
    assert actor_of(User.objects.get(pk=world.wang.pk)).may("engine.role", "change")


def test_a_right_that_is_taken_is_gone_at_the_next_request_and_told(world, admin, client):
    give(world.li, "sales_rep")
    client.force_login(world.li)
    assert client.get("/customers").status_code == 200
    role = Role.objects.get(key="sales_rep")
    with pytest.raises(Invalid):
        act(admin, "engine.role.rights", role.pk, {})
    act(admin, "engine.role.rights", role.pk, {}, reason="岗位撤销")
    assert client.get("/customers").status_code == 403
    last = entries("engine.role", role.pk)[-1]
    assert last.reason == "岗位撤销"
    assert last.changes["rights"][0]["customers.customer:view"] == "own"
    assert "customers.customer:view" not in last.changes["rights"][1]


def test_a_role_changed_here_keeps_its_rights_when_its_pack_is_installed_again(world, admin):
    role = Role.objects.get(key="sales_rep")
    act(admin, "engine.role.rights", role.pk, {}, reason="x")
    install(["general"])
    assert not role.grants.exists()


def test_letting_somebody_go_ends_sessions_keys_and_links_at_once(world, admin, client):
    give(world.li, "sales_rep")
    client.post("/sign-in/", {"login": "li", "password": "correct horse"})
    key = tokens.issue(world.li, "test")
    secret = act(admin, "engine.user.reset", world.li.pk).secret
    assert sessions.open_ones(world.li)
    act(admin, "engine.user.deactivate", world.li.pk, reason="离职")
    assert client.get("/").status_code == 302
    assert tokens.find(key) is None
    assert links.owner_of(secret) is None
    assert not sessions.open_ones(world.li)
    assert not Session.objects.filter(session_key=client.cookies["kedang_session"].value).exists()


def test_departments_move_with_what_lies_below_and_never_into_themselves(world, admin):
    act(admin, "engine.unit.update", world.north.pk, {"parent": world.south.pk})
    branch = Unit.objects.get(pk=world.branch.pk)
    assert branch.path == f"/{world.company.pk}/{world.south.pk}/{world.north.pk}/{world.branch.pk}/"
    for parent in (world.north, world.branch):
        with pytest.raises(Invalid):
            act(admin, "engine.unit.update", world.north.pk, {"parent": parent.pk})
    with pytest.raises(Invalid):
        act(admin, "engine.unit.create", inputs={"name": "华南区", "parent": world.company.pk})
    assert faults() == []


def test_a_move_of_a_department_counts_for_spans_at_once(world, admin):
    give(world.li, "sales_manager")
    assert world.branch.pk in actor_of(world.li).grant("customers.customer", "view").units
    act(admin, "engine.unit.update", world.branch.pk, {"parent": world.south.pk})
    assert world.branch.pk not in actor_of(world.li).grant("customers.customer", "view").units


def test_the_settings_of_the_company_have_bounds_and_a_history(world, admin):
    row = act(admin, "engine.company.create", inputs={"name": "恒川泵阀"})
    with pytest.raises(Invalid):
        act(admin, "engine.company.update", row.pk, {"idle_minutes": "1"})
    act(admin, "engine.company.update", row.pk, {"idle_minutes": "30"})
    assert company().idle_minutes == 30
    assert entries("engine.company", row.pk)[-1].changes["idle_minutes"][:2] == [120, 30]
    with pytest.raises(RuleBroken):
        act(admin, "engine.company.create", inputs={"name": "第二家"})
    assert Company.objects.count() == 1
    assert faults() == []
