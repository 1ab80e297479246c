"""Names of companies: their parts, one normal form, and a labelled set of pairs with bounds that can fail."""

from pathlib import Path

import pytest

from kedang.kernel.companies import compare, normal, split

LABELLED = [
    line.split("\t")
    for line in (Path(__file__).parents[2] / "data/company_names.tsv").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize(
    ("name", "places", "core", "trade", "form"),
    [
        ("北京红光酒业有限公司", ("北京",), "红光", "酒业", "有限公司"),
        ("红光（北京）酒业有限公司", ("北京",), "红光", "酒业", "有限公司"),
        ("广东省广州市天河区鑫达五金机电经营部", ("广东", "广州", "天河"), "鑫达", "机电", "经营部"),
        ("華為技術有限公司", (), "华为", "科技", "有限公司"),
        ("黄山旅游发展股份有限公司", (), "黄山", "旅游", "股份有限公司"),
        ("佛山鸿泰铝业制品厂（普通合伙）", ("佛山",), "鸿泰", "铝业", "厂"),
        ("红光", (), "红光", "", ""),
        ("长安汽车有限公司", (), "长安", "汽车", "有限公司"),
    ],
)
def test_a_name_falls_into_its_parts(
    name: str, places: tuple[str, ...], core: str, trade: str, form: str
) -> None:
    found = split(name)
    assert (found.places, found.core, found.trade, found.form) == (places, core, trade, form)


def test_width_script_case_brackets_and_marks_do_not_count() -> None:
    assert normal(" ＡＢＣ（廣州）電氣·有限公司 ") == "ABC广州电气有限公司"


@pytest.mark.parametrize(
    "pair", [("", ""), ("有限公司", ""), ("（）", "北京"), ("a" * 500, "公司" * 80), ("😀", "🏭厂")]
)
def test_what_is_hardly_a_name_is_compared_without_harm(pair: tuple[str, str]) -> None:
    assert compare(*pair).kind in ("same", "suspect", "branch", "different")


def test_the_reasons_are_told_in_words() -> None:
    verdict = compare("北京红光酒业有限公司", "北京鸿光酒厂")
    assert [finding.code for finding in verdict.reasons] == ["sound", "trade", "form"]
    assert str(verdict.reasons[0]) == "“红光” sounds like “鸿光”."


@pytest.mark.parametrize(("kind", "one", "other"), LABELLED)
def test_an_answer_does_not_depend_on_which_name_comes_first(kind: str, one: str, other: str) -> None:
    assert compare(one, other).kind == compare(other, one).kind


def test_the_labelled_set_is_told_apart_with_precision_and_recall() -> None:
    wrong = [
        (kind, found, one, other)
        for kind, one, other in LABELLED
        if (found := compare(one, other).kind) != kind
    ]
    for asked in ("same", "suspect", "branch"):
        truly = {(one, other) for kind, one, other in LABELLED if kind == asked}
        said = {(one, other) for _kind, one, other in LABELLED if compare(one, other).kind == asked}
        assert len(truly & said) >= 0.95 * len(said), (asked, "precision", wrong)
        assert len(truly & said) >= 0.95 * len(truly), (asked, "recall", wrong)


@pytest.mark.parametrize(
    "name", ["恒川泵业有限公司(", ")恒川泵业有限公司", "（恒川泵业有限公司", "恒川泵业·有限公司"]
)
def test_a_bracket_that_is_not_closed_and_a_mark_do_not_make_another_name(name):
    assert compare(name, "恒川泵业有限公司").kind == "same"
    assert split(name).normal == "恒川泵业有限公司"
