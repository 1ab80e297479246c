"""The vectors of GB 32100-2015, GB 11714 and the numbering plan, and what people type instead."""

import pytest
from stdnum.cn import uscc

from kedang.kernel.codes import (
    ALPHABET,
    canonical_phone,
    check_credit_code,
    check_letter,
    check_phone,
    check_tax_number,
    mask_code,
    mask_email,
    mask_name,
    mask_phone,
    organisation_letter,
    suggest,
)

VALID = [
    "91350100M000100Y43",
    "9144030071526726XG",
    "914403001922038216",
    "91110000802100433B",
    "91330106673959654P",
]


def reasons(code: str) -> list[str]:
    return [problem.code for problem in check_credit_code(code).problems]


@pytest.mark.parametrize("code", VALID)
def test_a_published_code_is_valid_without_a_warning(code: str) -> None:
    check = check_credit_code(code)
    assert check.valid
    assert not check.warnings
    assert uscc.is_valid(code)


def test_the_example_of_the_standard_ends_in_three() -> None:
    assert check_letter("91350100M000100Y4") == "3"
    assert organisation_letter("M000100Y") == "4"


def test_a_remainder_of_nothing_gives_zero_and_not_the_thirty_first_letter() -> None:
    found = [body for body in (f"91350100M000{n:04d}4" for n in range(200)) if check_letter(body) == "0"]
    assert found
    assert all(check_credit_code(body + "0").valid for body in found)


def test_the_code_of_a_popular_tutorial_is_refused_and_the_right_letter_named() -> None:
    problem = check_credit_code("91310115MA1H8R7C6D").problems[0]
    assert problem.code == "check_digit"
    assert problem.data["expected"] == "7"
    assert "7" in str(problem)


def test_a_letter_that_the_code_never_uses_is_refused_in_the_last_place_too() -> None:
    assert reasons("91350100M000100Y4Z") == ["letter"]
    for letter in "IOSVZ":
        assert letter not in ALPHABET
        assert reasons("91350100M000100Y4" + letter) == ["letter"]


@pytest.mark.parametrize(
    ("code", "reason"), [("", "length"), ("91350100M000100Y4", "length"), ("9" * 19, "length")]
)
def test_a_wrong_length_is_named(code: str, reason: str) -> None:
    assert reasons(code) == [reason]


def test_a_letter_in_the_region_is_named() -> None:
    body = "9135A100M000100Y4"
    assert reasons(body + check_letter(body)) == ["region"]


def test_a_failing_organisation_code_is_a_warning_only() -> None:
    body = "91350100M000100Y5"
    check = check_credit_code(body + check_letter(body))
    assert check.valid
    assert [warning.code for warning in check.warnings] == ["organisation"]


def test_an_unknown_registrar_is_a_warning_only() -> None:
    body = "G1350100M000100Y4"
    check = check_credit_code(body + check_letter(body))
    assert check.valid
    assert [warning.code for warning in check.warnings] == ["registrar"]


def test_full_width_blanks_and_small_letters_are_normalised() -> None:
    check = check_credit_code(" ９１３５０１００m000100y43\u200b\n")
    assert check.valid
    assert check.code == "91350100M000100Y43"


def test_an_o_is_never_turned_into_a_zero_silently_but_offered() -> None:
    check = check_credit_code("91350100M0001OOY43")
    assert not check.valid
    assert check.code == "91350100M0001OOY43"
    assert suggest("91350100M0001OOY43") == ("91350100M000100Y43",)


@pytest.mark.parametrize(
    "slip",
    [
        "91350100M000100Y34",
        "9135O100M000100Y43",
        "91350100MM000100Y43",
        "91350100N000100Y43",
        "91350100M000100Y4Z",
    ],
)
def test_a_slip_is_answered_with_the_right_code_among_the_offers(slip: str) -> None:
    assert "91350100M000100Y43" in suggest(slip)
    assert len(suggest(slip)) <= 5


def test_a_valid_code_gets_no_offer() -> None:
    assert suggest(VALID[0]) == ()


