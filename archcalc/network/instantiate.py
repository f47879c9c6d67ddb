"""An entry of a spec to the layer that it states, its expressions computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from archcalc.diagnostics.budget import Work
from archcalc.diagnostics.log import Log
from archcalc.language.arithmetic import Bound
from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.record import defaults_of, fields_of
from archcalc.spec.field_values import Unreadable, read_value
from archcalc.spec.let import names_in, told_apart
from archcalc.spec.meant_values import NOTHING
from archcalc.spec.model import LayerSpec


class Instantiator:
    """Builds layers, each once for the same values of the names that it uses."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self._names: dict[int, tuple[str, ...]] = {}
        self._built: dict[tuple[object, ...], tuple[Layer | None, bool]] = {}
        self._one: dict[Layer, Layer] = {}

    def applied_again(self, layer: Layer) -> Layer:
        """The same layer without weights of its own."""
        return shared_instance(replace(layer, again=True), self._one)

    def build(self, spec: LayerSpec, known: Mapping[str, Bound]) -> tuple[Layer | None, bool]:
        """The layer, or ``None`` where the spec does not say enough, and whether it was built past an error."""
        used = self._names.get(id(spec.values))
        if used is None:
            used = tuple(sorted(name for node in spec.values.values() for name in names_in(node)))
            self._names[id(spec.values)] = used
        try:
            key = (id(spec.values), spec.doubtful, *[told_apart(known.get(name)) for name in used])
            found = self._built.get(key)
        except TypeError:
            return self._read(spec, known)
        if found is None:
            found = self._built[key] = self._read(spec, known)
        return found

    def _read(self, spec: LayerSpec, known: Mapping[str, Bound]) -> tuple[Layer | None, bool]:
        self.log.budget.spend(Work.KINDS, 1, spec.span)
        if spec.kind is None:
            return None, False
        kind = KINDS[spec.kind]
        fields, defaults = fields_of(kind), defaults_of(kind)
        values: dict[str, Any] = {name: fields[name].unreadable for name in spec.missing}
        doubtful = spec.doubtful
        for name, node in spec.values.items():
            try:
                values[name] = read_value(fields[name], node, name, kind.axes, known, self.log)
            except Unreadable as error:
                if error.meant is not NOTHING:
                    values[name] = error.meant
                    continue
                if fields[name].unreadable is not None or name not in defaults:
                    values[name] = fields[name].unreadable
                else:
                    doubtful = True
        complete = all(values[name] is not None for name in fields.keys() - defaults.keys())
        return (shared_instance(kind(**values), self._one) if complete else None), doubtful


def shared_instance(layer: Layer, known: dict[Layer, Layer]) -> Layer:
    """The same object for equal layers, so that what is found of one is found of all."""
    try:
        return known.setdefault(layer, layer)
    except TypeError:  # columns cannot be looked up
        return layer
