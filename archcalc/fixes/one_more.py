"""One more of the layers that halve or double a map: a pool, or a transposed conv, that was left out."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from archcalc.fixes.candidate import Search
from archcalc.fixes.layer_edits import LayerEdits
from archcalc.fixes.plans import Plan
from archcalc.fixes.practice import Practice
from archcalc.language.nodes import ListNode, Node, ScalarNode
from archcalc.layers.record import fields_of, follows_of
from archcalc.sizes.rules import is_known, known_sizes


class OneMore(Search):
    """The search for one error."""

    def plans(self) -> Iterator[Plan]:
        """One more of several alike that make a map smaller or larger by their stride, where the next would stand.

        That is behind what the others stand behind: a pool behind an activation. The last layer with weights is left
        alone: its channels are those of the output.
        """
        places = [place for place in range(self.at) if self._strides(place)]
        for window in dict.fromkeys(self._window(place) for place in reversed(places)):
            *others, last = [place for place in places if self._window(place) == window]
            if not others:
                continue
            place = others[-1] if "out_channels" in self.steps[last].spec.values else last
            layer, text = self.steps[place].layer, self._as_written(place)
            if layer is None or text is None:
                continue
            made = replace(layer, **dict.fromkeys(follows_of(type(layer))))
            behind = self._kind(place - 1) if place else ""
            nexts = [at for at in range(place + 1, self.at + 1) if self._kind(at - 1) == behind and at > place + 1]
            for at in [*(at for at in nexts[-1:] if self._beside(place, at)), place + 1]:
                if self._beside(place, at):
                    yield from LayerEdits(self.sought).put((text,), (made,), at, Practice.LEFT_OUT)
                    break

    def _kind(self, place: int) -> str:
        layer = self.steps[place].layer
        return layer.kind if layer is not None else ""

    def _window(self, place: int) -> tuple[object, ...]:
        """What layers have in common that are alike, whatever their channels."""
        layer = self.steps[place].layer
        return (self._kind(place), *(getattr(layer, name, None) for name in ("kernel_size", "stride", "scale_factor")))

    def _strides(self, place: int) -> bool:
        layer = self.steps[place].layer
        x, given = self.found[place].input or (), self.found[place].output or ()
        # Most layers keep a map's size, and are seen to do so at once.
        if layer is None or x[1:] == given[1:] or not is_known(*x, *given):
            return False
        if not {"stride", "scale_factor"} & fields_of(type(layer)).keys():
            return False
        pairs = list(zip(known_sizes(x)[1:], known_sizes(given)[1:], strict=False))
        return len(x) == len(given) > 1 and all(new >= 2 * old or 2 * new <= old for old, new in pairs)

    def _as_written(self, place: int) -> str | None:
        """The entry of a layer with what its file says of it, but for what follows from what it takes."""
        spec, layer = self.steps[place].spec, self.steps[place].layer
        follows = {} if layer is None else follows_of(type(layer))
        texts = {name: _in_flow(node) for name, node in spec.values.items() if name not in follows}
        if spec.kind is None or None in texts.values():
            return None
        return f"{{{', '.join([f'kind: {spec.kind}', *(f'{name}: {text}' for name, text in texts.items())])}}}"

    def _beside(self, place: int, other: int) -> bool:
        """Whether the entries of two layers stand in one list, so that names mean the same in both."""
        routes = [self.sought.routes.get(self.steps[at].spec.span) for at in (place, other)]
        return None not in routes and len({route[:-1] for route in routes if route is not None}) == 1


def _in_flow(node: Node) -> str | None:
    """A value as its file spells it; ``None`` for one that cannot stand in a flow mapping so."""
    if isinstance(node, ListNode):
        parts = [_in_flow(item) for item in node.items]
        return None if None in parts else f"[{', '.join(filter(None, parts))}]"
    return node.text if isinstance(node, ScalarNode) and not set(node.text) & set(",[]{}#:'\"") else None
