"""What people write in sheets, and which value it is."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from kedang.engine.exchange.formulas import restored, written
from kedang.engine.exchange.guess import guess
from kedang.engine.exchange.values import Unreadable, converter
from kedang.engine.records.types import RECORDS
from kedang.kernel.clock import ZONE

LABELS = {
    "en": {"gold": "Gold", "silver": "Silver"},
    "zh-hans": {"gold": "金卡", "silver": "银卡"},
    "zh-hant": {"gold": "金卡", "silver": "銀卡"},
}


@dataclass
class Field:
    """A field as the record types describe it, without a database behind."""

    kind: str = "text"
    name: str = "name"
    label: str = "Name"
    labels: dict = field(default_factory=dict)

    def choices(self):
        return list(LABELS[translation.get_language()].items())


def value(kind, text, **how):
    return converter(Field(kind), **how)(text)


def test_text_loses_blanks_and_nothing_else():
    assert value("text", "  广州市澜石 水务\n设备公司 ") == "广州市澜石 水务 设备公司"
    assert value("longtext", " a\r\nb\n") == "a\nb"
    assert value("text", "914403001922038216") == "914403001922038216"


@pytest.mark.parametrize("text", ["9.14403E+17", "4.40106198001011E+17", "1E+11"])
def test_a_code_that_was_shortened_is_never_taken_for_the_code(text):
    with pytest.raises(Unreadable) as caught:
        value("text", text)
    assert caught.value.code == "digits_lost"
    assert value("money", "12") == 12


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1234.50", "1234.50"), ("1,234.50", "1234.50"), ("１２３４．５", "1234.5"), ("¥1,234.5", "1234.5"),
        ("￥ 99", "99"), ("1234元", "1234"), ("12.5万", "125000"), ("1.2亿", "120000000"), ("-5", "-5"),
        ("(5.00)", "-5.00"), ("+7", "7"), (".5", "0.5"), ("1,0000", "10000"), ("5.", "5"), ("人民币12元整", "12"),
        ("-￥3.20", "-3.20"), ("0", "0"),
    ],
)  # fmt: skip
def test_amounts_are_read_exactly(text, amount):
    assert value("money", text) == Decimal(amount)


@pytest.mark.parametrize(
    "text", ["1,5", "12,34,567", "abc", "1.2.3", "--5", "约5000", "", "1e5", "NaN", "元", "."]
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(Unreadable):
        value("money", text)


def test_the_marks_of_a_number_may_be_stated():
    assert value("money", "1.234,56", decimal=",", thousands=".") == Decimal("1234.56")
    assert value("money", "1 234,56", decimal=",", thousands=" ") == Decimal("1234.56")


def test_a_whole_number_has_no_rest():
    assert value("integer", "1,200") == 1200
    assert value("integer", "12.0") == 12
    with pytest.raises(Unreadable):
        value("integer", "1.5")


@pytest.mark.parametrize(
    "text",
    ["2026-11-03", "2026/11/3", "2026.11.3", "20261103", "2026年11月3日", "2026年11月3号", "２０２６年１１月３日",
     "2026-11-03 00:00:00", "2026-11-03T08:15:00", "46329", " 2026-11-3 "],
)  # fmt: skip
def test_dates_are_read_as_people_here_write_them(text):
    assert value("date", text) == date(2026, 11, 3)


@pytest.mark.parametrize(
    "text", ["11/3/2026", "26-11-3", "2026-13-01", "2026-02-30", "明天", "2026年11月", "20261303"]
)
def test_what_may_be_another_day_is_refused(text):
    with pytest.raises(Unreadable):
        value("date", text)


def test_a_date_may_follow_a_stated_form():
    assert value("date", "11/03/2026", dates=("%m/%d/%Y",)) == date(2026, 11, 3)
    with pytest.raises(Unreadable):
        value("date", "2026-11-03", dates=("%m/%d/%Y",))


@pytest.mark.parametrize(
    "text", ["2026-11-03 08:15", "2026年11月3日 8时15分", "2026/11/3 8:15:00", "46329.34375"]
)
def test_a_time_is_a_time_in_china(text):
    assert value("datetime", text) == datetime(2026, 11, 3, 8, 15, tzinfo=ZONE)


def test_yes_and_no_in_every_language():
    assert [value("boolean", text) for text in ("是", "有", "√", "Yes", "1", "TRUE")] == [True] * 6
    assert [value("boolean", text) for text in ("否", "无", "×", "no", "0", "false")] == [False] * 6
    with pytest.raises(Unreadable):
        value("boolean", "也许")


@pytest.mark.parametrize("text", ["gold", "GOLD", "Gold", "金卡", " 金 卡 "])
def test_a_choice_is_found_by_key_or_label_in_any_language(text):
    assert value("choice", text) == "gold"


@pytest.mark.parametrize("text", ["金卡级", "金卡级客户", "金 卡客户", "金卡牌", "金卡牌客户"])
def test_a_choice_may_be_called_a_level_or_a_class(text):
    assert value("choice", text) == "gold"


def test_a_choice_that_is_none_names_the_choices():
    with translation.override("zh-hans"), pytest.raises(Unreadable) as caught:
        value("choice", "白金")
    assert "金卡" in caught.value.text


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "'=1+1",
        "''=1+1",
        "+86 138",
        "@x",
        "'s",
        "-5",
        "\t=1",
        " =1",
        "＝1",
        "\u200b=1",
        "plain",
        "",
        "'",
        "-a",
    ],
)
def test_a_neutralised_text_comes_back_as_it_was(text):
    assert restored(written(text)) == text


def test_two_texts_never_become_one():
    texts = ["=1+1", "'=1+1", "''=1+1", "'a", "a"]
    assert len({written(text) for text in texts}) == len(texts)


def test_headings_are_guessed_by_name_and_label_and_nothing_is_used_twice():
    fields = [
        Field(name="name", label="客户名称"),
        Field(name="phone", label="电话"),
        Field(name="level", label="等级"),
    ]
    found = guess(["客户名称 (必填)", "PHONE", "联系电话", "VIP等级", "备注2"], fields)
    assert found.columns == {"name": "客户名称 (必填)", "phone": "PHONE"}
    assert found.likely == {"level": "VIP等级"}
    assert found.left == ("联系电话", "备注2")


def test_a_heading_may_begin_with_what_the_records_are_called() -> None:
    kind = RECORDS["customers.customer"]
    specs = [kind.fields[name] for name in ("name", "type_key", "level_key")]
    found = guess(["客户名称", "客户类型", "Customer level"], specs, kind.label)
    assert found.columns == {"name": "客户名称", "type_key": "客户类型", "level_key": "Customer level"}


FROM_AN_OLD_TABLE = {
    "customers.customer": {
        "单位全称": "name", "公司名稱": "name", "业务员": "owner", "联系电话": "phone", "信用代码": "credit_code",
        "法人": "legal_person", "联系地址": "address", "客户级别": "level_key", "开户银行": "bank",
        "账期(天)": "credit_term_days", "Sales rep": "owner",
    },
    "customers.contact": {
        "联系人": "name", "公司名称": "customer", "手机号码": "mobile", "微信号": "wechat", "职位": "position",
    },
    "trade.order": {"单号": "number", "往来单位": "customer", "开单日期": "ordered_on", "价税合计": "amount"},
    "trade.receipt": {"收款单号": "number", "付款单位": "customer", "订单号": "order", "到账金额": "amount"},
    "catalog.product": {"存货编码": "number", "品名": "name", "规格型号": "spec", "零售价": "list_price"},
}  # fmt: skip


@pytest.mark.parametrize("key", FROM_AN_OLD_TABLE)
def test_the_words_of_old_tables_are_known(key: str) -> None:
    kind = RECORDS[key]
    specs = list(kind.own_fields.values())
    for heading, name in FROM_AN_OLD_TABLE[key].items():
        assert guess([heading], specs, kind.label, kind.headings).columns == {name: heading}


def test_a_word_of_files_means_one_field_and_no_label_of_another() -> None:
    for kind in RECORDS.values():
        assert kind.headings.keys() <= kind.own_fields.keys()
        specs = list(kind.own_fields.values())
        lost = [
            word
            for name, words in kind.headings.items()
            for word in words
            if guess([word], specs, kind.label, kind.headings).columns != {name: word}
        ]
        assert lost == [], kind.key
