"""Joins: several values become one. They are expressions in generated code, and no modules."""

from collections.abc import Iterator, Sequence
from functools import partial, reduce
from itertools import accumulate
from typing import Annotated, ClassVar, Never

from archcalc.layers.call import Call
from archcalc.layers.contract import Layer
from archcalc.layers.need import Need, axis_needs
from archcalc.layers.size_fields import Axis
from archcalc.layers.working import Line, Trace, Window, chain, written
from archcalc.sizes.axes import axis_at, letters, shape_text
from archcalc.sizes.rules import Dim, Shape, Truth, dmax, either, equal, is_known, is_symbolic


class Join(Layer):
    """A layer of two inputs or more. Every method takes the shape of each, in the order of ``from``."""

    arity: ClassVar[tuple[int, int | None]] = (2, None)
    joins: ClassVar[bool] = True
    told_in_tables: ClassVar[bool] = False
    takes_other_ranks: ClassVar[bool] = False
    """Whether torch also joins tensors of different numbers of axes, aligned at the last, the batch among them."""

    uncounted: ClassVar[str] = "what is done value by value is not counted"

    def out(self, *xs: Shape) -> Shape:
        raise NotImplementedError

    def needs(self, *xs: Shape) -> Iterator[Need]:
        return iter(())

    def derivation(self, *xs: Shape) -> Iterator[Line]:
        return iter(())

    def weights(self, *xs: Shape) -> dict[str, Shape]:
        return {}

    buffers = weights

    def macs(self, *xs: Shape) -> Dim:
        return 0

    def spent(self, *xs: Shape) -> Iterator[Line]:
        yield Line("MACs", "0", 0, self.uncounted)

    def _none(self, *xs: Shape) -> Iterator[Never]:
        return iter(())

    batch_needs = advice_on_maps = leftover = _none

    def advice(self, *xs: Shape) -> Iterator[Need]:
        return iter(())

    def window(self, *xs: Shape) -> tuple[Window, ...] | None:
        """Each place sees itself in every input, where these have the same places; else there is no one window."""
        places = [x[1:] or x for x in (*xs, self.out(*xs))]
        alike = all(len(other) == len(places[0]) and _same(places[0], other) for other in places)
        return (Window(),) * len(places[0]) if alike else None

    def traces(self, *xs: Shape) -> tuple[Trace | None, ...]:
        """Each place sees itself in every input; the one place of a repeated axis is seen in all of them."""
        given = self.out(*xs)
        if any(len(x) != len(given) for x in xs):
            return (None,) * len(xs)
        return tuple(Trace(tuple(map(_seen, x, given)), tuple(range(len(x)))) for x in xs)

    def channels_stay(self, *xs: Shape) -> bool:
        return True

    def torch(self, *xs: Shape) -> Call:
        """Nothing: a join is no module, but an ``expression``."""
        raise NotImplementedError

    def checks(self, *xs: Shape) -> Iterator[Need]:
        """Every need: that all inputs have the same number of axes, then the kind's own."""
        if len({len(x) for x in xs}) != 1:
            yield Need(False, "A202", lambda: self._ranks_differ(xs), beyond_torch=self.takes_other_ranks)
            return
        yield from self.needs(*xs)

    def _ranks_differ(self, xs: tuple[Shape, ...]) -> str:
        return f"joins inputs with equally many axes, but {listed(xs)} arrive"


def _seen(n: Dim, size: Dim) -> Window:
    """What a place of an axis sees of a joined one."""
    return Window(1, 0) if type(n) is int and n == 1 and not (type(size) is int and size == 1) else Window()


def _same(one: Shape, other: Shape) -> bool:
    return all(equal(a, b) is True for a, b in zip(one, other, strict=True))


def listed(xs: Sequence[Shape]) -> str:
    texts = [shape_text(x) for x in xs]
    return f"{', '.join(texts[:-1])} and {texts[-1]}"


def _equal_or_one(a: Dim, b: Dim) -> Truth:
    return either(equal(a, b), equal(a, 1), equal(b, 1))


