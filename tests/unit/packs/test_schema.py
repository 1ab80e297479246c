"""What a pack may say, kind by kind."""

import json
from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from kedang.kernel.actor import Mode
from kedang.kernel.errors import PackError
from kedang.packs.schema import (
    UNLIMITED,
    ChoiceList,
    CustomField,
    FieldRight,
    Limits,
    NumberRule,
    Pack,
    Role,
    Setting,
    Word,
    json_schema,
)

FIELD = {"key": "size", "record": "customers.customer", "label": "规模"}
PART = {"key": "level", "field": "level_key", "codes_from": "level"}
RULE = {"key": "file", "record": "a.b", "parts": [PART]}
SETTING = {"key": "file.stale_days", "label": "天"}


def refused(model, values) -> str:
    with pytest.raises(ValidationError) as error:
        model.model_validate(values)
    return str(error.value)


def test_a_label_is_simplified_chinese_or_a_table_of_languages():
    word = Word.model_validate({"key": "a", "label": "客户"})
    assert [word.label.said_in(language) for language in ("zh-hans", "zh-hant", "en")] == ["客户"] * 3
    word = Word.model_validate(
        {"key": "a", "label": {"zh_hans": "客户", "zh_hant": "客戶", "en": "Customer"}}
    )
    assert [word.label.said_in(language) for language in ("zh-hans", "zh-Hant", "en")] == [
        "客户",
        "客戶",
        "Customer",
    ]


@pytest.mark.parametrize(
    "label", ["", "  ", "a\nb", "a\x00", "\u202eabc", "x" * 201, 5, None, {"en": "A"}, {"zh_hans": ""}]
)
def test_a_label_is_one_visible_line(label):
    refused(Word, {"key": "a", "label": label})


@pytest.mark.parametrize(
    "key", ["", "A", "a b", "a__b", "__class__", "_a", "a_", "1a", "a-b", "金", "a" * 61, "a\n"]
)
def test_a_key_is_plain(key):
    refused(ChoiceList, {"key": key, "label": "甲", "choices": [{"key": "x", "label": "x"}]})


def test_what_is_read_is_never_changed():
    with pytest.raises(ValidationError, match="frozen"):
        Word.model_validate({"key": "a", "label": "甲"}).key = "b"


def test_only_the_retired_have_heirs():
    assert "only what is retired" in refused(Word, {"key": "a", "label": "甲", "heir": "b"})
    assert "its own heir" in refused(Word, {"key": "a", "label": "甲", "retired": True, "heir": "a"})


def test_the_choices_of_a_list_are_told_apart():
    def listed(*choices):
        return {"key": "a", "label": "甲", "choices": choices}

    assert "key said twice: x" in refused(
        ChoiceList, listed({"key": "x", "label": "1"}, {"key": "x", "label": "2"})
    )
    coded = [{"key": key, "label": "1", "code": "A"} for key in "xy"]
    assert "code said twice: A" in refused(ChoiceList, listed(*coded))
    assert "kind of its own" in refused(ChoiceList, listed({"key": "x", "label": "1"}) | {"key": "level"})
    refused(ChoiceList, listed())


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("text", "甲", "甲"), ("integer", 5, 5), ("number", "0.10", Decimal("0.10")),
        ("number", 3, Decimal(3)),
        ("money", Decimal("9.99"), Decimal("9.99")), ("date", "2026-01-31", date(2026, 1, 31)),
        ("date", date(2026, 1, 31), date(2026, 1, 31)), ("boolean", False, False),
    ],
)  # fmt: skip
def test_a_default_is_of_its_fields_type(kind, given, kept):
    field = CustomField.model_validate(FIELD | {"type": kind, "default": given})
    assert field.default == kept
    assert type(field.default) is type(kept)
    assert CustomField.model_validate(field.model_dump(mode="json")) == field


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("text", 5), ("integer", "5"), ("integer", True), ("integer", 1.5), ("number", "abc"),
        ("number", "NaN"),
        ("money", True), ("date", "yesterday"), ("date", 20260131), ("boolean", 1), ("boolean", "yes"),
    ],
)  # fmt: skip
def test_a_default_of_another_type_is_refused(kind, given):
    refused(CustomField, FIELD | {"type": kind, "default": given})


def test_a_choice_field_names_its_choices_once():
    inline = {"choices": [{"key": "big", "label": "大"}]}
    assert CustomField.model_validate(FIELD | {"type": "choice"} | inline).ref == "customers.customer.size"
    refused(CustomField, FIELD | {"type": "choice"})
    refused(CustomField, FIELD | {"type": "choice", "choice_list": "potential"} | inline)
    refused(CustomField, FIELD | {"type": "text"} | inline)


def test_a_record_field_names_its_target():
    CustomField.model_validate(FIELD | {"type": "record", "target": "customers.contact"})
    refused(CustomField, FIELD | {"type": "record"})
    refused(CustomField, FIELD | {"type": "text", "target": "customers.contact"})


def test_a_condition_is_read_when_the_pack_is():
    CustomField.model_validate(FIELD | {"type": "text", "required_when": "level_key in ['diamond', 'gold']"})
    said = refused(CustomField, FIELD | {"type": "text", "required_when": "__import__('os')"})
    assert "not allowed in a condition" in said


