"""A calculator for claims: numbers, + - * /, brackets, and other claims by their id in braces.

Knows nothing else, so that a claim that anybody wrote can do no harm.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from moeplanner_gui.core.words import say

MOST_LETTERS = 500
MOST_NESTED = 20
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?:e[+-]?\d{1,2})?)|\{(?P<name>[^{}]{1,80})\}"
    r"|(?P<sign>[-+*/()×÷−]))"
)
_SIGNS: Final = {"×": "*", "÷": "/", "−": "-"}


class FormulaError(ValueError):
    """The formula cannot be worked out; the message is a sentence."""


class _Reader:
    def __init__(self, text: str, value_of: Callable[[str], float]) -> None:
        if len(text) > MOST_LETTERS:
            raise FormulaError(say("The formula is too long."))
        self._value_of = value_of
        self._tokens: list[tuple[str, str]] = []
        at, text = 0, text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise FormulaError(say("“{0}” is not part of a formula.", text[at : at + 10]))
            at = found.end()
            kind = str(found.lastgroup)
            self._tokens.append((kind, found.group(kind)))
        self._next = 0
        self._depth = 0

    def whole(self) -> float:
        value = self._sum()
        if self._next != len(self._tokens):
            raise FormulaError(say("The formula goes on where it should end."))
        return value

    def _sign(self, signs: str) -> str | None:
        if self._next < len(self._tokens):
            kind, text = self._tokens[self._next]
            text = _SIGNS.get(text, text)
            if kind == "sign" and text in signs:
                self._next += 1
                return text
        return None

    def _sum(self) -> float:
        value = self._product()
        while sign := self._sign("+-"):
            other = self._product()
            value = value + other if sign == "+" else value - other
        return value

    def _product(self) -> float:
        value = self._single()
        while sign := self._sign("*/"):
            other = self._single()
            if sign == "/" and other == 0:
                raise FormulaError(say("The formula divides by zero."))
            value = value * other if sign == "*" else value / other
        return value

    def _single(self) -> float:
        self._depth += 1
        if self._depth > MOST_NESTED:
            raise FormulaError(say("The formula is nested too deeply."))
        try:
            if self._sign("-"):
                return -self._single()
            if self._sign("("):
                value = self._sum()
                if not self._sign(")"):
                    raise FormulaError(say("A bracket is not closed."))
                return value
            if self._next >= len(self._tokens):
                raise FormulaError(say("The formula ends too early."))
            kind, text = self._tokens[self._next]
            self._next += 1
            if kind == "number":
                return float(text)
            if kind == "name":
                return self._value_of(text.strip())
            raise FormulaError(say("“{0}” is not a number.", text))
        finally:
            self._depth -= 1


def calculate(text: str, value_of: Callable[[str], float]) -> float:
    """The value of a formula; ``value_of`` gives that of a name in braces.

    Raises:
        FormulaError: The text is no formula, or it divides by zero.
    """
    value = _Reader(text, value_of).whole()
    if value != value or value in (float("inf"), float("-inf")):
        raise FormulaError(say("The formula has no finite value."))
    return value


def names_in(text: str) -> tuple[str, ...]:
    """The names in braces, each once, in order."""
    return tuple(dict.fromkeys(name.strip() for name in re.findall(r"\{([^{}]{1,80})\}", text)))
