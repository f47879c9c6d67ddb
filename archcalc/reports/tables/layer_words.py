"""A layer in the few words that papers have for it: ``7×7, 64, stride 2``; ``max pool 3×3, stride 2``; ``fc, 1000``."""

from __future__ import annotations

from archcalc.analysis.walk import LayerFacts
from archcalc.layers.contract import Layer
from archcalc.layers.kinds import FAMILY_OF
from archcalc.layers.record import defaults_of
from archcalc.sizes.axes import shape_text


def is_join(layer: LayerFacts) -> bool:
    """Whether it puts several values together."""
    made = layer.step.layer
    return made is not None and made.joins


def is_parameter(layer: LayerFacts) -> bool:
    """Whether it is a tensor that is learnt, and nothing is done to a value."""
    made = layer.step.layer
    return made is not None and made.own_parameter and made.ignores_values


def is_quiet(layer: LayerFacts) -> bool:
    """Whether a paper's table leaves it out: norms, activations, dropout, what only arranges values."""
    made = layer.step.layer
    return made is not None and not made.told_in_tables


def words(layer: LayerFacts) -> str:
    """The layer in words, without its stride."""
    made = layer.step.layer
    if made is None:
        return layer.kind
    match _family(layer):
        case "conv" | "conv_transpose" as family:
            return _convolution(made, layer, "up-conv " if family == "conv_transpose" else "")
        case "linear":
            return f"fc, {_field(made, 'out_features')}"
        case "parameter":
            return f"parameter, {shape_text(layer.output)}" if layer.output else "parameter"
        case "embedding":
            return f"{_kind(made)}, {_field(made, 'embedding_dim')}"
        case "pool":
            return f"{_kind(made)} {_per_axis(made, 'kernel_size')}"
        case "adaptive_pool":
            size = _per_axis(made, "output_size")
            return f"global {_kind(made)}" if {*size.split("×")} == {"1"} else f"{_kind(made)} to {size}"
        case "reduce" if layer.output is not None and {*layer.output[1:]} <= {1}:
            return "global average pool"
        case "attention":
            return f"attention, {_field(made, 'num_heads')} heads"
    return _kind(made)


def bare_words(layer: LayerFacts) -> str:
    """The same without the channels of a depthwise convolution that gives as many as arrive."""
    made, text = layer.step.layer, words(layer)
    if made is None or not layer.input or not layer.output or not text.startswith("depthwise "):
        return text
    return text.replace(f", {_field(made, 'out_channels')}", "", 1) if layer.input[0] == layer.output[0] else text


def is_pool(layer: LayerFacts) -> bool:
    """Whether it averages or chooses, and has no weights."""
    return _family(layer) in ("pool", "adaptive_pool")


def stride(made: Layer | None) -> str:
    """``stride 2``; nothing where it is what torch takes of a layer that states none: 1, or a pool's own size.

    So a pool that states its stride has it told, also where that is 1.
    """
    if getattr(made, "stride", None) is None or made is None:
        return ""
    text = _per_axis(made, "stride")
    alike = {*text.split("×")}
    if alike == {"1"} and defaults_of(type(made))["stride"] == 1:
        return ""
    return f"stride {alike.pop() if len(alike) == 1 else text}"


def _family(layer: LayerFacts) -> str | None:
    return FAMILY_OF.get(layer.step.layer.kind if layer.step.layer is not None else "")


def _kind(made: Layer) -> str:
    """``adaptive_avg_pool2d`` as ``average pool``."""
    name = made.kind.removeprefix("adaptive_")
    for axes in ("1d", "2d", "3d"):
        name = name.removesuffix(axes)
    return name.replace("avg_", "average_").replace("_", " ")


def _convolution(made: Layer, layer: LayerFacts, before: str) -> str:
    channels, groups = _field(made, "out_channels"), getattr(made, "groups", 1)
    arriving = layer.input[0] if layer.input else None
    depthwise = groups != 1 and groups == arriving
    text = f"{'depthwise ' if depthwise else ''}{before}{_per_axis(made, 'kernel_size')}, {channels}"
    if groups != 1 and not depthwise:
        text += f", {groups} groups"
    dilation = _per_axis(made, "dilation")
    alike = {*dilation.split("×")}
    return text if alike == {"1"} else f"{text}, dilation {alike.pop() if len(alike) == 1 else dilation}"


def _field(made: Layer, name: str) -> str:
    value = getattr(made, name, None)
    return "?" if value is None else str(value)


def _per_axis(made: Layer, name: str) -> str:
    """A field as ``3×3``, however it is stated."""
    value = getattr(made, name, None)
    several = value if isinstance(value, tuple) else (value,) * max(made.axes, 1)
    return "×".join("?" if one is None else str(one) for one in several)
