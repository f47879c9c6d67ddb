"""An error to the edits that fix it, those that change least first; each is applied and re-checked.

``candidates`` says which may, and ``effect`` tells which do; whoever offers one has it checked once
more as text, from the beginning (``FixSearch.holds``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from archcalc.diagnostics.budget import Budget, TooMuchWork, Work
from archcalc.diagnostics.model import Diagnostic, Label, Span
from archcalc.fixes.arguments import Restate
from archcalc.fixes.candidate import Candidate, Located, Sought, located
from archcalc.fixes.candidates import Candidates
from archcalc.fixes.causes import causes
from archcalc.fixes.effect import CLAIM, Effect, WrongNetwork
from archcalc.fixes.entries_read import EntriesRead
from archcalc.fixes.fitting import Fitting
from archcalc.fixes.fix import Fix, mends_input
from archcalc.fixes.let_sizes import Rebind
from archcalc.fixes.other_inputs import other_inputs
from archcalc.fixes.practice import Practice
from archcalc.fixes.rehearsal import Rehearsal
from archcalc.fixes.suggested import suggested
from archcalc.fixes.trials import Exhausted, Trials
from archcalc.language.yaml_changes import EditError, Route
from archcalc.language.yaml_cuts import Places, Splice
from archcalc.language.yaml_edits import moved, routes, spliced, splices
from archcalc.language.yaml_reader import keep
from archcalc.sizes.rules import Shape
from archcalc.spec.model import Spec

OFFERED = 4
"""How many edits an error's help names; there may be more."""

OF_ONE_PRACTICE = 2
"""How many of these are of one practice."""

TOO_MUCH = 5.0
"""What costs more, some hundred times a size, is not offered beside another edit, unless it is where the error is."""

OF_SIZES = (
    *(Practice.INPUT, Practice.TURNED, Practice.STATED),
    *(Practice.SKIP, Practice.CHANNELS, Practice.INPUT_CHANNELS),
)
"""The practices of edits of a size, or of a branch, which may be what several errors have in common."""

COMMON_IN, COMMON_OF, COMMON_AMONG = 1_000, 6, 12
"""Of networks of up to how many layers, of how many other errors, and among how many edits that is asked."""

DIVIDED = "A204"
"""The code of a size that does not divide into parts."""

LISTED = 30
"""How many edits are looked for, for one error."""

Recheck: TypeAlias = Callable[[str, Shape | None], tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]]
"""A spec's text, and the input to check it at where that is given from outside, to what is wrong with it.

First with the settings from outside, then without; nothing the second time where there are none.
"""


