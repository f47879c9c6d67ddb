"""A fault to the edit that its own help asks for: a key, a kind or a value spelt as it was meant, another value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from archcalc.diagnostics.model import Diagnostic
from archcalc.language.scalars import scalar_value
from archcalc.language.yaml_edits import Change, Edit, Rename, Route

_MEANT = re.compile(r"did you mean `(\w+)`\?")
_WRITE = re.compile(r"(?:^|: )write ([\w.+-]+|\[[\d, ]+\])$|^remove the quotes: ([\w.+-]+)$")
_FIELD = re.compile(r"^write `(\w+): (\w+)`$")


def rewordings(fault: Diagnostic, routes: Mapping[object, Route]) -> Iterator[tuple[str, Change]]:
    """Edits that a fault's own help spells out, in words and as a change; to be tried before they are believed.

    ``routes`` are the file's nodes by where they stand; a key is found beside its value.
    """
    for help in fault.help:
        meant, written, field = _MEANT.search(help), _WRITE.search(help), _FIELD.search(help)
        if meant and fault.code == "A110":
            key = _key_route(fault, routes)
            if key is not None:
                yield f"rename it `{meant[1]}`", Rename(key, meant[1])
        elif meant and fault.span in routes:
            yield f"write `{meant[1]}`", Edit(routes[fault.span], meant[1])
        elif written and fault.span in routes:
            text = written[1] or written[2]
            numbers = tuple(int(size) for size in re.findall(r"\d+", text))
            value = numbers if text.startswith("[") else scalar_value(text)
            if isinstance(value, (int, str, tuple)):
                yield f"write `{text}`", Edit(routes[fault.span], value)
        elif field and routes.get(fault.span, ())[-1:] == (field[1],):
            value = scalar_value(field[2])
            if isinstance(value, (bool, int, str)):
                yield help, Edit(routes[fault.span], value)


def _key_route(fault: Diagnostic, routes: Mapping[object, Route]) -> Route | None:
    return routes.get(("key", fault.span))
