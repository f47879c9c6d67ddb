"""``archcalc law``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from archcalc.cli.options import COLOR, FREE, SPEC, TABLES, At, DepthType, completing, format_option, of_a_network

if TYPE_CHECKING:
    from archcalc.analysis.report import Report


@click.command("law")
@SPEC
@click.option(
    "--of",
    "layer",
    metavar="LAYER",
    shell_complete=completing("layers"),
    help="Only this layer, block or group, or total.",
)
@FREE
@of_a_network
@click.option(
    "--depth",
    type=DepthType(),
    help="In a table, how deep blocks are in one another before they are one line: 1, unless stated, or all.",
)
@click.option(
    "--multiples-of",
    "divisor",
    type=click.IntRange(1, 1 << 20),
    help="The counts as equations without rounding, where this divides the sizes of the input (text, latex): 32.",
)
@click.option(
    "--per",
    type=click.Choice(["token"]),
    help="What a token costs, read with all others, behind others or in training, and what is kept of it.",
)
@click.option(
    "--dtype",
    type=click.Choice(["float32", "bfloat16", "float16", "float8", "int8"]),
    help="With --per token: the numbers in which keys and values are kept, bfloat16 unless stated.",
)
@click.option(
    "--as",
    "others",
    type=click.Choice(["6n", "palm", "nanogpt", "kaplan", "chinchilla", "megatron", "megatron-twice", "all"]),
    multiple=True,
    help="With --per token: also what training takes as others count it, such as 6n, palm or chinchilla; or all.",
)
@click.option(
    "--keep",
    metavar="LAYER",
    multiple=True,
    shell_complete=completing("layers"),
    help="With --per token: what is kept of earlier tokens in place of keys and values, such as kv_a_layernorm.",
)
@format_option(*TABLES, "json", "python")
@COLOR
def command(
    spec: str,
    layer: str | None,
    free: Sequence[str],
    at: At,
    depth: int | None,
    divisor: int | None,
    per: str | None,
    dtype: str | None,
    others: Sequence[str],
    keep: Sequence[str],
    form: str,
) -> None:
    """The laws of a network, in N samples and the sizes of the input.

    Each layer's output, parameters, MACs and activation bytes, and the totals. The network is the one
    that the spec builds at its input: what a layer infers from the input is stated. Of a spec with an error
    that is said first, and there are no formulas unless all that is wrong are claims of its source. Exits 1
    where anything is wrong.
    """
    from archcalc.cli.asking import checked, say_errors, status

    if per is None:
        _refuse_of_layers(layer, depth, divisor, form)
        _refuse_of_tokens(dtype, others, keep)
    elif layer or free or depth is not None or divisor is not None or form not in ("text", "json"):
        raise click.UsageError("--per token is of the whole network, as text or json: no --of, --free or --depth")
    report = checked(spec, at)
    say_errors(report)
    if not report.sound:
        sys.exit(status([report]))
    from archcalc.analysis.law import LawError

    try:
        if per is not None:
            _say_per_token(report, dtype or "bfloat16", others, keep, form)
        else:
            _say(report, layer, free, depth, divisor, form)
    except LawError as error:
        raise click.UsageError(str(error)) from None
    sys.exit(status([report]))


def _refuse_of_tokens(dtype: str | None, others: Sequence[str], keep: Sequence[str]) -> None:
    """Options that say something of tokens alone."""
    if dtype is not None:
        raise click.UsageError("--dtype is what keys and values are kept in: give --per token, too")
    if others:
        raise click.UsageError("--as is how others count what a token takes: give --per token, too")
    if keep:
        raise click.UsageError("--keep is what is kept of earlier tokens: give --per token, too")


def _refuse_of_layers(layer: str | None, depth: int | None, divisor: int | None, form: str) -> None:
    """Options that say nothing of what is asked for."""
    if depth is not None and (form not in TABLES or layer is not None):
        raise click.UsageError("--depth is of a table of all layers: give --format markdown, latex, html or csv")
    if divisor is not None and form not in ("text", "latex"):
        raise click.UsageError("--multiples-of is text or latex: in Python, laws(…).on_multiples(formula, 32) gives it")


def _say(
    report: Report, layer: str | None, free: Sequence[str], depth: int | None, divisor: int | None, form: str
) -> None:
    from archcalc.analysis.experts import told_of_one
    from archcalc.analysis.laws import laws
    from archcalc.analysis.module_laws import law_named
    from archcalc.reports.terminal_text import printable

    found = laws(report, free=free)
    if layer is not None and report.graph is not None and (note := told_of_one(report.graph, layer)):
        click.echo(f"{printable(note)}\n" if form == "text" else f"note: {printable(note)}", err=form != "text")
    of = None if layer is None else law_named(found, report, layer)
    if divisor is not None:
        from archcalc.reports.tables import equations

        click.echo((equations.as_latex if form == "latex" else equations.as_text)(found, of, divisor))
    elif form in TABLES:
        from archcalc.reports.tables.laws import law_table
        from archcalc.reports.tables.views import render

        click.echo(render([law_table(found, report, 1 if depth is None else depth, of, short=form != "csv")], form))
    else:
        from archcalc.reports.laws import FORMATS

        click.echo(FORMATS[form](found, of))


def _say_per_token(report: Report, dtype: str, others: Sequence[str], keep: Sequence[str], form: str) -> None:
    from archcalc.analysis.tokens.costs import token_costs
    from archcalc.reports.token_costs import as_json, as_text

    costs = token_costs(report, keep)
    click.echo((as_json if form == "json" else as_text)(costs, dtype, costs.conventions(others)))
