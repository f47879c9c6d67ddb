"""``archcalc law``."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

import click

from archcalc.cli.options import FREE, PRESET, SET, ShapeType, checked, say_faults, status
from archcalc.spec.settings import Setting


@click.command("law")
@click.argument("spec", metavar="SPEC")
@click.option("--of", "layer", metavar="LAYER", help="Only this layer.")
@FREE
@PRESET
@click.option("--input", "input_shape", type=ShapeType(), help="Build the network at this input, such as 3,224,224.")
@SET
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "latex", "json", "python"]),
    default="text",
    help="For people, for a paper, for tools, or to run.",
)
def command(
    spec: str,
    layer: str | None,
    free: Sequence[str],
    preset: str | None,
    input_shape: tuple[int, ...] | None,
    settings: Mapping[str, Setting],
    form: str,
) -> None:
    """The network as formulas, in N samples and the sizes of the input.

    Each layer's output, parameters, MACs and activation bytes, and the totals. The network is the one
    that the spec builds at its input: what a layer infers from the input is stated. Of a spec with a fault
    that is said first, and there are no formulas unless all that is wrong are claims of its source. Exits 1
    where anything is wrong.
    """
    report = checked(spec, preset, input_shape, settings)
    say_faults(report)
    if not report.sound:
        sys.exit(status([report]))
    from archcalc.analysis.law import LawError
    from archcalc.analysis.laws import laws
    from archcalc.reports.laws import FORMATS

    try:
        found = laws(report, free=free)
        of = None if layer is None else found.layer(layer)
    except LawError as fault:
        raise click.UsageError(str(fault)) from None
    click.echo(FORMATS[form](found, of))
    sys.exit(status([report]))
