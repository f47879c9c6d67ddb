"""The functions that generated tests bring with them, one for each layer kind in the network."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

from archcalc.layers.contract import Layer
from archcalc.layers.record import defaults_of
from archcalc.targets.python.source import Code


def function_name(kind: type[Layer], layers: Iterable[Layer]) -> str:
    """The function for these layers of a kind: one of its own where a setting that is seldom given is given."""
    defaults, there = defaults_of(kind), functions_of(_family(kind))
    for setting in defaults:
        name = f"{kind.kind}_with_{setting}"
        if name in there and any(getattr(layer, setting) != defaults[setting] for layer in layers):
            return name
    return kind.kind


def reference_source(names: Iterable[tuple[type[Layer], str]]) -> list[Code]:
    """The source of these functions, each below those that it calls."""
    found: dict[str, Code] = {}
    for kind, name in names:
        _bring(name, functions_of(_family(kind)), found)
    return [layer_class(), *found.values()]


def layer_class() -> Code:
    """What the functions are given."""
    return _definitions("layer", ast.ClassDef)["Layer"]


def _bring(name: str, there: dict[str, Code], found: dict[str, Code]) -> None:
    if name in found:
        return
    for called in _names(there[name]):
        if called in there and called != name:
            _bring(called, there, found)
    found[name] = there[name]


def _names(source: str) -> Iterator[str]:
    return (node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name))


def _family(kind: type[Layer]) -> str:
    return kind.__module__.rpartition(".")[2]


def functions_of(family: str) -> dict[str, Code]:
    """The functions of the kinds that are in a module of ``archcalc/layers/kinds``, by their names."""
    return _definitions(family, ast.FunctionDef)


@cache
def _definitions(module: str, sort: type[ast.ClassDef] | type[ast.FunctionDef]) -> dict[str, Code]:
    """What a file of ``templates/torch/reference`` defines, by its name."""
    text = (files("archcalc.templates") / "torch" / "reference" / f"{module}.py").read_text("utf-8")
    found = (node for node in ast.parse(text).body if isinstance(node, sort))
    return {node.name: Code(ast.get_source_segment(text, node) or "") for node in found}
