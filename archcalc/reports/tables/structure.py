"""What is in a block, as a paper prints it: ``[1×1, 64; 3×3, 64; 1×1, 256] × 3``.

Only layers that compute something are listed, in the order in which a value goes through them. Branches stand side by
side, parted by bars; of a sum the longest is shown, and what stands beside it only if it is more than a projection.
A parameter is always shown, and so is a concatenation with what another module gives: ``concat with down3``.
What repeats is written once; copies that differ in their strides are alike. Of experts the first is written, with how
many there are and how many of them a token takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, groupby

from msgspec import Struct

from archcalc.analysis.cost import layer_count
from archcalc.analysis.experts import expert_count
from archcalc.analysis.walk import LayerFacts
from archcalc.network.graph import Part, Place, Value, place_of
from archcalc.reports.tables.layer_words import bare_words, is_join, is_parameter, is_pool, is_quiet, stride, words

LONGEST = 200
"""How many characters a structure may have; one that is longer is said in words."""

MOST_WITHIN = 8
"""How deep branches may be in one another."""

MOST_VISITED = 2000
"""How many layers of branches are looked at before a block is too tangled to be shown."""


class Structure(Struct, frozen=True):
    """What is in a module: ``text`` with the strides, ``bare`` without; ``layers`` are how many are listed in it.

    ``bare`` has no channels either of a depthwise convolution, which are those that arrive. It ``stays`` beside a sum
    even where a projection would not. ``pools`` are those of the layers that average or choose.
    """

    text: str
    bare: str
    layers: int = 1
    stays: bool = False
    pools: int = 0


class _Tangled(Exception):
    pass


def structure(part: Part, layers: Sequence[LayerFacts], lines: Mapping[Place, str] | None = None) -> Structure | None:
    """What is in a module of the network; ``None`` where a paper would not list it.

    ``lines`` says of layers elsewhere what the table calls the module that they are in.
    """
    inside = [layers[place] for place in part.steps()]
    with suppress(_Tangled):
        terms = _Blocks(layers, lines or {}).terms(part)
        if not terms:
            return None
        found = _joined(terms)
        if len(found.text) <= LONGEST:
            return found
    kind = part.spec.written_kind if part.spec is not None and part.block is not None else "group"
    routed = dict.fromkeys(filter(None, (_experts(inner, layers) for inner in _parts(part))))
    many = layer_count(inside)
    count = f"{many} layer{'s' * (many != 1)}"
    said = f"{kind}: {' with '.join([count, *routed])}"
    return Structure(said, said, many)


def _parts(part: Part) -> Iterator[Part]:
    """A module and all that are in it, outer ones first."""
    waiting = [part]
    while waiting:
        waiting += reversed((inner := waiting.pop()).parts)
        yield inner


def _experts(part: Part, layers: Sequence[LayerFacts]) -> str:
    """``8 experts, top 2`` of a list of experts, which ends in the layer that routes tokens to them."""
    last = part.parts[-1].step if part.parts else None
    made = None if last is None else layers[last].step.layer
    return f"{expert_count(part)} experts, top {getattr(made, 'top', '?')}" if made and made.routes else ""


def folded(parts: Sequence[Structure]) -> Structure:
    """The same thing so many times."""
    if len(parts) == 1:
        return parts[0]
    bare, alike = f"[{parts[0].bare}] × {len(parts)}", len({part.text for part in parts}) == 1
    return _of(parts, f"[{parts[0].text}] × {len(parts)}" if alike else bare, bare)


def _of(parts: Sequence[Structure], text: str, bare: str) -> Structure:
    """What is made of these."""
    return Structure(text, bare, sum(part.layers for part in parts), pools=sum(part.pools for part in parts))


def _joined(terms: Sequence[Structure]) -> Structure:
    """Terms one after the other. Those that repeat are written once, but two layers are still two layers."""
    runs: list[Structure] = []
    for _, alike in groupby(terms, lambda term: term.bare):
        run = [*alike]
        runs += run if len(run) == 2 and run[0].layers == 1 else [folded(run)]
    if len(runs) == 1:
        return runs[0]
    return _of(runs, "; ".join(run.text for run in runs), "; ".join(run.bare for run in runs))


_ENTRY = -1
"""What arrives at a module, as a child of it."""


class _Blocks:
    """Modules to what is in them, as far as that is not too tangled."""

    def __init__(self, layers: Sequence[LayerFacts], lines: Mapping[Place, str]) -> None:
        self._layers = layers
        self._lines = lines
        self._skips: dict[Place, str] = {}
        self._visited = 0
        self._within = 0

    def terms(self, part: Part) -> list[Structure]:
        """What is in a module, one after the other."""
        if part.step is not None:
            layer = self._layers[part.step]
            text, bare = words(layer), bare_words(layer)
            if part.step in self._skips:
                return [Structure(f"concat with {self._skips[part.step]}", "concat with another")]
            if is_quiet(layer):
                return []
            strided = ", ".join(filter(None, (text, stride(layer.step.layer))))
            return [Structure(strided, bare, stays=is_parameter(layer), pools=int(is_pool(layer)))]
        if experts := _experts(part, self._layers):
            return [_wrapped([self.terms(part.parts[0])], f"{experts} ({{}})")]
        if len(part.parts) > MOST_VISITED:
            raise _Tangled
        owner: dict[int, int] = {place: child for child, inner in enumerate(part.parts) for place in inner.steps()}
        taken = [[owner.get(value - 1, _ENTRY) for value in inner.sources] for inner in part.parts]
        # What a module takes from itself is an error's doing.
        taken = [[source if source < child else _ENTRY for source in sources] for child, sources in enumerate(taken)]
        for inner in part.parts:
            others = [self._giver(part, value) for value in self._others(part, inner, owner)]
            if inner.step is not None and others:
                self._skips[inner.step] = others[0] if len(others) == 1 else f"{len(others)} others"
        return self._between(part.parts, taken, _above(taken), _ENTRY, owner.get(part.output - 1, _ENTRY))

    def _others(self, part: Part, inner: Part, owner: Mapping[int, int]) -> Sequence[Value]:
        """What a concatenation takes from modules other than the one that gives the first of what it takes."""
        if self._join_of(inner) != "concat" or len({*part.sources}) == 1:
            return ()
        values = [*dict.fromkeys(inner.sources)]
        outside = [value for value in values if value - 1 not in owner]
        return outside[len(outside) == len(values) :]

    def _giver(self, part: Part, value: Value) -> str:
        if value <= 0 or self._layers[place_of(value)].step.is_given:
            return f"the input{f' {self._layers[place_of(value)].name}' if value > 0 else ''}"
        place = place_of(value)
        line = self._lines.get(place, "")
        return self._layers[place].step.path if not line or part.path.startswith(f"{line}.") else line

    def _between(
        self, parts: Sequence[Part], taken: list[list[int]], above: list[int], first: int, last: int
    ) -> list[Structure]:
        """What is done to what one child gives until another gives something."""
        found: list[list[Structure]] = []
        child = last
        while child != first:
            self._visited += 1
            if self._visited > MOST_VISITED:
                raise _Tangled
            inner = self.terms(parts[child])
            found.append([_joined(inner)] if inner and parts[child].step is None else inner)
            sources = dict.fromkeys(taken[child])
            if len(sources) > 1:
                join = self._join_of(parts[child])
                self._within += 1
                if self._within > MOST_WITHIN:
                    raise _Tangled
                found.append(self._side_by_side(parts, taken, above, above[child], [*sources], join))
                self._within -= 1
                child = above[child]
            else:
                child = next(iter(sources), first)
        return [term for terms in reversed(found) for term in terms]

    def _side_by_side(
        self, parts: Sequence[Part], taken: list[list[int]], above: list[int], first: int, ends: list[int], join: str
    ) -> list[Structure]:
        """The branches from what one child gives to several; what some of them have in common stands before these."""
        common: dict[int, list[int]] = {}
        for end in ends:
            top = end
            while top != first and above[top] != first:
                top = above[top]
            common.setdefault(top, []).append(end)
        branches = []
        for several in common.values():
            if len(several) == len(ends):
                return _branches([self._between(parts, taken, above, first, end) for end in ends], join)
            meet = _meet(several, above)
            branches.append(self._between(parts, taken, above, first, meet))
            if len(several) > 1:
                branches[-1] += self._side_by_side(parts, taken, above, meet, several, join)
        return _branches(branches, join)

    def _join_of(self, part: Part) -> str:
        layer = None if part.step is None else self._layers[part.step]
        return layer.step.layer.kind if layer is not None and is_join(layer) and layer.step.layer is not None else ""


def _branches(branches: list[list[Structure]], join: str) -> list[Structure]:
    """Branches side by side; one by itself where the others are the input as it is, or a sum's projection."""
    told = [branch for branch in branches if branch]
    if join == "add" and told:
        longest = max(told, key=_layers_in)
        told = [one for one in told if one is longest or _computing_in(one) > 1 or any(term.stays for term in one)]
    if len(told) > 1:
        return [_wrapped(told, "product ({})" if join == "multiply" else "({})")]
    return [_gate(told[0])] if told and join == "multiply" else [*chain(*told)]


