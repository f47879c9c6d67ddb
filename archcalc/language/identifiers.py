"""What can name a layer, a block, or a size."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span
from archcalc.language.arithmetic import FUNCTIONS
from archcalc.language.mapping_keys import described
from archcalc.language.nodes import Node, ScalarNode
from archcalc.language.reserved_words import MODULE_ATTRIBUTES
from archcalc.language.scalars import scalar_value

MAX_NAME = 64

GIVEN = ("index", "in_channels")
"""The names that expressions have without a definition."""

OURS = frozenset(
    {"OrderedDict", "Tensor", "bool", "enumerate", "float", "int", "len", "module", "nn", "range", "self", "super"}
    | {"torch", "tuple"}
)
"""The names that the code of a block's class has for something else."""

INPUT = "input"
"""What arrives at the network, or at a block."""

# As texts: few specs have what these are for, and a cold check would compile them for nothing.
_IN_GROUP = rf"[A-Za-z][A-Za-z0-9_-]{{0,{MAX_NAME - 1}}}"
"""What a layer in a group may be called besides: some references have keys such as `block1-0`."""

_NUMBER = r"0|[1-9][0-9]{0,5}"
TEMPLATE = re.compile(r"\{([^{}]*)\}")
"""An expression within a name: ``denselayer{index + 1}``."""


def is_name(text: str) -> bool:
    """Whether a text can be a name."""
    return text.isascii() and text.isidentifier() and text[0] != "_" and len(text) <= MAX_NAME


def size_name(name: str, span: Span, log: Log, *, in_block: bool = False) -> bool:
    """Whether a name can name a size; an error in the log where not. In a block its class's code must have it free."""
    why = _why_no_size(name, in_block)
    if why:
        log.error("A302", span, f"`{name}` cannot name a size: {why}", f"name it `{name}_1`")
    elif not is_name(name):
        log.error("A302", span, f"`{name}` cannot name a size", renamed(name, "n"))
    return not why and is_name(name)


def _why_no_size(name: str, in_block: bool) -> str:
    if in_block and name in OURS:
        return "the code of every block uses it"
    if name in FUNCTIONS:
        return "it is a function in expressions"
    if keyword.iskeyword(name):
        return "it is a reserved word of Python"
    if is_name(name) and not isinstance(scalar_value(name), str):
        return "YAML reads it as a value"
    return "it is known in every expression already" if name in GIVEN else ""


def stated_name(node: Node | None, in_group: bool, log: Log) -> str | None:
    """The name that an entry states; errors go to the log. In a group a number is one, too.

    With dots it is one in what keeps several: ``convs.0``.
    """
    if node is None:
        return None
    if isinstance(node, ScalarNode) and in_group and type(node.value) is int and re.fullmatch(_NUMBER, node.text):
        return node.text
    if not isinstance(node, ScalarNode) or not isinstance(node.value, str) or not node.value.strip():
        message = f"`name` takes text, not {described(node)}"
        log.error("A111", node.span, message, "write a name such as `conv1`")
        return None
    name = node.value
    bare = TEMPLATE.sub("0", name)
    if "{" in bare or "}" in bare:
        help = 'braces hold an expression: `name: "layer{index}"`'
        log.error("A302", node.span, f"`{name}` has a brace without its partner", help)
    elif not all(map(_may_name, bare.split("."), [in_group, *[True] * bare.count(".")])):
        help = f'a name begins with a letter: `name: "layer{name}"`' if name != bare and is_name(f"layer{bare}") else ""
        log.error("A302", node.span, f"`{name}` cannot name a layer", help or renamed(name, "layer"))
    else:
        why = next(filter(None, map(_why_no_layer, bare.split("."))), "")
        if why:
            log.error("A302", node.span, f"`{name}` cannot name a layer: {why}", f"name it `{name}_1`")
    return name


def _may_name(part: str, in_group: bool) -> bool:
    return is_name(part) or bool(in_group and re.fullmatch(f"{_NUMBER}|{_IN_GROUP}", part))


def cuts(name: str) -> Iterator[tuple[str, str]]:
    """A dotted name cut in two at each dot: what a list may call something, and the rest within it; the whole first."""
    yield name, ""
    places = [place for place, sign in enumerate(name) if sign == "."]
    yield from ((name[:place], name[place + 1 :]) for place in reversed(places))


def input_name(name: str, span: Span, log: Log) -> bool:
    """Whether a name can name an input, which the network's `forward` takes by it; an error in the log where not."""
    why = "its code has something else of that name" if name in OURS else _why_no_layer(name)
    if why:
        log.error("A302", span, f"`{name}` cannot name an input: {why}", f"name it `{name}_1`")
    elif not is_name(name):
        log.error("A302", span, f"`{name}` cannot name an input", renamed(name, "input"))
    return not why and is_name(name)


def _why_no_layer(name: str) -> str:
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return "it is a reserved word of Python"
    if name in MODULE_ATTRIBUTES:
        return "every `torch.nn.Module` has it already"
    return "it is what arrives at the network" if name == INPUT else ""


class Called(Struct, frozen=True):
    """An entry to be named: its own name if it has one, its kind, whether it is a module that takes a number."""

    named: str | None
    kind: str
    counted: bool = True


def has_names(entries: Iterable[Called]) -> bool:
    """Whether a module among these has a name of its own that is no number, nor an expression for one."""
    named = [entry.named for entry in entries if entry.counted and entry.named is not None]
    return not all(TEMPLATE.sub("0", name).isdigit() for name in named)


def names(entries: Iterable[Called], in_group: bool) -> Iterator[str]:
    """A name for each entry: its own, or its number among the modules of a group, or one made of its kind.

    In a block whose modules have names, those without are called by their kind, as at the top of a spec.
    """
    entries = list(entries)
    taken = {entry.named for entry in entries}
    numbers: dict[str, int] = {}
    position = 0
    for entry in entries:
        name = entry.named
        if name is None and in_group and entry.counted:
            name = str(position)
        if name is None:
            name = entry.kind
            while name in taken:
                numbers[entry.kind] = numbers.get(entry.kind, 0) + 1
                name = f"{entry.kind}_{numbers[entry.kind]}"
            taken.add(name)
        position += entry.counted
        yield name


def renamed(name: str, prefix: str) -> str:
    """How to name something that cannot be named so."""
    if len(name) > MAX_NAME:
        return f"a name has at most {MAX_NAME} characters"
    import unicodedata

    plain = re.sub(r"[^A-Za-z0-9]+", "_", unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode())
    plain = plain.strip("_")
    if plain and not plain[0].isalpha():
        plain = f"{prefix}_{plain}"
    rule = "a name is made of the letters a to z, digits and _, a letter first"
    if is_name(f"n{name}"):
        rule = "a name begins with a letter"
    return f"{rule}: `{plain}`" if is_name(plain) and not keyword.iskeyword(plain) else rule
