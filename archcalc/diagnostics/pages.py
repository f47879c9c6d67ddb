"""What each diagnostic code means, at length: why it matters, a wrong and a right example, how to fix.

A code's text is the Markdown file in ``pages/`` that has its name. ``archcalc explain A203`` and
``docs/diagnostics.md`` print it, and the tests run its examples.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from msgspec import Struct

from archcalc.diagnostics.codes import CODES
from archcalc.diagnostics.errors import ArchcalcError, text
from archcalc.diagnostics.json_object import JsonObject
from archcalc.diagnostics.spelling import did_you_mean


class UnknownCode(ArchcalcError, LookupError):
    """No diagnostic has this code."""


class Example(Struct, frozen=True):
    """``language`` is ``yaml`` for a whole spec, ``console`` for commands with what they print."""

    language: str
    text: str


class CodeExplained(Struct, frozen=True, kw_only=True):
    """A code at length. ``must_hold`` is the need that fails, said the other way round; empty for other codes."""

    code: str
    title: str
    why: str
    must_hold: str
    wrong: Example
    right: Example
    fix: str

    def to_dict(self) -> JsonObject:
        """It as plain values, as ``archcalc explain CODE --format json`` prints it."""
        return {
            "code": self.code,
            "title": self.title,
            "why": self.why,
            "wrong": self.wrong.text,
            "right": self.right.text,
            "mend": self.fix,
        }


_FILE = re.compile(
    r"(?P<why>.+?)\n\n(?:Must hold: (?P<must_hold>[^\n]+)\n\n)?"
    r"```(?P<wrong_language>\w+) wrong\n(?P<wrong>.*?)```\n\n```(?P<right_language>\w+) right\n(?P<right>.*?)```\n\n"
    r"(?P<fix>.+)\n",
    re.DOTALL,
)


def explain_code(code: str) -> CodeExplained:
    """The explanation of a code, in capitals or not. Raises UnknownCode."""
    known = text("code", code).strip().upper()
    if known not in CODES:
        guess = did_you_mean(code, CODES)
        raise UnknownCode(f"there is no code `{code}`; " + (f"{guess} " if guess else "") + f"there are {_ranges()}")
    return _page(known)


@cache
def _page(known: str) -> CodeExplained:
    match = _FILE.fullmatch((files("archcalc.diagnostics") / "pages" / f"{known}.md").read_text(encoding="utf-8"))
    assert match is not None, f"{known}.md is not an explanation"
    return CodeExplained(
        code=known,
        title=CODES[known],
        why=match["why"],
        must_hold=match["must_hold"] or "",
        wrong=Example(match["wrong_language"], match["wrong"]),
        right=Example(match["right_language"], match["right"]),
        fix=match["fix"],
    )


def explain_codes() -> list[CodeExplained]:
    """Every code's explanation, in order."""
    return [explain_code(code) for code in sorted(CODES)]


def must_hold(code: str) -> str:
    """The need that a code says to have failed, as what must hold."""
    return explain_code(code).must_hold or CODES[code]


def _ranges() -> str:
    """``A101 to A116, A201 to A210``."""
    stages: dict[str, list[str]] = {}
    for code in sorted(CODES):
        stages.setdefault(code[:2], []).append(code)
    return ", ".join(f"{codes[0]} to {codes[-1]}" for codes in stages.values())
