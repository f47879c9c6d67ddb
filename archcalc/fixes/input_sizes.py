"""Which input sizes a network as declared would take, nearest to the one stated first.

The layers are walked on functions of the input's axes (``periodic``), so that a range is one for every
size in it. A flatten multiplies axes: then they are changed together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import reduce
from math import lcm, log, prod
from operator import and_
from typing import TypeAlias

from msgspec.structs import replace

from archcalc.analysis.axis_ways import Walked
from archcalc.analysis.legal_inputs import asking, varying
from archcalc.analysis.lossless import lossless, sees_all
from archcalc.fixes.effect import WrongNetwork
from archcalc.fixes.fitting import Fitting
from archcalc.fixes.practice import Practice, is_usual, least_fed, of_input
from archcalc.fixes.round_sizes import FAR, by_choice_of, nearest_to, roundest
from archcalc.layers.outcome import decide
from archcalc.sizes.axes import WORDS
from archcalc.sizes.axis_products import ProductCondition, ProductEquals, product_at
from archcalc.sizes.periodic import AxisFunction, NotPeriodic, SizeSet
from archcalc.sizes.rules import Shape, Truth, equal, known_sizes
from archcalc.sizes.set_notation import sizes_text

CLIP_ROUND = 4
"""How many frames more or fewer than the nearest length a round one may have."""

CLIP = 3
"""How many axes of places a clip has, its length first."""

ASKED = 600
"""Of a network of up to so many layers it is asked of single sizes whether a pixel is lost: four are a part of what a
question may look at."""

WIDEST = 4
"""How many times the size stated another is looked for, where several change at once."""


Refused: TypeAlias = Callable[[Shape, Shape | None], bool]
"""Whether no shape from one up to another, or without an end, is one to be suggested."""


class InputSizes:
    """The conditions that a network puts on the axes of its input. Raises NotPeriodic where none can be told.

    Places that are ``spared`` have an error of their own that no size mends.

    Without the ``tiny`` ones, which nobody feeds, nothing more is asked where no other size is left, nor, of a size
    that nobody feeds, what loses no pixel.
    """

    def __init__(self, network: WrongNetwork, spared: Collection[int] = (), *, tiny: bool = True) -> None:
        graph = network.graph
        self.stated = known_sizes(graph.input)
        self.axes = tuple(axis for axis, _ in varying(graph))
        self.sets = {axis: SizeSet.everywhere(str(axis)) for axis in self.axes}
        self.whole: dict[int, SizeSet] = {}
        self.graph = graph
        self.coupled: list[ProductCondition] = []
        self.never = False
        self.tiny = tiny
        self.refused: Refused | None = None
        x: Shape = tuple(AxisFunction.axis_itself(str(a)) if a in self.axes else n for a, n in enumerate(self.stated))
        if any(step.layer is None or step.doubtful for step in graph.steps):
            raise NotPeriodic
        self.walked = Walked(x, [])
        for passage, asked in asking(graph, x, spared):
            for holds in asked:
                self._impose(holds)
            if self.never or passage is None:
                return
            self.walked.passages.append(passage)
            given, claimed = passage.given, network.claimed.get(passage.step.path)
            if claimed is not None:
                self.never |= len(claimed) != len(given)
                for size, said in zip(given, claimed, strict=False):
                    self._impose(equal(size, said))
            if self.never:
                return

    def _impose(self, holds: Truth) -> None:
        if isinstance(holds, SizeSet):
            axis = int(holds.axis)
            self.sets[axis] &= holds
            # The first axis of several is channels, of which there may be few.
            self.never |= not self.tiny and axis > 0 and not self.sets[axis].reaches(least_fed(self.stated[axis]))
        elif isinstance(holds, ProductCondition):
            self.coupled.append(holds)
        elif decide(holds) is not True:
            self.never = True

    def fits(self, shape: tuple[int, ...]) -> bool:
        """Whether the network takes an input of this shape, its channels as stated."""
        sizes = {str(axis): shape[axis] for axis in self.axes}
        return (
            not self.never
            and all(shape[axis] in self.sets[axis] for axis in self.axes)
            and all(one.admits(product_at(one, sizes)) for one in self.coupled)
        )

    def nearest(self, refused: Refused | None = None) -> Iterator[Fitting]:
        """Shapes that fit and are not ``refused``: one axis changed, or all alike, or each to its own nearest size."""
        self.refused = refused
        if self.never or self.fits(self.stated):
            # Of what the conditions say nothing, such as bytes that 64 bits do not count, another size is no cure.
            return
        found: list[tuple[int, ...]] = []
        for axes in dict.fromkeys([*((axis,) for axis in self.axes), *self._of_each(), self.axes]):
            if len({self.stated[axis] for axis in axes}) == 1:
                yield from self._alike(axes, found)
        alike = len({self.stated[axis] for axis in self.axes}) == 1
        if not alike and not self.graph.inputs and len(self.axes) == CLIP and self.stated[-1] == self.stated[-2]:
            yield from self._alike(self.axes[1:], found)
            yield from self._length_and_side()
        if not alike and not self.coupled:
            yield from self._each(found)

    def _each(self, found: list[tuple[int, ...]]) -> Iterator[Fitting]:
        """Each axis that does not fit at the nearest size that does, the round one of those beside that do as well."""
        shape = list(self.stated)
        for axis in self.axes:
            fits = self.sets[axis].__contains__
            n = nearest_to(self.stated[axis], fits)
            if n is None:
                return
            if n != self.stated[axis]:
                last = self._end((axis,), n, fits)
                low = next(size for size in range(n, 0, -1) if size == 1 or not fits(size - 1))
                shape[axis] = n if last is None else roundest(range(low, last + 1), self.stated[axis])
        changed = tuple(axis for axis in self.axes if shape[axis] != self.stated[axis])
        words = WORDS.get(len(shape), ()) if not self._names() else ()
        if tuple(shape) not in found:
            rules = {self._rule((axis,)) for axis in changed} if words else set()
            rule = rules.pop() if len(rules) == 1 else None
            yield Fitting(tuple(shape), (), 0, 0, None, rule, names=tuple(words[axis] for axis in changed if words))

    def _of_each(self) -> Iterator[tuple[int, ...]]:
        """The axes of each of several inputs that can be chosen."""
        for one in self.graph.inputs:
            yield tuple(axis for axis in self.axes if axis in one.axes)

    def _length_and_side(self) -> Iterator[Fitting]:
        """Of a clip with square pictures of which all places are multiplied, another length and another side."""
        one = next((condition for condition in self.coupled if isinstance(condition, ProductEquals)), None)
        if one is None:
            return
        time, *plane = self.axes
        length, side = self.stated[time], self.stated[-1]
        factors = {int(axis): f for axis, f in one.product.factors.items()}
        sides: dict[int, list[int]] = {}
        for n in range(1, WIDEST * side):
            if all(n in self.sets[axis] for axis in plane):
                sides.setdefault(prod(factors[axis](n) for axis in plane if axis in factors), []).append(n)
        shapes = []
        for n in range(1, WIDEST * length + 1):
            counted = one.product.coefficient * (factors[time](n) if time in factors else 1)
            asked = [target // counted for target in one.targets if target % counted == 0] if counted else []
            fitting = [size for product in asked for size in sides.get(product, [])]
            if fitting and n in self.sets[time]:
                whole = [size for size in fitting if all(size in self._lossless(axis) for axis in plane)]
                shapes.append(self._with((time,), n)[:-2] + 2 * (roundest(whole or fitting, side),))
        shapes = [shape for shape in shapes if self.fits(shape)]
        # Another side alone has been found already.
        shapes = [shape for shape in shapes if shape[time] != length]
        if shapes:
            far: dict[Shape, float] = {
                shape: abs(log(shape[time] / length)) + 2 * abs(log(shape[-1] / side)) for shape in shapes
            }
            near = min(shapes, key=lambda shape: far[shape])
            beside = [
                shape[time] for shape in shapes if shape[-1] == near[-1] and abs(shape[time] - near[time]) < CLIP_ROUND
            ]
            yield Fitting(self._with((time,), roundest(beside, length))[:-2] + near[-2:], (), 0, 0, None)

    def _alike(self, axes: tuple[int, ...], found: list[tuple[int, ...]]) -> Iterator[Fitting]:
        def fits(n: int) -> bool:
            return self.fits(self._with(axes, n))

        stated = self.stated[axes[0]]
        others = (axis for axis in self.axes if axis not in axes)
        # What another axis is refused for, no size of these mends.
        n = nearest_to(stated, fits) if all(self.stated[axis] in self.sets[axis] for axis in others) else None
        if n is None or self._with(axes, n) in found:
            return
        if not self.tiny and of_input(self.stated, self._with(axes, n)) is Practice.TINY:
            return
        found.append(self._with(axes, n))
        low = n
        while low > 1 and fits(low - 1):
            low -= 1
        last = self._end(axes, n, fits)
        most = None if last is None else self._with(axes, last)
        if self.refused is not None and self.refused(self._with(axes, low), most):
            return
        ends = range(low, (n + FAR if last is None else last) + 1)
        by_choice = [n] if last is None else sorted(ends, key=lambda one: by_choice_of(one, stated), reverse=True)
        whole, taken = self._whole(axes, ends, by_choice, stated, every=last is None) if low != last else None, n
        if last is None:
            taken = n if whole is None else whole
        elif low != last:
            taken = by_choice[0] if whole is None else whole
        rule, nearest = self._repeating(axes, fits)
        if rule is None and last is not None and low != last and not is_usual(taken) and is_usual(by_choice[0]):
            # A few pixels that the last window does not see are lost in most networks that are published.
            taken = by_choice[0]
        if nearest and all(near in self._lossless(axis) for near in nearest for axis in axes):
            # Of sizes that all lose nothing, none is to be preferred.
            whole = None
        if self._of_words(axes):
            # Tokens are lost where a network steps over them, and hardly one does.
            whole = None
        yield Fitting(self._with(axes, taken), axes, low, last, whole, rule, nearest, self._names())

    def _names(self) -> tuple[str, ...]:
        """What the axes are called where the spec says it, of an axis or of inputs; else nothing."""
        return self.graph.letters if self.graph.inputs or any(self.graph.axes) else ()

    def _of_words(self, axes: tuple[int, ...]) -> bool:
        """Whether only inputs of whole numbers have these axes."""
        having = [one.below for one in self.graph.inputs if {*axes} & {*one.axes}]
        return None not in having if self.graph.inputs else self.graph.below is not None

    def _whole(self, axes: tuple[int, ...], among: range, first: list[int], stated: int, every: bool) -> int | None:
        """Of some sizes of axes the one to be chosen at which no pixel is lost: the first such, or the nearest.

        Of the one that is chosen before all others that is asked as of a number, which takes a fraction of the time.
        """
        for n in first[:1] if len(self.graph.steps) <= ASKED else ():
            graph = replace(self.graph, input=self._with(axes, n))
            if all(axis not in self.whole and sees_all(graph, axis, n) for axis in axes):
                return n
        if every:
            return nearest_to(stated, lambda n: all(n in self._lossless(axis) for axis in axes), among)
        return next((n for n in first if all(n in self._lossless(axis) for axis in axes)), None)

    def _lossless(self, axis: int) -> SizeSet:
        """The sizes of an axis at which no pixel is lost; none where that is not known."""
        if axis not in self.whole:
            try:
                found = lossless(self.graph, axis, self.sets[axis], self.walked)
            except NotPeriodic:
                found = None
            self.whole[axis] = SizeSet(str(axis), (False,), 1, 1) if found is None else found
        return self.whole[axis]

    def _repeating(self, axes: tuple[int, ...], fits: Callable[[int], bool]) -> tuple[str | None, tuple[int, ...]]:
        """What fits in words, where it repeats, and the nearest sizes that do on either side of the one stated."""
        if self.coupled:
            return None, ()
        rule = self._rule(axes)
        if rule is None:
            return None, ()
        stated = self.stated[axes[0]]
        below = nearest_to(stated, fits, range(1, stated))
        above = nearest_to(stated, fits, range(stated + 1, stated + FAR + 1))
        return rule, tuple(n for n in (below, above) if n is not None)

    def _rule(self, axes: tuple[int, ...]) -> str | None:
        """What sizes of axes that are changed together fit, in words, where that repeats."""
        together = reduce(and_, (replace(self.sets[axis], axis="") for axis in axes)).simplest()
        return None if together.period == 1 else sizes_text(together)

    def _end(self, axes: tuple[int, ...], n: int, fits: Callable[[int], bool]) -> int | None:
        """Where the run of sizes that fit from n on ends; ``None`` where it never does.

        A run over a whole period of what repeats has no end. One of which that cannot be said is
        followed for FAR sizes.
        """
        repeats = max(n, *(self.sets[axis].start for axis in axes)) + lcm(*(self.sets[axis].period for axis in axes))
        high = n
        while high < n + FAR and fits(high + 1):
            high += 1
            if high >= repeats and not self.coupled:
                return None
        return high

    def _with(self, axes: tuple[int, ...], n: int) -> tuple[int, ...]:
        return tuple(n if axis in axes else size for axis, size in enumerate(self.stated))
