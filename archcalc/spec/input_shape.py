"""The shape that a spec's `input` says, its expressions computed."""

from __future__ import annotations

from collections.abc import Mapping

from archcalc.diagnostics.log import Log
from archcalc.language.expressions import Bound
from archcalc.layers.size_fields import Size
from archcalc.sizes.rules import UNKNOWN, Dim, Shape
from archcalc.spec.field_values import Unreadable, read_value
from archcalc.spec.model import Spec


def input_shape_of(spec: Spec, bindings: Mapping[str, Bound], log: Log) -> Shape:
    """The input's shape; a size that cannot be read is unknown, and an error in the log."""
    shape: list[Dim] = []
    for node in spec.input:
        try:
            shape.append(read_value(Size(), node, "input", 1, bindings, log))
        except Unreadable as fault:
            shape.append(fault.meant if isinstance(fault.meant, int) else UNKNOWN)
    return tuple(shape)
