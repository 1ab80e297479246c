"""What is asked of an index, and how each database writes it. Tokens hold no sign that either of them reads."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TypeAlias

SAFE = re.compile(r"[^\w=<>^#.@+\-]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Term:
    """One token, or with `begins` every token that begins so."""

    token: str
    begins: bool = False


@dataclass(frozen=True, slots=True)
class All:
    """Documents that hold every part."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """Documents that hold one part or more; without parts there are none."""

    parts: tuple["Node", ...]


Node: TypeAlias = "Term | All | Some"
NOTHING = Some(())
ANYTHING = All(())


def every(parts: Iterable[Node]) -> Node:
    """Return what holds every part; nothing holds a part that nothing holds."""
    found = tuple(dict.fromkeys(parts))
    if NOTHING in found:
        return NOTHING
    return found[0] if len(found) == 1 else All(found)


def some(parts: Iterable[Node]) -> Node:
    """Return what holds one of the parts."""
    found = tuple(part for part in dict.fromkeys(parts) if part != NOTHING)
    return found[0] if len(found) == 1 else Some(found)


def coded(code: str, node: Node) -> Node:
    """Return the same question asked of one field only: its tokens begin with the field's code."""
    if isinstance(node, Term):
        return Term(code + node.token, node.begins)
    return type(node)(tuple(coded(code, part) for part in node.parts))


def answers(tokens: Collection[str], node: Node) -> bool:
    """Say whether a document of these tokens is one that a question finds."""
    if isinstance(node, Term):
        return node.token in tokens or (node.begins and any(one.startswith(node.token) for one in tokens))
    return (all if isinstance(node, All) else any)(answers(tokens, part) for part in node.parts)


def clean(token: str) -> str:
    """Return a token without any ASCII sign that is not one of ours."""
    return "".join(letter for letter in token if not letter.isascii() or not SAFE.match(letter))


def to_fts5(node: Node) -> str:
    """Write a question for SQLite's FTS5."""
    if isinstance(node, Term):
        return f'"{clean(node.token)}"' + (" *" if node.begins else "")
    return "(" + (" AND " if isinstance(node, All) else " OR ").join(map(to_fts5, node.parts)) + ")"


def to_tsquery(node: Node) -> str:
    """Write a question as PostgreSQL reads a tsquery."""
    if isinstance(node, Term):
        return f"'{clean(node.token)}'" + (":*" if node.begins else "")
    return "(" + (" & " if isinstance(node, All) else " | ").join(map(to_tsquery, node.parts)) + ")"