def _differing(axis: int, sizes: Sequence[Sequence[Dim]]) -> list[int]:
    """The axis that was asked about, and the others along which known sizes differ."""
    return [place for place, one in enumerate(sizes) if place == axis or (is_known(*one) and len({*one}) > 1)]


def _joined_names(rank: int, axes: Sequence[int]) -> str:
    """What axes are called, in words: ``C, H and W``."""
    *others, last = (_called(rank)[axis] for axis in axes)
    return f"{', '.join(others)} and {last}" if others else last


def _how_joined(sizes: Sequence[Dim]) -> str:
    if not is_known(*sizes) or len({*sizes}) == 1:
        return "the same in all"
    return "a size of 1 is repeated" if len({*sizes} - {1}) == 1 else "they differ"


def _called(rank: int) -> tuple[str, ...]:
    """What axes are called in an error. Of two the first may be channels, or the places of a sequence."""
    return ("the first axis", "the last axis") if rank == 2 else letters(rank)


def compared(axis: str, a: Dim, b: Dim, holds: Truth) -> Line:
    """Two sizes and whether the need A211 finds them alike; a size of 1 is as the other."""
    sign = "=?" if holds is None else "=" if holds else "≠"
    left, right = (b, b) if holds is True and a == 1 else (a, a) if holds is True and b == 1 else (a, b)
    return Line(axis, f"{written(left)} {sign} {written(right)}", code="A211")


def _repeated(a: Dim, b: Dim) -> Dim:
    """The size that two sizes come to, of which 1 is repeated."""
    # Beside a number that is 1, a formula stays as it is: no size is less.
    if type(a) is int and a == 1 and is_symbolic(b):
        return b
    return a if type(b) is int and b == 1 and is_symbolic(a) else dmax(a, b)


class _Elementwise(Join):
    sign: ClassVar[str]
    commutes: ClassVar[bool] = True
    takes_other_ranks: ClassVar[bool] = True

    def out(self, *xs: Shape) -> Shape:
        return tuple(reduce(_repeated, sizes) for sizes in zip(*xs, strict=False))

    def needs(self, *xs: Shape) -> Iterator[Need]:
        for axis, sizes in enumerate(zip(*xs, strict=True)):
            # In this order the last of them is not joined for nothing.
            for size, joined in zip(sizes[1:], accumulate(sizes, _repeated), strict=False):
                yield Need(_equal_or_one(joined, size), "A211", partial(self._error, axis, xs))

    def _error(self, axis: int, xs: Sequence[Shape]) -> str:
        differ = _differing(axis, [[size for size in sizes if size != 1] for sizes in zip(*xs, strict=True)])
        where = _joined_names(len(xs[0]), differ)
        return f"joins inputs of equal sizes (or 1), but {listed(xs)} arrive, which differ in {where}"

    def derivation(self, *xs: Shape) -> Iterator[Line]:
        for letter, size, sizes in zip(letters(len(xs[0])), self.out(*xs), zip(*xs, strict=True), strict=True):
            yield Line(f"{letter}'", written(size), size, _how_joined(sizes))
            joined = sizes[0]
            for other in sizes[1:]:
                yield compared(letter, joined, other, _equal_or_one(joined, other))
                joined = _repeated(joined, other)

    def expression(self, values: Sequence[str]) -> str:
        return f" {self.sign} ".join(values)


class Add(_Elementwise):
    """(N, *), (N, *), … -> (N, *); a + b + …, value by value.

    A size of 1 is repeated, as torch broadcasts; all inputs have the same number of axes.
    He et al. 2016, "Deep residual learning for image recognition".
    """

    kind = "add"
    also_called = ("sum", "eltwise", "residual", "shortcut", "skip")
    sign: ClassVar[str] = "+"

    def keeps_input(self) -> bool:
        return False


class Subtract(_Elementwise):
    """(N, *), (N, *) -> (N, *); a − b, value by value.

    What the second gives is taken from the first; a size of 1 is repeated, as torch broadcasts.
    Yu et al. 2022, "MetaFormer is actually what you need for vision".
    """

    kind = "subtract"
    also_called = ("sub", "minus", "difference", "subtraction")
    arity: ClassVar[tuple[int, int | None]] = (2, 2)
    commutes: ClassVar[bool] = False
    sign: ClassVar[str] = "-"

    def keeps_input(self) -> bool:
        return False


