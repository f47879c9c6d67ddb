"""An edit that fixes an error, written into the file of its spec."""

from __future__ import annotations

import os
from pathlib import Path

from archcalc.analysis.report import Report
from archcalc.diagnostics.errors import ArchcalcError
from archcalc.diagnostics.model import Diagnostic
from archcalc.fixes.search import Fix
from archcalc.language.yaml_edits import edited
from archcalc.targets.sealed_files import rewrite

_BOM = b"\xef\xbb\xbf"


class FixError(ArchcalcError, ValueError):
    """An edit that cannot be written into the file."""


def errors(report: Report) -> list[Diagnostic]:
    """What there is to fix: the errors that are not warnings, each place once."""
    return list(report.errors)


def apply(report: Report, fix: Fix) -> None:
    """Write an edit into the report's file.

    All other bytes stay as they were, and the file is replaced in one step. Raises FixError where the
    edit is one of the input given from outside or the file was changed since it was checked, and
    OSError where it cannot be written.
    """
    if not fix.changes:
        sizes = ",".join(map(str, fix.input or ()))
        raise FixError(f"the input was given from outside: give {sizes} instead")
    path = Path(os.path.realpath(report.file))
    old = path.read_bytes()
    if old.removeprefix(_BOM) != report.text.encode():
        raise FixError(f"`{report.file}` was changed meanwhile: nothing was written")
    bom = _BOM if old.startswith(_BOM) else b""
    if not rewrite(path, old, bom + edited(report.text, *fix.changes).encode()):
        raise FixError(f"`{report.file}` was changed meanwhile: nothing was written")