@pytest.mark.parametrize("length", [15, 17, 18, 20])
def test_a_tax_number_has_one_of_four_lengths(length: int) -> None:
    assert check_tax_number("1" * length).valid
    assert not check_tax_number("1" * 16).valid
    assert not check_tax_number("税" * length).valid


@pytest.mark.parametrize(
    ("typed", "canonical", "kind"),
    [
        ("13812345678", "13812345678", "mobile"),
        ("+86 138-1234-5678", "13812345678", "mobile"),
        ("0086 138 1234 5678", "13812345678", "mobile"),
        ("8613812345678", "13812345678", "mobile"),
        ("１３８１２３４５６７８", "13812345678", "mobile"),
        ("16212345678", "16212345678", "mobile"),
        ("19212345678", "19212345678", "mobile"),
        ("19912345678", "19912345678", "mobile"),
        ("020-39000042", "020-39000042", "landline"),
        ("(020) 3900 0042", "020-39000042", "landline"),
        ("+86 20 3900 0042", "020-39000042", "landline"),
        ("+86 (0)20 39000042", "020-39000042", "landline"),
        ("0757-88881234-801", "0757-88881234-801", "landline"),
        ("0757 8888 1234转801", "0757-88881234-801", "landline"),
        ("0757-88881234 ext 801", "0757-88881234-801", "landline"),
        ("0763-3312345", "0763-3312345", "landline"),
        ("400-812-3456", "4008123456", "hotline"),
        ("800 820 1234", "8008201234", "hotline"),
        ("95588", "95588", "service"),
        ("+852 2123 4567", "+85221234567", "foreign"),
        ("00852-21234567", "+85221234567", "foreign"),
        ("+853 6612 3456", "+85366123456", "foreign"),
        ("+886 912 345 678", "+886912345678", "foreign"),
        ("+1 (415) 555-2671", "+14155552671", "foreign"),
    ],
)
def test_a_number_has_one_canonical_form_that_reads_back_as_itself(
    typed: str, canonical: str, kind: str
) -> None:
    check = check_phone(typed)
    assert (check.canonical, check.kind, check.warnings) == (canonical, kind, ())
    assert check.typed == typed
    assert canonical_phone(canonical) == canonical


@pytest.mark.parametrize("typed", ["14112345678", "15412345678", "17412345678", "0757-8888123"])
def test_a_series_nobody_has_been_given_is_a_warning(typed: str) -> None:
    check = check_phone(typed)
    assert check.valid
    assert [warning.code for warning in check.warnings] == ["unassigned"]


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "form"),
        ("无", "form"),
        ("12345", "form"),
        ("12812345678", "form"),
        ("1381234567", "length"),
        ("138123456789", "length"),
        ("39000042", "area"),
        ("13812345678/13912345678", "several"),
        ("+999 1", "form"),
    ],
)
def test_what_is_no_number_is_refused_with_its_reason(typed: str, reason: str) -> None:
    check = check_phone(typed)
    assert not check.valid
    assert [problem.code for problem in check.problems] == [reason]
    assert canonical_phone(typed) == ""


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13812345678", "138****5678"),
        ("+86 138 1234 5678", "138****5678"),
        ("020-39000042-801", "020-****0042"),
        ("4008123456", "400****3456"),
        ("+85221234567", "+852****4567"),
        ("123", "****"),
        ("", ""),
    ],
)
def test_a_masked_number_keeps_its_head_and_last_four(number: str, masked: str) -> None:
    assert mask_phone(number) == masked


def test_masks_of_names_addresses_and_codes() -> None:
    assert mask_name("张三") == mask_name("张三丰") == "张**"
    assert mask_name("欧阳锋") == "欧阳**"
    assert mask_name("") == ""
    assert mask_email("zhang@x.cn") == "z***@x.cn"
    assert mask_email("nonsense") == "***"
    assert mask_code("91350100M000100Y43") == "9135**********0Y43"
    assert mask_code("4417") == "****"
