"""The bundled networks: a table for people, and an array for tools."""

from __future__ import annotations

import json
from collections.abc import Iterable

from msgspec import to_builtins

from archcalc.reports.aligned import Heading, aligned
from archcalc.reports.terminal_text import PLAIN, Style
from archcalc.sizes.axes import shape_text
from archcalc.spec.bundled import Bundled

_COLUMNS = (
    Heading("network"),
    Heading("family", least=8, spare=True),
    Heading("input"),
    Heading("parameters", right=True),
    Heading("MACs", right=True),
    Heading("source", least=12, spare=True),
)


def render(networks: Iterable[Bundled], style: Style = PLAIN) -> str:
    """A line for each network."""
    rows = [
        (
            one.name,
            one.spec,
            ", ".join(map(shape_text, one.inputs.values())) or shape_text(one.input or ()),
            f"{one.params:,}",
            f"{one.macs:,}",
            one.title or "",
        )
        for one in networks
    ]
    return "\n".join(aligned(_COLUMNS, rows, style))


def render_json(networks: Iterable[Bundled]) -> str:
    """An array with an object for each network, in ASCII. ``schemas/list.json`` is the contract."""
    return json.dumps([to_builtins(one) for one in networks], indent=2)
