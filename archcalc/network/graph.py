"""A network ready to walk: its layers in order, each with its sources, and the modules they are in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NewType, TypeAlias, TypeVar, cast

from msgspec import Struct

from archcalc.diagnostics.model import Label
from archcalc.language.arithmetic import Bound
from archcalc.language.identifiers import TEMPLATE
from archcalc.layers.contract import Layer
from archcalc.sizes.axes import LETTERS
from archcalc.sizes.rules import Dim, Shape
from archcalc.spec.model import Claim, LayerSpec, OutputName

V = TypeVar("V")

Value = NewType("Value", int)
"""The number of a value: ``INPUT`` is the network's input, and k, from 1 on, is what the k-th step gives."""

Place = NewType("Place", int)
"""Where a step stands among the steps of its graph, from 0 on."""

INPUT = Value(0)

NOWHERE = Value(-1)
"""What a wrong ``from`` stands for while a graph is made: nothing is known of it."""


def known_values(sources: tuple[Value, ...]) -> tuple[Value, ...]:
    """Values, the input in the place of those that nothing is known of."""
    return tuple([max(source, INPUT) for source in sources]) if NOWHERE in sources else sources


def value_of(place: int) -> Value:
    """The value that the step in this place gives."""
    return Value(place + 1)


def place_of(value: int) -> Place:
    """The place of the step that gives a value, which is not the input."""
    return Place(value - 1)


Position: TypeAlias = tuple[int, ...]
"""Where something stands in a list: the position of its entry, the number of its copy, and how many copies there are.

What is in a group without a name stands in the list that the group is in: these three of the group come before its own.
Copies that have one name for all of them are a list, of one entry.
"""


Bindings: TypeAlias = dict[str, Bound]
"""What each name that an expression sees stands for."""


class Use(Struct, frozen=True, gc=False):
    """The use of a block in its place: its path, and the entry that says it."""

    path: str
    spec: LayerSpec


class Step(Struct, frozen=True, gc=False):
    """A layer in its place. ``layer`` is ``None`` where the spec does not say enough to build it.

    ``path`` is dotted, ``features.0``, and the one that its parameters have. ``spec`` is the entry as written.
    ``sources`` are the values it takes. ``doubtful`` says that it was built past an error, which may have meant
    other sizes. ``uses`` are the uses of blocks through which it came to be here, the outermost first. ``lost``
    says that of what it takes nothing is known, because of an error in its ``from``. ``in_training`` says that only
    outputs which evaluation does not give come from it. ``tied`` is what the layer gives whose weight it has. ``idle``
    says that its expert stands for those that a token does not take: its weights are there, and it computes nothing.
    ``again`` is the place of the layer that is applied once more: its weights are this one's, too. ``frozen`` says that
    training does not change its parameters. ``times`` is how many layers it stands for: of many experts that are alike,
    one stands for all that a token does not take.
    """

    path: str
    spec: LayerSpec
    layer: Layer | None
    doubtful: bool = False
    sources: tuple[Value, ...] = (INPUT,)
    uses: tuple[Use, ...] = ()
    lost: bool = False
    in_training: bool = False
    tied: Value | None = None
    idle: bool = False
    again: Place | None = None
    frozen: bool = False
    times: int = 1

    @property
    def is_given(self) -> bool:
        """Whether it is an input that has a name, and no layer."""
        return self.layer is not None and self.layer.given

    @property
    def works_in_place(self) -> bool:
        """Whether it writes what it gives over what it takes, in training or in evaluation."""
        layer = None if self.lost else self.layer
        return layer is not None and (layer.overwrites(True) or layer.overwrites(False))


class Part(Struct, frozen=True, gc=False):
    """A module of the network: a layer, a group, the use of a block, or the network itself (``spec`` is ``None``).

    ``spec`` is the entry as written. ``bindings`` are the names that the entry's own expressions see,
    ``inner_bindings`` those that the entries in a block see, its arguments among them. ``step`` is the place of a
    layer. ``copies`` says that its parts are the copies of a repeat. ``position`` is where it stands in its list;
    ``absent`` is where the entries of its own list, and their copies, stand that are not there. With the positions
    of its parts these are all of them. ``others`` are what the use of a block gives besides ``output``; ``NOWHERE``
    stands for one that an error hides. ``again`` is the path of the module that is applied once more: what stands here
    is no module of its own, nor is anything in it. ``times`` is how many of its list it stands for, by
    the path of the first.
    """

    path: str
    spec: LayerSpec | None
    sources: tuple[Value, ...]
    output: Value
    bindings: Bindings
    parts: tuple[Part, ...] = ()
    step: Place | None = None
    block: str | None = None
    inner_bindings: Bindings = {}
    copies: bool = False
    position: Position = ()
    absent: tuple[Position, ...] = ()
    again: str | None = None
    others: tuple[Value, ...] = ()
    times: int = 1

    @property
    def name(self) -> str:
        """What it is called in its list: the last part of the path, or more where its name has dots."""
        written = "" if self.spec is None or self.spec.written_name is None else self.spec.written_name
        dots = TEMPLATE.sub("", written).count(".") if "." in written else 0
        return ".".join(self.path.split(".")[-1 - dots :]) if dots else self.path.rpartition(".")[2]

    @property
    def until(self) -> str:
        """The path of the last that it stands for."""
        holder, _, number = self.path.rpartition(".")
        return self.path if self.times == 1 else f"{holder}.{int(number) + self.times - 1}"

    @property
    def index(self) -> int | None:
        """The number of the copy of a repeat that it is, or is in."""
        # No spec may give the name away (A302), and a repeat binds it to a number.
        return cast("int | None", self.bindings.get("index"))

    @property
    def gives(self) -> tuple[Value, ...]:
        """All that it gives."""
        return (self.output, *self.others)

    def steps(self) -> Iterator[Place]:
        """The places of the layers in it, in order."""
        if self.step is not None:
            yield self.step
        for part in self.parts:
            yield from part.steps()


