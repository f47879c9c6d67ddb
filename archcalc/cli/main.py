"""The command line: which commands there are, and what an error of our own looks like.

Exit status: 0 clean, 1 findings, 2 unreadable, unwritable or misused, 3 an error of archcalc's own, 130 interrupted,
141 nobody reads the output any more.
"""

from __future__ import annotations

import codecs
import importlib
import os
import sys
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from archcalc.cli.terminal import consoles
from archcalc.reports.visible import in_one_line

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS: Final = {
    "check": "Check specs: shapes, parameters, costs, and what their sources claim.",
    "diff": "What changes from one network to another, or from a revision of specs to their files.",
    "draw": "Draw a network: blocks and layers as boxes, with the sizes of what goes from one to the next.",
    "explain": "Explain a layer of a spec, or a diagnostic code.",
    "fix": "List the edits that fix a spec's errors and a missing flatten, or write one of them into its file.",
    "generate": "Write code for specs, a folder each; without SPEC, for every spec in ./specs.",
    "kinds": "List the layer kinds, or show one with its fields, defaults and shapes.",
    "law": "The laws of a network, in N samples and the sizes of the input.",
    "list": "List the bundled networks, with their parameters and MACs.",
    "solve": "Every combination of values with which the network is legal and a condition holds.",
    "sweep": "Parameters, MACs and output sizes for every combination of settings and input sizes.",
}
"""Each is a module of ``archcalc.cli`` with a ``command``, whose help begins with this line.

So help and completion need not import what the commands import.
"""


INTERRUPTED: Final = 130


class _Commands(click.Group):
    """Commands that are imported when called for, so that one does not pay for another's libraries."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"archcalc.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        found = [CompletionItem(name, help=help) for name, help in COMMANDS.items() if name.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def main(self, *arguments: Any, **options: Any) -> NoReturn:
        """Run a command, as click does it, with all that is printed going through ``terminal.consoles``."""
        with consoles():
            try:
                status = super().main(*arguments, **options | {"standalone_mode": False})
            except click.ClickException as error:
                error.message = in_one_line(error.message)  # type: ignore[misc]  # final to who derives from it
                error.show()
                status = error.exit_code
            except click.Abort:
                status = INTERRUPTED
        sys.exit(status if isinstance(status, int) else 0)


# click is told to leave the colours to the consoles: it would take a stranger's out, so that nobody sees them.
@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "color": True})
@click.version_option(package_name="archcalc")
def cli() -> None:
    """The type checker and compiler for neural-network architectures."""


def main() -> None:
    """The console script: ``cli``, with errors of our own turned into exit status 3, and Ctrl-C into 130."""
    codecs.register_error("archcalc", _in_ascii)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="archcalc")
    try:
        cli()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        with consoles():
            _confess(error)
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
    "⌈": "[",
    "⌉": "]",
    "≤": "<=",
    "≠": "!=",
    "→": ">",
    "≥": ">=",
    **dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)),
    **{sign: f"^{digit}" for digit, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
}


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    """What stands for characters that the terminal's encoding does not have."""
    assert isinstance(error, UnicodeEncodeError)
    return "".join(_ASCII.get(character, "?") for character in error.object[error.start : error.end]), error.end


def _confess(error: Exception) -> None:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = "" if trace is None else f" at {os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"
    click.echo(
        f"archcalc has an error of its own: {type(error).__name__}: {error}{where}\n"
        "Nothing was written. Please report it, with the command and the spec.",
        err=True,
    )
