"""What one layer makes of what arrives at it: its output, counts, and the needs that fail or stay open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from msgspec import Struct

from archcalc.diagnostics.budget import Budget, Work
from archcalc.diagnostics.codes import TABLE, Leaves
from archcalc.layers.contract import Layer
from archcalc.layers.need import BatchNeed, Need
from archcalc.sizes.axes import shape_text
from archcalc.sizes.rules import UNKNOWN, Dim, Shape, SizeCondition, Truth, is_known, is_symbolic, prod


class Outcome(Struct, frozen=True, gc=False):
    """What a layer gives, weighs and costs; ``None`` and ``UNKNOWN`` where an error hides it.

    A layer that is applied again has no ``weights`` and ``buffers``: they are kept where it stands first.
    ``batch`` are the conditions on the number of samples that one sample does not meet, or not at every size.
    """

    output: Shape | None
    params: Dim
    macs: Dim
    weights: dict[str, Shape]
    buffers: dict[str, Shape]
    failed: tuple[Need, ...]
    undecided: tuple[Need, ...]
    batch: tuple[BatchNeed, ...] = ()

    def despite_an_error(self, arriving: Shape) -> Outcome:
        """What is still sure of a layer that the spec states with an error: the sizes it leaves as they arrive."""
        output = None if self.output is None else as_they_arrive(self.output, arriving)
        params, macs = (UNKNOWN, UNKNOWN) if self.weights else (self.params, self.macs)
        failed = tuple(need for need in self.failed if TABLE[need.code].leaves is Leaves.NOTHING)
        return Outcome(output, params, macs, self.weights, self.buffers, failed, ())


def as_they_arrive(output: Shape, arriving: Shape) -> Shape | None:
    """What a layer gives, the sizes alone that it leaves as they arrive; ``None`` where it has other axes."""
    kept = [a if a == b else UNKNOWN for a, b in zip(output, arriving, strict=False)]
    return tuple(kept) if len(arriving) == len(output) else None


NOTHING = Outcome(None, UNKNOWN, UNKNOWN, {}, {}, (), ())
"""What is known of a layer that could not be built."""


Found = TypeVar("Found")


class Memory(Generic[Found]):
    """What was found of layers and the sizes that arrive at them, so that a repeated block costs nothing.

    A layer is known by its identity, which takes no look at its fields: whoever asks keeps it.
    """

    __slots__ = ("_budget", "_find", "_found")

    def __init__(self, find: Callable[[Layer, tuple[Shape, ...]], Found], budget: Budget | None = None) -> None:
        self._find = find
        self._budget = budget
        self._found: dict[tuple[int, tuple[Shape, ...]], Found] = {}

    def keep(self, layer: Layer, xs: tuple[Shape, ...], found: Found) -> None:
        """Let this be what is found of the layer with these inputs."""
        self._found[id(layer), xs] = found

    def of(self, layer: Layer, xs: tuple[Shape, ...]) -> Found:
        """What is found of the layer with these inputs."""
        key = (id(layer), xs)
        try:
            return self._found[key]
        except KeyError:
            if self._budget is not None:
                self._budget.spend(Work.KINDS, len(xs))
            found = self._found[key] = self._find(layer, xs)
            return found
        except TypeError:  # arrays
            return self._find(layer, xs)


def output_of(layer: Layer, xs: tuple[Shape, ...]) -> Shape | None:
    """What a layer gives, as far as it is known, without what it weighs and costs."""
    if layer.ranks is not None and layer.ranks_suffice and len(xs) == 1 and len(xs[0]) in layer.ranks:
        return _output(layer, xs, Leaves.SIZES)
    failed, _ = _judged(layer, xs)
    return _output(layer, xs, _left_by(failed))


def infer_layer(layer: Layer, xs: tuple[Shape, ...]) -> Outcome:
    """What a layer makes of inputs of these shapes."""
    failed, undecided = _judged(layer, xs)
    leaves = _left_by(failed)
    if leaves is Leaves.NOTHING:
        return Outcome(None, UNKNOWN, UNKNOWN, {}, {}, tuple(failed), ())
    output = _output(layer, xs, leaves)
    weights = {} if layer.again else layer.weights(*xs)
    params = total([prod(shape) for shape in layer.own_weights(*xs).values()])
    macs = layer.macs_giving(output, *xs) if output is not None and is_known(*output) else UNKNOWN
    buffers = {} if layer.again else layer.buffers(*xs)
    overflow = None if failed else overflowing(output, weights, buffers)
    if overflow is not None:
        # What follows would be as large, or have weights as large, for the same reason.
        failed.append(overflow)
        output = (UNKNOWN,) * len(output or ())
    batch = tuple([need for need in layer.batch_needs(*xs) if not _is_met(need.met_by_one)])
    return Outcome(output, params, macs, weights, buffers, tuple(failed), tuple(undecided), batch)


def _judged(layer: Layer, xs: tuple[Shape, ...]) -> tuple[list[Need], list[Need]]:
    """The needs that fail, and those that symbols leave open."""
    failed: list[Need] = []
    undecided: list[Need] = []
    said: set[tuple[str, str | None]] = set()
    for need in layer.checks(*xs):
        if need.holds is True or need.holds is None:
            continue
        verdict = decide(need.holds)
        if verdict is None and is_symbolic(need.holds):
            undecided.append(need)
        elif verdict is False and (need.code, need.field) not in said:
            # The second axis of a square kernel fails for the same reason as the first.
            said.add((need.code, need.field))
            failed.append(need)
    return failed, undecided


def _left_by(failed: list[Need]) -> Leaves:
    """What is still known of a layer that fails so."""
    return min([TABLE[need.code].leaves for need in failed], default=Leaves.SIZES) if failed else Leaves.SIZES


MOST_BYTES = 2**63 - 1
"""The bytes of the largest tensor: torch counts them in 64 bits, of which one is for the sign."""

VALUE_BYTES = 4
"""What a value takes: float32, torch's default."""

