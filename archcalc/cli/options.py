"""What the commands share: how sizes and settings are read, where specs are found, exit statuses."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from archcalc.analysis.report import Report
from archcalc.language.scalars import scalar_value
from archcalc.pipeline import check, check_each
from archcalc.spec.bundled import located
from archcalc.spec.settings import Setting, SettingError, read_input, read_setting, shown

if TYPE_CHECKING:
    from archcalc.diagnostics.model import Diagnostic

    _Type = click.ParamType[Any]
else:
    _Type = click.ParamType  # not generic before click 8.4


class ShapeType(_Type):
    """``3,224,224``."""

    name = "SIZES"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        try:
            return read_input(str(value)) or ()
        except SettingError as fault:
            self.fail(str(fault), param, ctx)


class DepthType(_Type):
    """``2``, or ``all``, which is ``None``."""

    name = "N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | None:
        if value == "all":
            return None
        depth = scalar_value(str(value).strip())
        if type(depth) is not int or depth < 0:
            self.fail(f"{value!r} is no depth: write a number from 0 up, or all", param, ctx)
        return depth


class SettingType(_Type):
    """``classes=10``."""

    name = "NAME=VALUE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Setting]:
        name, equals, text = (part.strip() for part in str(value).partition("="))
        if not name or not equals:
            self.fail(f"{shown(value)} sets nothing: write a name and a value, such as classes=10", param, ctx)
        try:
            return name, read_setting(name, text)
        except SettingError as fault:
            self.fail(str(fault), param, ctx)


def _once(ctx: click.Context, param: click.Parameter, values: Sequence[tuple[str, Setting]]) -> dict[str, Setting]:
    """The settings by name. Of two values for one name, neither is taken."""
    found: dict[str, Setting] = {}
    for name, value in values:
        if name in found:
            raise click.BadParameter(f"`{name}` is given twice", ctx, param)
        found[name] = value
    return found


SET = click.option(
    "--set",
    "settings",
    type=SettingType(),
    multiple=True,
    callback=_once,
    help="Change a value of `let`: a number, true or false, such as classes=10.",
)


def _names(_ctx: click.Context, _param: click.Parameter, values: Sequence[str]) -> tuple[str, ...]:
    return tuple(name.strip() for value in values for name in value.split(","))


FREE = click.option(
    "--free", metavar="NAME", multiple=True, callback=_names, help="Leave a name of `let` free in the formulas."
)


def status(reports: Sequence[Report]) -> int:
    """The exit status of a check: 0, 1 for findings, 2 where a file could not be read as a spec."""
    if not all(report.readable for report in reports):
        return 2
    return 0 if all(report.ok for report in reports) else 1


def say_faults(report: Report, besides: Container[Diagnostic] = ()) -> None:
    """Print what is wrong with a spec, but for what is said elsewhere, before all else that is said of it."""
    if not all(fault in besides for fault in report.errors):
        from archcalc.reports import text

        click.echo(text.faults(report, besides), err=True)


PRESET = click.option("--preset", metavar="NAME", help="Which member of a family of networks, such as resnet50.")


def checked(
    spec: str,
    preset: str | None = None,
    input_shape: tuple[int, ...] | None = None,
    settings: Mapping[str, Setting] | None = None,
) -> Report:
    """The report of one network. Raises click.UsageError for what does not fit it, and for a family."""
    try:
        report = check(located(spec), preset=preset, input=input_shape, settings=settings)
    except SettingError as fault:
        raise click.UsageError(str(fault)) from None
    presets = report.spec.presets if report.spec is not None and preset is None else {}
    if presets and any(fault.code == "A314" for fault in report.diagnostics):
        raise click.UsageError(f"{spec} is a family of networks: choose one with --preset: {', '.join(presets)}")
    return report


def checked_each(
    spec: str,
    preset: str | None = None,
    input_shape: tuple[int, ...] | None = None,
    settings: Mapping[str, Setting] | None = None,
) -> Iterator[Report]:
    """The reports of a spec: of each of its presets, where none is chosen. Raises click.UsageError as ``checked``."""
    if preset is not None:
        yield checked(spec, preset, input_shape, settings)
        return
    try:
        yield from check_each(located(spec), input=input_shape, settings=settings)
    except SettingError as fault:
        raise click.UsageError(str(fault)) from None
