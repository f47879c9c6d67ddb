"""What the shell completes: specs, presets, layers, names of ``let``, kinds and codes. click does the rest."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    import click

    from archcalc.analysis.report import Report


def specs(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Bundled networks and specs here; what has a slash is left to the shell, which knows files best."""
    from archcalc.spec.bundled import bundled_networks

    titles = {one.spec: one.title or "" for one in bundled_networks()}
    titles |= {one.name: f"{one.params:,} parameters" for one in bundled_networks()}
    found = [CompletionItem(name, help=help) for name, help in titles.items() if name.startswith(incomplete)]
    if os.sep in incomplete or not found:
        return [CompletionItem(incomplete, type="file")]
    return [*found, *(CompletionItem(name) for name in _specs_here() if name.startswith(incomplete))]


def _specs_here() -> Iterator[str]:
    for entry in sorted(filter(str.isprintable, os.listdir("."))):
        if entry.endswith((".yaml", ".yml")):
            yield entry
        elif os.path.isdir(entry) and not entry.startswith("."):
            yield entry + os.sep


def presets(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The members of the family that was named."""
    from archcalc.diagnostics.log import Log, TooManyErrors
    from archcalc.spec.bundled import bundled_networks
    from archcalc.spec.opened import opened
    from archcalc.spec.reader import read_spec
    from archcalc.spec.settings import SettingError

    name = _spec(ctx)
    known = [one.preset for one in bundled_networks() if one.preset is not None and one.spec == name]
    try:
        text = None if known or name is None else opened(name, family=True).text
        spec = None if text is None else read_spec(text, Log(""))
    except (SettingError, TooManyErrors):
        spec = None
    return _beginning(incomplete, known if spec is None else spec.presets)


def counters(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Those that ``--as`` names, with how they count."""
    from archcalc.layers.counters import COUNTERS

    return [CompletionItem(name, help=one.title) for name, one in COUNTERS.items() if name.startswith(incomplete)]


def warnings(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Those that ``--warn`` names."""
    from archcalc.diagnostics.codes import CODES
    from archcalc.spec.warn import WARNINGS

    named = [CompletionItem(name, help=CODES[code]) for name, code in WARNINGS.items() if name.startswith(incomplete)]
    return [*named, *_beginning(incomplete, ["all"])]


def layers(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The layers of the spec that was named, and the groups they are in."""
    report = _report(ctx)
    paths = [] if report is None else [layer.name for layer in report.layers]
    groups = [".".join(path.split(".")[:depth]) for path in paths for depth in range(1, path.count(".") + 1)]
    total = ["total"] if paths and ctx.command.name == "law" else []
    return _beginning(incomplete, dict.fromkeys((*groups, *paths, *total)))


def groups(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The groups, uses of blocks and repeats of the spec that was named."""
    from archcalc.pictures.part import groups_of

    report = _report(ctx)
    known = () if report is None or report.graph is None else groups_of(report.graph)
    return _beginning(incomplete, [part.path for part in known])


def fields(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What can be varied: fields of the layers, and sizes of the input; behind a comma, another."""
    from archcalc.layers.record import fields_of

    report, (before, comma, last) = _report(ctx), incomplete.rpartition(",")
    if report is None or report.graph is None:
        return []
    names = ["input", *(f"input.{letter}" for letter in report.graph.letters)]
    for step in report.graph.steps:
        if step.layer is not None:
            names += [f"{step.path}.{field}" for field in fields_of(type(step.layer))]
    return [CompletionItem(before + comma + name) for name in names if name.startswith(last)]


def settings(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names of ``let``, with the ``=`` that follows."""
    return [CompletionItem(f"{item.value}=") for item in let_names(ctx, param, incomplete)]


def let_names(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names of ``let`` of the spec that was named."""
    report = _report(ctx)
    return _beginning(incomplete, report.spec.let if report is not None and report.spec is not None else ())


def kinds(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The layer kinds."""
    from archcalc.layers.contract import KINDS

    return _beginning(incomplete, sorted(KINDS))


def subjects(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Specs and diagnostic codes."""
    from archcalc.diagnostics.codes import CODES

    codes = [CompletionItem(code, help=CODES[code]) for code in CODES if code.startswith(incomplete.upper())]
    return codes if incomplete and codes else specs(ctx, param, incomplete)


def bundled(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The bundled networks and their families."""
    from archcalc.spec.bundled import bundled_networks

    return _beginning(incomplete, dict.fromkeys(name for one in bundled_networks() for name in (one.spec, one.name)))


def _spec(ctx: click.Context) -> str | None:
    """The spec that stands on the command line already. click leaves it in the rest where an option lacks its value."""
    given = ctx.params.get("spec") or ctx.params.get("subject") or ctx.params.get("specs") or tuple(ctx.args)
    found = given[-1] if isinstance(given, tuple) and given else given
    return found if isinstance(found, str) and found != "-" else None


def _report(ctx: click.Context) -> Report | None:
    """The report of that spec, of a family that of its first member."""
    from archcalc.pipeline import check, check_each
    from archcalc.spec.opened import is_preset
    from archcalc.spec.settings import SettingError

    name, preset = _spec(ctx), ctx.params.get("preset")
    try:
        if name is None or isinstance(preset, str) or is_preset(name):
            return None if name is None else check(name, preset=preset)
        return next(check_each(name), None)
    except SettingError:
        return None


def _beginning(incomplete: str, names: Iterable[str]) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(incomplete) and name.isprintable()]
