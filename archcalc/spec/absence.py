"""What follows an entry that may be absent: refused in the file where that can be read in two ways.

An absent entry is as if its line were not there, so what follows takes what came before it. Where it has a ``from``
of its own, it may as well begin a branch, which would then lose its beginning. Both readings are the same where its
``from`` names what came before; and where another entry is there in its place (``when: p`` above ``when: not p``)
and no ``from`` names that one, nobody means the second. Everywhere else archcalc asks for a ``from``.

Lists are gone through as written, once for each case that their conditions tell apart (``truth_cases``): what is
refused does not depend on what the conditions are today.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Label, Span
from archcalc.language.identifiers import INPUT, TEMPLATE, cuts
from archcalc.language.nodes import ScalarNode
from archcalc.layers.contract import KINDS
from archcalc.spec.model import BlockSpec, LayerSpec, has_branches_that_may_be_absent, is_numbered, opened
from archcalc.spec.presence import Placed, always_open, fixed_names, may_be_absent, placed, stated_count
from archcalc.spec.rows import row_names

if TYPE_CHECKING:
    from archcalc.spec.truth_cases import Case

Taken: TypeAlias = "str | int | _Open"
"""What stands for a value: the name by which it can be taken, the place of what gives it, or an ``_Open`` one."""


def report_two_readings(
    layers: tuple[LayerSpec, ...],
    blocks: Iterable[BlockSpec],
    outputs: Iterable[str],
    log: Log,
    of_rows: Set[str] = frozenset(),
) -> frozenset[Span]:
    """An error in the log for each entry, and each list, of which it is open what it takes, or gives.

    ``of_rows`` are the names in rows of the spec, which stand for something else in each copy.
    What comes back is where the entries stand of which it is open what they take.
    """
    once, found = log.once(), set[Span]()
    outputs = set(outputs)
    if has_branches_that_may_be_absent(layers):
        lists = _Lists(layers, outputs, once, of_rows)
        lists.report(layers, "" if outputs else "the network", INPUT, False)
        found |= lists.unclear
    for block in blocks:
        if has_branches_that_may_be_absent(block.layers):
            arriving = block.inputs[0].name if block.inputs else INPUT
            named = {first for source in block.outputs for first, _ in cuts(source.name)}
            seen = (of_rows - {*block.args, *block.let}) | row_names([block.let])
            lists = _Lists(block.layers, named, once, seen)
            gives = "" if named else f"the block `{block.name}`"
            lists.report(block.layers, gives, arriving, is_numbered(block))
            found |= lists.unclear
    log.adopt(once)
    return frozenset(found)


class _Open(Struct, frozen=True, eq=False):
    """A value that nobody can tell: what ``taker`` takes after ``absent``, which is not there; it may be ``other``."""

    taker: LayerSpec
    absent: LayerSpec
    other: Taken


class _Lists:
    """Goes through the lists of a spec or a block. Besides what their ``from``s name, ``outputs`` are taken."""

    def __init__(self, layers: tuple[LayerSpec, ...], outputs: set[str], log: Log, of_rows: Set[str]) -> None:
        self.log = log
        self.of_copies = {"index", *of_rows}
        said = (source.name for one in opened(layers) for source in one.sources or ())
        self.taken = outputs | {first for name in said for first, _ in cuts(name)}
        self.open: dict[str, _Open] = {}
        self.called: dict[int, str] = {}
        self.unclear: set[Span] = set()
        self._said: set[Span] = set()
        for entry in opened(layers):
            self._refuse_shared_source(entry)

    def report(self, layers: tuple[LayerSpec, ...], gives: str, arriving: Taken, numbered: bool) -> None:
        """Report what is open in a list, and then in the groups in it. ``gives`` is what gives what its end does."""
        self.called |= fixed_names(layers, numbered)
        before, run = arriving, list[LayerSpec]()
        for entry in always_open(layers):
            run.append(entry)
            if not may_be_absent(entry):
                self._run(run, before, "")
                # What begins here is a group without a name.
                begun = entry.sources[0].name if entry.children == () and entry.sources else None
                before, run = begun or self._value(entry), []
        self._run(run, before, gives)
        self._groups(layers, arriving)

    def _value(self, entry: LayerSpec) -> Taken:
        return self.called.get(id(entry), id(entry))

    def _groups(self, layers: tuple[LayerSpec, ...], arriving: Taken) -> None:
        before = arriving
        for entry in layers:
            if entry.children is not None:
                begins = entry.sources[0].name if entry.sources else before
                if entry.written_name is None:
                    self._groups(entry.children, begins)
                else:
                    self.report(entry.children, f"the group `{entry.written_name}`", begins, True)
            before = id(entry) if may_be_absent(entry) else self._value(entry)

    def _run(self, entries: list[LayerSpec], before: Taken, gives: str) -> None:
        """Report what is open among entries that may be absent, and of what ends them."""
        from archcalc.spec.truth_cases import Cases

        if not self.open and not any(entry.sources and may_be_absent(entry) for entry in opened(entries)):
            return
        cases = Cases(self.of_copies)
        entries_placed = list(placed(entries, cases, lambda case: True, ()))
        every = cases.all()
        for case in every or cases.some():
            _Run(self, case, every, before).through(entries_placed, gives)

    def _refuse_shared_source(self, entry: LayerSpec) -> None:
        """Copies without names, all from one source: a row of them may be meant, or one beside the other."""
        if entry.repeat is None or entry.written_name is not None or not entry.sources or stated_count(entry) in (0, 1):
            return
        source = entry.sources[0]
        if TEMPLATE.search(source.name):
            return
        self.log.error(
            "A322",
            source.span,
            f"this can be read in two ways: the first copy alone takes `{source.name}`, or each of them does",
            f"for a row of copies, repeat them in a group: `- {{from: {source.name}, layers: [{{repeat: …}}]}}`",
            'or, for copies side by side, give each a name: `name: "copy{index}"`',
        )

    def error(self, one: _Open, verb: str, subject: str, *help: str) -> None:
        """Report what is open, once for each entry."""
        at = one.taker.where(None) if verb == "take" else (one.absent.sources or ())[0].span
        if at in self._said:
            return
        self._said.add(at)
        if verb == "take":
            self.unclear.add(one.taker.span)
        condition = one.absent.when or one.absent.repeat
        labels = [Label(condition.span, "this says whether it is there")] if condition is not None else []
        other = f"`{one.other}`" if isinstance(one.other, str) else "what comes before that"
        source = (one.absent.sources or ())[0].name
        message = f"where {_said(one.absent)} is not there, {subject} may {verb} `{source}` or {other}"
        self.log.error("A319", at, message, *help, labels=labels)


class _Current(Struct):
    """What came before: a value, the entry that gives it, and one that is not there and leaves open what follows."""

    value: Taken
    by: Placed | None = None
    absent: LayerSpec | None = None


class _Run:
    """Goes through entries in one case; ``every`` is all cases, or ``None`` where they are too many to compare."""

    def __init__(self, lists: _Lists, case: Case, every: list[Case] | None, before: Taken) -> None:
        self.lists = lists
        self.case = case
        self.every = every
        self.names: dict[str, Taken] = {}
        self.current = _Current(before)

    def through(self, entries: Iterable[Placed], gives: str) -> None:
        """Go through the entries, and to the end of the list if that ``gives`` what the last one does."""
        self._list(entries)
        self.lists.open |= {name: value for name, value in self.names.items() if isinstance(value, _Open)}
        absent = self.current.absent
        if absent is None or not gives:
            return
        named, before = [source.name for source in absent.sources or ()], self.current.value
        help = f"end the list with an alternative: `{_alternative(absent, before)}`"
        if before in named and absent.kind is not None and KINDS[absent.kind].commutes:
            help = f"name that first: `from: [{', '.join(dict.fromkeys([before, *named]))}]`"
        self.lists.error(_Open(absent, absent, before), "give", gives, help)

    def _list(self, entries: Iterable[Placed]) -> None:
        for one in entries:
            if not one.holds(self.case):
                self._leave_out(one)
            elif one.children is None:
                self._pass(one)
            else:
                if one.entry.sources:
                    self.current = _Current(self._told(self._sources(one.entry)[0]))
                self._list(one.children)

    def _pass(self, one: Placed) -> None:
        entry = one.entry
        for value in self._sources(entry) or [self._before(entry)]:
            self._told(value)
        self.current = _Current(self.lists._value(entry), one)
        if entry.written_name is not None:
            self.names[entry.written_name] = self.current.value

    def _leave_out(self, one: Placed) -> None:
        entry, before = one.entry, self.current
        sources = self._sources(entry)
        taken = sources[0] if sources else self._before(entry)
        if sources and not self._is_instead(before.by, one):
            # What the last of them would have taken is what a branch through all of them would go on from.
            before.absent = entry if taken != before.value else None
        self._stand_for(entry, taken)

    def _stand_for(self, entry: LayerSpec, taken: Taken) -> Taken:
        if entry.written_name is not None:
            self.names.setdefault(entry.written_name, taken)
        for child in entry.children or () if entry.written_name is None else ():
            sources = self._sources(child)
            taken = self._stand_for(child, sources[0] if sources else taken)
        return taken

    def _before(self, entry: LayerSpec) -> Taken:
        """What an entry without a ``from`` takes."""
        current = self.current
        return current.value if current.absent is None else _Open(entry, current.absent, current.value)

    def _sources(self, entry: LayerSpec) -> list[Taken]:
        return [self._named(source.name) for source in entry.sources or ()]

    def _named(self, name: str) -> Taken:
        for first, _ in cuts(name):
            value = self.names.get(first)
            if value is not None:
                # Within something that is there, its own name is no answer.
                return name if value == first else value
        return next((self.lists.open[first] for first, _ in cuts(name) if first in self.lists.open), name)

    def _told(self, value: Taken) -> Taken:
        """A value that something takes; an error in the log where it is open."""
        if isinstance(value, _Open):
            self.lists.error(value, "take", _said(value.taker), *_ways_out(value))
        return value

    def _is_instead(self, by: Placed | None, one: Placed) -> bool:
        """Whether what came before is there exactly in place of an entry, and no name takes it elsewhere."""
        if by is None or self.every is None or self.lists.called.get(id(by.entry)) in self.lists.taken:
            return False
        return not any(by.holds(case) and one.holds(case) for case in self.every)


def _said(entry: LayerSpec) -> str:
    return f"`{entry.written_name or entry.written_kind or 'the group'}`"


def _ways_out(one: _Open) -> tuple[str, str]:
    source, name = (one.absent.sources or ())[0].name, one.absent.written_name
    first = f"`from: {name}`, which is `{source}` where `{name}` is not there" if name else "its name, once it has one"
    return (
        f"to go on from `{source}`, write {first}",
        f"to go on from what comes before, put an alternative above: `{_alternative(one.absent, one.other)}`",
    )


def _alternative(absent: LayerSpec, before: Taken) -> str:
    """An entry that is there in place of one that is not, and gives what comes before."""
    condition = absent.when.text if isinstance(absent.when, ScalarNode) and absent.repeat is None else "…"
    opposite = f"not {condition}" if condition.isidentifier() or condition == "…" else f"not ({condition})"
    if condition.removeprefix("not ").isidentifier() and condition.startswith("not "):
        opposite = condition.removeprefix("not ")
    return f"{{kind: identity, when: {opposite}, from: {before if isinstance(before, str) else '…'}}}"
