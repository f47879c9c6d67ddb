"""What a search found: every solution, and what was asked and tried."""

from __future__ import annotations

from msgspec import Struct

from archcalc.diagnostics.json_object import JsonObject
from archcalc.language.yaml_changes import Plain
from archcalc.sizes.rules import Shape


class Solution(Struct, frozen=True):
    """Values of what was varied, by name, with what the network then costs and gives."""

    values: dict[str, Plain]
    params: int
    macs: int
    output: Shape


class Solutions(Struct, frozen=True):
    """All solutions, those nearest to the spec first, and what was asked and tried: the values of each name."""

    want: tuple[str, ...]
    over: dict[str, tuple[Plain, ...]]
    tried: int
    found: tuple[Solution, ...]

    def __repr__(self) -> str:
        return f"<Solutions: {len(self.found):,} of {self.tried:,} combinations of {', '.join(self.over)}>"

    def to_dict(self) -> JsonObject:
        """It as plain values, as ``archcalc solve --format json`` prints it."""
        return {
            "schema": "urn:archcalc:solve:1",
            "want": list(self.want),
            "over": {name: list(values) for name, values in self.over.items()},
            "tried": self.tried,
            "solutions": [
                {"values": one.values, "params": one.params, "macs": one.macs, "output": list(one.output)}
                for one in self.found
            ],
        }


def apart(a: Plain, b: Plain) -> float:
    """How far a value is from another, for the nearest first."""
    if type(a) is int and type(b) is int:
        return abs(a - b) / max(abs(a), 1)
    return float(a != b)
