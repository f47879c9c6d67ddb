"""The events of a YAML text, none of them nested too deep. With ``yaml_reader`` the only importer of yaml."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice

import yaml

from archcalc.diagnostics.model import Span

MAX_DEPTH = 64

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class TooDeep(Exception):
    """A node is nested deeper than MAX_DEPTH; ``span`` is where it begins."""

    def __init__(self, span: Span) -> None:
        self.span = span


def bounded(text: str, file: str) -> Iterator[yaml.Event]:
    """The parser's events. Raises TooDeep in the place of a node that is too deep, and yaml.YAMLError.

    The scanner reads up to a line ahead of its events, and gives up in its own way at a depth that depends
    on its version. So what stands before the place where it gave up, and before what it was reading there,
    is read alone: if that is too deep by itself, this is the error, whatever comes after it.
    """
    read = 0
    try:
        for event in _not_too_deep(_events(text), file):
            read += 1
            yield event
    except yaml.MarkedYAMLError as error:
        for mark in (error.problem_mark, error.context_mark):
            before = text[: mark.index] if mark else ""
            if _is_too_deep(before, file):
                yield from islice(_not_too_deep(_events(before), file), read, None)
        raise


def _is_too_deep(text: str, file: str) -> bool:
    try:
        deque(_not_too_deep(_events(text), file), maxlen=0)
    except TooDeep:
        return True
    except yaml.YAMLError:
        return False
    return False


def _not_too_deep(events: Iterator[yaml.Event], file: str) -> Iterator[yaml.Event]:
    depth = 0
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.NodeEvent):
            if depth == MAX_DEPTH:
                raise TooDeep(span_of(event, event, file))
            depth += isinstance(event, yaml.CollectionStartEvent)
        yield event


def _events(text: str) -> Iterator[yaml.Event]:
    loader = _LOADER(text)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()


def span_of(start: yaml.Event, end: yaml.Event, file: str) -> Span:
    """From where one event begins to where another ends."""
    first, last = start.start_mark, end.end_mark
    assert first is not None
    assert last is not None
    return Span(first.line + 1, first.column + 1, last.line + 1, last.column + 1, file)
