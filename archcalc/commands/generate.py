"""``archcalc generate``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from archcalc.commands.options import checked, status
from archcalc.generating import Generated


@click.command("generate")
@click.argument("specs", nargs=-1, metavar="[SPEC...]")
@click.option("--target", type=click.Choice(["torch"]), required=True, help="What to write.")
@click.option("--out", default="generated", type=click.Path(file_okay=False), help="Where; a folder a spec.")
@click.option("--force", is_flag=True, help="Overwrite files that were changed since generated.")
@click.option("--check", "check_only", is_flag=True, help="Write nothing; exit 1 where a folder is stale.")
def command(specs: Sequence[str], target: str, out: str, force: bool, check_only: bool) -> None:
    """Write code for specs, a folder each; without SPEC, for every spec in ./specs."""
    from archcalc.generating import GenerateError, generate

    worst = 0
    ready: dict[str, Generated] = {}
    for spec in specs or _specs_here():
        report = checked(spec)
        if not report.ok:
            from archcalc.report import text

            click.echo(text.faults(report), err=True)
            worst = max(worst, status([report]))
            continue
        made = generate(report, target=target, out=out)
        if made.name in ready:
            raise click.UsageError(f"two of the specs would go into {made.folder}")
        ready[made.name] = made
    for made in ready.values():
        try:
            worst = max(worst, _compared(made) if check_only else _written(made, force))
        except GenerateError as fault:
            click.echo(f"error[A501]: {fault}", err=True)
            worst = max(worst, 1)
        except OSError as fault:
            click.echo(f"error: {made.folder} cannot be written: {fault.strerror or fault}", err=True)
            worst = 2
    sys.exit(worst)


def _specs_here() -> list[str]:
    from pathlib import Path

    found = sorted(str(path) for path in Path("specs").glob("*.yaml"))
    if not found:
        raise click.UsageError("there is no spec in ./specs; name one")
    return found


def _compared(made: Generated) -> int:
    old = made.stale()
    for name in old:
        click.echo(f"stale: {made.folder / name}")
    if not old:
        click.echo(f"{made.folder}: up to date")
    return 1 if old else 0


def _written(made: Generated, force: bool) -> int:
    names = made.write(force=force)
    click.echo(f"{made.folder}: " + (f"wrote {', '.join(names)}" if names else "up to date"))
    return 0
