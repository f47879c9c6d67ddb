"""The edits that mend a spec's faults, and one of them written into its file."""

from __future__ import annotations

import os
from pathlib import Path

from archcalc.checking import Report, check, edits_for
from archcalc.diagnostics import Diagnostic
from archcalc.edits import edited
from archcalc.files import rewrite
from archcalc.repair import Repair

_BOM = b"\xef\xbb\xbf"


class FixError(ValueError):
    """An edit that cannot be written into the file."""


def repairs(report: Report) -> tuple[Repair, ...]:
    """The edits that mend a report's faults, in the order of the faults; of one fault's, those that change least first.

    Each was applied and the whole spec checked again: its fault is gone, and no other has come.
    """
    if report.spec is None or report.ok:
        return ()
    search = edits_for(report)
    return tuple(repair for fault in errors(report) for repair in search.of(fault))


def errors(report: Report) -> list[Diagnostic]:
    """What there is to fix: the faults that are no warnings, each place once."""
    return list(report.errors)


def apply(report: Report, repair: Repair) -> Report:
    """Write an edit into the report's file, and check that again.

    All other bytes stay as they were, and the file is replaced in one step. Raises FixError where the
    edit is one of the input given from outside or the file was changed since it was checked, and
    OSError where it cannot be written.
    """
    if not repair.changes:
        sizes = ",".join(map(str, repair.input or ()))
        raise FixError(f"the input was given from outside: give {sizes} instead")
    path = Path(os.path.realpath(report.file))
    old = path.read_bytes()
    if old.removeprefix(_BOM) != report.text.encode():
        raise FixError(f"`{report.file}` was changed meanwhile: nothing was written")
    bom = _BOM if old.startswith(_BOM) else b""
    if not rewrite(path, old, bom + edited(report.text, *repair.changes).encode()):
        raise FixError(f"`{report.file}` was changed meanwhile: nothing was written")
    return check(report.file, preset=report.preset, input=report.given, settings=report.settings)
