"""What one place of a layer's output sees of the network's input: its receptive field, layer by layer.

A chain of windows is one window: the second's pixels are the first's places, s₁ apart, so that
size = size₁ + (reach₂ − 1)·s₁, stride = s₁·s₂ and padding = p₁ + p₂·s₁. Araujo et al. 2019, "Computing
receptive fields of convolutional neural networks", derive the same.

Each axis of the input is followed by itself, to whatever axis of a value it has come. Where a value that
sees the same in every place is joined with one that sees a window in each, as behind a
squeeze-and-excitation gate, both are told: the window, and what every place sees besides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from typing import TypeAlias

from msgspec import Struct

from archcalc.analysis.axis_field import NOTHING, ReceptiveField
from archcalc.analysis.walk import Facts, LayerFacts
from archcalc.layers.working import Trace, Window
from archcalc.network.flow import arriving
from archcalc.network.graph import letters_of, varying_axes
from archcalc.sizes.axes import letters
from archcalc.sizes.rules import UNKNOWN, Shape

Besides: TypeAlias = tuple[ReceptiveField | None, ...]
"""What every place sees besides its window, by axis of the input: the same for all; ``None`` where nothing."""


class Seen(Struct, frozen=True):
    """A layer's receptive field, by axis of the input.

    ``fields`` are ``None`` where its places see no window, or not the same one at equal distances, and ``why``
    says so. Place j is one along the output's axis ``at``, 0 being the first behind the batch; ``None`` where no
    axis runs along the input's any more, and every place sees the same. ``besides`` is what every place sees
    besides that window, ``through`` the join where that came in last, and ``everything`` whether it is the
    whole input. ``changes`` is whether the layer made it another, ``blank`` whether it sees nothing at all.
    """

    layer: LayerFacts
    fields: tuple[ReceptiveField, ...] | None
    at: tuple[int | None, ...]
    besides: Besides | None
    through: str | None
    everything: bool
    why: str | None
    changes: bool
    blank: bool = False


def followed_axes(facts: Facts) -> list[tuple[int, str]]:
    """The axes of the input along which a receptive field is told, and their names.

    They are those that the spec names, or else all but the channels, or the only one.
    """
    if facts.inputs:
        return varying_axes(facts.axes, facts.inputs, letters_of(facts.inputs))
    rank = len(facts.input)
    return varying_axes(facts.axes, (), letters(rank) if rank > 1 else ("features",) * rank)


def receptive_fields(facts: Facts) -> Iterator[Seen]:
    """The receptive field of every layer's output, in order."""
    at = tuple(axis for axis, _ in followed_axes(facts))
    if not facts.inputs:
        yield from _receptive_fields(facts, at)
        return
    # What is along an axis that an input has not, nobody sees who takes that input alone.
    runs = [_receptive_fields(facts, (axis,)) for axis in at]
    for several in zip(*runs, strict=True) if runs else ():
        yield _of_all_axes(several)


def _of_all_axes(several: tuple[Seen, ...]) -> Seen:
    """What is seen along each axis, together; along one that is not seen at all it is a field of no pixels."""
    layer, blank = several[0].layer, all(one.blank for one in several)
    lost = next((one.why for one in several if one.fields is None and (blank or not one.blank)), None)
    fields = None if lost is not None else tuple((one.fields or (NOTHING,))[0] for one in several)
    besides = tuple(one.besides[0] if one.besides else None for one in several)
    return Seen(
        layer,
        fields,
        tuple(one.at[0] for one in several),
        besides if fields is not None and any(besides) else None,
        next((one.through for one in several if one.through is not None), None),
        all(one.everything for one in several),
        lost,
        any(one.changes for one in several),
        blank,
    )


def _receptive_fields(facts: Facts, at: tuple[int, ...]) -> Iterator[Seen]:
    sizes = tuple(facts.input[axis] for axis in at)
    found = [_View((ReceptiveField(1, 1, 0),) * len(sizes), at, (None,) * len(sizes))]
    for layer, (_, before) in zip(facts.layers, arriving([layer.step for layer in facts.layers], found), strict=True):
        after = _joined([_through(*one, layer) for one in _arriving(layer, before)], layer)
        found.append(after)
        known = after.fields is not None
        beside = known and any(after.besides)
        yield Seen(
            layer,
            after.fields,
            after.at,
            after.besides if beside else None,
            after.through if beside else None,
            beside and all(one is not None and one.covers(n) for one, n in zip(after.besides, sizes, strict=True)),
            after.why,
            not layer.step.is_given and (after.fields, after.besides) != (before[0].fields, before[0].besides),
            after.blank,
        )


