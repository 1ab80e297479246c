"""Duplicates over a whole stock: precision and recall by kind of slip, on three seeds, beside splink if installed."""

import time
from importlib.util import find_spec
from typing import Any

from kedang.kernel import blocking, likeness
from kedang.kernel.likeness import Card
from kedang.project.bench import _doubles
from kedang.project.bench._measure import machine

SIZE = 100_000
SEEDS = (1, 2, 3)
BUDGET_F1 = 0.95
SPLINK_SURE = 0.9


def run(size: int = 0) -> dict[str, Any]:
    """Return what was found in `size` files for each seed; within means the worst F1 is and splink is no faster."""
    count = size or SIZE
    seeds = [measured(seed, count) for seed in SEEDS]
    worst = min(seeds, key=lambda found: found["f1"])
    rival = _splink(_doubles.make(SEEDS[0], count)) if find_spec("splink") else None
    return {
        "files": count, "machine": machine(), "worst_f1": worst["f1"],
        "seeds": seeds, "splink": rival or "not installed (extra: duplicates)",
        "within": worst["f1"] >= BUDGET_F1 and (rival is None or seeds[0]["seconds"] <= rival["seconds"]),
    }  # fmt: skip


def measured(seed: int, size: int) -> dict[str, Any]:
    """Return precision, recall and F1 of our rules on one seed, and the recall of each kind of slip."""
    made = _doubles.make(seed, size)
    began = time.perf_counter()
    found = set(blocking.pairs(made.cards))
    seconds = time.perf_counter() - began
    kinds = {}
    for kind in _doubles.KINDS:
        truly = {pair for pair, slips in made.pairs.items() if kind in slips}
        kinds[kind] = {"pairs": len(truly), "recall": round(len(truly & found) / max(1, len(truly)), 4)}
    return {"seed": seed, **_scores(found, set(made.pairs)), "seconds": round(seconds, 2), "kinds": kinds}


def _scores(found: set[tuple[int, int]], truly: set[tuple[int, int]]) -> dict[str, float]:
    hits = len(found & truly)
    precision, recall = hits / max(1, len(found)), hits / max(1, len(truly))
    f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def _splink(made: _doubles.Doubles) -> dict[str, Any]:
    """Let splink find the same pairs, from the same keys. Its seconds begin when it has the table with the keys that
    our rules read out of names and addresses; what the reading takes is told beside them, and ours counts it.
    """
    import pandas as pd  # type: ignore[import-untyped]  # noqa: PLC0415  of the extra
    import splink.comparison_library as cl  # noqa: PLC0415
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on  # noqa: PLC0415

    began = time.perf_counter()
    keys = [_keys(card) for card in made.cards]
    keys_seconds = time.perf_counter() - began
    table = pd.DataFrame([_row(card) | own for card, own in zip(made.cards, keys, strict=True)])
    began = time.perf_counter()
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("name", [0.92, 0.8]), cl.ExactMatch("trade"), cl.ExactMatch("region"),
            cl.LevenshteinAtThresholds("phone", [1]), cl.LevenshteinAtThresholds("code", [1]),
            cl.ExactMatch("address"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("sound"), block_on("phone"), block_on("code"), block_on("address"),
        ],
    )  # fmt: skip
    linker: Any = Linker(DuckDBAPI().register(table), settings)
    training = linker.training
    training.estimate_probability_two_random_records_match([block_on("phone"), block_on("code")], recall=0.7)
    training.estimate_u_using_random_sampling(max_pairs=1e6)
    training.estimate_parameters_using_expectation_maximisation(block_on("phone"))
    training.estimate_parameters_using_expectation_maximisation(block_on("sound"))
    pairs = linker.inference.predict(threshold_match_probability=SPLINK_SURE).as_pandas_dataframe()
    found = {(min(a, b), max(a, b)) for a, b in zip(pairs["unique_id_l"], pairs["unique_id_r"], strict=True)}
    seconds = time.perf_counter() - began
    return {
        **_scores(found, set(made.pairs)),
        "seconds": round(seconds, 2),
        "keys_seconds": round(keys_seconds, 2),
    }


def _keys(card: Card) -> dict[str, str | None]:
    return {
        "sound": likeness.sound_key(card.name) or None,
        "trade": likeness.trade_key(card.name) or None,
        "address": likeness.address_key(card.address) or None,
    }


def _row(card: Card) -> dict[str, Any]:
    return {
        "unique_id": card.pk, "name": card.name, "region": card.region[:4] or None, "phone": card.phone or None,
        "code": card.code or None,
    }  # fmt: skip