class FixSearch:
    """The search for edits in one spec, the errors it has in ``found``.

    ``given`` is the input where it was given from outside, in place of the spec's own; ``written`` is what is wrong
    without settings from outside; ``differing`` are the claims that are not met, also those of which nothing is said
    because of another error. ``budget`` is what is spent on what is tried.
    """

    def __init__(
        self,
        spec: Spec,
        network: WrongNetwork,
        found: Iterable[Diagnostic],
        given: Shape | None,
        recheck: Recheck,
        rebind: Rebind,
        restate: Restate,
        budget: Budget,
        differing: Iterable[Span] = (),
        written: Iterable[Diagnostic] = (),
        *,
        as_written: bool = True,
    ) -> None:
        self.spec = spec
        self.network = network
        self.found = tuple(found)
        self.given = given
        self.recheck = recheck
        self.rebind = rebind
        self.restate = restate
        self.differing = tuple(differing)
        self.written = tuple(written)
        self.budget = budget
        self._fittings: dict[bool, list[Fitting]] = {}
        self.rehearsal = Rehearsal(spec, network, self.differing, as_written)
        if spec.root is not None:
            keep(spec.text, spec.root)
        self.places = Places(spec.text)
        self.routes: dict[object, Route] = routes(spec.text)
        self.entries = EntriesRead(spec, network.graph, self.places, self.routes)

    def of(self, error: Diagnostic, most: int = LISTED) -> Iterator[Fix]:
        """Edits that fix an error, those that change least first, at most so many."""
        count, enough = 0, False
        for fix in self._sought(error, everything=True):
            # What shows another error is listed only where nothing else fixes this one.
            if not (enough and fix.reveals) and self.holds(fix):
                yield fix
                count, enough = count + 1, enough or not fix.reveals
                if count == most:
                    return

    def offered(self, error: Diagnostic) -> tuple[Fix, ...]:
        """The few that a help names: one a layer and practice, and room kept for the field that the error points at."""
        chosen: list[Fix] = []
        sought = self._common_first(error, [fix for fix in self._sought(error) if fix.practice.is_printed])
        kept = any(fix.at_error for fix in sought)
        seen: set[object] = set()
        for fix in sought:
            if len(chosen) == OFFERED or (chosen and fix.reveals and not chosen[-1].reveals):
                break
            apart = bool(chosen) and fix.cost > TOO_MUCH
            often = sum(other.practice is fix.practice for other in chosen) == OF_ONE_PRACTICE
            # A number of parts has a value on either side.
            key = (fix.layer, fix.practice, fix.edit if error.code == DIVIDED else "")
            fits = not apart and not often and key not in seen and len(chosen) < OFFERED - kept
            if (kept or (key[2] and not often) if fix.at_error else fits) and self.holds(fix):
                chosen.append(fix)
                seen.add(key)
                kept = kept and not fix.at_error
        return tuple(chosen)

    def _common_first(self, error: Diagnostic, sought: list[Fix]) -> list[Fix]:
        """Edits of sizes in the order of how many of the other errors they fix, too: one cause comes before many."""
        others = [one for other in self.found if other is not error and (one := self.located(other)) is not None]
        steps = self.network.graph.steps
        if not others or len(steps) > COMMON_IN:
            return sought
        asked = [(steps[one.at].spec.span, one.key) for one in others[:COMMON_OF]]
        fixed: dict[int, int] = {}
        for fix in [fix for fix in sought if fix.practice in OF_SIZES][:COMMON_AMONG]:
            if fix.instead is not None and not fix.reveals:
                fixed[id(fix)] = sum(self.rehearsal.fixes(fix.instead, entry, key) for entry, key in asked)
            elif fix.instead is None and fix.practice is Practice.STATED:
                fixed[id(fix)] = sum(self._gone(fix, self.found))
        return sorted(sought, key=lambda fix: -fixed.get(id(fix), 0))

    def leader(self, error: Diagnostic, first: Iterable[Fix]) -> Fix | None:
        """Of edits of errors above, one that fixes this error as well: it is there for the same reason."""
        one = self.located(error)
        if one is None:
            return None
        entry = self.network.graph.steps[one.at].spec.span
        return next(
            (
                fix
                for fix in first
                if (mends_input(fix) or not fix.reveals)
                and (
                    any(self._gone(fix, [error]))
                    if fix.instead is None
                    else self.rehearsal.fixes(fix.instead, entry, one.key)
                )
            ),
            None,
        )

    def causes(self, error: Diagnostic) -> tuple[Label, ...]:
        """Where the wrong sizes come from."""
        located = self.located(error)
        return () if located is None else causes(self.spec, self.network, located, self.given)

    def holds(self, fix: Fix) -> bool:
        """Whether the text with the edit written into it has no other error: all of it, or what can have become one."""
        if self._alone(fix) and fix.instead is not None:
            if self.rehearsal.unmet(fix.instead):
                return False
            if self.rehearsal.is_sound(fix.instead) and self.entries.state(fix.changes, fix.instead):
                return True
        cuts = self._cuts(fix)
        if cuts is None:
            return False
        text = spliced(self.spec.text, cuts)
        known = {self._key(error, self.places, cuts) for error in self.found if error is not fix.error}
        differed = (span for span in self.differing if span != fix.error.span)
        known |= {(CLAIM[0], moved(self.places.offset(span.line, span.column), cuts)) for span in differed}
        # What fixes the network of these settings must not spoil the one that is written.
        written = known | {self._key(error, self.places, cuts) for error in self.written}
        found, without = self.recheck(text, self.given if fix.input is None else fix.input)
        places = Places(text)
        return all(
            self._key(error, places, []) in allowed or self._revealed(error, fix, places, cuts)
            for errors, allowed in ((found, known), (without, written))
            for error in errors
        )

    def _cuts(self, fix: Fix) -> list[Splice] | None:
        """What the edit cuts out of the text and puts in; ``None`` where that cannot be, or takes too long to read."""
        try:
            # The text is read with the edit and without it.
            self.budget.spend(Work.VALUES, 2 * len(self.routes))
            return splices(self.spec.text, *fix.changes)
        except (EditError, TooMuchWork):
            return None

    def _gone(self, fix: Fix, errors: Iterable[Diagnostic]) -> list[bool]:
        """Whether an edit of which only the text tells fixes each of some errors, too."""
        cuts = self._cuts(fix)
        if cuts is None:
            return []
        text = spliced(self.spec.text, cuts)
        found, _ = self.recheck(text, self.given)
        places = Places(text)
        left = {self._key(one, places, []) for one in found}
        return [self._key(error, self.places, cuts) not in left for error in errors if error is not fix.error]

    def _alone(self, fix: Fix) -> bool:
        """Whether nothing is wrong behind the edit but what it brings: beside errors no count is compared."""
        return not fix.reveals and all(error.severity != "error" or error is fix.error for error in self.found)

    def _key(self, error: Diagnostic, places: Places, cuts: list[Splice]) -> tuple[str, int]:
        if error.span is None:
            return error.code, -1
        return error.code, moved(places.offset(error.span.line, error.span.column), cuts)

    def _revealed(self, error: Diagnostic, fix: Fix, places: Places, cuts: list[Splice]) -> bool:
        at = self._key(error, places, [])[1]
        for step in self.network.graph.steps:
            if step.path in fix.reveals and not step.spec.span.file:
                start, end = (moved(offset, cuts) for offset in self.places.ends(step.spec.span))
                if start <= at < end:
                    return True
        return False

    def _sought(self, error: Diagnostic, *, everything: bool = False) -> list[Fix]:
        located = self.located(error)
        if located is None:
            return [
                Fix(error=error, edit=text, said=text, changes=changes, cost=0.0)
                for suggestion in error.suggestions
                for text, changes in suggested(suggestion, error.span, self.routes)
            ]
        trials = Trials(self.budget)
        try:
            effect = Effect(self.network, located.at, located.key, trials, self.rehearsal.outcome)
        except Exhausted:
            return []
        sought = Sought(
            self.spec, self.network, located, self.given, self.routes, trials, effect, self._fitting(everything)
        )
        found = Candidates(sought, self.rebind, self.restate, everything=everything).ordered()
        return [self._fix(error, candidate) for candidate in found]

    def _fitting(self, everything: bool) -> list[Fitting]:
        """The inputs nearest to the one stated that the network would take."""
        if everything not in self._fittings:
            wrong = [error for error in self.found if error.severity == "error"]
            refused = self.rehearsal.miscounts if len(wrong) == 1 else None
            self._fittings[everything] = [*other_inputs(self.network, tiny=everything, refused=refused)]
        return self._fittings[everything]

    def _fix(self, error: Diagnostic, candidate: Candidate) -> Fix:
        steps = self.network.graph.steps
        return Fix(
            error=error,
            edit=candidate.edit,
            lead=candidate.lead,
            written=candidate.written,
            tail=candidate.tail,
            said=candidate.said,
            changes=candidate.changes,
            input=candidate.input,
            cost=candidate.cost,
            practice=candidate.practice,
            at_error=candidate.at_error,
            instead=candidate.instead,
            layer=candidate.named if candidate.place is None else steps[candidate.place].path,
            reveals=tuple(steps[place].path for place in sorted(candidate.reveals)),
        )

    def located(self, error: Diagnostic) -> Located | None:
        """The layer that an error is of, and the need or the claim; ``None`` where it is of no sizes."""
        return located(self.network, error)
