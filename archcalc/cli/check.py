"""``archcalc check``."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

import click

from archcalc.analysis.report import Report
from archcalc.cli.options import FREE, PRESET, SET, DepthType, ShapeType, checked_each, status
from archcalc.diagnostics.model import Diagnostic
from archcalc.spec.settings import Setting


@click.command("check")
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="For people or for tools.")
@click.option("--input", "input_shape", type=ShapeType(), help="Check at this input, such as 3,224,224.")
@SET
@PRESET
@FREE
@click.option(
    "--depth",
    type=DepthType(),
    default=1,
    help="How deep blocks are in one another before they are one line: 1, or all.",
)
@click.option("--no-laws", is_flag=True, help="Leave out the formulas in N, H and W, for speed.")
def command(
    specs: Sequence[str],
    form: str,
    preset: str | None,
    input_shape: tuple[int, ...] | None,
    settings: Mapping[str, Setting],
    free: Sequence[str],
    depth: int | None,
    no_laws: bool,
) -> None:
    """Check specs: shapes, parameters, costs, and what their sources claim.

    SPEC is a file; a bare name such as `alexnet` is the bundled spec of that name. Of a family of networks each
    preset is checked, unless --preset names one.
    """
    reports = [report for spec in specs for report in checked_each(spec, preset, input_shape, settings)]
    if form == "json":
        from archcalc.reports import json

        click.echo(json.render(reports))
    else:
        from archcalc.reports import text

        formulas = [None if no_laws else _formulas(report, free) for report in reports]
        shown: set[Diagnostic] = set()
        parts = []
        for report, formula in zip(reports, formulas, strict=True):
            parts.append(text.render(report, formula, depth, shown))
            shown.update(report.diagnostics)
        click.echo("\n\n\n".join(parts))
    sys.exit(status(reports))


def _formulas(report: Report, free: Sequence[str]) -> str | None:
    """The formulas of a network without faults, as a block of text."""
    if not report.ok:
        return None
    from archcalc.analysis.law import LawError
    from archcalc.analysis.laws import laws
    from archcalc.reports.laws import block

    try:
        return block(laws(report, free=free))
    except LawError as fault:
        raise click.UsageError(str(fault)) from None
