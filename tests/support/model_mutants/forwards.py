"""Slips in what ``forward`` does: another value, another order, something left out."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.support.model_mutants.places import Place, operator


@operator
def minus(place: Place) -> Iterator[str]:
    node = place.node
    if place.in_forward and isinstance(node, ast.BinOp):
        other: ast.operator = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        yield ast.unparse(ast.BinOp(node.left, other, node.right))


@operator
def one_operand(place: Place) -> Iterator[str]:
    """A shortcut dropped, or what it goes around."""
    node = place.node
    if place.in_forward and isinstance(node, ast.BinOp):
        yield ast.unparse(node.left)
        yield ast.unparse(node.right)


@operator
def no_gradient(place: Place) -> Iterator[str]:
    node = place.node
    if place.in_forward and isinstance(node, ast.BinOp):
        detached = ast.parse(f"({ast.unparse(node.right)}).detach()", mode="eval").body
        yield ast.unparse(ast.BinOp(node.left, node.op, detached))
    if place.in_forward and isinstance(node, ast.Return) and isinstance(node.value, ast.Name):
        yield f"return {node.value.id}.detach()"


def _joined(place: Place) -> list[ast.expr]:
    node = place.node
    if place.in_forward and isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.cat":
        first = node.args[0]
        return first.elts if isinstance(first, (ast.Tuple, ast.List)) else []
    return []


@operator
def sources_exchanged(place: Place) -> Iterator[str]:
    values, node = _joined(place), place.node
    for at in range(len(values) - 1):
        order = [*values]
        order[at], order[at + 1] = order[at + 1], order[at]
        assert isinstance(node, ast.Call)
        yield ast.unparse(ast.Call(node.func, [ast.Tuple(order, ast.Load()), *node.args[1:]], node.keywords))


@operator
def zeros_joined(place: Place) -> Iterator[str]:
    """A source of a concatenation left out, zeros in its place."""
    values, node = _joined(place), place.node
    for at, value in enumerate(values):
        zeros = ast.parse(f"torch.zeros_like({ast.unparse(value)})", mode="eval").body
        order = [*values[:at], zeros, *values[at + 1 :]]
        assert isinstance(node, ast.Call)
        yield ast.unparse(ast.Call(node.func, [ast.Tuple(order, ast.Load()), *node.args[1:]], node.keywords))


@operator
def outputs_exchanged(place: Place) -> Iterator[str]:
    node = place.node
    if place.in_forward and isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        yield f"return {', '.join(ast.unparse(one) for one in reversed(node.value.elts))}"


@operator
def samples_mixed(place: Place) -> Iterator[str]:
    node = place.node
    if place.in_forward and isinstance(node, ast.Return) and isinstance(node.value, ast.Name):
        yield f"return {node.value.id}.flip(0)"
        yield f"return {node.value.id} + 0.1 * {node.value.id}.mean(0, keepdim=True)"


@operator
def result_thrown_away(place: Place) -> Iterator[str]:
    node = place.node
    if place.in_forward and isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
        yield ast.unparse(node.value)


@operator
def done_twice(place: Place) -> Iterator[str]:
    node = place.node
    if place.in_forward and isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
        inner = ast.Call(node.value.func, [node.value], [])
        yield f"{ast.unparse(node.targets[0])} = {ast.unparse(inner)}"


@operator
def another_value(place: Place) -> Iterator[str]:
    """Another variable that is there: what a layer takes is not what it should."""
    node = place.node
    if place.in_forward and isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        function = next(one for one in place.above if isinstance(one, ast.FunctionDef))
        before = {one.id for one in ast.walk(function) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
                  and one.lineno < node.lineno}  # fmt: skip
        before |= {one.arg for one in function.args.args if one.arg != "self"}
        if node.id in before:
            yield from sorted(before - {node.id})


@operator
def lines_exchanged(place: Place) -> Iterator[str]:
    """The norm after the activation, the activation after the shortcut."""
    node = place.node
    function = place.above[-1] if place.above else None
    if place.in_forward and isinstance(node, ast.Assign) and isinstance(function, ast.FunctionDef):
        at = function.body.index(node)
        after = function.body[at + 1 : at + 2]
        if after and isinstance(after[0], ast.Assign) and isinstance(after[0].value, ast.Call):
            yield _swapped(node, after[0])


def _swapped(one: ast.Assign, other: ast.Assign) -> str:
    """What the next line calls, in place of this one's call: the same variables, the modules the other way round."""
    if not (isinstance(one.value, ast.Call) and isinstance(other.value, ast.Call)):
        return ast.unparse(one)
    inner = ast.Call(other.value.func, one.value.args, one.value.keywords)
    return f"{ast.unparse(one.targets[0])} = {ast.unparse(inner)}"
