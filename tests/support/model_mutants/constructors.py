"""Slips in what the constructor makes: another layer, another setting, another order."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.support.model_mutants.places import Place, operator

SHAPED = {"stride", "padding", "dilation", "groups", "kernel_size", "output_size", "output_padding"}
ACTIVATIONS = ("ReLU", "GELU", "SiLU", "Tanh", "Sigmoid", "Hardswish", "ReLU6", "LeakyReLU", "Hardsigmoid")
POOLS = {"MaxPool": "AvgPool", "AvgPool": "MaxPool", "AdaptiveAvgPool": "AdaptiveMaxPool"}
POOLS |= {"AdaptiveMaxPool": "AdaptiveAvgPool"}
ONLY_OF = {"Max": {"dilation"}, "Avg": {"count_include_pad", "divisor_override"}}
UNSTATED = {
    "BatchNorm": ["eps=0.01", "momentum=0.2"],
    "LayerNorm": ["eps=0.01"],
    "GroupNorm": ["eps=0.01"],
    "LocalResponseNorm": ["k=2.5", "beta=0.5", "alpha=0.001"],
    "Conv": ['padding_mode="reflect"', "dilation=2", "stride=2", "bias=False", "groups=2"],
    "Linear": ["bias=False"],
    "MaxPool": ["ceil_mode=True", "dilation=2", "padding=1"],
    "AvgPool": ["ceil_mode=True", "count_include_pad=False", "padding=1"],
    "GELU": ['approximate="tanh"'],
    "Dropout": [],
    "StochasticDepth": ['mode="batch"'],
}
"""What a constructor may be told that it was not told."""


@operator
def no_activation(place: Place) -> Iterator[str]:
    if place.in_constructor and _class_of(place.node) in ACTIVATIONS:
        yield "nn.Identity()"


@operator
def another_activation(place: Place) -> Iterator[str]:
    name = _class_of(place.node)
    if place.in_constructor and name in ACTIVATIONS:
        yield from (f"nn.{other}()" for other in ACTIVATIONS if other != name)


@operator
def another_pool(place: Place) -> Iterator[str]:
    name = _class_of(place.node)
    base, axes = name[:-2], name[-2:]
    if place.in_constructor and base in POOLS and isinstance(place.node, ast.Call):
        lost = ONLY_OF["Max" if "Max" in base else "Avg"]
        kept = [one for one in place.node.keywords if one.arg not in lost]
        called = ast.parse(f"nn.{POOLS[base]}{axes}", mode="eval").body
        yield ast.unparse(ast.Call(called, place.node.args, kept))


@operator
def another_constant(place: Place) -> Iterator[str]:
    """A rate, an eps, a momentum, an exponent, a factor."""
    node = place.node
    if place.in_constructor and isinstance(node, ast.Constant) and isinstance(node.value, float):
        yield repr(node.value * 2 if node.value else 0.1)
        yield repr(node.value / 2 + 0.01)


@operator
def another_size(place: Place) -> Iterator[str]:
    """A stride, padding, dilation or kernel that is another by one: it may leave the shape as it was."""
    node = place.node
    if place.in_constructor and isinstance(node, ast.Call):
        for one in node.keywords:
            if one.arg in SHAPED and isinstance(one.value, ast.Constant) and isinstance(one.value.value, int):
                for value in (one.value.value + 1, one.value.value - 1):
                    if value >= (one.arg == "padding"):
                        yield _with(node, one.arg, ast.Constant(value))
            if one.arg in SHAPED and isinstance(one.value, ast.Tuple):
                yield _with(node, one.arg, ast.Tuple(one.value.elts[::-1], ast.Load()))


@operator
def another_window(place: Place) -> Iterator[str]:
    """A kernel of the same reach with holes: the shape stays."""
    node = place.node
    if place.in_constructor and isinstance(node, ast.Call) and "Conv" in _class_of(node):
        given = {one.arg: one.value for one in node.keywords}
        pads = given.get("padding")
        if isinstance(pads, ast.Constant) and isinstance(pads.value, int) and "dilation" not in given:
            wider = ast.Call(node.func, node.args, [*node.keywords, ast.keyword("dilation", ast.Constant(2))])
            yield _with(wider, "padding", ast.Constant(2 * pads.value))


@operator
def something_unstated(place: Place) -> Iterator[str]:
    """A setting that is torch's default."""
    node, name = place.node, _class_of(place.node)
    if place.in_constructor and isinstance(node, ast.Call):
        given = {one.arg for one in node.keywords}
        for start, additions in UNSTATED.items():
            if name.startswith(start) and not name.startswith("ConvTranspose"):
                for one in additions:
                    if one.partition("=")[0] not in given:
                        yield f"{ast.unparse(node)[:-1]}, {one})".replace("(, ", "(")


