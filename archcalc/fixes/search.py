"""A fault to the edits that mend it, those that change least first; each is applied and re-checked.

``candidates`` says which may, and ``effect`` tells which do; whoever offers one has it checked once
more as text, from the beginning (``Repairs.holds``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TypeAlias

from msgspec import Struct

from archcalc.diagnostics.model import Diagnostic, FailedNeed, Label, Span, Suggestion, UnmetClaim
from archcalc.fixes.candidate import Candidate, Located, Sought
from archcalc.fixes.candidates import Candidates
from archcalc.fixes.causes import causes
from archcalc.fixes.effect import CLAIM, MAX_TRIED, TRIED_FOR_ONE, Budget, Mending, Problem
from archcalc.fixes.let_sizes import Rebind
from archcalc.language.yaml_edits import (
    Change,
    Edit,
    EditError,
    Places,
    Rename,
    Route,
    Splice,
    moved,
    routes,
    spliced,
    splices,
    yaml_text,
)
from archcalc.sizes.rules import Shape
from archcalc.spec.model import Spec

OFFERED = 4
"""How many edits a fault's help names; there may be more."""

LISTED = 20
"""How many edits are looked for, for one fault."""

Recheck: TypeAlias = Callable[[str, Shape | None], tuple[Diagnostic, ...]]
"""A spec's text, and the input to check it at where that is given from outside, to what is wrong with it."""


class Repair(Struct, frozen=True, kw_only=True):
    """An edit after which ``fault`` is gone and no other has come.

    ``edit`` is what changes, ``conv1 padding: 2``, and ``text`` how a way out says it.
    ``changes`` are what to write into the file; where the input was given from outside, ``input`` is
    the one to give instead. ``cost`` says how much it changes (``docs/decisions.md``); ``layer`` is the
    path of the layer that is edited, or the size of ``let``, ``None`` for the input, and ``at_fault`` whether
    its field is the one that the fault points at. ``reveals`` are the layers whose own fault the mended one hid.
    """

    fault: Diagnostic
    edit: str
    text: str
    changes: tuple[Change, ...]
    input: Shape | None = None
    cost: float
    layer: str | None = None
    at_fault: bool = False
    reveals: tuple[str, ...] = ()

    @property
    def help(self) -> str:
        """What to do, as a way out says it."""
        hidden = ", ".join(f"`{path}`" for path in self.reveals)
        return f"{self.text}; it shows a fault of {hidden} that this one hid" if hidden else self.text


