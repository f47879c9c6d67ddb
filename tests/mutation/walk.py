"""A module's syntax tree in the order of its text: what a mutant may change, and the blocks that tests reach.

A block is what runs as a whole once it is entered: the body of a function, a branch, a loop, a lambda. It is called by
its definition and its number there, so that an edit elsewhere in the file leaves its name alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

# What a type checker reads, what is only said to a person, and what a mypy narrowing needs.
_SKIPPED = (ast.Import, ast.ImportFrom, ast.Assert, ast.Raise, ast.Global, ast.Nonlocal, ast.FormattedValue)
_SKIPPED_FIELDS = {
    *((kind, field) for kind in FUNCTIONS for field in ("returns", "decorator_list")),
    (ast.ClassDef, "decorator_list"),
    (ast.ClassDef, "bases"),
    (ast.arg, "annotation"),
}
# `zip(…, strict=True)` asserts, too.
ASSERTS = "strict"
_TYPED = {"TypeVar", "cast", "NewType", "ParamSpec", "overload"}


class Block(NamedTuple):
    """The statements of ``owner.field``, or the value of a lambda; ``definition`` is "" for what runs on import."""

    definition: str
    number: int
    owner: ast.AST
    field: str

    @property
    def name(self) -> str:
        return f"{self.definition}#{self.number}"


class Place(NamedTuple):
    """A node, where it stands in its parent, and what of the module runs it."""

    parent: ast.AST
    field: str
    at: int | None
    node: ast.AST
    line: int
    block: Block
    outermost: ast.AST


class Walk:
    """The places and blocks of one tree."""

    def __init__(self, tree: ast.Module) -> None:
        self.blocks: list[Block] = []
        self._counts: dict[str, int] = {}
        self.places = list(self._fields(tree, Block("", 0, tree, "body"), (), tree, 1))

    def _block(self, definition: str, owner: ast.AST, field: str) -> Block:
        number = self._counts[definition] = self._counts.get(definition, -1) + 1
        self.blocks.append(Block(definition, number, owner, field))
        return self.blocks[-1]

    def _fields(
        self, node: ast.AST, block: Block, names: tuple[str, ...], outermost: ast.AST, line: int
    ) -> Iterator[Place]:
        for field, value in ast.iter_fields(node):
            if (type(node), field) in _SKIPPED_FIELDS:
                continue
            inner = block
            if self._opens(node, field, value):
                inner = self._block(".".join(names) or block.definition, node, field)
            children = value if isinstance(value, list) else [value]
            for index, child in enumerate(children):
                if isinstance(child, ast.AST) and not self._skipped(child):
                    place = index if isinstance(value, list) else None
                    yield from self._child(node, field, place, child, inner, names, outermost, line)

    def _child(
        self,
        parent: ast.AST,
        field: str,
        index: int | None,
        node: ast.AST,
        block: Block,
        names: tuple[str, ...],
        outermost: ast.AST,
        line: int,
    ) -> Iterator[Place]:
        if field == "annotation":
            # Of `Annotated[int, Size(drawn_to=4)]`, what is called; the rest is types.
            for call in (found for found in ast.walk(node) if isinstance(found, ast.Call)):
                yield from self._fields(call, block, names, outermost, line)
            return
        if isinstance(node, ast.stmt):
            line = node.lineno
            if isinstance(outermost, ast.Module | ast.ClassDef):
                outermost = node
        yield Place(parent, field, index, node, line, block, outermost)
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            names = (*names, node.name)
        yield from self._fields(node, block, names, outermost, line)

    @staticmethod
    def _opens(node: ast.AST, field: str, value: object) -> bool:
        if isinstance(node, (ast.Lambda, *FUNCTIONS)):
            return field == "body"
        if isinstance(node, ast.If | ast.For | ast.While | ast.Try | ast.ExceptHandler | ast.match_case):
            return field in {"body", "orelse", "finalbody"} and bool(value)
        return False

    @staticmethod
    def _skipped(node: ast.AST) -> bool:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return True
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return True
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.annotation, ast.Name)
            and node.annotation.id == "TypeAlias"
        ):
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _TYPED:
            return True
        return isinstance(node, _SKIPPED) or (isinstance(node, ast.keyword) and node.arg == ASSERTS)


def probed(tree: ast.Module, path: str, reached: str) -> ast.Module:
    """The tree, changed in place, in which every block adds its name to the set that the module calls ``reached``."""
    for block in Walk(tree).blocks:
        if not block.definition:
            continue
        name = ast.Constant(f"{path}:{block.name}")
        call = ast.Call(ast.Attribute(ast.Name(reached, ast.Load()), "add", ast.Load()), [name], [])
        body = getattr(block.owner, block.field)
        if isinstance(block.owner, ast.Lambda):
            block.owner.body = ast.BoolOp(ast.Or(), [call, body])
        else:
            documented = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
            body.insert(int(documented), ast.copy_location(ast.Expr(call), body[0]))
    return ast.fix_missing_locations(tree)
