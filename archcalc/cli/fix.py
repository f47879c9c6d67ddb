"""``archcalc fix``."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import click
from msgspec.structs import replace

from archcalc.analysis.report import Report
from archcalc.cli.options import PRESET, SET, ShapeType, checked, status
from archcalc.pipeline import check
from archcalc.spec.bundled import located
from archcalc.spec.settings import Setting


@click.command("fix")
@click.argument("spec")
@click.option("--apply", "chosen", type=click.IntRange(min=1), metavar="K", help="Write edit K into the file.")
@PRESET
@click.option("--input", "input_shape", type=ShapeType(), help="Fix what fails at this input, such as 3,224,224.")
@SET
def command(
    spec: str,
    chosen: int | None,
    preset: str | None,
    input_shape: tuple[int, ...] | None,
    settings: Mapping[str, Setting],
) -> None:
    """List the edits that mend a spec's faults, or write one of them into its file.

    Each edit was applied and checked again. The smallest stand first. An edit leaves every other byte
    of the file as it was; after it, the edits are numbered anew.
    """
    report = checked(spec, preset, input_shape, settings)
    if chosen is None or not report.readable:
        _list(report)
        sys.exit(status([report]))
    if located(spec) != spec:
        raise click.UsageError(f"`{spec}` is a bundled spec: copy {located(spec)}, and fix the copy")
    sys.exit(status([_applied(report, chosen)]))


def _list(report: Report) -> None:
    """Each fault with its edits, numbered through."""
    from archcalc.fixes.apply import errors
    from archcalc.pipeline import repairs
    from archcalc.reports import text
    from archcalc.reports.diagnostic_text import diagnostic_text, printable

    found = repairs(report)
    width = len(str(len(found)))
    number = 0
    for fault in errors(report):
        edits = [one for one in found if one.fault == fault]
        # What the help offers stands in the list again, with what it writes.
        click.echo(diagnostic_text(replace(fault, help=()) if edits else fault, report.texts, report.file))
        for repair in edits:
            number += 1
            note = f"  ({repair.note})" if repair.note not in ("", repair.edit) else ""
            click.echo(f"  {str(number).rjust(width)}  {printable(repair.edit + note)}")
        click.echo()
    click.echo(text.verdict(report))
    if found:
        click.echo(f"write one into the file: archcalc fix {report.file} --apply K")


def _applied(report: Report, chosen: int) -> Report:
    """The report after edit ``chosen`` is written."""
    from archcalc.fixes.apply import FixError, apply
    from archcalc.pipeline import repairs
    from archcalc.reports import text

    found = repairs(report)
    if chosen > len(found):
        there = f"there are {len(found)}" if found else "there is none"
        raise click.UsageError(f"there is no edit {chosen}: {there}")
    try:
        apply(report, found[chosen - 1])
    except FixError as fault:
        raise click.UsageError(str(fault)) from None
    except OSError as fault:
        raise click.UsageError(f"`{report.file}` cannot be written: {fault.strerror or fault}") from None
    after = check(report.file, preset=report.preset, input=report.given, settings=report.settings)
    click.echo(f"{report.file}: {found[chosen - 1].edit}\n")
    click.echo(text.render(after))
    return after
