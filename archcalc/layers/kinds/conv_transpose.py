"""Transposed convolutions over one, two and three spatial axes."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from archcalc.layers.contract import Layer
from archcalc.layers.counters import Count, at_each_output, macs, macs_and_biases
from archcalc.layers.counters import Sizes as Numbers
from archcalc.layers.fields import Flag
from archcalc.layers.kinds.conv import group_needs
from archcalc.layers.need import Need, says
from archcalc.layers.size_fields import PerAxis, Size, Sizes
from archcalc.layers.starts import Spread, by_fan_in
from archcalc.layers.working import Line, Window, at_most, chain, each_used, parted, written
from archcalc.sizes.axes import letters, per_axis
from archcalc.sizes.rules import Dim, Shape, dmax, floor_div, prod


def spread(n: Dim, k: Dim, s: Dim, p: Dim, extra: Dim, d: Dim) -> Dim:
    """(n − 1)s − 2p + d(k − 1) + extra + 1, the size whose convolution has n places.

    Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", relationship 14.
    """
    return (n - 1) * s - 2 * p + d * (k - 1) + extra + 1


def _as_a_convolution(layer: Layer, xs: tuple[Numbers, ...], given: Numbers, _macs: int) -> Count:
    """As if each value that is given were a window of what arrives."""
    kernel, groups = prod(layer.weights(*xs)["weight"][2:]), layer.groups  # type: ignore[attr-defined]
    return Count(prod(given) * (xs[0][0] // groups) * kernel)


class _ConvTranspose(Layer):
    sort: ClassVar[str] = "transposed convolutions"
    counted = {"torchinfo": at_each_output, "ptflops": macs_and_biases, "thop": _as_a_convolution, "fvcore": macs}
    in_channels: Annotated[int | None, Size(follows_axis=0)] = None
    out_channels: Annotated[int, Size()]
    kernel_size: Annotated[Sizes, PerAxis()]
    stride: Annotated[Sizes, PerAxis()] = 1
    padding: Annotated[Sizes, PerAxis(at_least=0)] = 0
    output_padding: Annotated[Sizes, PerAxis(at_least=0, drawn_to=3)] = 0
    groups: Annotated[int, Size(drawn_to=4)] = 1
    bias: Annotated[bool, Flag()] = True
    dilation: Annotated[Sizes, PerAxis()] = 1

    positional: ClassVar[tuple[str, ...]] = ("in_channels", "out_channels")
    foreign: ClassVar[dict[str, str]] = {
        "filters": "out_channels",
        "num_output": "out_channels",
        "channels": "out_channels",
        "strides": "stride",
        "kernel": "kernel_size",
        "filter_size": "kernel_size",
        "pad": "padding",
        "pads": "padding",
        "adj": "output_padding",
        "dilation_rate": "dilation",
        "dilations": "dilation",
        "group": "groups",
        "use_bias": "bias",
        "bias_term": "bias",
    }

    def _along_axes(self, x: Shape) -> list[tuple[Dim, Dim, Dim, Dim, Dim, Dim]]:
        """For each spatial axis: size, kernel, stride, padding, output_padding, dilation."""
        settings = (self.kernel_size, self.stride, self.padding, self.output_padding, self.dilation)
        return list(zip(x[1:], *(per_axis(value, self.axes) for value in settings), strict=True))

    def out(self, x: Shape) -> Shape:
        return (self.out_channels, *(spread(*along) for along in self._along_axes(x)))

    def needs(self, x: Shape) -> Iterator[Need]:
        yield from group_needs(self.groups, self.settled("in_channels", x), self.out_channels)
        for along in self._along_axes(x):
            (n, _, s, p, extra, d), size = along, spread(*along)
            yield Need(
                extra <= dmax(s, d) - 1,
                "A212",
                says("adds {} at the end, which is not less than its stride of {} or its dilation of {}", extra, s, d),
                "output_padding",
            )
            yield Need(
                size >= 1,
                "A207",
                says("pads by {}, which takes more than what it makes of {}: {} would be left", p, n, size),
                "padding",
            )

    def weights(self, x: Shape) -> dict[str, Shape]:
        kernel = per_axis(self.kernel_size, self.axes)
        weight = (self.settled("in_channels", x), floor_div(self.out_channels, self.groups), *kernel)
        return {"weight": weight, "bias": (self.out_channels,)} if self.bias else {"weight": weight}

    def started(self, name: str, x: Shape, /) -> Spread:
        return by_fan_in(self.weights(x)["weight"])

    def macs(self, x: Shape) -> Dim:
        """One weight's use at each input position: |weight| × positions."""
        return prod(self.weights(x)["weight"]) * prod(x[1:])

    def derivation(self, x: Shape) -> Iterator[Line]:
        if self.groups != 1:
            yield parted("A204", "input channels", self.settled("in_channels", x), self.groups)
            yield parted("A204", "output channels", self.out_channels, self.groups)
        given = self.out(x)
        yield Line("C'", written(given[0]), given[0], "out_channels")
        for axis, size, (n, k, s, p, extra, d) in zip(letters(len(x))[1:], given[1:], self._along_axes(x), strict=True):
            how = f"({written(n)} − 1)·{written(s)} − 2·{written(p)} + {written(d)}·({written(k)} − 1)"
            how += f" + {written(extra)} + 1"
            yield Line(f"{axis}'", chain(how, size), size)
            yield at_most("A207", axis, ("1", 1), (how, size))
            larger = dmax(s, d)
            yield at_most("A212", axis, (written(extra), extra), (f"{written(larger)} − 1", larger - 1))

    def spent(self, x: Shape) -> Iterator[Line]:
        yield each_used(self.weights(x)["weight"], x[1:], self.macs(x))

    def mixes_all(self, x: Shape) -> bool:
        return type(self.groups) is int and self.groups == 1

    def window(self, x: Shape) -> tuple[Window, ...] | None:
        """The kernel turned round, where the stride is 1; else neighbouring places see differently many pixels."""
        found = []
        for _, k, s, p, _, d in self._along_axes(x):
            if s != 1:
                return None
            found.append(Window(k, 1, d * (k - 1) - p, d))
        return tuple(found)

    def spreads(self, x: Shape) -> tuple[Window, ...]:
        return tuple(Window(k, s, p, d) for _, k, s, p, _, d in self._along_axes(x))


