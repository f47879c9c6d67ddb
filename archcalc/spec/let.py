"""The values of named sizes, ``let``, whatever the order they are written in; and those of arguments."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import chain

from archcalc.diagnostics.budget import Work
from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Suggestion
from archcalc.language.arithmetic import Bound, ExprError
from archcalc.language.expressions import names
from archcalc.language.mapping_keys import described
from archcalc.language.nodes import ListNode, MapNode, Node, ScalarNode
from archcalc.language.rows import Row
from archcalc.sizes.rules import UNKNOWN
from archcalc.spec.field_values import Unreadable, computed, exact, is_quoted_number
from archcalc.spec.meant_values import unquoted


def let_values(
    let: Mapping[str, Node], settings: Mapping[str, Bound], around: Mapping[str, Bound], log: Log
) -> dict[str, Bound]:
    """Every name of ``let`` with its value, ``settings`` in place of what it says, over the names ``around``."""
    values: dict[str, Bound] = dict(around) | dict(settings)
    unknown = let.keys() - settings.keys()
    waiting = {name: names_in(node) & unknown for name, node in let.items() if name in unknown}
    users: dict[str, list[str]] = {}
    for name, used_names in waiting.items():
        for used in used_names:
            users.setdefault(used, []).append(name)
    ready = [name for name, used_names in waiting.items() if not used_names]
    log.budget.spend(Work.NAMES, len(let))
    found: dict[str, Bound] = dict(settings)
    circled: set[str] = set()
    while waiting:
        if not ready:
            ready = _circle(waiting)
            circled.update(ready)
            _report_circle(ready, let, log)
            found |= dict.fromkeys(ready, UNKNOWN)
            values |= dict.fromkeys(ready, UNKNOWN)
        name = ready.pop()
        if name not in found:
            values[name] = found[name] = _let_value(name, let, values, around, log)
        waiting.pop(name, None)
        for user in users.get(name, ()):
            if user in waiting:
                waiting[user].discard(name)
                if not waiting[user] and user not in circled:
                    ready.append(user)
    return {name: found[name] for name in (*settings, *let)}


class _Listed:
    """What a list holds, told apart. Its hash is found once: each copy of an entry is looked up by it."""

    __slots__ = ("_hash", "_held")

    def __init__(self, value: tuple[object, ...] | Row) -> None:
        names, values = (value.names, value.values) if isinstance(value, Row) else ((), value)
        self._held = (names, *map(told_apart, values))
        self._hash = hash(self._held)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, _Listed) and self._held == other._held)


_LISTS: dict[int, tuple[object, _Listed]] = {}
"""The lists that were looked up last, by identity, each with what it holds."""

_MOST_LISTS = 64


def told_apart(value: object) -> object:
    """A value with its type, to look something up by: ``1``, ``true`` and ``1.0`` are equal and not the same.

    Raises TypeError for a list that holds a column of a sweep.
    """
    if not isinstance(value, (tuple, Row)):
        return (type(value), value)
    known = _LISTS.get(id(value))
    if known is None or known[0] is not value:
        if len(_LISTS) >= _MOST_LISTS:
            _LISTS.clear()
        known = _LISTS[id(value)] = (value, _Listed(value))
    return known[1]


def is_unset(node: Node) -> bool:
    """Whether a name stands there without a value, which presets must give it."""
    return isinstance(node, ScalarNode) and node.value is None


def names_in(node: Node) -> set[str]:
    """The names in a node's expression, or in those of a list and its rows."""
    if isinstance(node, (ListNode, MapNode)):
        return set().union(*map(names_in, node.items if isinstance(node, ListNode) else node.entries.values()))
    if not isinstance(node, ScalarNode) or not isinstance(node.value, str):
        return set()
    try:
        return set(names(node.value))
    except ExprError:
        return set()


def _circle(waiting: Mapping[str, set[str]]) -> list[str]:
    """Names of which each uses the next, and the last the first."""
    name = next(iter(waiting))
    path: dict[str, int] = {}
    while name not in path:
        path[name] = len(path)
        name = min(waiting[name])
    return list(path)[path[name] :]


