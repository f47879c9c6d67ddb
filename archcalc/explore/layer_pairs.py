"""Which layer of one network is which of another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from archcalc.analysis.report import OkLayer
from archcalc.layers.record import fields_of, follows_of

Pair = tuple[OkLayer, OkLayer]


def layer_pairs(old: Sequence[OkLayer], new: Sequence[OkLayer]) -> list[Pair]:
    """Which layer is which: by its name, wherever it stands; by what it is and where, if it has none in the spec."""
    there = {layer.name: layer for layer in old if not _is_numbered(layer)}
    pairs = [(there[layer.name], layer) for layer in new if layer.name in there]
    before, after = ([layer for layer in layers if _is_numbered(layer)] for layers in (old, new))
    for was, now in _of_equal_lists(before, after):
        pairs += zip(was, now, strict=True)
    done = {layer.name for layer, _ in pairs}, {layer.name for _, layer in pairs}
    before, after = (
        [layer for layer in side if layer.name not in names] for side, names in zip((before, after), done, strict=True)
    )
    return pairs + _in_order(before, after, (_says, _kind, _path))


def _of_equal_lists(old: Sequence[OkLayer], new: Sequence[OkLayer]) -> list[tuple[list[OkLayer], list[OkLayer]]]:
    """The layers of lists with the same kinds in the same order: each is the one in its place, wider perhaps."""
    before, after = _by_list(old), _by_list(new)
    both = [(layers, after[name]) for name, layers in before.items() if name in after]
    return [(was, now) for was, now in both if [*map(_kind, was)] == [*map(_kind, now)]]


def _by_list(layers: Sequence[OkLayer]) -> dict[str, list[OkLayer]]:
    of_list: dict[str, list[OkLayer]] = defaultdict(list)
    for layer in layers:
        of_list[layer.name.rpartition(".")[0]].append(layer)
    return of_list


def _in_order(
    old: Sequence[OkLayer], new: Sequence[OkLayer], keys: Sequence[Callable[[OkLayer], tuple[object, ...]]]
) -> list[Pair]:
    """Those that are quite the same first, then between these those of one kind, then those of one number.

    No pair crosses another, so that a layer takes from the one that it took from.
    """
    if not keys or not old or not new:
        return []
    matcher = SequenceMatcher(None, [*map(keys[0], old)], [*map(keys[0], new)], autojunk=False)
    pairs, done = [], (0, 0)
    for run in matcher.get_matching_blocks():
        pairs += _in_order(old[done[0] : run.a], new[done[1] : run.b], keys[1:])
        pairs += [(old[run.a + k], new[run.b + k]) for k in range(run.size)]
        done = run.a + run.size, run.b + run.size
    return pairs


def _is_numbered(layer: OkLayer) -> bool:
    """Whether the spec has no name for it, so that it is called by its kind or by a number."""
    return layer.step.spec.written_name is None


def _path(layer: OkLayer) -> tuple[object, ...]:
    return (layer.name,)


def _kind(layer: OkLayer) -> tuple[object, ...]:
    return layer.name.rpartition(".")[0], layer.kind


def _says(layer: OkLayer) -> tuple[object, ...]:
    made = layer.step.layer
    assert made is not None
    fields = [name for name in fields_of(type(made)) if name not in follows_of(type(made))]
    return *_kind(layer), *(getattr(made, name) for name in fields)
