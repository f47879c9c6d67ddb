"""The command line. Each command calls one function and prints what it returns.

Exit status: 0 clean, 1 findings, 2 unreadable or misused, 3 a fault of archcalc's own.
"""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from archcalc.checking import Report, SettingError, check
from archcalc.source import scalar_value
from archcalc.values import exact

if TYPE_CHECKING:
    _Type = click.ParamType[Any]
else:
    _Type = click.ParamType  # not generic before click 8.4


class _Shape(_Type):
    name = "SIZES"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        sizes = [scalar_value(part.strip()) for part in str(value).split(",")]
        if not all(type(size) is int and 1 <= size < 2**31 for size in sizes) or len(sizes) > 4:
            self.fail(f"{value!r} is no shape: write the sizes without the batch, such as 3,224,224", param, ctx)
        return tuple(sizes)  # type: ignore[arg-type]


class _Setting(_Type):
    name = "NAME=VALUE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        name, _, text = str(value).partition("=")
        number = exact(text.strip())
        if number is None:
            self.fail(f"{value!r} sets nothing: write a name and a number, such as classes=10", param, ctx)
        return name.strip(), number


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="archcalc")
def cli() -> None:
    """The type checker and compiler for neural-network architectures."""


@cli.command("check")
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="For people, or for tools.")
@click.option("--input", "input_shape", type=_Shape(), help="Check at this input, such as 3,224,224.")
@click.option("--set", "settings", type=_Setting(), multiple=True, help="Change a value of `let`, such as classes=10.")
def check_command(
    specs: Sequence[str], form: str, input_shape: tuple[int, ...] | None, settings: Sequence[tuple[str, Any]]
) -> None:
    """Check specs: shapes, parameters, costs, and what their sources claim.

    SPEC is a file; a bare name such as `alexnet` is the bundled spec of that name.
    """
    reports = [_checked(spec, input_shape, settings) for spec in specs]
    if form == "json":
        from archcalc.report import json

        click.echo(json.render(reports))
    else:
        from archcalc.report import text

        click.echo("\n\n\n".join(text.render(report) for report in reports))
    sys.exit(status(reports))


def status(reports: Sequence[Report]) -> int:
    """The exit status of a check: 0, 1 for findings, 2 where a file could not be read as a spec."""
    if not all(report.readable for report in reports):
        return 2
    return 0 if all(report.ok for report in reports) else 1


def _checked(spec: str, input_shape: tuple[int, ...] | None, settings: Sequence[tuple[str, Any]]) -> Report:
    try:
        return check(_located(spec), input=input_shape, settings=dict(settings))
    except SettingError as fault:
        raise click.UsageError(str(fault)) from None


def _located(spec: str) -> str:
    """The path of a spec: as given, or the bundled spec's where it is a bare name and no file."""
    if "." in spec or "/" in spec or "\\" in spec or os.path.exists(spec):
        return spec
    from archcalc.bundled import bundled_spec

    return str(bundled_spec(spec) or spec)


def main() -> None:
    """The console script: ``cli``, with faults of our own turned into exit status 3."""
    codecs.register_error("archcalc", _in_ascii)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="archcalc")
    try:
        cli()
    except Exception as fault:
        _confess(fault)
        sys.exit(3)


_ASCII = {
    "×": "x",
    "─": "-",
    "✓": "+",
    "✗": "!",
    "≈": "~",
    "·": ".",
    "…": "...",
    "−": "-",
    "⌊": "[",
    "⌋": "]",
    "→": ">",
}


def _in_ascii(fault: UnicodeError) -> tuple[str, int]:
    """What stands for characters that the terminal's encoding does not have."""
    assert isinstance(fault, UnicodeEncodeError)
    return "".join(_ASCII.get(character, "?") for character in fault.object[fault.start : fault.end]), fault.end


def _confess(fault: Exception) -> None:
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = "" if trace is None else f" at {os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"
    click.echo(
        f"archcalc has a fault of its own: {type(fault).__name__}: {fault}{where}\n"
        "Nothing was written. Please report it, with the command and the spec.",
        err=True,
    )
