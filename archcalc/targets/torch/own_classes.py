"""The classes that generated code brings with it, for layers that ``torch.nn`` has no class for."""

from __future__ import annotations

import ast
from collections.abc import Collection
from importlib.resources import files

from archcalc.targets.python.source import Code

PLAIN = "plain_"


def without_plainer(names: Collection[str]) -> list[str]:
    """Of files with the same class, those of which one can do more, that one alone."""
    return [name for name in names if not name.startswith(PLAIN) or name.removeprefix(PLAIN) not in names]


def own_class(name: str) -> Code:
    """The source of the class, or of the functions, of a file, without what stands around it there."""
    text = (files("archcalc.templates") / "torch" / "modules" / f"{name}.py").read_text("utf-8")
    found = [node for node in ast.parse(text).body if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
    return Code("\n\n\n".join(ast.get_source_segment(text, node) or "" for node in found))
