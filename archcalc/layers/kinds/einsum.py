"""The product of two values, whose axes are named."""

from collections.abc import Iterator, Mapping, Sequence
from string import ascii_letters
from typing import Annotated, ClassVar

from archcalc.layers.counters import macs as products
from archcalc.layers.equation import Equation, Names, equation_of
from archcalc.layers.kinds.join import Join, compared, listed
from archcalc.layers.need import Need, says
from archcalc.layers.working import Line, Trace, Window, chain, product, written
from archcalc.sizes.axes import letters
from archcalc.sizes.rules import Dim, Shape, equal, prod


class Einsum(Join):
    """(N, *), (N, *) -> (N, *); torch.einsum of two inputs.

    The equation names the axes of each input, separated by spaces, and behind the arrow those of the output; the batch
    is not named. What is not given is summed over: "t d, s d -> t s" is Q·Kᵀ, "t s, s d -> t d" a mean that these
    weigh, "c p, d p -> c d" what channels have in common. An axis that both inputs have has one size. MACs are the
    product of all sizes where an axis of both is summed over; without one, products value by value are not counted.
    """

    kind = "einsum"
    sort: ClassVar[str] = "products of values"
    counted = {"fvcore": products}
    turns_axes: ClassVar[bool] = True
    told_in_tables: ClassVar[bool] = True
    also_called = ("batched_matmul", "contraction", "bilinear_pooling")
    arity: ClassVar[tuple[int, int | None]] = (2, 2)
    equation: Annotated[str, Equation()]

    foreign: ClassVar[dict[str, str]] = {"pattern": "equation", "subscripts": "equation"}

    @property
    def channels_first(self) -> bool:
        return False

    def _names(self) -> tuple[Names, Names, Names]:
        """The axes of both inputs and of the output."""
        return equation_of(self.equation)

    def _sizes(self, xs: Sequence[Shape]) -> dict[str, Dim]:
        """The size of every axis by its name, as the last input has it that has the axis."""
        return {name: n for names, x in zip(self._names(), xs, strict=False) for name, n in zip(names, x, strict=True)}

    def checks(self, *xs: Shape) -> Iterator[Need]:
        left, right, _ = self._names()
        if (len(left), len(right)) != (len(xs[0]), len(xs[1])):
            why = f"takes {' '.join(left)} and {' '.join(right)}, as its equation has it, but {listed(xs)} arrive"
            yield Need(False, "A202", lambda: why, "equation", help=self._without_batch(xs))
            return
        yield from self.needs(*xs)

    def _without_batch(self, xs: Sequence[Shape]) -> tuple[str, ...]:
        """What to write where each side of the equation begins with the same axis, one more than arrive."""
        left, right, given = sides = self._names()
        if len({side[0] for side in sides}) > 1 or len(given) < 2:
            return ()
        if (len(left), len(right)) != (len(xs[0]) + 1, len(xs[1]) + 1):
            return ()
        bare = "{}, {} -> {}".format(*(" ".join(side[1:]) for side in sides))
        return (f'the batch is not named: write `equation: "{bare}"`',)

    def needs(self, *xs: Shape) -> Iterator[Need]:
        left, right, _ = self._names()
        for name in left:
            if name in right:
                a, b = xs[0][left.index(name)], xs[1][right.index(name)]
                why = says("has {:,} places along `{}` in its first input and {:,} in its second", a, name, b)
                repeated = any(type(n) is int and n == 1 for n in (a, b))
                yield Need(equal(a, b), "A211", why, beyond_torch=repeated)

    def out(self, *xs: Shape) -> Shape:
        sizes = self._sizes(xs)
        return tuple(sizes[name] for name in self._names()[2])

    def _multiplied(self) -> list[str]:
        """The axes of the product: an axis of one input alone that is not given is summed over before."""
        left, right, given = self._names()
        return [name for name in dict.fromkeys(left + right) if name in given or (name in left and name in right)]

    def _summed(self) -> list[str]:
        """The axes of both inputs that are summed over."""
        left, right, given = self._names()
        return [name for name in left if name in right and name not in given]

    def macs(self, *xs: Shape) -> Dim:
        sizes = self._sizes(xs)
        return prod(sizes[name] for name in self._multiplied()) if self._summed() else 0

    def spent(self, *xs: Shape) -> Iterator[Line]:
        if not self._summed():
            yield from super().spent(*xs)
            return
        sizes, names, total = self._sizes(xs), self._multiplied(), self.macs(*xs)
        yield Line("MACs", chain(product(tuple(sizes[name] for name in names)), total), total, " × ".join(names))

    def derivation(self, *xs: Shape) -> Iterator[Line]:
        left, right, given = self._names()
        for name in left:
            if name in right:
                a, b = xs[0][left.index(name)], xs[1][right.index(name)]
                yield compared(name, a, b, equal(a, b))
        for letter, name, size in zip(letters(len(given)), given, self.out(*xs), strict=True):
            yield Line(f"{letter}'", written(size), size, name)

    def window(self, *xs: Shape) -> tuple[Window, ...] | None:
        return None

    def traces(self, *xs: Shape) -> tuple[Trace | None, ...]:
        """Each place sees itself along the axes that are given, and all of those that are summed over."""
        *inputs, given = self._names()
        return tuple(
            Trace(
                tuple(Window() if name in given else Window(n, 0) for name, n in zip(names, x, strict=True)),
                tuple(names.index(name) if name in names else None for name in given),
            )
            for names, x in zip(inputs, xs, strict=True)
        )

    def channels_stay(self, *xs: Shape) -> bool:
        *inputs, given = self._names()
        return all(names[0] == given[0] for names in inputs)

    def expression(self, values: Sequence[str]) -> str:
        return f'torch.einsum("{self._in_letters()}", {", ".join(values)})'

    def _in_letters(self) -> str:
        """The equation as torch has it: a letter an axis, its own where it is free, and one for the batch."""
        sides = self._names()
        names = dict.fromkeys(name for side in sides for name in side)
        known = {name: name for name in names if len(name) == 1}
        for name in [name for name in names if len(name) > 1]:
            known[name] = _free_letter(name[0], known)
        batch = _free_letter("b", known)
        return "{},{}->{}".format(*(batch + "".join(known[name] for name in side) for side in sides))


def _free_letter(wanted: str, known: Mapping[str, str]) -> str:
    return next(letter for letter in f"{wanted}{ascii_letters}" if letter not in known.values())
