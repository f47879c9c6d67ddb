"""Fully connected layers."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from archcalc.layers.contract import Layer
from archcalc.layers.counters import LINEAR, macs, macs_and_biases, weights_once
from archcalc.layers.fields import Flag
from archcalc.layers.need import Need, says
from archcalc.layers.size_fields import Listed, Size
from archcalc.layers.starts import Spread, by_fan_in
from archcalc.layers.tied_needs import tied_needs
from archcalc.layers.working import Line, Window, each_used, places, written
from archcalc.sizes.axes import letters, shape_text
from archcalc.sizes.rules import Dim, Shape, prod


class _Weighted(Layer):
    sort: ClassVar[str] = LINEAR
    counted = {"torchinfo": weights_once, "ptflops": macs_and_biases, "thop": macs, "fvcore": macs}
    least_rank: ClassVar[int] = 1
    in_features: Annotated[int | None, Size(follows_axis=-1)] = None
    out_features: Annotated[int, Size()]
    bias: Annotated[bool, Flag()] = True

    positional: ClassVar[tuple[str, ...]] = ("in_features", "out_features")
    foreign: ClassVar[dict[str, str]] = {
        "units": "out_features",
        "num_output": "out_features",
        "neurons": "out_features",
        "out_channels": "out_features",
        "output_dim": "out_features",
        "in_channels": "in_features",
        "input_dim": "in_features",
        "use_bias": "bias",
        "bias_term": "bias",
    }

    def advice(self, x: Shape) -> Iterator[Need]:
        yield Need(
            len(x) < 3 or self.in_features is not None,
            "A210",
            lambda: f"transforms the last axis of {shape_text(x)} only; a `flatten` may be missing above",
            None,
            {"in_features": x[-1]},
        )

    def out(self, x: Shape) -> Shape:
        return (*x[:-1], self.out_features)

    def weights(self, x: Shape) -> dict[str, Shape]:
        weight = (self.out_features, self.settled("in_features", x))
        return {"weight": weight, "bias": (self.out_features,)} if self.bias else {"weight": weight}

    def started(self, name: str, x: Shape, /) -> Spread:
        return by_fan_in(self.weights(x)["weight"])

    def macs(self, x: Shape) -> Dim:
        """One weight's use at each position of the other axes: |weight| × positions."""
        return prod(self.weights(x)["weight"]) * prod(x[:-1])

    def derivation(self, x: Shape) -> Iterator[Line]:
        yield Line(f"{letters(len(x))[-1]}'", written(self.out_features), self.out_features, "out_features")

    def spent(self, x: Shape) -> Iterator[Line]:
        yield each_used(self.weights(x)["weight"], x[:-1], self.macs(x))

    def window(self, x: Shape) -> tuple[Window, ...]:
        return (Window(),) * (len(places(x)) - 1) + (Window(x[-1], 0),)

    def mixes_all(self, x: Shape) -> bool:
        return True

    def first(self, x: Shape) -> Window:
        return Window() if len(x) > 1 else Window(x[-1], 0)


class Linear(_Weighted):
    """(N, *, in_features) -> (N, *, out_features); torch.nn.Linear.

    y = x Aᵀ + b on the last axis; weight out_features × in_features, bias out_features. unbiased: [start, stop] leaves
    the bias out of the outputs start, start + 1, … stop − 1; its numbers stay in the weights, and learn nothing. So
    Swin v2 and BEiT have queries, keys and values of one layer, and no bias of the keys.
    """

    kind = "linear"
    beside_torch: ClassVar[tuple[str, ...]] = ("unbiased",)
    can_be_tied: ClassVar[bool] = True
    also_called: ClassVar[tuple[str, ...]] = (
        "dense",
        "fc",
        "fully_connected",
        "inner_product",
        "connected",
        "gemm",
        "affine",
    )
    unbiased: Annotated[tuple[int, ...] | None, Listed(Size(0), optional=True)] = None
    tied: tuple[Dim, ...] | None = None
    """The shape of the table that is its weight, too. It is the network, not a field, that says so."""

    def needs(self, x: Shape) -> Iterator[Need]:
        yield from tied_needs(self.weights(x)["weight"], self.tied)
        if self.unbiased is None:
            return
        yield Need(self.bias, "A114", lambda: "has no bias that outputs could go without", "unbiased")
        whole = len(self.unbiased) == 2
        yield Need(
            whole,
            "A114",
            lambda: "takes two numbers for `unbiased`, the first output and the next after the last",
            "unbiased",
        )
        if whole:
            start, stop = self.unbiased
            why = says("has no outputs from {:,} up to {:,}, and {:,} in all", start, stop, self.out_features)
            yield Need(start + 1 <= stop, "A215", why, "unbiased", {"unbiased": (stop, start)})
            yield Need(stop <= self.out_features, "A215", why, "unbiased")

    def own_weights(self, *xs: Shape) -> dict[str, Shape]:
        own = super().own_weights(*xs)
        return {name: shape for name, shape in own.items() if self.tied is None or name != "weight"}


class TransposedLinear(_Weighted):
    """(N, *, in_features) -> (N, *, out_features); y = x A + b, as transformers' Conv1D of GPT-2.

    A linear layer whose weight lies the other way: in_features × out_features, as TensorFlow has it.
    """

    kind = "transposed_linear"
    own_module: ClassVar[bool] = True
    also_called: ClassVar[tuple[str, ...]] = ("linear_transposed",)

    def weights(self, x: Shape) -> dict[str, Shape]:
        weight = (self.settled("in_features", x), self.out_features)
        return {"weight": weight, "bias": (self.out_features,)} if self.bias else {"weight": weight}

    def started(self, name: str, x: Shape, /) -> Spread:
        return by_fan_in(super().weights(x)["weight"])
