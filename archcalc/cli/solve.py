"""``archcalc solve``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from archcalc.cli import completion
from archcalc.cli.options import COLOR, FORMAT, SPEC, At, of_a_network

if TYPE_CHECKING:
    from archcalc.explore.solve import Search, Solution

LONG = 50_000
"""From how many combinations on there is a progress bar."""


@click.command("solve")
@SPEC
@click.option("--want", multiple=True, required=True, metavar="CONDITION", help="What must hold: 'pool3.H == 6'.")
@click.option(
    "--over",
    multiple=True,
    required=True,
    metavar="NAMES",
    shell_complete=completion.fields,
    help="What to vary: conv1.padding,input.H.",
)
@click.option("--range", "ranges", multiple=True, metavar="NAME=RANGE", help="The values to try: conv1.padding=0:5.")
@of_a_network
@FORMAT
@COLOR
def command(spec: str, want: Sequence[str], over: Sequence[str], ranges: Sequence[str], at: At, form: str) -> None:
    """Every combination of values with which the network is legal and a condition holds.

    NAMES are fields, LAYER.FIELD, and sizes of the input: input.H, or `input` for height and width alike. A
    CONDITION compares LAYER.H (or C, W, L, D, features), LAYER.params, LAYER.macs, input.H, params and macs;
    commas and `and` join several. A RANGE is first:last:step, both ends included, or a list; without one the
    values near the stated value are tried. What is wrong at the stated values is said first; sizes that do not fit
    and claims that disagree are no hindrance, any other fault is. Exits 1 where there is no solution.
    """
    from archcalc.cli.asking import checked, say_faults, status
    from archcalc.explore.conditions import SolveError
    from archcalc.explore.solve import Search

    report = checked(spec, at)
    say_faults(report)
    if report.doubts:
        sys.exit(status([report]))
    try:
        search = Search(report, want, over, _ranges(ranges))
        search.refuse_too_many()
        with _progress(search.count) as done:
            found = search.solutions(done)
    except SolveError as fault:
        raise click.UsageError(str(fault)) from None
    click.echo(_json(search, want, found) if form == "json" else _text(search, found))
    sys.exit(0 if found else 1)


def _ranges(options: Sequence[str]) -> dict[str, list[Any]]:
    from archcalc.explore.conditions import SolveError
    from archcalc.explore.varied import values

    found: dict[str, list[Any]] = {}
    for option in options:
        name, equals, text = (part.strip() for part in option.partition("="))
        if not equals or not name:
            raise click.UsageError(f"--range {option!r}: write a name and its values, conv1.padding=0:5")
        if name in found:
            raise click.UsageError(f"--range gives `{name}` twice: write all its values as one list, {name}=1,2:10")
        try:
            found[name] = values(text)
        except SolveError as fault:
            raise click.UsageError(str(fault)) from None
    return found


@contextmanager
def _progress(count: int) -> Iterator[Callable[[int], None]]:
    if count < LONG or not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=count, label="networks", file=sys.stderr) as bar:
        yield bar.update


def _text(search: Search, found: Sequence[Solution]) -> str:
    from archcalc.cli.terminal import style
    from archcalc.reports.aligned import Column, aligned
    from archcalc.sizes.axes import shape_text

    names = [one.name for one in search.unknowns]
    rows = [
        [*(said(one.values[name]) for name in names), shape_text(one.output), f"{one.params:,}", f"{one.macs:,}"]
        for one in found
    ]
    heads = [Column(title, right=True) for title in (*names, "output", "parameters", "MACs")]
    table = [*aligned(heads, rows, style()), ""] if found else []
    tried = [f"tried {one.name} {_values(one.values)}" for one in search.unknowns]
    count = "no solution" if not found else f"{len(found):,} solution{'s' * (len(found) != 1)}"
    return "\n".join([*table, *tried, f"{count} among {search.count:,} networks"])


def _values(values: tuple[Any, ...]) -> str:
    """The values that were tried, in a few characters where they are a run."""
    whole = all(type(value) is int for value in values)
    if whole and len(values) > 2 and values == tuple(range(values[0], values[-1] + 1)):
        return f"{values[0]}…{values[-1]}"
    return ", ".join(map(said, values))


def said(value: Any) -> str:
    """A value as a spec says it."""
    from archcalc.language.yaml_edits import yaml_text

    return yaml_text(value)


def _json(search: Search, want: Sequence[str], found: Sequence[Solution]) -> str:
    import json

    return json.dumps(
        {
            "want": list(want),
            "over": {one.name: list(one.values) for one in search.unknowns},
            "tried": search.count,
            "solutions": [
                {"values": one.values, "params": one.params, "macs": one.macs, "output": list(one.output)}
                for one in found
            ],
        },
        indent=2,
    )
