"""YAML text to plain values that remember where they stood.

Size is bounded before the text is parsed and depth on the parser's events (``yaml_events``), before anything
is built; anchors, aliases, tags and merge keys are refused, so nothing can be expanded.
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml
from msgspec.structs import replace

from archcalc.diagnostics.budget import TooMuchWork, Work
from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Label, Span, Suggestion
from archcalc.language.cut_expressions import first_part, rejoined
from archcalc.language.cut_numbers import begins, goes_on, in_one, report_cut
from archcalc.language.expressions import MAX_LENGTH
from archcalc.language.files import is_printable
from archcalc.language.nodes import ListNode, MapNode, Node, ScalarNode
from archcalc.language.scalars import scalar_value
from archcalc.language.yaml_events import MAX_DEPTH, TooDeep, bounded, span_of

MAX_COPIES = 100
"""How many aliases of lists and mappings are read on; all of them are errors."""

SHORT = 16
"""How long a scalar may be that costs no more than any. Longer ones may be expressions, which are parsed."""


def parse(text: str, log: Log, file: str = "") -> MapNode | None:
    """The mapping that a spec's text holds, or ``None`` with diagnostics in the log.

    ``file`` is what the spans say: empty for the spec itself.

    Duplicate keys, anchors and tags are reported and passed over, so that later stages can
    find the file's other errors in the same run.
    """
    if not is_printable(text, log):
        return None
    try:
        node = _Builder(log, file).document(bounded(text, file))
    except yaml.MarkedYAMLError as error:
        from archcalc.language.yaml_errors import report_syntax

        report_syntax(error.problem or "", error.context or "", error.problem_mark, error.context_mark, text, log)
        return None
    except TooDeep as error:
        log.error("A103", error.span, f"nested deeper than {MAX_DEPTH} levels", "a spec is a table: flatten it")
        return None
    if node is None or (isinstance(node, ScalarNode) and node.value is None):
        log.error("A107", None, f"the file holds no {_HOLDS[log.used]}: it is empty", _BEGIN[log.used])
        return None
    if not isinstance(node, MapNode):
        what = "a list" if isinstance(node, ListNode) else "a text"
        log.error(
            "A107", node.span, f"a {_HOLDS[log.used]} is written as keys with values; this is {what}", _BEGIN[log.used]
        )
        return None
    return node


def parsed(text: str) -> MapNode | None:
    """The mapping of a text that has no error, read once for all who edit it; ``None`` of any other text."""
    root = _parsed.get(text)
    if root is None:
        log = Log("")
        root = parse(text, log)
        if root is None or log.found:
            return None
        keep(text, root)
    return root


def keep(text: str, root: MapNode) -> None:
    """Let this be what was parsed of a text, which has no error."""
    _parsed[text] = root
    while len(_parsed) > MAX_KEPT:
        _parsed.pop(next(iter(_parsed)), None)


_parsed: dict[str, MapNode] = {}
MAX_KEPT = 3
"""Of how many texts it is kept what was parsed: of one, of the same with an edit, and of a layer that this puts in."""

_HOLDS = {False: "spec", True: "block"}
_BEGIN = {
    False: "begin with `archcalc: 1`, `name:`, `input:` and `layers:`, each on a line of its own",
    True: "begin with `archcalc: 1`, `args:` and `layers:`, each on a line of its own",
}


class _Builder:
    """Builds nodes from events whose depth is bounded.

    An alias is an error; it still stands for what it names, so that the layers that use it are read
    aright. It does not stand for what holds an alias of more than a scalar: so nothing can be expanded.
    """

    def __init__(self, log: Log, file: str) -> None:
        self.log = log
        self.budget = log.budget
        self.file = file
        self.anchored: dict[str, Node] = {}
        self.aliased: set[str] = set()
        self.copies = 0

    def span(self, start: yaml.Event, end: yaml.Event | None = None) -> Span:
        return span_of(start, end or start, self.file)

    def document(self, events: Iterator[yaml.Event]) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents == 2:
                    self.log.error(
                        "A108",
                        self.span(event),
                        "a second document begins here",
                        "put each spec into a file of its own",
                    )
                    return root
            elif isinstance(event, yaml.NodeEvent):
                root = self.node(event, events)
        return root

    def node(self, event: yaml.Event, events: Iterator[yaml.Event]) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        assert isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent))
        self._refuse_extras(event)
        try:
            self.budget.spend(Work.VALUES)
            if isinstance(event, yaml.ScalarEvent) and SHORT < len(event.value) <= MAX_LENGTH:
                self.budget.spend(Work.EXPRESSIONS, len(event.value))
        except TooMuchWork as error:
            raise TooMuchWork(str(error), self.span(event)) from None
        copies = self.copies
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            value = scalar_value(event.value) if not event.style else event.value
            node = ScalarNode(value, event.value, self.span(event))
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self.sequence(event, events)
        else:
            node = self.mapping(event, events)
        if event.anchor is not None and copies == self.copies:
            self.anchored[event.anchor] = node
        return node

    def alias(self, event: yaml.AliasEvent) -> Node:
        span, name = self.span(event), event.anchor or ""
        if name not in self.aliased:
            self.aliased.add(name)
            help = "write the value out, or quote it if it is text"
            self.log.error("A106", span, f"`*{name}` is an alias", help)
        stands_for = self.anchored.get(name)
        if not isinstance(stands_for, ScalarNode):
            self.copies += 1
        if stands_for is None or self.copies > MAX_COPIES:
            self.log.settle(span)
            return ScalarNode(None, "", span)
        return replace(stands_for, span=span)

    def sequence(self, event: yaml.Event, events: Iterator[yaml.Event]) -> ListNode:
        items: list[Node] = []
        cut: ScalarNode | None = None
        for following in events:
            if isinstance(following, yaml.SequenceEndEvent):
                break
            node = self.node(following, events)
            if cut is not None and isinstance(node, ScalarNode):
                items[-1], cut = rejoined(cut, node, self.log)
            else:
                items.append(node)
                cut = first_part(node, following)
        report_cut(items, self.log)
        return ListNode(tuple(items), self.span(event, following))

    def mapping(self, event: yaml.Event, events: Iterator[yaml.Event]) -> MapNode:
        entries: dict[str, Node] = {}
        keys: dict[str, Span] = {}
        merged: list[Node] = []
        cut: ScalarNode | None = None
        last, parts = "", list[ScalarNode]()
        for following in events:
            if isinstance(following, yaml.MappingEndEvent):
                break
            key = self.node(following, events)
            value_event = next(events)
            alone = getattr(value_event, "value", None) == ""
            if cut is not None and alone and isinstance(key, ScalarNode):
                entries[last], cut = rejoined(cut, key, self.log)
                continue
            if parts and alone and isinstance(key, ScalarNode) and goes_on(parts[-1], key):
                parts.append(key)
                entries[last] = in_one(parts)
                continue
            self.refuse_cut(parts)
            parts = []
            if isinstance(key, ScalarNode) and key.text == "<<":
                self.log.error("A106", key.span, "`<<` is a merge key", "write the keys out")
                if isinstance(value_event, yaml.AliasEvent):
                    self.aliased.add(str(value_event.anchor))
                merged.append(self.node(value_event, events))
                continue
            value = self.node(value_event, events)
            if not isinstance(key, ScalarNode):
                help = "write `key: value`"
                if isinstance(key, MapNode) and len(key.entries) == 1:
                    help = f"write what was meant alone: `{next(iter(key.entries))}`"
                    self.log.settle(self.span(event))  # the braces around it are of the same slip
                self.log.error("A111", key.span, "a key is a word, not a list or a mapping", help)
            elif key.text in entries:
                first, one, two = keys[key.text], keys[key.text].line, key.span.line
                where = " on this line" if one == two else f": on line {one} and on line {two}"
                message = f"`{key.text}` occurs twice{where}"
                self.log.error("A105", key.span, message, "remove one of them", labels=[Label(first, "first here")])
            else:
                entries[key.text] = value
                keys[key.text] = key.span
                last, cut = key.text, first_part(value, value_event)
                parts = [value] if begins(value) else []
        self.refuse_cut(parts)
        for node in merged:
            if isinstance(node, MapNode):
                entries = node.entries | entries
                keys = node.keys | keys
        return MapNode(entries, keys, self.span(event, following))

    def refuse_cut(self, parts: list[ScalarNode]) -> None:
        """An error where keys without values are the digits of the number before them: `{out_features: 4,096}`."""
        if len(parts) > 1:
            whole = in_one(parts)
            written = ",".join(part.text for part in parts)
            self.log.error("A120", whole.span, f"`{written}` is cut apart at its comma", _whole(whole))

    def _refuse_extras(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.anchor is not None:
            scalar = isinstance(event, yaml.ScalarEvent)
            instead = "give the value a name under `let`" if scalar else "remove it, and write the keys out each time"
            self.log.error("A106", self.span(event), f"`&{event.anchor}` is an anchor", instead)
        if event.tag is not None and event.tag != "!":
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self.log.error("A106", self.span(event), f"`{tag}` is a tag", "remove it: plain values are enough")
            self.log.settle(self.span(event))


def _whole(number: ScalarNode) -> str | Suggestion:
    text = f"write {number.text}"
    return Suggestion(text, number.value) if isinstance(number.value, int) else text
