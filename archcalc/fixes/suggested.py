"""What a diagnostic itself suggests: another value, or another key, where it points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

from archcalc.diagnostics.model import Span, Suggestion
from archcalc.language.yaml_changes import Change, Dropped, Edit, EditError, NewLayer, Rename, Route, below, yaml_text


def suggested(
    suggestion: Suggestion, span: Span | None, routes: Mapping[object, Route]
) -> Iterator[tuple[str, tuple[Change, ...]]]:
    """What is to be written where a diagnostic points, in words and as changes; nothing where the file has no place."""
    value, key = suggestion.value, routes.get(("key", span))
    with suppress(EditError):
        if suggestion.goes and key is not None:
            layer = [NewLayer(below(key[:-1]), str(value))] if value else []
            yield suggestion.text, (Dropped(key), *layer)
        elif suggestion.is_key and key is not None:
            yield f"rename it `{value}`", (Rename(key, str(value)),)
        elif not suggestion.is_key and (suggestion.at or span) in routes:
            route = routes[suggestion.at or span]
            field = f"{route[-1]}: " if route and isinstance(route[-1], str) else ""
            text = f"write `{field}{yaml_text(value)}`" if suggestion.at is None else suggestion.text
            yield text, (Edit(route, value),)
