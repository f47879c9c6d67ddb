"""``archcalc diff``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from archcalc.analysis.report import OkReport, Report
from archcalc.cli.options import COLOR, SPECS, At, format_option, of_a_network

if TYPE_CHECKING:
    from archcalc.explore.difference import Added, Difference


@click.command("diff")
@SPECS
@click.option(
    "--git", "revision", metavar="REV", help="The old one is the spec as it was at this revision, such as main."
)
@of_a_network
@format_option("markdown", "json")
@COLOR
def command(specs: Sequence[str], revision: str | None, at: At, form: str) -> None:
    """What changes from one network to another, or from a revision of a spec to its file.

    OLD and NEW are specs or bundled networks; with --git there is one, a file. Of two families of networks the presets
    of one name are compared. Layers are told by their names. Exits 1 where one of them has an error, which is said
    first, and 0 whether they differ or not. Of a spec that the revision does not have, everything is new.
    """
    from archcalc.cli.asking import say_errors, status
    from archcalc.explore.difference import Added, difference

    if len(specs) != (1 if revision else 2):
        wanted = "one spec beside --git" if revision else "two specs, an old one and a new one, or one and --git"
        raise click.UsageError(f"a difference is between two networks: name {wanted}")
    old = _reports_at(revision, specs[0], at) if revision else _reports(specs[0], at)
    new = _reports(specs[-1], at)
    both = [*(old or ()), *new]
    if not all(isinstance(report, OkReport) for report in both):
        for report in both:
            say_errors(report)
        sys.exit(status(both))
    found: list[Difference | Added]
    alone: list[str] = []
    if old is None:
        found = [Added(new=report.require_ok(), revision=revision or "") for report in new]
    else:
        pairs, alone = _pairs(old, new)
        found = [difference(before.require_ok(), after.require_ok()) for before, after in pairs]
    if form == "json":
        from archcalc.reports import json

        click.echo(json.render(found))
        return
    from archcalc.cli.terminal import style
    from archcalc.reports.difference import render, render_markdown

    several = len(found) > 1
    shown = [one for one in found if not (several and one.same)]
    parts = [render_markdown(one) if form == "markdown" else render(one, style()) for one in shown]
    if several and len(shown) < len(found):
        same = len(found) - len(shown)
        parts.append(f"{same} preset{'s' * (same != 1)} the same")
    click.echo("\n\n\n".join([*parts, *alone]))


def _reports(spec: str, at: At) -> list[Report]:
    from archcalc.cli.asking import checked_each

    return list(checked_each(spec, at))


def _reports_at(revision: str, spec: str, at: At) -> list[Report] | None:
    """The reports of a spec as it was; ``None`` where it has been added since."""
    from archcalc.cli.git_revision import NewSince, NotAtRevision, at_revision

    try:
        with at_revision(revision, spec) as (path, name):
            return [_named(report, name) for report in _reports(path, at)]
    except NewSince:
        return None
    except NotAtRevision as error:
        raise click.UsageError(str(error)) from None


def _named(report: Report, name: str) -> Report:
    from msgspec.structs import replace

    return replace(report, file=name)


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
