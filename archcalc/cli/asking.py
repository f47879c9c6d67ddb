"""What a command is asked about: the report of a spec, what to say of its errors, and the exit status."""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from archcalc.cli.options import At
from archcalc.pipeline import check, check_each, check_without_help
from archcalc.spec.opened import is_preset
from archcalc.spec.settings import SettingError

if TYPE_CHECKING:
    from archcalc.analysis.report import Report
    from archcalc.diagnostics.model import Diagnostic

UNSET = "A314"
"""What is said of a size that each member of a family sets."""


class FamilyNamed(click.UsageError):
    """A family is named where one network is asked about. ``errors`` are those of its whole spec."""

    def __init__(self, spec: str, presets: Iterable[str], errors: Sequence[Diagnostic]) -> None:
        self.presets, self.errors = tuple(presets), tuple(errors)
        super().__init__(f"{spec} is a family of networks: choose one with --preset: {', '.join(self.presets)}")


def checked(spec: str, at: At, *, helped: bool = True) -> Report:
    """The report of one network, with help unless only what is wrong is asked.

    Raises click.UsageError for what does not fit it, and FamilyNamed for a family.
    """
    try:
        report = (check if helped else check_without_help)(spec, preset=at.preset, input=at.input, settings=at.settings)
    except SettingError as error:
        raise click.UsageError(str(error)) from None
    presets = report.spec.presets if report.spec is not None and report.preset is None else {}
    others = [error for error in report.errors if error.code != UNSET]
    if presets and len(others) < len(report.errors):
        raise FamilyNamed(spec, presets, others)
    return report


def checked_each(spec: str, at: At) -> Iterator[Report]:
    """The reports of a spec: of each of its presets, where none is chosen. Raises click.UsageError as ``checked``."""
    if at.preset is not None or is_preset(spec):
        yield checked(spec, at)
        return
    try:
        yield from check_each(spec, input=at.input, settings=at.settings)
    except SettingError as error:
        raise click.UsageError(str(error)) from None


def specs_in(name: str) -> list[str]:
    """The specs that a name stands for: of a folder those in it and in its folders, in order; else itself.

    The file of a block stands for the specs that use it, where there are some. Raises click.UsageError for a folder
    without a spec, and for one that is too large to look through.
    """
    from archcalc.spec.folder import FolderTooLarge, specs_of_folder, specs_using

    if not os.path.isdir(name):
        return specs_using(name) or [name]

    try:
        found = specs_of_folder(name)
    except FolderTooLarge as error:
        raise click.UsageError(f"{error}: name the folders that the specs are in") from None
    if not found:
        raise click.UsageError(f"no file in the folder {name} is a spec: each has `archcalc: 1` and `layers:`")
    return found


def say_skipped(names: Iterable[str]) -> None:
    """Say of folders how many YAML files in them are not checked, and of one that may be meant for a spec."""
    from archcalc.reports.visible import in_one_line
    from archcalc.spec.folder import others_of_folder

    for name in filter(os.path.isdir, names):
        others, likely = others_of_folder(name)
        if not others:
            continue
        one = len(others) == 1
        what = f"{others[0]} is no spec" if one else f"{len(others)} YAML files in {name} are no specs"
        like = f"; {'it' if one else likely} looks like one: name it, to see what it lacks" if likely else ""
        click.echo(in_one_line(f"note: {what}, and not checked{like}"), err=True)


def say_repeated(names: Sequence[str]) -> None:
    """Say of what is given more than once that it is taken once, and how variants of it are written."""
    from archcalc.reports.visible import in_one_line

    for name in dict.fromkeys(one for place, one in enumerate(names) if one in names[:place]):
        ways = f"{name}#PRESET, {name}#NAME=VALUE or {name}#input=SIZES"
        click.echo(in_one_line(f"note: {name} is given more than once, and taken once; a variant is {ways}"), err=True)


def once(paths: Iterable[str]) -> list[str]:
    """The paths without those that are there already, as they are first written."""
    found: dict[str, str] = {}
    for path in paths:
        found.setdefault(os.path.normpath(path), path)
    return list(found.values())


def status(reports: Sequence[Report], *, warnings: bool = False) -> int:
    """The exit status of a check: 0, 1 for findings, 2 where a file could not be read as a spec.

    A warning is a finding where ``warnings`` are to count.
    """
    if not all(report.readable for report in reports):
        return 2
    return 0 if all(not report.diagnostics if warnings else report.ok for report in reports) else 1


def say_errors(report: Report, besides: Container[Diagnostic] = ()) -> None:
    """Print what is wrong with a spec, but for what is said elsewhere, before all else that is said of it."""
    if not all(error in besides for error in report.errors):
        from archcalc.cli.terminal import style
        from archcalc.reports import text

        click.echo(text.errors(report, besides, style()), err=True)
