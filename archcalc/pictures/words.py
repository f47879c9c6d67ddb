"""What stands in a box, in lines: a layer's fields in short, counts in three digits, a receptive field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from archcalc.analysis.receptive_field import Seen
from archcalc.layers.contract import Layer
from archcalc.layers.record import defaults_of
from archcalc.pictures.model import BLOCK, CHAIN, Box
from archcalc.reports.tables.layer_words import stride
from archcalc.reports.tables.short_numbers import in_three_digits
from archcalc.sizes.rules import Shape

_SHOWN = {
    "kernel_size": "{}",
    "output_size": "to {}",
    "out_channels": "{}",
    "out_features": "{}",
    "num_heads": "{} heads",
    "num_groups": "{} groups",
    "top": "top {}",
    "stride": "{}",
    "dilation": "dilation {}",
    "groups": "groups {}",
    "scale_factor": "by {}",
    "size": "{}",
    "dim": "axis {}",
}
"""The fields that a figure tells, in its order, and how."""

_IN_A_LINE = 32
"""How long a line is that a layer and what stands behind it share."""

WRONG_SIGN, DOUBTFUL_SIGN = "✗", "!"
"""What stands before the code of an error, and of a warning."""

_ALWAYS = ("kernel_size", "output_size", "out_channels", "out_features", "num_heads")


def detail(layer: Layer, arriving: Shape | None = None, alike: Sequence[Layer] = ()) -> str:
    """``11×11, 96, stride 4``: the fields that figures tell, where they are not torch's defaults.

    A convolution with a group for each channel that arrives is ``depthwise``. Kernels and strides are those of all
    layers that are ``alike``: ``3×3 or 5×5, 96, stride 1 or 2``.
    """
    defaults = defaults_of(type(layer))
    found: list[str] = []
    for field, words in _SHOWN.items():
        value = getattr(layer, field, None)
        if field == "stride":
            found += filter(None, (_strides((layer, *alike)),))
            continue
        if field == "kernel_size" and alike and value is not None:
            found.append(_or(_across(field, getattr(one, field), one) for one in alike))
            continue
        if value is None or (field not in _ALWAYS and value == defaults.get(field)):
            continue
        alone = field == "groups" and arriving is not None and arriving[0] == value
        found.append("depthwise" if alone else words.format(_across(field, value, layer)))
    return ", ".join(found)


def _strides(layers: Sequence[Layer]) -> str:
    """``stride 2``, or ``stride 1 or 2``; nothing of layers that all have torch's."""
    told = [stride(layer) for layer in layers]
    return f"stride {_or(text.removeprefix('stride ') or '1' for text in told)}" if any(told) else ""


def _or(texts: Iterable[str]) -> str:
    """``1, 2 or 4``: each once, in order."""
    *first, last = sorted({*texts}, key=lambda text: (len(text), text))
    return f"{', '.join(first)} or {last}" if first else last


def in_short(arguments: Mapping[str, object]) -> str:
    """``t 6, c 24, s 2``: a block's arguments as figures have them, whole numbers and what is true."""
    whole = (f"{name} {value}" for name, value in arguments.items() if type(value) is int)
    return ", ".join([*whole, *(name for name, value in arguments.items() if value is True)])


def _across(field: str, value: object, layer: Layer) -> str:
    """A value for each axis as ``3×3``, dilations that are alike as one."""
    axes = layer.axes or 1
    if isinstance(value, tuple):
        alike = len({*value}) == 1 and field not in ("kernel_size", "output_size", "size")
        return str(value[0]) if alike else "×".join("?" if one is None else str(one) for one in value)
    return "×".join([str(value)] * axes) if field in ("kernel_size", "output_size", "size") else str(value)


def sees(seen: Seen) -> str:
    """``195 × 195``: how many places of the input a place of the output sees, along each axis; empty if not known."""
    if seen.fields is None:
        return ""
    if seen.everything or all(field.fixed for field in seen.fields):
        return "the whole input"
    text = " × ".join(str(field.size) for field in seen.fields)
    return f"{text} and more" if seen.besides else text


def title(box: Box) -> str:
    """What a box is called; a layer without a name of its own by its kind, with how many copies it stands for."""
    if _by_kind(box):
        told = box.kind if box.family == BLOCK else f"{box.kind} {box.detail}".strip()
        return told + (f" × {box.times}" if box.times > 1 else "")
    if box.times == 1:
        return box.name
    return f"{_common(box.name, box.until) or f'({box.name} … {box.until})'} × {box.times}"


