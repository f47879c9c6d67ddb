"""What attention within windows adds to what it compares: a bias of relative positions, what it is made from, and the
mask of a shift."""

import math
from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar

from archcalc.layers.call import Call
from archcalc.layers.contract import Layer
from archcalc.layers.fields import Flag
from archcalc.layers.kinds.join import Join
from archcalc.layers.need import Need, says
from archcalc.layers.size_fields import Listed, Size
from archcalc.layers.starts import Spread
from archcalc.layers.working import Line, Trace, Window, at_most, chain, parted, product, written
from archcalc.sizes.axes import letters, shape_text
from archcalc.sizes.rules import Dim, Shape, divides, equal, floor_div, known_sizes, prod

_FOREIGN = {"window": "window_size", "windows": "window_size", "size": "window_size"}


class RelativePositionBias(Layer):
    """(N, R, heads) -> (N, heads, T, T); a row of a learnt table for each pair of places in a window.

    Pairs that lie the same way to each other share a row: R is at least Π(2·w − 1) over the sizes w of window_size,
    and T is their product. The index of rows is a buffer, whose state_dict key is the layer's own name; flat keeps it
    as one axis of T·T, as Swin does, and not as T × T. Liu et al. 2021, "Swin transformer".
    """

    kind = "relative_position_bias"
    also_called = ("relative_position_index", "relative_positions", "rel_pos_bias", "relative_position_bias_table")
    own_module: ClassVar[bool] = True
    own_parameter: ClassVar[bool] = True
    own_buffer: ClassVar[bool] = True
    turns_axes: ClassVar[bool] = True
    uncounted: ClassVar[str] = "rows are looked up, not computed"
    ranks: ClassVar[tuple[int, ...] | None] = (2,)
    window_size: Annotated[tuple[int, ...], Listed(Size(drawn_to=3))]
    flat: Annotated[bool, Flag()] = True

    positional: ClassVar[tuple[str, ...]] = ("window_size",)
    foreign: ClassVar[dict[str, str]] = _FOREIGN

    @property
    def channels_first(self) -> bool:
        return False

    def _rank_error(self, x: Shape) -> str:
        return f"takes a table, rows × heads, but {shape_text(x)} arrives"

    def _rows(self) -> Dim:
        return prod(2 * size - 1 for size in self.window_size)

    def needs(self, x: Shape) -> Iterator[Need]:
        yield Need(
            self._rows() <= x[0],
            "A221",
            says("looks up {:,} relative positions in a table of {:,} rows", self._rows(), x[0]),
            "window_size",
        )

    def nearest_shapes(self, *xs: Shape) -> Iterator[tuple[Shape, ...]]:
        """A table of as many rows as are looked up."""
        yield ((self._rows(), *xs[0][1:]),)

    def out(self, x: Shape) -> Shape:
        places = prod(self.window_size)
        return (x[1], places, places)

    def buffers(self, x: Shape) -> dict[str, Shape]:
        places = prod(self.window_size)
        return {"": (places * places,) if self.flat else (places, places)}

    def held(self, name: str, x: Shape, /) -> Spread:
        """Differences of places are 0 on average, with (w² − 1)/6 as the mean of their squares."""
        mean, square, rows = 0, 0.0, 1
        for size in reversed(known_sizes(self.window_size)):
            mean += rows * (size - 1)
            square += rows * rows * (size * size - 1) / 6
            rows *= 2 * size - 1
        return float(mean), square**0.5

    def derivation(self, x: Shape) -> Iterator[Line]:
        rows = "·".join(f"(2·{written(size)} − 1)" for size in self.window_size)
        yield at_most("A221", "rows", (rows, self._rows()), (written(x[0]), x[0]))
        given = self.out(x)
        notes = ("heads", "places in a window", "places in a window")
        for letter, size, note in zip(letters(3), given, notes, strict=True):
            yield Line(f"{letter}'", written(size), size, note)

    def window(self, x: Shape) -> tuple[Window, ...] | None:
        return None

    def traces(self, x: Shape) -> tuple[Trace | None, ...]:
        return (None,)

    def keeps_input(self) -> bool:
        return False

    def torch(self, x: Shape) -> Call:
        return Call("relative_position_index", (self.window_size,), {} if self.flat else {"flat": False})

    def expression(self, values: Sequence[str]) -> str:
        return f"relative_position_bias({', '.join(values)})"


