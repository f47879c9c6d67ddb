"""``archcalc solve``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from archcalc.cli.options import COLOR, FORMAT, SPEC, At, by_name, completing, of_a_network

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
    shell_complete=completing("fields"),
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
    and claims that disagree are no hindrance, any other error is. Exits 1 where there is no solution.
    """
    from archcalc.cli.asking import checked, say_errors, status
    from archcalc.cli.terminal import progress, style
    from archcalc.explore.solve import Search
    from archcalc.explore.varied import SolveError

    report = checked(spec, at)
    say_errors(report)
    if report.doubts:
        sys.exit(status([report]))
    try:
        search = Search(report, want, over, by_name("--range", ranges, "conv1.padding=0:5"))
        search.refuse_too_many()
        with progress(search.count, "networks", LONG) as done:
            answer = search.answer(done)
    except SolveError as error:
        raise click.UsageError(str(error)) from None
    if form == "json":
        from archcalc.reports import json

        click.echo(json.render_one(answer))
    else:
        from archcalc.reports import solve

        click.echo(solve.render(answer, style()))
    sys.exit(0 if answer.found else 1)
