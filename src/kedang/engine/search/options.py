"""Which options of a list a word means. Documents hold the key of an option alone, so that whoever gives it another
label has given it to the search too; the words are compared with the labels there are, in every language.
"""

from functools import lru_cache

from kedang.engine.packs import lists
from kedang.engine.packs.active import active
from kedang.engine.search import asking
from kedang.engine.search.terms import Node, Term, answers, some
from kedang.engine.search.tokens import tokens_of


def meant(choice_list: str, word: str) -> Node:
    """Return what finds the records that hold an option with this word in its label."""
    asked = asking.wanted("name", word)
    known = (
        lists.own(choice_list) if choice_list.startswith(lists.PREFIX) else active().pack.choices(choice_list)
    )
    labels = {one.key: one.label for one in known}
    return some(
        Term("=" + key)
        for key, label in labels.items()
        if any(answers(_tokens(said), asked) for said in (label.zh_hans, label.zh_hant, label.en) if said)
    )  # fmt: skip


@lru_cache(maxsize=5_000)
def _tokens(label: str) -> frozenset[str]:
    return frozenset(tokens_of("name", label))
