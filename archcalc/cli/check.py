"""``archcalc check``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from archcalc.cli.options import COLOR, FORMAT, FREE, SPECS, At, DepthType, of_a_network

if TYPE_CHECKING:
    from archcalc.analysis.report import Report
    from archcalc.diagnostics.model import Diagnostic


@click.command("check")
@SPECS
@of_a_network
@FREE
@click.option(
    "--depth",
    type=DepthType(),
    default=1,
    help="How deep blocks are in one another before they are one line: 1, or all.",
)
@click.option("--no-laws", is_flag=True, help="Leave out the laws in N, H and W, for speed.")
@FORMAT
@COLOR
def command(specs: Sequence[str], at: At, free: Sequence[str], depth: int | None, no_laws: bool, form: str) -> None:
    """Check specs: shapes, parameters, costs, and what their sources claim.

    SPEC is a file, or - for standard input. A bare name is a bundled network, such as alexnet or resnet50; `archcalc
    list` has them all. Of a family of networks each preset is checked, unless --preset names one.
    """
    from archcalc.cli.asking import checked_each, status

    reports = [report for spec in specs for report in checked_each(spec, at)]
    if form == "json":
        from archcalc.reports import json

        click.echo(json.render(reports))
    else:
        from archcalc.cli.terminal import style
        from archcalc.reports import text

        formulas = [None if no_laws else _formulas(report, free) for report in reports]
        shown: set[Diagnostic] = set()
        parts = []
        for report, formula in zip(reports, formulas, strict=True):
            parts.append(text.render(report, formula, depth, shown, style()))
            shown.update(report.diagnostics)
        click.echo("\n\n\n".join(parts))
    sys.exit(status(reports))


def _formulas(report: Report, free: Sequence[str]) -> str | None:
    """The formulas of a network without errors, as a block of text."""
    if not report.ok:
        return None
    from archcalc.analysis.law import LawError
    from archcalc.analysis.laws import laws, take_long

    if not free and take_long(report):
        return "laws: left out, as so many layers take long; `archcalc law` has them"
    from archcalc.reports.laws import block

    try:
        return block(laws(report, free=free))
    except LawError as error:
        raise click.UsageError(str(error)) from None
