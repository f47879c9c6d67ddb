"""``archcalc check``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from archcalc.commands.options import SettingType, ShapeType, checked, status


@click.command("check")
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="For people or for tools.")
@click.option("--input", "input_shape", type=ShapeType(), help="Check at this input, such as 3,224,224.")
@click.option(
    "--set", "settings", type=SettingType(), multiple=True, help="Change a value of `let`, such as classes=10."
)
def command(
    specs: Sequence[str], form: str, input_shape: tuple[int, ...] | None, settings: Sequence[tuple[str, Any]]
) -> None:
    """Check specs: shapes, parameters, costs, and what their sources claim.

    SPEC is a file; a bare name such as `alexnet` is the bundled spec of that name.
    """
    reports = [checked(spec, input_shape, settings) for spec in specs]
    if form == "json":
        from archcalc.report import json

        click.echo(json.render(reports))
    else:
        from archcalc.report import text

        click.echo("\n\n\n".join(text.render(report) for report in reports))
    sys.exit(status(reports))
