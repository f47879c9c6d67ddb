"""The sizes of `input`: as a spec states them, what was meant where it states something else, and what they come to."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping

from msgspec import Struct

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span, Suggestion
from archcalc.language.arithmetic import Bound
from archcalc.language.cut_numbers import joined
from archcalc.language.identifiers import input_name
from archcalc.language.mapping_keys import described, known_keys
from archcalc.language.nodes import ListNode, MapNode, Node, ScalarNode
from archcalc.language.scalars import MAX_DIGITS
from archcalc.layers.size_fields import Size
from archcalc.sizes.rules import UNKNOWN, Dim, Shape
from archcalc.spec.field_values import Unreadable, read_value
from archcalc.spec.model import Spec

_BATCH = ("none", "null", "~", "?", "-1", "n", "b", "bs", "batch", "batch_size", "batchsize")
"""How the first size of an input is spelt elsewhere, where it is the batch."""

_AXES = (
    ("channels", "channel", "c", "in_channels", "in_chans"),
    ("depth", "d"),
    ("height", "h", "rows"),
    ("width", "w", "cols", "columns"),
    ("length", "l", "steps"),
    ("features", "in_features", "size"),
)
"""The axes of an input in their order, by the keys that give their sizes elsewhere."""

FEW = 4
"""Up to so many channels a picture has: grey, RGB, and one more."""


_KEYS = ("shape", "below")

_FOREIGN = {"size": "shape", "sizes": "shape", "dims": "shape"}
_FOREIGN |= {"of": "below", "vocab": "below", "vocab_size": "below", "high": "below", "num_embeddings": "below"}


class StatedInput(Struct, frozen=True):
    """What ``input`` says: the sizes of one sample, and where they stand.

    Of whole numbers also ``below`` which number they are; other values are real. Where inputs have names it says that
    of each of them, and of itself where it stands.
    """

    sizes: tuple[Node, ...] = ()
    below: Node | None = None
    span: Span | None = None
    name: str = ""
    name_span: Span | None = None
    named: tuple[StatedInput, ...] = ()

    @property
    def tensors(self) -> tuple[tuple[Node, ...], ...]:
        """The sizes of each input."""
        return tuple(one.sizes for one in self.named) or (self.sizes,)


def read_input(node: Node | None, named: Container[str], log: Log) -> StatedInput:
    """The ``input`` of a spec or a preset; errors go to the log. ``named`` are the names of ``let``."""
    if isinstance(node, MapNode) and _has_names(node):
        found = (_read_named(name, node.keys[name], one, named, log) for name, one in node.entries.items())
        return StatedInput(span=node.span, named=tuple(one for one in found if one is not None))
    return _read_one("input", node, named, log)


def _read_one(name: str, node: Node | None, named: Container[str], log: Log) -> StatedInput:
    """One input, whatever it is called."""
    if not isinstance(node, MapNode) or not {*_KEYS} & node.entries.keys():
        return StatedInput(read_input_sizes(node, named, log, name), None, None if node is None else node.span)
    node, unsure = known_keys(node, _KEYS, f"`{name}`", log, _FOREIGN)
    shape = node.entries.get("shape")
    if shape is None and "shape" not in unsure:
        log.error("A112", node.span, f"`{name}` has no `shape`", "add the sizes of one sample: `shape: [T]`")
    return StatedInput(read_input_sizes(shape, named, log, name), node.entries.get("below"), (shape or node).span)


def _has_names(node: MapNode) -> bool:
    """Whether the keys of ``input`` are names of inputs, which have sizes, or keys of their own."""
    words = {*_KEYS, *_FOREIGN}
    return words.isdisjoint(node.entries) and any(isinstance(one, ListNode | MapNode) for one in node.entries.values())


def _read_named(name: str, span: Span, node: Node, named: Container[str], log: Log) -> StatedInput | None:
    """One of several inputs; ``None`` where its name can be none."""
    if not isinstance(node, ListNode | MapNode):
        message = f"`{name}` takes the sizes of an input, not {described(node)}"
        log.error("A111", node.span, message, f"write `{name}: [C, H, W]`, or `{name}: {{shape: [T], below: 1000}}`")
        return None
    if not input_name(name, span, log):
        return None
    if isinstance(node, MapNode) and _has_names(node):
        message = f"`{name}` takes the sizes of one input, not inputs with names of their own"
        log.error("A111", node.span, message, f"write `{name}: [C, H, W]`, or `{name}: {{shape: [T], below: 1000}}`")
        return None
    found = _read_one(name, node, named, log)
    return StatedInput(found.sizes, found.below, found.span, name, span)


def read_input_sizes(node: Node | None, named: Container[str], log: Log, name: str = "input") -> tuple[Node, ...]:
    """The sizes of one sample, or what was surely meant, or none. ``named`` are the names of ``let``."""
    if node is None:
        return ()
    if isinstance(node, ListNode) and 1 < len(node.items) <= 5 and _is_batch(node.items[0], named):
        sizes = _channels_first(node.items[1:])
        stood = node.items[0].text if isinstance(node.items[0], ScalarNode) else ""
        message = f"`{name}` is the shape of one sample, and `{stood}` stands for the batch"
        log.error("A111", node.span, message, _written(sizes, name, "leave it out: "))
        return sizes
    if isinstance(node, ListNode) and 1 <= len(node.items) <= 4:
        return node.items
    stated = _stated(node)
    given = f"{len(node.items)} of them" if isinstance(node, ListNode) else described(node)
    log.error(
        "A111",
        node.span,
        f"`{name}` takes a list of the 1 to 4 sizes of one sample, without the batch, not {given}",
        _written(stated, name) if 1 <= len(stated) <= 4 else f"write `{name}: [C, H, W]`",
    )
    return ()


def _stated(node: Node) -> tuple[Node, ...]:
    """The sizes that can be found in something else than a list of them."""
    if isinstance(node, MapNode):
        known = {key.lower(): value for key, value in node.entries.items()}
        found = [next((known[key] for key in keys if key in known), None) for keys in _AXES]
        sizes = tuple(size for size in found if size is not None)
        return sizes if len(sizes) == len(node.entries) else ()
    if isinstance(node, ScalarNode):
        return _channels_first(tuple(_size(text, node) for text in re.findall("[0-9]+", node.text)))
    texts = joined(node.items)
    return tuple(_size(text, node) for text in (texts[1:] if len(texts) == 5 else texts))


def _size(text: str, node: Node) -> ScalarNode:
    return ScalarNode(int(text) if text.isdecimal() and len(text) < MAX_DIGITS else text, text, node.span)


def _is_batch(node: Node, named: Container[str]) -> bool:
    return isinstance(node, ScalarNode) and node.text.lower() in _BATCH and node.text not in named


def _channels_first(sizes: tuple[Node, ...]) -> tuple[Node, ...]:
    """The sizes with the channels first, where they surely stand last."""
    values = [size.value if isinstance(size, ScalarNode) and type(size.value) is int else 0 for size in sizes]
    turned = len(values) == 3 and 1 <= values[2] <= FEW < min(values[:2])
    return (sizes[2], *sizes[:2]) if turned else sizes


def _written(sizes: tuple[Node, ...], name: str, lead: str = "") -> str | Suggestion:
    text = f"{lead}write `{name}: [{', '.join(getattr(size, 'text', '?') for size in sizes)}]`"
    whole = tuple(size.value for size in sizes if isinstance(size, ScalarNode) and type(size.value) is int)
    return Suggestion(text, whole) if len(whole) == len(sizes) else text


def input_shape_of(spec: Spec, bindings: Mapping[str, Bound], log: Log) -> Shape:
    """The input's shape; a size that cannot be read is unknown, and an error in the log."""
    shape: list[Dim] = []
    for node in spec.input:
        try:
            shape.append(read_value(Size(), node, "input", 1, bindings, log))
        except Unreadable as error:
            shape.append(error.meant if isinstance(error.meant, int) else UNKNOWN)
    return tuple(shape)


def whole_below(below: Node | None, bindings: Mapping[str, Bound], log: Log) -> Dim | None:
    """Below which number the whole numbers of an input are; ``None`` where it holds real ones."""
    if below is None:
        return None
    try:
        found: Dim = read_value(Size(), below, "below", 1, bindings, log)
    except Unreadable as error:
        return error.meant if isinstance(error.meant, int) else UNKNOWN
    return found
