"""Two processes bring in what one does, in the same order, whatever their batches have to do with one another."""

import csv
import json
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from integration.engine.test_import_killed import cursor_of
from integration.project.installations import Installation, empty_at
from kedang.project.demo.tables import credit_code

COUNT, ROWS = 400, 12
SCRIPT = Path(__file__).with_name("two_processes.py")
CUSTOMERS = """
unique = ["行"]
[columns]
external_no = "编号"
credit_code = "代码"
name = "名称"
type_key = { const = "individual" }
level_key = "级别"
"""
ORDERS = """
group = ["单"]
[columns]
number = "单"
customer = "客户"
ordered_on = { const = "2026-11-03" }
status_key = { const = "draft" }
[lines]
product = { const = "P-1" }
quantity = "数量"
price = { const = "2" }
"""
TIES = """
[columns]
customer = "客户"
other = "对方"
kind_key = { const = "group" }
"""
PRODUCTS = """
[columns]
number = "编号"
name = "名称"
"""
WIDE = str.maketrans("0123456789C", "０１２３４５６７８９Ｃ")


def sheet(path, heads, rows):
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([heads, *rows])
    return path


def kin(path, chance, count):
    """Write customers whose neighbours share numbers, codes and names, some of them typed in another form."""
    rows: list[list[object]] = []
    for place in range(count):
        number = f"C{place - chance.choice([*[0] * 28, 3, 11]):04}"
        code = (
            credit_code("91110108", place // 2)
            if chance.random() < 0.06
            else chance.choice(["", "", "", f"9111X{place}"])
        )
        rows.append([
            place, number.translate(WIDE) if chance.random() < 0.1 else number,
            code.lower() if chance.random() < 0.5 else code,
            f"{rows[-chance.choice([1, 4, 9])][3]} " if place > 9 and chance.random() < 0.04 else firm(place),
            chance.choice(["金", "银", "", "", "没有这一级"]),
        ])  # fmt: skip
    return sheet(path, ["行", "编号", "代码", "名称", "级别"], rows)


def firm(place):
    """Return the name of a company like no other."""
    return f"{chr(0x4E10 + place * 7)}{chr(0x5E10 + place * 11)}泵业有限公司"


def begun(at: Installation, how, rows, *files):
    command = [sys.executable, SCRIPT, how, str(rows), *map(str, files)]
    env = at.environment | {"DJANGO_SETTINGS_MODULE": "kedang.project.settings"}
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def brought(at, how, rows, *files):
    with begun(at, how, rows, *files) as process:
        said, trouble = process.communicate()
    assert process.returncode == 0, trouble
    return json.loads(said)


def mapping(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def manned(at):
    """Give an installation its administrator."""
    assert at.run("create-admin", "root", "--name", "管理员", given="a long enough secret\n")["done"]
    return at


def strangers(folder):
    """Return what brings in customers that have nothing to do with one another."""
    rows = [[n, f"N{n}", "", f"客户{n}", "金"] for n in range(COUNT)]
    path = sheet(folder / "rows.csv", ["行", "编号", "代码", "名称", "级别"], rows)
    return ["customers.customer", path, mapping(folder / "c.toml", CUSTOMERS)]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return manned(empty_at(tmp_path_factory.mktemp("base") / "home", "kedang_base"))


@pytest.fixture(scope="module")
def whole(base, tmp_path_factory):
    """What one process leaves behind that brings the strangers in."""
    folder = tmp_path_factory.mktemp("whole")
    found = brought(copied(base, folder), "one", ROWS, *strangers(folder))
    assert (found.pop("stored"), found.pop("unsure")) == (0, 0)
    return found


def copied(base, folder):
    return Installation(shutil.copytree(base.home, folder / "home"))


@pytest.mark.both
@pytest.mark.parametrize(
    ("seed", "asked"),
    [
        (1, "+asked"),
        *[pytest.param(n, asked, marks=pytest.mark.full) for n in (1, 2, 3) for asked in ("", "+asked")],
    ],
)
def test_two_bring_in_what_one_does(tmp_path, seed, asked):
    twins = [manned(empty_at(tmp_path / how, f"kedang_{how}")) for how in ("one", "two")]
    chance = random.Random(seed)
    files = [
        "customers.customer", kin(tmp_path / "kin.csv", chance, 240), mapping(tmp_path / "c.toml", CUSTOMERS),
        "catalog.product", sheet(tmp_path / "products.csv", ["编号", "名称"], [["P-1", "水泵"]]),
        mapping(tmp_path / "p.toml", PRODUCTS),
        "trade.order",
        sheet(tmp_path / "orders.csv", ["单", "客户", "数量"], [
            [f"D{place // 3}", f"C{chance.randrange(20, 50):04}", chance.randrange(1, 9)] for place in range(150)
        ]),
        mapping(tmp_path / "o.toml", ORDERS),
        "customers.relation",
        sheet(tmp_path / "ties.csv", ["客户", "对方"], [
            [f"C{first + low:04}", f"C{first + high:04}"]
            for low, high in ((0, 1), (1, 2), (2, 0), (0, 2)) for first in range(20, 80, 3)
        ]),
        mapping(tmp_path / "t.toml", TIES),
    ]  # fmt: skip
    one, two = (brought(at, how + asked, ROWS, *files) for at, how in zip(twins, ("one", "two"), strict=True))
    assert one.pop("stored") == one.pop("unsure") == 0
    assert two.pop("stored") > 3
    assert two.pop("unsure") > 0
    assert two == one
    assert one["faults"] == []
    codes = {code for *_where, code, _text in one["problems"]}
    assert {"parent", "loop"} <= codes  # across batches too
    assert bool(one["counts"][0]["like"]) == bool(asked)
    assert {"created", "refused"} <= {
        name for counts in one["counts"] for name, count in counts.items() if count
    }


@pytest.mark.sqlite
@pytest.mark.parametrize(("how", "stored", "unsure"), [("two", 17, 0), ("threads", 17, 0), ("lost", 2, 1)])
def test_strangers_are_never_taken_anew_and_a_dead_partner_is_not_missed(
    base, whole, tmp_path, how, stored, unsure
):
    found = brought(copied(base, tmp_path), how, ROWS, *strangers(tmp_path))
    assert (found.pop("stored"), found.pop("unsure")) == (stored, unsure)
    assert found == whole


@pytest.mark.sqlite
def test_a_batch_knows_the_one_that_was_taken_over_before_it(base, tmp_path):
    rows = [[n, f"N{n}", "", firm(n), "金"] for n in range(10 * ROWS)]
    for unsure in range(
        1, 9, 4
    ):  # the partner gives it back, while it checks the second one after it already
        rows[unsure * ROWS][3] = rows[unsure * ROWS - 1][3]
        for place in range(1, ROWS):
            rows[(unsure + 2) * ROWS + place][3] = rows[unsure * ROWS + place][3]
    path = sheet(tmp_path / "rows.csv", ["行", "编号", "代码", "名称", "级别"], rows)
    files = ["customers.customer", path, mapping(tmp_path / "c.toml", CUSTOMERS)]
    one, two = (brought(copied(base, tmp_path / how), f"{how}+asked", ROWS, *files) for how in ("one", "two"))
    assert one.pop("stored") == one.pop("unsure") == 0
    assert two.pop("stored") > 0
    assert two.pop("unsure") > 1
    assert len(one["counts"][0]["like"]) == 2 * ROWS
    assert two == one


@pytest.mark.sqlite
@pytest.mark.parametrize("kills", [2, pytest.param(50, marks=pytest.mark.full)])
def test_killed_at_random_rows_both_leave_whole_batches(base, whole, tmp_path, kills):
    at, files = copied(base, tmp_path), strangers(tmp_path)
    chance = random.Random(kills)
    for beyond in sorted(chance.sample(range(20, COUNT - 40), kills)):
        process = begun(at, "two", ROWS, *files)
        while process.poll() is None and cursor_of(at.home) < beyond:
            time.sleep(0.005)
        process.kill()
        process.communicate()
    found = brought(at, "two", ROWS, *files)
    assert found.pop("stored") > 0
    assert found.pop("unsure") == 0
    assert found == whole