class NamedInput(Struct, frozen=True):
    """An input that has a name: which ``axes`` of the sample it has.

    ``below`` is below what the whole numbers are that it holds; ``None`` where it holds real ones.
    """

    name: str
    axes: tuple[int, ...]
    below: Dim | None = None

    def of(self, sample: Sequence[V]) -> tuple[V, ...]:
        """What is its own of what is known of each axis of a sample."""
        return tuple([sample[axis] for axis in self.axes])


class Graph(Struct, frozen=True):
    """An architecture ready to walk: the input's shape, its layers in order, its outputs.

    ``inputs`` are those that have names: ``input`` are then the sizes of the whole sample, and the first steps take
    each out of it. Of one input without a name there are none.
    ``below`` is below what the whole numbers are that such an input holds; ``None`` where it holds real ones.
    ``axes`` has, where the spec names those that stay free, for each axis of the input its name or ``None``.
    ``named`` is what the spec says of the outputs, if anything. ``root`` is the tree of its modules; ``claims`` are
    what the source says of its parts. Either may be left out where only the walk matters.
    """

    input: Shape
    steps: tuple[Step, ...]
    outputs: tuple[Value, ...]
    root: Part | None = None
    claims: tuple[tuple[Claim, Part], ...] = ()
    named: tuple[OutputName, ...] = ()
    axes: tuple[str | None, ...] = ()
    below: Dim | None = None
    inputs: tuple[NamedInput, ...] = ()

    @property
    def letters(self) -> tuple[str, ...]:
        """What the axes of the input are called: by their names, or else C, H, W by how many there are.

        Of several inputs, those of one that would have a name of another's begin with its own: ``left_H``.
        """
        if not self.axes:
            return letters_of(self.inputs) if self.inputs else LETTERS.get(len(self.input), ())
        others = (f"C{place}" if place else "C" for place in range(len(self.axes)))
        free = (other for other in others if other not in self.axes)
        return tuple(name or next(free) for name in self.axes)

    def __repr__(self) -> str:
        return f"<Graph of {len(self.steps):,} layers, input {self.input}>"

    def giver(self, value: int) -> Step | None:
        """The step that gives a value; ``None`` for the input."""
        return self.steps[place_of(value)] if value else None


def letters_of(inputs: Sequence[NamedInput]) -> tuple[str, ...]:
    """C, H, W for each input, which has axes of its own where none is named."""
    by_rank = [(one.name, LETTERS.get(len(one.axes), ())) for one in inputs]
    often = Counter(letter for _, letters in by_rank for letter in letters)
    return tuple(f"{name}_{one}" if often[one] > 1 else one for name, letters in by_rank for one in letters)


def varying_axes(
    axes: Sequence[str | None], inputs: Sequence[NamedInput], letters: Sequence[str]
) -> list[tuple[int, str]]:
    """The axes of a sample whose size can be chosen, with what they are called.

    They are those that are named, or else of each input all but the channels, or the only one.
    """
    named = [(axis, name) for axis, name in enumerate(axes) if name is not None]
    if named:
        return named
    fixed = channel_axes(inputs, len(letters))
    return [(axis, name) for axis, name in enumerate(letters) if axis not in fixed]


def channel_axes(inputs: Sequence[NamedInput], rank: int) -> list[int]:
    """The axes of a sample of so many that are channels, where none is named: the first of each input of several."""
    if inputs:
        return [one.axes[0] for one in inputs if len(one.axes) > 1]
    return [0] if rank > 1 else []


class UsedHere(Struct, frozen=True):
    """The labels of uses, made when they are asked for."""

    uses: tuple[Use, ...]

    def __iter__(self) -> Iterator[Label]:
        yield from use_labels(self.uses)


MOST_USES = 4
"""How many uses of blocks in blocks an error names."""


def use_labels(uses: Sequence[Use]) -> list[Label]:
    """Where the blocks that something is in are used, and as what: the outermost, and those nearest to it."""
    shown = uses if len(uses) <= MOST_USES else (uses[0], *uses[1 - MOST_USES :])
    return [Label(use.spec.where(None), f"used here as `{use.path}`") for use in shown]
