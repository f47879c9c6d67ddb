"""The one walk: a Graph and its input's shape to what every layer gives, weighs and costs.

It runs the same on ints and on symbols. Root causes only: a layer that fails, or that the spec states
with an error, passes on what it was declared to give, or sizes that are unknown, and whatever follows
is not blamed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Generic

from msgspec import Struct
from msgspec.structs import replace

from archcalc.analysis.even_sizes import Even, noted, put_together
from archcalc.diagnostics.budget import Budget
from archcalc.layers.contract import Layer
from archcalc.layers.need import BatchNeed, Need
from archcalc.layers.outcome import NOTHING, Memory, Outcome, decide, infer_layer, too_large
from archcalc.layers.tied_needs import again_needs
from archcalc.network.flow import arriving
from archcalc.network.graph import Graph, NamedInput, Step, Value, place_of
from archcalc.sizes.rules import UNKNOWN, Dim, Shape, is_symbolic

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    # What is known of a shape, and what a size is: of a network without errors, shapes of numbers.
    S = TypeVar("S", bound=Shape | None, default=Shape | None, covariant=True)
    N = TypeVar("N", default=Dim, covariant=True)
else:
    from typing import TypeVar

    S, N = TypeVar("S"), TypeVar("N")


class LayerFacts(Struct, Generic[S, N], frozen=True, gc=False):
    """What a layer does to its input. Shapes leave out the batch; ``None`` is a shape not known.

    ``inputs`` are the shapes of its sources, one for all layers but joins. ``params`` counts learnable values, of all
    layers that it stands for, ``macs`` fused multiply-adds for one sample, of an idle layer 0; either is ``UNKNOWN``
    where an error above hides it. ``weights`` and ``buffers`` give the shapes of one layer's ``state_dict`` entries,
    without its own name; a parameter that is called as the layer itself has an empty name.
    """

    step: Step
    inputs: tuple[S, ...]
    output: S
    params: N
    macs: N
    weights: dict[str, tuple[N, ...]]
    buffers: dict[str, tuple[N, ...]]

    @property
    def input(self) -> S:
        """The shape of its source, of several the first one's."""
        # It is without a source only where an error hides that.
        return self.inputs[0] if self.inputs else None  # type: ignore[return-value]

    @property
    def arriving(self) -> tuple[Shape, ...] | None:
        """The shapes of all its sources, or ``None`` where one is not known."""
        known = tuple([x for x in self.inputs if x is not None])
        return known if known and len(known) == len(self.inputs) else None

    @property
    def is_frozen(self) -> bool:
        """Whether it has parameters of its own, and training changes none of them."""
        return self.step.frozen and (self.params is UNKNOWN or self.params != 0)

    @property
    def name(self) -> str:
        """The dotted path, ``features.0``."""
        return self.step.path

    @property
    def kind(self) -> str:
        """The layer kind as the spec spells it; ``?`` where it says none."""
        return self.step.spec.written_kind or "?"

    @property
    def line(self) -> int:
        """The layer's line in the spec, from 1."""
        return self.step.spec.span.line

    def __repr__(self) -> str:
        return f"<LayerFacts {self.name}: {self.kind}, {self.input} -> {self.output}, {self.params} parameters>"

    def key(self, tensor: str) -> str:
        """What ``state_dict`` calls one of its tensors."""
        return f"{self.name}.{tensor}" if tensor else self.name


class Failure(Struct, frozen=True):
    """A need of the layer at ``place`` that does not hold, and what arrived."""

    place: int
    step: Step
    need: Need
    inputs: tuple[Shape, ...]


class UndecidedNeed(Struct, frozen=True):
    """A need that no number decides yet: a relation between symbols."""

    step: Step
    need: Need


class BatchCondition(Struct, frozen=True):
    """A condition on the number of samples that one sample does not meet, or not at every size."""

    step: Step
    need: BatchNeed

    @property
    def only_in_training(self) -> bool:
        """Whether evaluation takes any batch."""
        return self.need.only_in_training or self.step.in_training


class Facts(Struct, frozen=True):
    """All that the walk found, in the layers' order. ``output_values`` are the numbers of the network's outputs.

    ``failures`` and ``conditions`` are those of evaluation; what fails only in training is in ``training_failures``.
    ``axes`` and ``inputs`` are the graph's.
    """

    input: Shape
    layers: tuple[LayerFacts, ...]
    failures: tuple[Failure, ...]
    conditions: tuple[UndecidedNeed, ...]
    output_values: tuple[Value, ...] = ()
    batch: tuple[BatchCondition, ...] = ()
    training_failures: tuple[Failure, ...] = ()
    axes: tuple[str | None, ...] = ()
    inputs: tuple[NamedInput, ...] = ()

    def __repr__(self) -> str:
        return f"<Facts of {len(self.layers):,} layers, input {self.input}>"

    @property
    def outputs(self) -> tuple[Shape | None, ...]:
        """The shapes of the network's outputs, the main one first."""
        return tuple(self.shape_of(value) for value in self.output_values)

    @property
    def own_layers(self) -> tuple[LayerFacts, ...]:
        """The layers without the inputs that have names, which are the first."""
        return self.layers[len(self.inputs) :] if self.inputs else self.layers

    def shape_of(self, value: int) -> Shape | None:
        """The shape of a value; ``None`` where it is not known."""
        return self.layers[place_of(value)].output if value else self.input or None


