"""``archcalc explain``."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from archcalc.cli.options import COLOR, FORMAT, At, completing, of_a_network

if TYPE_CHECKING:
    from archcalc.analysis.explanation import Explained
    from archcalc.analysis.walk import LayerFacts


@click.command("explain")
@click.argument("subject", required=False, metavar="[SPEC|CODE]", shell_complete=completing("subjects"))
@click.argument("layer", required=False, shell_complete=completing("layers"))
@of_a_network
@click.option("--count", is_flag=True, help="Say instead how torchinfo, thop, fvcore, ptflops and Keras count it.")
@FORMAT
@COLOR
def command(subject: str | None, layer: str | None, at: At, count: bool, form: str) -> None:
    """Explain a layer of a spec, or a diagnostic code.

    LAYER is a dotted path, as the table of `archcalc check` has it: where its sizes, parameters and MACs
    come from, and what it sees of the input. A group, or no LAYER at all, gives a line for each layer.
    With neither SPEC nor CODE, every code is listed. A wrong spec is explained as far as it goes, and what is
    wrong elsewhere in it is said first. Exits 1 where something is wrong at a layer that was asked about.
    """
    if subject is None or (layer is None and re.fullmatch(r"[Aa]?[0-9]+", subject)):
        if at.input is not None or at.settings:
            raise click.UsageError("--input and --set are of a spec; name one")
        _codes(subject, form)
        return
    from archcalc.cli.asking import checked, say_errors, status

    report = checked(subject, at)
    if not report.layers:
        say_errors(report)
        sys.exit(max(1, status([report])))
    from archcalc.analysis.experts import standing_for, told_of_one
    from archcalc.analysis.explanation import UnknownLayer, explain, explain_each

    try:
        note = ""
        if layer is not None and report.graph is not None:
            note, layer = told_of_one(report.graph, layer), standing_for(report.graph, layer)
        alone = layer is not None and any(found.name == layer for found in report.layers)
        several = (explain(report, layer),) if alone and layer is not None else explain_each(report, layer)
    except UnknownLayer as error:
        raise click.UsageError(str(error)) from None
    own = [error for one in several for error in one.errors if error.severity == "error"]
    say_errors(report, besides=own if alone or form == "json" else ())
    if count:
        _count([one.layer for one in several], layer or report.file, form)
    elif form == "json":
        from archcalc.reports import json

        _afford(several)
        click.echo(json.render(several))
    else:
        from archcalc.cli.terminal import style
        from archcalc.reports import explanation_text
        from archcalc.reports.terminal_text import printable

        how = style()
        if note:
            click.echo(f"{printable(note)}\n")
        text = explanation_text.render(several[0], how) if alone else ""
        click.echo(text or explanation_text.render_each(several, report, how))
    # What stands elsewhere in the spec was said, and is not what was asked about.
    sys.exit(1 if own else 0)


def _afford(several: Sequence[Explained]) -> None:
    """Refuse what is too much to print: each layer has the receptive fields of those above it, so all have many."""
    from archcalc.diagnostics.budget import Budget, TooMuchWork, Work

    try:
        Budget().spend(Work.TOLD, sum(len(one.above) + 1 for one in several))
    except TooMuchWork as error:
        raise click.UsageError(f"{error}: name a layer, or a group of fewer") from None


def _count(layers: Sequence[LayerFacts], subject: str, form: str) -> None:
    """How each counter counts these layers, term by term."""
    from archcalc.analysis.conventions import can_be_counted, counted
    from archcalc.layers.counters import COUNTERS
    from archcalc.reports import counted as text
    from archcalc.reports import json

    if form == "json":
        click.echo(json.render(counted(layers, name) for name in COUNTERS if can_be_counted(layers)))
    else:
        click.echo(text.at_length(layers, subject))


def _codes(code: str | None, form: str) -> None:
    """One code at length, or all in a line each."""
    from archcalc.diagnostics.pages import UnknownCode, explain_code, explain_codes
    from archcalc.reports import explanation_text, json

    try:
        found = [explain_code(code)] if code is not None else explain_codes()
    except UnknownCode as error:
        raise click.UsageError(str(error)) from None
    if form == "json":
        click.echo(json.render(found))
    else:
        click.echo(explanation_text.render_code(found[0]) if code is not None else explanation_text.render_codes(found))
