"""Solutions for people: a line each, then what was tried."""

from __future__ import annotations

from archcalc.explore.solutions import Solutions
from archcalc.language.yaml_changes import Plain, yaml_text
from archcalc.reports.aligned import Heading, aligned
from archcalc.reports.terminal_text import PLAIN, Style
from archcalc.sizes.axes import shape_text


def render(answer: Solutions, style: Style = PLAIN) -> str:
    """The table of the solutions, if there are any, and what was tried."""
    heads = [Heading(title, right=True) for title in (*answer.over, "output", "parameters", "MACs")]
    rows = [
        [
            *(yaml_text(one.values[name]) for name in answer.over),
            *(shape_text(one.output), f"{one.params:,}", f"{one.macs:,}"),
        ]
        for one in answer.found
    ]
    table = [*aligned(heads, rows, style), ""] if rows else []
    tried = [f"tried {name} {_values(values)}" for name, values in answer.over.items()]
    count = "no solution" if not rows else f"{len(rows):,} solution{'s' * (len(rows) != 1)}"
    return "\n".join([*table, *tried, f"{count} among {answer.tried:,} networks"])


def _values(values: tuple[Plain, ...]) -> str:
    """The values that were tried, in a few characters where they are a run."""
    numbers = [value for value in values if type(value) is int]
    if len(numbers) == len(values) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]}…{numbers[-1]}"
    return ", ".join(map(yaml_text, values))
