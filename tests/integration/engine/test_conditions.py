"""Conditions of an address: what each finds, groups, and what is refused in words."""

from datetime import UTC, datetime

import pytest
from django.http import QueryDict

from kedang.engine.actions.batch import Row, batch_save
from kedang.engine.records import conditions
from kedang.engine.records.types import RECORDS
from kedang.kernel import clock
from kedang.kernel.actor import Span
from kedang.kernel.errors import BadQuery
from world import everywhere

CUSTOMERS = RECORDS["customers.customer"]
ROWS = {
    "甲": {"city": "北京", "level_key": "gold", "next_step_on": "2026-11-24", "region_code": "110105"},
    "乙": {"city": "北海", "level_key": "silver", "next_step_on": "2026-11-25", "region_code": "450500"},
    "丙": {"city": "", "level_key": "", "next_step_on": None, "region_code": ""},
    "丁": {"city": "南京100%", "level_key": "gold", "next_step_on": "2026-12-30", "region_code": "320100"},
}


@pytest.fixture
def found(world):
    values = {"type_key": "other", "phone": "02083330042", "country": "CN"}
    with clock.frozen(datetime(2026, 11, 20, 4, tzinfo=UTC)):
        rows = [
            Row(
                values
                | {"name": f"{name}公司", "owner": world.li.pk if name != "丁" else world.wang.pk}
                | row
            )
            for name, row in ROWS.items()
        ]
        assert not [
            outcome.problems for outcome in batch_save(world.boss, CUSTOMERS, rows) if outcome.problems
        ]

    def ask(query, actor=None):
        actor = actor or world.boss
        with clock.frozen(datetime(2026, 11, 25, 4, tzinfo=UTC)):
            asked = {key: QueryDict(query).getlist(key) for key in QueryDict(query)}
            tree = conditions.parse(actor, CUSTOMERS, asked)
            rows = CUSTOMERS.model.objects.visible_to(actor).filter(conditions.meaning(actor, tree))
            return "".join(sorted(name[0] for name in rows.values_list("name", flat=True) if name[0] in ROWS))

    return ask


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", "丁丙乙甲"),
        ("city=北京", "甲"), ("city=北京&city=北海", "乙甲"), ("city.not=北京&city.not=北海", "丁丙"),
        ("city.has=京", "丁甲"), ("city.starts=北", "乙甲"), ("city.empty=1", "丙"), ("city.empty=0", "丁乙甲"),
        ("city.has=京&city.has=北", "甲"), ("city.has=%25", "丁"), ("city.has=_", ""),
        ("level_key=gold", "丁甲"), ("level_key.not=gold", "丙乙"), ("level_key=none", "丙"),
        ("next_step_on=overdue", "甲"), ("next_step_on=today", "乙"),
        ("next_step_on=overdue&next_step_on=today", "乙甲"),
        ("next_step_on=this-week", "乙甲"), ("next_step_on.before=today", "甲"), ("next_step_on.after=today", "丁"),
        ("next_step_on_from=today", "丁乙"), ("next_step_on_from=today&next_step_on_to=in-7-days", "乙"),
        ("next_step_on.empty=1", "丙"), ("next_step_on.empty=0", "丁乙甲"),
        ("changed_at=last-7-days", "丁丙乙甲"), ("changed_at.before=2026-11-20", ""),
        ("changed_at_from=2026-11-20&changed_at_to=2026-11-20", "丁丙乙甲"),
        ("region_code=110000", "甲"), ("region_code=450000&region_code=320100", "丁乙"),
        ("region_code.not=110000", "丁丙乙"),
        ("any1.level_key=silver&any1.city.empty=1", "丙乙"),
        ("any1.level_key=gold&any1.level_key=silver&city.starts=北", "乙甲"),
        ("any1.all1.level_key=gold&any1.all1.city.has=南&any1.next_step_on=today", "丁乙"),
        ("any1.next_step_on_from=today&any1.next_step_on_to=in-7-days&any1.level_key.empty=1", "丙乙"),
        ("any1.city.has=京&any1.city.has=海", "丁乙甲"),
    ],
)  # fmt: skip
def test_a_condition_finds_these(found, query, names):
    assert sorted(found(query)) == sorted(names)


def test_me_and_my_unit_are_those_of_who_asks(found, world):
    li = world.actor(world.li, everywhere(Span.ALL))
    assert sorted(found("owner=me", li)) == sorted("甲乙丙")
    assert sorted(found("owner=my-unit", li)) == sorted("甲乙丙")
    assert found("owner=my-unit", world.actor(world.wang, everywhere(Span.ALL))) == "丁"
    assert sorted(found("owner.not=me", li)) == ["丁"]


def test_a_condition_never_widens_what_somebody_sees(found, world):
    li = world.actor(world.li, everywhere(Span.OWN))
    assert "丁" not in found("any1.owner.not=me&any1.city.empty=0", li)


@pytest.mark.parametrize(
    "query",
    ["bogus=1", "bogus.has=1", "level_key.has=g", "city.like=1", "owner__name=x", "any1.owner__password=x",
     "any0.city=x", "each1.city=x", "any1=x", "any1.any1.any1.any1.city=x", "next_step_on=soon",
     "next_step_on.before=overdue.x", "next_step_on_from=overdue", "city.empty=maybe", "credit_limit_from=1",
     "credit_limit.empty=1", "city.=x", ".city=x", "name.has=%00", "name.has=" + "x" * 201],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_in_words(found, world, query):
    with pytest.raises(BadQuery) as refused:
        found(query, world.actor(world.li, everywhere(Span.OWN)))
    assert refused.value.text


def test_the_number_of_conditions_and_values_is_limited(found):
    with pytest.raises(BadQuery):
        found("&".join(f"any{number}.city=x" for number in range(1, 32)))
    with pytest.raises(BadQuery):
        found("&".join(f"city={number}" for number in range(51)))
    assert found("&".join(f"any{number}.city=北京" for number in range(1, 30))) == "甲"
