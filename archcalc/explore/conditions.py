"""A condition on a network's sizes and costs, ``pool3.H == 6``, by the whitelist of ``expressions``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from archcalc.diagnostics.errors import ArchcalcError
from archcalc.diagnostics.spelling import did_you_mean
from archcalc.language.expressions import ExprError, evaluate, names
from archcalc.language.printed_numbers import written_out

_DOTTED = re.compile(r"(?<![\w.])[A-Za-z]\w*(?:\.\w+)+(?![\w.])", re.ASCII)


class SolveError(ArchcalcError, ValueError):
    """A question that cannot be asked of a spec; the message says what to write instead."""


class Condition:
    """A comparison of named sizes and costs. ``place`` is the layer after which all of them are known.

    It is -1 where they are the input's, and ``None`` where they are totals. ``known`` are the names there
    are, each with its place. Raises SolveError.
    """

    def __init__(self, text: str, known: Mapping[str, int | None]) -> None:
        self.text = text
        # A dotted name stands as a plain one while the expression is computed.
        self.names: dict[str, str] = {}
        code = written_out(_DOTTED.sub(self._plain, text))
        try:
            used = names(code)
        except ExprError as fault:
            raise SolveError(f"`{text}`: {fault}") from None
        self.names |= {name: name for name in used if name not in self.names}
        self.code = code
        for name in self.names.values():
            if name not in known:
                guess = did_you_mean(name, known) or "write LAYER.H, LAYER.params, input.H, params or macs"
                raise SolveError(f"`{text}`: there is no `{name}`; {guess}")
        places = [known[name] for name in self.names.values()]
        if not places or not re.search(r"[<>=]", text):
            raise SolveError(f"`{text}` is not a condition: compare sizes, such as pool3.H == 6")
        self.place = None if None in places else max(place for place in places if place is not None)

    def _plain(self, match: re.Match[str]) -> str:
        plain = f"dotted{len(self.names)}"
        self.names[plain] = match[0]
        return plain

    def holds(self, known: Mapping[str, int]) -> bool:
        """Whether it holds; a size of an axis that a shape does not have meets no condition. Raises SolveError."""
        if not all(name in known for name in self.names.values()):
            return False
        try:
            return evaluate(self.code, {plain: known[name] for plain, name in self.names.items()}) is True
        except ExprError as fault:
            raise SolveError(f"`{self.text}`: {fault}") from None


def split(text: str) -> list[str]:
    """The conditions of a text that joins them by commas or ``and``; what is in brackets stays whole.

    ``a or b and c`` stays whole, too: ``and`` binds closer.
    """
    listed = _parted(text, ",")
    parts = [part for one in listed for part in ([one] if len(_parted(one, "or")) > 1 else _parted(one, "and"))]
    return [part for part in parts if part]


def _parted(text: str, sign: str) -> list[str]:
    """The parts between a sign or a word, where it is not in brackets."""
    parts, depth, start = [], 0, 0
    for match in re.finditer(r"[(),]|\b(?:and|or)\b", text):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if depth == 0 and match[0] == sign:
            parts.append(text[start : match.start()].strip())
            start = match.end()
    return [*parts, text[start:].strip()]