class _View(Struct, frozen=True):
    """What each place of a value sees, by axis of the input.

    ``at`` is the value's axis that runs along each axis of the input, ``None`` where none does any more; then
    every place sees the same of it. ``together`` is what all values together see, from where on there are
    no ``fields``; ``parted`` whether one channel's places alone see less, because places have become channels.
    A ``blank`` value sees nothing of the input.
    """

    fields: tuple[ReceptiveField, ...] | None
    at: tuple[int | None, ...]
    besides: Besides
    through: str | None = None
    why: str | None = None
    together: tuple[ReceptiveField, ...] | None = None
    parted: bool = False
    blank: bool = False


def _arriving(layer: LayerFacts, views: tuple[_View, ...]) -> list[tuple[_View, Trace | None, Shape | None]]:
    """Each value that arrives, with the layer's trace of it, and its shape."""
    xs = _shapes(layer)
    kind = layer.step.layer
    if kind is None or xs is None:
        return [(view, None, x) for view, x in zip(views, layer.inputs, strict=True)]
    if layer.arriving is not None:
        return list(zip(views, kind.traces(*xs), xs, strict=True))
    # What arrives is hidden by an error, and the layer may be one for fewer axes.
    traces = [
        trace if all(axis is None or axis < len(x) for axis in view.at) else None
        for view, trace, x in zip(views, kind.traces(*xs), xs, strict=True)
    ]
    return list(zip(views, traces, xs, strict=True))


def _shapes(layer: LayerFacts) -> tuple[Shape, ...] | None:
    """The shapes that arrive, or as many unknown sizes as the kind must have."""
    kind, xs = layer.step.layer, layer.arriving
    if kind is None:
        return None
    if xs is None:
        ranks = kind.ranks or ()
        return ((UNKNOWN,) * ranks[0],) * len(layer.inputs) if len(ranks) == 1 else None
    # Nothing is given where the number of axes is wrong, and then nothing can be said of each.
    others = layer.output is None and any(need.code == "A202" and need.holds is False for need in kind.checks(*xs))
    return None if others else xs


def _through(view: _View, trace: Trace | None, x: Shape | None, layer: LayerFacts) -> _View:
    """What the places of a layer's output see of this value, which arrives with shape x."""
    if view.blank:
        return view
    if layer.step.is_given and trace is not None and not {*view.at} <= {*trace.axes}:
        why = f"`{layer.name}` is another input"
        return _View(None, view.at, (None,) * len(view.at), None, why, blank=True)
    if layer.step.layer is not None and layer.step.layer.ignores_values:
        why = f"`{layer.name}` is learnt, and sees nothing of the input"
        return _View(None, view.at, (None,) * len(view.at), None, why, blank=True)
    if view.fields is None:
        return _regained(view, trace, x, layer)
    if all(field.fixed for field in view.fields):
        return _View(view.fields, (None,) * len(view.at), view.besides, view.through)
    if trace is None:
        return _lost(view, x, layer, _why(layer, x))
    fields, at = [], []
    for field, axis in zip(view.fields, view.at, strict=True):
        window = Window() if axis is None else trace.windows[axis]
        goes = trace.axes.index(axis) if axis is not None and axis in trace.axes else None
        after = None if window is None else field.through(window)
        if after is None or (goes is None and not after.fixed):
            return _lost(view, x, layer, _why(layer, x))
        fields.append(after)
        at.append(goes)
    return _merged(_View(tuple(fields), tuple(at), view.besides, view.through))


def _merged(view: _View) -> _View:
    """With what every place sees besides counted in where its window does not move."""
    assert view.fields is not None
    fields, besides = list(view.fields), list(view.besides)
    for axis, (field, beside) in enumerate(zip(view.fields, view.besides, strict=True)):
        if field.fixed and beside is not None:
            fields[axis], besides[axis] = field.around(beside), None
    return _View(tuple(fields), view.at, tuple(besides), view.through)


def _lost(view: _View, x: Shape | None, layer: LayerFacts, why: str) -> _View:
    """From here on no window is told; what all places see together is kept."""
    return _View(None, view.at, view.besides, None, why, _together(view, x), _parts(layer, x))


