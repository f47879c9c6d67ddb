"""``archcalc sweep``."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, cast

import click

from archcalc.cli.endings import format_of
from archcalc.cli.options import (
    COLOR,
    DIGITS,
    PRESET,
    SPEC,
    TABLES,
    by_name,
    completing,
    digits_of,
    format_option,
    listed,
)
from archcalc.reports.terminal_text import PLAIN
from archcalc.reports.visible import in_one_line

if TYPE_CHECKING:
    from archcalc.explore.sweep import Sweep
    from archcalc.explore.table import Table
    from archcalc.reports.tables.model import PaperTable

_EXAMPLE = "H=128:320:32"

_ENDINGS = {
    ".csv": "csv",
    ".json": "json",
    ".md": "markdown",
    ".tex": "latex",
    ".html": "html",
    ".txt": "text",
}

_FOR_TOOLS = ("csv", "json")
"""The formats with every digit, and without why a row is not legal where nobody asks."""

LONG = 200_000
"""From how many rows on there is a progress bar."""


@click.command("sweep")
@SPEC
@PRESET
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=RANGE",
    shell_complete=completing("settings"),
    help="Vary a value of `let`: width=0.25:2:0.05.",
)
@click.option(
    "--input", "sizes", multiple=True, metavar="AXIS=RANGE", help="Vary the input: H=128:320:32, HW=… both alike, N=…."
)
@click.option("--where", multiple=True, metavar="CONDITION", help="Only the legal rows that meet it: 'macs <= 600M'.")
@click.option(
    "--columns",
    "asked",
    metavar="NAME,…",
    callback=listed,
    help="Only these columns beside what varies, by their headings or keys, such as 'MACs,last map' or params,flops.",
)
@DIGITS
@format_option(*TABLES, "json", default=None)
@click.option(
    "--out",
    type=click.Path(dir_okay=False),
    help="Write to this file; .csv, .json, .md, .tex, .html and .txt say the format.",
)
@click.option("--resume", is_flag=True, help="Go on with an --out of csv that the same sweep began.")
@COLOR
def command(
    spec: str,
    preset: str | None,
    settings: Sequence[str],
    sizes: Sequence[str],
    where: Sequence[str],
    asked: Sequence[str],
    digits: str | None,
    form: str | None,
    out: str | None,
    resume: bool,
) -> None:
    """Parameters, MACs and output sizes for every combination of settings and input sizes.

    A RANGE is first:last:step, both ends included, or a list, 10,100,1000. A row that is not legal says which
    layer refuses its input, and why, and has no numbers. Exits 1 where no row is legal.
    """
    form = form or format_of(out, _ENDINGS, "text")
    if resume and (out is None or form != "csv"):
        raise click.UsageError("--resume goes on with an --out of csv")
    if digits is not None and form in _FOR_TOOLS:
        raise click.UsageError(f"--digits is for people: {form} has every digit")
    if asked and form == "json":
        raise click.UsageError("--columns is of tables and csv: json has every column")
    plan = _plan(spec, preset, by_name("--input", sizes, _EXAMPLE), by_name("--set", settings, "width=0.5:2"), where)
    from archcalc.cli.terminal import Escaped
    from archcalc.explore.swept import shown_unasked
    from archcalc.reports import sweep
    from archcalc.spec.settings import SettingError

    legal: list[int] = []
    besides = ("legal",) if form in _FOR_TOOLS else ("legal", "why")
    try:
        chosen = plan.named((*plan.varied, *asked)) if asked else plan.columns
        with _opened(out, resume) as stream:
            start = sweep.begun(plan, chosen, stream) if resume else 0
            # The console escapes what it is given by itself.
            shown = stream if out is None else cast("IO[str]", Escaped(stream))
            tables = _counted(_with_progress(plan, start, (*chosen, *besides)), legal)
            if form == "csv":
                sweep.write_csv(chosen, tables, shown, header=not start)
            elif form == "json":
                sweep.write_json(chosen, tables, shown)
            else:
                from archcalc.reports.tables.sweep import sweep_table

                columns = chosen if asked else shown_unasked(chosen)
                rounded = digits_of(digits, None)
                found = sweep_table(columns, tables, plan.name, digits=rounded, varied=plan.varied, taken=plan.taken)
                _write_table(found, form, shown)
    except sweep.OtherSweep as error:
        raise click.UsageError(f"{out} was begun by another sweep: {error}") from None
    except SettingError as error:
        raise click.UsageError(str(error)) from None
    except KeyboardInterrupt:
        go_on = f"; {out} has what was done, --resume goes on with it" if out is not None and form == "csv" else ""
        click.echo(in_one_line(f"stopped{go_on}"), err=True)
        sys.exit(130)
    if not any(legal) and not start:
        first = "it" if len(plan) == 1 else "the first"
        why = f"is legal; `{_check_of_first(plan, spec, preset)}` says why {first} is not"
        click.echo(in_one_line(f"no row {'meets the conditions' if where else why}"), err=True)
        sys.exit(1)


def _write_table(table: PaperTable, form: str, stream: IO[str]) -> None:
    """The table for people, on the terminal with its colours, or for a paper or a page."""
    from archcalc.cli.terminal import style
    from archcalc.reports.tables.views import as_text, render

    on_terminal = style() if stream is sys.stdout else PLAIN
    click.echo(as_text(table, on_terminal) if form == "text" else render([table], form), file=stream)


def _check_of_first(plan: Sweep, spec: str, preset: str | None) -> str:
    """The command that checks the network of the first row."""
    settings, shape = plan.first()
    words = ["archcalc", "check", spec, *([] if preset is None else ["--preset", preset])]
    words += [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    words += [] if shape is None else ["--input", ",".join(map(str, shape))]
    return shlex.join(words)


def _plan(
    path: str, preset: str | None, sizes: dict[str, str], settings: dict[str, str], where: Sequence[str]
) -> Sweep:
    from archcalc.analysis.report import SpecError
    from archcalc.diagnostics.codes import UNREADABLE
    from archcalc.explore.sweep import Sweep
    from archcalc.spec.settings import SettingError

    try:
        return Sweep(path, preset=preset, input=sizes, settings=settings, where=where)
    except SettingError as error:
        raise click.UsageError(str(error)) from None
    except SpecError as errors:
        from archcalc.reports.diagnostic_text import diagnostic_text

        click.echo("\n\n".join(diagnostic_text(error, errors.texts) for error in errors.diagnostics), err=True)
        sys.exit(2 if any(error.code in UNREADABLE for error in errors.diagnostics) else 1)


@contextmanager
def _opened(out: str | None, resume: bool) -> Iterator[IO[str]]:
    """Where to write. Raises click.FileError where that cannot be written."""
    if out is None:
        yield sys.stdout
        return
    try:
        if resume:
            # To read what is there, and make the file where nothing is.
            open(out, "a", encoding="utf-8").close()
        with open(out, "r+" if resume else "w", encoding="utf-8", newline="") as stream:
            yield stream
    except OSError as error:
        click.echo(in_one_line(f"error: {out} cannot be written: {error.strerror or error}"), err=True)
        sys.exit(2)


def _with_progress(plan: Sweep, start: int, wanted: Sequence[str] | None = None) -> Iterator[Table]:
    from archcalc.cli.terminal import progress

    with progress(len(plan), "rows", LONG, start) as go_on:
        at = start
        for done, table in plan.blocks(wanted, start):
            yield table
            go_on(done - at)
            at = done


def _counted(tables: Iterator[Table], legal: list[int]) -> Iterator[Table]:
    """The same, while noting how many rows of each are legal."""
    for table in tables:
        legal.append(int(table["legal"].sum()))
        yield table
