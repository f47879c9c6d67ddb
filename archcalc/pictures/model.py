"""A picture of a network before it is drawn: boxes in boxes, and arrows between the innermost.

It is one for all formats. Each shows a view of it, in which some boxes are closed; see ``view``.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from archcalc.network.graph import Place, Value
from archcalc.sizes.rules import Dim

INPUT, OUTPUT, GROUP, BLOCK, CHAIN = "input", "output", "group", "block", "chain"
"""The families of boxes that are not a layer's: what arrives, what is given, an entry with ``layers``, the use of a
block, and a layer with the normalisation, activation and dropout that stand behind it."""


class Box(Struct, frozen=True, kw_only=True):
    """A layer, or what has boxes in it. ``number`` is its place among all boxes, each before those in it.

    ``family`` is one of those above, or that of the layer's kind. ``places`` are the layers in it, all copies of
    them: ``times`` says how many alike it stands for, and ``until`` what the last one is called. ``params`` and
    ``macs`` are of all copies together. The boxes around it stand for ``copies`` alike: ``own_params`` and
    ``own_macs`` are of the first of these. ``output`` is the value that it gives, of copies the last one's.
    ``detail`` are the fields, or a block's arguments, that tell it from others of its kind; ``sees`` is the receptive
    field of what it gives; ``paths`` are those of all its copies. Uses of a block with the same kinds of layers, wired
    in the same way, have the same ``form`` whatever their sizes; 0 is of what is no block.
    ``varied`` is the ``detail`` of all layers in its place in these, where that is more: ``stride 1 or 2``.
    ``errors`` and ``warnings`` are what is wrong in it, or probably not meant, in sentences.
    """

    number: int
    name: str
    path: str
    kind: str
    family: str
    detail: str = ""
    varied: str = ""
    places: tuple[Place, ...] = ()
    times: int = 1
    until: str = ""
    paths: tuple[str, ...] = ()
    form: int = 0
    parts: tuple[Box, ...] = ()
    output: Value
    params: Dim = 0
    macs: Dim = 0
    copies: int = 1
    own_params: Dim = 0
    own_macs: Dim = 0
    sees: str = ""
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    line: int | None = None
    in_training: bool = False

    def boxes(self) -> Iterator[Box]:
        """It and all boxes in it, in the order of their numbers."""
        yield self
        for part in self.parts:
            yield from part.boxes()


class Arrow(Struct, frozen=True):
    """A value on its way from one innermost box to another, by their numbers.

    ``unread`` says that no values go along it: only its sizes are taken, or it is compared and says a place.
    """

    source: int
    target: int
    value: Value
    unread: bool = False


class Picture(Struct, frozen=True, kw_only=True):
    """A whole network, or a part of one. ``sizes`` are the values' shapes as text, by number.

    ``maps`` are the shapes themselves, ``None`` where an error hides one; ``errors`` are those of no layer.
    ``active_params`` are ``None`` where there are no experts of which a token takes some. A ``plain`` picture has no
    title and no legend.
    """

    title: str
    root: Box
    active_params: Dim | None = None
    arrows: tuple[Arrow, ...]
    sizes: tuple[str, ...]
    maps: tuple[tuple[int, ...] | None, ...]
    errors: tuple[str, ...] = ()
    is_part: bool = False
    plain: bool = False

    @property
    def given(self) -> str:
        """What the network takes, in words: each input with its shape."""
        inputs = [box for box in self.root.parts if box.family == INPUT]
        return " · ".join(f"{box.name} {self.sizes[box.output]}" for box in inputs)
