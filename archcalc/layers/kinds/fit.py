"""Axes that are made to fit: padded to a multiple of a window, cut to what another value has."""

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar

from archcalc.layers.kinds.arrange import Rearranged
from archcalc.layers.kinds.join import Join
from archcalc.layers.need import Need, axis_needs, says
from archcalc.layers.size_fields import Axis, Listed, Size
from archcalc.layers.working import Line, Window, at_most, chain, places, written
from archcalc.sizes.axes import axis_at, letters
from archcalc.sizes.rules import Dim, Shape, ceil_div


class PadToMultiple(Rearranged):
    """(N, *) -> (N, *); zeros behind the end of each axis of dims, as few as make it a multiple.

    n' = ⌈n/multiple⌉·multiple. dims count with the batch as axis 0. Liu et al. 2021, "Swin transformer".
    """

    kind = "pad_to_multiple"
    told_in_tables: ClassVar[bool] = False
    also_called = ("pad_to_multiple_of", "pad_to", "pad_to_window")
    own_module: ClassVar[bool] = True
    mixes_channels: ClassVar[bool] = False
    multiple: Annotated[int, Size(drawn_to=4)]
    dims: Annotated[tuple[int, ...], Listed(Axis())]

    positional: ClassVar[tuple[str, ...]] = ("multiple", "dims")
    foreign: ClassVar[dict[str, str]] = {
        "to_multiple_of": "multiple",
        "multiple_of": "multiple",
        "divisor": "multiple",
        "axis": "dims",
        "axes": "dims",
        "dim": "dims",
    }

    def _padded(self, x: Shape) -> set[int]:
        """The axes that are padded, counted from the batch as 0."""
        return {axis_at(dim, x) for dim in self.dims}

    def out(self, x: Shape) -> Shape:
        padded = self._padded(x)
        sizes = enumerate(x, 1)
        return tuple(ceil_div(n, self.multiple) * self.multiple if axis in padded else n for axis, n in sizes)

    def needs(self, x: Shape) -> Iterator[Need]:
        for dim in self.dims:
            yield from axis_needs(dim, x, "dims")
            yield Need(
                axis_at(dim, x) != 0,
                "A209",
                lambda: "would pad the batch axis to a multiple",
                "dims",
                beyond_torch=True,
            )

    def derivation(self, x: Shape) -> Iterator[Line]:
        padded = self._padded(x)
        for axis, (letter, n, size) in enumerate(zip(letters(len(x)), x, self.out(x), strict=True), 1):
            text = f"⌈{written(n)}/{written(self.multiple)}⌉·{written(self.multiple)}" if axis in padded else written(n)
            yield Line(f"{letter}'", chain(text, size), size, "" if axis in padded else "as it arrives")

    def window(self, x: Shape) -> tuple[Window, ...]:
        """Each place sees the one that it was; those behind the end see zeros."""
        return (Window(),) * len(places(x))


class CropAs(Join):
    """(N, *), (N, *) -> (N, *); the first, cut along dims to the sizes that the second has.

    What is left is what stands first along each axis; of the second only the sizes matter. dims count with the batch
    as axis 0. It takes off what padding has put on: by pad_to_multiple, or below an upsampling.
    """

    kind = "crop_as"
    also_called = ("crop_like", "unpad", "narrow_as", "crop_to")
    arity: ClassVar[tuple[int, int | None]] = (2, 2)
    only_sizes: ClassVar[tuple[int, ...]] = (1,)
    takes_other_ranks: ClassVar[bool] = True
    uncounted: ClassVar[str] = "nothing is computed"
    dims: Annotated[tuple[int, ...], Listed(Size(drawn_to=4))]

    foreign: ClassVar[dict[str, str]] = {"axis": "dims", "axes": "dims", "dim": "dims"}

    def keeps_input(self) -> bool:
        return False

    def shares(self, training: bool) -> bool:
        return True

    def _cut(self, *xs: Shape) -> list[tuple[Dim, Dim, bool]]:
        """For each axis: the sizes that both have, and whether it is cut."""
        return [(n, wanted, axis in self.dims) for axis, (n, wanted) in enumerate(zip(*xs, strict=True), 1)]

    def out(self, *xs: Shape) -> Shape:
        return tuple(wanted if cut else n for n, wanted, cut in self._cut(*xs))

    def needs(self, *xs: Shape) -> Iterator[Need]:
        for dim in self.dims:
            yield from axis_needs(dim, xs[0], "dims")
        for n, wanted, cut in self._cut(*xs):
            if cut:
                # Python cuts off what lies beyond.
                why = says("cuts an axis of {:,} to {:,}, which is more than it has", n, wanted)
                yield Need(wanted <= n, "A215", why, beyond_torch=True)

    def derivation(self, *xs: Shape) -> Iterator[Line]:
        for letter, (n, wanted, cut) in zip(letters(len(xs[0])), self._cut(*xs), strict=True):
            yield Line(f"{letter}'", written(wanted if cut else n), wanted if cut else n, "cut" if cut else "it stays")
            if cut:
                yield at_most("A215", letter, (written(wanted), wanted), (written(n), n))

    def window(self, *xs: Shape) -> tuple[Window, ...] | None:
        """Each place sees itself; that of the second is said too, which is never too little."""
        return (Window(),) * len(places(xs[0]))

    def expression(self, values: Sequence[str]) -> str:
        cuts = [f": {values[1]}.shape[{axis}]" if axis in self.dims else ":" for axis in range(max(self.dims) + 1)]
        return f"{values[0]}[{', '.join(cuts)}]"
