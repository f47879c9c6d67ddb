"""The classes that generated code brings with it, for layers that ``torch.nn`` has no class for."""

from __future__ import annotations

import ast
from importlib.resources import files

from archcalc.targets.python.source import Code


def own_class(kind: str) -> Code:
    """The source of a kind's class, without what stands around it in its file."""
    text = (files("archcalc.templates") / "torch" / "modules" / f"{kind}.py").read_text("utf-8")
    tree = next(node for node in ast.parse(text).body if isinstance(node, ast.ClassDef))
    return Code(ast.get_source_segment(text, tree) or "")
