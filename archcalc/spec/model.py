"""What a spec says: layers, blocks, presets, claims, recipe. ``reader`` makes one from a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from archcalc.diagnostics.model import Span
from archcalc.language.identifiers import Called, has_names
from archcalc.language.nodes import MapNode, Node
from archcalc.language.printed_numbers import Printed
from archcalc.layers.contract import KINDS

if TYPE_CHECKING:
    from archcalc.spec.initialisation import Init
    from archcalc.spec.recipe import Training


AGAIN = "again"
"""The key that names what is applied again, and what that is called where it has no name."""


class Claim(Struct, frozen=True, kw_only=True):
    """What the source claims: of a layer (its path) or of the whole (``None``).

    ``counter`` is by whose convention (``layers.counters.COUNTERS``), ``terms`` what is counted besides.
    """

    of: str | None
    what: str
    claimed: Printed | tuple[int, ...]
    span: Span
    because: str | None = None
    because_span: Span | None = None
    counter: str | None = None
    terms: tuple[str, ...] = ()


class Limit(Struct, frozen=True, kw_only=True):
    """The ``most`` that the network may have of something. ``span`` is ``None`` where it is given from outside."""

    what: str
    most: Printed
    span: Span | None = None


class SourceName(Struct, frozen=True):
    """A name that stands in ``from``, ``inputs`` or ``outputs``, and where."""

    name: str
    span: Span


class OutputName(SourceName, frozen=True):
    """A name that stands in ``outputs``.

    ``training`` says that evaluation does not give it; ``weight`` is what its loss is multiplied by, if the spec says.
    """

    training: bool = False
    weight: float | None = None


class InputSpec(Struct, frozen=True):
    """An input that has a name: which ``axes`` of a sample it has, and below what its whole numbers are, if any.

    ``span`` is where its name stands.
    """

    name: str
    span: Span
    axes: tuple[int, ...]
    below: Node | None = None


class Unused(Struct, frozen=True):
    """A name of ``let`` that nothing uses, the spec's own or a ``block``'s. ``near`` is one that is, spelt alike."""

    name: str
    span: Span
    block: str
    near: str | None


class RouteSpec(Struct, frozen=True, kw_only=True):
    """What ``route`` says: ``by`` names the layer that gives the scores, if a name could be read.

    ``entry`` is the layer in which the copies end, as if it had been written: its ``values`` are the other keys.
    """

    by: SourceName | None
    entry: LayerSpec


class LayerSpec(Struct, frozen=True, kw_only=True):
    """An entry of ``layers`` as written: a layer, the use of a block, or a group of layers.

    ``written_path`` is dotted, ``features.0``: in a block it begins with the block's name. ``written_name`` is
    the name as stated, perhaps with an expression in braces. ``kind`` is the layer kind meant and ``block`` the
    block, ``written_kind`` either as the file spells it. ``values`` are the fields of the kind, or the arguments
    of the block; ``missing`` those that it lacks and must have. ``doubtful`` says that an error leaves open what
    it does to sizes. ``tied`` names the layer whose weight it has, ``route`` says of which copies a token takes some.
    ``frozen`` says whether its parameters are kept as they start; without it that is as around it.
    ``again`` names the entry above that is applied once more; it then has neither a kind nor a block of its own.
    """

    written_path: str
    span: Span
    written_name: str | None = None
    name_span: Span | None = None
    kind: str | None = None
    block: str | None = None
    written_kind: str | None = None
    kind_span: Span | None = None
    values: dict[str, Node] = {}
    missing: tuple[str, ...] = ()
    doubtful: bool = False
    sources: tuple[SourceName, ...] | None = None
    when: Node | None = None
    repeat: Node | None = None
    claims: tuple[Claim, ...] = ()
    init: Init | None = None
    tied: SourceName | None = None
    route: RouteSpec | None = None
    again: SourceName | None = None
    frozen: Node | None = None
    children: tuple[LayerSpec, ...] | None = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.written_path.rpartition(".")[2]

    def where(self, field: str | None) -> Span:
        """The span of a field's value if it is stated, else of the kind."""
        if field is not None and field in self.values:
            return self.values[field].span
        return self.kind_span or self.span


class BlockSpec(Struct, frozen=True, kw_only=True):
    """A block as written: layers with arguments. ``args`` without a node must be given.

    ``outputs`` name what it gives, the main output first; without them it gives what its last layer gives.
    ``asked`` are the names that the expressions of its layers use. ``id`` tells it from blocks of the same name in
    other files. ``closed`` says that it is read from a file
    of its own, and sees no name of the spec's. ``let_spans`` is where the names of ``let`` stand.
    """

    id: str
    name: str
    span: Span
    args: dict[str, Node | None]
    closed: bool = False
    inputs: tuple[SourceName, ...] = ()
    outputs: tuple[SourceName, ...] = ()
    let: dict[str, Node] = {}
    let_spans: dict[str, Span] = {}
    layers: tuple[LayerSpec, ...] = ()
    asked: frozenset[str] = frozenset()

    @property
    def channels(self) -> dict[str, int]:
        """What the block's expressions call the channels that arrive, with the place of the input they are of."""
        return {f"{source.name}_channels": place for place, source in enumerate(self.inputs)} | {"in_channels": 0}

    @property
    def others(self) -> tuple[str, ...]:
        """What a use calls the outputs besides the main one, ``use.bias``: what they are called where they are made."""
        return tuple(source.name.rpartition(".")[2] for source in self.outputs[1:])


