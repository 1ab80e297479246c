"""Countries by code and by name."""

import pytest

from kedang.kernel.countries import code_of, name_of


@pytest.mark.parametrize("text", ["CN", "cn", " 中国 ", "中國", "China", "china"])
def test_a_country_is_known_by_its_code_and_by_its_name_in_any_language(text: str) -> None:
    assert code_of(text) == "CN"


def test_what_is_no_country_is_refused_and_shown_as_it_is() -> None:
    with pytest.raises(ValueError, match="Narnia"):
        code_of("Narnia")
    assert (name_of("CN", "zh-hant"), name_of("XQ", "en")) == ("中國", "XQ")
