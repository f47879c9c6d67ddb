"""What a spec says: layers, claims, initialisation, training. ``reader`` makes one from a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from archcalc.diagnostics import Span
from archcalc.printed import Printed
from archcalc.source import Node

if TYPE_CHECKING:
    from archcalc.recipe import Init, Training


class Claim(Struct, frozen=True, kw_only=True):
    """What the source claims: of a layer (its path) or of the whole (``None``)."""

    of: str | None
    what: str
    claimed: Printed | tuple[int, ...]
    span: Span
    because: str | None = None
    because_span: Span | None = None


class LayerSpec(Struct, frozen=True, kw_only=True):
    """A layer as written, or a group of layers. ``path`` is dotted: ``features.0``.

    ``written_kind`` is the kind as the file spells it, ``kind`` the one it means; either is ``None``
    where there is none. ``missing`` are the required fields that it lacks. ``doubtful`` says that a
    fault leaves open what it does to sizes.
    """

    path: str
    span: Span
    kind: str | None = None
    written_kind: str | None = None
    kind_span: Span | None = None
    values: dict[str, Node] = {}
    missing: tuple[str, ...] = ()
    doubtful: bool = False
    claims: tuple[Claim, ...] = ()
    init: Init | None = None
    children: tuple[LayerSpec, ...] | None = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]

    def where(self, field: str | None) -> Span:
        """The span of a field's value if it is stated, else of the kind."""
        if field is not None and field in self.values:
            return self.values[field].span
        return self.kind_span or self.span


class Spec(Struct, frozen=True, kw_only=True):
    """An architecture as its file states it. ``text`` is that file's text.

    ``input`` or ``layers`` is empty where the file has none; that is a fault in the log.
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

    def every_layer(self) -> Iterator[LayerSpec]:
        """All layers in order, groups opened."""
        return _leaves(self.layers)


def _leaves(layers: Iterable[LayerSpec]) -> Iterator[LayerSpec]:
    for layer in layers:
        if layer.children is None:
            yield layer
        else:
            yield from _leaves(layer.children)
