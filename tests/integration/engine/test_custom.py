"""Attributes that an administrator defines are fields like any other: written, checked, read, guarded, found."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kedang.areas.customers.models import Customer
from kedang.engine.actions.perform import perform
from kedang.engine.attributes import filling
from kedang.engine.attributes.define import Definition, bring_back, define, filter_by, retire, revise
from kedang.engine.custom.models import CustomAttribute, CustomFilter, CustomValue
from kedang.engine.exchange.exports import export_rows
from kedang.engine.ledger.models import AccessLog, HistoryEntry
from kedang.engine.records.access import modes, open_one, shown
from kedang.engine.records.conditions import names, narrowed, parse
from kedang.engine.records.timeline import history
from kedang.engine.records.types import RECORDS
from kedang.engine.records.verify import verify
from kedang.kernel.actor import Actor, Mode, Span
from kedang.kernel.errors import Invalid, NotAllowed, RuleBroken
from world import World, everywhere

CUSTOMER = "customers.customer"


@pytest.fixture
def admin(world: World) -> Actor:
    return world.actor(world.chief, {"engine.role:change": Span.ALL, **everywhere(Span.ALL)},
                       limits={"export_rows": Decimal(1000)})  # fmt: skip


def kind() -> Any:
    return RECORDS[CUSTOMER]


def make(admin: Actor, **said: Any) -> CustomAttribute:
    return define(admin, CUSTOMER, Definition(**said))


def save(admin: Actor, world: World, **inputs: Any) -> Customer:
    row = world.records[CUSTOMER]["li"]
    perform(admin, f"{CUSTOMER}.update", row.pk, inputs)
    return Customer.objects.visible_to(admin).get(pk=row.pk)


EVERY = {
    "text": ("陈酿", "陈酿", "陈酿"),
    "longtext": ("第一行\n第二行", "第一行\n第二行", "第一行\n第二行"),
    "number": ("3.1415", Decimal("3.1415"), "3.1415"),
    "integer": ("12", 12, 12),
    "money": ("1234.5", Decimal("1234.50"), 123450),
    "date": ("2026-11-25", date(2026, 11, 25), "2026-11-25"),
    "boolean": ("是", True, True),
}


@pytest.mark.parametrize("of", EVERY)
def test_a_value_of_each_kind_is_written_and_read_as_its_kind(world: World, admin: Actor, of: str) -> None:
    typed, value, stored = EVERY[of]
    row = make(admin, label="口味", kind=of)
    assert row.key == "kou_wei"

    saved = save(admin, world, x_kou_wei=typed)

    assert saved.x_kou_wei == value
    assert saved.custom == {"kou_wei": stored}
    assert verify().whole


def test_choices_people_and_links_are_checked_like_columns(world: World, admin: Actor) -> None:
    make(admin, label="渠道", kind="choice", choices=["商超", "餐饮"])
    make(admin, label="节日", kind="choices", choices=["春节", "中秋", "国庆"])
    make(admin, label="顾问", kind="user", key="adviser")
    make(admin, label="介绍人", kind="record", target=CUSTOMER, key="referrer")
    other = world.records[CUSTOMER]["wang"]

    saved = save(admin, world, x_qu_dao="can_yin", x_jie_ri=["chun_jie", "guo_qing"], x_adviser=world.li.pk,
                 x_referrer=other.pk)  # fmt: skip

    names = ("x_qu_dao", "x_jie_ri", "x_adviser", "x_referrer")
    told = {name: shown(admin, kind(), saved, name).text for name in names}
    assert told == {
        "x_qu_dao": "餐饮",
        "x_jie_ri": "春节、国庆",
        "x_adviser": "李明",
        "x_referrer": str(other),
    }
    for wrong in (
        {"x_qu_dao": "没有"},
        {"x_jie_ri": ["chun_jie", "没有"]},
        {"x_adviser": 1},
        {"x_referrer": 1},
    ):
        with pytest.raises(Invalid):
            save(admin, world, **wrong)


def test_a_link_to_what_the_writer_does_not_see_is_refused(world: World, admin: Actor) -> None:
    make(admin, label="介绍人", kind="record", target=CUSTOMER, key="referrer")
    li = world.actor(world.li, everywhere(Span.OWN))
    mine, theirs = world.records[CUSTOMER]["li"], world.records[CUSTOMER]["wang"]

    with pytest.raises(Invalid) as refused:
        perform(li, f"{CUSTOMER}.update", mine.pk, {"x_referrer": theirs.pk})

    assert refused.value.problems[0].code == "not_found"


def test_required_default_and_types(world: World, admin: Actor) -> None:
    make(admin, label="门店数", kind="integer", key="shops", required=True, for_types=["household"])
    make(admin, label="结算周期", kind="text", key="cycle", default="月结", for_types=["household"])
    new = {"name": "甲酒业", "country": "CN"}

    plain = perform(admin, f"{CUSTOMER}.create", inputs=new | {"type_key": "individual"}).record
    with pytest.raises(Invalid) as refused:
        perform(admin, f"{CUSTOMER}.create", inputs=new | {"name": "乙酒业", "type_key": "household"})
    with pytest.raises(Invalid):
        perform(admin, f"{CUSTOMER}.update", plain.pk, {"x_shops": "3"})

    home = perform(
        admin, f"{CUSTOMER}.create", inputs=new | {"name": "丙", "type_key": "household", "phone": "01088880009",
                                                   "x_shops": "3"},
    ).record  # fmt: skip
    assert plain.custom == {} and home.custom == {"shops": 3, "cycle": "月结"}
    assert "x_shops" in {problem.field for problem in refused.value.problems}


def test_each_attribute_has_its_own_line_in_the_history_and_its_own_guard(world: World, admin: Actor) -> None:
    make(admin, label="底线", kind="money", key="bottom", guard="hide")
    make(admin, label="备用电话", kind="text", key="spare", guard="mask")
    opened = {f"{CUSTOMER}.x_{key}": Mode.OPEN for key in ("bottom", "spare")}
    save(replace(admin, modes=opened, known={}), world, x_bottom="100", x_spare="123456", remarks="见过")
    row = world.records[CUSTOMER]["li"]
    reader = world.actor(world.li, everywhere(Span.OWN))

    entry = HistoryEntry.objects.filter(record=CUSTOMER, record_id=row.pk).latest("seq")
    told = {change.label: change.new for change in history(reader, kind(), row.pk)[0][1]}

    assert {"x_bottom", "x_spare", "remarks"} == set(entry.changes) and "custom" not in entry.changes
    assert entry.changes["x_bottom"][:2] == [None, "100"]
    assert modes(reader, kind())["x_bottom"] is Mode.HIDE
    assert "100" not in told.values() and "123456" not in told.values() and "见过" in told.values()
    assert shown(reader, kind(), open_one(reader, kind(), row.pk), "x_spare").masked


def test_a_filter_is_copied_in_batches_and_kept_by_every_save(
    world: World, admin: Actor, monkeypatch: Any
) -> None:
    make(admin, label="渠道", kind="choice", choices=["商超", "餐饮"])
    make(admin, label="年销量", kind="number", key="sales")
    save(admin, world, x_qu_dao="can_yin", x_sales="12.5")
    monkeypatch.setattr(filling, "BATCH", 2)
    assert "x_qu_dao" not in kind().filters

    for key in ("qu_dao", "sales"):
        assert filling.fill(filter_by(admin, CUSTOMER, key).pk) == 3

    def found(**asked: Any) -> list[str]:
        rows = Customer.objects.visible_to(admin)
        tree = parse(admin, kind(), {name.replace("__", "."): [value] for name, value in asked.items()})
        return sorted(str(row) for row in narrowed(admin, rows, tree))

    li, wang = world.records[CUSTOMER]["li"], world.records[CUSTOMER]["wang"]
    assert {"x_qu_dao", "x_sales", "x_sales_from", "x_sales_to"} <= {
        param for param, _spec, _operator in names(kind())
    }
    assert found(x_qu_dao="can_yin") == [str(li)]
    assert found(x_sales_from="12", x_sales_to="13") == [str(li)]
    assert found(x_sales_from="12.6") == []
    assert len(found(x_qu_dao="none")) == 2 == len(found(x_qu_dao__not="can_yin"))
    perform(admin, f"{CUSTOMER}.update", wang.pk, {"x_qu_dao": "can_yin"})
    perform(admin, f"{CUSTOMER}.update", li.pk, {"x_qu_dao": ""})
    assert found(x_qu_dao="can_yin") == [str(wang)]


def test_a_filter_goes_on_where_it_was_killed(world: World, admin: Actor, monkeypatch: Any) -> None:
    make(admin, label="渠道", kind="choice", choices=["商超"])
    for row in world.records[CUSTOMER].values():
        perform(admin, f"{CUSTOMER}.update", row.pk, {"x_qu_dao": "shang_chao"})
    monkeypatch.setattr(filling, "BATCH", 1)
    begun = filter_by(admin, CUSTOMER, "qu_dao")

    def killed(done: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filling.fill(begun.pk, killed)
    assert not CustomFilter.objects.get().ready
    assert filling.fill(begun.pk) == 3
    assert CustomValue.objects.count() == 3 and CustomFilter.objects.get().ready


def test_a_twenty_first_filter_is_refused(world: World, admin: Actor) -> None:
    for number in range(21):
        make(admin, label=f"字段{number}", key=f"f{number}")
    for number in range(20):
        filter_by(admin, CUSTOMER, f"f{number}")
    with pytest.raises(RuleBroken):
        filter_by(admin, CUSTOMER, "f20")


def test_exports_hold_labels_and_imports_take_them_back(world: World, admin: Actor) -> None:
    make(admin, label="节日", kind="choices", choices=["春节", "中秋"])
    make(admin, label="保证金", kind="money", key="deposit")
    save(admin, world, x_jie_ri=["chun_jie", "zhong_qiu"], x_deposit="5000")

    found = export_rows(admin, kind(), fields=["name", "x_jie_ri", "x_deposit"])
    rows = list(found.rows)

    assert found.headers[1:] == ("名称", "节日", "保证金")
    assert [row[2:] for row in rows if row[2]] == [["春节、中秋", Decimal("5000.00")]]


def test_retiring_keeps_the_data_and_a_choice_taken_away_stays_readable(world: World, admin: Actor) -> None:
    row = make(admin, label="渠道", kind="choice", choices=["商超", "餐饮"])
    save(admin, world, x_qu_dao="can_yin")
    revise(admin, row.pk, Definition(label="销售渠道", choices=["商超", "电商"]))
    saved = save(admin, world, remarks="仍在")
    assert shown(admin, kind(), saved, "x_qu_dao").text == "餐饮"
    assert [key for key, _ in kind().fields["x_qu_dao"].choices()] == ["shang_chao", "dian_shang"]

    retire(admin, row.pk)
    assert "x_qu_dao" not in kind().fields and save(admin, world, remarks="又改").custom == {
        "qu_dao": "can_yin"
    }
    bring_back(admin, row.pk)
    assert shown(admin, kind(), save(admin, world), "x_qu_dao").text == "餐饮"
    assert AccessLog.objects.filter(kind__startswith="attribute.").count() == 4


def test_only_administrators_define(world: World) -> None:
    with pytest.raises(NotAllowed):
        define(world.actor(world.li, everywhere(Span.ALL)), CUSTOMER, Definition(label="口味"))
