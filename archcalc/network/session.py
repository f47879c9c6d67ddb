"""The graphs of one spec, for whoever asks for several: each is elaborated once."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from archcalc.diagnostics.log import Log, TooManyErrors
from archcalc.language.arithmetic import Bound
from archcalc.network.elaborate import elaborate
from archcalc.network.graph import Graph
from archcalc.sizes.rules import Shape
from archcalc.spec.model import Spec


class Session:
    """Elaborates a spec, of a family one of its members, for whatever settings and inputs are asked for.

    What ``let`` says, and so many channels, make the same graph at every height and width: that is kept, with
    what is wrong with it, which every asker is told.
    """

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._kept: dict[Shape | None, tuple[Graph, Log]] = {}

    def graph(self, settings: Mapping[str, Bound], input_shape: Shape | None, log: Log) -> Graph:
        """The graph with these settings and input in place of what the spec says; errors go to the log."""
        if settings or log.has_errors:
            return elaborate(self._spec, settings, input_shape, log)
        # Of several inputs any size may be one that is not free.
        fixed = input_shape if self._spec.inputs or input_shape is None else input_shape[:1]
        key = None if input_shape is None or fixed is None else (len(input_shape), *fixed)
        if key not in self._kept:
            own = log.once()
            try:
                self._kept[key] = elaborate(self._spec, settings, input_shape, own), own
            except TooManyErrors:
                log.adopt(own)
                raise
        kept, own = self._kept[key]
        log.adopt(own)
        return kept if input_shape is None else replace(kept, input=input_shape)