def infer(
    graph: Graph,
    declared: Mapping[str, Shape] | None = None,
    shape: Shape | None = None,
    budget: Budget | None = None,
    memory: Memory[Outcome] | None = None,
    begun: Sequence[LayerFacts] = (),
) -> Facts:
    """Walk the graph, from ``shape`` in place of its own input where one is given.

    ``declared`` are the output shapes that the spec claims, by path: what a layer passes on where
    it fails, or gives something else. ``budget`` is what layers are counted in that are unlike those before; ``memory``
    is of other walks over the same layers. ``begun`` are the first layers, none with a failure, as another walk on
    numbers found them; of their batches nothing more is said. Raises TooMuchWork.
    """
    start = graph.input if shape is None else shape
    # By number: the network's input, then what each step passes on.
    large = not graph.inputs and too_large(start)
    values: list[Shape | None] = [(UNKNOWN,) * len(start) if large else start or None]
    find = (Memory(infer_layer, budget) if memory is None else memory).of
    layers = list(begun)
    values += [declared.get(one.name, one.output) if declared else one.output for one in begun]
    failures: list[Failure] = []
    in_training: list[Failure] = []
    conditions: list[UndecidedNeed] = []
    batch: list[BatchCondition] = []
    even: Even = {}
    for place, (step, taken) in enumerate(arriving(graph.steps, values, len(begun)), len(begun)):
        xs: tuple[Shape, ...] = taken  # type: ignore[assignment]  # where each is known
        if step.layer is None or step.doubtful or step.lost or None in taken:
            taken = (None,) * len(taken) if step.lost else taken
            inferred, xs = _surely(step, taken, find)
        else:  # as nearly all are: a call for each would be a good part of the walk
            inferred = find(step.layer, xs)
        if step.again is not None:
            inferred = with_weights_of(layers[step.again], inferred, step, taken)
        output = put_together(inferred.output, even) if even else inferred.output
        params = inferred.params if step.times == 1 else inferred.params * step.times
        macs = 0 if step.idle else inferred.macs
        layers.append(LayerFacts(step, taken, output, params, macs, inferred.weights, inferred.buffers))
        if inferred.failed:
            failed = in_training if step.in_training else failures
            failed += [Failure(place, step, need, xs) for need in inferred.failed]
        if inferred.undecided and not step.in_training:
            conditions += [UndecidedNeed(step, need) for need in inferred.undecided]
            noted(inferred.undecided, even)
        if inferred.batch:
            batch += [BatchCondition(step, need) for need in inferred.batch]
        claimed = declared.get(step.path) if declared else None
        values.append(output if claimed is None else claimed)
    return Facts(
        input=start,
        layers=tuple(layers),
        failures=tuple(failures),
        conditions=tuple(conditions),
        output_values=graph.outputs,
        batch=tuple(batch),
        training_failures=tuple(in_training),
        axes=graph.axes,
        inputs=graph.inputs,
    )


def infer_step(
    step: Step, arriving: tuple[Shape | None, ...], find: Callable[[Layer, tuple[Shape, ...]], Outcome]
) -> tuple[LayerFacts, Outcome, tuple[Shape, ...]]:
    """What one layer does in its place, what that was found from, and the shapes that its needs were asked of."""
    found, xs = _surely(step, arriving, find)
    params, macs = found.params * step.times, 0 if step.idle else found.macs
    facts = LayerFacts(step, arriving, found.output, params, macs, found.weights, found.buffers)
    return facts, found, xs


def with_weights_of(first: LayerFacts, found: Outcome, step: Step, arriving: tuple[Shape | None, ...]) -> Outcome:
    """What a layer does that is applied again: its tensors must have the shapes that they have in the ``first`` one."""
    xs: tuple[Shape, ...] = arriving  # type: ignore[assignment]  # where each is known
    if step.layer is None or None in arriving or first.arriving is None or found.output is None:
        return found
    failed: dict[str, Need] = {}
    undecided: list[Need] = []
    for need in again_needs(step.layer, xs, first.arriving, first.name):
        if need.holds is True or need.holds is None:
            continue
        holds = decide(need.holds)
        if holds is None and is_symbolic(need.holds):
            undecided.append(need)
        elif holds is False:
            failed.setdefault(need.code, need)
    if not failed and not undecided:
        return found
    return replace(found, failed=(*found.failed, *failed.values()), undecided=(*found.undecided, *undecided))


def _surely(
    step: Step, arriving: tuple[Shape | None, ...], find: Callable[[Layer, tuple[Shape, ...]], Outcome]
) -> tuple[Outcome, tuple[Shape, ...]]:
    """What is sure of one layer in its place, and the shapes that its needs were asked of."""
    xs: tuple[Shape, ...] | None = arriving  # type: ignore[assignment]  # where each is known
    if None in arriving:
        xs = _standing_in(step.layer, arriving)
    found = NOTHING if step.layer is None or xs is None else find(step.layer, xs)
    if step.doubtful and xs:
        found = found.despite_an_error(xs[0])
    return found, xs or ()


def _standing_in(layer: Layer | None, arriving: tuple[Shape | None, ...]) -> tuple[Shape, ...] | None:
    """The shapes that arrive; for one that is not known, unknown sizes of as many axes as there must be."""
    ranks = () if layer is None else layer.ranks or ()
    other = next((x for x in arriving if x is not None), None)
    axes = len(other) if other is not None else ranks[0] if len(ranks) == 1 else None
    if axes is None:
        return None
    return tuple([(UNKNOWN,) * axes if x is None else x for x in arriving])
