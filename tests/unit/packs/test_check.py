"""Whether the parts of a whole pack fit one another and the records there are."""

import pytest

from kedang.kernel.errors import PackError
from kedang.packs.check import check, problems_of, untranslated
from kedang.packs.schema import Pack

RECORDS = {
    "customers.customer": {"name": "text", "level_key": "choice", "credit_limit": "money", "at": "datetime"},
    "engine.user": {},
}
TYPE = {"key": "dealer", "label": "经销商", "code": "D", "required": ["name"]}
LEVEL = {"key": "gold", "label": "金", "code": "B", "shape": "gld", "order": 1, "review_days": 30}
FIELD = {"key": "size", "record": "customers.customer", "type": "text", "label": "规模"}


def problems(records=None, **kinds):
    return problems_of(Pack.model_validate({"key": "p", "label": "P"} | kinds), records)


def test_letters_are_given_once():
    assert problems(customer_type=[TYPE, TYPE | {"key": "shop"}]) == (
        "customer_type: the code D is used twice",
    )
    assert "level: the code B is used twice" in problems(level=[LEVEL, LEVEL | {"key": "silver", "order": 2}])


def test_a_letter_may_pass_from_the_retired_to_the_heir():
    assert not problems(customer_type=[TYPE | {"retired": True, "heir": "shop"}, TYPE | {"key": "shop"}])


def test_a_list_that_is_used_exists():
    assert problems(field=[FIELD | {"type": "choice", "choice_list": "sizes"}]) == (
        "field.customers.customer.size: no such list: sizes",
    )
    part = {"key": "level", "field": "level_key", "codes_from": "levels"}
    rule = {"key": "file", "record": "a.b", "template": "{level}-{serial:05}", "parts": [part]}
    assert problems(number_rule=[rule]) == ("number_rule.file: level: no such list: levels",)


def test_a_retired_list_cannot_be_used():
    sizes = {"key": "sizes", "label": "规模", "choices": [{"key": "big", "label": "大"}], "retired": True}
    field = FIELD | {"type": "choice", "choice_list": "sizes"}
    assert len(problems(choice_list=[sizes], field=[field])) == 1
    assert not problems(choice_list=[sizes], field=[field | {"retired": True}])


def test_a_default_is_among_the_choices():
    choices = {"type": "choice", "choices": [{"key": "big", "label": "大"}]}
    assert not problems(field=[FIELD | choices | {"default": "big"}])
    assert "not among its choices" in problems(field=[FIELD | choices | {"default": "small"}])[0]
    several = choices | {"type": "multichoice"}
    assert not problems(field=[FIELD | several | {"default": ["big"]}])
    assert problems(field=[FIELD | several | {"default": ["big", "small"]}])


def test_an_heir_is_in_force():
    gone = TYPE | {"retired": True, "heir": "shop"}
    assert problems(customer_type=[gone]) == ("customer_type.dealer: its heir shop is not in force",)
    sources = {
        "key": "source",
        "label": "来源",
        "choices": [
            {"key": "fax", "label": "传真", "retired": True, "heir": "web"},
            {"key": "call", "label": "电话"},
        ],
    }
    assert problems(choice_list=[sources]) == ("choice_list.source: fax: its heir web is not in force",)


def test_types_that_are_named_exist():
    assert problems(field=[FIELD | {"for_types": ["dealer"]}])
    assert problems(completeness=[{"key": "dealer", "record": "a.b", "weights": {"name": 1}}])
    assert not problems(customer_type=[TYPE], field=[FIELD | {"for_types": ["dealer"]}])


def test_at_most_twenty_fields_of_a_record_are_filterable():
    fields = [FIELD | {"key": f"f{n}", "filterable": True} for n in range(21)]
    assert problems(field=fields) == ("field: customers.customer has 21 filterable fields, 20 are allowed",)
    assert not problems(field=fields[:20])