MOST_VALUES = MOST_BYTES // VALUE_BYTES
"""The values of the largest tensor."""


def too_large(shape: Shape) -> bool:
    """Whether torch refuses a tensor of this shape, of one sample, for its bytes; never where a size is no number."""
    values = 1
    for size in shape:
        if type(size) is not int:
            return False
        values *= size
    return values > MOST_VALUES


def overflowing(output: Shape | None, weights: Mapping[str, Shape], buffers: Mapping[str, Shape]) -> Need | None:
    """The need that fails where a layer's output, or a tensor of its own, has more bytes than torch counts."""
    if output is not None and too_large(output):
        return _overflow(f"gives {shape_text(output)} values for one sample", output)
    for name, shape in (*weights.items(), *buffers.items()):
        if too_large(shape):
            return _overflow(f"has {f'a `{name}`' if name else 'a parameter'} of {shape_text(shape)} values", shape)
    return None


def _overflow(what: str, shape: Shape) -> Need:
    return Need(False, "A218", lambda: f"{what}: {overflow_text(shape)}")


def overflow_text(shape: Shape) -> str:
    """How many bytes a tensor that is too large would have."""
    return f"{VALUE_BYTES * prod(shape):,} bytes, more than torch counts in 64 bits"


def _is_met(by_one: Truth) -> bool:
    """Whether one sample meets a condition on the batch, or an error above hides whether it does."""
    return by_one is None or decide(by_one) is True


def _output(layer: Layer, xs: tuple[Shape, ...], leaves: Leaves) -> Shape | None:
    """What a layer gives; where it fails, only the sizes that its errors leave no doubt of."""
    if leaves in (Leaves.NOTHING, Leaves.WEIGHTS):
        return None
    if leaves is Leaves.CHANNELS:
        xs = tuple((x[0], *(UNKNOWN for _ in x[1:])) for x in xs)
    return tuple([UNKNOWN if type(size) is int and size < 1 else size for size in layer.out(*xs)])


def decide(holds: Truth) -> bool | None:
    """True, false, or ``None`` where symbols or unknown sizes leave it open. Arrays: whether all hold."""
    if holds is None or isinstance(holds, bool):
        return holds
    if is_symbolic(holds):
        from archcalc.sizes import symbolic

        return symbolic.decided(holds)
    return None if isinstance(holds, SizeCondition) else bool(holds.all())


def total(terms: list[Dim]) -> Dim:
    """The sum of counts, without the quadratic cost of adding sympy terms one by one."""
    if {*map(type, terms)} == {int}:
        return sum(terms)
    if not is_known(*terms):
        return UNKNOWN
    if is_symbolic(*terms):
        import sympy

        added: Dim = sympy.Add(*terms)
        return added
    return sum(terms)
