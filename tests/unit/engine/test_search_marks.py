"""What is shown as found."""

import pytest

from kedang.engine.search.marks import holds, parts


@pytest.mark.parametrize(
    ("text", "typed", "found"),
    [
        ("华为技术有限公司", "技术", ["技术"]), ("华为技术有限公司", "hwjs", ["华为技术"]),
        ("華為技術", "华为", ["華為"]),
        ("TCL科技", "tcl", ["TCL"]), ("华为技术", "华为 js", ["华为技术"]), ("ＡＢＣ公司", "abc", ["ＡＢＣ"]),
        ("华为技术", "zz", []), ("①号店", "1", ["①"]), ("<b>华为</b>", "华为", ["华为"]), ("", "华", []),
    ],
)  # fmt: skip
def test_the_found_part_is_marked_and_nothing_is_lost(text, typed, found):
    pieces = parts(text, typed)
    assert "".join(piece for piece, _hit in pieces) == text
    assert [piece for piece, hit in pieces if hit] == found


def test_an_action_answers_to_its_words_and_initials():
    assert holds("新建客户", "xjkh")
    assert holds("新建客户", "客户 新建")
    assert not holds("新建客户", "订单")
    assert not holds("新建客户", "")
