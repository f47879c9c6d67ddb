"""A layer that two networks do not have alike."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from archcalc.analysis.plain_values import layer_dict
from archcalc.analysis.walk import LayerFacts
from archcalc.diagnostics.json_object import JsonObject

HOWS = {"added": "added", "removed": "removed", "changed": "changed", "follows": "changed by others"}
"""What is said of a change, by ``how``."""

_OF_EACH = ("kind", "output", "params", "macs")

ROW = ("name", "change", "fields", *(f"{what}_{when}" for what in _OF_EACH for when in ("before", "after")))
"""What a row of a table says of a change; where it may be of several layers, of how many, too."""


def columns(changes: Iterable[LayerChange]) -> tuple[str, ...]:
    """The columns of a table of changes."""
    return (*ROW, "times") if any(one.times > 1 for one in changes) else ROW


class LayerChange(Struct, frozen=True, kw_only=True):
    """A layer that one network has and the other has not (``old`` or ``new`` is ``None``), or that is another.

    ``fields`` are what its entry says otherwise, ``kind`` and ``from`` among them, before and after. Without any, it
    follows from the others: only its shape or its counts differ.
    """

    name: str
    old: LayerFacts | None
    new: LayerFacts | None
    fields: dict[str, tuple[object, object]] = {}

    @property
    def how(self) -> str:
        """``added``, ``removed``, ``changed``, or ``follows``."""
        if self.old is None or self.new is None:
            return "added" if self.old is None else "removed"
        return "changed" if self.fields else "follows"

    @property
    def times(self) -> int:
        """How many layers it is of: of experts that are alike one may stand for others, by the name of the first."""
        layer = self.new or self.old
        return 1 if layer is None else layer.step.times

    def to_dict(self) -> JsonObject:
        """It as plain values; values of fields as the report writes them."""
        return {
            "name": self.name,
            "change": self.how,
            "times": self.times,
            "old": None if self.old is None else layer_dict(self.old),
            "new": None if self.new is None else layer_dict(self.new),
            "fields": {name: both(_plain(old), _plain(new)) for name, (old, new) in self.fields.items()},
        }

    def to_row(self) -> dict[str, object]:
        """It as a row of a table, by ``columns``: ``None`` where a network does not have the layer."""
        row: dict[str, object] = {
            "name": self.name,
            "change": self.how,
            "fields": ", ".join(self.fields),
            "times": self.times,
        }
        for what in _OF_EACH:
            for when, layer in (("before", self.old), ("after", self.new)):
                row[f"{what}_{when}"] = None if layer is None else getattr(layer, what)
        return row

    def __repr__(self) -> str:
        named = f" {', '.join(self.fields)}" if self.fields else ""
        return f"<LayerChange {self.name}: {HOWS[self.how]}{named}>"


def both(old: object, new: object) -> JsonObject:
    """What was and what is, as JSON."""
    return {"old": old, "new": new}


def _plain(value: object) -> object:
    """A field's value as JSON has it."""
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
