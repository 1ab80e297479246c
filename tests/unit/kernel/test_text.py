"""Normal form, pinyin, and cells that no office program may take for a formula."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedang.kernel.text import (
    _INVISIBLE,
    initials,
    neutralise_cell,
    normal_form,
    original_cell,
    pinyin,
    readings,
    sort_key,
    syllables,
)


def test_the_normal_form_is_half_width_without_what_cannot_be_seen() -> None:
    assert normal_form("  ＡＢＣ（广州）\u200b 泵业\u3000\u3000公司\ufeff ") == "ABC(广州) 泵业 公司"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("重庆恒泰", "chong qing heng tai"),
        ("厦门银行", "xia men yin hang"),
        ("佛山调节阀厂", "fo shan tiao jie fa chang"),
        ("番禺给水", "pan yu ji shui"),
        ("长沙重工", "chang sha zhong gong"),
        ("绿源", "lv yuan"),
        ("TCL科技3号", "tcl ke ji 3 hao"),
        ("Café", "cafe"),
        ("龍華貿易", "long hua mao yi"),
        ("", ""),
    ],
)
def test_a_company_sorts_by_its_pinyin(name: str, key: str) -> None:
    assert sort_key(name) == key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("单雄", "shan xiong"),
        ("解珍", "xie zhen"),
        ("仇英", "qiu ying"),
        ("曾巩", "zeng gong"),
        ("区明", "ou ming"),
        ("查良", "zha liang"),
        ("尉迟恭", "yu chi gong"),
        ("万俟卨", "mo qi xie"),
        ("李雷", "li lei"),
    ],
)
def test_a_person_sorts_by_the_reading_of_the_surname(name: str, key: str) -> None:
    assert sort_key(name, person=True) == key


def test_the_surname_reading_stays_with_people() -> None:
    assert sort_key("单向阀") == "dan xiang fa"


def test_names_sort_by_syllable_and_not_by_letter() -> None:
    assert sorted(["先科", "西安泵业", "夏商"], key=sort_key) == ["西安泵业", "夏商", "先科"]


def test_a_key_is_short_ascii_whatever_comes() -> None:
    assert len(sort_key("佛山市南海区" * 20)) <= 64
    assert sort_key("Ωμέγα公司").isascii()


@given(st.text(max_size=80))
def test_any_text_gives_a_short_ascii_key(name: str) -> None:
    key = sort_key(name)
    assert key.isascii()
    assert len(key) <= 64
    assert key == key.lower().strip()


def test_initials_and_full_pinyin_find_a_company() -> None:
    assert initials("华为技术") == "hwjs"
    assert pinyin("华为技术") == "huaweijishu"
    assert initials("TCL科技") == "tclkj"
    assert initials("重庆恒泰") == "cqht"
    assert initials("单雄", person=True) == "sx"


def test_a_word_with_two_readings_is_found_by_both() -> None:
    assert readings("重庆泵业") == (("chong", "qing", "beng", "ye"), ("zhong", "qing", "beng", "ye"))
    assert readings("广州泵业") == (("guang", "zhou", "beng", "ye"),)


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+8613812345678",
        "@SUM(A1)",
        "-1+2",
        "-cmd",
        "\t=1",
        "\rtext",
        "\n=1",
        " =1",
        "\xa0=1",
        "\u200b=1",
        "\ufeff=1",
        "＝1",
        "＋1",
        "＠x",
        "－x",
        "-",
        "'=1",
    ],
)
def test_a_cell_that_looks_like_a_formula_is_neutralised_and_can_be_taken_back(cell: str) -> None:
    assert neutralise_cell(cell) == "'" + cell
    assert original_cell(neutralise_cell(cell)) == cell


@pytest.mark.parametrize(
    "cell", ["", "-1", "-12.50", "-1,234.5", "-.5", "-3%", "张三", "1=2", "'quoted", "a+b"]
)
def test_a_plain_negative_number_and_plain_text_stay_as_they_are(cell: str) -> None:
    assert neutralise_cell(cell) == cell
    assert original_cell(cell) == cell


@given(st.text())
def test_every_cell_survives_the_way_out_and_back(cell: str) -> None:
    assert original_cell(neutralise_cell(cell)) == cell


def test_one_form_and_the_reading_in_one_piece_hold_for_every_character():
    """Short ways are taken for texts without blanks, invisible characters and phrases; they may not be seen."""
    for number in [*range(1, 0x3000), *range(0x3000, 0xD800, 7), *range(0xE000, 0x20000, 7)]:
        typed = f"中{chr(number)}b"
        shown = unicodedata.normalize("NFKC", typed)
        assert normal_form(typed) == " ".join(_INVISIBLE.sub("", shown).split())
        assert pinyin(typed) == "".join(syllables(typed))
