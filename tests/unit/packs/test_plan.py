"""What an installation would change, and what stands in its way."""

import json

from kedang.packs.plan import Block, Difference, What, carry, plan
from kedang.packs.schema import Pack

TYPE = {"key": "dealer", "label": "经销商", "code": "D"}
OTHER = {"key": "other", "label": "其他", "code": "O"}
SOURCES = {
    "key": "source",
    "label": "来源",
    "choices": [{"key": "fair", "label": "展会"}, {"key": "fax", "label": "传真"}],
}
WITHOUT_FAX = SOURCES | {"choices": SOURCES["choices"][:1]}
FIELD = {"key": "size", "record": "customers.customer", "type": "text", "label": "规模"}


def pack(**kinds):
    return Pack.model_validate({"key": "p", "label": "P"} | kinds)


def test_the_first_installation_adds_everything():
    steps = plan(None, pack(customer_type=[TYPE, OTHER]))
    assert [(change.what, change.kind, change.key) for change in steps.changes] == [
        (What.ADDED, "customer_type", "dealer"),
        (What.ADDED, "customer_type", "other"),
    ]
    assert steps.possible


def test_a_change_is_told_value_by_value():
    steps = plan(
        pack(customer_type=[TYPE]),
        pack(customer_type=[TYPE | {"label": {"zh_hans": "代理商"}, "is_person": True}]),
    )
    (change,) = steps.changes
    assert change.what is What.CHANGED
    assert change.differences == (
        Difference("label.zh_hans", "经销商", "代理商"),
        Difference("is_person", False, True),
    )
    assert steps.lines() == [
        "~ customer_type dealer",
        "    label.zh_hans: 经销商 → 代理商",
        "    is_person: no → yes",
    ]


def test_rights_are_told_action_by_action():
    def role(*grants, **more):
        return pack(role=[{"key": "rep", "label": "销售", "grants": grants} | more])

    before = role({"record": "a.b", "span": "own", "actions": ["view", "change"]})
    after = role({"record": "a.b", "span": "all", "actions": ["view"]}, limits={"export_rows": 10})
    (change,) = plan(before, after).changes
    assert set(change.differences) == {
        Difference("grants.a.b.view", "own", "all"),
        Difference("grants.a.b.change", "own", None),
        Difference("limits.export_rows", 0, 10),
    }


def test_the_same_rights_in_other_words_are_no_change():
    grant = {"record": "a.b", "span": "own"}
    one = pack(role=[{"key": "r", "label": "R", "grants": [grant | {"actions": ["view", "change"]}]}])
    two = pack(
        role=[
            {"key": "r", "label": "R", "grants": [grant | {"actions": [verb]} for verb in ("change", "view")]}
        ]
    )
    assert plan(one, two).empty


def test_what_leaves_unused_is_retired_and_stays_to_be_shown():
    before, after = pack(customer_type=[TYPE, OTHER]), pack(customer_type=[OTHER])
    (change,) = plan(before, after).changes
    assert (change.what, change.key) == (What.RETIRED, "dealer")
    assert plan(before, after).possible
    kept = carry(before, after).find("customer_type", "dealer")
    assert kept is not None
    assert kept.retired
    assert not before.customer_type[0].retired


def test_what_leaves_in_use_needs_an_heir():
    before = pack(customer_type=[TYPE, OTHER])
    usage = {("customer_type", "dealer"): 12}
    steps = plan(before, pack(customer_type=[OTHER]), usage)
    assert not steps.possible
    assert steps.blocked == (Block("customer_type", "dealer", 12),)
    assert steps.lines()[-1] == "! customer_type dealer (12)"
    named = pack(customer_type=[OTHER, TYPE | {"retired": True, "heir": "other"}])
    steps = plan(before, named, usage)
    assert steps.possible
    assert (steps.changes[0].what, steps.changes[0].heir, steps.changes[0].records) == (
        What.RETIRED,
        "other",
        12,
    )


def test_a_choice_in_use_needs_an_heir_too():
    usage = {("choice", "source.fax"): 3, ("choice", "source.fair"): 9}
    before = pack(choice_list=[SOURCES])
    steps = plan(before, pack(choice_list=[WITHOUT_FAX]), usage)
    assert steps.blocked == (Block("choice", "source.fax", 3),)
    assert plan(before, pack(choice_list=[WITHOUT_FAX]), {("choice", "source.fair"): 9}).possible
    heir = SOURCES | {
        "choices": [SOURCES["choices"][0], SOURCES["choices"][1] | {"retired": True, "heir": "fair"}]
    }
    assert plan(before, pack(choice_list=[heir]), usage).possible


def test_a_list_cannot_leave_while_its_choices_are_used():
    steps = plan(pack(choice_list=[SOURCES]), pack(), {("choice", "source.fax"): 3})
    assert steps.blocked == (Block("choice", "source.fax", 3),)


def test_a_field_that_leaves_is_retired_with_its_data():
    before = pack(field=[FIELD])
    steps = plan(before, pack(), {("field", "customers.customer.size"): 400})
    assert steps.possible
    assert (steps.changes[0].what, steps.changes[0].records) == (What.RETIRED, 400)


def test_what_was_retired_comes_back():
    retired = carry(pack(customer_type=[TYPE]), pack())
    (change,) = plan(retired, pack(customer_type=[TYPE])).changes
    assert change.what is What.REVIVED


def test_the_order_of_choices_is_a_change_that_can_be_read():
    turned = SOURCES | {"choices": SOURCES["choices"][::-1]}
    (change,) = plan(pack(choice_list=[SOURCES]), pack(choice_list=[turned])).changes
    assert change.differences == (Difference("choices", ["fair", "fax"], ["fax", "fair"]),)


def test_a_plan_is_plain_data():
    steps = plan(pack(customer_type=[TYPE]), pack(choice_list=[SOURCES]), {("customer_type", "dealer"): 1})
    data = json.loads(json.dumps(steps.as_data()))
    assert data["possible"] is False
    assert data["blocked"] == [{"kind": "customer_type", "key": "dealer", "records": 1}]
    assert {change["what"] for change in data["changes"]} == {"added", "retired"}
