"""Mappings: what they may say, and which key is wrong when they say something else."""

import pytest

from kedang.engine.exchange.mapping import read_mapping
from kedang.kernel.errors import Invalid

HEADERS = ("id", "date", "amount", "等级")


def taken(toml, cells, line=7):
    fields, lines = read_mapping(toml).getters(HEADERS)
    return {name: take(cells, line) for name, take in {**fields, **lines}.items()}


def wrong_keys(toml):
    with pytest.raises(Invalid) as caught:
        read_mapping(toml).getters(HEADERS)
    return {problem.field for problem in caught.value.problems}


def test_a_field_comes_from_a_column_a_constant_or_a_template():
    toml = """
        [columns]
        ordered_on = "date"
        kind = { const = "individual" }
        quantity = { const = 1 }
        name = { template = "CDNOW {id}" }
        number = { template = "CDNOW-{line}" }
        level = { column = "等级", values = { "VIP" = "gold" }, default = "silver" }
    """
    assert taken(toml, ["00001", "19970101", "11.77", "VIP"]) == {
        "ordered_on": "19970101", "kind": "individual", "quantity": "1", "name": "CDNOW 00001",
        "number": "CDNOW-7", "level": "gold",
    }  # fmt: skip
    assert taken(toml, ["1", "", "", ""])["level"] == "silver"


def test_a_template_whose_column_is_empty_says_nothing():
    assert taken('[columns]\nname = { template = "CDNOW {id}" }', [" ", "", "", ""]) == {"name": ""}


@pytest.mark.parametrize("place", ["{id.__class__}", "{id!r}", "{0}", "{}", "{id:>9999999}"])
def test_a_template_knows_columns_and_nothing_else(place):
    assert wrong_keys(f'[columns]\nname = {{ template = "x {place}" }}') == {"columns.name"}


@pytest.mark.parametrize(
    ("toml", "key"),
    [
        ('[columns]\nname = "Nom"', "columns.name"),
        ('unique = ["Nom"]\n[columns]\nname = "id"', "unique"),
        ('[columns]\nname = { col = "id" }', "columns.name.col"),
        ('[columns]\nname = { column = "id", const = "x" }', "columns.name"),
        ("[columns]\nname = 5", "columns.name"),
        ('[file]\nformat = "ods"\n[columns]\nname = "id"', "file.format"),
        ('[file]\nencoding = "utf-7"\n[columns]\nname = "id"', "file.encoding"),
        ('[file]\npath = "../../etc/passwd"\n[columns]\nname = "id"', "file.path"),
        ('[file]\nskip_rows = -1\n[columns]\nname = "id"', "file.skip_rows"),
        ('include = "../other.toml"\n[columns]\nname = "id"', "include"),
        ('mode = "all"\n[columns]\nname = "id"', "mode"),
        ('[columns]\nname = { template = "{id" }', "columns.name.template"),
        ("", "columns"),
    ],
)
def test_an_error_names_the_key(toml, key):
    assert key in wrong_keys(toml)


def test_every_wrong_key_is_told_at_once():
    assert wrong_keys('mode = "x"\n[file]\nheader = "yes"\n[columns]\nname = {}') == {
        "mode", "file.header", "columns.name",
    }  # fmt: skip


def test_what_is_not_toml_is_refused():
    with pytest.raises(Invalid):
        read_mapping("[columns")


def test_a_mapping_is_stored_as_data_and_read_again():
    first = read_mapping(
        'unique = ["id"]\n[file]\nformat = "columns"\n[columns]\nname = { template = "C {id}" }'
    )
    assert read_mapping(dict(first.stated)) == first


def test_usual_names_of_encodings_are_known():
    assert read_mapping('[file]\nencoding = "GBK"\n[columns]\nname = "id"').file.encoding == "gb18030"


def test_a_mapping_of_unusual_size_is_refused(tmp_path):
    path = tmp_path / "m.toml"
    path.write_text("#" * 300_000)
    with pytest.raises(Invalid):
        read_mapping(path)
