"""The keys of a mapping against those it may have, and what a value is in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Suggestion
from archcalc.diagnostics.spelling import SURE, nearest
from archcalc.language.nodes import ListNode, MapNode, Node, ScalarNode
from archcalc.language.scalars import scalar_value

Ways: TypeAlias = tuple[str | Suggestion, ...]
Lesson: TypeAlias = "str | Callable[[Node], Ways]"
"""What to do instead of a key, or what says so of its value."""

PROSE = ("title", "because")
"""The keys whose values are sentences."""

_NO_NUMBERS = ("route",)
"""The keys that no number is meant for."""


def known_keys(
    node: MapNode,
    known: Iterable[str],
    what: str,
    log: Log,
    foreign: Mapping[str, str] | None = None,
    lessons: Mapping[str, Lesson] | None = None,
    listed: tuple[str, ...] | None = None,
) -> tuple[MapNode, set[str]]:
    """The mapping with its known keys only, and the known keys that an unknown one may have meant.

    An unknown key is reported. Where it surely means a known one that is not there, it stands for it;
    where it means none, the set holds an empty string. ``foreign`` are other tools' words for known
    keys; ``lessons`` say what to do instead of words that mean none; ``listed`` are the known keys that
    a message names, all of them if left out.
    """
    names = tuple(known)
    entries = {key: value for key, value in node.entries.items() if key in names}
    keys = {key: node.keys[key] for key in entries}
    unsure: set[str] = set()
    for key in [key for key in node.entries if key not in names]:
        help: str | Suggestion
        more: list[str | Suggestion] = []
        lesson = (lessons or {}).get(key.lower())
        likely = tuple(name for name in names if name not in _NO_NUMBERS) if _is_number(node.entries[key]) else names
        meant = None if lesson else nearest(_word(key), likely, foreign)
        if lesson:
            help, *more = (lesson,) if isinstance(lesson, str) else lesson(node.entries[key])
        elif text := _cut_by_a_comma(node, key):
            help = f"a comma ends a text: write {text}"
        elif meant is None:
            unsure.add("")
            told = ", ".join(f"`{name}`" for name in (names if listed is None else listed))
            help = f"{what} has {told}" if told else f"remove it: {what} has nothing to set"
        elif meant in entries:
            help = f"`{meant}` is stated already: remove one of them"
        else:
            value = value_of(node, key)
            help = Suggestion(f"did you mean `{meant}`?", meant, is_key=True)
            if value is not node.entries[key] and isinstance(value, ScalarNode):
                help = f"write a space after the colon: `{meant}: {value.text}`"
            if nearest(_word(key), likely, foreign, alike=SURE):
                entries[meant], keys[meant] = value, node.keys[key]
            else:
                unsure.add(meant)
        log.error("A110", node.keys[key], f"{what} has no `{key}`", help, *more)
    return MapNode(entries, keys, node.span), unsure


def _is_number(node: Node) -> bool:
    return isinstance(node, ScalarNode) and isinstance(node.value, int | float)


def _cut_by_a_comma(node: MapNode, key: str) -> str:
    """The entry in quotes of which the key is a part, where what stands before it is a sentence; else nothing."""
    found: list[str] = []
    for name, value in node.entries.items():
        alone = isinstance(value, ScalarNode) and value.value is None and not value.text
        if found and alone and name not in PROSE:
            found.append(name)
            continue
        if key in found:
            break
        is_text = name in PROSE and isinstance(value, ScalarNode) and isinstance(value.value, str)
        found = [name, value.text] if is_text and isinstance(value, ScalarNode) else []
    if key not in found[2:] or node.keys[key].line != node.entries[found[0]].span.line:
        return ""
    text = ", ".join(found[1:]).replace("'", "''")
    return f"`{found[0]}: '{text}'`"


def key_for(meaning: str, node: MapNode, known: Iterable[str], foreign: Mapping[str, str]) -> str | None:
    """The key of a mapping that is ``meaning``, or surely means it."""
    if meaning in node.entries:
        return meaning
    names = tuple(known)
    return next((key for key in node.entries if nearest(_word(key), names, foreign, alike=SURE) == meaning), None)


def value_of(node: MapNode, key: str) -> Node:
    """A key's value, also where no space parts them: `key:value`."""
    value, (_, _, rest) = node.entries[key], key.partition(":")
    if rest.strip() and isinstance(value, ScalarNode) and value.value is None:
        return ScalarNode(scalar_value(rest.strip()), rest.strip(), node.keys[key])
    return value


def _word(key: str) -> str:
    return key.partition(":")[0].strip()


def read_words(node: Node | None, key: str, log: Log) -> str | None:
    """A text, or ``None``, with an error in the log where something else stands."""
    if node is None:
        return None
    if isinstance(node, ScalarNode) and isinstance(node.value, str) and node.value.strip():
        return node.value
    number = isinstance(node, ScalarNode) and node.value is not None and not isinstance(node.value, str)
    help = f"quote it: '{node.text}'" if number and isinstance(node, ScalarNode) else f"write `{key}: some text`"
    log.error("A111", node.span, f"`{key}` takes text, not {described(node)}", help)
    return None


def described(node: Node) -> str:
    """What a value is, as a message says it."""
    if isinstance(node, ListNode):
        return "a list" if node.items else "an empty list"
    if isinstance(node, MapNode):
        return "keys with values"
    if node.value is None or not node.text.strip():
        return "nothing"
    return f"the text `{node.text}`" if isinstance(node.value, str) else node.text
