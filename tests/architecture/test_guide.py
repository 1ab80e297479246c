"""The guide and its pictures belong together: none is missing, none lies about unused, none weighs too much."""

import re
import tomllib
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
PICTURES = DOCS / "pictures"
NAMED = re.compile(r"pictures/([a-z0-9-]+\.png)")
MARKS = {"zh-hans": "", "zh-hant": "-hant", "en": "-en"}


def named() -> set[str]:
    """Return the pictures that some page of the documentation shows."""
    pages = [*DOCS.rglob("*.md"), *DOCS.parent.glob("*.md")]
    return {name for page in pages for name in NAMED.findall(page.read_text("utf-8"))}


def listed() -> set[str]:
    """Return the pictures that docs/screens.toml asks for."""
    return {
        f"{screen['name']}{MARKS[language]}-{width}.png"
        for screen in tomllib.loads((DOCS / "screens.toml").read_text("utf-8"))["screen"]
        for language in screen.get("languages", ["zh-hans"])
        for width in screen.get("widths", (1440, 390))
    }


def test_every_picture_is_shown_listed_and_there() -> None:
    there = {path.name for path in PICTURES.iterdir()}
    assert sorted(named() - there) == []
    assert sorted(there - named()) == []
    assert sorted(there ^ listed()) == []


def test_every_page_of_the_guide_is_reached_and_leads_somewhere() -> None:
    guide = DOCS / "guide"
    links = {
        (page.parent / target).resolve()
        for page in guide.glob("*.md")
        for target in re.findall(r"\]\(([^)#:]+\.md)\)", page.read_text("utf-8"))
    }
    assert sorted(str(path) for path in links if not path.exists()) == []
    assert sorted(page.name for page in set(guide.resolve().glob("*.md")) - links) == []


def test_pictures_are_light() -> None:
    sizes = {path.name: path.stat().st_size for path in PICTURES.iterdir()}
    assert {name: size for name, size in sizes.items() if size > 400_000} == {}
    assert sum(sizes.values()) <= 12_000_000
