"""Regions and trades: names in and out, what lies below, what was before, and a guess that is only made when sure."""

import pytest

from kedang.kernel import regions, trades


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("广东省广州市天河区", "440106"),
        ("广东 广州 天河区", "440106"),
        ("天河区", "440106"),
        ("440106", "440106"),
        ("广州", "440100"),
        ("北京市朝阳区", "110105"),
        ("长春市朝阳区", "220104"),
        ("吉林", "220000"),
        ("吉林市", "220200"),
        ("海南省琼海市", "469002"),
        ("内蒙古呼和浩特市", "150100"),
        ("浙江省杭州市下城区", "330103"),
    ],
)
def test_a_region_is_found_by_name_by_path_and_by_code(text: str, code: str) -> None:
    assert regions.code_of(text) == code


@pytest.mark.parametrize(
    "text", ["朝阳区", "鼓楼区", "天河", "不在的地方", "", "999999", "44010", "广州市天河区体育西路"]
)
def test_what_names_no_one_region_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no one region"):
        regions.code_of(text)


def test_the_name_of_every_region_that_is_or_was_leads_back_to_its_code() -> None:
    assert {code: regions.code_of(regions.name_of(code)) for code in regions.table()} == {
        code: code for code in regions.table()
    }


def test_a_region_of_the_past_says_until_when_it_was() -> None:
    assert regions.name_of("330103") == "浙江省杭州市下城区（至2013年）"
    assert "330103" not in {region.code for region in regions.below("330100")}
    assert "330103" in regions.within("330000")


def test_a_province_holds_all_that_lies_below_it() -> None:
    assert {"440000", "440100", "440106", "440300"} <= set(regions.within("440000"))
    assert not any(code.startswith("45") for code in regions.within("440000"))
    assert len(regions.below()) == 34


@pytest.mark.parametrize(
    ("address", "phone", "code"),
    [
        ("广州市天河区体育西路1号", "", "440106"),
        ("上海浦东新区世纪大道8号", "", "310115"),
        ("江苏南京鼓楼区", "", "320106"),
        ("", "020-38880000", "440100"),
        ("人民路1号", "010-88880000", "110000"),
        ("朝阳区建国路1号", "", ""),
        ("人民路1号", "13800000000", ""),
        ("", "", ""),
    ],
)
def test_a_region_is_guessed_only_where_it_is_sure(address: str, phone: str, code: str) -> None:
    assert regions.guess(address, phone) == code


def test_the_name_of_every_trade_leads_back_to_its_code() -> None:
    assert len(trades.table()) == 20 + 97
    assert {code: trades.code_of(trades.name_of(code)) for code in trades.table()} == {
        code: code for code in trades.table()
    }
    assert trades.code_of("34") == "C34"
    assert "C34" in trades.within("C")
    with pytest.raises(ValueError, match="no trade"):
        trades.code_of("没有的行业")
