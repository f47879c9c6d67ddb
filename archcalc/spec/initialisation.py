"""How a layer's tensors start: the ``init`` of a spec or of a layer, with the names of ``torch.nn.init``."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from msgspec import Struct

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span, Suggestion
from archcalc.diagnostics.spelling import nearest
from archcalc.language.mapping_keys import described, known_keys
from archcalc.language.nodes import MapNode, Node, ScalarNode
from archcalc.layers.fields import Choice, Field, Flag, Real
from archcalc.spec.field_values import Unreadable, read_value
from archcalc.spec.let import names_in
from archcalc.spec.meant_values import NULLS

POSITIVE = Real(0.0, above=True)
NOT_NEGATIVE = Real(0.0)


class Start(Struct, frozen=True):
    """How one tensor starts: a function of ``torch.nn.init`` without its ``_``, and its arguments."""

    function: str
    arguments: dict[str, Any]


class Init(Struct, frozen=True):
    """How a layer's weight and bias start; ``None`` leaves torch's own."""

    weight: Start | None = None
    bias: Start | None = None


_KAIMING: dict[str, Field] = {
    "a": NOT_NEGATIVE,
    "mode": Choice(("fan_in", "fan_out")),
    "nonlinearity": Choice(("leaky_relu", "relu", "linear", "sigmoid", "tanh", "selu")),
}

_STARTS: dict[str, dict[str, Field]] = {
    "normal": {"std": NOT_NEGATIVE, "mean": Real()},
    "trunc_normal": {"std": POSITIVE, "mean": Real()},
    "uniform": {"a": Real(), "b": Real()},
    "kaiming_normal": _KAIMING,
    "kaiming_uniform": _KAIMING,
    "xavier_normal": {"gain": POSITIVE},
    "xavier_uniform": {"gain": POSITIVE},
    "zeros": {},
    "ones": {},
}


def read_init(node: Node, log: Log, key: Span | None = None, unstated: Collection[str] = ()) -> Init | None:
    """``{weight: {normal: {std: 0.01}}, bias: 1}``, or ``None`` with the error in the log.

    ``unstated`` are fields of the layer that a number may be meant for, which stands behind ``key``.
    """
    if not isinstance(node, MapNode):
        what = f"`init` takes `weight` and `bias`, not {described(node)}"
        meant = [name for name in unstated if name.startswith("init_")]
        if key is not None and len(meant) == 1 and isinstance(node, ScalarNode) and _is_number(node):
            way = Suggestion(f"did you mean `{meant[0]}: {node.text}`?", meant[0], is_key=True)
            log.error("A111", key, what, way)
            return None
        start = _meant_start(node.text) if isinstance(node, ScalarNode) else None
        log.error("A111", node.span, what, f"write `init: {{weight: {start or 'kaiming_normal'}, bias: 0}}`")
        return None
    node, _ = known_keys(node, ("weight", "bias"), "`init`", log)
    tensors = {name: _read_start(node.entries[name], name, log) for name in ("weight", "bias") if name in node.entries}
    return Init(**tensors)


def _read_start(node: Node, what: str, log: Log) -> Start | None:
    if isinstance(node, ScalarNode) and _is_number(node):
        try:
            return Start("constant", {"val": read_constant(Real(), node, what, log)})
        except Unreadable:
            return None
    if isinstance(node, ScalarNode) and isinstance(node.value, str) and not _is_word(node):
        try:
            _refuse_names(node, Real(), log)
        except Unreadable:
            return None
    if isinstance(node, ScalarNode) and isinstance(node.value, str):
        name, arguments = node.value, None
    elif isinstance(node, MapNode) and len(node.entries) == 1:
        ((name, arguments),) = node.entries.items()
    else:
        message = f"`{what}` takes a number, a word, or a word with its values, not {described(node)}"
        log.error("A111", node.span, message, f"write it like `{what}: {{normal: {{std: 0.01}}}}`")
        return None
    if name not in _STARTS:
        known = ", ".join(f"`{known}`" for known in _STARTS)
        meant = _meant_start(name)
        way = Suggestion(f"did you mean `{meant}`?", meant) if meant else f"there are {known}"
        log.error("A113", node.span, f"there is no initialisation `{name}`", way)
        return None
    allowed = _STARTS[name]
    if arguments is None:
        return Start(name, {})
    if not isinstance(arguments, MapNode):
        taken = " and ".join(f"`{key}`" for key in allowed) or "no values"
        first = next(iter(allowed), "")
        text = arguments.text if isinstance(arguments, ScalarNode) and arguments.text else "…"
        help = f"write `{{{name}: {{{first}: {text}}}}}`" if allowed else f"write `{name}` alone"
        log.error("A111", arguments.span, f"`{name}` takes {taken}, by name", help)
        return None
    arguments, _ = known_keys(arguments, allowed, f"`{name}`", log)
    values: dict[str, Any] = {}
    for key, value in arguments.entries.items():
        try:
            values[key] = read_constant(allowed[key], value, key, log)
        except Unreadable:
            return None
    return Start(name, values)


def _meant_start(word: str) -> str | None:
    """The initialisation that a word of another framework means, or that it is near to."""
    return nearest(word, _STARTS, _STARTS_ELSEWHERE)


_STARTS_ELSEWHERE = {"he_normal": "kaiming_normal", "he_uniform": "kaiming_uniform", "he": "kaiming_normal"}
_STARTS_ELSEWHERE |= {"glorot_normal": "xavier_normal", "glorot_uniform": "xavier_uniform", "xavier": "xavier_uniform"}
_STARTS_ELSEWHERE |= {"glorot": "xavier_uniform", "msra": "kaiming_normal", "kaiming": "kaiming_normal"}
_STARTS_ELSEWHERE |= {"zero": "zeros", "one": "ones", "gaussian": "normal", "random_normal": "normal"}
_STARTS_ELSEWHERE |= {"truncated_normal": "trunc_normal", "random_uniform": "uniform"}


def _is_number(node: ScalarNode) -> bool:
    return isinstance(node.value, (int, float)) and not isinstance(node.value, bool)


def _is_word(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.text.isidentifier()


def _refuse_names(node: Node, field: Field, log: Log) -> None:
    """Raise Unreadable for an expression over names, once it is in the log."""
    names = sorted(names_in(node) - {*NULLS})
    if names:
        message = f"`{names[0]}` cannot be used here: `train` and `init` take numbers, not names of `let`"
        log.error("A303", node.span, message, f"write {field.describe()}")
        raise Unreadable


def read_constant(field: Field, node: Node, what: str, log: Log) -> Any:
    """The value of a field, where no name is known. Raises Unreadable once the error is in the log."""
    if field.takes_expressions and not (isinstance(field, Flag) and _is_word(node)):
        _refuse_names(node, field, log)
    return read_value(field, node, what, 1, {}, log)
