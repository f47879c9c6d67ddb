"""Values to Python source that cannot be anything else: the only way into a template.

Every function here returns ``Code``; the template engine refuses a bare string. So a layer name, a
title or a URL from a stranger's spec stays a name, a comment or a literal.
"""

from __future__ import annotations

import keyword
import math
import re
import textwrap
from collections.abc import Iterable, Mapping
from fractions import Fraction

from archcalc.sizes.rules import Dim

WIDTH = 88
"""Where lines are broken, as ruff and black do."""


class Code(str):
    """Text that is safe where it stands."""

    __slots__ = ()


def ident(name: str) -> Code:
    """A Python identifier. Raises ValueError for anything else."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or keyword.iskeyword(name):
        raise ValueError(f"{name!r} is not an identifier")
    return Code(name)


def literal(value: object) -> Code:
    """A Python literal: numbers, booleans, None, strings, tuples of these. Raises TypeError for others."""
    if isinstance(value, tuple):
        inner = ", ".join(literal(item) for item in value)
        return Code(f"({inner},)" if len(value) == 1 else f"({inner})")
    if isinstance(value, bool) or value is None:
        return Code(repr(value))
    if isinstance(value, int):
        return Code(f"{value:_}" if value >= 10**6 else str(value))
    if isinstance(value, Fraction):
        return literal(int(value) if value.denominator == 1 else float(value))
    if isinstance(value, float):
        return Code(repr(value) if math.isfinite(value) else f'float("{value}")')
    if isinstance(value, str):
        return Code('"' + value.encode("unicode_escape").decode("ascii").replace('"', '\\"') + '"')
    raise TypeError(f"{type(value).__name__} has no literal")


def mapping(values: Mapping[str, object], indent: int = 0) -> Code:
    """A dict of literals, and of such dicts; on one line where it fits behind its key, unless it is the outermost."""
    inner = " " * (indent + 4)
    rows = []
    for key, value in values.items():
        start = f"{inner}{literal(key)}: "
        if isinstance(value, Mapping):
            line = "{" + ", ".join(f"{literal(name)}: {literal(one)}" for name, one in value.items()) + "}"
            fits = len(start) + len(line) < WIDTH
            rows.append(start + (line if fits else mapping(value, indent + 4)))
        else:
            rows.append(start + literal(value))
    return Code("{\n" + "".join(f"{row},\n" for row in rows) + " " * indent + "}")


def count(value: int) -> Code:
    """A number for people: ``62,378,344``."""
    return Code(f"{value:,}")


def cell(text: str) -> Code:
    """Text for a cell of a Markdown table."""
    return Code(re.sub(r"([\\`*_|<>\[\]])", r"\\\1", comment(text)))


def comment(text: str) -> Code:
    """One line of text for a comment: printable, no line breaks."""
    return Code(" ".join("".join(c if c.isprintable() else " " for c in text).split()))


def docstring(text: str, less: int = 0) -> Code:
    """Text for a triple-quoted docstring, in lines so much shorter; backslashes and quotes cannot end it."""
    safe = comment(text).replace("\\", "/").replace('"', "'")
    return Code("\n".join(textwrap.wrap(safe, WIDTH - 4 - less, break_long_words=False, break_on_hyphens=False)))


def call(function: str, args: Iterable[str], kwargs: Mapping[str, str], indent: int, before: int = 0) -> Code:
    """A call, its arguments already source, broken over lines where it does not fit.

    ``indent`` is where its statement's line starts, ``before`` how much of the line is taken.
    """
    arguments = [*args, *(f"{ident(name)}={value}" for name, value in kwargs.items())]
    line = f"{function}({', '.join(arguments)})"
    if indent + before + len(line) <= WIDTH:
        return Code(line)
    inner = " " * (indent + 4)
    joined = ", ".join(arguments)
    if len(inner) + len(joined) <= WIDTH:
        return Code(f"{function}(\n{inner}{joined}\n{' ' * indent})")
    rows = "".join(f"{inner}{argument},\n" for argument in arguments)
    return Code(f"{function}(\n{rows}{' ' * indent})")


def rows(names: Iterable[str], indent: int, before: str, after: str) -> Code:
    """``before (name, name) after`` with the names as strings, broken over lines where it does not fit."""
    items = [literal(name) for name in names]
    line = f"{before}({', '.join(items)}{',' if len(items) == 1 else ''}){after}"
    if indent + len(line) <= WIDTH:
        return Code(line)
    inner = "".join(f"{' ' * (indent + 4)}{item},\n" for item in items)
    return Code(f"{before}(\n{inner}{' ' * indent}){after}")


def class_name(name: str) -> str:
    """A class name made of a spec's name: ``AlexNet (2012)`` becomes ``AlexNet2012``."""
    bare = re.sub(r"[^A-Za-z0-9]+", " ", name)
    words = bare.split()
    joined = "".join(word if word[0].isupper() else word[0].upper() + word[1:] for word in words)
    if not joined or joined[0].isdigit():
        joined = f"Net{joined}"
    return f"{joined}Net" if joined in ("Tensor", "OrderedDict", "None", "True", "False") else joined


def module_name(stem: str) -> str:
    """A file and folder name made of a spec file's stem: ``alexnet-paper`` becomes ``alexnet_paper``."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", stem).strip("_").lower() or "network"
    return name if name.isidentifier() and not keyword.iskeyword(name) else f"net_{name}"


def bare(values: Iterable[object]) -> Code:
    """Literals with commas between, without brackets."""
    return Code(", ".join(literal(value) for value in values))


def shape_comment(shape: Iterable[Dim]) -> Code:
    """``96 x 55 x 55``."""
    return Code(" x ".join(str(size) for size in shape))
