"""One-token changes of a module: what each writes in place of what."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from copy import copy
from typing import NamedTuple

from tests.mutation.walk import ASSERTS, Place, Walk

_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_PAIRS = (("min", "max"), ("any", "all"), ("dmin", "dmax"), ("floor_div", "ceil_div"))
_CALLED = {name: other for a, b in _PAIRS for name, other in ((a, b), (b, a))}


class Change(NamedTuple):
    """``new`` in place of a node; ``key`` is the same until the definition around it is edited.

    Tests that do not enter ``block`` cannot tell.
    """

    key: str
    operator: str
    line: int
    block: str
    place: Place
    new: ast.AST

    @property
    def before(self) -> str:
        return _text(self.place.node)

    @property
    def after(self) -> str:
        return _text(self.new)

    def made(self) -> None:
        """Change the tree that it was found in."""
        parent, field, index = self.place[:3]
        ast.copy_location(self.new, self.place.node)
        ast.fix_missing_locations(self.new)
        if index is None:
            setattr(parent, field, self.new)
        else:
            getattr(parent, field)[index] = self.new


def changes(tree: ast.Module, path: str) -> Iterator[Change]:
    """Every change of a module, in the order of its text."""
    numbers: dict[str, int] = {}
    definitions: dict[ast.AST, str] = {}
    walk = Walk(tree)
    entered = {(id(block.owner), block.field): block.name for block in walk.blocks}
    for place in walk.places:
        for operator, new in _written_otherwise(place):
            if place.outermost not in definitions:
                definitions[place.outermost] = f"{path}:{place.block.definition}:{ast.dump(place.outermost)}"
            around = definitions[place.outermost]
            number = numbers[around] = numbers.get(around, -1) + 1
            key = hashlib.sha256(f"{around}:{number}".encode()).hexdigest()[:12]
            block = entered.get((id(place.node), _left_out(place.node, new)), place.block.name)
            yield Change(key, operator, place.line, f"{path}:{block}", place, new)


def mutated(source: bytes, path: str, key: str) -> ast.Module:
    """The module with the change of that key. Raises KeyError where there is none."""
    tree = ast.parse(source)
    for change in changes(tree, path):
        if change.key == key:
            change.made()
            return tree
    raise KeyError(key)


def _left_out(node: ast.AST, new: ast.AST) -> str:
    """Which branch of an ``if`` a change leaves out: only tests that enter it can notice."""
    if isinstance(node, ast.If) and isinstance(new, ast.If) and new.test is node.test:
        return "orelse" if new.body is node.body else "body"
    return ""


def _text(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())


def _written_otherwise(place: Place) -> Iterator[tuple[str, ast.AST]]:
    node = place.node
    match node:
        case ast.Compare():
            for at, found in enumerate(node.ops):
                for other in _COMPARED[type(found)]:
                    yield "comparison", _with(node, ops=[*node.ops[:at], other(), *node.ops[at + 1 :]])
        case ast.BoolOp():
            yield "and, or", _with(node, op=ast.And() if isinstance(node.op, ast.Or) else ast.Or())
            for at in range(len(node.values)):
                rest = [*node.values[:at], *node.values[at + 1 :]]
                yield "operand dropped", rest[0] if len(rest) == 1 else _with(node, values=rest)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield "sign or `not` dropped", node.operand
        case ast.BinOp(op=op) if type(op) in _COMPUTED and not _is_text(node):
            yield "arithmetic", _with(node, op=_COMPUTED[type(op)]())
        case ast.AugAssign(op=op) if type(op) in _COMPUTED:
            yield "arithmetic", _with(node, op=_COMPUTED[type(op)]())
            yield "statement dropped", ast.Pass()
        case ast.Constant(value=bool() as value):
            yield "constant", ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield "constant", ast.Constant(value + 1)
            yield "constant", ast.Constant(value - 1)
        case ast.IfExp():
            yield "branch", node.body
            yield "branch", node.orelse
        case ast.If():
            yield "condition turned round", _with(node, test=ast.UnaryOp(ast.Not(), node.test))
            yield "branch", _with(node, body=[ast.copy_location(ast.Pass(), node.body[0])])
            if node.orelse:
                yield "branch", _with(node, orelse=[])
        case ast.comprehension():
            for at in range(len(node.ifs)):
                yield "condition dropped", _with(node, ifs=[*node.ifs[:at], *node.ifs[at + 1 :]])
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield "return value", _with(node, value=ast.Constant(None))
        case ast.Expr() | ast.Continue() | ast.Break():
            yield "statement dropped", ast.Pass()
        case ast.Call():
            yield from _called_otherwise(node)
        case ast.Set() | ast.List(ctx=ast.Load()) | ast.Tuple(ctx=ast.Load()):
            if len(node.elts) >= (1 if isinstance(node, ast.List) else 2) and place.field != "slice":
                for at in range(len(node.elts)):
                    yield "member dropped", _with(node, elts=[*node.elts[:at], *node.elts[at + 1 :]])
        case ast.Dict():
            for at in range(len(node.keys)):
                keys, values = [*node.keys], [*node.values]
                del keys[at], values[at]
                yield "member dropped", _with(node, keys=keys, values=values)


def _called_otherwise(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node.func, ast.Name) and node.func.id in _CALLED:
        yield "function", _with(node, func=ast.copy_location(ast.Name(_CALLED[node.func.id], ast.Load()), node.func))
    for at, keyword in enumerate(node.keywords):
        if keyword.arg not in {None, ASSERTS}:
            yield "argument dropped", _with(node, keywords=[*node.keywords[:at], *node.keywords[at + 1 :]])
    if len(node.args) > 1:
        yield "argument dropped", _with(node, args=node.args[:-1])


def _is_text(node: ast.BinOp) -> bool:
    sides = (node.left, node.right)
    return any(isinstance(s, ast.JoinedStr) or (isinstance(s, ast.Constant) and type(s.value) is str) for s in sides)


def _with(node: ast.AST, **fields: object) -> ast.AST:
    new = copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new