class ConvTranspose1d(_ConvTranspose):
    """(N, C, L) -> (N, out_channels, L'); torch.nn.ConvTranspose1d.

    L' = (L − 1)·stride − 2·padding + dilation·(kernel_size − 1) + output_padding + 1;
    weight C × out_channels/groups × kernel_size, bias out_channels.
    """

    kind = "conv_transpose1d"
    also_called = ("deconv1d", "conv1d_transpose")
    axes = 1
    ranks = (2,)


class ConvTranspose2d(_ConvTranspose):
    """(N, C, H, W) -> (N, out_channels, H', W'); torch.nn.ConvTranspose2d.

    H' = (H − 1)·stride − 2·padding + dilation·(kernel_size − 1) + output_padding + 1, and W' likewise;
    weight C × out_channels/groups × kernel_size × kernel_size, bias out_channels.
    Zeiler et al. 2010, "Deconvolutional networks".
    """

    kind = "conv_transpose2d"
    also_called = (
        "deconv",
        "deconvolution",
        "deconv2d",
        "up_conv",
        "transposed_conv",
        "conv_transpose",
        "conv2d_transpose",
    )
    axes = 2
    ranks = (3,)


class ConvTranspose3d(_ConvTranspose):
    """(N, C, D, H, W) -> (N, out_channels, D', H', W'); torch.nn.ConvTranspose3d.

    D' = (D − 1)·stride − 2·padding + dilation·(kernel_size − 1) + output_padding + 1, and H', W' likewise;
    weight C × out_channels/groups × kernel_size³, bias out_channels.
    """

    kind = "conv_transpose3d"
    also_called = ("deconv3d", "conv3d_transpose")
    axes = 3
    ranks = (4,)
