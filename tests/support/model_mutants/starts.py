"""Slips in how the tensors start."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.support.model_mutants.places import Place, operator


@operator
def another_start(place: Place) -> Iterator[str]:
    """Another deviation or constant."""
    node = place.node
    if place.within("reset_parameters") and isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant):
        value = node.value.value
        if isinstance(value, (int, float)):
            yield f"{node.arg}={value * 2 if value else 0.5}"
            yield f"{node.arg}={value / 2 + 0.05}"


@operator
def another_rule(place: Place) -> Iterator[str]:
    node = place.node
    if (
        place.within("reset_parameters")
        and isinstance(node, ast.Attribute)
        and ast.unparse(node).startswith("nn.init.")
    ):
        yield from (f"nn.init.{name}_" for name in ("zeros", "ones", "kaiming_normal", "xavier_uniform", "uniform"))


@operator
def not_started(place: Place) -> Iterator[str]:
    node = place.node
    if isinstance(node, ast.Expr) and ast.unparse(node) == "self.reset_parameters()":
        yield "pass"
    if place.within("reset_parameters") and isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple):
        fewer = ast.Tuple(node.iter.elts[1:], ast.Load())
        yield f"for {ast.unparse(node.target)} in {ast.unparse(fewer)}:\n{_body_of(node)}"
        yield "pass"
    if place.within("reset_parameters") and isinstance(node, (ast.If, ast.Expr)) and not _is_docstring(node):
        yield "pass"
    if place.within("reset_parameters") and isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance":
        yield from (f"isinstance(module, {ast.unparse(one)})" for one in getattr(node.args[1], "elts", ()))


def _is_docstring(node: ast.If | ast.Expr) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _body_of(node: ast.For) -> str:
    pad = " " * (node.col_offset + 4)
    return "\n".join(pad + line for one in node.body for line in ast.unparse(one).splitlines())
