"""``archcalc generate``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import PurePath
from typing import TYPE_CHECKING

import click

from archcalc.cli.options import COLOR, At, completing, of_a_network
from archcalc.reports.visible import in_one_line

if TYPE_CHECKING:
    from archcalc.analysis.report import Report
    from archcalc.diagnostics.model import Diagnostic
    from archcalc.targets.generate import Generated


MOST_MEMBERS = 100
"""How many members of a family are written at once: it takes as long for each, and who wrote the spec has chosen it."""


@click.command("generate")
@click.argument("specs", nargs=-1, metavar="[SPEC...]", shell_complete=completing("specs"))
@click.option("--target", type=click.Choice(["torch"]), required=True, help="What to write.")
@click.option("--out", default="generated", type=click.Path(file_okay=False), help="Where; a folder a spec.")
@click.option("--force", is_flag=True, help="Overwrite files that were changed since generated.")
@click.option("--check", "check_only", is_flag=True, help="Write nothing; exit 1 where a folder is stale.")
@click.option("--diff", "diff_only", is_flag=True, help="Write nothing; show what would change, and exit 1 if any.")
@of_a_network
@COLOR
def command(
    specs: Sequence[str], target: str, out: str, force: bool, check_only: bool, diff_only: bool, at: At
) -> None:
    """Write code for specs, a folder each; without SPEC, for every spec in ./specs.

    Of a family of networks every preset gets a folder of its own, unless --preset names one. What cannot be
    generated from is refused with a reason, and the rest is written. A file that you have changed stays as it
    is. Exits 1 where anything was refused.
    """
    from archcalc.cli.asking import say_errors, status
    from archcalc.targets.generate import GenerateError, generate

    worst = 0
    ready: dict[str, Generated] = {}
    for spec, report in _reports(specs or _specs_here(), at):
        try:
            made = generate(report, target=target, out=out)
        except GenerateError as error:
            say_errors(report)
            if error.diagnostics:
                if not report.ok:
                    click.echo(err=True)
                name = f"{spec} {report.preset}" if report.preset else spec
                _tell(error.diagnostics, f"{name}: nothing generated", report.texts, err=True)
            worst = max(worst, 1, status([report]))
            continue
        if made.name in ready:
            raise click.UsageError(f"two of the specs would go into {made.folder}")
        ready[made.name] = made
    for made in ready.values():
        try:
            do = _shown if diff_only else _compared if check_only else partial(_written, force=force)
            worst = max(worst, do(made))
        except GenerateError as error:
            kept = ", ".join(PurePath(one.file).name for one in error.diagnostics)
            wrote = f"wrote {', '.join(error.written)}; kept {kept}" if error.written else "nothing written"
            _tell(error.diagnostics, f"{made.folder}: {wrote}", err=True)
            worst = max(worst, 1)
        except OSError as error:
            click.echo(in_one_line(f"error: {made.folder} cannot be written: {error.strerror or error}"), err=True)
            worst = 2
    sys.exit(worst)


def _reports(specs: Sequence[str], at: At) -> Iterator[tuple[str, Report]]:
    from archcalc.cli.asking import checked_each

    for spec in specs:
        reports = [*islice(checked_each(spec, at), MOST_MEMBERS + 1)]
        if len(reports) > MOST_MEMBERS:
            what = f"{spec} is a family of more than {MOST_MEMBERS} networks, which are not written at once"
            raise click.UsageError(f"{what}: choose one with --preset")
        for report in reports:
            yield spec, report


def _specs_here() -> list[str]:
    from pathlib import Path

    found = sorted(str(path) for path in Path("specs").glob("*.yaml"))
    if not found:
        raise click.UsageError("there is no spec in ./specs; name one")
    return found


def _tell(
    errors: Iterable[Diagnostic], verdict: str, texts: Mapping[str, str] | None = None, *, err: bool = False
) -> None:
    """Print errors as ``archcalc check`` does, and below them what comes of them."""
    from archcalc.cli.terminal import style
    from archcalc.reports.diagnostic_text import diagnostic_text
    from archcalc.reports.terminal_text import printable

    told = [diagnostic_text(error, texts or {}, style=style()) for error in errors]
    click.echo("\n\n".join([*told, printable(verdict)]), err=err)


def _compared(made: Generated) -> int:
    found = made.errors()
    _tell(found, f"{made.folder}: " + (f"{len(found)} of {len(made.files)} files stale" if found else "up to date"))
    return 1 if found else 0


def _shown(made: Generated) -> int:
    from archcalc.cli.terminal import style
    from archcalc.reports.terminal_text import GREEN, RED, printable

    found = made.diff().splitlines()
    colours = {"+": GREEN, "-": RED}
    lines = [
        style().paint(colours[line[0]], text) if line[:1] in colours else text
        for line, text in ((line, printable(line)) for line in found)
    ]
    click.echo("\n".join(lines) if lines else f"{made.folder}: up to date")
    return 1 if found else 0


def _written(made: Generated, force: bool) -> int:
    names, kept = made.write(force=force), made.edited()
    said = f"wrote {', '.join(names)}" if names else "up to date"
    said += f"; kept {', '.join(kept)}, which you changed" if kept else ""
    click.echo(in_one_line(f"{made.folder}: {said}"))
    return 0
