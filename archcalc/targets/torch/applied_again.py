"""How ``forward`` calls once more what it has called before: by the path of that module in the class."""

from __future__ import annotations

from collections.abc import Iterable

from archcalc.targets.python import source as pycode
from archcalc.targets.torch.constructors import Body
from archcalc.targets.torch.slots import Kind, NoCode, Slot
from archcalc.targets.torch.wiring import Op


def reference(slot: Slot, body: Body, ops: Iterable[Op], paths: dict[int, tuple[str, ...]]) -> str:
    """How ``forward`` speaks of the module. Raises NoCode where a class has none for it, or not always the same."""
    copies = slot.kind is Kind.COPIES
    parts = [copy for part in slot.parts for copy in part.parts] if copies else slot.parts
    named = {*map(body.first_path, parts)}
    if len(named) > 1:
        message = f"what `{slot.entry.written_path}` applies again is called otherwise from use to use"
        raise NoCode(slot.entry.span, message, "give it a name")
    path = named.pop().split(".")
    op = next((op for op in ops if id(op) in paths and paths[id(op)] == tuple(path[: len(paths[id(op)])])), None)
    if op is None:
        message = f"`{'.'.join(path)}` is a group with branches, which is no module that could be called again"
        raise NoCode(slot.entry.span, message, "write it as a block")
    text = pycode.literal(".".join(path))
    if op.slot.kind is Kind.PARAMETER:
        return f"self.{path[0]}" if len(path) == 1 and path[0].isidentifier() else f"self.get_parameter({text})"
    return f"self.{path[0]}" if len(path) == 1 and path[0].isidentifier() else f"self.get_submodule({text})"
