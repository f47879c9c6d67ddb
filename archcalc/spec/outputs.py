"""``outputs``: what the network or a block gives, which of it in training only, how much the loss of each counts."""

from typing import Annotated

from archcalc.diagnostics.log import Log
from archcalc.language.identifiers import is_name
from archcalc.language.mapping_keys import described, known_keys
from archcalc.language.nodes import MapNode, Node, ScalarNode
from archcalc.layers.fields import Flag
from archcalc.layers.record import Record, fields_of
from archcalc.spec.field_values import Unreadable
from archcalc.spec.initialisation import NOT_NEGATIVE, read_constant
from archcalc.spec.let import is_unset
from archcalc.spec.model import OutputName, SourceName
from archcalc.spec.source_names import read_sources, refuse_twice


class _Use(Record):
    """What is said of an output: whether evaluation leaves it out, and what its loss is multiplied by."""

    training: Annotated[bool, Flag()] = False
    weight: Annotated[float | None, NOT_NEGATIVE] = None


def read_outputs(node: Node | None, log: Log) -> tuple[OutputName, ...]:
    """The names that ``outputs`` lists, or has as keys with what is said of each; those with an error are left out."""
    if not isinstance(node, MapNode):
        return tuple(OutputName(one.name, one.span) for one in read_sources(node, "outputs", log) or ())
    found = []
    for name, value in node.entries.items():
        use = _read_use(name, value, log)
        if use is not None:
            found.append(OutputName(name, node.keys[name], use.training, use.weight))
    if found and found[0].training and len(found) == len(node.entries):
        message = f"`{found[0].name}` is the main output, which evaluation gives as well"
        log.error("A111", found[0].span, message, "remove its `training: true`, or put another output above it")
    return tuple(found)


def read_block_outputs(node: Node | None, log: Log) -> tuple[SourceName, ...]:
    """The names that the ``outputs`` of a block lists, those that a use could not call left out."""
    names = read_sources(node, "outputs", log) or ()
    refuse_twice(names, "outputs", log)
    found: dict[str, SourceName] = {}
    for place, one in enumerate(names):
        last = one.name.rpartition(".")[2]
        if place and not is_name(last):
            help = "give the layer a name, and write that"
            log.error("A302", one.span, f"`{one.name}` cannot be what a use calls an output besides the first", help)
        elif found.setdefault(last if place else "", one) is not one and one.name != found[last].name:
            message = f"`{found[last].name}` and `{one.name}` would both be `{last}` of a use"
            log.error("A302", one.span, message, "give one of the layers another name")
    return tuple(found.values())


def _read_use(name: str, node: Node, log: Log) -> _Use | None:
    if is_unset(node):
        return _Use()
    if not isinstance(node, MapNode):
        what = f"the output `{name}` takes `training` and `weight`, not {described(node)}"
        weight = node.text if isinstance(node, ScalarNode) and isinstance(node.value, (int, float)) else "0.3"
        log.error("A111", node.span, what, f"write `{name}: {{training: true, weight: {weight}}}`")
        return None
    node, _ = known_keys(node, fields_of(_Use), "an output", log, {"loss_weight": "weight", "aux": "training"})
    try:
        fields = fields_of(_Use)
        return _Use(**{key: read_constant(fields[key], value, key, log) for key, value in node.entries.items()})
    except Unreadable:
        return None
