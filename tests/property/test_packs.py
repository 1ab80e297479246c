"""Laws of packs: laying over one another, planning, storing."""

from hypothesis import given
from hypothesis import strategies as st

from kedang.packs.merge import merge
from kedang.packs.plan import What, carry, plan
from kedang.packs.schema import KINDS, Pack

KEYS = st.sampled_from(["a", "b", "c", "d"])
LABELS = st.sampled_from(["甲", "乙", "丙"]) | st.fixed_dictionaries(
    {"zh_hans": st.just("丁"), "en": st.just("D")}
)
FLAGS = st.booleans()


def _distinct(entries: st.SearchStrategy, most: int = 3, least: int = 0) -> st.SearchStrategy[list]:
    return st.lists(entries, min_size=least, max_size=most, unique_by=lambda entry: entry["key"])


CHOICES = st.fixed_dictionaries({"key": KEYS, "label": LABELS, "retired": FLAGS})
TYPES = st.fixed_dictionaries(
    {"key": KEYS, "label": LABELS, "code": st.sampled_from("ABC"), "is_person": FLAGS, "retired": FLAGS}
)
LISTS = st.fixed_dictionaries(
    {"key": KEYS, "label": LABELS, "choices": _distinct(CHOICES, least=1), "retired": FLAGS}
)
FIELDS = st.fixed_dictionaries(
    {
        "key": KEYS,
        "record": st.just("customers.customer"),
        "type": st.just("number"),
        "label": LABELS,
        "default": st.none() | st.decimals(-9, 9, places=2),
        "retired": FLAGS,
    }
)
GRANTS = st.fixed_dictionaries(
    {
        "record": st.sampled_from(["x.a", "x.b"]),
        "span": st.sampled_from(["own", "all"]),
        "actions": st.lists(st.sampled_from(["view", "change"]), min_size=1, unique=True),
    }
)
ROLES = st.fixed_dictionaries(
    {
        "key": KEYS,
        "label": LABELS,
        "grants": st.lists(GRANTS, max_size=2, unique_by=lambda grant: grant["record"]),
        "limits": st.fixed_dictionaries({"export_rows": st.integers(0, 3) | st.just("unlimited")}),
    }
)
SETTINGS = st.fixed_dictionaries(
    {"key": KEYS, "label": LABELS, "type": st.just("integer"), "value": st.integers(0, 3)}
)
PACKS = st.fixed_dictionaries(
    {
        "key": KEYS,
        "label": LABELS,
        "extends": st.lists(KEYS, max_size=2, unique=True),
        "customer_type": _distinct(TYPES),
        "choice_list": _distinct(LISTS),
        "field": _distinct(FIELDS),
        "role": _distinct(ROLES),
        "setting": _distinct(SETTINGS),
    }
).map(Pack.model_validate)
USAGE = st.dictionaries(
    st.tuples(st.sampled_from(["customer_type", "role"]), KEYS)
    | st.tuples(st.just("choice"), st.tuples(KEYS, KEYS).map(".".join)),
    st.integers(0, 3),
)


@given(PACKS, PACKS, PACKS)
def test_it_does_not_matter_which_layers_are_joined_first(one, two, three):
    assert merge(merge(one, two), three) == merge(one, merge(two, three)) == merge(one, two, three)


@given(PACKS, PACKS)
def test_a_layer_laid_twice_is_laid_once(one, two):
    assert merge(one, one) == one
    assert merge(merge(one, two), two) == merge(one, two)


@given(PACKS, PACKS)
def test_the_later_wins_and_nothing_else_is_lost(one, two):
    both = merge(one, two)
    for kind in KINDS:
        assert {e.ref for e in both.of(kind)} == {e.ref for e in (*one.of(kind), *two.of(kind))}
        for entry in both.of(kind):
            assert entry == (two.find(kind, entry.ref) or one.find(kind, entry.ref))


@given(PACKS, USAGE)
def test_the_plan_of_what_is_installed_is_empty(pack, usage):
    steps = plan(pack, pack, usage)
    assert steps.empty
    assert steps.possible


@given(PACKS, PACKS, USAGE)
def test_after_an_installation_nothing_is_left_to_install(before, wanted, usage):
    after = carry(before, wanted)
    assert plan(after, wanted, usage).empty
    assert plan(after, wanted, usage).possible
    assert carry(after, wanted) == after


@given(PACKS, PACKS)
def test_an_installation_loses_nothing(before, wanted):
    after = carry(before, wanted)
    for kind, entry in before.entries():
        kept = after.find(kind, entry.ref)
        assert kept is not None
        assert kept.retired or wanted.find(kind, entry.ref) is not None
    for kind, entry in wanted.entries():
        assert after.find(kind, entry.ref).label == entry.label


@given(PACKS, PACKS)
def test_a_plan_names_each_entry_once_and_tells_what_differs(before, wanted):
    changes = plan(before, wanted).changes
    assert len({(change.kind, change.key) for change in changes}) == len(changes)
    for change in changes:
        known = before.find(change.kind, change.key) is not None
        assert known is (change.what is not What.ADDED)
        assert change.differences


@given(PACKS, PACKS, USAGE)
def test_what_stands_in_the_way_is_in_use(before, wanted, usage):
    for block in plan(before, wanted, usage).blocked:
        assert block.records == usage[block.kind, block.key] > 0
    assert plan(before, wanted).possible


@given(PACKS)
def test_a_stored_pack_is_the_pack(pack):
    assert Pack.model_validate_json(pack.model_dump_json()) == pack
