"""Reading a pack folder: what is accepted, and how a refusal names file and key."""

from decimal import Decimal

import pytest

from kedang.kernel.errors import PackError
from kedang.packs.loader import load, resolve
from kedang.packs.schema import Pack


def refusal(folder) -> str:
    with pytest.raises(PackError) as refused:
        load(folder)
    return refused.value.text


def test_a_folder_of_files_is_one_pack(written):
    pack = load(
        written(
            a='[[word]]\nkey = "customers.customer"\nlabel = "会员"\n',
            b='[[word]]\nkey = "trade.order"\nlabel = { zh_hans = "消费", en = "Visit" }\n',
        )
    )
    assert [(word.key, word.label.zh_hans) for word in pack.word] == [
        ("customers.customer", "会员"),
        ("trade.order", "消费"),
    ]


def test_a_fraction_is_exact(written):
    pack = load(written(a='[[setting]]\nkey = "x.y"\nlabel = "率"\ntype = "number"\nvalue = 0.1\n'))
    assert pack.value_of("x.y") == Decimal("0.1")


def test_a_wrong_value_is_named_by_file_and_key(written):
    grant = 'grants = [{{ record = "a.b", span = "{}", actions = ["view"] }}]'
    role = f'[[role]]\nkey = "{{}}"\nlabel = "甲"\n{grant}\n'
    said = refusal(
        written(a=role.format("one", "own"), roles=role.format("two", "all") + role.format("three", "most"))
    )
    assert said.startswith("trial/roles.toml: role.1.grants.0.span: Input should be 'none', 'own'")
    assert said.endswith("(in three)")


def test_an_unknown_key_is_refused(written):
    said = refusal(written(a='[[word]]\nkey = "a"\nlabel = "甲"\ncolour = "red"\n'))
    assert said == "trial/a.toml: word.0.colour: Extra inputs are not permitted (in a)"


def test_an_unknown_kind_is_refused(written):
    assert (
        refusal(written(a='[[script]]\nkey = "a"\n'))
        == "trial/a.toml: script: Extra inputs are not permitted"
    )


def test_a_table_where_a_list_is_meant_is_refused(written):
    assert refusal(written(a='[role]\nkey = "a"\n')).startswith(
        "trial/a.toml: role: Input should be a valid tuple"
    )


def test_a_missing_key_is_refused(written):
    assert refusal(written(pack='label = "甲"\n')) == "trial: key: Field required"


def test_all_problems_are_kept(written):
    with pytest.raises(PackError) as refused:
        load(written(a='[[word]]\nkey = "A"\nlabel = ""\n'))
    assert refused.value.text.endswith("(and 1 more)")
    assert len(refused.value.data["problems"]) == 2


def test_a_key_set_in_two_files_is_refused(written):
    assert refusal(written(z='label = "乙"\n')) == "trial/z.toml: label: already said in pack.toml"


def test_the_same_entry_in_two_files_is_refused(written):
    word = '[[word]]\nkey = "a"\nlabel = "甲"\n'
    assert refusal(written(a=word, b=word)) == "trial: word: said twice: a"


@pytest.mark.parametrize(
    "text", ["key = ", "[[word]\n", "\x00", "a = " + "[" * 5_000, 'key = "a"\nkey = "b"']
)
def test_what_is_not_toml_is_refused(written, text):
    assert refusal(written(a=text)).startswith("trial/a.toml: is not TOML")


def test_bytes_that_are_no_text_are_refused(written):
    folder = written()
    (folder / "a.toml").write_bytes("label = '客户'".encode("gb18030"))
    assert refusal(folder).startswith("trial/a.toml: is not TOML")


def test_a_link_out_of_the_folder_is_refused(written, tmp_path):
    folder = written()
    secret = tmp_path / "secret"
    secret.write_text("password", "utf-8")
    (folder / "a.toml").symlink_to(secret)
    assert refusal(folder) == "trial/a.toml: is not a plain file"


def test_a_huge_file_is_refused(written):
    assert "larger than" in refusal(written(a="#" * 1_000_001))


def test_an_empty_folder_is_no_pack(tmp_path):
    assert "no pack here" in refusal(tmp_path)


def _packs(**extends: tuple[str, ...]) -> dict[str, Pack]:
    return {
        key: Pack.model_validate({"key": key, "label": key, "extends": bases})
        for key, bases in extends.items()
    }


def test_a_circle_is_refused_and_shown():
    with pytest.raises(PackError, match="in a circle: a → b → c → a"):
        resolve(["a"], _packs(a=("b",), b=("c",), c=("a",)))


def test_a_pack_may_not_extend_itself():
    with pytest.raises(PackError, match="a → a"):
        resolve(["a"], _packs(a=("a",)))


def test_an_unknown_pack_is_refused():
    with pytest.raises(PackError, match="no such pack: x, which a extends"):
        resolve(["a"], _packs(a=("x",)))


def test_a_base_shared_by_two_packs_is_laid_once_and_first():
    def pack(key, *bases, label):
        return Pack.model_validate(
            {"key": key, "label": key, "extends": bases, "word": [{"key": "w", "label": label}]}
        )

    packs = {
        p.key: p
        for p in (pack("base", label="基"), pack("a", "base", label="甲"), pack("b", "base", label="乙"))
    }
    assert resolve(["b", "a"], packs).word[0].label.zh_hans == "甲"
    assert resolve(["a", "b"], packs).word[0].label.zh_hans == "乙"
    assert resolve(["a", "base"], packs).word[0].label.zh_hans == "甲"


def test_no_pack_at_all_is_refused():
    with pytest.raises(PackError):
        resolve([])
