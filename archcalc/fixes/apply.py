"""An edit that fixes an error, as text ranges, and written into the file of its spec."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from archcalc.analysis.plain_values import diagnostic_dict
from archcalc.analysis.report import Report
from archcalc.diagnostics.errors import ArchcalcError
from archcalc.diagnostics.json_object import JsonObject
from archcalc.diagnostics.model import Diagnostic
from archcalc.fixes.fix import Fix
from archcalc.fixes.text_fix import as_text
from archcalc.language.file_replacement import read_plain, replace_file
from archcalc.language.yaml_cuts import Places
from archcalc.language.yaml_edits import edited

_BOM = b"\xef\xbb\xbf"


class FixError(ArchcalcError, ValueError):
    """An edit that cannot be written into the file."""


def errors(report: Report) -> list[Diagnostic]:
    """What there is to fix: the errors that are not warnings, each place once."""
    return list(report.errors)


def listed(report: Report, found: Sequence[Fix]) -> list[Diagnostic]:
    """The errors, and the warnings that there is an edit for."""
    return [error for error in report.diagnostics if error.severity == "error" or any(f.error == error for f in found)]


def apply(report: Report, fix: Fix) -> None:
    """Write an edit into the report's file.

    All other bytes stay as they were, and the file is replaced in one step; of a symbolic link, the file that it
    leads to. Raises FixError where the edit is one of the input given from outside, where the file was changed since
    it was checked, and where it is read-only, another user's, or has several names; OSError where it cannot be written.
    """
    replace_text(report, new_text(report, fix))


def new_text(report: Report, fix: Fix) -> str:
    """The text of the spec with an edit written into it. Raises FixError for one of the input given from outside."""
    if not fix.changes:
        sizes = ",".join(map(str, fix.input or ()))
        raise FixError(f"the input was given from outside: give {sizes} instead")
    return edited(report.text, *fix.changes)


def replace_text(report: Report, text: str) -> None:
    """Write another text into the report's file. Raises as ``apply``."""
    path = Path(os.path.realpath(report.file))
    changed = FixError(f"`{report.file}` was changed meanwhile: nothing was written")
    old = read_plain(path)
    if old is None or old.removeprefix(_BOM) != report.text.encode():
        raise changed
    _refuse_to_replace(report.file, path)
    bom = _BOM if old.startswith(_BOM) else b""
    new = bom + text.encode()
    if not replace_file(path, new, lambda: read_plain(path) == old):
        raise changed


def to_dict(report: Report, found: Sequence[Fix]) -> JsonObject:
    """The errors of a report with their edits, as ``archcalc fix --format json`` prints them."""
    places = Places(report.text)
    return {
        "schema": "urn:archcalc:fix:1",
        "spec": report.file,
        "preset": report.preset,
        "ok": report.ok,
        "errors": [
            diagnostic_dict(
                replace(error, fixes=tuple(as_text(fix, report.file, places) for fix in found if fix.error == error))
            )
            for error in listed(report, found)
        ],
    }


def _refuse_to_replace(name: str, path: Path) -> None:
    """Raise FixError for a file of which something would be lost if another took its place."""
    found = path.stat()
    if not found.st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(path, os.W_OK):
        raise FixError(f"`{name}` is read-only: allow writing to it first")
    if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
        raise FixError(f"`{name}` belongs to another user, and would become yours: fix a copy of it")
    if found.st_nlink > 1:
        links = f"`{name}` has {found.st_nlink} names (hard links), and only one of them would be changed"
        raise FixError(f"{links}: fix a copy of it")
