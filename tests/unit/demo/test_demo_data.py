"""Generated data: the same for the same seed, however it is cut, and valid in every code and number."""

import csv
import hashlib
import math
import tomllib
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from python_calamine import load_workbook

from kedang.areas.trade.selectors import figures_of
from kedang.areas.warnings import rules as warnings
from kedang.kernel.codes import check_credit_code, check_phone
from kedang.packs.loader import library
from kedang.packs.schema import Pack
from kedang.project.demo import build, fieldwork, story, tables
from kedang.project.demo.companies import MULTIPLIER, customers
from kedang.project.demo.goods import products
from kedang.project.demo.orders import orders_of, receipts_of
from kedang.project.demo.people import contacts_of
from kedang.project.demo.rows import write_rows
from kedang.project.demo.rowtypes import CustomerRow
from kedang.project.demo.showcase import (
    showcase,
    showcase_contacts,
    showcase_customer,
    showcase_rhythm,
)

AS_OF = date(2026, 11, 18)


def digest(rows: Iterable[object]) -> str:
    made = hashlib.sha256()
    for row in rows:
        made.update(repr(row).encode())
    return made.hexdigest()


@pytest.fixture(scope="module")
def sample() -> list[CustomerRow]:
    return list(customers(7, 0, 5000, AS_OF))


def test_the_same_seed_gives_the_same_customers_and_another_seed_others(sample: list[CustomerRow]) -> None:
    assert digest(customers(7, 0, 5000, AS_OF)) == digest(sample)
    assert digest(customers(8, 0, 5000, AS_OF)) != digest(sample)


def test_a_list_made_in_pieces_is_the_list_made_at_once(sample: list[CustomerRow]) -> None:
    pieces = [
        row for start in range(0, 5000, 700) for row in customers(7, start, min(700, 5000 - start), AS_OF)
    ]
    assert digest(pieces) == digest(sample)


def test_every_credit_code_passes_the_check_and_none_comes_twice(sample: list[CustomerRow]) -> None:
    codes = [row["credit_code"] for row in sample if row["credit_code"]]
    assert len(codes) > 3500
    assert len(set(codes)) == len(codes)
    for code in codes:
        check = check_credit_code(code)
        assert check.valid, code
        assert not check.warnings, code


def test_a_code_is_registered_where_the_customer_is(sample: list[CustomerRow]) -> None:
    for row in sample:
        if row["credit_code"]:
            assert row["credit_code"][2:4] == row["region_code"][:2]


def test_every_phone_is_canonical_and_in_a_series_in_use(sample: list[CustomerRow]) -> None:
    for row in sample:
        for number in filter(None, (row["phone"], row["fax"])):
            check = check_phone(number)
            assert check.canonical == number
            assert not check.warnings, number


def test_people_have_no_credit_code_and_companies_no_invented_mail_domain(sample: list[CustomerRow]) -> None:
    for row in sample:
        if row["type_key"] in ("individual", "household"):
            assert not row["credit_code"]
        assert not row["email"] or row["email"].endswith(".example")


def test_texts_fit_the_fields_they_are_for(sample: list[CustomerRow]) -> None:
    for row in sample:
        assert len(row["name"]) <= 120
        assert len(row["short_name"]) <= 40
        assert len(row["address"]) <= 200
        assert len(row["kinds"]) <= 200
        assert row["since"] < AS_OF


def test_hardly_two_of_a_hundred_thousand_share_a_name() -> None:
    names = {row["name"] for row in customers(3, 0, 100_000, AS_OF)}
    assert len(names) > 99_800


def test_customers_can_be_kept_to_named_cities() -> None:
    found = {row["region_code"] for row in customers(7, 0, 500, AS_OF, cities=("440100", "440600"))}
    assert found == {"440100", "440600"}


def test_the_cities_are_many_and_their_letters_their_own() -> None:
    places = tables.cities()
    assert len(places) >= 60
    assert len({city.letters for city in places}) == len(places)
    letters = {city.name: city.letters for city in places}
    assert (letters["广州市"], letters["佛山市"], letters["深圳市"]) == ("GZ", "FS", "SZ")


def test_no_two_customers_share_a_place_in_the_series_of_codes() -> None:
    assert math.gcd(MULTIPLIER, tables.CODES) == 1


