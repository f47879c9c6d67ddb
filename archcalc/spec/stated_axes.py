"""The `axes` of a spec: which sizes of its input stay free, by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.spelling import did_you_mean
from archcalc.language.mapping_keys import described
from archcalc.language.nodes import ListNode, MapNode, Node, ScalarNode

BATCH = "N"
"""What laws call the number of samples."""


def read_axes(
    node: Node | None, let: Mapping[str, Node], samples: Sequence[Sequence[Sequence[Node]]], log: Log
) -> tuple[str, ...]:
    """The names that `axes` lists: each of a size of `let`, which no input has twice, and one of every sample has.

    Errors go to the log.
    """
    if node is None:
        return ()
    listed = node.items if isinstance(node, ListNode) else (node,)
    found: list[str] = []
    for one in listed:
        name = one.value if isinstance(one, ScalarNode) else None
        if not isinstance(name, str):
            log.error("A111", one.span, f"`axes` takes names of `let`, not {described(one)}", _way(one))
        elif name not in let:
            help = did_you_mean(name, let) or f"name its size: `let: {{{name}: 128}}`"
            log.error("A323", one.span, f"the spec's `let` does not name `{name}`", help)
        elif name == BATCH:
            log.error("A302", one.span, "`N` cannot name an axis: in laws it is the number of samples", "name it `T`")
        elif name in found:
            log.error("A323", one.span, f"`{name}` is listed already", "remove it")
        elif any(_most(name, inputs) > 1 for inputs in samples):
            message = f"`{name}` is the size of two axes of one input, which would be free apart from each other"
            help = "write numbers there; what hides later places, or far ones, is `is_causal` or `sliding_window`"
            log.error("A323", one.span, message, help)
        elif not all(_most(name, inputs) for inputs in samples if any(inputs)):
            message = f"`{name}` is not the size of one axis of the input"
            log.error("A323", one.span, message, f"write it once in `input`: `input: [{name}, 64]`")
        else:
            found.append(name)
    return tuple(found)


def _way(stated: Node) -> str:
    """What to write for what is not a name: of names with their sizes, both in their places."""
    sizes = stated.entries if isinstance(stated, MapNode) else {}
    if not sizes or not all(isinstance(size, ScalarNode) for size in sizes.values()):
        return "write `axes: [T]`"
    let = ", ".join(f"{name}: {size.text}" for name, size in sizes.items() if isinstance(size, ScalarNode))
    return f"write `axes: [{', '.join(sizes)}]`, and in `let` what they are: `let: {{{let}}}`"


def _most(name: str, inputs: Sequence[Sequence[Node]]) -> int:
    """How many axes of an input of a sample have this name, of that which has it most often."""
    return max((sum(stands(size) == name for size in sizes) for sizes in inputs), default=0)


def stands(size: Node) -> str | None:
    """The name that a size of `input` is, if it is nothing else."""
    return size.value if isinstance(size, ScalarNode) and isinstance(size.value, str) else None


def named_axes(sizes: Sequence[Node], axes: Sequence[str]) -> tuple[str | None, ...]:
    """The name of each axis of an input that stays free; of a spec without `axes` nothing."""
    return tuple(name if name in axes else None for name in map(stands, sizes)) if axes else ()
