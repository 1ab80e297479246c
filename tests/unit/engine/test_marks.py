"""By what an erased record is known, and how that is written elsewhere."""

import pytest

from kedang.engine.erasing import marks


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("13800138000", {"13800138000", "138 0013 8000", "138-0013-8000"}),
        (
            "+86 138-0013-8000",
            {"+86 138-0013-8000", "8613800138000", "13800138000", "138 0013 8000", "138-0013-8000"},
        ),
        ("010-88886666", {"010-88886666", "01088886666"}),
        ("王", set()),
        ("王芳", {"王芳"}),
        ("Ann", set()),
        ("ann@example.com", {"ann@example.com"}),
        (" 李明 ", {"李明"}),
        ("1234", set()),
        (None, set()),
        (7, set()),
    ],
)
def test_a_value_is_known_in_each_way_it_is_written(value: object, found: set[str]) -> None:
    assert marks.spellings(value) == found


def test_a_mark_is_blanked_in_texts_addresses_and_parts_but_not_in_keys() -> None:
    held = {"王芳": ["找王芳，q=%E7%8E%8B%E8%8A%B3", 3, None, {"x": "王芳芳"}]}
    assert marks.blanked(held, ["王芳"]) == {"王芳": ["找•••，q=•••", 3, None, {"x": "•••芳"}]}


@pytest.mark.parametrize(
    ("mark", "reaching"),
    [("01088886666", True), ("ann@example.com", True), ("王小芳", False), ("12号楼", False)],
)
def test_a_phone_or_mail_means_one_person_wherever_it_stands(mark: str, reaching: bool) -> None:
    assert marks.is_reaching(mark) is reaching