def _common(name: str, until: str) -> str:
    """What the names of copies have in common: the group that they are alone in, or what their numbers stand behind."""
    if name.count(".") > until.count("."):
        return name.rsplit(".", until.count(".") + 1)[0]
    base = name.rstrip("0123456789")
    return base.rstrip("._-") if base == until.rstrip("0123456789") else ""


def lines(box: Box, opened: Box | None = None) -> tuple[str, ...]:
    """What stands in a box below its title: its kind, what stands behind it, its counts.

    Of a block that is drawn open elsewhere, where it is ``opened``.
    """
    kind, behind = f"{box.kind} {box.detail}".strip(), followers(box)
    marks = [f"{sign} {text.partition(':')[0]}" for sign, texts in _marked(box) for text in texts[:1]]
    told = _by_kind(box)
    if box.family == BLOCK:
        like = "" if opened is None else f"like {opened.path}"
        kind, behind, told = f"{'' if told else box.kind} {like}".strip(), box.detail, False
    elif len(kind) + len(behind) <= _IN_A_LINE and not told:
        kind, behind = f"{kind} {behind}".strip(), ""
    shown = ("" if told else kind, behind, counts(box), *marks)
    return tuple(filter(None, shown))


def _marked(box: Box) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (WRONG_SIGN, box.errors), (DOUBTFUL_SIGN, box.warnings)


def as_form(box: Box) -> Box:
    """The box as it stands for all in its place in blocks of one form."""
    return replace(box, detail=box.varied) if box.varied else box


def in_a_word(box: Box) -> str:
    """``conv 3×3 + batch norm + relu``: what is done in a box, without what tells it from others of its kind."""
    size = box.detail.partition(", ")[0] if box.family != BLOCK else ""
    plain = [_plain(part.kind) for part in (box.parts if box.family == CHAIN else (box,))]
    return " + ".join([f"{plain[0]} {size if '×' in size else ''}".strip(), *plain[1:]])


def _plain(kind: str) -> str:
    """``batch norm`` for ``batch_norm2d``."""
    return re.sub(r"\d+d$", "", kind).replace("_", " ")


def followers(box: Box) -> str:
    """``+ batch_norm2d + relu``: what stands behind a layer in its box."""
    return " ".join(f"+ {part.kind}" for part in box.parts[1:]) if box.family == CHAIN else ""


def counts(box: Box) -> str:
    """``34.9k params · 105M MACs``: of one of the copies that it is in, and of all that it stands for itself."""
    found = ((box.own_params, "params"), (box.own_macs, "MACs"))
    told = " · ".join(
        f"{in_three_digits(number)} {what}" for number, what in found if isinstance(number, int) and number
    )
    return f"{told} in all" if told and box.times > 1 else told


def head(box: Box, others: bool = False) -> tuple[str, ...]:
    """The lines above what is in an open box: its title, and what its copies have in all.

    ``others`` says that others are said to be like it.
    """
    return tuple(filter(None, (in_full(box) if others else frame(box), counts(box) if box.times > 1 else "")))


def in_full(box: Box) -> str:
    """``layer1.1: bottleneck × 2``: the title of an open box that others are said to be like."""
    return f"{box.path}: {box.kind}" + (f" × {box.times}" if box.times > 1 else "")


def frame(box: Box) -> str:
    """The title of an open box: with its block, unless that is its name; of a chain its kinds."""
    if box.family == CHAIN:
        return " + ".join(part.kind for part in box.parts) + (f" × {box.times}" if box.times > 1 else "")
    name = box.name if box.times == 1 else _common(box.name, box.until)
    if box.family == BLOCK and not _by_kind(box) and name:
        return f"{name}: {box.kind}" + (f" × {box.times}" if box.times > 1 else "")
    return title(box)


def _by_kind(box: Box) -> bool:
    """Whether it is called by its kind: nobody gave it a name, or it stands for copies that are named by number."""
    numbered = box.times > 1 and box.name.rstrip("0123456789") == box.until.rstrip("0123456789")
    return _unnamed(box) or (box.family == BLOCK and numbered)


def _unnamed(box: Box) -> bool:
    """Whether its name is a number, or begins with its kind: nobody gave it."""
    base = box.name.rstrip("0123456789")
    # A layer `relu1` says no more than its kind does; a block's use `up1` says which.
    own = base.removesuffix("_") if box.family != BLOCK or base.endswith("_") else box.name
    return bool(box.kind) and (box.name.isdecimal() or own == box.kind)
