"""The harness finds broken rules: each mutant breaks one, and the contract must then fail.

The draws are the same on every run, so a mutant that is found once is always found. ``_unharmed`` shows
that it is the broken rule that is found, and not the way in which it was broken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import new_class
from typing import Annotated, Any

import msgspec
import pytest

from archcalc.layers import contract, conv, pool
from archcalc.layers.contract import KINDS, BatchNeed, Call, Layer, Need, per_axis
from archcalc.layers.fields import Flag
from archcalc.sizes import symbolic
from archcalc.sizes.rules import (
    Dim,
    Shape,
    ceil_div,
    dmax,
    dmin,
    equal,
    floor_div,
    is_array,
    is_function,
    is_known,
    prod,
)
from tests.support.torch_oracle import (
    check_batches,
    check_constructor,
    check_contract,
    check_flags,
    check_sizes,
    steady,
)

ENOUGH = 5_000
"""Examples for a mutant: most fall among the first fifty, the last at some thousand."""


def broken(kind: str, **attributes: Any) -> type[Layer]:
    """The kind with some of its methods or class attributes replaced; it is not registered."""
    whole = KINDS[kind]
    return new_class(whole.__name__, (whole,), exec_body=lambda body: body.update(attributes, __module__=__name__))


def without(kind: str, code: str, field: str | None = None) -> type[Layer]:
    """The kind without its needs of a code."""

    def needs(self: Layer, x: Shape) -> Iterator[Need]:
        return (need for need in KINDS[kind].needs(self, x) if (need.code, need.field) != (code, field or need.field))

    return broken(kind, needs=needs)


def stricter(kind: str, code: str, holds: Callable[[Any, Shape], bool]) -> type[Layer]:
    """The kind with one need more."""

    def needs(self: Layer, x: Shape) -> Iterator[Need]:
        yield from KINDS[kind].needs(self, x)
        yield Need(holds(self, x), code, lambda: "breaks a rule that torch does not have")

    return broken(kind, needs=needs)


def after(kind: str, method: str, change: Callable[[Any, Any], Any]) -> type[Layer]:
    """The kind with what one method gives changed."""
    return broken(kind, **{method: lambda self, x: change(self, getattr(KINDS[kind], method)(self, x))})


def _with_default(kind: str, field: str, vocabulary: Any, default: Any) -> type[Layer]:
    return broken(kind, __annotations__={field: Annotated[Any, vocabulary]}, **{field: default})


def _swapped_padding(self: Any, x: Shape) -> Any:
    return [(n, k, s, high, low, d) for n, k, s, low, high, d in KINDS["conv1d"]._along_axes(self, x)]  # type: ignore[attr-defined]


def _own_stride(self: Any, x: Shape) -> Any:
    layer = msgspec.structs.replace(self, stride=1) if self.stride is None else self
    return KINDS["max_pool2d"]._along_axes(layer, x)  # type: ignore[attr-defined]


def _all_conv_weights(self: Any, x: Shape) -> dict[str, Shape]:
    return {"weight": (self.out_channels, x[0], *per_axis(self.kernel_size, 2)), "bias": (self.out_channels,)}


MUTANTS: dict[str, type[Layer]] = {
    "conv: weights for all channels in each group": broken("conv2d", weights=_all_conv_weights),
    "conv: a bias, asked for or not": after("conv1d", "weights", lambda self, w: {"bias": (self.out_channels,), **w}),
    "conv: MACs of one position": broken("conv2d", macs=lambda self, x: prod(self.weights(x)["weight"])),
    "conv: MACs of the input's positions": broken("conv1d", macs=lambda s, x: prod(s.weights(x)["weight"]) * x[1]),
    "conv: MACs with the bias": broken(
        "conv2d", macs=lambda s, x: sum(map(prod, s.weights(x).values())) * prod(s.out(x)[1:])
    ),
    "conv: MACs of all channels in each group": after("conv3d", "macs", lambda self, macs: macs * self.groups),
    "conv: the kernel may reach past the input": without("conv2d", "A201"),
    "conv: any groups": without("conv1d", "A204"),
    "conv: groups that do not divide what comes out": broken(
        "conv2d", needs=lambda self, x: (n for n in KINDS["conv2d"].needs(self, x) if "output" not in n.why())
    ),
    "conv: same padding with a stride": without("conv2d", "A206"),
    "conv: the odd pixel of same padding before": broken("conv1d", _along_axes=_swapped_padding),
    "conv: any padding by reflection": without("conv1d", "A208"),
    "conv: padding by less of the input than it has": stricter(
        "conv1d", "A208", lambda self, x: self.padding_mode == "zeros" or per_axis(self.padding, 1)[0] != x[1] - 1
    ),
    "conv: padding that torch is not told of": after(
        "conv2d", "torch", lambda self, call: Call(call.name, call.args, {**call.kwargs, "padding": 0})
    ),
    "conv: any number of axes": broken("conv1d", ranks=None, checks=lambda self, x: iter(())),
    "conv: what is stated is not checked": broken(
        "conv2d", checks=lambda self, x: (n for n in KINDS["conv2d"].checks(self, x) if n.code != "A203")
    ),
    "pool: padding up to the kernel": broken(
        "avg_pool1d", needs=lambda s, x: (n for n in KINDS["avg_pool1d"].needs(s, x) if n.code != "A205")
    ),
    "pool: padding less than half the kernel": stricter(
        "max_pool1d", "A205", lambda self, x: self.padding != 1 or self.kernel_size != 2
    ),
    "pool: windows larger than the input": without("max_pool2d", "A207", "kernel_size"),
    "pool: windows larger than the unpadded input": broken("avg_pool3d", _fits=pool._Pool._fits),
    "pool: a stride of one where none is stated": broken("max_pool2d", _along_axes=_own_stride),
    "adaptive pool: gives what arrives": broken("adaptive_avg_pool2d", out=lambda self, x: x),
    "linear: flattens": broken("linear", out=lambda self, x: (self.out_features,)),
    "linear: MACs of one position": broken("linear", macs=lambda self, x: prod(self.weights(x)["weight"])),
    "linear: the weight the other way round": after(
        "linear", "weights", lambda self, w: {**w, "weight": w["weight"][::-1]}
    ),
    "batch norm: no count of batches": after(
        "batch_norm2d", "buffers", lambda self, b: {k: v for k, v in b.items() if k != "num_batches_tracked"}
    ),
    "batch norm: weights though not affine": broken(
        "batch_norm1d", weights=lambda self, x: {"weight": (x[0],), "bias": (x[0],)}
    ),
    "batch norm: any number of axes": broken("batch_norm2d", ranks=None),
    "batch norm: MACs": broken("batch_norm3d", macs=lambda self, x: prod(x)),
    "response norm: features alone": without("local_response_norm", "A202"),
    "prelu: one slope always": broken("prelu", weights=lambda self, x: {"weight": (1,)}),
    "prelu: any number of slopes": without("prelu", "A203"),
    "leaky relu: in place with any slope": without("leaky_relu", "A114"),
    "glu: halves nothing": broken("glu", out=lambda self, x: x),
    "glu: halves what is odd": without("glu", "A204"),
    "hardtanh: an empty range": without("hardtanh", "A114"),
    "softmax: an axis that is not there": without("log_softmax", "A209", "dim"),
    "flatten: one axis too few": broken(
        "flatten", out=lambda self, x: KINDS["flatten"].out(msgspec.structs.replace(self, end_dim=-2), x)
    ),
    "flatten: ends before it starts": broken(
        "flatten", needs=lambda self, x: (n for n in KINDS["flatten"].needs(self, x) if "before" not in n.why())
    ),
    "transposed conv: weights as of a convolution": after(
        "conv_transpose2d",
        "weights",
        lambda self, w: {**w, "weight": (w["weight"][1], w["weight"][0], *w["weight"][2:])},
    ),
    "transposed conv: MACs of the output's positions": broken(
        "conv_transpose1d", macs=lambda self, x: prod(self.weights(x)["weight"]) * prod(self.out(x)[1:])
    ),
    "transposed conv: any output padding": without("conv_transpose2d", "A212"),
    "transposed conv: output padding below the stride": stricter(
        "conv_transpose1d", "A212", lambda s, x: per_axis(s.output_padding, 1)[0] < per_axis(s.stride, 1)[0]
    ),
    "transposed conv: nothing left": without("conv_transpose1d", "A207"),
    "layer norm: over the channels": broken(
        "layer_norm", _shape=lambda self, x: self.normalized_shape if type(self.normalized_shape) is tuple else (x[0],)
    ),
    "layer norm: a bias, asked for or not": after(
        "layer_norm", "weights", lambda self, w: {**w, "bias": w["weight"]} if w else {}
    ),
    "layer norm: over any sizes": without("layer_norm", "A203"),
    "rms norm: a bias": after("rms_norm", "weights", lambda self, w: {**w, "bias": w["weight"]} if w else {}),
    "map norm: over the rows": broken("layer_norm2d", infers=lambda self, x: {"normalized_shape": x[-1]}),
    "group norm: any groups": without("group_norm", "A204"),
    "group norm: a weight a group": after(
        "group_norm", "weights", lambda self, w: dict.fromkeys(w, (self.num_groups,))
    ),
    "instance norm: over a single pixel": without("instance_norm2d", "A216"),
    "instance norm: statistics always": after(
        "instance_norm1d", "buffers", lambda self, b: {"running_mean": (1,), "running_var": (1,), **b}
    ),
    "layer scale: one factor": broken("layer_scale", torch=lambda self, x: Call("full", ((1,), 1.0), {})),
    "layer scale: a second parameter": after("layer_scale", "weights", lambda self, w: {**w, "bias": w[""]}),
    "channel shuffle: any groups": without("channel_shuffle", "A204"),
    "channel shuffle: features alone": broken("channel_shuffle", least_rank=1),
    "pixel shuffle: a factor of channels": after(
        "pixel_shuffle", "out", lambda s, o: (o[0] * s.upscale_factor, *o[1:])
    ),
    "pixel shuffle: any channels": without("pixel_shuffle", "A204"),
    "pixel unshuffle: rounded": without("pixel_unshuffle", "A204"),
    "permute: the way back": broken(
        "permute", out=lambda s, x: tuple(x[s.dims.index(i) - 1] for i in range(1, len(s.dims))) if s.dims else x
    ),
    "permute: any number of axes": without("permute", "A209"),
    "reshape: any number of values": without("reshape", "A214"),
    "reshape: the rest is one": after("reshape", "out", lambda self, o: tuple(1 if n == -1 else n for n in self.shape)),
    "pad: the first axis first": broken(
        "pad",
        _sides=lambda s, x: (
            [*zip(x, s.padding[::2], s.padding[1::2], strict=False)] + [(n, 0, 0) for n in x[len(s.padding) // 2 :]]
        ),
    ),
    "pad: reflects more than there is": without("pad", "A208"),
    "pad: a value for what repeats": without("pad", "A114", "value"),
    "pad: more axes than there are": without("pad", "A209"),
    "mean: the axes stay": broken("mean", out=lambda self, x: x),
    "mean: twice over an axis": broken(
        "mean", needs=lambda self, x: (n for n in KINDS["mean"].needs(self, x) if "twice" not in n.why())
    ),
    "slice: up to and with its end": after("slice", "out", lambda self, o: tuple(n + 1 for n in o)),
    "slice: an axis that is not there": without("slice", "A209"),
    "upsample: rounded up": broken(
        "upsample",
        out=lambda s, x: (
            KINDS["upsample"].out(s, x)
            if s.size is not None or not s._matches(x)
            else (
                x[0],
                *(
                    ceil_div(int(n * f * 4), 4)
                    for n, f in zip(x[1:], per_axis(s.scale_factor, len(x) - 1), strict=True)
                ),
            )
        ),
    ),
    "upsample: size and factor": without("upsample", "A112"),
    "upsample: corners of what has none": without("upsample", "A114", "align_corners"),
    "upsample: any mode on any map": without("upsample", "A202"),
    "upsample: down to nothing": without("upsample", "A207"),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_broken_kind_is_found(mutant: str) -> None:
    with pytest.raises(AssertionError):
        check_contract(MUTANTS[mutant], steady(ENOUGH))


@pytest.mark.parametrize("kind", sorted({mutant.kind for mutant in MUTANTS.values()}))
def test_unharmed(kind: str) -> None:
    assert check_contract(broken(kind), steady(100)).accepted


def _rounded_up(n: Dim, k: Dim, s: Dim, p: Dim, d: Dim) -> Dim:
    return ceil_div(n + 2 * p - d * (k - 1) - 1, s) + 1


def _undilated(n: Dim, k: Dim, s: Dim, p: Dim, d: Dim) -> Dim:
    return floor_div(n + 2 * p - k, s) + 1


def _padded_once(n: Dim, k: Dim, s: Dim, p: Dim, d: Dim) -> Dim:
    return floor_div(n + p - d * (k - 1) - 1, s) + 1


def _short_of_one(n: Dim, k: Dim, s: Dim, p: Dim, d: Dim) -> Dim:
    return floor_div(n + 2 * p - d * (k - 1) - 1, s)


def _unclamped(n: Dim, k: Dim, s: Dim, p: Dim, d: Dim, ceil_mode: bool) -> Dim:
    return (_rounded_up if ceil_mode else conv.window)(n, k, s, p, d)


def _clamped_at_the_input(n: Dim, k: Dim, s: Dim, p: Dim, d: Dim, ceil_mode: bool) -> Dim:
    if not ceil_mode:
        return conv.window(n, k, s, p, d)
    return dmin(ceil_div(n + 2 * p - d * (k - 1) - 1, s), floor_div(n - 1, s)) + 1


@pytest.mark.parametrize(
    ("kind", "module", "function", "replaced_by"),
    [
        ("conv1d", conv, "window", _rounded_up),
        ("conv2d", conv, "window", _undilated),
        ("conv3d", conv, "window", _padded_once),
        ("max_pool1d", pool, "window", _rounded_up),
        ("max_pool3d", pool, "window", _undilated),
        ("avg_pool2d", pool, "window", _short_of_one),
        ("avg_pool1d", pool, "pooled", _unclamped),
        ("max_pool2d", pool, "pooled", _unclamped),
        ("max_pool2d", pool, "pooled", _clamped_at_the_input),
    ],
)
def test_a_broken_formula_is_found(
    kind: str, module: Any, function: str, replaced_by: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, function, replaced_by)
    with pytest.raises(AssertionError):
        check_contract(KINDS[kind], steady(ENOUGH))


def _true_division_of_arrays(a: Dim, b: Dim) -> Dim:
    return a / b if is_array(a, b) else floor_div(a, b)


def _larger_of_arrays(a: Dim, b: Dim) -> Dim:
    import numpy as np

    return np.maximum(a, b) if is_array(a, b) else dmin(a, b)


def _larger_of_functions(a: Dim, b: Dim) -> Dim:
    return dmax(a, b) if is_function(a) or is_function(b) else dmin(a, b)


def _unknown_is_wrong(a: Dim, b: Dim) -> Any:
    return equal(a, b) if is_known(a, b) else False


@pytest.mark.parametrize(
    ("kind", "module", "function", "replaced_by"),
    [
        # One of the tools that we know of drops the floor where sizes are symbols.
        ("conv2d", symbolic, "floor_div", lambda a, b: symbolic.closed(a) / symbolic.closed(b)),
        ("conv1d", conv, "floor_div", _true_division_of_arrays),
        ("max_pool2d", pool, "dmin", _larger_of_arrays),
        ("max_pool1d", pool, "dmin", _larger_of_functions),
        ("linear", contract, "equal", _unknown_is_wrong),
    ],
)
def test_a_rule_that_knows_ints_only_is_found(
    kind: str, module: Any, function: str, replaced_by: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_sizes(KINDS[kind], steady(50))
    monkeypatch.setattr(module, function, replaced_by)
    with pytest.raises(AssertionError):
        check_sizes(KINDS[kind], steady(400))


@pytest.mark.parametrize(
    "mutant",
    [
        broken("dropout", random_in_training=False),
        broken("relu", random_in_training=True),
        broken("batch_norm1d", batch_statistics=False),
        broken("local_response_norm", batch_statistics=True),
        broken("log_softmax", gives_probabilities=False),
        broken("softmin", gives_probabilities=True),
        broken("stochastic_depth", random_in_training=False),
        broken("group_norm", batch_statistics=True),
    ],
)
def test_a_wrong_flag_is_found(mutant: type[Layer]) -> None:
    check_flags(KINDS[mutant.kind])
    with pytest.raises(AssertionError):
        check_flags(mutant)


def _asking(kind: str, **changes: Any) -> type[Layer]:
    """The kind with something else in what it asks of the batch."""

    def batch_needs(self: Layer, x: Shape) -> Iterator[BatchNeed]:
        return (msgspec.structs.replace(need, **changes) for need in KINDS[kind].batch_needs(self, x))

    return broken(kind, batch_needs=batch_needs)


def _asking_too(kind: str, each: Callable[[Any, Shape], Dim], only_in_training: bool = True) -> type[Layer]:
    """The kind with two samples asked for where one has so few values."""

    def batch_needs(self: Layer, x: Shape) -> Iterator[BatchNeed]:
        yield BatchNeed(each(self, x), 2, only_in_training, "A216", lambda: "breaks a rule that torch does not have")

    return broken(kind, batch_needs=batch_needs)


BATCH_MUTANTS: dict[str, type[Layer]] = {
    "batch norm: any batch": broken("batch_norm2d", batch_needs=lambda self, x: iter(())),
    "batch norm: two samples of any map": _asking("batch_norm2d", each=1),
    "batch norm: one value of all channels": _asking_too("batch_norm3d", lambda self, x: prod(x)),
    "batch norm: one value along the first axis": _asking_too("batch_norm3d", lambda self, x: x[1]),
    "batch norm: three values": _asking("batch_norm1d", least=3),
    "batch norm: any batch in evaluation": _asking("batch_norm1d", only_in_training=True),
    "batch norm: two samples in evaluation": _asking("batch_norm2d", only_in_training=False),
    "layer norm: two samples of one value": _asking_too("layer_norm", lambda self, x: prod(x)),
    "instance norm: two samples of three pixels": _asking_too("instance_norm2d", lambda self, x: prod(x[1:]) // 2),
    "linear: two samples of one feature": _asking_too("linear", lambda self, x: x[0]),
}


@pytest.mark.parametrize("mutant", BATCH_MUTANTS)
def test_a_wrong_condition_on_the_batch_is_found(mutant: str) -> None:
    kind = BATCH_MUTANTS[mutant]
    check_batches(KINDS[kind.kind])
    with pytest.raises(AssertionError):
        check_batches(kind)


@pytest.mark.parametrize(
    "mutant",
    [
        broken("conv2d", positional=("out_channels", "in_channels")),
        _with_default("conv1d", "bias", Flag(), False),
        _with_default("instance_norm2d", "affine", Flag(), True),
        _with_default("mean", "keepdim", Flag(), True),
        _with_default("max_pool2d", "return_first", Flag(), False),
        broken("dropout", torch=lambda self, x: Call("Dropout", (self.p,), {"inplace": self.inplace})),
    ],
)
def test_a_wrong_constructor_is_found(mutant: type[Layer]) -> None:
    check_constructor(KINDS[mutant.kind])
    with pytest.raises(AssertionError):
        check_constructor(mutant)
