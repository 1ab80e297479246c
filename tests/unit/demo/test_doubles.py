"""The search for duplicates on a smaller stock than the benchmark's, with bounds that can fail."""

import pytest

from kedang.project.bench import _doubles
from kedang.project.bench.duplicates import measured

SIZE = 3_000


def test_the_error_model_makes_the_same_files_for_the_same_seed():
    one, other = _doubles.make(7, 400), _doubles.make(7, 400)
    assert one.cards == other.cards
    assert one.pairs == other.pairs
    assert _doubles.make(8, 400).cards != one.cards
    assert len(one.cards) == 400
    assert all(len(slips) >= 1 for slips in one.pairs.values())
    assert {kind for slips in one.pairs.values() for kind in slips} == set(_doubles.KINDS)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_doubles_are_found_and_decoys_are_not(seed):
    found = measured(seed, SIZE)
    assert found["f1"] >= 0.95, found
    assert found["precision"] >= 0.97, found
    assert min(kind["recall"] for kind in found["kinds"].values()) >= 0.85, found
