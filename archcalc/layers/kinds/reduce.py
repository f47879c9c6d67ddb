"""Axes that are taken together to one number."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from archcalc.layers.call import Call
from archcalc.layers.contract import Layer
from archcalc.layers.fields import Flag
from archcalc.layers.kinds.join import Join, listed
from archcalc.layers.need import Need, axis_needs, says
from archcalc.layers.size_fields import Axis, Listed
from archcalc.layers.working import Line, Trace, Window, places, written
from archcalc.sizes.axes import axis_at, letters
from archcalc.sizes.rules import Shape, equal


class Mean(Layer):
    """(N, *) -> (N, * without dim); torch.mean.

    The mean over the axes dim, which count with the batch as axis 0; keepdim leaves each as one of size 1.
    """

    kind = "mean"
    uncounted: ClassVar[str] = "averaging is not counted"
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


class AtArgmax(Join):
    """(N, T, *), (N, T) -> (N, *); what stands at the place where the second input is largest.

    The second may hold whole numbers: so CLIP finds the end of a text, whose number is the largest of all.
    Radford et al. 2021, "Learning transferable visual models from natural language supervision".
    """

    kind = "at_argmax"
    uncounted: ClassVar[str] = "a place is chosen, not computed"
    turns_axes: ClassVar[bool] = True
    also_called = ("select_argmax", "argmax_pool", "take_argmax", "end_of_text")
    arity: ClassVar[tuple[int, int | None]] = (2, 2)
    joins: ClassVar[bool] = False
    own_module: ClassVar[bool] = True
    takes_whole: ClassVar[tuple[int, ...]] = (1,)

    @property
    def channels_first(self) -> bool:
        return False

    def keeps_input(self) -> bool:
        return False

    def out(self, *xs: Shape) -> Shape:
        return xs[0][1:]

    def checks(self, *xs: Shape) -> Iterator[Need]:
        sequence, values = xs
        if len(sequence) < 2 or len(values) != 1:
            why = "takes a sequence, T × width, and a value for each of its places"
            yield Need(False, "A202", lambda: f"{why}, but {listed(xs)} arrive")
            return
        yield from self.needs(*xs)

    def needs(self, *xs: Shape) -> Iterator[Need]:
        places, values = xs[0][0], xs[1][0]
        why = says("takes a value for each of {:,} places, but {:,} arrive", places, values)
        yield Need(equal(places, values), "A211", why)

    def derivation(self, *xs: Shape) -> Iterator[Line]:
        given = self.out(*xs)
        for letter, size in zip(letters(len(given)), given, strict=True):
            yield Line(f"{letter}'", written(size), size, "as it arrives")

    def window(self, *xs: Shape) -> tuple[Window, ...] | None:
        return None

    def traces(self, *xs: Shape) -> tuple[Trace | None, ...]:
        """It may be any of the places, and depends on all values."""
        sequence, values = xs
        chosen = Trace((Window(sequence[0], 0), *(Window() for _ in sequence[1:])), tuple(range(1, len(sequence))))
        return (chosen, Trace((Window(values[0], 0),), (None,) * (len(sequence) - 1)))

    def torch(self, *xs: Shape) -> Call:
        return Layer.torch(self, xs[0])
