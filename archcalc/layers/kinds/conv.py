"""Convolutions over one, two and three spatial axes."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from archcalc.layers.contract import Layer
from archcalc.layers.counters import at_each_output, macs, macs_and_biases
from archcalc.layers.fields import Choice, Flag, Real
from archcalc.layers.need import Need, says
from archcalc.layers.size_fields import PerAxis, Size, Sizes
from archcalc.layers.starts import Spread, by_fan_in
from archcalc.layers.working import Line, Repeats, Window, at_most, chain, each_used, parted, written
from archcalc.sizes.axes import letters, per_axis
from archcalc.sizes.rules import Dim, Shape, divides, equal, floor_div, is_known, known_size, modulo, prod


def window(n: Dim, k: Dim, s: Dim, p: Dim, d: Dim) -> Dim:
    """⌊(n + 2p − d(k−1) − 1)/s⌋ + 1, the number of places a window takes along an axis.

    Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", relationships 6 and 15.
    """
    return floor_div(n + 2 * p - d * (k - 1) - 1, s) + 1


def window_line(of: str, given: Dim, n: Dim, k: Dim, s: Dim, p: Dim, d: Dim) -> Line:
    """The formula of ``window`` with the numbers put in, and what is left over."""
    span = n + 2 * p - d * (k - 1) - 1
    formula = f"⌊({written(n)} + 2·{written(p)} − {written(d)}·({written(k)} − 1) − 1)/{written(s)}⌋ + 1"
    steps = (formula, f"⌊{written(span)}/{written(s)}⌋ + 1", f"{written(span // s)} + 1", given)
    return Line(of, chain(*steps), given, _left_over(span, s, p))


def _left_over(span: Dim, s: Dim, p: Dim) -> str:
    """What no window reaches at the end: pixels, or only padding."""
    if not is_known(span, s, p):
        return ""
    if span < 0:
        return "the window does not fit"
    left = known_size(modulo(span, s))
    if left == 0:
        return "no pixel left over"
    if left <= p:
        return f"{left} left over at the end, of padding only"
    pixels = f"{left - p} pixel{'s' * (left - p != 1)}"
    return f"{pixels} left over at the end" + (f", and {p} of padding" if p else "")


def group_needs(groups: Dim, channels: Dim, out_channels: Dim) -> Iterator[Need]:
    """That each group has as many channels, of those that arrive and of those that are given."""
    for count, which in ((channels, "input"), (out_channels, "output")):
        why = says("has {} {} channels, which do not divide into {} groups", count, which, groups)
        yield Need(divides(groups, count), "A204", why, "groups")


class _Conv(Layer):
    sort: ClassVar[str] = "convolutions"
    counted = {"torchinfo": at_each_output, "ptflops": macs_and_biases, "thop": macs, "fvcore": macs}
    in_channels: Annotated[int | None, Size(follows_axis=0)] = None
    out_channels: Annotated[int, Size()]
    kernel_size: Annotated[Sizes, PerAxis()]
    stride: Annotated[Sizes, PerAxis()] = 1
    padding: Annotated[Sizes | str, PerAxis(at_least=0, words=("same", "valid"))] = 0
    dilation: Annotated[Sizes, PerAxis()] = 1
    groups: Annotated[int, Size(drawn_to=4)] = 1
    bias: Annotated[bool, Flag()] = True
    padding_mode: Annotated[str, Choice(("zeros", "reflect", "replicate", "circular"))] = "zeros"

    positional: ClassVar[tuple[str, ...]] = ("in_channels", "out_channels")
    foreign: ClassVar[dict[str, str]] = {
        "filters": "out_channels",
        "num_output": "out_channels",
        "nb_filter": "out_channels",
        "channels": "out_channels",
        "strides": "stride",
        "kernel": "kernel_size",
        "filter_size": "kernel_size",
        "pool_size": "kernel_size",
        "pad": "padding",
        "pads": "padding",
        "dilation_rate": "dilation",
        "dilations": "dilation",
        "rate": "dilation",
        "group": "groups",
        "use_bias": "bias",
        "bias_term": "bias",
    }

    def keeps_input(self) -> bool:
        """But where torch pads a copy, and keeps that: by ``circular``, and with zeros unevenly."""
        if self.padding_mode == "zeros" and self.padding == "same":
            pairs = zip(per_axis(self.kernel_size, self.axes), per_axis(self.dilation, self.axes), strict=True)
            return all(d * (k - 1) % 2 == 0 for k, d in pairs)
        return self.padding_mode != "circular"

    def _along_axes(self, x: Shape) -> list[tuple[Dim, Dim, Dim, Dim, Dim, Dim]]:
        """For each spatial axis: size, kernel, stride, padding before and after, dilation."""
        axes = self.axes
        kernels, dilations = per_axis(self.kernel_size, axes), per_axis(self.dilation, axes)
        if self.padding == "same":
            reaches = [d * (k - 1) for k, d in zip(kernels, dilations, strict=True)]
            before = tuple(floor_div(reach, 2) for reach in reaches)
            after = tuple(reach - low for reach, low in zip(reaches, before, strict=True))
        else:
            before = after = per_axis(0 if isinstance(self.padding, str) else self.padding, self.axes)
        return list(zip(x[1:], kernels, per_axis(self.stride, axes), before, after, dilations, strict=True))

    def _half(self) -> Dim | tuple[Dim, ...]:
        """The padding that keeps as many places as the stride leaves of the input: half of the kernel's reach."""
        pairs = zip(per_axis(self.kernel_size, self.axes), per_axis(self.dilation, self.axes), strict=True)
        halves = tuple(floor_div(d * (k - 1), 2) for k, d in pairs)
        return halves[0] if all(half is halves[0] or half == halves[0] for half in halves) else halves

    def out(self, x: Shape) -> Shape:
        if self.padding == "same":
            return (self.out_channels, *x[1:])
        return (self.out_channels, *[window(n, k, s, p, d) for n, k, s, p, _, d in self._along_axes(x)])

    def needs(self, x: Shape) -> Iterator[Need]:
        yield from group_needs(self.groups, self.settled("in_channels", x), self.out_channels)
        if self.padding == "same":
            for s in per_axis(self.stride, self.axes):
                yield Need(
                    equal(s, 1),
                    "A206",
                    says("pads to the `same` size, which a stride of {} cannot give", s),
                    "stride",
                    {"padding": self._half()},
                )
        for n, k, _, before, after, d in self._along_axes(x):
            reach = d * (k - 1) + 1
            if self.padding_mode in ("reflect", "circular"):
                most = n - 1 if self.padding_mode == "reflect" else n
                yield Need(
                    after <= most,
                    "A208",
                    says("pads {} by `{}`, more than an input of {} can give", after, self.padding_mode, n),
                    "padding",
                )
            total = before + after
            text = "reaches over {} pixels, but only {} arrive" + (" ({} and {} of padding)" if total else "")
            yield Need(reach <= n + total, "A201", says(text, reach, n + total, n, total), "kernel_size")

    def leftover(self, x: Shape) -> Iterator[Dim]:
        for n, k, s, before, after, d in self._along_axes(x):
            yield modulo(n + before + after - d * (k - 1) - 1, s)

    def weights(self, x: Shape) -> dict[str, Shape]:
        kernel = per_axis(self.kernel_size, self.axes)
        weight = (self.out_channels, floor_div(self.settled("in_channels", x), self.groups), *kernel)
        return {"weight": weight, "bias": (self.out_channels,)} if self.bias else {"weight": weight}

    def started(self, name: str, x: Shape, /) -> Spread:
        return by_fan_in(self.weights(x)["weight"])

    def macs(self, x: Shape) -> Dim:
        """One weight's use at each output position: |weight| × positions."""
        return self.macs_giving(self.out(x), x)

    def macs_giving(self, output: Shape, *xs: Shape) -> Dim:
        return prod(self.weights(*xs)["weight"]) * prod(output[1:])

    def derivation(self, x: Shape) -> Iterator[Line]:
        if self.groups != 1:
            yield parted("A204", "input channels", self.settled("in_channels", x), self.groups)
            yield parted("A204", "output channels", self.out_channels, self.groups)
        given = self.out(x)
        yield Line("C'", written(given[0]), given[0], "out_channels")
        for axis, size, (n, k, s, before, after, d) in zip(
            letters(len(x))[1:], given[1:], self._along_axes(x), strict=True
        ):
            if self.padding == "same":
                how = f"{written(d)}·({written(k)} − 1)"
                sides = f"{written(before)} + {written(after)}"
                odd = ": the odd one at the end" if is_known(before, after) and before != after else ""
                note = f"{written(before)} before, {written(after)} after{odd}"
                yield Line(f"padding of {axis}", chain(how, sides, before + after), before + after, note)
                yield Line(f"{axis}'", chain(f"{written(n)} + {sides} − {how}", size), size)
            else:
                yield window_line(f"{axis}'", size, n, k, s, before, d)
            if self.padding_mode in ("reflect", "circular"):
                most = (written(n), n) if self.padding_mode == "circular" else (f"{written(n)} − 1", n - 1)
                yield at_most("A208", axis, (written(after), after), most)
            reach, arriving = d * (k - 1) + 1, n + before + after
            yield at_most(
                "A201",
                axis,
                (f"{written(d)}·({written(k)} − 1) + 1", reach),
                (f"{written(n)} + {written(before)} + {written(after)}", arriving),
            )

    def spent(self, x: Shape) -> Iterator[Line]:
        yield each_used(self.weights(x)["weight"], self.out(x)[1:], self.macs(x))

    def mixes_all(self, x: Shape) -> bool:
        return type(self.groups) is int and self.groups == 1

    def window(self, x: Shape) -> tuple[Window, ...] | None:
        """None where padding repeats the input: places at its ends see other pixels, which stand there once more."""
        if self.padding_mode != "zeros" and self._pads(x):
            return None
        return tuple(Window(k, s, before, d) for _, k, s, before, _, d in self._along_axes(x))

    def repeats(self, x: Shape) -> tuple[Repeats, ...] | None:
        if self.padding_mode == "zeros":
            return None
        sides = self._along_axes(x)
        return tuple(
            Repeats(self.padding_mode, before, after, Window(k, s, 0, d)) for _, k, s, before, after, d in sides
        )

    def _pads(self, x: Shape) -> bool:
        """Whether there is any padding, or may be."""
        sides = [side for _, _, _, before, after, _ in self._along_axes(x) for side in (before, after)]
        return not all(type(side) is int and side == 0 for side in sides)


