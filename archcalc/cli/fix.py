"""``archcalc fix``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from archcalc.cli.options import COLOR, SPEC, At, of_a_network
from archcalc.reports.visible import in_one_line

if TYPE_CHECKING:
    from archcalc.analysis.report import Report


@click.command("fix")
@SPEC
@click.option("--apply", "chosen", type=click.IntRange(min=1), metavar="K", help="Write edit K into the file.")
@of_a_network
@COLOR
def command(spec: str, chosen: int | None, at: At) -> None:
    """List the edits that fix a spec's errors, or write one of them into its file.

    Every suggested edit has been applied and re-checked. The smallest stand first. An edit leaves every other byte
    of the file as it was; after it, the edits are numbered anew.
    """
    from archcalc.cli.asking import checked, status
    from archcalc.language.files import stream_name
    from archcalc.spec.opened import is_bundled

    report = checked(spec, at)
    if chosen is None or not report.readable:
        _list(report, None if stream_name(spec) else spec)
        sys.exit(status([report]))
    if stream_name(spec):
        raise click.UsageError("what was piped in cannot be written: save the spec to a file, and fix that")
    if is_bundled(spec):
        raise click.UsageError(f"`{spec}` is a bundled spec: copy {report.file}, and fix the copy")
    sys.exit(status([_applied(report, chosen)]))


def _list(report: Report, file: str | None) -> None:
    """Each error with its edits, numbered through."""
    from archcalc.cli.terminal import style
    from archcalc.fixes.apply import errors
    from archcalc.pipeline import find_fixes
    from archcalc.reports import text
    from archcalc.reports.diagnostic_text import diagnostic_text
    from archcalc.reports.terminal_text import printable

    found, how = find_fixes(report), style()
    width = len(str(len(found)))
    number = 0
    for error in errors(report):
        edits = [one for one in found if one.error == error]
        # What the help offers stands in the list again, with what it writes.
        click.echo(diagnostic_text(replace(error, help=()) if edits else error, report.texts, report.file, how))
        for fix in edits:
            number += 1
            note = f"  ({fix.note})" if fix.note not in ("", fix.edit) else ""
            click.echo(f"  {str(number).rjust(width)}  {printable(fix.edit + note)}")
        click.echo()
    click.echo(text.verdict(report, how))
    if found and file is not None:
        click.echo(in_one_line(f"write one into the file: archcalc fix {file} --apply K"))


def _applied(report: Report, chosen: int) -> Report:
    """The report after edit ``chosen`` is written."""
    from archcalc.cli.terminal import style
    from archcalc.fixes.apply import FixError, apply
    from archcalc.pipeline import check, find_fixes
    from archcalc.reports import text

    found = find_fixes(report)
    if chosen > len(found):
        there = f"there are {len(found)}" if found else "there is none"
        raise click.UsageError(f"there is no edit {chosen}: {there}")
    try:
        apply(report, found[chosen - 1])
    except FixError as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.UsageError(f"`{report.file}` cannot be written: {error.strerror or error}") from None
    after = check(report.file, preset=report.preset, input=report.given, settings=report.settings)
    click.echo(in_one_line(f"{report.file}: {found[chosen - 1].edit}") + "\n")
    click.echo(text.render(after, style=style()))
    return after
