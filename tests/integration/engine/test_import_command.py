"""The commands import and export, as people and programs use them."""

import csv
import json

import pytest

from kedang.areas.customers.models import Customer
from kedang.engine.identity.models import Membership, Role, User
from kedang.kernel import ids
from kedang.project.cli import main

MAPPING = '[columns]\nexternal_no = "no"\nname = "name"\ntype_key = { const = "individual" }\n'


@pytest.fixture
def root(world):
    user = User.objects.create_user("root", "correct horse", name="管理员", unit=world.company, language="en")
    Membership.objects.create(user=user, role=Role.objects.get(key="administrator"))
    return user


@pytest.fixture
def files(tmp_path):
    (tmp_path / "m.toml").write_text(MAPPING)
    (tmp_path / "rows.csv").write_text("no,name\nN1,王小明\nN2,李小红\nN3,\n", "utf-8")
    return tmp_path


def run(capsys, *words):
    code = main([*map(str, words), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_import_answers_with_counts_and_the_refused_rows(root, files, capsys):
    code, answer = run(capsys, "import", "customers", files / "rows.csv", "--mapping", files / "m.toml",
                       "--errors", files / "bad.xlsx")  # fmt: skip
    assert (code, answer["created"], answer["refused"], answer["dry_run"]) == (0, 2, 1, False)
    assert [(problem["row"], problem["field"]) for problem in answer["problems"]] == [(4, "name")]
    assert (files / "bad.xlsx").stat().st_size > 0
    assert Customer.objects.unscoped(because="test").get(external_no="N1").owner_id == root.pk


def test_a_rehearsal_tells_each_row_and_writes_none(root, files, capsys):
    words = ("import", "customers", files / "rows.csv", "--mapping", files / "m.toml")
    code, answer = run(capsys, *words, "--dry-run")
    assert (code, answer["run"], answer["created"]) == (0, None, 2)
    assert [row["outcome"] for row in answer["outcomes"]] == ["created", "created", "refused"]
    assert not Customer.objects.unscoped(because="test").filter(external_no="N1").exists()


def test_an_import_is_taken_back_by_its_id(root, files, capsys):
    _code, answer = run(capsys, "import", "customers", files / "rows.csv", "--mapping", files / "m.toml")
    code, undone = run(capsys, "import", "--undo", answer["run"])
    assert (code, undone["archived"], undone["left"]) == (0, 2, 0)
    code, again = run(capsys, "import", "--undo", answer["run"])
    assert (code, again["code"]) == (1, "rule_broken")


FIRMS = """no,name,phone
N1,红光一酒业（北京）有限公司,010-66660001
N2,青山仪器厂,010-66660002
"""
FIRM = """[columns]
external_no = "no"
name = "name"
phone = "phone"
type_key = { const = "enterprise" }
country = { const = "CN" }
"""


@pytest.fixture
def firms(files):
    """Two rows, of which one is li's customer in another spelling."""
    (files / "firms.csv").write_text(FIRMS, "utf-8")
    (files / "firm.toml").write_text(FIRM)
    return ("import", "customers", files / "firms.csv", "--mapping", files / "firm.toml")


def test_rows_like_a_customer_on_file_are_named_and_left_out_where_asked_for(world, root, firms, capsys):
    mine = world.records["customers.customer"]["li"]
    code, answer = run(capsys, *firms, "--dry-run", "--duplicates", "skip")
    assert (code, answer["created"], answer["skipped"], answer["alike"]) == (0, 1, 1, 1)
    [told] = answer["suspected"]
    assert (told["row"], told["done"]) == (2, "skip")
    assert [(one["id"], one["title"]) for one in told["like"]] == [(ids.show(mine.pk), mine.name)]
    assert told["like"][0]["why"]
    assert main([*map(str, firms), "--duplicates", "skip"]) == 0
    said = capsys.readouterr().out
    assert f"row 2: {mine.name} ({ids.show(mine.pk)})" in said
    assert "left out" in said
    stored = Customer.objects.unscoped(because="test").filter(external_no__in=("N1", "N2"))
    assert list(stored.values_list("name", flat=True)) == ["青山仪器厂"]


def test_a_row_like_a_customer_on_file_is_filed_or_filled_in_as_was_answered(world, root, firms, capsys):
    mine = world.records["customers.customer"]["li"]
    code, answer = run(capsys, *firms, "--duplicates", "skip", "--answer", f"2={ids.show(mine.pk)}")
    assert (code, answer["created"], answer["updated"], answer["skipped"]) == (0, 1, 1, 0)
    filled = Customer.objects.unscoped(because="test").get(pk=mine.pk)
    assert (filled.external_no, filled.owner_id) == ("N1", mine.owner_id)
    code, answer = run(capsys, "import", "--undo", answer["run"])
    assert (code, answer["archived"], answer["reverted"]) == (0, 1, 1)
    code, answer = run(capsys, *firms, "--duplicates", "create", "--fresh")
    assert (code, answer["created"], answer["alike"], answer["suspected"][0]["done"]) == (0, 2, 1, "create")


@pytest.mark.parametrize("said", ["2", "x=skip", "2=perhaps"])
def test_an_answer_that_is_none_is_refused_before_anything_is_read(root, firms, capsys, said):
    code, answer = run(capsys, *firms, "--duplicates", "skip", "--answer", said)
    assert (code, answer["code"]) == (1, "invalid")
    assert run(capsys, *firms, "--answer", "2=skip")[1]["code"] == "invalid"


@pytest.mark.parametrize(
    ("content", "mapping", "code"),
    [("no\n\x00\n", MAPPING, "file_refused"), ("no,name\n1,a\n", "[columns]\nname = 'Nom'", "invalid")],
)
def test_what_is_refused_says_why_and_ends_with_1(root, files, capsys, content, mapping, code):
    (files / "rows.csv").write_text(content)
    (files / "m.toml").write_text(mapping)
    found, answer = run(capsys, "import", "customers", files / "rows.csv", "--mapping", files / "m.toml")
    assert (found, answer["done"], answer["code"]) == (1, False, code)


def test_an_unknown_record_type_names_those_there_are(root, files, capsys):
    code, answer = run(capsys, "import", "cats", files / "rows.csv")
    assert (code, answer["code"]) == (1, "not_found")
    assert "customers" in answer["detail"]


def test_an_import_in_which_every_row_is_refused_has_failed(root, files, capsys):
    (files / "rows.csv").write_text("no,name\nN3,\n")
    code, answer = run(capsys, "import", "customers", files / "rows.csv", "--mapping", files / "m.toml")
    assert (code, answer["refused"]) == (1, 1)


def test_export_writes_the_file_and_says_how_many_rows(root, files, capsys):
    out = files / "out.csv"
    code, answer = run(capsys, "export", "customers", out, "--fields", "name,phone")
    rows = list(csv.reader(out.read_text("utf-8-sig").splitlines()))
    assert (code, answer["rows"], len(rows[0]), len(rows)) == (0, 3, 3, 4)
    assert [path.name for path in files.glob(".export-*")] == []
    assert run(capsys, "export", "customers", files / "out.pdf")[0] == 1
