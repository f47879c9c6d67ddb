"""The classes that generated code brings with it, for layers that ``torch.nn`` has no class for."""

from __future__ import annotations

import ast
from importlib.resources import files

from archcalc.targets.python.source import Code


def own_class(kind: str) -> Code:
    """The source of a kind's class, or of its functions, without what stands around it in its file."""
    text = (files("archcalc.templates") / "torch" / "modules" / f"{kind}.py").read_text("utf-8")
    found = [node for node in ast.parse(text).body if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
    return Code("\n\n\n".join(ast.get_source_segment(text, node) or "" for node in found))
