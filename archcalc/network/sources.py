"""The values that the entries of a network take, found by the names in their ``from``."""

from __future__ import annotations

from archcalc.diagnostics.budget import Work
from archcalc.diagnostics.log import Log
from archcalc.network import wiring_errors
from archcalc.network.expand import Expanded, Expander
from archcalc.network.graph import NOWHERE, Value
from archcalc.network.scope import Scope
from archcalc.spec.model import Spec


class Sources:
    """What the entries of a spec take; its errors go to a log."""

    def __init__(self, spec: Spec, expander: Expander, log: Log) -> None:
        self._spec = spec
        self._expander = expander
        self._log = log
        # Of several inputs the first entry of this list must say which it takes: above it stands nothing.
        self.must_say: Scope | None = None

    def of(self, item: Expanded, own: str | None, scope: Scope, current: Value) -> tuple[Value, ...]:
        """The values that an entry takes; ``own`` is what it is called, ``current`` what stands above it."""
        entry = item.entry
        if entry.sources is None:
            if scope is self.must_say and current == NOWHERE:
                wiring_errors.which_input(entry, self._spec.inputs, self._log)
                self.must_say = None
            return (NOWHERE if self._spec.unclear and entry.span in self._spec.unclear else current,)
        found = []
        self._log.budget.spend(Work.SOURCES, len(entry.sources), entry.span)
        for source in entry.sources:
            name = self._expander.filled(source.name, source.span, item.bindings) or source.name
            if not item.there and scope.may_be_a_copy(name):
                found.append(current)
                continue
            target = scope.resolve(name, source.span, own)
            found.append(NOWHERE if target is None else target.output)
        return tuple(found) or (NOWHERE,)
