"""Layers that only rearrange or pass on what arrives."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from archcalc.layers.contract import Layer, Need, axis_at, axis_needs, shape_text
from archcalc.layers.fields import Axis, AxisOrder, Choice, Flag, Listed, Place, Real, Size
from archcalc.layers.reshaped_axes import channels_hold_rows, cuts, merges_whole, nests, turned
from archcalc.layers.working import (
    Line,
    Repeats,
    Trace,
    Window,
    along_one,
    at_most,
    chain,
    letters,
    parted,
    places,
    product,
    written,
)
from archcalc.sizes.rules import Dim, Shape, divides, equal, floor_div, is_column, is_symbolic, prod


class Identity(Layer):
    """(N, *) -> (N, *); torch.nn.Identity. Passes its input on."""

    kind = "identity"
    mixes_channels: ClassVar[bool] = False

    def shares(self, training: bool) -> bool:
        return True

    def keeps_input(self) -> bool:
        return False

    def out(self, x: Shape) -> Shape:
        return x

    def macs(self, x: Shape) -> Dim:
        """0: nothing is computed."""
        return 0


class Flatten(Layer):
    """(N, *) -> (N, prod(*)); torch.nn.Flatten.

    The axes start_dim…end_dim become one. They count with the batch as axis 0, as torch's do;
    the batch itself stays.
    """

    kind = "flatten"
    turns_axes: ClassVar[bool] = True
    start_dim: Annotated[int, Axis()] = 1
    end_dim: Annotated[int, Axis()] = -1

    foreign = {"axis": "start_dim", "end_axis": "end_dim"}

    def shares(self, training: bool) -> bool:
        """As a rule; where the values do not lie in that order, torch copies them."""
        return True

    def keeps_input(self) -> bool:
        return False

    def _range(self, x: Shape) -> tuple[int, int]:
        return axis_at(self.start_dim, x), axis_at(self.end_dim, x)

    def out(self, x: Shape) -> Shape:
        first, last = self._range(x)
        if not 1 <= first <= last <= len(x):
            return x
        return (*x[: first - 1], prod(x[first - 1 : last]), *x[last:])

    def needs(self, x: Shape) -> Iterator[Need]:
        first, last = self._range(x)
        for name, dim in (("start_dim", self.start_dim), ("end_dim", self.end_dim)):
            yield from axis_needs(dim, x, name)
        if not 0 <= first <= len(x) or not 0 <= last <= len(x):
            return
        yield Need(
            first <= last,
            "A209",
            lambda: f"would end at axis {last}, before it starts at axis {first}",
            "start_dim",
        )
        yield Need(
            first >= 1,
            "A209",
            lambda: "would flatten the batch axis",
            "start_dim",
            {"start_dim": 1},
            beyond_torch=True,
        )

    def macs(self, x: Shape) -> Dim:
        """0: nothing is computed."""
        return 0

    def channels_stay(self, x: Shape) -> bool:
        return _first_stays(x, self.out(x))

    def derivation(self, x: Shape) -> Iterator[Line]:
        first, last = self._range(x)
        if not 1 <= first <= last <= len(x):
            return
        given = self.out(x)
        for axis, (letter, size) in enumerate(zip(letters(len(given)), given, strict=True), 1):
            merged = chain(product(x[first - 1 : last]), size)
            stays = Line(f"{letter}'", written(size), size, "as it arrives")
            yield Line(f"{letter}'", merged, size) if axis == first else stays


def _first_stays(x: Shape, given: Shape) -> bool:
    """Whether values in the same order keep their first axis; one that is the only one holds all values."""
    return len(x) > 1 and (len(given) == 1 or x[0] is given[0] or equal(x[0], given[0]) is True)


class _Rearranged(Layer):
    def keeps_input(self) -> bool:
        return False

    def macs(self, x: Shape) -> Dim:
        """0: nothing is computed."""
        return 0


class ChannelShuffle(_Rearranged):
    """(N, C, *) -> (N, C, *); torch.nn.ChannelShuffle.

    The channels, read as groups × C/groups, are written as C/groups × groups.
    Zhang et al. 2018, "ShuffleNet".
    """

    kind = "channel_shuffle"
    also_called = ("channelshuffle", "shuffle")
    least_rank: ClassVar[int] = 2
    groups: Annotated[int, Size(drawn_to=4)]

    positional: ClassVar[tuple[str, ...]] = ("groups",)
    foreign: ClassVar[dict[str, str]] = {"group": "groups", "num_groups": "groups"}

    def out(self, x: Shape) -> Shape:
        return x

    def needs(self, x: Shape) -> Iterator[Need]:
        yield Need(
            divides(self.groups, x[0]),
            "A204",
            lambda: f"has {x[0]} channels, which do not divide into {self.groups} groups",
            "groups",
        )

    def derivation(self, x: Shape) -> Iterator[Line]:
        yield parted("A204", "channels", x[0], self.groups)


class PixelShuffle(_Rearranged):
    """(N, C, H, W) -> (N, C/r², r·H, r·W); torch.nn.PixelShuffle, r being upscale_factor.

    Every r² channels become r × r pixels.
    Shi et al. 2016, "Real-time single image and video super-resolution".
    """

    kind = "pixel_shuffle"
    also_called = ("pixelshuffle", "depth_to_space", "depthtospace", "subpixel")
    ranks = (3,)
    upscale_factor: Annotated[int, Size(drawn_to=3)]

    positional: ClassVar[tuple[str, ...]] = ("upscale_factor",)
    foreign: ClassVar[dict[str, str]] = {"scale": "upscale_factor", "r": "upscale_factor", "factor": "upscale_factor"}

    def misread(self, rank: int) -> bool:
        """With three axes or more, all but the last three being batches."""
        return rank >= 2

    def out(self, x: Shape) -> Shape:
        r = self.upscale_factor
        return (floor_div(x[0], r * r), x[1] * r, x[2] * r)

    def needs(self, x: Shape) -> Iterator[Need]:
        r = self.upscale_factor
        yield Need(
            divides(r * r, x[0]),
            "A204",
            lambda: f"makes {r} × {r} pixels of every {r * r} channels, and {x[0]} arrive",
            "upscale_factor",
        )

    def derivation(self, x: Shape) -> Iterator[Line]:
        r = written(self.upscale_factor)
        given = self.out(x)
        yield Line("C'", chain(f"⌊{written(x[0])}/({r}·{r})⌋", given[0]), given[0])
        yield parted("A204", "channels", x[0], self.upscale_factor * self.upscale_factor)
        for letter, n, size in zip("HW", x[1:], given[1:], strict=True):
            yield Line(f"{letter}'", chain(f"{written(n)}·{r}", size), size)

    def spreads(self, x: Shape) -> tuple[Window, ...]:
        return (Window(self.upscale_factor, self.upscale_factor),) * 2


class PixelUnshuffle(_Rearranged):
    """(N, C, H, W) -> (N, r²·C, H/r, W/r); torch.nn.PixelUnshuffle, r being downscale_factor.

    Every r × r pixels become r² channels: the way back from PixelShuffle.
    """

    kind = "pixel_unshuffle"
    also_called = ("pixelunshuffle", "space_to_depth", "spacetodepth", "focus")
    ranks = (3,)
    downscale_factor: Annotated[int, Size(drawn_to=3)]

    positional: ClassVar[tuple[str, ...]] = ("downscale_factor",)
    foreign: ClassVar[dict[str, str]] = {"scale": "downscale_factor", "r": "downscale_factor"}

    def misread(self, rank: int) -> bool:
        """With three axes or more, all but the last three being batches."""
        return rank >= 2

    def out(self, x: Shape) -> Shape:
        r = self.downscale_factor
        return (x[0] * (r * r), floor_div(x[1], r), floor_div(x[2], r))

    def needs(self, x: Shape) -> Iterator[Need]:
        r = self.downscale_factor
        for n in x[1:]:
            yield Need(
                divides(r, n),
                "A204",
                lambda n=n: f"makes a pixel of every {r} × {r}, which do not divide {n}",  # type: ignore[misc]
                "downscale_factor",
            )

    def derivation(self, x: Shape) -> Iterator[Line]:
        r = written(self.downscale_factor)
        given = self.out(x)
        yield Line("C'", chain(f"{written(x[0])}·({r}·{r})", given[0]), given[0])
        for letter, n, size in zip("HW", x[1:], given[1:], strict=True):
            yield Line(f"{letter}'", chain(f"⌊{written(n)}/{r}⌋", size), size)
            yield parted("A204", letter, n, self.downscale_factor)

    def window(self, x: Shape) -> tuple[Window, ...]:
        return (Window(self.downscale_factor, self.downscale_factor),) * 2

    def channels_stay(self, x: Shape) -> bool:
        return self.downscale_factor == 1


class Permute(_Rearranged):
    """(N, *) -> (N, * in another order); torch.permute, as in torchvision.ops.Permute.

    Axis i of the output is axis dims[i] of the input. They count with the batch as axis 0, which stays 0.
    """

    kind = "permute"
    turns_axes: ClassVar[bool] = True
    also_called = ("transpose",)
    own_module: ClassVar[bool] = True
    dims: Annotated[tuple[int, ...], AxisOrder()]

    positional: ClassVar[tuple[str, ...]] = ("dims",)
    foreign: ClassVar[dict[str, str]] = {"order": "dims", "perm": "dims", "axes": "dims", "dim": "dims"}

    def shares(self, training: bool) -> bool:
        return True

    def out(self, x: Shape) -> Shape:
        return tuple(x[dim - 1] for dim in self.dims[1:]) if len(self.dims) == len(x) + 1 else x

    def needs(self, x: Shape) -> Iterator[Need]:
        yield Need(
            len(self.dims) == len(x) + 1,
            "A209",
            lambda: f"orders {len(self.dims)} axes, but with the batch {len(x) + 1} arrive",
            "dims",
        )

    def derivation(self, x: Shape) -> Iterator[Line]:
        if len(self.dims) == len(x) + 1:
            names = letters(len(x))
            for letter, dim in zip(names, self.dims[1:], strict=True):
                yield Line(f"{letter}'", written(x[dim - 1]), x[dim - 1], f"what {names[dim - 1]} was")

    def window(self, x: Shape) -> tuple[Window, ...] | None:
        """Each place sees itself where the axes of places stay; else they are other places."""
        return (Window(),) * len(places(x)) if self.dims == (*range(len(x) + 1),) else None

    def traces(self, x: Shape) -> tuple[Trace | None, ...]:
        """Each axis goes along as it is."""
        if len(self.dims) != len(x) + 1:
            return (None,)
        return (Trace((Window(),) * len(x), tuple(dim - 1 for dim in self.dims[1:])),)

    def channels_stay(self, x: Shape) -> bool:
        return self.dims[1:2] == (1,)


class Reshape(_Rearranged):
    """(N, *) -> (N, *shape); torch.Tensor.reshape of each sample.

    The values in the same order under other axes; one size may be -1, what is left for it.
    """

    kind = "reshape"
    turns_axes: ClassVar[bool] = True
    also_called = ("view", "unflatten")
    own_module: ClassVar[bool] = True
    shape: Annotated[tuple[int, ...], Listed(Size(drawn_to=4), rest=True)]

    positional: ClassVar[tuple[str, ...]] = ("shape",)
    foreign: ClassVar[dict[str, str]] = {"size": "shape", "target_shape": "shape", "dims": "shape"}

    def shares(self, training: bool) -> bool:
        """As a rule; where the values do not lie in that order, torch copies them."""
        return True

    def _stated(self) -> Shape:
        return tuple(size for size in self.shape if not _is_rest(size))

    def out(self, x: Shape) -> Shape:
        if len(self._stated()) == len(self.shape):
            return self.shape
        rest = floor_div(prod(x), prod(self._stated()))
        return tuple(rest if _is_rest(size) else size for size in self.shape)

    def needs(self, x: Shape) -> Iterator[Need]:
        stated = self._stated()
        if len(stated) == len(self.shape):
            yield Need(
                equal(prod(stated), prod(x)),
                "A214",
                lambda: f"makes {shape_text(stated)} of {shape_text(x)}, which is {prod(x)} values, not {prod(stated)}",
                "shape",
            )
        else:
            yield Need(
                divides(prod(stated), prod(x)),
                "A214",
                lambda: (
                    f"makes parts of {shape_text(stated)}, which do not divide the {prod(x)} values of {shape_text(x)}"
                ),
                "shape",
            )

    def _reads(self, x: Shape) -> bool:
        """Whether it reads sizes that are known as others, of as many values."""
        given = self.out(x)
        return all(type(size) is int and size > 0 for size in (*x, *given)) and prod(x) == prod(given)

    def advice(self, x: Shape) -> Iterator[Need]:
        if not self._reads(x):
            return
        order = turned(x, self.out(x))
        if order is not None:
            dims = [0, *(axis + 1 for axis in order), *(axis + 1 for axis, size in enumerate(x) if size == 1)]
            way = f"to turn the axes, put `- {{kind: permute, dims: {dims}}}` above it"
            yield self._doubted(x, "as if it turned axes, but it keeps the order of the values", way, _MEANT)
        elif not nests(x, self.out(x)):
            why = "and so mixes the axes, as it keeps the order of the values"
            yield self._doubted(x, why, _MEANT, self._keeping(x))

    def advice_on_maps(self, x: Shape) -> Iterator[Need]:
        """Channels made of rows, unless the axis that stays is written: 128 × 4 × 25 to 512 × 25, as in CRNN."""
        given = self.out(x)
        if not self._reads(x) or next(self.advice(x), None) is not None or not channels_hold_rows(x, given):
            return
        whole = merges_whole(x, given)
        if whole and not _is_rest([size for size in self.shape if size != 1][-1]):
            return
        way = _MEANT
        if whole:
            merged = cuts(x).index(next(end for end in cuts(given) if end > x[0])) + 1
            way = f"to take the first {merged} axes together on purpose, write "
            way += f"`kind: flatten, start_dim: 1, end_dim: {merged}`"
        yield self._doubted(x, "and so makes channels of rows", way, self._keeping(x))

    def _doubted(self, x: Shape, why: str, *ways: str) -> Need:
        reading = f"reads {shape_text(x)} as {shape_text(self.out(x))}, {why}"
        return Need(False, "A219", lambda: reading, "shape", help=ways)

    def _keeping(self, x: Shape) -> str:
        return f"to keep the first axis, write `shape: [{x[0]}, -1]`"

    def derivation(self, x: Shape) -> Iterator[Line]:
        stated, given = self._stated(), self.out(x)
        for letter, size, asked in zip(letters(len(given)), given, self.shape, strict=True):
            if _is_rest(asked):
                how = f"⌊{product(x)}/({product(stated)})⌋"
                yield Line(f"{letter}'", chain(how, size), size, "what is left")
            else:
                yield Line(f"{letter}'", written(size), size, "shape")

    def channels_stay(self, x: Shape) -> bool:
        return _first_stays(x, self.out(x))


_MEANT = "to mean it, put `- {kind: flatten}` above it"


def _is_rest(size: Dim) -> bool:
    return type(size) is int and size == -1


class Pad(_Rearranged):
    """(N, *) -> (N, *); torch.nn.functional.pad.

    n' = n + before + after; padding lists (before, after) for the last axis, then for the one before it, and
    so on. value is what stands there in mode constant; reflect, replicate and circular repeat the input.
    """

    kind = "pad"
    also_called = (
        "zero_pad2d",
        "zeropad2d",
        "zeropadding2d",
        "constant_pad2d",
        "reflection_pad2d",
        "replication_pad2d",
        "padding",
    )
    own_module: ClassVar[bool] = True
    padding: Annotated[tuple[int, ...], Listed(Size(at_least=0, drawn_to=3), drawn=6)]
    mode: Annotated[str, Choice(("constant", "reflect", "replicate", "circular"))] = "constant"
    value: Annotated[float, Real()] = 0.0

    mixes_channels: ClassVar[bool] = False

    positional: ClassVar[tuple[str, ...]] = ("padding",)
    foreign: ClassVar[dict[str, str]] = {"pad": "padding", "pads": "padding", "padding_mode": "mode"}

    def keeps_input(self) -> bool:
        return self.mode in ("reflect", "replicate")

    def _fits(self, x: Shape) -> bool:
        return len(self.padding) % 2 == 0 and len(self.padding) <= 2 * len(x)

    def _sides(self, x: Shape) -> list[tuple[Dim, Dim, Dim]]:
        """For each axis: its size, and what goes before and after."""
        pairs = list(zip(self.padding[::2], self.padding[1::2], strict=True))[::-1]
        return [(n, *pair) for n, pair in zip(x, [(0, 0)] * (len(x) - len(pairs)) + pairs, strict=True)]

    def out(self, x: Shape) -> Shape:
        return tuple(n + before + after for n, before, after in self._sides(x)) if self._fits(x) else x

    def needs(self, x: Shape) -> Iterator[Need]:
        yield Need(
            len(self.padding) % 2 == 0,
            "A114",
            lambda: f"takes two numbers for each axis, not {len(self.padding)} in all",
            "padding",
        )
        yield Need(
            self.mode == "constant" or self.value == 0,
            "A114",
            lambda: f"repeats the input by `{self.mode}`, and so has no value",
            "value",
        )
        padded, constant = len(self.padding) // 2, self.mode == "constant"
        yield Need(
            padded <= len(x) + constant,
            "A209",
            lambda: f"pads {padded} axes, but {shape_text(x)} arrives",
            "padding",
        )
        yield Need(
            padded != len(x) + 1 or not constant,
            "A209",
            lambda: f"would pad the batch axis: it pads {padded} axes, but {shape_text(x)} arrives",
            "padding",
            beyond_torch=True,
        )
        if not self._fits(x) or self.mode == "constant":
            return
        yield Need(
            padded <= 3 and len(x) - 1 <= padded,
            "A209",
            lambda: (
                f"pads by `{self.mode}`, which takes all axes but the channels, three at most, not {padded} of {len(x)}"
            ),
            "padding",
        )
        for n, before, after in self._sides(x)[-padded:]:
            for side in (before, after):
                if self.mode != "replicate":
                    yield Need(
                        side <= (n - 1 if self.mode == "reflect" else n),
                        "A208",
                        lambda n=n, side=side: (  # type: ignore[misc]
                            f"pads {side} by `{self.mode}`, more than an input of {n} can give"
                        ),
                        "padding",
                    )

    def derivation(self, x: Shape) -> Iterator[Line]:
        if not self._fits(x):
            return
        for letter, size, (n, before, after) in zip(letters(len(x)), self.out(x), self._sides(x), strict=True):
            yield Line(f"{letter}'", chain(f"{written(n)} + {written(before)} + {written(after)}", size), size)
            for side in (before, after):
                if self.mode in ("reflect", "circular"):
                    most = (written(n), n) if self.mode == "circular" else (f"{written(n)} − 1", n - 1)
                    yield at_most("A208", letter, (written(side), side), most)

    def window(self, x: Shape) -> tuple[Window, ...] | None:
        """Each place sees itself, so many further on; where padding repeats the input, others see it too."""
        if self.mode != "constant" or not self._fits(x):
            return super().window(x) if self.out(x) == x else None
        sides = self._sides(x)[1:] or self._sides(x)
        return tuple(Window(1, 1, before) for _, before, _ in sides)

    def repeats(self, x: Shape) -> tuple[Repeats, ...] | None:
        """Where it repeats places, and no channels."""
        if self.mode == "constant" or not self._fits(x) or (len(x) > 1 and len(self.padding) == 2 * len(x)):
            return None
        return tuple(Repeats(self.mode, before, after) for _, before, after in self._sides(x)[1:] or self._sides(x))


class Mean(Layer):
    """(N, *) -> (N, * without dim); torch.mean.

    The mean over the axes dim, which count with the batch as axis 0; keepdim leaves each as one of size 1.
    """

    kind = "mean"
    turns_axes: ClassVar[bool] = True
    also_called = ("reduce_mean", "average")
    own_module: ClassVar[bool] = True
    dim: Annotated[int | tuple[int, ...], Listed(Axis(), alone=True)]
    keepdim: Annotated[bool, Flag()] = False

    positional: ClassVar[tuple[str, ...]] = ("dim",)
    foreign: ClassVar[dict[str, str]] = {"axis": "dim", "axes": "dim", "dims": "dim", "keepdims": "keepdim"}

    def keeps_input(self) -> bool:
        return False

    def _dims(self) -> tuple[int, ...]:
        return self.dim if isinstance(self.dim, tuple) else (self.dim,)

    def _axes(self, x: Shape) -> list[int]:
        return [axis_at(dim, x) for dim in self._dims()]

    def out(self, x: Shape) -> Shape:
        over = self._axes(x)
        kept = [(1 if axis in over else n) for axis, n in enumerate(x, 1) if self.keepdim or axis not in over]
        return tuple(kept)

    def needs(self, x: Shape) -> Iterator[Need]:
        for dim in self._dims():
            yield from axis_needs(dim, x, "dim")
        over = self._axes(x)
        yield Need(len(set(over)) == len(over), "A209", lambda: "has the same axis twice", "dim")
        yield Need(0 not in over, "A209", lambda: "would average over the batch axis", "dim", beyond_torch=True)
        yield Need(
            self.keepdim or not {*over}.issuperset(range(1, len(x) + 1)),
            "A209",
            lambda: "would leave a single number, without an axis",
            "dim",
            {"keepdim": True},
            beyond_torch=True,
        )

    def macs(self, x: Shape) -> Dim:
        """0: averaging is not counted."""
        return 0

    def derivation(self, x: Shape) -> Iterator[Line]:
        given = self.out(x)
        for letter, size in zip(letters(len(given)), given, strict=True):
            yield Line(f"{letter}'", written(size), size, "" if size in x else "averaged")

    def window(self, x: Shape) -> tuple[Window, ...] | None:
        """The whole of each axis that it averages over; where these go, there are other places."""
        if not self.keepdim:
            return None
        over, first = self._axes(x), 2 if len(x) > 1 else 1
        return tuple(Window(n, 0) if axis in over else Window() for axis, n in enumerate(places(x), first))

    def traces(self, x: Shape) -> tuple[Trace | None, ...]:
        """The whole of each axis that it averages over, whether that stays or goes."""
        over = self._axes(x)
        windows = tuple(Window(n, 0) if axis in over else Window() for axis, n in enumerate(x, 1))
        return (Trace(windows, tuple(axis for axis in range(len(x)) if self.keepdim or axis + 1 not in over)),)


class Slice(_Rearranged):
    """(N, *) -> (N, *); x[..., start:stop, ...] along dim.

    n' = stop − start. dim counts with the batch as axis 0; start and stop are below 0 from the end, and stop
    is left out for all that is behind start.
    """

    kind = "slice"
    also_called = ("crop", "narrow", "cropping2d")
    own_module: ClassVar[bool] = True
    dim: Annotated[int, Axis()] = 1
    start: Annotated[int, Place()] = 0
    stop: Annotated[int | None, Place(optional=True)] = None

    foreign: ClassVar[dict[str, str]] = {"axis": "dim", "begin": "start", "end": "stop"}

    def shares(self, training: bool) -> bool:
        return True

    def stretch(self) -> tuple[int, int, int | None]:
        return self.dim, self.start, self.stop

    def _ends(self, n: Dim) -> tuple[Dim, Dim]:
        """From where to where along an axis of n, both counted from its beginning."""
        return _counted(self.start, n), n if self.stop is None else _counted(self.stop, n)

    def out(self, x: Shape) -> Shape:
        axis = axis_at(self.dim, x)
        if not 1 <= axis <= len(x):
            return x
        first, end = self._ends(x[axis - 1])
        return (*x[: axis - 1], end - first, *x[axis:])

    def needs(self, x: Shape) -> Iterator[Need]:
        yield from axis_needs(self.dim, x, "dim")
        axis = axis_at(self.dim, x)
        yield Need(axis != 0, "A209", lambda: "would slice the batch axis", "dim", {"dim": 1}, beyond_torch=True)
        if not 1 <= axis <= len(x):
            return
        # Python cuts off what lies beyond, and torch takes what is empty.
        n = x[axis - 1]
        first, end = self._ends(n)
        yield Need(first >= 0, "A215", lambda: f"starts at {first}, before an axis of {n}", "start", beyond_torch=True)
        yield Need(end <= n, "A215", lambda: f"stops at {end}, behind an axis of {n}", "stop", beyond_torch=True)
        yield Need(
            first + 1 <= end,
            "A215",
            lambda: f"holds nothing: it starts at {first} and stops at {end} of {n}",
            "start" if self.stop is None else "stop",
            beyond_torch=True,
        )

    def derivation(self, x: Shape) -> Iterator[Line]:
        axis = axis_at(self.dim, x)
        if 1 <= axis <= len(x):
            (first, end), letter, size = self._ends(x[axis - 1]), letters(len(x))[axis - 1], self.out(x)[axis - 1]
            yield Line(f"{letter}'", chain(f"{written(end)} − {_bracketed(first)}", size), size)

    def window(self, x: Shape) -> tuple[Window, ...]:
        """Each place sees the one that it was."""
        return along_one(x, axis_at(self.dim, x), lambda n: Window(1, 1, -self._ends(n)[0]))

    def first(self, x: Shape) -> Window:
        return Window(1, 1, -self._ends(x[0])[0]) if axis_at(self.dim, x) == 1 else Window()


def _counted(place: Any, n: Dim) -> Dim:
    """A place along an axis of n, counted from its beginning."""
    if is_symbolic(place):
        from archcalc.sizes import symbolic

        return place + n if symbolic.is_negated(place) else place
    below = place.high < 0 if is_column(place) else type(place) is int and place < 0
    return place + n if below else place


def _bracketed(number: Dim) -> str:
    text = written(number)
    return f"({text})" if text.startswith("−") else text