class Conv1d(_Conv):
    """(N, C, L) -> (N, out_channels, L'); torch.nn.Conv1d.

    L' = ⌊(L + 2·padding − dilation·(kernel_size − 1) − 1)/stride⌋ + 1;
    weight out_channels × C/groups × kernel_size, bias out_channels.
    """

    kind = "conv1d"
    also_called = ("convolution1d",)
    axes = 1
    ranks = (2,)

    def kept(self, *xs: Shape) -> Dim | None:
        """What its window sees beside the last place."""
        (x,) = xs
        (kernel,), (dilation,) = per_axis(self.kernel_size, 1), per_axis(self.dilation, 1)
        return x[0] * dilation * (kernel - 1)


class Conv2d(_Conv):
    """(N, C, H, W) -> (N, out_channels, H', W'); torch.nn.Conv2d.

    H' = ⌊(H + 2·padding − dilation·(kernel_size − 1) − 1)/stride⌋ + 1, and W' likewise;
    weight out_channels × C/groups × kernel_size × kernel_size, bias out_channels.
    """

    kind = "conv2d"
    also_called: ClassVar[tuple[str, ...]] = ("conv", "convolution", "convolution2d", "convolutional")
    axes = 2
    ranks = (3,)


class ScaledStdConv2d(Conv2d):
    """(N, C, H, W) -> (N, out_channels, H', W'); as conv2d, of weights that are standardised, as in timm's NFNets.

    The n weights of each output become (weight − mean)/√(var + eps)·gain·gamma/√n, of which gain is learnt. gamma
    makes up for what an activation takes of the variance. Brock et al. 2021, "Characterizing signal propagation to
    close the performance gap in unnormalized ResNets".
    """

    kind = "scaled_std_conv2d"
    counted = {"torchinfo": at_each_output, "fvcore": macs}
    also_called = ("std_conv2d", "ws_conv2d", "weight_standardized_conv2d")
    own_module: ClassVar[bool] = True
    gamma: Annotated[float, Real()] = 1.0
    eps: Annotated[float, Real(0.0, above=True)] = 1e-6
    gain_init: Annotated[float, Real()] = 1.0

    def needs(self, x: Shape) -> Iterator[Need]:
        yield from super().needs(x)
        several, why = prod(self.weights(x)["weight"][1:]) >= 2, "standardises the weights of an output, which are one"
        yield Need(several, "A216", lambda: why, "kernel_size")

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {**super().weights(x), "gain": (self.out_channels, 1, 1, 1)}

    def started(self, name: str, x: Shape, /) -> Spread:
        return (float(self.gain_init), 0.0) if name == "gain" else super().started(name, x)


class Conv3d(_Conv):
    """(N, C, D, H, W) -> (N, out_channels, D', H', W'); torch.nn.Conv3d.

    D' = ⌊(D + 2·padding − dilation·(kernel_size − 1) − 1)/stride⌋ + 1, and H', W' likewise;
    weight out_channels × C/groups × kernel_size³, bias out_channels.
    """

    kind = "conv3d"
    also_called = ("convolution3d",)
    axes = 3
    ranks = (4,)
