"""What a gate is told: each diagnostic once, with the members of a family that have it, and its file as a URI."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

from msgspec.structs import replace

from archcalc.analysis.report import Report
from archcalc.diagnostics.codes import CLAIMS
from archcalc.diagnostics.model import Diagnostic

CHECKOUTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""The variables in which GitHub's and GitLab's jobs have the folder from which they take paths."""

MOST_NAMED = 4
"""How many presets are named that have a finding."""


def findings(reports: Iterable[Report]) -> list[Diagnostic]:
    """The diagnostics of all reports, each once; its message names the presets where not all of the family have it.

    What is found of a network as a whole names its preset in any case: nothing else tells which one it is.
    """
    return [error for error, _ in found_in(reports)]


def found_in(reports: Iterable[Report]) -> list[tuple[Diagnostic, Report]]:
    """As ``findings``, each with the first report that has it."""
    members: dict[str, set[str | None]] = {}
    having: dict[Diagnostic, list[Report]] = {}
    for report in reports:
        members.setdefault(report.file, set()).add(report.preset)
        for error in report.diagnostics:
            having.setdefault(error, []).append(report)
    # An error in a file of blocks is of no family.
    return [
        (_of_members(error, list(dict.fromkeys(one.preset for one in had)), len(members.get(error.file, ()))), had[0])
        for error, had in having.items()
    ]


def _of_members(error: Diagnostic, having: Sequence[str | None], members: int) -> Diagnostic:
    names = [f"`{name}`" for name in having if name is not None]
    if not names or (len(names) == members and not (members == 1 and error.code.startswith(CLAIMS))):
        return error
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    which = f"preset{'s' * (len(names) > 1)} {', '.join(names[:MOST_NAMED])}{more}"
    return replace(error, message=f"{which}: {error.message}")


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
    """The path of a file as services name it: from the top of the checkout in a job, or else the working directory.

    A file that is not in there keeps its path.
    """
    path, top = Path(file), Path(next(filter(None, map(os.environ.get, CHECKOUTS)), Path.cwd()))
    # What was piped in is no file.
    if file.startswith("<"):
        return file
    for place, within in ((Path(os.path.abspath(file)), top), (path.resolve(), top.resolve()), (path, Path.cwd())):
        if place.is_relative_to(within):
            return place.relative_to(within).as_posix()
    return path.as_posix()


def uri(file: str) -> str:
    """The same as a URI: relative, or absolute with a scheme."""
    path = relative(file)
    return Path(path).as_uri() if Path(path).is_absolute() else quote(path)
