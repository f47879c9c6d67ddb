"""``archcalc law``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from archcalc.commands.options import FREE, PRESET, SettingType, ShapeType, checked, status


@click.command("law")
@click.argument("spec", metavar="SPEC")
@click.option("--of", "layer", metavar="LAYER", help="Only this layer.")
@FREE
@PRESET
@click.option("--input", "input_shape", type=ShapeType(), help="Build the network at this input, such as 3,224,224.")
@click.option(
    "--set", "settings", type=SettingType(), multiple=True, help="Change a value of `let`, such as classes=10."
)
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
    settings: Sequence[tuple[str, Any]],
    form: str,
) -> None:
    """The network as formulas, in N samples and the sizes of the input.

    Each layer's output, parameters, MACs and activation bytes, and the totals. The network is the one
    that the spec builds at its input: what a layer infers from the input is stated.
    """
    report = checked(spec, preset, input_shape, settings)
    if not report.readable or report.facts is None or report.facts.failures:
        from archcalc.report import text

        click.echo(text.faults(report), err=True)
        sys.exit(status([report]))
    from archcalc.closed_forms import LawError, laws
    from archcalc.report.laws import FORMATS

    try:
        found = laws(report, free=free)
        of = None if layer is None else found.layer(layer)
    except LawError as fault:
        raise click.UsageError(str(fault)) from None
    click.echo(FORMATS[form](found, of))
