"""What a check found, as a value."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from archcalc.analysis.batch_limits import BatchLimit, batch_limits
from archcalc.analysis.claim_check import Compared
from archcalc.analysis.cost import Totals
from archcalc.analysis.legal_inputs import Legal, legal, pinned
from archcalc.analysis.walk import Facts, LayerFacts
from archcalc.diagnostics.codes import CLAIMS, NEEDS, UNREADABLE
from archcalc.diagnostics.model import Diagnostic
from archcalc.network.graph import Graph
from archcalc.sizes.rules import Shape
from archcalc.spec.model import Spec


class Report(Struct, frozen=True, kw_only=True):
    """What a check found.

    ``input`` and the layers' shapes leave out the batch. ``ok`` is whether there is no error among
    the diagnostics; ``readable`` whether there was a spec to check at all. ``settings`` are the values of
    ``let`` that were given from outside, exactly: ints, fractions and truths. Where there was no spec, or one
    with too many faults to go on, ``spec``, ``graph``, ``facts`` and ``totals`` are ``None``.
    """

    file: str
    text: str
    name: str | None
    spec: Spec | None
    graph: Graph | None
    facts: Facts | None
    totals: Totals | None
    claims: tuple[Compared, ...]
    diagnostics: tuple[Diagnostic, ...]
    settings: dict[str, Any] = {}
    given: Shape | None = None
    as_written: bool = True

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong; warnings do not count."""
        return not self.errors

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """What is wrong: the diagnostics that are no warnings."""
        return tuple(fault for fault in self.diagnostics if fault.severity == "error")

    @property
    def doubts(self) -> tuple[Diagnostic, ...]:
        """The errors that leave open which network is meant: all but sizes that do not fit (A2) and claims (A4)."""
        return tuple(fault for fault in self.errors if not fault.code.startswith((NEEDS, CLAIMS)))

    @property
    def sound(self) -> bool:
        """Whether there is a network, and its sizes fit: nothing is wrong but claims of its source (A4)."""
        return all(fault.code.startswith(CLAIMS) for fault in self.errors)

    @property
    def first_error(self) -> str:
        """The first thing that is wrong, in a line: of those that leave open which network is meant, if there are."""
        for fault in (*self.doubts, *self.errors):
            at = f"{fault.file}:{fault.span.line}" if fault.span is not None else fault.file
            return f"{at}: {fault.message} ({fault.code})"
        return ""

    @property
    def readable(self) -> bool:
        """Whether there was a spec in the file, faulty or not."""
        return not any(fault.code in UNREADABLE and fault.file == self.file for fault in self.diagnostics)

    @property
    def texts(self) -> dict[str, str]:
        """The texts that spans point into, by file; the spec's own by an empty name."""
        return {"": self.text} | (self.spec.texts if self.spec is not None else {})

    @property
    def preset(self) -> str | None:
        """Which member of a family of networks was checked."""
        return None if self.spec is None else self.spec.preset

    @property
    def input(self) -> Shape | None:
        """The input's shape, ``(C, H, W)``, or ``None`` where there is none."""
        return (self.facts.input or None) if self.facts is not None else None

    @property
    def legal(self) -> Legal | None:
        """Which input sizes the network as built accepts; ``None`` where it has a fault. Computed anew each time."""
        return legal(pinned(self.facts)) if self.ok and self.facts is not None else None

    @property
    def batch_limits(self) -> tuple[BatchLimit, ...]:
        """What the network asks of the number of samples, at the sizes it was checked at; empty where any will do."""
        return () if self.facts is None else batch_limits(self.facts)

    @property
    def layers(self) -> tuple[LayerFacts, ...]:
        """Every layer with its shapes and counts, in order; groups are opened."""
        return () if self.facts is None else self.facts.layers