def _together(view: _View, x: Shape | None) -> tuple[ReceptiveField, ...] | None:
    """What all places of a value see, taken as one."""
    if view.fields is None:
        return view.together
    if x is None or any(at is not None and at >= len(x) for at in view.at):
        return None
    fields = [field if at is None else field.of_all(x[at]) for field, at in zip(view.fields, view.at, strict=True)]
    return tuple(
        field if beside is None else field.around(beside) for field, beside in zip(fields, view.besides, strict=True)
    )


def _regained(view: _View, trace: Trace | None, x: Shape | None, layer: LayerFacts) -> _View:
    """What is seen behind a value of no windows: of a layer that takes all its places again what all of them see."""
    if trace is not None and trace.whole and view.together is not None:
        # Of one axis only, it is all there is; of several, channels are only taken together where places are in them.
        windows = trace.windows if view.parted or len(trace.windows) == 1 else trace.windows[1:]
        if not view.parted and view.at[:1] == (0,):
            # The places of a sequence stand before what stands in each.
            windows = trace.windows[:1]
        if all(window is not None and type(window.stride) is int and window.stride == 0 for window in windows):
            return _View(view.together, (None,) * len(view.at), (None,) * len(view.at))
    moved = trace is not None and trace.whole and trace.axes[:1] not in ((0,), ())
    parted = view.parted or moved or _parts(layer, x)
    return _View(None, view.at, view.besides, None, view.why, view.together, parted)


def _parts(layer: LayerFacts, x: Shape | None) -> bool:
    kind = layer.step.layer
    return kind is not None and x is not None and not kind.channels_stay(x)


def _why(layer: LayerFacts, x: Shape | None) -> str:
    kind, name = layer.step.layer, layer.name
    if kind is None or x is None or layer.output is None:
        return f"what it sees is not known, because of an error of `{name}` or above it"
    if len(layer.output) != len(x) or not kind.channels_stay(x):
        return f"`{name}` puts places into another order, which is not a grid over the input"
    if kind.repeats(x) is not None:
        return f"`{name}` pads with what stands elsewhere in what arrives, so that places near an end see other pixels"
    return f"the places of `{name}` see windows of different sizes, or at different distances"


def _joined(views: list[_View], layer: LayerFacts) -> _View:
    """What each place sees of several values that are joined place by place."""
    return reduce(lambda one, other: _union(one, other, layer), views)


def _union(one: _View, other: _View, layer: LayerFacts) -> _View:
    """The smallest windows that hold both, and besides what either sees in every place alike."""
    if one.blank or other.blank:
        return other if one.blank else one
    if one.fields is None or other.fields is None:
        return _neither(one, other, one.why or other.why, layer)
    fields: list[ReceptiveField] = []
    besides: list[ReceptiveField | None] = []
    at: list[int | None] = []
    through = one.through or other.through
    for axis, (a, b) in enumerate(zip(one.fields, other.fields, strict=True)):
        beside = [field for field in (one.besides[axis], other.besides[axis]) if field is not None]
        if a.fixed != b.fixed:
            a, b = (b, a) if a.fixed else (a, b)
            beside.append(b)
            fields.append(a)
            through = layer.name
        elif not a.fixed and one.at[axis] != other.at[axis]:
            return _neither(one, other, f"`{layer.name}` joins places whose axes are in different orders", layer)
        elif a.stride is b.stride or a.stride == b.stride:
            fields.append(a.around(b))
        else:
            steps = f"in steps of {a.stride} and of {b.stride} pixels of the input"
            return _neither(one, other, f"`{layer.name}` joins places that go {steps}", layer)
        besides.append(reduce(ReceptiveField.around, beside) if beside else None)
        at.append(other.at[axis] if one.fields[axis].fixed else one.at[axis])
    return _merged(_View(tuple(fields), tuple(at), tuple(besides), through))


def _neither(one: _View, other: _View, why: str | None, layer: LayerFacts) -> _View:
    """No windows; what all places of both see together."""
    parts = [_together(view, layer.output) for view in (one, other)]
    known: list[Iterable[ReceptiveField]] = [part for part in parts if part is not None]
    together = tuple(a.around(b) for a, b in zip(*known, strict=True)) if len(known) == 2 else None
    return _View(None, one.at, (None,) * len(one.at), None, why, together, one.parted or other.parted)