class RelativeCoordinates(Layer):
    """(N, *) -> (N, 2·w₁ − 1, 2·w₂ − 1, …, k); how two places of a window lie to each other, along its k axes.

    Nothing is learnt: of what arrives it takes the number of samples. Of places that are d apart along an axis of w,
    d = −(w − 1) … w − 1, it says sign(d)·log₂(1 + 8·|d|/(w − 1))/3, from which an MLP makes the table of
    `relative_position_bias`. The values are a buffer, whose state_dict key is the layer's own name, with a batch axis
    of 1. Liu et al. 2022, "Swin transformer V2".
    """

    kind = "relative_coordinates"
    also_called = ("relative_coords_table", "log_relative_positions", "continuous_position_bias", "log_cpb")
    own_module: ClassVar[bool] = True
    own_parameter: ClassVar[bool] = True
    own_buffer: ClassVar[bool] = True
    ignores_values: ClassVar[bool] = True
    turns_axes: ClassVar[bool] = True
    uncounted: ClassVar[str] = "it is kept, not computed"
    least_rank: ClassVar[int] = 1
    window_size: Annotated[tuple[int, ...], Listed(Size(2, drawn_to=4))]

    positional: ClassVar[tuple[str, ...]] = ("window_size",)
    foreign: ClassVar[dict[str, str]] = _FOREIGN

    def out(self, x: Shape) -> Shape:
        return (*(2 * size - 1 for size in self.window_size), len(self.window_size))

    def buffers(self, x: Shape) -> dict[str, Shape]:
        return {"": (1, *self.out(x))}

    def held(self, name: str, x: Shape, /) -> Spread:
        """As much on one side as on the other."""
        square = 0.0
        for size in known_sizes(self.window_size):
            squares = (math.log2(1 + 8 * d / (size - 1)) ** 2 / 9 for d in range(1, size))
            square += 2 * sum(squares) / (2 * size - 1)
        return 0.0, (square / len(self.window_size)) ** 0.5

    def derivation(self, x: Shape) -> Iterator[Line]:
        *sizes, axes = self.out(x)
        *before, last = letters(len(sizes) + 1)
        for letter, size, own in zip(before, sizes, self.window_size, strict=True):
            yield Line(f"{letter}'", chain(f"2·{written(own)} − 1", size), size, "differences of places")
        yield Line(f"{last}'", written(axes), axes, "axes of the window")

    def window(self, x: Shape) -> tuple[Window, ...] | None:
        return None

    def traces(self, x: Shape) -> tuple[Trace | None, ...]:
        return (None,)

    def keeps_input(self) -> bool:
        return False

    def torch(self, x: Shape) -> Call:
        return Call("relative_coordinates", (self.window_size,), {})

    def expression(self, values: Sequence[str]) -> str:
        return f"{values[0]}.expand({values[1]}.shape[0]{', -1' * (len(self.window_size) + 1)})"


class ShiftedWindowMask(Join):
    """(N, *, T, T), (N, S₁, S₂, …, *) -> (N, S₁/w₁, S₂/w₂, …, *, T, T); the bias of each window of a rolled map.

    The first input is a bias of the pairs in a window, the second the map that roll has shifted by −shift. Of a window
    that holds the seam, places from one side and from the other are no neighbours: for such pairs −100 is added. T is
    the product of window_size, which divides the map. shift is one number for all axes, or one for each; along an axis
    of one window there is no shift. Liu et al. 2021, "Swin transformer".
    """

    kind = "shifted_window_mask"
    also_called = ("attention_mask", "window_mask", "attn_mask", "shift_mask")
    arity: ClassVar[tuple[int, int | None]] = (2, 2)
    only_sizes: ClassVar[tuple[int, ...]] = (1,)
    joins: ClassVar[bool] = False
    own_module: ClassVar[bool] = True
    window_size: Annotated[tuple[int, ...], Listed(Size())]
    shift: Annotated[int | tuple[int, ...], Listed(Size(0), alone=True)]

    positional: ClassVar[tuple[str, ...]] = ("window_size", "shift")
    foreign: ClassVar[dict[str, str]] = _FOREIGN | {"shifts": "shift", "shift_size": "shift"}

    @property
    def channels_first(self) -> bool:
        return False

    def checks(self, *xs: Shape) -> Iterator[Need]:
        bias, rolled = xs
        if len(bias) < 2 or len(rolled) < len(self.window_size):
            why = f"takes a bias of T × T, and a map of {len(self.window_size)} axes or more"
            yield Need(False, "A202", lambda: f"{why}, but {shape_text(bias)} and {shape_text(rolled)} arrive")
            return
        yield from self.needs(*xs)

    def needs(self, *xs: Shape) -> Iterator[Need]:
        bias, rolled = xs
        pairs = prod(self.window_size)
        for size in bias[-2:]:
            why = says("adds to pairs of {:,} places, but a bias of {} arrives", pairs, shape_text(bias))
            yield Need(equal(size, pairs), "A211", why, "window_size")
        for size, n in zip(self.window_size, rolled, strict=False):
            why = says("cuts windows of {:,}, which do not divide {:,}", size, n)
            cut = type(n) is int and n < size
            help = ("let it take the map before it is cut into windows",) if cut else ()
            yield Need(divides(size, n), "A204", why, "window_size", help=help)
        axes = len(self.window_size)
        shifts = self.shift if isinstance(self.shift, tuple) else (self.shift,) * axes
        yield Need(
            len(shifts) == axes, "A114", says("has shifts for other than the {} axes of its window", axes), "shift"
        )
        for size, shift in zip(self.window_size, shifts, strict=False):
            why = says("is of a shift of {:,}, which is not less than its window of {:,}", shift, size)
            yield Need(shift + 1 <= size, "A114", why, "shift", beyond_torch=True)

    def out(self, *xs: Shape) -> Shape:
        bias, rolled = xs
        return (*(floor_div(n, size) for n, size in zip(rolled, self.window_size, strict=False)), *bias)

    def derivation(self, *xs: Shape) -> Iterator[Line]:
        bias, rolled = xs
        for size, n in zip(self.window_size, rolled, strict=False):
            yield parted("A204", "windows", n, size)
        yield Line("pairs", chain(product(bias), prod(bias)), prod(bias), "in each window")

    def window(self, *xs: Shape) -> tuple[Window, ...] | None:
        return None

    def traces(self, *xs: Shape) -> tuple[Trace | None, ...]:
        return (None, None)

    def keeps_input(self) -> bool:
        return False

    def torch(self, *xs: Shape) -> Call:
        return Layer.torch(self, xs[0])
