"""What the names in ``from`` stand for: those above, in the same list or around it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span, Suggestion
from archcalc.diagnostics.spelling import suggested
from archcalc.language.identifiers import TEMPLATE, cuts
from archcalc.network.expand import Expanded
from archcalc.network.graph import Part, Value
from archcalc.spec.model import LayerSpec


class Target(Struct):
    """What a name stands for: a value, the module that gives it if one does, and, of a group, the names in it.

    What is not ``there`` stands for what it would have taken.
    """

    output: Value
    inner: dict[str, Target] = {}
    there: bool = True
    part: Part | None = None


class Scope:
    """The names of a list, and of the lists around it up to the border of the block."""

    def __init__(self, names: dict[str, Target], outer: Scope | None, log: Log) -> None:
        self.names = names
        self.outer = outer
        self.log = log
        self._coming: set[str] = set()
        self._copies: list[re.Pattern[str]] = []

    def expect(self, names: Iterable[str], items: Iterable[Expanded] = ()) -> None:
        """Say which names the list will have; how copies are called the ``items`` say, be they there or not."""
        self._coming.update(names)
        written = {item.entry.written_name or "" for item in items}
        copies = [name for name in written if "{" in name and TEMPLATE.search(name)]
        self._copies += [re.compile("[0-9]+".join(map(re.escape, TEMPLATE.split(name)[::2]))) for name in copies]

    def may_be_a_copy(self, name: str) -> bool:
        """Whether a name that stands for nothing is that of one more copy of what is repeated."""
        return self.found(name) is None and any(
            one.fullmatch(first) for scope in self._outwards() for one in scope._copies for first, _ in cuts(name)
        )

    def leave_out(
        self, entry: LayerSpec, name: str | None, taken: Value, inner: dict[str, Target] | None = None
    ) -> Value:
        """Let the name of an entry that is not there stand for what it would have taken, unless another has it.

        ``inner`` are what the names of its other outputs stand for.
        So do the names in a group that has none itself, each for what would have arrived there; the last of these
        values comes back.
        """
        if name is not None and not TEMPLATE.search(name):
            self.names.setdefault(name, Target(taken, inner or {}, there=False))
        children = entry.children or () if entry.written_name is None else ()
        # How copies are called is not known where there are none, and a name may be that of one.
        copies = any(TEMPLATE.search(child.written_name or "") for child in children)
        for child in children:
            source = child.sources[0] if child.sources else None
            if source is not None and not TEMPLATE.search(source.name):
                target = self.found(source.name) if copies else self.resolve(source.name, source.span)
                taken = taken if target is None else target.output
            taken = self.leave_out(child, child.written_name, taken)
        return taken

    def resolve(self, name: str, span: Span, own: str | None = None) -> Target | None:
        """What a name stands for; ``None``, with an error in the log, where that is nothing.

        ``own`` is what the entry is called that says it.
        """
        holder = self._holder(name)
        target = None if holder is None else _within(holder[0], holder[2])
        if target is not None:
            return target
        firsts = [first for first, _ in cuts(name)]
        if own in firsts:
            help = "a layer takes what stands above it; copies are written with `repeat`"
            self.log.error("A312", span, f"`{name}` would take what it gives itself", help)
            return None
        if any(one in scope._coming and one not in scope.names for scope in self._outwards() for one in firsts):
            help = "name a layer above it, or move this one below"
            self.log.error("A312", span, f"`{name}` comes below: a layer takes what stands above it", help)
            return None
        closed = None if holder is None else _closed(*holder)
        if closed is not None:
            self._say_closed(closed, span)
            return None
        inside = [path for scope in self._outwards() for path in _paths(scope.names, name)]
        if len(inside) > 1:
            listed = ", ".join(f"`{path}`" for path in inside[:4])
            self.log.error("A311", span, f"`{name}` could be any of {listed}", f"say which: `from: {inside[0]}`")
            return None
        known = dict.fromkeys(path for scope in self._outwards() for path in _all(scope.names))
        meant = Suggestion(f"write `{inside[0]}`", inside[0]) if inside else suggested(name, known)
        counted = re.fullmatch("-([0-9]{1,6})", name)
        if counted is not None and not inside and 1 <= int(counted[1]) < len(known):
            back = [*known][-int(counted[1])]
            meant = Suggestion(f"layers are not counted: write its name, such as `from: {back}`", back)
        self.log.error("A310", span, f"nothing above is named `{name}`", meant or _listed(known))
        return None

    def _say_closed(self, path: str, span: Span) -> None:
        """An error for a name in what can only be named as a whole."""
        target = self.found(path)
        outputs = [] if target is None else [f"`{path}.{name}`" for name in target.inner]
        if outputs:
            message = f"nothing in `{path}` can be named but what it gives: {', '.join([f'`{path}`', *outputs])}"
            self.log.error("A310", span, message, "name it in the `outputs` of the block")
            return
        message = f"nothing in `{path}` can be named: it gives what its last layer gives"
        ways = (f"write `{path}`, or make a group of what the block holds", "or name it in the block's `outputs`")
        self.log.error("A310", span, message, *ways)

    def _holder(self, name: str) -> tuple[Target, str, str] | None:
        """What the beginning of a dotted name stands for, if anything; that beginning, and what is left."""
        for scope in self._outwards():
            found = _head(scope.names, name)
            if found is not None:
                return found
        return None

    def found(self, name: str) -> Target | None:
        """What a name stands for, if it stands for anything."""
        holder = self._holder(name)
        return None if holder is None else _within(holder[0], holder[2])

    def _outwards(self) -> Iterator[Scope]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer


def _within(target: Target, rest: str) -> Target | None:
    while rest:
        found = _head(target.inner, rest)
        if found is None:
            return None if target.there else target
        target, _, rest = found
    return target


def _head(names: dict[str, Target], name: str) -> tuple[Target, str, str] | None:
    """What the longest beginning of a dotted name stands for among names; that beginning, and what is left."""
    return next(((names[first], first, rest) for first, rest in cuts(name) if first in names), None)


def _closed(target: Target, path: str, rest: str) -> str | None:
    """The dotted name of the layer or block that is met on the way to something in it, which has no name outside."""
    while rest:
        found = _head(target.inner, rest)
        if found is None:
            whole = not target.inner or (target.part is not None and target.part.block is not None)
            return path if whole else None
        target, first, rest = found
        path = f"{path}.{first}"
    return None


def _paths(names: dict[str, Target], wanted: str, prefix: str = "") -> Iterator[str]:
    """The dotted names of what is called so in groups."""
    for name, target in names.items():
        if wanted in target.inner:
            yield f"{prefix}{name}.{wanted}"
        if target.inner:
            yield from _paths(target.inner, wanted, f"{prefix}{name}.")


def _all(names: dict[str, Target], prefix: str = "") -> Iterator[str]:
    for name, target in names.items():
        yield f"{prefix}{name}"
        if target.inner:
            yield from _all(target.inner, f"{prefix}{name}.")


def _listed(known: Iterable[str]) -> str:
    names = list(known)
    listed = ", ".join(f"`{name}`" for name in names[:8])
    if len(names) == 1:
        return f"only {listed} stands above"
    return f"the names above are {listed}" + (", …" if len(names) > 8 else "")
