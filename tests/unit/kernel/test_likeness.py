"""Two files weighed: what speaks for one firm, what against, and what is never merged."""

import pytest

from kedang.kernel.likeness import Card, address_key, judge

FIRM = Card("广州恒川泵业有限公司", code="91350100M000100Y43", phone="020-83330042",
            address="广州市天河区体育西路12号", region="440106")  # fmt: skip


def codes_of(found):
    return [finding.code for finding in found.reasons]


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        (Card("完全不同机械有限公司", code="91350100M000100Y43"), "same"),
        (Card("恒川（广州）泵业有限公司", phone="020-83330042"), "same"),
        (Card("恒川水泵厂", phone="020-83330042"), "same"),
        (Card("广州恒川泵业有限公司", code="9144030071526726XG", phone="020-81234567"), "suspect"),
        (Card("广州恒川泵业有限公司佛山分公司", code="9144030071526726XG"), "branch"),
        (Card("广州恒川食品有限公司", phone="020-81234567"), "different"),
        (Card("深圳恒川泵业有限公司", code="9144030071526726XG", phone="0755-81234567"), "different"),
    ],
)
def test_two_files_are_weighed_the_same_from_either_side(other, kind):
    assert judge(FIRM, other).kind == judge(other, FIRM).kind == kind


def test_people_of_one_name_are_no_duplicates_by_their_name_alone():
    assert not judge(Card("张伟", phone="13800000001"), Card("张伟", phone="13900000002")).listed
    assert judge(Card("张伟", phone="13800000001"), Card("张伟", phone="13800000001")).listed


def test_a_code_that_differs_stands_among_the_reasons():
    assert "code_differs" in codes_of(judge(FIRM, Card(FIRM.name, code="9144030071526726XG")))


def test_an_address_is_filed_under_its_city_road_and_number():
    assert address_key("广州市天河区体育西路12号") == address_key("广东省广州市天河区体育西路１２号3楼")
    assert address_key("天河区某处") == ""


SHORTS = [
    Card("恒泰泵"),
    Card("顺德恒泰泵业有限公司", "恒泰泵"),
    Card("红光酒业", "红光"),
    Card("红光", "红光酒业"),
    Card("红光酒厂", "酒"),
]


@pytest.mark.parametrize("one", SHORTS, ids=lambda card: card.name)
@pytest.mark.parametrize("other", SHORTS, ids=lambda card: card.name)
def test_a_short_name_weighs_the_same_on_either_side(one: Card, other: Card) -> None:
    there, back = judge(one, other), judge(other, one)
    assert (there.kind, there.points) == (back.kind, back.points)
    assert {finding.code for finding in there.reasons} == {finding.code for finding in back.reasons}
