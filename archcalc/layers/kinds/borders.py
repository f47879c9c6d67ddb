"""Axes made longer or shorter at their ends."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from archcalc.layers.fields import Choice, Real
from archcalc.layers.kinds.arrange import Rearranged
from archcalc.layers.need import Need, axis_needs, says
from archcalc.layers.size_fields import Axis, Listed, Place, Size
from archcalc.layers.working import Line, Repeats, Window, along_one, at_most, chain, written
from archcalc.sizes.axes import axis_at, letters, shape_text
from archcalc.sizes.rules import Dim, PerRow, Shape, is_symbolic

_MODES_ELSEWHERE = ("zero", "constant", "reflection", "replication", "circular")


class Pad(Rearranged):
    """(N, *) -> (N, *); torch.nn.functional.pad.

    n' = n + before + after; padding lists (before, after) for the last axis, then for the one before it, and
    so on. value is what stands there in mode constant; reflect, replicate and circular repeat the input.
    """

    kind = "pad"
    told_in_tables: ClassVar[bool] = False
    also_called = (
        "padding",
        *(f"{mode}_pad{axes}d" for mode in _MODES_ELSEWHERE for axes in (1, 2, 3)),
        *(f"zero_padding{axes}d" for axes in (1, 2, 3)),
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
                        says("pads {} by `{}`, more than an input of {} can give", side, self.mode, n),
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

    def first(self, x: Shape) -> Window:
        return Window(1, 1, self._sides(x)[0][1]) if self._fits(x) else Window()

    def repeats(self, x: Shape) -> tuple[Repeats, ...] | None:
        """Where it repeats places, and no channels."""
        if self.mode == "constant" or not self._fits(x) or (len(x) > 1 and len(self.padding) == 2 * len(x)):
            return None
        return tuple(Repeats(self.mode, before, after) for _, before, after in self._sides(x)[1:] or self._sides(x))


class Slice(Rearranged):
    """(N, *) -> (N, *); x[..., start:stop, ...] along dim.

    n' = stop − start. dim counts with the batch as axis 0; start and stop are below 0 from the end, and stop
    is left out for all that is behind start.
    """

    kind = "slice"
    told_in_tables: ClassVar[bool] = False
    also_called = ("crop", "narrow", "cropping1d", "cropping2d", "cropping3d")
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
        yield Need(
            first >= 0,
            "A215",
            lambda: f"starts at {first}, before the start of an axis of {n}",
            "start",
            beyond_torch=True,
        )
        yield Need(
            end <= n, "A215", lambda: f"stops at {end}, beyond the end of an axis of {n}", "stop", beyond_torch=True
        )
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


def _counted(place: Dim, n: Dim) -> Dim:
    """A place along an axis of n, counted from its beginning."""
    if is_symbolic(place):
        from archcalc.sizes import symbolic

        below = symbolic.is_negated(place)
    else:
        below = place.high < 0 if isinstance(place, PerRow) else type(place) is int and place < 0
    return place + n if below else place


def _bracketed(number: Dim) -> str:
    text = written(number)
    return f"({text})" if text.startswith("−") else text
