"""What people type and what it finds, without a database."""

import pytest

from kedang.engine.search import asking
from kedang.engine.search.spelling import parses, spelled
from kedang.engine.search.terms import All, Some, Term, answers, to_fts5, to_tsquery
from kedang.engine.search.tokens import tokens_of
from kedang.kernel.folding import folded


def finds(give, value, typed, *, masked=False):
    tokens, words = tokens_of(give, value), asking.words_of(typed)
    return bool(words) and all(answers(tokens, asking.wanted(give, word, masked=masked)) for word in words)


@pytest.mark.parametrize(
    "typed",
    [
        "华为", "华为技术", "技术", "有限公司", "华", "華為", "華為技術", "hwjs", "HWJS", "huaweijs", "hwjishu",
        "huawei", "huaweijishu", "huaw", "huawe", "hweijs",
        "ｈｗｊｓ", "hw", "h", "华为 js", "华为js", "jsyx", "hwjsyxgs", "hu",
        "（华为）", "技术 华为",
    ],
)  # fmt: skip
def test_a_company_is_found_by_its_parts_and_by_how_it_sounds(typed):
    assert finds("name", "华为技术有限公司", typed)


@pytest.mark.parametrize(
    "typed", ["华伟", "为华", "hwsj", "技", "weihua", "hujishu", "xyz", "华为 银行", '"', "*", "%"]
)
def test_a_company_is_not_found_by_what_it_is_not(typed):
    assert not finds("name", "华为技术有限公司", typed)


@pytest.mark.parametrize(
    ("give", "name", "typed"),
    [
        ("name", "重庆长安汽车", "chongqing"), ("name", "重庆长安汽车", "zhongqing"), ("name", "重庆长安汽车", "cqca"),
        ("name", "重庆长安汽车", "zqca"), ("person", "单雄信", "shan"), ("person", "单雄信", "danxx"),
        ("person", "单雄信", "sxx"), ("person", "解晓东", "xiexd"), ("person", "仇英", "qiuying"),
        ("person", "仇英", "qy"), ("name", "TCL科技集团", "tcl"), ("name", "TCL科技集团", "tclkj"),
        ("name", "TCL科技集团", "TCL科技"), ("name", "Siemens Energy 西门子", "ener"),
        ("name", "Crème Nestlé", "nestle"),
        ("name", "北京（中国）酒业", "北京中国"), ("name", "3M中国", "3m"), ("name", "臺灣積體電路", "台湾积体"),
        ("name", "台湾积体电路", "臺灣"), ("name", "西安先锋", "xian"), ("name", "西安先锋", "xaxf"),
        ("name", "𠮷野家", "𠮷野"), ("name", "联系人0号", "人0号"),
        ("name", "联系人0号", "联系人0号"), ("name", "华美A座", "A座"),
    ],
)  # fmt: skip
def test_readings_scripts_and_foreign_words(give, name, typed):
    assert finds(give, name, typed)


@pytest.mark.parametrize(
    "typed", ["5678", "345678", "13812345678", "138 1234 5678", "+86 138-1234-5678", "13812"]
)
def test_a_phone_is_found_by_its_end_and_from_its_start(typed):
    assert finds("phone", "13812345678", typed)


@pytest.mark.parametrize("typed", ["678", "1234", "2345", "13812345679", "5678a"])
def test_a_phone_is_not_found_by_its_middle(typed):
    assert not finds("phone", "13812345678", typed)


def test_a_masked_phone_answers_to_its_last_four_and_to_itself_only():
    assert finds("phone", "13812345678", "5678", masked=True)
    assert finds("phone", "13812345678", "138 1234 5678", masked=True)
    for size in (5, 6, 7, 8, 9, 10):
        assert not finds("phone", "13812345678", "13812345678"[-size:], masked=True)
        assert not finds("phone", "13812345678", "13812345678"[:size], masked=True)


@pytest.mark.parametrize(
    ("give", "value"),
    [("name", "华为技术"), ("words", "采购经理"), ("code", "GZ-A-42"), ("email", "li@abc.com")],
)
def test_another_masked_value_answers_to_nothing(give, value):
    tokens = tokens_of(give, value)
    for typed in (value, value[:2], value[:3], value[1:], value[-4:], "a", "4"):
        assert not answers(tokens, asking.wanted(give, folded(typed), masked=True))


def test_an_extension_does_not_hide_the_number():
    assert finds("phone", "020-39000042-801", "39000042")
    assert finds("phone", "020-39000042", "02039000042")


@pytest.mark.parametrize(
    "typed", ["GZ-A-D-00042", "gzad00042", "gz", "GZ-A", "00042", "42", "042", "ＧＺ－Ａ"]
)
def test_a_number_is_found_by_its_start_and_its_serial(typed):
    assert finds("code", "GZ-A-D-00042", typed)


def test_an_address_is_found_by_its_words():
    for typed in ("li.ming@abc.com", "li.ming@", "ming", "abc"):
        assert finds("email", "Li.Ming@abc.com", typed)


def test_letters_have_few_readings_and_long_ones_take_no_longer():
    assert parses("xian")[:2] == (("xian",), ("xi", "an"))
    assert len(parses("xianxianxianxianxianxianxianxianxianxian")) <= 4


def test_signs_of_either_database_never_reach_it():
    hostile = 'a" OR "b* NEAR(c) -d :e \'f\' & | ! <-> {g} ^h 华"为\x00'
    for word in asking.words_of(hostile):
        for give in ("name", "person", "words", "code", "phone", "email"):
            for node in (asking.wanted(give, word), asking.exactly(give, word)):
                match, query = to_fts5(node), to_tsquery(node)
                assert "'" not in match
                assert '"' not in query
                assert not any(
                    sign in match + query for sign in ";:\\{}!\x00-".replace(":", "").replace("-", "")
                )
    nested = Some((Term('a"b'), All((Term("c'd", begins=True), Term("e")))))
    assert to_fts5(nested) == '("ab" OR ("cd" * AND "e"))'
    assert to_tsquery(nested) == "('ab' | ('cd':* & 'e'))"


@pytest.mark.parametrize(
    ("letters", "place"),
    [("hwjs", (3, 7)), ("huaweijs", (3, 7)), ("szs", (0, 3)), ("shenzh", (0, 2)), ("hwx", None)],
)
def test_what_was_spelt_can_be_shown(letters, place):
    assert spelled("深圳市华为技术有限公司", letters) == place
