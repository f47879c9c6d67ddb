"""The values of a sample in another order: along an axis, or under other axes."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from archcalc.layers.axis_pattern import AxisPattern, Groups, parsed
from archcalc.layers.kinds.arrange import Rearranged
from archcalc.layers.need import Need, axis_needs, says
from archcalc.layers.size_fields import Axis, Listed, Place, Size
from archcalc.layers.working import Line, Trace, Window, chain, parted, places, written
from archcalc.sizes.axes import axis_at, letters, shape_text
from archcalc.sizes.rules import Dim, Shape, divides, equal, floor_div, prod


class Rearrange(Rearranged):
    """(N, *) -> (N, * rearranged); einops' rearrange of each sample.

    The pattern names the axes that arrive and, behind the arrow, those that are given. Brackets stand around axes that
    are one, the first of them outermost: with a: 7 and b: 7, "(i a) (j b) c -> i j (a b) c" cuts a map into windows
    of 7 × 7. The batch is not named. a, b, c and d are sizes of axes of these names; in each pair of brackets one axis
    may be without, which has what is left. Rogozhnikov 2022, "Einops".
    """

    kind = "rearrange"
    told_in_tables: ClassVar[bool] = False
    turns_axes: ClassVar[bool] = True
    names_axes: ClassVar[bool] = True
    also_called = ("einops", "window_partition", "window_reverse", "unfold", "patchify")
    own_module: ClassVar[bool] = True
    pattern: Annotated[str, AxisPattern()]
    a: Annotated[int | None, Size(drawn_to=4, optional=True)] = None
    b: Annotated[int | None, Size(drawn_to=4, optional=True)] = None
    c: Annotated[int | None, Size(drawn_to=4, optional=True)] = None
    d: Annotated[int | None, Size(drawn_to=4, optional=True)] = None

    positional: ClassVar[tuple[str, ...]] = ("pattern",)

    def shares(self, training: bool) -> bool:
        """As a rule; where the values do not lie in that order, torch copies them."""
        return True

    def _stated(self) -> dict[str, Dim]:
        """The sizes of axes that the spec states."""
        stated = {"a": self.a, "b": self.b, "c": self.c, "d": self.d}
        return {name: size for name, size in stated.items() if size is not None}

    def _groups(self) -> tuple[Groups, Groups]:
        """The names of each axis that arrives, and of each that is given."""
        return parsed(self.pattern)

    def _sizes(self, x: Shape) -> dict[str, Dim]:
        """The size of every axis by its name; the first that none is known of has what is left, others 1."""
        found = self._stated()
        for names, n in zip(self._groups()[0], x, strict=True):
            left = floor_div(n, prod(found[name] for name in names if name in found))
            for name in names:
                if name not in found:
                    found[name], left = left, 1
        return found

    def takes_axes(self, rank: int) -> bool:
        return rank == len(self._groups()[0])

    def checks(self, x: Shape) -> Iterator[Need]:
        if not self.takes_axes(len(x)):
            before = self.pattern.split("->")[0].strip()
            why = f"takes {before}, as its pattern has it, but {shape_text(x)} arrives"
            yield Need(False, "A202", lambda: why, "pattern")
            return
        yield from self.needs(x)

    def out(self, x: Shape) -> Shape:
        sizes = self._sizes(x)
        return tuple(prod(sizes[name] for name in names) for names in self._groups()[1])

    def needs(self, x: Shape) -> Iterator[Need]:
        stated, (before, _) = self._stated(), self._groups()
        named = {name for names in before for name in names}
        for name in stated:
            yield Need(name in named, "A114", says("has no axis `{}` in its pattern", name), name)
        for axis, (names, n) in enumerate(zip(before, x, strict=True), 1):
            left = [name for name in names if name not in stated]
            sized = prod(stated[name] for name in names if name in stated)
            yield Need(
                len(left) <= 1,
                "A112",
                says("needs the sizes of all but one of the axes that {} make together", " and ".join(names)),
                "pattern",
                help=(f"state one: `{left[0]}: 2`, if it is 2; sizes can be stated of `a`, `b`, `c` and `d`",)
                if left
                else (),
            )
            if len(left) == 1:
                why = says("makes parts of {:,} of `{}`, which do not divide {:,}", sized, " ".join(names), n)
                pad = f"{{kind: pad_to_multiple, multiple: {sized}, dims: [{axis}]}}"
                help = (f"let {sized} divide it", f"or put `- {pad}` above it: a `crop_as` takes off its zeros again")
                yield Need(divides(sized, n), "A204", why, "pattern", help=help)
            elif not left:
                why = says("has {:,} for `{}`, but {:,} arrive", sized, " ".join(names), n)
                yield Need(equal(sized, n), "A203", why, "pattern")

    def derivation(self, x: Shape) -> Iterator[Line]:
        sizes, stated, (before, after) = self._sizes(x), self._stated(), self._groups()
        for names, n in zip(before, x, strict=True):
            parts = [stated[name] for name in names if name in stated]
            if parts and len(parts) < len(names):
                yield parted("A204", " ".join(names), n, prod(parts))
        given = self.out(x)
        for letter, names, size in zip(letters(len(given)), after, given, strict=True):
            factors = "·".join(written(sizes[name]) for name in names)
            yield Line(f"{letter}'", chain(factors, size), size, " ".join(names))

    def _order(self) -> tuple[int, ...] | None:
        """Which axis of the input each of the output is, where each is one, whole."""
        before, after = self._groups()
        return tuple(before.index(names) for names in after) if {*before} == {*after} else None

    def window(self, x: Shape) -> tuple[Window, ...] | None:
        """Each place sees itself where the axes stay; else they are other places."""
        return (Window(),) * len(places(x)) if self._order() == (*range(len(x)),) else None

    def traces(self, x: Shape) -> tuple[Trace | None, ...]:
        """Each axis goes along that stays whole."""
        if not self.takes_axes(len(x)):
            return (None,)
        before, after = self._groups()
        windows = tuple(Window() if names in after else None for names in before)
        return (Trace(windows, tuple(before.index(names) if names in before else None for names in after)),)

    def channels_stay(self, x: Shape) -> bool:
        before, after = self._groups()
        return before[0] == after[0]


class Roll(Rearranged):
    """(N, *) -> (N, *); torch.roll of each sample.

    Along each axis of dims place j has what place j − shift had; what leaves at one end comes in at the other. shifts
    is one number for all of dims, or one for each. dims count with the batch as axis 0. An axis of longer_than places
    or fewer, of which each of dims can have its own number, too, stays as it is: a window that holds all of an axis is
    not shifted.
    """

    kind = "roll"
    told_in_tables: ClassVar[bool] = False
    also_called = ("cyclic_shift", "circular_shift", "torch_roll")
    own_module: ClassVar[bool] = True
    shifts: Annotated[int | tuple[int, ...], Listed(Place(), alone=True)]
    dims: Annotated[tuple[int, ...], Listed(Axis())]
    longer_than: Annotated[int | tuple[int, ...], Listed(Size(0), alone=True)] = 0

    positional: ClassVar[tuple[str, ...]] = ("shifts", "dims")
    foreign: ClassVar[dict[str, str]] = {"shift": "shifts", "axis": "dims", "axes": "dims", "dim": "dims"}

    def needs(self, x: Shape) -> Iterator[Need]:
        for field, said in (("shifts", "shifts"), ("longer_than", "sizes")):
            stated = getattr(self, field)
            yield Need(
                not isinstance(stated, tuple) or len(stated) == len(self.dims),
                "A114",
                says("has {} for other than its {} dims", said, len(self.dims)),
                field,
                {field: _for_as_many(stated, len(self.dims))},
            )
        for dim in self.dims:
            yield from axis_needs(dim, x, "dims")
            yield Need(axis_at(dim, x) != 0, "A209", lambda: "would roll the batch axis", "dims", beyond_torch=True)

    def window(self, x: Shape) -> tuple[Window, ...] | None:
        """None: what a place sees is at the other end of an axis, for some of them; by shifts of 0 it sees itself."""
        return (Window(),) * len(places(x)) if self.shifts in (0, (0,) * len(self.dims)) else None

    def first(self, x: Shape) -> Window:
        return Window()


def _for_as_many(stated: object, axes: int) -> object:
    """What a list of other than as many numbers as axes may have meant: the first of them, or one for all."""
    if not isinstance(stated, tuple) or not stated:
        return stated
    return stated[:axes] if len(stated) > axes > 0 else stated[0]