def choice_keys(pack: Pack, key: str) -> set[str]:
    return {choice.key for one in pack.choice_list if one.key == key for choice in one.choices}


def test_every_choice_is_one_that_the_general_pack_offers(sample: list[CustomerRow]) -> None:
    pack = library()["general"]
    lists = {
        "industry_key": "industry",
        "source_key": "customer_source",
        "status_key": "customer_status",
        "potential_key": "potential",
    }
    for field, key in lists.items():
        assert {row[field] for row in sample} - {""} <= choice_keys(pack, key), field  # type: ignore[literal-required]
    assert {row["type_key"] for row in sample} <= {one.key for one in pack.customer_type}
    assert {row["level_key"] for row in sample} <= {one.key for one in pack.level}
    assert {row["unit_key"] for row in products()} <= choice_keys(pack, "product_unit")


def test_contacts_have_valid_numbers_and_known_layers(sample: list[CustomerRow]) -> None:
    pack = library()["general"]
    contacts = [row for index, one in enumerate(sample[:800]) for row in contacts_of(7, index, one, AS_OF)]
    assert digest(contacts_of(7, 5, sample[5], AS_OF)) == digest(contacts_of(7, 5, sample[5], AS_OF))
    assert 1.5 < len(contacts) / 800 < 3
    assert {row["layer_key"] for row in contacts} <= choice_keys(pack, "contact_layer")
    assert {row["attitude_key"] for row in contacts} <= choice_keys(pack, "contact_attitude")
    for row in contacts:
        assert check_phone(row["mobile"]).canonical == row["mobile"]
        assert 1 <= row["influence"] <= 5
        assert not row["birthday_lunar"] or row["birthday"]


def test_the_catalogue_never_sells_below_its_floor_in_a_list() -> None:
    numbers = [row["number"] for row in products()]
    assert len(set(numbers)) == len(numbers) > 100
    assert all(Decimal(0) < row["floor_price"] < row["list_price"] for row in products())


def test_an_order_is_the_sum_of_its_lines_and_comes_before_its_receipts(sample: list[CustomerRow]) -> None:
    pack = library()["general"]
    numbers: set[str] = set()
    for index, customer in enumerate(sample[:600]):
        orders = list(orders_of(7, index, customer, AS_OF))
        assert digest(orders_of(7, index, customer, AS_OF)) == digest(orders)
        by_number = {order["number"]: order for order in orders}
        assert len(by_number) == len(orders)
        assert numbers.isdisjoint(by_number)
        numbers |= set(by_number)
        for order in orders:
            assert order["amount"] == sum(line["amount"] for line in order["lines"]) > 0
            assert all(line["amount"] == line["quantity"] * line["price"] for line in order["lines"])
            assert customer["since"] <= order["ordered_on"] <= AS_OF
            assert order["status_key"] in choice_keys(pack, "order_status")
        paid = dict.fromkeys(by_number, Decimal(0))
        for receipt in receipts_of(7, index, customer, orders, AS_OF):
            assert by_number[receipt["order"]]["ordered_on"] <= receipt["received_on"] <= AS_OF
            assert receipt["method_key"] in choice_keys(pack, "receipt_method")
            paid[receipt["order"]] += receipt["amount"]
        assert all(amount <= by_number[number]["amount"] for number, amount in paid.items())


