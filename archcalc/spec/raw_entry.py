"""An entry of a list before it is read: its known keys, and what it is."""

from __future__ import annotations

from msgspec import Struct

from archcalc.language.nodes import MapNode
from archcalc.layers.contract import KINDS
from archcalc.spec.model import AGAIN


class Signature(Struct, frozen=True):
    """A block as its uses see it. ``readable`` is whether its definition says what arguments it has."""

    id: str
    args: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    readable: bool = True
    misnamed: tuple[str, ...] = ()
    """Arguments that are called as a key of every use: what a use gives them is neither."""


class RawEntry(Struct, frozen=True):
    """An entry of a list with known keys only; ``unsure`` as ``known_keys`` says it."""

    node: MapNode
    kind: str | None
    block: Signature | None
    is_group: bool
    unsure: set[str]
    is_again: bool = False

    @property
    def called(self) -> str:
        """What its name is made of where it has none."""
        if self.is_again:
            return AGAIN
        return self.kind or (self.block.id.rpartition("/")[2] if self.block else "group" if self.is_group else "layer")

    @property
    def counted(self) -> bool:
        """Whether it is a module; a join is none, nor what is applied again."""
        return not self.is_again and (self.kind is None or not KINDS[self.kind].joins)
