"""``archcalc fix``."""

from __future__ import annotations

import sys
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

import click
from msgspec.structs import replace

from archcalc.cli.options import COLOR, FORMAT, SPEC, At, of_a_network
from archcalc.reports.visible import in_one_line

if TYPE_CHECKING:
    from archcalc.analysis.report import Report

    _Type: TypeAlias = click.ParamType[object]
else:
    _Type = click.ParamType

ALL = "all"

MAX_DIGITS = 9
SHOWN = 40
"""How many characters are repeated of what is no number."""


class ChosenType(_Type):
    """``3``, or ``all``."""

    name = "K"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        if value == ALL:
            return ALL
        text = str(value)
        # No list is so long; and Python reads no number of thousands of digits.
        number = int(text) if text.isdecimal() and len(text) <= MAX_DIGITS else 0
        if number < 1:
            said = repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}…")
            self.fail(f"{said} is not an edit: write its number, from 1 up, or all", param, ctx)
        return number


@click.command("fix")
@SPEC
@click.option(
    "--apply", "chosen", type=ChosenType(), help="Write edit K into the file; `all`: the first of each error."
)
@click.option("--diff", is_flag=True, help="Show what --apply would write, and write nothing.")
@of_a_network
@FORMAT
@COLOR
def command(spec: str, chosen: int | str | None, diff: bool, at: At, form: str) -> None:
    """List the edits that fix a spec's errors and a missing flatten, or write one of them into its file.

    Every suggested edit has been applied and re-checked. What practitioners do stands first. An edit leaves every other
    byte of the file as it was; after it, the edits are numbered anew.
    """
    from archcalc.cli.asking import status
    from archcalc.language.files import stream_name
    from archcalc.spec.opened import is_bundled, without_variant

    if diff and chosen is None:
        raise click.UsageError("--diff shows what --apply would write: give --apply K, or --apply all")
    if form == "json" and chosen is not None:
        raise click.UsageError("--format json lists the edits: leave out --apply")
    # What is written into the file is not printed first.
    report = _report(spec, at, helped=chosen is None)
    if form == "json":
        _print_json(report)
        sys.exit(status([report]))
    if chosen is None or not report.readable:
        _list(report, None if stream_name(without_variant(spec)) else spec)
        sys.exit(status([report]))
    edits, text = _chosen(report, chosen)
    if diff:
        _print_difference(report, text)
        sys.exit(status([report]))
    if stream_name(without_variant(spec)):
        raise click.UsageError("what was piped in cannot be written: save the spec to a file, and fix that")
    if is_bundled(spec):
        raise click.UsageError(f"`{spec}` is a bundled spec: copy {report.file}, and fix the copy")
    sys.exit(status([_applied(report, edits, text)]))


def _report(spec: str, at: At, *, helped: bool) -> Report:
    """The report of a network; of a family whose spec as a whole has errors, of its first member."""
    from archcalc.cli.asking import FamilyNamed, checked
    from archcalc.language.files import stream_name

    try:
        return checked(spec, at, helped=helped)
    except FamilyNamed as family:
        # What is piped in cannot be read again.
        if not family.errors or stream_name(spec):
            raise
        return checked(spec, replace(at, preset=family.presets[0]), helped=helped)


def _print_json(report: Report) -> None:
    from json import dumps

    from archcalc.fixes.apply import to_dict
    from archcalc.pipeline import find_fixes

    click.echo(dumps(to_dict(report, find_fixes(report)), indent=2))


def _print_difference(report: Report, text: str) -> None:
    """The old and the new text as a unified diff."""
    from difflib import unified_diff

    from archcalc.reports.terminal_text import printable

    old, new = (one.splitlines() for one in (report.text, text))
    for line in unified_diff(old, new, report.file, report.file, lineterm=""):
        click.echo(printable(line))


def _list(report: Report, file: str | None) -> None:
    """Each error with its edits, numbered through."""
    from archcalc.cli.terminal import style
    from archcalc.fixes.apply import listed
    from archcalc.pipeline import find_fixes
    from archcalc.reports import text
    from archcalc.reports.diagnostic_text import diagnostic_text
    from archcalc.reports.terminal_text import printable

    found, how = find_fixes(report), style()
    width = len(str(len(found)))
    number = 0
    for error in listed(report, found):
        edits = [one for one in found if one.error == error]
        # What the help offers stands in the list again, with what it writes; that a warning may be meant does not.
        other = error.help[len(edits) :] if error.severity == "warning" else ()
        click.echo(diagnostic_text(replace(error, help=other) if edits else error, report.texts, report.file, how))
        for fix in edits:
            number += 1
            click.echo(f"  {str(number).rjust(width)}  {printable(fix.listed)}")
        click.echo()
    click.echo(text.verdict(report, how))
    if found and file is not None:
        click.echo(in_one_line(f"write one into the file: archcalc fix {file} --apply K"))


def _chosen(report: Report, chosen: int | str) -> tuple[list[str], str]:
    """What the chosen edits say, and the text with them."""
    from archcalc.fixes.apply import FixError, new_text
    from archcalc.pipeline import each_fix, fix_all

    if chosen == ALL:
        taken, text = fix_all(report)
        if not taken:
            raise click.UsageError("no error has an edit to apply")
        return [fix.edit for fix in taken], text
    number = int(chosen)
    found = list(islice(each_fix(report), number))
    if number > len(found):
        there = f"there are {len(found)}" if found else "there is none"
        raise click.UsageError(f"there is no edit {number}: {there}")
    try:
        return [found[-1].edit], new_text(report, found[-1])
    except FixError as error:
        raise click.UsageError(str(error)) from None


def _applied(report: Report, edits: list[str], new: str) -> Report:
    """The report after the new text is written."""
    from archcalc.cli.terminal import style
    from archcalc.fixes.apply import FixError, replace_text
    from archcalc.pipeline import check
    from archcalc.reports import text
    from archcalc.sizes.rules import known_sizes
    from archcalc.spec.given_input import by_name

    try:
        replace_text(report, new)
    except FixError as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.UsageError(f"`{report.file}` cannot be written: {error.strerror or error}") from None
    given = None if report.given is None or report.spec is None else by_name(report.spec, known_sizes(report.given))
    after = check(report.file, preset=report.preset, input=given, settings=report.settings)
    for edit in edits:
        click.echo(in_one_line(f"{report.file}: {edit}"))
    click.echo("\n" + text.render(after, style=style()))
    return after
