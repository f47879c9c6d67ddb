"""One axis made several."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from archcalc.layers.kinds.arrange import Rearranged, is_rest
from archcalc.layers.need import Need, axis_needs
from archcalc.layers.size_fields import Axis, Listed, Size
from archcalc.layers.working import Line, Trace, chain, in_order, product, written
from archcalc.sizes.axes import axis_at, letters, shape_text
from archcalc.sizes.rules import Dim, Shape, divides, equal, floor_div, prod


class Unflatten(Rearranged):
    """(N, *, D, *) -> (N, *, d₁, d₂, …, *) with D = d₁ · d₂ · …; torch.nn.Unflatten.

    The axis dim becomes axes of unflattened_size. It counts with the batch as axis 0, which stays; one of the sizes
    may be -1, what is left for it.
    """

    kind = "unflatten"
    told_in_tables: ClassVar[bool] = False
    turns_axes: ClassVar[bool] = True
    dim: Annotated[int, Axis()]
    unflattened_size: Annotated[tuple[int, ...], Listed(Size(drawn_to=4), rest=True)]

    positional: ClassVar[tuple[str, ...]] = ("dim", "unflattened_size")
    foreign: ClassVar[dict[str, str]] = {"axis": "dim", "sizes": "unflattened_size", "shape": "unflattened_size"}

    def shares(self, training: bool) -> bool:
        return True

    def _stated(self) -> Shape:
        return tuple(size for size in self.unflattened_size if not is_rest(size))

    def _split(self, x: Shape) -> Dim | None:
        axis = axis_at(self.dim, x)
        return x[axis - 1] if 1 <= axis <= len(x) else None

    def _parts(self, size: Dim) -> Shape:
        rest = floor_div(size, prod(self._stated()))
        return tuple(rest if is_rest(part) else part for part in self.unflattened_size)

    def out(self, x: Shape) -> Shape:
        size, axis = self._split(x), axis_at(self.dim, x)
        return x if size is None else (*x[: axis - 1], *self._parts(size), *x[axis:])

    def needs(self, x: Shape) -> Iterator[Need]:
        yield from axis_needs(self.dim, x, "dim")
        axis, size, stated = axis_at(self.dim, x), self._split(x), self._stated()
        yield Need(axis != 0, "A209", lambda: "would split the batch axis", "dim", {"dim": 1}, beyond_torch=True)
        if size is None:
            return
        whole = len(stated) == len(self.unflattened_size)
        holds = equal(prod(stated), size) if whole else divides(prod(stated), size)
        what = f"which is {prod(stated)}" if whole else f"and {prod(stated)} does not divide it"
        parts = shape_text(self.unflattened_size)
        yield Need(holds, "A214", lambda: f"splits an axis of {size} into {parts}, {what}", "unflattened_size")

    def derivation(self, x: Shape) -> Iterator[Line]:
        size, axis, given = self._split(x), axis_at(self.dim, x), self.out(x)
        if size is None:
            return
        last = axis - 1 + len(self.unflattened_size)
        for at, (letter, made) in enumerate(zip(letters(len(given)), given, strict=True)):
            if not axis - 1 <= at < last:
                yield Line(f"{letter}'", written(made), made, "as it arrives")
            elif is_rest(self.unflattened_size[at - axis + 1]):
                how = f"⌊{written(size)}/({product(self._stated())})⌋"
                yield Line(f"{letter}'", chain(how, made), made, "what is left")
            else:
                yield Line(f"{letter}'", written(made), made, "unflattened_size")

    def channels_stay(self, x: Shape) -> bool:
        return axis_at(self.dim, x) != 1

    def traces(self, x: Shape) -> tuple[Trace | None, ...]:
        """The axes before and behind the one that is split stay as they are."""
        (trace,), axis = super().traces(x), axis_at(self.dim, x)
        if trace is not None or self._split(x) is None:
            return (trace,)
        return (in_order(len(x), len(self.out(x)), axis - 1, len(x) - axis),)
