"""What is kept of pages shows nobody another's: menus, empty editors, cells drawn once for each value."""

import re

from django.conf import settings
from django.core.cache import caches

from kedang.engine.actions.perform import perform
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import Membership, Role, RoleGrant, User
from kedang.engine.identity.stamps import bump
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.doors import writing
from kedang.kernel.actor import Span
from kedang.kits.web.menu import links

PHONES = "columns=name,phone,owner,level_key"


def text(answer):
    return answer.content.decode()


def menu(page):
    return re.findall(r'<a href="([^"]+)"', page.partition('<nav class="nav"')[2].partition("</nav>")[0])


def editor(page):
    return re.findall(
        r'<option value="([^"]+)"', page.partition("data-cond-field")[2].partition("</select>")[0]
    )


def test_a_menu_is_kept_for_those_alone_who_have_the_same(world, sign_in):
    """One after the other, then both again out of what was kept."""
    assert "template_fragments" in settings.CACHES
    caches["template_fragments"].clear()
    first = {}
    for again in (False, True):
        for user, role in ((world.chief, "administrator"), (world.li, "sales_rep")):
            page = text(sign_in(user, *([role] if not again else [])).get("/customers"))
            assert first.setdefault(user.pk, menu(page)) == menu(page)
            assert first.setdefault((user.pk, "fields"), editor(page)) == editor(page)
    assert set(first[world.chief.pk]) - set(first[world.li.pk])
    assert set(first[world.li.pk]) >= {"/", "/customers"}


def test_of_two_with_one_role_the_one_without_a_unit_is_offered_less(world):
    """A span over one's unit reaches nothing where there is none: what a role offers is not the same for all."""
    role = Role.objects.create(key="looks", label={})
    for key in ("customers.customer", "trade.order"):
        RoleGrant.objects.create(role=role, record=key, action="view", span=Span.UNIT.value)
    nowhere = User.objects.create_user("nowhere", None, name="无部门")
    for user in (nowhere, world.li):
        Membership.objects.create(user=user, role=role)
    bump("identity")
    offered = {
        user.username: {link.url for _label, group in links(actor_of(user), "/") for link in group}
        for user in (nowhere, world.li)
    }
    assert offered["li"] - offered["nowhere"] == {"/insight/rfm/"}
    assert not offered["nowhere"] - offered["li"]


def test_a_menu_marks_the_page_it_stands_on(world, sign_in):
    client = sign_in(world.li, "sales_rep")
    for path in ("/customers", "/orders", "/customers"):
        nav = text(client.get(path)).partition('<nav class="nav"')[2].partition("</nav>")[0]
        assert re.findall(r'href="([^"]+)" aria-current="page"', nav) == [path]


def test_a_menu_is_read_in_the_language_of_its_reader(world, sign_in):
    client = sign_in(world.li, "sales_rep")
    for language, word in (
        ("zh-hans", "主导航"),
        ("en", "Main menu"),
        ("zh-hant", "主選單"),
        ("zh-hans", "主导航"),
    ):
        world.li.language = language
        world.li.save()
        assert f'<nav class="nav" aria-label="{word}"' in text(client.get("/customers"))


def test_the_same_phone_is_masked_in_the_pool_and_open_in_an_own_file(world, sign_in):
    """Cells of one value are drawn once, but what hangs on more than the value is drawn for each row."""
    own = world.records["customers.customer"]["li"]
    kind = RECORDS["customers.customer"]
    inputs = {"name": "公海里的客户", "type_key": "other", "country": "CN", "phone": own.phone}
    pooled = perform(world.boss, f"{kind.key}.create", inputs=inputs).record
    with writing("test"):
        kind.model.objects.unscoped(because="test").filter(pk=pooled.pk).update(owner=None, pool=world.pool)
    page = text(sign_in(world.li, "sales_rep").get(f"/customers?{PHONES}"))
    rows = {
        name: row
        for row in re.findall(r"<tr data-id.*?</tr>", page)
        for name in (own.name, pooled.name)
        if name in row
    }
    assert own.phone in rows[own.name]
    assert own.phone not in rows[pooled.name]
    assert 'class="mask"' in rows[pooled.name]


def conditions(page):
    """What the editor of a page asks: the name and the value of each input that says something."""
    body = page.partition('class="body"')[2].partition('class="foot"')[0]
    ticked = re.findall(r'<input type="checkbox" name="([^"]+)" value="([^"]+)" checked', body)
    return ticked + re.findall(r'<input class="in in-s" name="([^"]+)" value="([^"]+)"', body)


def test_an_editor_holds_the_conditions_of_its_own_address(world, sign_in):
    """One after the other, then all again out of what was kept."""
    caches["template_fragments"].clear()
    client = sign_in(world.li, "sales_rep")
    asked = {
        "": [],
        "?level_key=gold": [("level_key", "gold")],
        "?level_key.not=gold": [("level_key.not", "gold")],
        "?level_key=gold&level_key=silver": [("level_key", "gold"), ("level_key", "silver")],
        "?city.has=广&level_key=gold": [("level_key", "gold"), ("city.has", "广")],
        "?any1.city.has=广&any1.level_key=gold": [("any1.level_key", "gold"), ("any1.city.has", "广")],
    }
    for _again in range(2):
        for query, found in asked.items():
            assert sorted(conditions(text(client.get(f"/customers{query}")))) == sorted(found), query
