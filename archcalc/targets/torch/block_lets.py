"""The names of a block's own ``let`` in its class: which its uses give, and the lines that compute the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archcalc.language.comments import comment_behind
from archcalc.language.nodes import Node
from archcalc.spec.let import names_in
from archcalc.spec.model import BlockSpec
from archcalc.targets.python import layout, pieces
from archcalc.targets.python import source as pycode
from archcalc.targets.python.expressions import Untranslatable, source
from archcalc.targets.python.source import WIDTH
from archcalc.targets.torch.constructors import Body


def given_lets(body: Body, block: BlockSpec) -> set[str]:
    """The names of the block that its uses give: what has no code, and whole numbers that floats would not give."""
    fractions = set(body.fractions)
    lets = {name: node for name, node in block.let.items() if name not in body.constants}
    found = {name for name, node in lets.items() if not _has_source(node, body.constants)}
    while True:
        more = {name for name in lets if _uses_all(name, block) & fractions} - found
        more = {name for name in more if any(type(use.inner_bindings[name]) is int for use in body.uses)}
        if not more:
            return found
        found |= more


def _has_source(node: Node, constants: Mapping[str, object]) -> bool:
    try:
        source(node, constants)
    except Untranslatable:
        return False
    return True


def _uses_all(name: str, block: BlockSpec) -> set[str]:
    """The names in a name's expression, and in theirs."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        node = block.let.get(waiting.pop())
        more = names_in(node) - found if node is not None else set()
        found |= more
        waiting += more
    return found


def needed_lets(body: Body, block: BlockSpec, given: set[str]) -> Iterator[str]:
    """The lines that compute the block's own names, as far as they are used, in order, with the spec's comments."""
    done = set(given)

    def lines(name: str) -> Iterator[str]:
        if name in done or name not in block.let or name in body.constants:
            return
        done.add(name)
        node, spec = block.let[name], body.network.spec
        text = body.noted(source(node, body.constants))
        for used in sorted(_uses_all(name, block)):
            yield from lines(used)
        said = comment_behind(spec.texts.get(node.span.file, spec.text), node.span)
        yield from (f"# {line}" for line in pycode.docstring(said, 6).splitlines())
        yield _assigned(name, text)

    for name in [name for name in block.let if name in body.used]:
        yield from lines(name)


def _assigned(name: str, text: str) -> str:
    piece = pieces.piece(text)
    if 8 + len(f"{name} = {text}") <= WIDTH:
        return f"{name} = {text}"
    if isinstance(piece, layout.Text):
        return f"{name} = (\n            {text}\n        )"
    return f"{name} = {piece.broken(8)}"
