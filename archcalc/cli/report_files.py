"""``--report FORMAT=FILE``: reports for tools in files, beside what is printed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import click

from archcalc.cli.options import Typed
from archcalc.reports.visible import in_one_line

FORMATS: Final = {
    "json": "archcalc.reports.json",
    "github": "archcalc.reports.gate.github",
    "gitlab": "archcalc.reports.gate.gitlab",
    "junit": "archcalc.reports.gate.junit",
    "sarif": "archcalc.reports.gate.sarif",
}
"""The modules that render reports for tools."""


class ReportType(Typed):
    """``sarif=specs.sarif``: a format of tools, and where to write it."""

    name = "FORMAT=FILE"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Path]:
        form, equals, file = str(value).partition("=")
        if form not in FORMATS or not equals or not file:
            known = ", ".join(FORMATS)
            self.fail(f"{value!r} is no report: write one of {known} and a file, such as sarif=specs.sarif", param, ctx)
        return form, Path(file)


def written(files: Iterable[tuple[str, Path]], render: Callable[[str], str]) -> None:
    """Write each report, whole or not at all. Exits 2 where one cannot be written."""
    from archcalc.language.file_replacement import write_files

    for form, path in files:
        try:
            write_files(path.parent, {path.name: f"{render(form)}\n".encode()})
        except OSError as error:
            click.echo(in_one_line(f"error: {path} cannot be written: {error.strerror or error}"), err=True)
            sys.exit(2)


def refuse_same(files: Iterable[tuple[str, Path]]) -> None:
    """Refuse two reports in one file."""
    seen: set[Path] = set()
    for _, path in files:
        where = path.absolute()
        if where in seen:
            raise click.UsageError(in_one_line(f"--report names {path} twice: the second would replace the first"))
        seen.add(where)
