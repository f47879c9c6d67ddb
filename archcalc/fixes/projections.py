"""A shortcut that is projected: a 1 × 1 convolution gives it the channels and the stride of the branch beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from archcalc.fixes.candidate import Search, Sought
from archcalc.fixes.instead import Inserted
from archcalc.fixes.plans import Plan
from archcalc.fixes.practice import SHORTCUT
from archcalc.language.nodes import ScalarNode
from archcalc.layers.contract import KINDS, Layer
from archcalc.sizes.rules import Shape, is_known, known_size, known_sizes

MOST = 2
"""How many names of a width, and of a stride, are tried."""

Through = Callable[[int, list[str], list[str], tuple[Layer, ...]], Iterator[Plan]]
"""Plans of layers, so called and with these texts, between the join and its source of this number."""


class _Named(Struct, frozen=True):
    """What a field of a layer in a block is written as, and its value in each use of the block, by the join there."""

    text: str
    values: dict[int, int]


class Projections(Search):
    """The search for one error."""

    def __init__(self, sought: Sought, through: Through) -> None:
        super().__init__(sought)
        self.through = through

    def plans(self, index: int, mine: Shape, wanted: Shape) -> Iterator[Plan]:
        """A projection of the source of this number, of shape ``mine``, to the shape ``wanted``."""
        stride = _stride(mine, wanted) if 2 <= len(mine) <= 4 else None
        if stride is None:
            return
        kind = f"conv{len(mine) - 1}d"
        alike = self.sought.effect.alike(self.at)
        if len(alike) > 1:
            yield from self._in_all(index, kind, alike, stride)
            return
        layer = KINDS[kind](out_channels=known_size(wanted[0]), kernel_size=1, stride=stride)
        strided = f", stride: {stride}" * (stride > 1)
        text = f"kind: {kind}, from: {{}}, out_channels: {wanted[0]}, kernel_size: 1{strided}"
        yield from self.through(index, ["projected"], [text], (layer,))

    def _in_all(self, index: int, kind: str, alike: list[int], stride: int) -> Iterator[Plan]:
        """A projection in each use of a block, or in those that need it, as wide as what names the branch's width."""
        strides = [_Named("", dict.fromkeys(alike, 1))] if stride == 1 else self._named("stride", alike, stride)
        wanted = self.found[self.at].arriving
        assert wanted is not None
        for width in self._named("out_channels", alike, known_size(wanted[1 - index][0]))[:MOST]:
            for by in strides[:MOST]:
                yield from self._as_wide(index, kind, width, by)

    def _as_wide(self, index: int, kind: str, width: _Named, by: _Named) -> Iterator[Plan]:
        needed = {place: self._needs(place, index, width, by) for place in width.values}
        if None in needed.values():
            return
        sources = self.steps[self.at].spec.sources
        from_input = sources is not None and sources[index].name == "input"
        spared = not all(needed.values())
        if spared and by.text and not from_input:
            return
        made = {
            place: KINDS[kind](out_channels=width.values[place], kernel_size=1, stride=by.values[place])
            for place in width.values
        }
        strided = f", stride: {by.text}" * bool(by.text)
        plain = f"kind: {kind}, from: {{}}, out_channels: {width.text}, kernel_size: 1{strided}"
        texts = [(plain, made)]
        if spared and from_input:
            when = " or ".join([*([f"{by.text} != 1"] if by.text else []), f"in_channels != {width.text}"])
            there = {place: layer for place, layer in made.items() if needed[place]}
            conditional = plain.replace("from: {}", f"from: {{}}, when: {when}")
            texts = [(conditional, there)] if by.text else [(plain, made), (conditional, there)]
        for text, layers in texts:
            for plan in self.through(index, ["projected"], [text], (made[self.at],)):
                yield replace(plan, inserted={place: Inserted((layer,), index) for place, layer in layers.items()})

    def _needs(self, place: int, index: int, width: _Named, by: _Named) -> bool | None:
        """Whether a use of the block has other channels, or strides; ``None`` where it needs another projection.

        What arrives below an error may not be known, but for its channels.
        """
        xs = self.found[place].arriving or ()
        if len(xs) != 2 or not all(xs) or not is_known(xs[index][0]) or width.values[place] != xs[1 - index][0]:
            return None
        if all(is_known(*x) for x in xs) and _stride(xs[index], xs[1 - index]) != by.values[place]:
            return None
        return by.values[place] != 1 or xs[index][0] != width.values[place]

    def _named(self, field: str, alike: list[int], value: int) -> list[_Named]:
        """What layers of the block have by an expression that is ``value`` in this use, the shortest first."""
        uses = self.steps[self.at].uses
        found: dict[str, _Named] = {}
        for place in range(self.at) if uses else ():
            step = self.steps[place]
            node = step.spec.values.get(field)
            if step.uses != uses or not isinstance(node, ScalarNode) or not isinstance(node.value, str):
                continue
            there = {self.steps[one].uses[-1].path: self.steps[one].layer for one in self.sought.effect.alike(place)}
            values = {one: getattr(there.get(self.steps[one].uses[-1].path), field, None) for one in alike}
            if values[self.at] == value and all(type(one) is int for one in values.values()):
                found.setdefault(node.text, _Named(node.text, {one: int(n) for one, n in values.items() if n}))
        return sorted(found.values(), key=lambda one: len(one.text))


def _stride(mine: Shape, wanted: Shape) -> int | None:
    """How a projection strides; ``None`` where that is not alike along all axes, or more than a shortcut's."""
    if not is_known(*mine, *wanted):
        return None
    strides = {-(-have // want) for have, want in zip(known_sizes(mine)[1:], known_sizes(wanted)[1:], strict=True)}
    return strides.pop() if len(strides) == 1 and max(strides) <= SHORTCUT else None