@operator
def a_setting_left_out(place: Place) -> Iterator[str]:
    node = place.node
    if place.in_constructor and isinstance(node, ast.Call) and _class_of(node):
        yield from (_with(node, one.arg, None) for one in node.keywords if one.arg not in (None, "inplace"))


@operator
def another_flag(place: Place) -> Iterator[str]:
    node = place.node
    if place.in_constructor and isinstance(node, ast.keyword) and node.arg != "inplace":
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, bool):
            yield f"{node.arg}={not node.value.value}"
        if node.arg == "dim" and isinstance(node.value, ast.Constant) and isinstance(node.value.value, int):
            yield f"dim={1 - node.value.value}"


@operator
def nothing_random(place: Place) -> Iterator[str]:
    """Dropout or stochastic depth off."""
    name = _class_of(place.node)
    if place.in_constructor and ("Dropout" in name or name == "StochasticDepth"):
        yield "nn.Identity()"
        yield ("nn." if "Dropout" in name else "") + f"{name}(0.0)"


@operator
def no_normalisation(place: Place) -> Iterator[str]:
    if place.in_constructor and "Norm" in _class_of(place.node):
        yield "nn.Identity()"


@operator
def frozen(place: Place) -> Iterator[str]:
    name = _class_of(place.node)
    if place.in_constructor and name.startswith(("Conv", "Linear", "BatchNorm", "LayerNorm")):
        yield f"{ast.unparse(place.node)}.requires_grad_(False)"


@operator
def modules_exchanged(place: Place) -> Iterator[str]:
    """Neighbours in an ``nn.Sequential``: the activation before the norm, say."""
    node = place.node
    if _class_of(node) == "Sequential" or _is_super_init(node):
        assert isinstance(node, ast.Call)
        for at in range(len(node.args) - 1):
            args = [*node.args]
            args[at], args[at + 1] = args[at + 1], args[at]
            yield ast.unparse(ast.Call(node.func, args, node.keywords))


def _is_super_init(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "super().__init__"


@operator
def another_condition(place: Place) -> Iterator[str]:
    node = place.node
    other: dict[type[ast.cmpop], ast.cmpop] = {ast.Eq: ast.NotEq(), ast.NotEq: ast.Eq(), ast.Gt: ast.LtE()}
    other |= {ast.Lt: ast.GtE(), ast.GtE: ast.Lt(), ast.LtE: ast.Gt()}
    if place.in_constructor and isinstance(node, ast.Compare) and type(node.ops[0]) in other:
        yield ast.unparse(ast.Compare(node.left, [other[type(node.ops[0])]], node.comparators))


def _class_of(node: ast.AST) -> str:
    """The class that a call constructs, ``Conv2d`` of ``nn.Conv2d(…)``; nothing of other nodes."""
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) and node.func.value.id == "nn":
        return node.func.attr
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    return name if name[:1].isupper() else ""


def _with(call: ast.Call, keyword: str, value: ast.expr | None) -> str:
    keywords = [ast.keyword(one.arg, value if one.arg == keyword and value else one.value) for one in call.keywords
                if one.arg != keyword or value is not None]  # fmt: skip
    return ast.unparse(ast.Call(call.func, call.args, keywords))
