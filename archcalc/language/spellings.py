"""What an expression may be spelt with: fewer signs and numbers than Python reads."""

from __future__ import annotations

import re

from archcalc.language.arithmetic import ExprError

_TOKENS = r"""(?ax)
    (?P<space>\s+)
    | (?P<name>[A-Za-z_]\w*)
    | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)(?P<rest>[\w.]*)
    | [-+*/%().,<>=!\[\]]
    | (?P<odd>.)"""
"""The parts of an expression. A number ends where no letter, digit, ``_`` or dot follows."""


_MEANT = {"^": "; a power is written `**`", "?": "; one of two values is written `2 if index == 0 else 1`"}
"""What is said of signs that other languages have for what is written otherwise here."""


def refuse_odd(text: str) -> None:
    """Raise ExprError for a character, or a spelling of a number, that expressions have no use for.

    Python reads more than that: it takes ``1_000``, ``0x10`` and ``1j``, and ``1or 2`` with a warning.
    """
    for token in re.finditer(_TOKENS, text):
        at = token.start()
        if token["odd"]:
            meant = _MEANT.get(token[0], "")
            raise ExprError(f"`{token[0]}` has no meaning in an expression{meant}", at, len(token[0]), misread=True)
        if token["rest"]:
            spelling = re.match(r"[0-9]+_|0[box]", token[0])
            if spelling:
                raise ExprError(f"`{spelling[0]}` has no meaning in an expression", at, len(spelling[0]), misread=True)
            raise ExprError("this is not an expression", misread=True)
        if token["number"] and float(token["number"]) == 0 and not spells_zero(token["number"]):
            raise ExprError(f"`{token[0]}` is closer to 0 than a number may be", at, len(token[0]))


def spells_zero(text: str) -> bool:
    """Whether the digits of a number are zeros, and it is not only so small that a float takes it for 0."""
    return not re.search("[1-9]", re.split("[eE]", text)[0])
