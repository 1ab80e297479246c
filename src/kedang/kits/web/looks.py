"""How the values of a choice look: a tier with its shape, or a pill with a tone. Words come from the pack.

The pack says what a value is (its `kind`, its `shape`), and that decides the look; an area may describe a field
itself. A value nobody described is a plain grey pill.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kedang.engine.packs.active import Active, active
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RecordType

SHAPES = ("dia", "gld", "slv", "mbr")
TONES = ("crit", "high", "mid", "low", "good", "acc", "line", "")
TONE_OF_KIND = {
    "adverse": "crit", "lost": "crit", "refused": "crit", "stopped": "high", "pending": "high", "dormant": "mid",
    "neutral": "mid", "supportive": "good", "prospect": "acc", "in_force": "acc",
}  # fmt: skip
SEEN_IN_LISTS = frozenset({"crit", "high", "mid", "good"})


@dataclass(frozen=True, slots=True)
class Look:
    """What the values of one field look like: value to shape, or value to tone."""

    tiers: Mapping[str, str] = field(default_factory=dict)
    tones: Mapping[str, str] = field(default_factory=dict)


PLAIN = Look()
LOOKS: dict[tuple[str, str], Look] = {}


def describe(
    record: str, name: str, *, tiers: Mapping[str, str] | None = None, tones: Mapping[str, str] | None = None
) -> Look:
    """Say how the values of a field look; an unknown shape or tone fails at start."""
    look = Look(tiers or {}, tones or {})
    if unknown := {*look.tiers.values()} - {*SHAPES} | {*look.tones.values()} - {*TONES}:
        raise ValueError(f"{record}.{name}: no such look: {', '.join(sorted(unknown))}")
    LOOKS[record, name] = look
    return look


def look_of(kind: RecordType, spec: FieldSpec) -> Look:
    """Return how the values of a field look: as an area described it, else by the shapes its pack gives."""
    described = LOOKS.get((kind.key, spec.name))
    if described is not None or not spec.choice_list:
        return described or PLAIN
    packs = active()
    return _looks(packs).get(spec.choice_list) or _read(packs, spec.choice_list)


_known: tuple[Active | None, dict[str, Look]] = (None, {})


def _looks(packs: Active) -> dict[str, Look]:
    global _known  # noqa: PLW0603  the looks of the packs in force, read once for each state of them
    if _known[0] is not packs:
        _known = (packs, {})
    return _known[1]


def _read(packs: Active, name: str) -> Look:
    choices = packs.pack.choices(name)
    shapes = {choice.key: getattr(choice, "shape", "") for choice in choices}
    tones = {choice.key: TONE_OF_KIND.get(getattr(choice, "kind", None) or "", "") for choice in choices}
    look = Look({key: shape for key, shape in shapes.items() if shape}, tones)
    _looks(packs)[name] = look
    return look


@cache
def sprite() -> str:
    """Return the address of the signs: looked up once, not once a sign."""
    return static("web/icons.svg")


@lru_cache(maxsize=500)
def tier(shape: str, text: str, *, tag: bool = False) -> SafeString:
    """Draw a tier: its own shape, its word, its colour."""
    return format_html(
        '<span class="tier{} {}"><svg viewBox="0 0 14 14" aria-hidden="true"><use href="{}#i-{}"/></svg>{}</span>',
        " tag" if tag else "", shape, sprite(), shape, text,
    )  # fmt: skip


@lru_cache(maxsize=500)
def pill(tone: str, text: str) -> SafeString:
    """Draw a state: a word with a tone."""
    return format_html('<span class="pill{}">{}</span>', f" {tone}" if tone else "", text)


def in_list(look: Look, value: str, text: str) -> SafeString | str:
    """Draw a choice in a row: a tier keeps its shape, a state that needs attention its pill, the rest is text."""
    if value in look.tiers:
        return tier(look.tiers[value], text)
    return pill(look.tones[value], text) if look.tones.get(value) in SEEN_IN_LISTS else text


def in_head(look: Look, value: str, text: str) -> SafeString:
    """Draw a choice beside a title."""
    return (
        tier(look.tiers[value], text, tag=True)
        if value in look.tiers
        else pill(look.tones.get(value, ""), text)
    )
