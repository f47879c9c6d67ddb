"""The classes that generated code brings with it, for layers that ``torch.nn`` has no class for."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable
from importlib.resources import files

from archcalc.spec.model import Spec
from archcalc.spec.rows import row_names
from archcalc.targets.python.source import Code
from archcalc.targets.torch.slots import NoCode

PLAIN = "plain_"


def without_plainer(names: Collection[str]) -> list[str]:
    """Of files with the same class, those of which one can do more, that one alone."""
    return [name for name in names if not name.startswith(PLAIN) or name.removeprefix(PLAIN) not in names]


def own_class(name: str) -> Code:
    """The source of the class, or of the functions, of a file, without what stands around it there."""
    text = (files("archcalc.templates") / "torch" / "modules" / f"{name}.py").read_text("utf-8")
    found = [node for node in ast.parse(text).body if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
    return Code("\n\n\n".join(ast.get_source_segment(text, node) or "" for node in found))


def refuse_shadows(spec: Spec, own: Iterable[Code]) -> None:
    """Raises NoCode where an argument, a size or a name of rows is called as one of these classes or functions.

    In the code of a block, and of a loop, it would stand for that.
    """
    defined = {name for text in own for name in re.findall(r"^(?:class|def) (\w+)", str(text), re.MULTILINE)}
    for block in spec.blocks.values():
        for name in (*block.args, *block.let):
            if name in defined:
                raise NoCode(
                    block.span, f"`{name}` of the block `{block.name}` {_WHY}", f"call it otherwise: `{name}_1`"
                )
    for let in (spec.let, *(block.let for block in spec.blocks.values())):
        for node in let.values():
            for name in sorted(row_names([{"": node}]) & defined):
                raise NoCode(node.span, f"`{name}` of these rows {_WHY}", f"call it otherwise: `{name}_1`")


_WHY = "is called as a class that the code has"