def test_a_record_has_one_number_rule():
    rules = [{"key": key, "record": "a.b", "template": "X{serial:05}"} for key in "xy"]
    assert problems(number_rule=rules) == ("number_rule: a.b has more than one rule",)
    assert not problems(number_rule=[rules[0], rules[1] | {"retired": True}])


def test_records_and_fields_that_are_named_are_known():
    role = {"key": "rep", "label": "销售", "grants": [{"record": "a.b", "span": "own", "actions": ["view"]}]}
    assert not problems(role=[role])
    assert problems(RECORDS, role=[role]) == ("role.rep: no such record: a.b",)
    right = {"record": "customers.customer", "field": "fone", "mode": "mask"}
    assert problems(RECORDS, role=[{"key": "rep", "label": "销售", "field_rights": [right]}]) == (
        "role.rep: customers.customer has no field fone",
    )
    assert not problems(
        RECORDS, role=[{"key": "rep", "label": "销售", "field_rights": [right | {"field": "*"}]}]
    )
    assert problems(RECORDS, customer_type=[TYPE | {"required": ["fone"]}])
    assert problems(RECORDS, level=[LEVEL | {"key_fields": ["fone"]}])
    assert problems(RECORDS, field=[FIELD | {"type": "record", "target": "a.b"}])


def test_a_record_without_fields_has_only_its_name_checked():
    right = {"record": "engine.user", "field": "anything", "mode": "mask"}
    assert not problems(RECORDS, role=[{"key": "rep", "label": "销售", "field_rights": [right]}])


def test_a_custom_attribute_counts_as_a_field_and_may_not_take_the_name_of_one():
    assert not problems(RECORDS, field=[FIELD], customer_type=[TYPE | {"required": ["size"]}])
    assert problems(RECORDS, field=[FIELD | {"key": "name"}]) == (
        "field.customers.customer.name: customers.customer has a field of this name already",
    )


@pytest.mark.parametrize(
    "condition", ["level_key == 'gold'", "credit_limit > 5", "size is missing", "at is missing"]
)
def test_a_condition_over_known_fields_is_accepted(condition):
    assert not problems(RECORDS, field=[FIELD | {"required_when": condition}])


@pytest.mark.parametrize(
    "condition", ["level == 'gold'", "credit_limit == 'x'", "level_key == 5", "at == 2026-01-01"]
)
def test_a_condition_over_anything_else_is_refused(condition):
    said = problems(RECORDS, field=[FIELD | {"required_when": condition}])
    assert said[0].startswith("field.customers.customer.size: required_when: ")


def test_check_raises_with_every_problem():
    with pytest.raises(PackError, match=r"p: customer_type: .* \(and 1 more\)") as refused:
        check(Pack.model_validate({"key": "p", "label": "P", "customer_type": [TYPE, TYPE | {"key": "a"}],
                                   "level": [LEVEL, LEVEL | {"key": "b", "order": 2}]}))  # fmt: skip
    assert len(refused.value.data["problems"]) == 2


def test_labels_without_english_are_listed():
    pack = Pack.model_validate({"key": "p", "label": {"zh_hans": "甲", "en": "A"}, "customer_type": [TYPE]})
    assert untranslated(pack) == ("p.customer_type.dealer.label",)


def test_a_field_of_a_person_says_what_it_is_held_for():
    taste = FIELD | {"key": "taste", "record": "customers.contact"}
    said = {"key": "tastes", "record": "customers.contact", "label": "口味", "purpose": "安排座位",
            "basis": "consent", "kept": "活动结束为止", "fields": ["taste"]}  # fmt: skip
    fault = (
        "field.customers.contact.taste: no processing says for what, on which basis and how long it is held"
    )
    assert problems(field=[taste]) == (fault,)
    assert problems(field=[taste], processing=[said]) == ()
    assert problems(field=[taste], processing=[said | {"retired": True}]) == (fault,)
    assert problems(field=[FIELD]) == (), "a company is no person"
