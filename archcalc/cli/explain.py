"""``archcalc explain``."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping

import click

from archcalc.cli.options import PRESET, SET, ShapeType, checked, say_faults, status
from archcalc.spec.settings import Setting


@click.command("explain")
@click.argument("subject", required=False, metavar="[SPEC|CODE]")
@click.argument("layer", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="For people or for tools.")
@PRESET
@click.option("--input", "input_shape", type=ShapeType(), help="Explain at this input, such as 3,224,224.")
@SET
def command(
    subject: str | None,
    layer: str | None,
    form: str,
    preset: str | None,
    input_shape: tuple[int, ...] | None,
    settings: Mapping[str, Setting],
) -> None:
    """Explain a layer of a spec, or a diagnostic code.

    LAYER is a dotted path, as the table of `archcalc check` has it: where its sizes, parameters and MACs
    come from, and what it sees of the input. A group, or no LAYER at all, gives a line for each layer.
    With neither SPEC nor CODE, every code is listed. A faulty spec is explained as far as it goes, and what is
    wrong elsewhere in it is said first. Exits 1 where something is wrong at a layer that was asked about.
    """
    if subject is None or (layer is None and re.fullmatch(r"[Aa]?[0-9]+", subject)):
        if input_shape is not None or settings:
            raise click.UsageError("--input and --set are of a spec; name one")
        _codes(subject, form)
        return
    report = checked(subject, preset, input_shape, settings)
    if not report.layers:
        say_faults(report)
        sys.exit(max(1, status([report])))
    from archcalc.analysis.explanation import UnknownLayer, explain, explain_each

    try:
        alone = layer is not None and any(found.name == layer for found in report.layers)
        several = (explain(report, layer),) if alone and layer is not None else explain_each(report, layer)
    except UnknownLayer as fault:
        raise click.UsageError(str(fault)) from None
    own = [fault for one in several for fault in one.faults if fault.severity == "error"]
    say_faults(report, besides=own if alone or form == "json" else ())
    if form == "json":
        from archcalc.reports import explanation_json

        click.echo(explanation_json.render(several))
    else:
        from archcalc.reports import explanation_text

        click.echo(
            explanation_text.render(several[0], report) if alone else explanation_text.render_each(several, report)
        )
    # What stands elsewhere in the spec was said, and is not what was asked about.
    sys.exit(1 if own else 0)


def _codes(code: str | None, form: str) -> None:
    """One code at length, or all in a line each."""
    from archcalc.diagnostics.pages import UnknownCode, explain_code, explain_codes
    from archcalc.reports import explanation_json, explanation_text

    try:
        found = [explain_code(code)] if code is not None else explain_codes()
    except UnknownCode as fault:
        raise click.UsageError(str(fault)) from None
    if form == "json":
        click.echo(explanation_json.render_codes(found))
    else:
        click.echo(explanation_text.render_code(found[0]) if code is not None else explanation_text.render_codes(found))
