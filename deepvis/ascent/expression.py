"""Reading an objective that was written as a formula, on a command line or in a file.

    formula := ["+" | "-"] product { ("+" | "-") product }
    product := value { ("*" | "/") value }
    value   := NUMBER | ["+" | "-"] value | "(" formula ")" | FUNCTION "(" argument ")"

FUNCTION is unit, channel, whole or klass. An argument is quoted, with \\ before a quote or another \\, or, where it
holds no parenthesis, as it stands: ``unit(conv5:151@6,6) - 0.5 * klass(flamingo)``. A unit alone, ``conv5:151``, is
an objective too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from deepvis.ascent.objective import Objective, channel, klass, unit, whole
from deepvis.errors import Error, FormatError

FUNCTIONS: dict[str, Callable[[str], Objective]] = {"unit": unit, "channel": channel, "whole": whole, "klass": klass}
MOST_CHARACTERS = 10_000
MOST_NESTED = 50

_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_QUOTED = re.compile(r"""(?P<quote>["'])(?P<text>(?:\\.|(?!(?P=quote))[^\\])*)(?P=quote)""", re.DOTALL)
_ARITHMETIC = re.compile(r"\*|\s[-+/]\s|^\s*[-+]|^\s*[\d.]+\s*$")


def parse_objective(text: str) -> Objective:
    """Read a formula, or a unit alone. Raises FormatError with the place where it goes wrong."""
    if len(text) > MOST_CHARACTERS:
        raise FormatError(f"an objective of {len(text)} characters is too long; {MOST_CHARACTERS} are allowed")
    if "(" in text:
        return _Reader(text).read()
    if _ARITHMETIC.search(text):
        raise FormatError(
            f"cannot read the objective {text!r}: to weigh, add or subtract units, write each as unit(LAYER:CHANNEL)"
        )
    return unit(text)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._nested = 0

    def read(self) -> Objective:
        value = self._sum()
        if self._peek():
            self._fail("an operator or the end")
        if isinstance(value, float):
            self._fail("at least one of " + ", ".join(FUNCTIONS), 0, "numbers only")
        return value

    def _sum(self) -> Objective | float:
        value = self._product()
        while (sign := self._peek()) in ("+", "-"):
            at = self._at
            self._at += 1
            other = self._product()
            other = other if sign == "+" else -other
            if isinstance(value, Objective) and isinstance(other, Objective):
                value = value + other
            elif isinstance(value, float) and isinstance(other, float):
                value += other
            else:
                self._fail("numbers or objectives on both sides", at, f"{sign!r} between a number and an objective")
        return value

    def _product(self) -> Objective | float:
        value = self._value()
        while (sign := self._peek()) in ("*", "/"):
            at = self._at
            self._at += 1
            other = self._value()
            if isinstance(other, float):
                if sign == "/" and other == 0:
                    self._fail("another divisor", at, "a division by 0")
                value = self._times(value, other, sign, at)
            elif isinstance(value, float) and sign == "*":
                value = self._times(other, value, sign, at)
            else:
                self._fail("a number on one side", at, f"{sign!r} between objectives")
        return value

    def _times(self, value: Objective | float, factor: float, sign: str, at: int) -> Objective | float:
        try:
            return value * factor if sign == "*" else value / factor
        except Error:  # a weight that is not finite
            self._fail("a finite weight", at, "one too large")

    def _value(self) -> Objective | float:
        found = self._peek()
        if found in ("+", "-"):
            self._at += 1
            value = self._nest(self._value)
            return value if found == "+" else -value
        if found == "(":
            opened = self._at
            self._at += 1
            value = self._nest(self._sum)
            self._close(opened)
            return value
        if number := _NUMBER.match(self._text, self._at):
            self._at = number.end()
            return float(number[0])
        if name := _NAME.match(self._text, self._at):
            return self._call(name)
        return self._fail(f"a number, '(' or one of {', '.join(FUNCTIONS)}")

    def _nest(self, read: Callable[[], Objective | float]) -> Objective | float:
        self._nested += 1
        if self._nested > MOST_NESTED:
            self._fail(f"at most {MOST_NESTED} parentheses and signs within each other", found="more")
        value = read()
        self._nested -= 1
        return value

    def _call(self, name: re.Match[str]) -> Objective:
        function = FUNCTIONS.get(name[0])
        if function is None:
            self._fail(f"one of {', '.join(FUNCTIONS)}", name.start(), repr(name[0]))
        self._at = name.end()
        if self._peek() != "(":
            self._fail(f"'(' after {name[0]}")
        opened = self._at
        self._at += 1
        begun, argument = self._argument(opened)
        try:
            return function(argument)
        except Error as error:
            self._fail(f"something for {name[0]}", begun, f"{argument!r} ({error})")

    def _argument(self, opened: int) -> tuple[int, str]:
        if self._peek() in ('"', "'"):
            begun = self._at
            quoted = _QUOTED.match(self._text, self._at)
            if quoted is None:
                self._fail("a closing quote", begun, "none")
            self._at = quoted.end()
            self._close(opened)
            return begun, re.sub(r"\\(.)", r"\1", quoted["text"], flags=re.DOTALL)
        begun, end = self._at, self._text.find(")", self._at)
        if end < 0:
            self._fail("')'", len(self._text), f"the end ('(' stands at character {opened + 1})")
        self._at = end + 1
        return begun, self._text[begun:end].strip()

    def _close(self, opened: int) -> None:
        if self._peek() != ")":
            self._fail("')'", found=f"{self._shown()} ('(' stands at character {opened + 1})")
        self._at += 1

    def _peek(self) -> str:
        """The next character that is no space, or nothing at the end."""
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1
        return self._text[self._at : self._at + 1]

    def _shown(self) -> str:
        return repr(self._text[self._at]) if self._at < len(self._text) else "the end"

    def _fail(self, expected: str, at: int | None = None, found: str | None = None) -> NoReturn:
        at = self._at if at is None else at
        found = self._shown() if found is None else found
        shown = self._text if len(self._text) <= 200 else f"{self._text[:200]}…"
        raise FormatError(
            f"cannot read the objective {shown!r}: at character {at + 1}: expected {expected}, found {found}"
        )
