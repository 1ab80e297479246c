"""Read the text of a condition: a tokenizer and one function for each line of the grammar."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NoReturn

from kedang.kernel.errors import PackError
from kedang.kernel.expr.tree import (
    LISTED,
    ORDERED,
    All,
    Among,
    Compare,
    Either,
    Missing,
    Node,
    Not,
    Op,
    Value,
    kind_of,
)

MAX_LENGTH = 1_000
MAX_DEPTH = 12
MAX_TESTS = 50
MAX_LISTED = 100
MAX_DIGITS = 18

NAME = r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*"
TOKEN = re.compile(
    rf"""\s*(?:
      (?P<date>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?![\w.-]))
    | (?P<number>-?[0-9]+(?:\.[0-9]+)?(?![\w.]))
    | (?P<text>'(?:[^'\\]|\\['"\\])*'|"(?:[^"\\]|\\['"\\])*")
    | (?P<word>(?:{NAME}|None|True|False)(?!\w))
    | (?P<sign>==|!=|<=|>=|<|>|\(|\)|\[|\]|,)
    )""",
    re.VERBOSE,
)
WORDS = frozenset(
    {"and", "or", "not", "in", "is", "missing", "none", "None", "true", "True", "false", "False"}
)
TRUTH = {"true": True, "True": True, "false": False, "False": False}
COMPARING = {op.value: op for op in Op if op not in LISTED}


def parse(text: str) -> Node:
    """Read a condition into its tree, or raise PackError that says what is not allowed and where."""
    if len(text) > MAX_LENGTH:
        raise PackError(f"a condition is at most {MAX_LENGTH} characters long")
    return _Reader(text).condition()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


class _Reader:
    """Reads one condition, a token ahead."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(self._cut())
        self.next = 0
        self.tested = 0

    def condition(self) -> Node:
        node = self._either(0)
        if self._peek().kind != "end":
            self._refuse("not expected")
        return node

    def _cut(self) -> Iterator[_Token]:
        at, end = 0, len(self.text.rstrip())
        while at < end:
            found = TOKEN.match(self.text, at, end)
            if found is None or found.lastgroup is None:
                start = end - len(self.text[at:end].lstrip())
                raise PackError(f"not allowed in a condition: {self.text[start : start + 20]!r}", at=start)
            yield _Token(found.lastgroup, found[found.lastgroup], found.start(found.lastgroup))
            at = found.end()
        yield _Token("end", "", end)

    def _peek(self) -> _Token:
        return self.tokens[self.next]

    def _take(self, *texts: str) -> bool:
        token = self._peek()
        if token.kind in ("word", "sign") and token.text in texts:
            self.next += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._take(text):
            self._refuse(f"{text!r} expected")

    def _refuse(self, why: str) -> NoReturn:
        token = self._peek()
        raise PackError(
            f"not a condition: {why} at {token.text or 'the end'!r} in {self.text!r}", at=token.at
        )

    def _either(self, depth: int) -> Node:
        parts = [self._both(depth)]
        while self._take("or"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self, depth: int) -> Node:
        parts = [self._negation(depth)]
        while self._take("and"):
            parts.append(self._negation(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _negation(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise PackError(f"a condition nests at most {MAX_DEPTH} deep")
        if self._take("not"):
            return Not(self._negation(depth + 1))
        if self._take("("):
            inner = self._either(depth + 1)
            self._expect(")")
            return inner
        return self._test()

    def _test(self) -> Node:
        self.tested += 1
        if self.tested > MAX_TESTS:
            raise PackError(f"a condition makes at most {MAX_TESTS} tests")
        name = self._name()
        if self._take("is"):
            filled = self._take("not")
            if not self._take("missing", "None", "none"):
                self._refuse("'missing' expected")
            return Not(Missing(name)) if filled else Missing(name)
        if self._take("not"):
            self._expect("in")
            return Among(name, Op.NOT_IN, self._values())
        if self._take("in"):
            return Among(name, Op.IN, self._values())
        op = COMPARING.get(self._peek().text) if self._peek().kind == "sign" else None
        if op is None:
            self._refuse("a comparison expected")
        self.next += 1
        if op in ORDERED and self._peek().kind not in ("number", "date"):
            self._refuse(f"{op} compares numbers and dates only, not expected")
        value = self._value()
        return Compare(name, op, value)

    def _name(self) -> str:
        token = self._peek()
        if token.kind != "word" or token.text in WORDS:
            self._refuse("a name expected")
        self.next += 1
        return token.text

    def _values(self) -> tuple[Value, ...]:
        if not self._take("["):
            self._refuse("a list in [ ] expected")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._expect("]")
        if len(values) > MAX_LISTED:
            raise PackError(f"a condition lists at most {MAX_LISTED} values")
        if len({kind_of(value) for value in values}) > 1:
            raise PackError("the values of a list are of one kind")
        return tuple(values)

    def _value(self) -> Value:
        token = self._peek()
        value = self._read(token)
        if value is None:
            self._refuse("a value expected")
        self.next += 1
        return value

    def _read(self, token: _Token) -> Value | None:
        match token.kind:
            case "word":
                return TRUTH.get(token.text)
            case "date":
                try:
                    return date.fromisoformat(token.text)
                except ValueError:
                    self._refuse("no such day")
            case "number":
                if len(token.text.strip("-")) > MAX_DIGITS:
                    self._refuse(f"at most {MAX_DIGITS} digits")
                return Decimal(token.text) if "." in token.text else int(token.text)
            case "text":
                value = re.sub(r"\\(.)", r"\1", token.text[1:-1])
                if not value:
                    self._refuse("an empty text is asked for with 'is missing'; not expected")
                if not value.isprintable():
                    self._refuse("a text of one plain line expected")
                return value
        return None
