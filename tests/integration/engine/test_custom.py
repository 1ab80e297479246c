"""Attributes that an administrator defines are fields like any other: written, checked, read, guarded, found."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kedang.areas.customers.models import Customer
from kedang.engine.actions.batch import Row, batch_save
from kedang.engine.actions.inputs import settable
from kedang.engine.actions.perform import perform
from kedang.engine.attributes import filling
from kedang.engine.attributes.define import Definition, bring_back, define, filter_by, retire, revise
from kedang.engine.custom import catalogue
from kedang.engine.custom.models import CustomAttribute, CustomFilter, CustomValue
from kedang.engine.exchange.exports import export_rows
from kedang.engine.exchange.imports import importable
from kedang.engine.files import services as files
from kedang.engine.identity.stamps import bump, read_stamps, steady_stamps, unsee
from kedang.engine.ledger.merges import Merge
from kedang.engine.ledger.models import AccessLog, HistoryEntry
from kedang.engine.ledger.outbox import deliver_some
from kedang.engine.records.access import modes, open_one, shown
from kedang.engine.records.conditions import meaning, names, parse
from kedang.engine.records.queries import Sort, mark_of, ordered, read_mark, slice_of, sort_of
from kedang.engine.records.timeline import history
from kedang.engine.records.types import RECORDS
from kedang.engine.records.verify import verify
from kedang.engine.search.find import found_by
from kedang.engine.search.rebuild import rebuild_some, standing, start_again
from kedang.kernel import ids
from kedang.kernel.actor import Actor, Mode, Span
from kedang.kernel.errors import BadQuery, Invalid, NotAllowed, RuleBroken
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
        return sorted(str(row) for row in rows.filter(meaning(admin, tree)))

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


def found(actor: Actor, typed: str) -> set[str]:
    return {str(row) for row in Customer.objects.visible_to(actor).filter(found_by(actor, kind(), typed))}


def test_texts_are_found_by_the_search_as_far_as_the_reader_sees_them(world: World, admin: Actor) -> None:
    make(admin, label="经营品牌", key="brands")
    make(admin, label="往来说明", kind="longtext", key="story")
    make(admin, label="备用编号", key="spare_no", guard="mask")
    opened = replace(admin, modes={f"{CUSTOMER}.x_spare_no": Mode.OPEN}, known={})
    li = save(opened, world, x_brands="格兰富、凯泉 GF-2208", x_story="老板爱钓鱼", x_spare_no="QZ-77310")
    reader = world.actor(world.li, everywhere(Span.OWN))

    for typed in ("凯泉", "格兰", "GF-2208", "gf2208", "2208", "钓鱼", "凯泉 钓鱼", f"{li} 凯泉"):
        assert found(admin, typed) == {str(li)}, typed
        assert found(reader, typed) == {str(li)}, typed
    assert found(admin, "恒川") == found(reader, "恒川") == set()
    assert found(opened, "QZ-77310") == {str(li)}
    assert found(reader, "QZ-77310") == set()
    assert found(world.actor(world.wang, everywhere(Span.OWN)), "凯泉") == set()

    save(admin, world, x_brands="南方")
    assert found(admin, "凯泉") == set()
    assert found(admin, "南方") == {str(li)}


def test_a_text_that_is_retired_is_found_no_more_and_again_when_it_is_back(
    world: World, admin: Actor
) -> None:
    while rebuild_some():
        pass
    row = make(admin, label="经营品牌", key="brands")
    li = save(admin, world, x_brands="凯泉")
    retire(admin, row.pk)
    assert found(admin, "凯泉") == set()
    save(admin, world, remarks="换了说法")
    bring_back(admin, row.pk)
    while rebuild_some():
        pass
    assert found(admin, "凯泉") == {str(li)}


def as_another_process() -> None:
    """Forget what this process has seen of definitions, as a worker that was started before them."""
    unsee()
    catalogue.forget()


def test_a_worker_that_was_there_before_the_attribute_finds_its_texts_too(world: World, admin: Actor) -> None:
    make(admin, label="经营品牌", key="brands")
    li = save(admin, world, x_brands="凯泉")
    start_again()
    as_another_process()
    while rebuild_some():
        pass
    as_another_process()
    assert all(one.built and not one.missing for one in standing())
    assert found(admin, "凯泉") == {str(li)}
    inputs = {"type_key": "individual", "country": "CN", "x_brands": "南方泵业"}
    given = [Row({**inputs, "name": f"水泵店{number}"}) for number in range(30)]
    assert not [one.problems for one in batch_save(admin, kind(), given) if one.problems]
    as_another_process()
    deliver_some()
    read_stamps()
    assert len(found(admin, "南方泵业")) == 30


def test_a_choice_is_found_by_its_label_in_any_language_as_far_as_the_reader_sees_it(
    world: World, admin: Actor
) -> None:
    row = make(admin, label="渠道", kind="choice", key="way", choices=["商超", "餐饮"])
    row.choices[1]["label"] |= {"en": "Restaurants", "zh_hant": "餐飲業"}
    row.save()
    catalogue.forget()
    make(admin, label="节日", kind="choices", key="feast", choices=["春节", "中秋"])
    make(admin, label="底线", kind="choice", key="line", choices=["死守"], guard="mask")
    opened = replace(admin, modes={f"{CUSTOMER}.x_line": Mode.OPEN}, known={})
    li = save(opened, world, x_way="can_yin", x_feast=["chun_jie", "zhong_qiu"], x_line="si_shou")
    reader = world.actor(world.li, everywhere(Span.OWN))

    for typed in ("餐饮", "餐飲", "餐", "canyin", "cy", "restaurant", "中秋", "春节 餐饮", f"{li} 餐饮"):
        assert found(admin, typed) == found(reader, typed) == {str(li)}, typed
    for typed in ("商超", "超市", "餐饮 商超"):
        assert found(admin, typed) == set(), typed
    assert found(opened, "死守") == {str(li)}
    assert found(reader, "死守") == set()
    assert found(world.actor(world.wang, everywhere(Span.OWN)), "餐饮") == set()

    revise(admin, row.pk, Definition(label="渠道", kind="choice", choices=["商超"]))
    assert found(admin, "餐饮") == {str(li)}  # a retired option is still what the record holds
    save(admin, world, x_way="shang_chao")
    assert found(admin, "餐饮") == set()
    assert found(admin, "商超") == {str(li)}


def test_a_choice_that_gets_another_label_is_found_by_it_at_once(world: World, admin: Actor) -> None:
    row = make(admin, label="渠道", kind="choice", key="way", choices=["餐饮"])
    li = save(admin, world, x_way="can_yin")
    row.choices[0]["label"]["zh_hans"] = "饭店"
    row.save()
    catalogue.forget()
    assert found(admin, "饭店") == {str(li)}
    assert found(admin, "餐饮") == set()


SORTS = [
    ("integer", ["3", "20", "100"], [0, 1, 2]),
    ("number", ["2.5", "-1", "10"], [1, 0, 2]),
    ("money", ["900", "1000.5", "80"], [2, 0, 1]),
    ("date", ["2026-11-02", "2025-12-31", "2026-02-01"], [1, 2, 0]),
    ("text", ["珠海", "北京", "广州"], [1, 2, 0]),
]


@pytest.mark.parametrize(("of", "values", "order"), SORTS, ids=[one[0] for one in SORTS])
def test_lists_are_sorted_by_a_value_and_walked_both_ways(
    world: World, admin: Actor, of: str, values: list[str], order: list[int]
) -> None:
    make(admin, label="次序", kind=of, key="rank")
    assert "x_rank" not in kind().sorts
    filling.fill(filter_by(admin, CUSTOMER, "rank").pk)
    rows = list(world.records[CUSTOMER].values())
    for row, value in zip(rows, values, strict=True):
        perform(admin, f"{CUSTOMER}.update", row.pk, {"x_rank": value})
    new = {"type_key": "individual", "country": "CN"}
    without = [
        perform(admin, f"{CUSTOMER}.create", inputs=new | {"name": name}).record.pk for name in ("甲", "乙")
    ]
    valued = [rows[place].pk for place in order]

    for text, expected in (("x_rank", valued + without), ("-x_rank", valued[::-1] + without[::-1])):
        sort = sort_of(admin, kind(), text)
        everything = Customer.objects.visible_to(admin)
        assert [row.pk for row in ordered(kind(), everything, sort)] == expected
        for size in (1, 2, 4):
            assert walked(admin, sort, size) == (expected, expected)


def walked(actor: Actor, sort: Sort, size: int) -> tuple[list[int], list[int]]:
    """Return all rows as the pages of a list show them, forwards, and then back again from the last page."""
    rows, pages, mark = Customer.objects.visible_to(actor), [], ""
    while True:
        found = slice_of(kind(), rows, sort, size, after=read_mark(kind(), sort, mark))
        pages.append([row.pk for row in found.rows])
        if not found.more:
            break
        mark = mark_of(kind(), sort, found.rows[-1])
    forwards = [pk for page in pages for pk in page]
    back = pages[-1]
    while len(back) < len(forwards):
        first = Customer.objects.visible_to(actor).get(pk=back[0])
        found = slice_of(
            kind(), rows, sort, size, before=read_mark(kind(), sort, mark_of(kind(), sort, first))
        )
        back = [row.pk for row in found.rows] + back
        assert found.more == (len(back) < len(forwards))
    return forwards, back


OPTIONS = ["丙级", "甲级", "乙级"]


def put_into_order(admin: Actor, world: World) -> tuple[CustomAttribute, list[int]]:
    """File customers with options of a list: two a level, and two without; return them in the order of the list."""
    row = make(admin, label="级别", kind="choice", key="rank", choices=OPTIONS)
    assert "x_rank" not in kind().sorts
    filling.fill(filter_by(admin, CUSTOMER, "rank").pk)
    new = {"type_key": "individual", "country": "CN"}
    keys = [one["key"] for one in row.choices]
    filed = [
        perform(admin, f"{CUSTOMER}.create", inputs=new | {"name": f"第{n}家", "x_rank": key}).record.pk
        for n, key in enumerate(reversed(keys * 2))
    ]
    without = sorted(one.pk for one in world.records[CUSTOMER].values())
    ranked = [pk for place in range(3) for pk in sorted((filed[2 - place], filed[5 - place]))]
    return row, ranked + without


def test_lists_are_sorted_by_the_place_of_an_option_and_walked_both_ways(world: World, admin: Actor) -> None:
    row, expected = put_into_order(admin, world)
    blank = len(world.records[CUSTOMER])
    rows = Customer.objects.visible_to(admin)
    for text, turned in (("x_rank", 1), ("-x_rank", -1)):
        wanted = expected[:-blank][::turned] + expected[-blank:][::turned]
        sort = sort_of(admin, kind(), text)
        assert [one.pk for one in ordered(kind(), rows, sort)] == wanted
        for size in (1, 2, 4, 20):
            assert walked(admin, sort, size) == (wanted, wanted)

    revise(admin, row.pk, Definition(label="级别", kind="choice", choices=OPTIONS[::-1]))
    turned_round = [pk for place in (4, 2, 0) for pk in expected[place : place + 2]] + expected[-blank:]
    sort = sort_of(admin, kind(), "x_rank")
    assert walked(admin, sort, 2) == (turned_round, turned_round)
    assert [one.pk for one in ordered(kind(), rows, sort)] == turned_round


def test_what_a_list_does_not_know_any_more_stands_last(world: World, admin: Actor) -> None:
    row, expected = put_into_order(admin, world)
    row.choices = row.choices[1:]  # a pack that dropped an option keeps no retired one
    row.save()
    bump(catalogue.STAMP)
    read_stamps()
    sort = sort_of(admin, kind(), "x_rank")
    last = sorted([*expected[:2], *(one.pk for one in world.records[CUSTOMER].values())])
    assert walked(admin, sort, 3) == (expected[2:6] + last, expected[2:6] + last)
    found = [one.pk for one in ordered(kind(), Customer.objects.visible_to(admin), sort)]
    assert found == expected[2:6] + last


def test_a_long_list_costs_a_page_no_more_than_a_few_questions(
    world: World, admin: Actor, django_assert_max_num_queries: Any
) -> None:
    labels = [f"第{n}档" for n in range(100)]
    row = make(admin, label="档", kind="choice", key="step", choices=labels)
    filling.fill(filter_by(admin, CUSTOMER, "step").pk)
    for customer, place in zip(world.records[CUSTOMER].values(), (99, 50, 3), strict=True):
        perform(admin, f"{CUSTOMER}.update", customer.pk, {"x_step": row.choices[place]["key"]})
    sort, rows = sort_of(admin, kind(), "x_step"), Customer.objects.visible_to(admin)
    with (
        steady_stamps(),
        django_assert_max_num_queries(8),
    ):  # stamps; 1, 4, 16, 64 and 15 options; the blank; the rows
        found = slice_of(kind(), rows, sort, 20)
    assert [one.x_step for one in found.rows] == [row.choices[place]["key"] for place in (3, 50, 99)]


def test_a_masked_value_sorts_nothing(world: World, admin: Actor) -> None:
    make(admin, label="底线", kind="money", key="bottom", guard="mask")
    filling.fill(filter_by(admin, CUSTOMER, "bottom").pk)
    with pytest.raises(BadQuery):
        sort_of(world.actor(world.li, everywhere(Span.OWN)), kind(), "x_bottom")


def attached(admin: Actor, row: Any, name: str) -> Any:
    return files.attach(admin, kind(), row.pk, name, [name.encode()])


def test_a_file_of_the_record_is_a_value_and_stays_while_it_is(world: World, admin: Actor, home: Any) -> None:
    make(admin, label="年度合同", kind="file", key="contract")
    mine, theirs = world.records[CUSTOMER]["li"], world.records[CUSTOMER]["wang"]
    contract, other = attached(admin, mine, "合同2026.txt"), attached(admin, theirs, "别家的.txt")

    saved = save(admin, world, x_contract=ids.show(contract.pk))

    assert saved.custom == {"contract": contract.pk}
    assert shown(admin, kind(), saved, "x_contract").text == "合同2026.txt"
    told = {change.label: (change.old, change.new) for change in history(admin, kind(), mine.pk)[0][1]}
    assert told["年度合同"] == ("", "合同2026.txt")
    rows = list(export_rows(admin, kind(), fields=["name", "x_contract"]).rows)
    assert [row[2] for row in rows if row[2]] == ["合同2026.txt"]
    for wrong in (other.pk, 1):
        with pytest.raises(Invalid) as refused:
            save(admin, world, x_contract=ids.show(wrong))
        assert refused.value.problems[0].code == "not_found"
    with pytest.raises(RuleBroken, match="年度合同"):
        files.remove(admin, kind(), mine.pk, contract.pk, "旧的")
    save(admin, world, x_contract="")
    files.remove(admin, kind(), mine.pk, contract.pk, "旧的")
    with pytest.raises(Invalid):
        save(admin, world, x_contract=ids.show(contract.pk))
    assert verify().whole


def test_a_file_is_asked_of_no_new_record_no_import_and_no_filter(world: World, admin: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        make(admin, label="年度合同", kind="file", required=True)
    assert [problem.field for problem in refused.value.problems] == ["required"]
    make(admin, label="年度合同", kind="file", key="contract")
    assert "x_contract" not in settable(admin, kind(), creating=True)
    assert "x_contract" in settable(admin, kind(), creating=False)
    assert "x_contract" not in {spec.name for spec in importable(admin, kind())}
    with pytest.raises(RuleBroken):
        filter_by(admin, CUSTOMER, "contract")


def test_a_merge_takes_attributes_over_and_an_undo_gives_them_back(
    world: World, admin: Actor, home: Any
) -> None:
    make(admin, label="经营品牌", key="brands")
    make(admin, label="保证金", kind="money", key="deposit")
    make(admin, label="年度合同", kind="file", key="contract")
    new = {"type_key": "individual", "country": "CN"}
    kept, gone = (
        perform(admin, f"{CUSTOMER}.create", inputs=new | {"name": name, "x_deposit": deposit}).record
        for name, deposit in (("林记水暖", "100"), ("林记水暖店", "250.5"))
    )
    contract = attached(admin, gone, "合同2026.txt")
    perform(admin, f"{CUSTOMER}.update", gone.pk, {"x_brands": "凯泉", "x_contract": ids.show(contract.pk)})

    take = "x_brands,x_deposit,x_contract"
    perform(admin, f"{CUSTOMER}.merge", kept.pk, {"other": ids.show(gone.pk), "take": take})

    merged = Customer.objects.visible_to(admin).get(pk=kept.pk)
    assert (merged.x_brands, merged.x_deposit, merged.x_contract_id) == (
        "凯泉",
        Decimal("250.50"),
        contract.pk,
    )
    perform(admin, f"{CUSTOMER}.unmerge", kept.pk, {"merge": ids.show(Merge.objects.get().pk)})
    again = Customer.objects.visible_to(admin).get(pk=kept.pk)
    assert again.custom == {"deposit": 10_000}
    other = Customer.objects.visible_to(admin).get(pk=gone.pk)
    assert other.custom == {"deposit": 25_050, "brands": "凯泉", "contract": contract.pk}
    assert files.find(kind(), gone.pk, contract.pk).name == "合同2026.txt"
    assert verify().whole