class Multiply(_Elementwise):
    """(N, *), (N, *), … -> (N, *); a · b · …, value by value.

    A size of 1 is repeated, as torch broadcasts; all inputs have the same number of axes.
    Hu et al. 2018, "Squeeze-and-excitation networks".
    """

    kind = "multiply"
    also_called = ("mul", "scale", "gate")
    sign: ClassVar[str] = "*"


class Concat(Join):
    """(N, C₁, *), (N, C₂, *), … -> (N, C₁ + C₂ + …, *); torch.cat along dim.

    dim counts with the batch as axis 0; all other sizes agree.
    Szegedy et al. 2015, "Going deeper with convolutions".
    """

    kind = "concat"
    also_called = ("cat", "concatenate", "merge", "route", "filter_concat", "depthconcat")
    dim: Annotated[int, Axis()] = 1

    foreign: ClassVar[dict[str, str]] = {"axis": "dim"}

    def keeps_input(self) -> bool:
        return False

    def out(self, *xs: Shape) -> Shape:
        axis = axis_at(self.dim, xs[0])
        if not 1 <= axis <= len(xs[0]):
            return xs[0]
        together = xs[0][axis - 1]
        for x in xs[1:]:
            together = together + x[axis - 1]
        return (*xs[0][: axis - 1], together, *xs[0][axis:])

    def needs(self, *xs: Shape) -> Iterator[Need]:
        yield from axis_needs(self.dim, xs[0], "dim")
        joined = axis_at(self.dim, xs[0])
        yield Need(
            joined != 0,
            "A209",
            lambda: "would join along the batch axis",
            "dim",
            {"dim": 1},
            beyond_torch=True,
        )
        if not 1 <= joined <= len(xs[0]):
            return
        for axis, sizes in enumerate(zip(*xs, strict=True), start=1):
            for size in sizes[1:] if axis != joined else ():
                yield Need(equal(sizes[0], size), "A211", partial(self._error, axis, xs))

    def _error(self, axis: int, xs: Sequence[Shape]) -> str:
        joined = axis_at(self.dim, xs[0]) - 1
        along = _called(len(xs[0]))[joined]
        differ = _differing(axis - 1, [sizes * (place != joined) for place, sizes in enumerate(zip(*xs, strict=True))])
        return f"joins along {along}, but {listed(xs)} arrive, which differ in {_joined_names(len(xs[0]), differ)} too"

    def derivation(self, *xs: Shape) -> Iterator[Line]:
        joined, given = axis_at(self.dim, xs[0]), self.out(*xs)
        for axis, (letter, sizes) in enumerate(zip(letters(len(given)), zip(*xs, strict=True), strict=True), start=1):
            size = given[axis - 1]
            if axis == joined:
                yield Line(f"{letter}'", chain(" + ".join(map(written, sizes)), size), size)
            else:
                yield Line(f"{letter}'", written(size), size, "the same in all")
                for other in sizes[1:]:
                    yield compared(letter, sizes[0], other, equal(sizes[0], other))

    def window(self, *xs: Shape) -> tuple[Window, ...] | None:
        """None along places, for each then sees another input."""
        return super().window(*xs) if axis_at(self.dim, xs[0]) == 1 and len(xs[0]) > 1 else None

    def traces(self, *xs: Shape) -> tuple[Trace | None, ...]:
        """Nothing along places; along channels each place sees itself in every input."""
        if axis_at(self.dim, xs[0]) != 1 or any(len(x) != len(xs[0]) or len(x) == 1 for x in xs):
            return (None,) * len(xs)
        return tuple(Trace((Window(x[0], 0), *((Window(),) * (len(x) - 1))), tuple(range(len(x)))) for x in xs)

    def beside(self, *xs: Shape) -> int | None:
        return axis_at(self.dim, xs[0]) - 1

    def expression(self, values: Sequence[str]) -> str:
        return f"torch.cat(({', '.join(values)}), {self.dim})"
