"""Which values of a few fields and input sizes meet a condition: every solution in range.

The layers are walked once for each value of what comes first, and on from there for each of what comes
next; a network that is not legal, or that already fails a condition, is not followed further.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from msgspec.structs import replace

from archcalc.analysis.experts import standing_for
from archcalc.analysis.inplace import clashes
from archcalc.analysis.report import Checked, Report, as_report
from archcalc.diagnostics.errors import refuse_other, texts
from archcalc.explore.conditions import Condition, ConditionError, split
from archcalc.explore.named_sizes import NAMES, names_and_places, of_layer
from archcalc.explore.solutions import Solution, Solutions, apart
from archcalc.explore.varied import MOST, SolveError, Varied, combinations, varied
from archcalc.language.yaml_changes import Plain, yaml_text
from archcalc.layers.contract import Layer
from archcalc.layers.outcome import overflowing, too_large, total
from archcalc.layers.tied_needs import again_needs
from archcalc.network.flow import taken
from archcalc.sizes.rules import Shape, is_known, known_size, known_sizes, prod

MOST_WALKED = 3_000_000
"""How many times layers are walked through for one question, all together."""

MOST_CONDITIONS = 100
"""How many conditions one question has: each is asked of every combination."""

A_NEW_ONE = 30
"""How many times more it costs where a layer has not met such sizes before."""


def solve(
    report: Checked,
    want: Sequence[str] | str,
    over: Sequence[str] | str,
    ranges: Mapping[str, object] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Solutions:
    """Every combination of the values of ``over`` with which the network is legal and meets each of ``want``.

    ``over`` are fields, ``conv1.padding``, and input sizes, ``input.H``, or ``input`` for all of its axes but the
    channels alike. ``want`` are comparisons, joined by commas or ``and``, of ``layer.H``, ``layer.params``,
    ``layer.macs``, ``input.H``, ``params``, ``active_params``, ``macs`` and ``flops``. ``ranges`` are the values to
    try, a list of them or the text of ``--range``, ``"0:5"``, each read as the file would read it, numpy's too; without
    one, those near the stated value. Claims of the source are not asked, and sizes that do not fit as stated may fit
    with other values. ``progress`` is told how many combinations are done with.

    Raises SolveError for a question that cannot be asked, and for a spec with any other error: it leaves open which
    network is meant.
    """
    search = Search(as_report(report, "solve"), want, over, ranges or {})
    search.refuse_too_many()
    return search.answer(progress or (lambda _: None))


class Search:
    """The search for one question; ``count`` combinations in all."""

    def __init__(
        self, report: Report, want: Sequence[str] | str, over: Sequence[str] | str, ranges: Mapping[str, object]
    ) -> None:
        want, over = texts("want", want), texts("over", over)
        refuse_other(ranges, Mapping, "`ranges` takes the values to try by name, {'conv1.padding': '0:5'}")
        self.want = want
        graph = report.graph
        unsound = bool(report.doubts) or graph is None or not graph.input or not is_known(*graph.input)
        if graph is None or unsound or any(step.layer is None or step.doubtful or step.lost for step in graph.steps):
            raise SolveError(f"{report.file} has no solutions before its errors are fixed: {report.first_error}")
        self.graph = graph
        self.places = {step.path: place for place, step in enumerate(graph.steps)}
        named = dict.fromkeys(name.strip() for text in over for name in text.split(",") if name.strip())
        if not named:
            raise SolveError("there is nothing to vary: name a field such as conv1.padding, or input.H")
        for name in ranges:
            if name not in named:
                raise SolveError(f"`{name}` has a range but is not varied: add it to --over")
        found = [varied(report, graph, self.places, name, ranges.get(name)) for name in named]
        self.varied = sorted(found, key=lambda one: -1 if one.place is None else one.place)
        self._varied_at: dict[int | None, list[Varied]] = {}
        for one in self.varied:
            self._varied_at.setdefault(one.place, []).append(one)
        self.count = math.prod(len(one.values) for one in self.varied)
        self._told_at: dict[int | None, list[Condition]] = {}
        """The conditions by the place after which they can be told, see ``_condition``."""
        parts = dict.fromkeys(part.strip() for text in want for part in split(text))
        if len(parts) > MOST_CONDITIONS:
            raise SolveError(f"{len(parts):,} conditions are more than {MOST_CONDITIONS} that are asked at once")
        known = names_and_places(graph)
        for condition, place in [self._condition(part, known) for part in parts]:
            self._told_at.setdefault(place, []).append(condition)
        if not self._told_at:
            raise SolveError("there is no condition: write one such as 'pool3.H == 6'")
        conditions = [condition for told in self._told_at.values() for condition in told]
        self._compared = {name.rpartition(".")[0] for condition in conditions for name in condition.names}
        training = None if report.spec is None else report.spec.training
        self._samples = None if training is None else training.batch_size
        self._left = MOST_WALKED
        self._memo: dict[tuple[Layer, tuple[Shape, ...]], tuple[Shape, int, int] | None] = {}
        self._overwriting: dict[tuple[Layer, ...], bool] = {}

    def refuse_too_many(self) -> None:
        """Raises SolveError where there are more combinations than are tried."""
        if self.count > MOST:
            each = " × ".join(f"{len(one.values):,}" for one in self.varied)
            widest = max(self.varied, key=lambda one: len(one.values))
            narrow = f"--range {widest.name}={yaml_text(widest.stated)}" if type(widest.stated) is int else "--range"
            raise SolveError(
                f"{each} are {self.count:,} combinations, more than {MOST:,}: "
                f"vary less, or narrow a range, such as {narrow}"
            )

    def _condition(self, text: str, known: Mapping[str, int | None]) -> tuple[Condition, int | None]:
        """A condition, with the place after which all that it compares is known; ``None`` where it is totals."""
        try:
            condition = Condition(text, known, NAMES, partial(standing_for, self.graph))
        except ConditionError as error:
            raise SolveError(str(error)) from None
        if not condition.compares:
            raise SolveError(f"`{text}` is not a condition: compare sizes, such as pool3.H == 6")
        places = [known[name] for name in condition.names]
        return condition, None if None in places else max(place for place in places if place is not None)

    # The search

    def answer(self, progress: Callable[[int], None]) -> Solutions:
        """What was asked, what was tried, and all solutions."""
        over = {one.name: one.values for one in self.varied}
        return Solutions(self.want, over, self.count, tuple(self._solutions(progress)))

    def _solutions(self, progress: Callable[[int], None]) -> list[Solution]:
        """All solutions, those nearest to the spec first."""
        found: list[Solution] = []
        left = self._varied_at.get(None, [])
        for values in combinations(left):
            shape = list(known_sizes(self.graph.input))
            for one in left:
                for axis in one.key:
                    size = values[one.name]
                    assert isinstance(size, int)
                    shape[int(axis)] = size
            known = {f"input.{letter}": n for letter, n in zip(self.graph.letters, shape, strict=True)}
            if not too_large(tuple(shape)) and self._meets(-1, known):
                found += self._from(0, [tuple(shape)], values, known, [], [], progress)
            else:
                progress(self._skipped(0))
        return sorted(found, key=self._distance)

    def _from(
        self,
        place: int,
        passed: list[Shape],
        values: dict[str, Plain],
        known: dict[str, int],
        params: list[int],
        macs: list[int],
        progress: Callable[[int], None],
    ) -> Iterator[Solution]:
        """The solutions that go on from a place, ``passed`` being the input and what the layers above give."""
        steps = self.graph.steps
        passed, known, params, macs = list(passed), dict(known), list(params), list(macs)
        while place < len(steps):
            layer = steps[place].layer
            here = self._varied_at.get(place, [])
            if here and not any(one.name in values for one in here):
                for more in combinations(here):
                    yield from self._from(place, passed, values | more, known, params, macs, progress)
                return
            assert layer is not None
            xs = taken(steps[place], passed)
            layer, unasked = _with(layer, here, values), steps[place].in_training
            given = _given_unasked(layer, xs) if unasked else self._pass(layer, xs)
            again = steps[place].again
            if given is None or (again is not None and not _keeps(layer, xs, taken(steps[again], passed))):
                progress(self._skipped(place + 1))
                return
            x, weight, work = given
            passed.append(x)
            params.append(weight * steps[place].times)
            macs.append(0 if unasked or steps[place].idle else work)
            if steps[place].path in self._compared:
                known |= of_layer(steps[place].path, x, weight, work)
            if not self._meets(place, known):
                progress(self._skipped(place + 1))
                return
            place += 1
        progress(1)
        active = sum(weight for step, weight in zip(steps, params, strict=True) if not step.idle)
        known |= {"params": sum(params), "active_params": active, "macs": sum(macs), "flops": 2 * sum(macs)}
        if self._meets(None, known) and not self._overwrites(values):
            yield Solution(values, known["params"], known["macs"], passed[self.graph.outputs[0]])

    def _pass(self, layer: Layer | None, xs: tuple[Shape, ...]) -> tuple[Shape, int, int] | None:
        """What a layer gives, weighs and costs; ``None`` where it refuses what arrives, or cannot be."""
        if layer is None:
            return None
        key = (layer, xs)
        self._spend(1 if key in self._memo else A_NEW_ONE)
        if key not in self._memo:
            legal = all(need.holds is True for need in layer.checks(*xs)) and self._trains(layer, xs)
            out = layer.out(*xs) if legal else ()
            weights = layer.weights(*xs) if legal else {}
            if not legal or any(size < 1 for size in out) or overflowing(out, weights, layer.buffers(*xs)) is not None:
                self._memo[key] = None
            else:
                params = total([prod(shape) for shape in layer.own_weights(*xs).values()])
                self._memo[key] = (out, known_size(params), known_size(layer.macs(*xs)))
        return self._memo[key]

    def _spend(self, steps: int) -> None:
        """Count what is walked through. Raises SolveError where it is too much."""
        self._left -= steps
        if self._left >= 0:
            return
        each = " × ".join(f"{len(one.values):,} of {one.name}" for one in self.varied)
        raise SolveError(
            f"{each} and {len(self.graph.steps):,} layers take more than {MOST_WALKED:,} steps of work: "
            "vary less, narrow a range, or ask for something that layers further up decide"
        )

    def _trains(self, layer: Layer, xs: tuple[Shape, ...]) -> bool:
        """Whether the recipe's samples, where there is a recipe, are enough for a layer."""
        samples = self._samples
        return samples is None or all(need.each * samples >= need.least for need in layer.batch_needs(*xs))

    def _overwrites(self, values: Mapping[str, Plain]) -> bool:
        """Whether a layer in place overwrites what is needed later, with these values: their fields decide it."""
        varied: dict[int, Layer] = {}
        for one in self.varied:
            layer = None if one.place is None else varied.get(one.place, self.graph.steps[one.place].layer)
            if one.place is not None and layer is not None:
                varied[one.place] = _with(layer, [one], values)
        key = tuple(varied.values())
        if key not in self._overwriting:
            self._spend(len(self.graph.steps))
            steps = tuple(
                replace(step, layer=varied.get(place, step.layer)) for place, step in enumerate(self.graph.steps)
            )
            self._overwriting[key] = bool(clashes(replace(self.graph, steps=steps)))
        return self._overwriting[key]

    def _meets(self, place: int | None, known: Mapping[str, int]) -> bool:
        """Whether every condition that can be told now holds. One of an axis that a shape does not have does not."""
        told = self._told_at.get(place)
        if told is None:
            return True
        try:
            return all(set(one.names) <= known.keys() and one.value(known) is True for one in told)
        except ConditionError as error:
            raise SolveError(str(error)) from None

    def _skipped(self, place: int) -> int:
        """How many combinations share what has been walked, and are done with at once."""
        return math.prod(len(one.values) for one in self.varied if one.place is not None and one.place >= place)

    def _distance(self, solution: Solution) -> tuple[int, float]:
        """How many values differ from the spec's, then by how much."""
        pairs = [(one.stated, solution.values[one.name]) for one in self.varied]
        return sum(a != b for a, b in pairs), sum(apart(a, b) for a, b in pairs)


def _keeps(layer: Layer, xs: tuple[Shape, ...], first: tuple[Shape, ...]) -> bool:
    """Whether the weights of a layer that is applied again have the shapes of the first one's."""
    return xs == first or all(need.holds is True for need in again_needs(layer, xs, first, ""))


def _given_unasked(layer: Layer, xs: tuple[Shape, ...]) -> tuple[Shape, int, int]:
    """What a layer gives, weighs and costs that runs in training only, and so has no say in what fits."""
    params = total([prod(shape) for shape in layer.own_weights(*xs).values()])
    return layer.out(*xs), known_size(params), known_size(layer.macs(*xs))


def _with(layer: Layer, here: Sequence[Varied], values: Mapping[str, Plain]) -> Layer:
    return replace(layer, **{str(one.key): values[one.name] for one in here}) if here else layer
