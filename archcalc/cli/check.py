"""``archcalc check``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from archcalc.cli.options import (
    AS,
    COLOR,
    DIGITS,
    FREE,
    SPECS,
    TABLES,
    WARN,
    At,
    DepthType,
    LimitType,
    digits_of,
    format_option,
    listed,
    of_a_network,
)
from archcalc.cli.report_files import FORMATS, ReportType, refuse_same, written

if TYPE_CHECKING:
    from archcalc.analysis.report import Report
    from archcalc.diagnostics.model import Diagnostic
    from archcalc.reports.tables.model import PaperTable
    from archcalc.spec.model import Limit

WITH_FIXES = ("json", "sarif")
"""The formats that have the edits of each error."""


@click.command("check")
@SPECS
@of_a_network
@FREE
@click.option(
    "--depth",
    type=DepthType(),
    help="How deep blocks are in one another before they are one line: 1 (as text), or all (as csv). Without it,"
    " markdown, latex and html have a network as a paper prints it.",
)
@click.option(
    "--totals", is_flag=True, help="A row for each network, to compare them: input, parameters, MACs, memory."
)
@click.option(
    "--columns",
    "asked",
    metavar="NAME,…",
    callback=listed,
    help="With --totals: only these columns, by their headings or keys, such as parameters,MACs,FLOPs.",
)
@DIGITS
@click.option("--quiet", "-q", is_flag=True, help="Print what is found and the summary, and nothing of what is right.")
@AS
@WARN
@click.option("--no-laws", is_flag=True, help="Leave out the laws in N, H and W, for speed.")
@click.option(
    "--max",
    "limits",
    type=LimitType(),
    multiple=True,
    help="An error where a network has more than this, such as params=5M or macs=600M.",
)
@click.option(
    "--fail-on", type=click.Choice(["error", "warning"]), default="error", help="What makes the exit status 1."
)
@format_option(*TABLES, *FORMATS)
@click.option(
    "--report",
    "files",
    type=ReportType(),
    multiple=True,
    help="Also write a report for tools to a file, such as sarif=specs.sarif.",
)
@COLOR
def command(
    specs: Sequence[str],
    at: At,
    free: Sequence[str],
    depth: int | None,
    totals: bool,
    asked: Sequence[str],
    digits: str | None,
    quiet: bool,
    counters: Sequence[str],
    warn: Sequence[Sequence[str]],
    no_laws: bool,
    limits: Sequence[Limit],
    fail_on: str,
    form: str,
    files: Sequence[tuple[str, Path]],
) -> None:
    """Check specs: shapes, parameters, costs, and what their sources claim.

    SPEC is a file, a folder for all specs in it, or - for standard input. The file of a block stands for the specs that
    use it. A bare name is a bundled network, such as
    alexnet or resnet50; `archcalc list` has them all. Of a family of networks each preset is checked, unless --preset
    names one. A variant has its own behind a #: vit.yaml#base, alexnet#classes=10, vgg16#input=3,64,64.
    """
    from archcalc.cli.asking import checked_each, once, say_repeated, say_skipped, specs_in, status
    from archcalc.pipeline import warned

    if totals and form not in ("text", *TABLES):
        raise click.UsageError(f"--totals is a table: text, {', '.join(TABLES)}; {form} has the totals of each network")
    if not totals and (asked or digits):
        raise click.UsageError("--columns and --digits are of the table of --totals")
    if digits and form == "csv":
        raise click.UsageError("--digits is for people: csv has every digit")
    if quiet and (totals or form != "text"):
        raise click.UsageError("--quiet is text: it leaves out tables, and what other formats print is for tools")
    refuse_same(files)
    found = once(file for spec in specs for file in specs_in(spec))
    reports = [report for file in found for report in checked_each(file, at)]
    if warn:
        reports = [warned(report, [name for names in warn for name in names]) for report in reports]
    if limits:
        from archcalc.analysis.network_budget import held_to

        reports = [held_to(report, limits) for report in reports]
    if counters:
        reports = [replace(report, counters=tuple(counters)) for report in reports]
    written(files, lambda form: _for_tools(reports, form, fail_on))
    if form in TABLES or totals:
        rounded = digits_of(digits, 3)
        _say_table(reports, form, depth, _side_by_side(asked, rounded) if totals else None)
    elif form != "text":
        click.echo(_for_tools(reports, form, fail_on))
    elif quiet:
        from archcalc.cli.terminal import style
        from archcalc.reports import findings_text

        click.echo(findings_text.render(reports, style()))
    else:
        _say(reports, [None if no_laws else _formulas(report, free) for report in reports], depth, len(found) > 1)
    say_repeated(specs)
    say_skipped(specs)
    sys.exit(status(reports, warnings=fail_on == "warning"))


def _for_tools(reports: Sequence[Report], form: str, fail_on: str) -> str:
    """The reports in one of ``FORMATS``."""
    if form in WITH_FIXES:
        from archcalc.pipeline import with_fixes

        reports = [with_fixes(report) for report in reports]
    if form != "json" and fail_on == "warning":
        from archcalc.reports.gate.findings import with_warnings_as_errors

        reports = [with_warnings_as_errors(report) for report in reports]
    return str(import_module(FORMATS[form]).render(reports))


def _say(reports: Sequence[Report], formulas: Sequence[str | None], depth: int | None, several: bool) -> None:
    """Print a report for each network, each error once; of ``several`` files a summary below."""
    from archcalc.cli.terminal import style
    from archcalc.reports import text

    shown: set[Diagnostic] = set()
    parts = []
    for report, formula in zip(reports, formulas, strict=True):
        parts.append(text.render(report, formula, 1 if depth is None else depth, shown, style()))
        shown.update(error.as_read for error in report.diagnostics)
    if several:
        parts.append(text.summary(reports, style()))
    click.echo("\n\n\n".join(parts))


def _side_by_side(columns: Sequence[str], digits: int | None) -> Callable[[Sequence[Report]], PaperTable]:
    """What makes the table of ``--totals``."""

    def table(reports: Sequence[Report]) -> PaperTable:
        from archcalc.diagnostics.errors import ArgumentError
        from archcalc.explore.side_by_side import SideBySide
        from archcalc.reports.tables.totals import totals_table

        try:
            return totals_table(SideBySide(reports=tuple(reports)), columns=columns, digits=digits)
        except ArgumentError as error:
            raise click.UsageError(str(error)) from None

    return table


def _say_table(
    reports: Sequence[Report],
    form: str,
    depth: int | None,
    totals: Callable[[Sequence[Report]], PaperTable] | None,
) -> None:
    """Print the networks as tables, or ``totals`` of them; what is found of them is said beside, once."""
    from archcalc.cli.terminal import style
    from archcalc.reports import text
    from archcalc.reports.tables.network import data_table, folded_table, layer_table
    from archcalc.reports.tables.views import as_text, render

    said: set[Diagnostic] = set()
    for report in reports:
        if not said.issuperset(report.diagnostics):
            click.echo(text.errors(report, said, style()), err=True)
            said.update(report.diagnostics)
    shown = [report for report in reports if report.layers]
    if totals is not None:
        tables = [totals(reports)] if shown else []
    elif form == "csv":
        tables = [data_table(shown, depth)]
    elif depth is None:
        tables = [folded_table(report) for report in shown]
    else:
        tables = [layer_table(report, depth) for report in shown]
    if tables:
        click.echo("\n\n".join(as_text(table, style()) for table in tables) if form == "text" else render(tables, form))


def _formulas(report: Report, free: Sequence[str]) -> str | None:
    """The formulas of a network without errors, as a block of text."""
    if not report.ok:
        return None
    from archcalc.analysis.law import LawError, LawsTooLong
    from archcalc.analysis.laws import laws, take_long

    if not free and take_long(report):
        return "laws: left out, as so many layers take long; `archcalc law` has them"
    from archcalc.reports.laws import block

    try:
        return block(laws(report, free=free))
    except LawsTooLong:
        return "laws: left out, as they are longer than anybody reads"
    except LawError as error:
        raise click.UsageError(str(error)) from None
