"""Layers that only rearrange or pass on what arrives."""

from collections.abc import Iterator
from itertools import takewhile
from typing import Annotated, ClassVar

from archcalc.layers.contract import Layer
from archcalc.layers.need import Need, axis_needs
from archcalc.layers.size_fields import Axis, AxisOrder, Listed, Size
from archcalc.layers.working import Line, Trace, Window, chain, in_order, places, product, written
from archcalc.sizes.axes import axis_at, letters, shape_text
from archcalc.sizes.rules import Dim, Shape, divides, equal, floor_div, known_sizes, prod


class Identity(Layer):
    """(N, *) -> (N, *); torch.nn.Identity. Passes its input on."""

    kind = "identity"
    told_in_tables: ClassVar[bool] = False
    mixes_channels: ClassVar[bool] = False

    def shares(self, training: bool) -> bool:
        return True

    def keeps_input(self) -> bool:
        return False


class Flatten(Layer):
    """(N, *) -> (N, prod(*)); torch.nn.Flatten.

    The axes start_dim…end_dim become one. They count with the batch as axis 0, as torch's do;
    the batch itself stays.
    """

    kind = "flatten"
    told_in_tables: ClassVar[bool] = False
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

    def channels_stay(self, x: Shape) -> bool:
        return _first_stays(x, self.out(x))

    def traces(self, x: Shape) -> tuple[Trace | None, ...]:
        """The axes before and behind those that become one stay as they are."""
        (trace,), (first, last) = super().traces(x), self._range(x)
        if trace is not None or not 1 <= first <= last <= len(x):
            return (trace,)
        return (in_order(len(x), len(x) - last + first, first - 1, len(x) - last),)

    def derivation(self, x: Shape) -> Iterator[Line]:
        first, last = self._range(x)
        if not 1 <= first <= last <= len(x):
            return
        given = self.out(x)
        for axis, (letter, size) in enumerate(zip(letters(len(given)), given, strict=True), 1):
            merged = chain(product(x[first - 1 : last]), size)
            stays = Line(f"{letter}'", written(size), size, "as it arrives")
            yield Line(f"{letter}'", merged, size) if axis == first else stays


def _alike(x: Shape, given: Shape) -> int:
    """How many sizes are the same, from the first on."""
    return sum(1 for _ in takewhile(lambda pair: equal(*pair) is True, zip(x, given, strict=False)))


def _first_stays(x: Shape, given: Shape) -> bool:
    """Whether values in the same order keep their first axis; one that is the only one holds all values."""
    return len(x) > 1 and (len(given) == 1 or x[0] is given[0] or equal(x[0], given[0]) is True)


class Rearranged(Layer):
    def keeps_input(self) -> bool:
        return False


class Permute(Rearranged):
    """(N, *) -> (N, * in another order); torch.permute, as in torchvision.ops.Permute.

    Axis i of the output is axis dims[i] of the input. They count with the batch as axis 0, which stays 0.
    """

    kind = "permute"
    told_in_tables: ClassVar[bool] = False
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


class Reshape(Rearranged):
    """(N, *) -> (N, *shape); torch.Tensor.reshape of each sample.

    The values in the same order under other axes; one size may be -1, what is left for it.
    """

    kind = "reshape"
    told_in_tables: ClassVar[bool] = False
    turns_axes: ClassVar[bool] = True
    also_called = ("view",)
    own_module: ClassVar[bool] = True
    shape: Annotated[tuple[int, ...], Listed(Size(drawn_to=4), rest=True)]

    positional: ClassVar[tuple[str, ...]] = ("shape",)
    foreign: ClassVar[dict[str, str]] = {"size": "shape", "target_shape": "shape", "dims": "shape"}

    def shares(self, training: bool) -> bool:
        """As a rule; where the values do not lie in that order, torch copies them."""
        return True

    def _stated(self) -> Shape:
        return tuple(size for size in self.shape if not is_rest(size))

    def out(self, x: Shape) -> Shape:
        if len(self._stated()) == len(self.shape):
            return self.shape
        rest = floor_div(prod(x), prod(self._stated()))
        return tuple(rest if is_rest(size) else size for size in self.shape)

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

    def _reading(self, x: Shape) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
        """The sizes that arrive and those they are read as, where all are known and both hold as many values."""
        given = self.out(x)
        if not all(type(size) is int for size in (*x, *given)) or prod(x) != prod(given):
            return None
        return known_sizes(x), known_sizes(given)

    def advice(self, x: Shape) -> Iterator[Need]:
        reading = self._reading(x)
        if reading is None:
            return
        from archcalc.layers.reshaped_axes import nests, turned  # what only a reshape has use for

        order = turned(*reading)
        if order is not None:
            dims = [0, *(axis + 1 for axis in order), *(axis + 1 for axis, size in enumerate(x) if size == 1)]
            way = f"to turn the axes, put `- {{kind: permute, dims: {dims}}}` above it"
            yield self._doubted(x, "as if it turned axes, but it keeps the order of the values", way, _MEANT)
        elif not nests(*reading):
            why = "and so mixes the axes, as it keeps the order of the values"
            yield self._doubted(x, why, _MEANT, self._keeping(x))

    def advice_on_maps(self, x: Shape) -> Iterator[Need]:
        """Channels made of rows, unless the axis that stays is written: 128 × 4 × 25 to 512 × 25, as in CRNN."""
        reading = self._reading(x)
        if reading is None or next(self.advice(x), None) is not None:
            return
        from archcalc.layers.reshaped_axes import channels_hold_rows, cuts, merges_whole

        if not channels_hold_rows(*reading):
            return
        whole = merges_whole(*reading)
        if whole and not is_rest([size for size in self.shape if size != 1][-1]):
            return
        way = _MEANT
        if whole:
            arriving, given = map(cuts, reading)
            merged = arriving.index(next(end for end in given if end > arriving[0])) + 1
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
            if is_rest(asked):
                how = f"⌊{product(x)}/({product(stated)})⌋"
                yield Line(f"{letter}'", chain(how, size), size, "what is left")
            else:
                yield Line(f"{letter}'", written(size), size, "shape")

    def channels_stay(self, x: Shape) -> bool:
        return _first_stays(x, self.out(x))

    def traces(self, x: Shape) -> tuple[Trace | None, ...]:
        """Axes at either end that are as large as before stay as they are: 8 × 512 to 8 × 4 × 128."""
        (trace,), given = super().traces(x), self.out(x)
        if trace is not None or equal(prod(x), prod(given)) is not True:
            return (trace,)
        first = _alike(x, given)
        return (in_order(len(x), len(given), first, _alike(x[first:][::-1], given[first:][::-1])),)


_MEANT = "if this is intended, put `- {kind: flatten}` above it"


def is_rest(size: Dim) -> bool:
    """Whether a size is stated as -1, what is left for it."""
    return type(size) is int and size == -1