@pytest.mark.parametrize(
    "template",
    [
        "", "{serial:05}", "{level}", "{level}-{serial}", "{level}-{serial:5}",
        "{level}-{serial:05}-{serial:05}",
        "{level}-{other}-{serial:05}", "{level.__class__}-{serial:05}", "{level!r}-{serial:05}",
        "{level:>9}{serial:05}",
        "{0}-{level}-{serial:05}", "档{level}-{serial:05}", "{level} {serial:05}", "{{level}}-{serial:05}",
    ],
)  # fmt: skip
def test_a_template_is_made_of_its_parts_and_one_serial(template):
    refused(NumberRule, RULE | {"template": template})


def test_a_template_may_show_the_day_of_issue():
    rule = {"key": "order", "record": "a.b", "template": "XS-{yymm}-{serial:04}", "resets": "month"}
    assert NumberRule.model_validate(rule).scope == "company"
    assert "shows the month" in refused(NumberRule, rule | {"template": "XS-{yy}-{serial:04}"})
    assert "shows the year" in refused(
        NumberRule, rule | {"template": "XS-{mm}-{serial:04}", "resets": "year"}
    )
    refused(NumberRule, rule | {"scope": "unit"})


def test_a_part_of_a_number_has_one_source_of_codes():
    for part in ({"codes": {"44": "GD"}}, {"codes_from": None}, {"codes_from": None, "codes": {"": "X"}}):
        refused(NumberRule, RULE | {"template": "{level}-{serial:05}", "parts": [PART | part]})
    refused(NumberRule, RULE | {"template": "{yy}-{serial:05}", "parts": [PART | {"key": "yy"}]})


def test_a_role_grants_each_action_once_a_line():
    grant = {"record": "a.b", "span": "own", "actions": ["view"]}
    role = {"key": "rep", "label": "销售"}
    Role.model_validate(role | {"grants": [grant, grant | {"line": "administrative"}]})
    assert "granted twice: a.b:view (business)" in refused(
        Role, role | {"grants": [grant, grant | {"span": "all"}]}
    )
    refused(Role, role | {"grants": [grant | {"actions": ["delete"]}]})
    refused(Role, role | {"grants": [grant | {"actions": []}]})
    refused(Role, role | {"grants": [grant | {"span": "most"}]})
    right = {"record": "a.b", "field": "phone", "mode": "mask"}
    assert FieldRight.model_validate(right).level is Mode.MASK
    assert FieldRight.model_validate(right | {"field": "*"}).field == "*"
    assert "two rights over a.b.phone" in refused(Role, role | {"field_rights": [right, right]})


def test_a_limit_that_is_not_given_is_nothing():
    assert set(Limits().amounts().values()) == {0}
    given = Limits(export_rows="unlimited", reveal_per_day=5).amounts()
    assert (given["export_rows"], given["reveal_per_day"], given["claim_per_day"]) == (UNLIMITED, 5, 0)
    for limits in (
        {"export_rows": -1},
        {"export_rows": "5"},
        {"export_rows": True},
        {"discount_percent": 101},
        {"views": 1},
    ):
        refused(Limits, limits)


def test_a_setting_stays_within_its_bounds():
    Setting.model_validate(SETTING | {"type": "integer", "value": 90, "minimum": 1, "maximum": 365})
    for value in (0, 366, "90", 9.5, True):
        refused(Setting, SETTING | {"type": "integer", "value": value, "minimum": 1, "maximum": 365})
    choices = {"type": "choice", "choices": [{"key": "mean", "label": "平均值"}]}
    Setting.model_validate(SETTING | choices | {"value": "mean"})
    assert "not among its choices" in refused(Setting, SETTING | choices | {"value": "mode"})


def test_an_entry_said_twice_is_refused():
    word = {"key": "a", "label": "甲"}
    assert "word: said twice: a" in refused(Pack, {"key": "p", "label": "P", "word": [word, word]})


def test_fields_of_two_records_may_share_a_key():
    fields = [FIELD | {"type": "text"}, FIELD | {"type": "text", "record": "trade.order"}]
    pack = Pack.model_validate({"key": "p", "label": "P", "field": fields})
    assert [field.ref for field in pack.field] == ["customers.customer.size", "trade.order.size"]


def test_fields_in_force_are_those_of_the_type():
    fields = [
        FIELD | {"type": "text"},
        FIELD | {"key": "rank", "type": "text", "for_types": ["dealer"]},
        FIELD | {"key": "old", "type": "text", "retired": True},
    ]
    pack = Pack.model_validate({"key": "p", "label": "P", "field": fields})

    def keys(customer_type=None):
        return [field.key for field in pack.fields_of("customers.customer", customer_type)]

    assert (keys(), keys("dealer"), keys("individual")) == (["size", "rank"], ["size", "rank"], ["size"])


def test_an_unknown_list_or_setting_is_an_error():
    pack = Pack.model_validate({"key": "p", "label": "P"})
    for ask in (pack.choices, pack.value_of):
        with pytest.raises(PackError, match="no such"):
            ask("nothing")


def test_the_published_schema_names_every_kind_and_refuses_the_unknown():
    schema = json.loads(json_schema())
    assert schema["additionalProperties"] is False
    assert set(Pack.model_fields) == set(schema["properties"])
    assert json_schema() == json_schema()
