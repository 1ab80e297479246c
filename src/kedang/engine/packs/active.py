"""The packs in force, merged: what every room asks for types, levels, choices, numbers and settings."""

from collections.abc import Mapping
from functools import cache

from django.utils.translation import get_language

from kedang.engine.identity.stamps import Remembered
from kedang.engine.packs import lists
from kedang.engine.packs.models import InstalledPack
from kedang.engine.packs.script import traditional
from kedang.packs.merge import merge
from kedang.packs.schema import CustomerType, Level, NumberRule, Pack
from kedang.packs.words import Choice, Text, Value


class Active:
    """The merged pack with its lists ready to be asked, in the reader's language."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self._labels: dict[tuple[str, str], dict[str, str]] = {}

    def labels(self, name: str) -> Mapping[str, str]:
        """Return key → label of a list, retired values included, in the current language."""
        language = get_language() or "zh-hans"
        if name.startswith(lists.PREFIX):
            return {choice.key: said(choice.label, language) for choice in lists.own(name)}
        found = self._labels.get((name, language))
        if found is None:
            found = {choice.key: said(choice.label, language) for choice in self.pack.choices(name)}
            self._labels[name, language] = found
        return found

    def label(self, name: str, key: str) -> str:
        """Return the label of one value; a value no pack knows any more is shown as it is."""
        return self.labels(name).get(key, key)

    def choices(self, name: str) -> list[tuple[str, str]]:
        """Return the values a new record may take, with their labels, in order."""
        labels = self.labels(name)
        known = lists.own(name) if name.startswith(lists.PREFIX) else self.pack.choices(name)
        return [(choice.key, labels[choice.key]) for choice in known if not choice.retired]

    def choice(self, name: str, key: str) -> Choice | None:
        """Return one entry of a list."""
        return next((choice for choice in self.pack.choices(name) if choice.key == key), None)

    def customer_type(self, key: str) -> CustomerType | None:
        """Return one customer type."""
        return next((entry for entry in self.pack.customer_type if entry.key == key), None)

    def level(self, key: str) -> Level | None:
        """Return one level."""
        return next((entry for entry in self.pack.level if entry.key == key), None)

    def number_rule(self, record: str) -> NumberRule | None:
        """Return how records of a type are numbered."""
        return self.pack.number_rule_of(record)

    def setting(self, key: str) -> Value:
        """Return a setting's value; raise PackError for a name that is none."""
        return self.pack.value_of(key)


@cache
def _converted(text: str) -> str:
    return traditional(text)


def said(label: Text, language: str) -> str:
    """Return a label in a language; 繁體 is converted from 简体 where the pack does not say it."""
    if language == "zh-hant" and label.zh_hant is None:
        return _converted(label.zh_hans)
    return label.said_in(language)


def _read() -> Active:
    layers = [Pack.model_validate(row.content) for row in InstalledPack.objects.all()]
    if not layers:
        return Active(Pack(key="none", label=Text(zh_hans="未安装", en="None")))
    return Active(merge(*layers))


active: Remembered[Active] = Remembered("packs", _read)