class Preset(Struct, frozen=True, kw_only=True):
    """A member of a family: what it sets, and what its source claims.

    ``train`` is what it states of a recipe, and ``training`` the family's with that in its place.
    """

    name: str
    span: Span
    title: str | None = None
    let: dict[str, Node] = {}
    input: tuple[Node, ...] = ()
    input_span: Span | None = None
    inputs: tuple[InputSpec, ...] = ()
    below: Node | None = None
    claims: tuple[Claim, ...] = ()
    budget: dict[str, Limit] = {}
    train: Node | None = None
    training: Training | None = None


class Spec(Struct, frozen=True, kw_only=True):
    """An architecture as its file states it. ``text`` is that file's text, ``texts`` those of other files it uses.

    ``input`` or ``layers`` is empty where the file has none; that is an error in the log. ``preset`` is the
    member of the family that was chosen (``chosen``), if there is one. ``unclear`` is where the entries stand of
    which the file leaves open what they take. ``asked`` are the names that the expressions of its layers use, and
    ``unused`` those of ``let`` that no member of it uses. ``axes`` are the names of the input's sizes that stay free,
    ``warn`` the warnings that it asks for.
    ``input`` has the sizes of a sample: those of its one input, or of all ``inputs`` that have names, one after the
    other, an axis that several share once. ``below`` is below what the whole numbers are that an input without a name
    holds; real ones have no such bound. ``root`` is what was parsed of the text, where that has no error.
    """

    file: str
    text: str
    name: str
    title: str | None
    url: str | None
    input: tuple[Node, ...]
    input_span: Span
    let: dict[str, Node]
    layers: tuple[LayerSpec, ...]
    claims: tuple[Claim, ...]
    init: Init | None
    training: Training | None
    budget: dict[str, Limit] = {}
    blocks: dict[str, BlockSpec] = {}
    presets: dict[str, Preset] = {}
    outputs: tuple[OutputName, ...] = ()
    asked: frozenset[str] = frozenset()
    unclear: frozenset[Span] = frozenset()
    unused: tuple[Unused, ...] = ()
    preset: str | None = None
    texts: dict[str, str] = {}
    axes: tuple[str, ...] = ()
    below: Node | None = None
    inputs: tuple[InputSpec, ...] = ()
    warn: tuple[str, ...] = ()
    root: MapNode | None = None

    def __repr__(self) -> str:
        return f"<Spec {self.name or '?'}{f' {self.preset}' if self.preset else ''} of {self.file}>"

    def chosen(self, preset: str) -> Spec:
        """The spec of a member of the family. Raises KeyError for a name that is none."""
        member = self.presets[preset]
        return replace(
            self,
            preset=preset,
            title=member.title or self.title,
            input=member.input or self.input,
            input_span=member.input_span or self.input_span,
            below=member.below or self.below,
            inputs=member.inputs if member.input else self.inputs,
            let=self.let | member.let,
            claims=(*self.claims, *member.claims),
            budget=self.budget | member.budget,
            training=self.training if member.train is None else member.training,
        )

    def every_entry(self) -> Iterator[LayerSpec]:
        """Every entry of the spec's own lists and of its blocks', as written, groups before what is in them."""
        for layers in (self.layers, *(block.layers for block in self.blocks.values())):
            yield from opened(layers)


def spliced(layers: Iterable[LayerSpec]) -> Iterator[LayerSpec]:
    """The entries that stand in a list, those of its groups without a name among them, in place of the group."""
    for layer in layers:
        if layer.children is not None and layer.written_name is None:
            yield from spliced(layer.children)
        else:
            yield layer


def opened(layers: Iterable[LayerSpec]) -> Iterator[LayerSpec]:
    """Entries, and those in their groups."""
    for layer in layers:
        yield layer
        yield from opened(layer.children or ())


def has_branches_that_may_be_absent(layers: Iterable[LayerSpec]) -> bool:
    """Whether an entry with a ``from`` has a condition, or copies."""
    return any(entry.sources and (entry.when or entry.repeat) is not None for entry in opened(layers))


def called(entry: LayerSpec, named: str | None) -> Called:
    """What an entry's layer is called, where it has this name, or none."""
    if entry.kind is not None:
        return Called(named, entry.kind, not KINDS[entry.kind].joins)
    if entry.again is not None:
        return Called(named, AGAIN, False)
    block = (entry.block or "").rpartition("/")[2]
    return Called(named, block or ("layer" if entry.children is None else "group"))


def is_numbered(block: BlockSpec) -> bool:
    """Whether layers without a name are called by numbers in a block: none in it has one, there or not."""
    return not has_names(called(entry, entry.written_name) for entry in spliced(block.layers))
