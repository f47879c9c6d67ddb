"""What a gate is told: each diagnostic once, however many members of a family have it, with its file as a URI."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from msgspec.structs import replace

from archcalc.analysis.report import Report
from archcalc.diagnostics.model import Diagnostic


def findings(reports: Iterable[Report]) -> list[Diagnostic]:
    """The diagnostics of all reports, each once."""
    return list(dict.fromkeys(error for report in reports for error in report.diagnostics))


def with_warnings_as_errors(report: Report) -> Report:
    """The report as a gate sees it that a warning closes: nothing that makes it fail may be told as harmless."""
    if not any(error.severity == "warning" for error in report.diagnostics):
        return report
    # It is no longer an OkReport.
    fields = {name: getattr(report, name) for name in Report.__struct_fields__}
    told = tuple(replace(error, severity="error") for error in report.diagnostics)
    return Report(**fields | {"diagnostics": told})


def in_words(error: Diagnostic) -> str:
    """The message with the ways out, a line each."""
    return "\n".join([error.message, *(f"help: {line}" for line in error.help)])


def relative(file: str) -> str:
    """The path of a file as services name it: from the working directory, where the file is in it."""
    path = Path(file)
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else path.as_posix()


def uri(file: str) -> str:
    """The same as a URI: relative, or absolute with a scheme."""
    path = relative(file)
    return Path(path).as_uri() if Path(path).is_absolute() else quote(path)