def _report_circle(circle: list[str], let: Mapping[str, Node], log: Log) -> None:
    first = min(circle, key=lambda name: let[name].span)
    listed = ", ".join(f"`{name}`" for name in sorted(circle))
    how = "are defined in terms of each other" if len(circle) > 1 else "is defined in terms of itself"
    log.error("A304", let[first].span, f"{listed} {how}", f"give {'one of them' if len(circle) > 1 else 'it'} a number")


def _let_value(
    name: str, let: Mapping[str, Node], known: Mapping[str, Bound], around: Mapping[str, Bound], log: Log
) -> Bound:
    node = let[name]
    if isinstance(node, ListNode):
        from archcalc.spec.rows import list_value  # few specs have lists

        return list_value(name, node, known, log)
    if is_unset(node):
        log.error(
            "A314", node.span, f"`{name}` has no value", f"write `{name}: 1`, or let each of the `presets` set it"
        )
        return UNKNOWN
    if isinstance(node, ScalarNode) and isinstance(node.value, str) and not is_quoted_number(node):
        others = chain(around, (other for other in let if other != name))
        try:
            return computed(node, known, log, names=others, of_a_name=True)
        except Unreadable as error:
            return _surely(error.meant)
    if isinstance(node, ScalarNode) and isinstance(node.value, bool):
        return node.value
    number = exact(node.text) if isinstance(node, ScalarNode) else None
    if number is not None and isinstance(node, ScalarNode) and not isinstance(node.value, str):
        return number
    help: str | Suggestion = "write `let: {classes: 1000}`"
    if isinstance(node, ScalarNode) and isinstance(node.value, str):
        help = unquoted(node.value)
    elif isinstance(node, ScalarNode) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        help = "write a smaller number" if node.value else "write 0, or a number further from it"
    elif isinstance(node, MapNode):
        help = f"rows stand in a list: `{name}: [{{{', '.join(f'{key}: …' for key in node.entries)}}}, …]`"
    what = "a number up to ±10**18, true, false, an expression, or a list"
    log.error("A111", node.span, f"`{name}` takes {what}, not {described(node)}", help)
    return UNKNOWN if number is None else number


def argument_value(name: str, node: Node, known: Mapping[str, Bound], log: Log) -> Bound:
    """The value that a block's argument is given, or has where none is: a number, a truth, or a list of numbers."""
    if isinstance(node, ListNode):
        entries = tuple(argument_value(name, item, known, log) for item in node.items)
        return UNKNOWN if any(entry is UNKNOWN for entry in entries) else entries
    if isinstance(node, ScalarNode) and isinstance(node.value, str) and not is_quoted_number(node):
        try:
            value = computed(node, known, log, of_a_name=True)
        except Unreadable as error:
            return _surely(error.meant)
        if not has_rows(value):
            wrong = isinstance(value, tuple) and any(one is UNKNOWN for one in value)
            return UNKNOWN if wrong else value
        many = "is a row" if isinstance(value, Row) else "stands for rows"
        message = f"`{node.value}` {many}, and `{name}` takes numbers, truths, or a list of these"
        way = f"write `repeat: {node.value}` in the block itself, which sees the `let` of its spec"
        if isinstance(value, Row):
            way = f"give a value of it: `{name}: {node.value}.{value.names[0]}`"
        log.error("A111", node.span, message, way)
        return UNKNOWN
    if isinstance(node, ScalarNode) and isinstance(node.value, bool):
        return node.value
    number = exact(node.text) if isinstance(node, ScalarNode) and not isinstance(node.value, str) else None
    if number is None:
        what = f"`{name}` takes a number, true, false, a list of numbers, or an expression, not {described(node)}"
        quoted = isinstance(node, ScalarNode) and isinstance(node.value, str)
        help = unquoted(node.text) if quoted and isinstance(node, ScalarNode) else f"write `{name}: 1`"
        log.error("A111", node.span, what, help)
        return UNKNOWN
    return number


def has_rows(value: object) -> bool:
    """Whether it is a row, or a list that holds one."""
    return isinstance(value, Row) or (isinstance(value, tuple) and any(map(has_rows, value)))


def _surely(meant: object) -> Bound:
    """What was surely meant, if anything."""
    if isinstance(meant, list):
        return tuple(meant)
    return meant if isinstance(meant, (bool, int, Fraction)) else UNKNOWN
