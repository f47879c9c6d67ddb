"""The harness finds broken rules: each mutant breaks one, and the contract must then fail.

The draws are the same on every run, so a mutant that is found once is always found. ``_unharmed`` shows
that it is the broken rule that is found, and not the way in which it was broken.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from archcalc.layers.call import Call
from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.kinds import pool
from archcalc.sizes.axes import per_axis
from archcalc.sizes.rules import (
    Shape,
    ceil_div,
    prod,
)
from tests.support.broken_kinds import ENOUGH, after, broken, stricter, without
from tests.support.draw_layers import steady
from tests.support.torch_oracle import check_contract


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
    "attention: heads that do not divide the width": without("multihead_attention", "A204"),
    "attention: MACs of the projections alone": broken(
        "multihead_attention", macs=lambda s, x: prod(s.weights(x)["in_proj_weight"]) * x[0] * 4 // 3
    ),
    "attention: a bias for the projections in alone": after(
        "multihead_attention", "weights", lambda self, w: {name: w[name] for name in w if name != "out_proj.bias"}
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
    "rms norm: factors that start at 1": broken("rms_norm", started=lambda self, name, x: (1.0, 0.0)),
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
    "parameter: stored with a batch axis always": after("parameter", "weights", lambda self, w: {"": (1, *w[""])}),
    "parameter: the shape that arrives always": broken("parameter", out=lambda self, x: x),
    "channel shuffle: any groups": without("channel_shuffle", "A204"),
    "channel shuffle: features alone": broken("channel_shuffle", least_rank=1),
    "pixel shuffle: a factor of channels": after(
        "pixel_shuffle", "out", lambda s, o: (o[0] * s.upscale_factor, *o[1:])
    ),
    "embedding: a number for each row": broken("embedding", weights=lambda s, x: {"weight": (s.num_embeddings,)}),
    "embedding: in place of the last axis": after("embedding", "out", lambda self, o: (*o[:-2], o[-1])),
    "embedding: any padding": without("embedding", "A221", "padding_idx"),
    "position embedding: any length": without("position_embedding", "A221"),
    "position embedding: a place for each row": broken(
        "position_embedding",
        needs=lambda s, x: KINDS["position_embedding"].needs(msgspec.structs.replace(s, offset=0), x),
    ),
    "position embedding: as long as the table": broken(
        "position_embedding", out=lambda s, x: (s.num_embeddings, s.embedding_dim)
    ),
    "multihead attention: a causal mask halves": broken(
        "multihead_attention",
        macs=lambda s, x: (4 * x[1] + (1 if s.is_causal else 2) * x[0]) * x[0] * x[1],
    ),
    "multihead attention: any heads": without("multihead_attention", "A204"),
    "lstm: two weights in place of four tensors": after(
        "lstm", "weights", lambda self, w: {name: one for name, one in w.items() if "bias_hh" not in name}
    ),
    "lstm: as many gates as a GRU": broken("lstm", gates=3),
    "gru: every layer takes the input's width": broken(
        "gru", _inputs=lambda self, x: [self.settled("input_size", x)] * self.num_layers
    ),
    "gru: the states from the end in the others' place": broken("gru", out=lambda self, x: (x[0], self.hidden_size)),
    "rnn: one direction is counted": broken(
        "rnn", macs=lambda s, x: KINDS["rnn"].macs(s, x) // (2 if s.bidirectional else 1)
    ),
    "rnn: the last state alone": after("rnn", "out", lambda self, o: o[1:]),
    "transposed linear: as torch's": broken("transposed_linear", weights=KINDS["linear"].weights),
    "rotary: any heads": broken(
        "rotary", needs=lambda self, x: (n for n in KINDS["rotary"].needs(self, x) if "divide" not in n.why())
    ),
    "rotary: odd heads": broken(
        "rotary", needs=lambda self, x: (n for n in KINDS["rotary"].needs(self, x) if "pairs" not in n.why())
    ),
    "rotary: more values than a head has": without("rotary", "A215"),
    "rotary: an odd part of a head": without("rotary", "A204", "rotary_dim"),
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
    "rearrange: the sizes that arrive": broken("rearrange", out=lambda self, x: x),
    "rearrange: given the other way round": after("rearrange", "out", lambda self, o: o[::-1]),
    "rearrange: parts that are left over": without("rearrange", "A204"),
    "rearrange: sizes that another arrives for": without("rearrange", "A203"),
    "rearrange: two sizes that are left": without("rearrange", "A112"),
    "rearrange: sizes of what is not there": without("rearrange", "A114"),
    "pad to a multiple: to the one below": broken(
        "pad_to_multiple", out=lambda s, x: tuple(n // s.multiple * s.multiple for n in x)
    ),
    "pad to a multiple: every axis": broken("pad_to_multiple", _padded=lambda self, x: {*range(1, len(x) + 1)}),
    "pad to a multiple: an axis that is not there": without("pad_to_multiple", "A209"),
    "roll: an axis that is not there": without("roll", "A209"),
    "roll: any number of shifts": without("roll", "A114", "shifts"),
    "roll: any number of least sizes": without("roll", "A114", "longer_than"),
    "linear: any outputs without a bias": without("linear", "A215", "unbiased"),
    "linear: outputs without a bias that none has": without("linear", "A114", "unbiased"),
    "relative coordinates: those of places": broken(
        "relative_coordinates", out=lambda s, x: (*s.window_size, len(s.window_size))
    ),
    "mean: the axes stay": broken("mean", out=lambda self, x: x),
    "normalize: an axis that is not there": without("normalize", "A209"),
    "logit scale: a factor a channel": broken("logit_scale", weights=lambda self, x: {"": (x[0],)}),
    "standardised conv: of one weight": without("scaled_std_conv2d", "A216"),
    "standardised conv: a gain a kernel": broken(
        "scaled_std_conv2d", weights=lambda s, x: {**KINDS["conv2d"].weights(s, x), "gain": (s.out_channels, 1, 1)}
    ),
    "logit scale: any shape": without("logit_scale", "A203", "shape"),
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
    assert check_contract(broken(kind), steady(25)).accepted