class Repairs:
    """The search for edits in one spec, the faults it has in ``found``.

    ``given`` is the input where it was given from outside, in place of the spec's own; ``differing`` are the
    claims that are not met, also those of which nothing is said because of another fault.
    """

    def __init__(
        self,
        spec: Spec,
        problem: Problem,
        found: Iterable[Diagnostic],
        given: Shape | None,
        recheck: Recheck,
        rebind: Rebind,
        differing: Iterable[Span] = (),
    ) -> None:
        self.spec = spec
        self.problem = problem
        self.found = tuple(found)
        self.given = given
        self.recheck = recheck
        self.rebind = rebind
        self.differing = tuple(differing)
        self.left = MAX_TRIED
        self.places = Places(spec.text)
        self.routes: dict[object, Route] = routes(spec.text)

    def of(self, fault: Diagnostic, most: int = LISTED) -> Iterator[Repair]:
        """Edits that mend a fault, those that change least first, at most so many."""
        count = 0
        for repair in self._sought(fault):
            if self.holds(repair):
                yield repair
                count += 1
                if count == most:
                    return

    def offered(self, fault: Diagnostic) -> tuple[Repair, ...]:
        """The few that a help names: one a layer, and room kept for the field that the fault points at."""
        chosen: list[Repair] = []
        sought = self._sought(fault)
        kept = any(repair.at_fault for repair in sought)
        seen: set[str | None] = set()
        for repair in sought:
            if len(chosen) == OFFERED:
                break
            fits = kept if repair.at_fault else repair.layer not in seen and len(chosen) < OFFERED - kept
            if fits and self.holds(repair):
                chosen.append(repair)
                seen.add(repair.layer)
                kept = kept and not repair.at_fault
        return tuple(chosen)

    def causes(self, fault: Diagnostic) -> tuple[Label, ...]:
        """Where the sizes come from that are at fault."""
        located = self.located(fault)
        return () if located is None else causes(self.spec, self.problem, located, self.given)

    def holds(self, repair: Repair) -> bool:
        """Whether the text with the edit written into it, checked from the beginning, has no other fault."""
        try:
            cuts = splices(self.spec.text, *repair.changes)
        except EditError:
            return False
        text = spliced(self.spec.text, cuts)
        known = {self._key(fault, self.places, cuts) for fault in self.found if fault is not repair.fault}
        differed = (span for span in self.differing if span != repair.fault.span)
        known |= {(CLAIM[0], moved(self.places.offset(span.line, span.column), cuts)) for span in differed}
        places = Places(text)
        for fault in self.recheck(text, self.given if repair.input is None else repair.input):
            if self._key(fault, places, []) not in known and not self._revealed(fault, repair, places, cuts):
                return False
        return True

    def _key(self, fault: Diagnostic, places: Places, cuts: list[Splice]) -> tuple[str, int]:
        if fault.span is None:
            return fault.code, -1
        return fault.code, moved(places.offset(fault.span.line, fault.span.column), cuts)

    def _revealed(self, fault: Diagnostic, repair: Repair, places: Places, cuts: list[Splice]) -> bool:
        at = self._key(fault, places, [])[1]
        for step in self.problem.graph.steps:
            if step.path in repair.reveals and not step.spec.span.file:
                start, end = (moved(offset, cuts) for offset in self.places.ends(step.spec.span))
                if start <= at < end:
                    return True
        return False

    def _sought(self, fault: Diagnostic) -> list[Repair]:
        located = self.located(fault)
        if located is None:
            return [
                Repair(fault=fault, edit=text, text=text, changes=(change,), cost=0.0)
                for suggestion in fault.suggestions
                for text, change in self._suggested(suggestion, fault.span)
            ]
        granted = min(TRIED_FOR_ONE, self.left)
        budget = Budget(granted)
        mending = Mending(self.problem, located.at, located.key, budget)
        sought = Sought(self.spec, self.problem, located, self.given, self.routes, budget, mending)
        found = Candidates(sought, self.rebind).ordered()
        self.left -= granted - max(budget.left, 0)
        return [self._repair(fault, candidate) for candidate in found]

    def _repair(self, fault: Diagnostic, candidate: Candidate) -> Repair:
        steps = self.problem.graph.steps
        return Repair(
            fault=fault,
            edit=candidate.edit,
            text=candidate.text,
            changes=candidate.changes,
            input=candidate.input,
            cost=candidate.cost,
            at_fault=candidate.at_fault,
            layer=candidate.named if candidate.place is None else steps[candidate.place].path,
            reveals=tuple(steps[place].path for place in sorted(candidate.reveals)),
        )

    def _suggested(self, suggestion: Suggestion, span: Span | None) -> Iterator[tuple[str, Change]]:
        """What is to be written where a diagnostic points, in words and as a change."""
        value = suggestion.value
        with suppress(EditError):
            if suggestion.is_key and ("key", span) in self.routes:
                yield f"rename it `{value}`", Rename(self.routes["key", span], str(value))
            elif not suggestion.is_key and span in self.routes:
                route = self.routes[span]
                field = f"{route[-1]}: " if route and isinstance(route[-1], str) else ""
                yield f"write `{field}{yaml_text(value)}`", Edit(route, value)

    def located(self, fault: Diagnostic) -> Located | None:
        """The layer that a fault is of, and the need or the claim; ``None`` where it is of no sizes."""
        match fault.cause:
            case FailedNeed(place, field):
                for failure in self.problem.facts.failures:
                    need = failure.need
                    if failure.place == place and (need.code, need.field) == (fault.code, field):
                        return Located(place, (need.code, need.field), need)
            case UnmetClaim(place) if self.problem.graph.steps[place].path in self.problem.claimed:
                return Located(place, CLAIM, None)
        return None
