"""``archcalc diff``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from archcalc.cli.options import COLOR, SPECS, At, format_option, of_a_network
from archcalc.reports.visible import in_one_line

if TYPE_CHECKING:
    from archcalc.analysis.report import Report
    from archcalc.cli.git_revision import Past
    from archcalc.explore.difference import Difference, Unpaired


@click.command("diff")
@SPECS
@click.option(
    "--git", "revision", metavar="REV", help="The old ones are the specs as they were at this revision, such as main."
)
@of_a_network
@format_option("markdown", "latex", "html", "json")
@COLOR
def command(specs: Sequence[str], revision: str | None, at: At, form: str) -> None:
    """What changes from one network to another, or from a revision of specs to their files.

    OLD and NEW are specs or bundled networks; with --git there are files, and folders of them. Of two families of
    networks the presets of one name are compared. Layers are told by their names. Exits 1 where one of them has an
    error, which is said first, or where two have too many layers to be compared, and 0 whether they differ or not. A
    claim or a budget that is not met is no hindrance to a comparison, and any other error is. Of a spec that the
    revision does not have, everything is new; of one that is no longer there, everything is gone.
    """
    from archcalc.analysis.every_expert import TooManyLayers
    from archcalc.cli.asking import say_errors, status

    if len(specs) != 2 and not revision:
        wanted = "two specs, an old one and a new one, or those of --git"
        raise click.UsageError(f"a difference is between two networks: name {wanted}")
    compared = _since(revision, specs, at) if revision else [(_reports(specs[0], at), _reports(specs[1], at))]
    asked = [report for old, new in compared for report in (*(old or ()), *(new or ()))]
    for report in asked:
        say_errors(report)
    found: list[Difference | Unpaired] = []
    lines: list[str] = []
    given_up = False
    for old, new in compared:
        both = [*(new or ()), *(old or ())]
        if all(report.sound for report in both):
            try:
                differences, alone = _differences(old, new, revision or "")
            except TooManyLayers as error:
                click.echo(f"{in_one_line(both[0].file)}: not compared: {in_one_line(str(error))}", err=True)
                given_up = True
                continue
            found += differences
            lines += alone
        else:
            lines.append(f"{both[0].file}: not compared, because of errors: {_hindrance(both)}")
    if found:
        click.echo(_text(found, lines, form, "preset" if len(compared) == 1 else "network"))
    sys.exit(max(status(asked), int(given_up)))


def _hindrance(reports: Sequence[Report]) -> str:
    """The first error that is no claim and no budget, in a line."""
    from archcalc.analysis.report import in_a_line
    from archcalc.diagnostics.codes import CLAIMS

    errors = [error for report in reports for error in report.errors]
    return next(in_a_line(error) for error in errors if not error.code.startswith(CLAIMS))


def _text(found: Sequence[Difference | Unpaired], lines: Sequence[str], form: str, what: str) -> str:
    """The differences in a format; of several, each a ``what``, those that are the same are only counted."""
    if form == "json":
        from archcalc.reports import json

        return json.render(found)
    several = len(found) > 1
    shown = [one for one in found if not (several and one.same)]
    if form in ("latex", "html"):
        from archcalc.reports.tables import views
        from archcalc.reports.tables.difference import difference_tables

        return views.render([table for one in shown for table in difference_tables(one)], form)
    from archcalc.cli.terminal import style
    from archcalc.reports.difference import render, render_markdown
    from archcalc.reports.markdown_text import in_markdown
    from archcalc.reports.terminal_text import printable

    parts = [render_markdown(one) if form == "markdown" else render(one, style()) for one in shown]
    if same := len(found) - len(shown):
        parts.append(f"{same} {what}{'s' * (same != 1)} the same")
    return "\n\n\n".join([*parts, *map(in_markdown if form == "markdown" else printable, lines)])


def _since(revision: str, specs: Sequence[str], at: At) -> list[tuple[list[Report] | None, list[Report] | None]]:
    """The reports of specs as they were and as they are; ``None`` where one has been added or is gone."""
    from archcalc.cli.git_revision import NotAtRevision, at_revision

    try:
        with at_revision(revision) as past:
            return [
                (_reports_at(past, spec, at) if past.has(spec) else None, _reports_if_there(spec, at))
                for spec in _then_and_now(past, specs)
            ]
    except NotAtRevision as error:
        raise click.UsageError(str(error)) from None


def _then_and_now(past: Past, names: Sequence[str]) -> list[str]:
    """The specs that names stand for, each once; of a folder those, too, that were specs in it."""
    from archcalc.cli.asking import once, specs_in
    from archcalc.spec.folder import specs_of_folder

    found: list[str] = []
    for name in names:
        then = past.copy(name)
        were = specs_of_folder(str(then)) if then.is_dir() else []
        # A folder need have no spec any more, nor be there.
        now = specs_of_folder(name) if were else specs_in(name)
        found += [*now, *(os.path.join(name, os.path.relpath(path, then)) for path in were)]
    return once(found)


def _differences(
    old: Sequence[Report] | None, new: Sequence[Report] | None, revision: str
) -> tuple[list[Difference | Unpaired], list[str]]:
    """The differences of a spec from another, or from none, and a line for each preset that only one has."""
    from archcalc.explore.difference import Unpaired, difference

    if old is None or new is None:
        added = [Unpaired(new=report.require_sound(), other=f"not in {revision}") for report in new or ()]
        return [*added, *(Unpaired(old=report.require_sound(), other="gone") for report in old or ())], []
    pairs, alone = _pairs(old, new)
    return [difference(before, after) for before, after in pairs], alone


def _reports(spec: str, at: At) -> list[Report]:
    from archcalc.cli.asking import checked_each

    return list(checked_each(spec, at))


def _reports_if_there(spec: str, at: At) -> list[Report] | None:
    return _reports(spec, at) if os.path.exists(spec) else None


def _reports_at(past: Past, spec: str, at: At) -> list[Report]:
    from archcalc.cli.git_revision import with_names

    return [with_names(report, past.called) for report in _reports(str(past.copy(spec)), at)]


def _pairs(old: Sequence[Report], new: Sequence[Report]) -> tuple[list[tuple[Report, Report]], list[str]]:
    """What is compared with what, and a line for each preset that only one family has."""
    if len(old) == len(new) == 1:
        return [(old[0], new[0])], []
    before, after = ({report.preset: report for report in reports} for reports in (old, new))
    pairs = [(before[name], after[name]) for name in after if name in before]
    if not pairs:
        raise click.UsageError("the two have no preset of the same name: choose one of each, such as resnet18 resnet34")
    lines = [f"preset {name}: added" for name in after if name not in before]
    lines += [f"preset {name}: removed" for name in before if name not in after]
    return pairs, lines