def _layers_in(branch: list[Structure]) -> int:
    return sum(term.layers for term in branch)


def _computing_in(branch: list[Structure]) -> int:
    """Without pools: a shortcut may average what its projection then need not stride over, as ResNet-D's does."""
    return sum(term.layers - term.pools for term in branch)


def _gate(branch: list[Structure]) -> Structure:
    """What a value is multiplied by; of a squeeze-and-excitation the layers behind the pool, in a group or not."""
    whole, pooled = _joined(branch), "global average pool; "
    if not whole.text.startswith(pooled):
        return _of([whole], f"gate ({whole.text})", f"gate ({whole.bare})")
    return _of([whole], *(f"SE ({text.removeprefix(pooled)})" for text in (whole.text, whole.bare)))


def _wrapped(branches: list[list[Structure]], within: str) -> Structure:
    joined = [_joined(branch) for branch in branches]
    texts = (" | ".join(one.text for one in joined), " | ".join(one.bare for one in joined))
    return _of(joined, within.format(texts[0]), within.format(texts[1]))


def _above(taken: list[list[int]]) -> list[int]:
    """For each child the last one through which all goes that it takes: its immediate dominator."""
    above: list[int] = []
    for sources in taken:
        above.append(_meet(sources or [_ENTRY], above))
    return above


def _meet(children: Sequence[int], above: list[int]) -> int:
    """The last child through which all goes that any of these take, or one of them itself."""
    meet = {*children}
    while len(meet) > 1:
        # The one that stands last goes up: who is above another stands before it.
        last = max(meet)
        meet = (meet - {last}) | {above[last]}
    return meet.pop()