def test_the_lost_have_not_bought_for_a_year_and_prospects_never(sample: list[CustomerRow]) -> None:
    for index, customer in enumerate(sample[:1500]):
        if customer["status_key"] not in ("lost", "prospect"):
            continue
        last = max((order["ordered_on"] for order in orders_of(7, index, customer, AS_OF)), default=None)
        if customer["status_key"] == "prospect":
            assert last is None
        elif last is not None:
            assert last < AS_OF - timedelta(days=360)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_file_of_customers_holds_the_rows_under_chinese_headings(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"customers{suffix}"
    assert write_rows(path, 50, as_of=AS_OF, seed=7) == 50
    if suffix == ".csv":
        table = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    else:
        table = load_workbook(str(path)).get_sheet_by_index(0).to_python()
    assert len(table) == 51
    assert table[0][:2] == ["外部编号", "客户名称"]
    first = next(customers(7, 0, 1, AS_OF))
    assert table[1][:2] == [first["external_no"], first["name"]]


def test_who_one_meets_first_is_registered_banked_and_called_where_it_is() -> None:
    pack = library()["general"]
    places = {city.code: city for city in tables.cities()}
    for index, entry in enumerate(showcase()):
        row = showcase_customer(entry, 7, index, AS_OF)
        city = places[row["region_code"][:4] + "00"]
        assert row["city"] == city.short
        assert row["address"].startswith(city.name)
        assert row["industry_key"] in choice_keys(pack, "industry") | {""}
        phone = check_phone(row["phone"])
        assert phone.canonical == row["phone"]
        assert not phone.warnings
        if row["type_key"] != "individual":
            assert check_credit_code(row["credit_code"]).valid
            assert row["credit_code"][2:8] == row["region_code"]
            assert row["phone"].startswith(city.dial + "-")
            assert city.short in row["bank"]


def test_who_one_meets_first_has_the_people_its_next_step_names() -> None:
    first = showcase()[0]
    row = showcase_customer(first, 7, 0, AS_OF)
    names = [one["name"] for one in showcase_contacts(first, 7, 0, row, AS_OF)]
    assert names[0] == "吴启明"
    assert names[0] in first["step"]


def test_the_stories_name_customers_and_people_that_there_are() -> None:
    told = tomllib.loads(fieldwork.FILE.read_text(encoding="utf-8"))
    entries = {one["short"]: one for one in showcase()}
    for one in (*told["visit"], *told["handled"], *told["consent"], *told["request"]):
        named = {person["name"] for person in entries[one["customer"]].get("contacts", ())}
        assert one.get("contact") is None or one["contact"] in named, one
    assert any("bought" in one and one["rule"] == "churn" for one in told["handled"])  # the customer won back
    slipping = [one for one in told["handled"] if entries[one["customer"]].get("type") == "dealer"]
    assert slipping
    leaver = story.LEAVER[0]
    assert leaver in {name for turns in story.TERRITORIES.values() for name in turns}
    assert leaver not in {one.username for one in story.PEOPLE[: story.SIGN_INS]}


def test_a_lunar_birthday_of_the_showcase_comes_round_within_days() -> None:
    index = next(place for place, one in enumerate(showcase()) if one["short"] == "天麓食品饮料")
    entry = showcase()[index]
    row = showcase_customer(entry, 7, index, AS_OF)
    born = next(showcase_contacts(entry, 7, index, row, AS_OF))
    assert born["birthday_lunar"]
    assert (born["birthday"].month, born["birthday"].day) == (10, 12)  # 农历十月十二 is 2026-11-20


def test_a_customer_gone_quiet_has_not_ordered_since() -> None:
    index = next(place for place, one in enumerate(showcase()) if one["short"] == "粤盈包装")
    entry = showcase()[index]
    row = showcase_customer(entry, 7, index, AS_OF)
    orders = list(orders_of(7, index, row, AS_OF, 2, showcase_rhythm(entry, AS_OF)))
    assert orders
    assert max(order["ordered_on"] for order in orders) <= AS_OF - timedelta(days=48)


@pytest.mark.parametrize("day", [date(2026, 11, 27), date(2027, 3, 1), date(2027, 7, 15)], ids=str)
def test_the_first_night_of_the_demo_warns_of_a_few_customers_each_a_story(day: date) -> None:
    """The rules of the pack over what the demo files on any day: most customers pay in time and keep their rhythm."""
    wanted = ("arrears", "unpaid", "last_year", "slowing", "churn")
    ready = [
        warnings.ready(place, one.level, one.when or "", one.red_when or "")
        for place, one in enumerate(library()["general"].warning_rule) if one.key in wanted
    ]  # fmt: skip
    found = 0
    for place, row in enumerate(build._customer_rows(day)):
        orders = build._orders_of(place, row, day)
        paid = list(receipts_of(build.SEED, place, row, orders, day, in_time=build._in_time(place)))
        figures = figures_of(
            [(one["ordered_on"], None, one["base_amount"]) for one in orders
             if one["status_key"] not in ("draft", "cancelled")],
            sum((one["amount"] for one in paid), Decimal(0)),
            max((one["received_on"] for one in paid), default=None),
            (row["credit_limit"] or None) if row["status_key"] == "active" else None, row["credit_term_days"], day,
        )  # fmt: skip
        found += sum(warnings.judged(rule, figures) is not None for rule in ready)
    assert 12 <= found <= 45
