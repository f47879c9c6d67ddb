"""A condition on sizes and costs, ``pool3.H == 6``, ``macs <= 600M``, by the whitelist of ``expressions``."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from archcalc.diagnostics.spelling import did_you_mean
from archcalc.language.arithmetic import Bound, ExprError
from archcalc.language.expressions import chooses, evaluate, names
from archcalc.language.printed_numbers import written_out

_DOTTED = re.compile(r"(?<![\w.])[A-Za-z]\w*(?:\.\w+)+(?![\w.])", re.ASCII)


class ConditionError(ValueError):
    """A condition that cannot be read or computed; the message says what to write instead."""


class Condition:
    """A condition on ``names``, which are among the ``known`` ones, dotted or not. Raises ConditionError.

    ``hint`` says which names there are where none is like the one that is not known. ``called`` says by which of the
    known ones a name is meant.
    """

    def __init__(self, text: str, known: Collection[str], hint: str, called: Callable[[str], str] = str) -> None:
        self.text = text
        self._called = called
        # A dotted name stands as a plain one while the expression is computed.
        self._stands_for: dict[str, str] = {}
        self._code = written_out(_DOTTED.sub(self._plain, text))
        try:
            used = names(self._code)
        except ExprError as error:
            raise ConditionError(f"`{text}`: {error}") from None
        if chooses(self._code):
            why = "a condition is of all rows at once, and cannot choose: join comparisons with `and` and `or`"
            raise ConditionError(f"`{text}`: {why}")
        self._stands_for |= {name: name for name in used if name not in self._stands_for}
        self.names = tuple(self._stands_for.values())
        for name in self.names:
            if name not in known:
                raise ConditionError(f"`{text}`: there is no `{name}`; {did_you_mean(name, known) or hint}")

    def _plain(self, match: re.Match[str]) -> str:
        plain = f"dotted{len(self._stands_for)}"
        self._stands_for[plain] = self._called(match[0])
        return plain

    @property
    def compares(self) -> bool:
        """Whether it compares named values, and is not just one of them."""
        return bool(self.names) and re.search(r"[<>=]", self.text) is not None

    def value(self, values: Mapping[str, Bound]) -> Bound:
        """What it is with these values: a truth, or one for each row. Raises ConditionError."""
        try:
            return evaluate(self._code, {plain: values[name] for plain, name in self._stands_for.items()})
        except ExprError as error:
            raise ConditionError(f"`{self.text}`: {error}") from None


def split(text: str) -> list[str]:
    """The conditions of a text that joins them by commas or ``and``; what is in brackets stays whole.

    ``a or b and c`` stays whole, too: ``and`` binds closer. So does a number, ``1,234``.
    """
    listed = _parted(text, ",")
    parts = [part for one in listed for part in ([one] if len(_parted(one, "or")) > 1 else _parted(one, "and"))]
    return [part for part in parts if part]


_SIGNS = re.compile(r"\d(?:,\d{3})+(?!\d)|[(),]|\b(?:and|or)\b")


def _parted(text: str, sign: str) -> list[str]:
    """The parts between a sign or a word, where it is not in brackets."""
    parts, depth, start = [], 0, 0
    for match in _SIGNS.finditer(text):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if depth == 0 and match[0] == sign:
            parts.append(text[start : match.start()].strip())
            start = match.end()
    return [*parts, text[start:].strip()]
