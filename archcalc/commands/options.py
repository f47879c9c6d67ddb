"""What the commands share: how sizes and settings are read, where specs are found, exit statuses."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from archcalc.checking import Report, SettingError, check, check_each
from archcalc.source import scalar_value
from archcalc.values import exact

if TYPE_CHECKING:
    _Type = click.ParamType[Any]
else:
    _Type = click.ParamType  # not generic before click 8.4


class ShapeType(_Type):
    """``3,224,224``."""

    name = "SIZES"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        sizes = [scalar_value(part.strip()) for part in str(value).split(",")]
        if not all(type(size) is int and 1 <= size < 2**31 for size in sizes) or len(sizes) > 4:
            self.fail(f"{value!r} is no shape: write the sizes without the batch, such as 3,224,224", param, ctx)
        return tuple(sizes)  # type: ignore[arg-type]


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

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        name, _, text = (part.strip() for part in str(value).partition("="))
        if text in ("true", "false"):
            return name, text == "true"
        number = exact(text)
        if number is None:
            self.fail(f"{value!r} sets nothing: write a name and a number, such as classes=10", param, ctx)
        return name, number


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


PRESET = click.option("--preset", metavar="NAME", help="Which member of a family of networks, such as resnet50.")


def checked(
    spec: str,
    preset: str | None = None,
    input_shape: tuple[int, ...] | None = None,
    settings: Sequence[tuple[str, Any]] = (),
) -> Report:
    """The report of one network. Raises click.UsageError for what does not fit it, and for a family."""
    try:
        report = check(located(spec), preset=preset, input=input_shape, settings=dict(settings))
    except SettingError as fault:
        raise click.UsageError(str(fault)) from None
    presets = report.spec.presets if report.spec is not None and preset is None else {}
    if presets and any(fault.code == "A314" for fault in report.diagnostics):
        raise click.UsageError(f"{spec} is a family of networks: choose one with --preset: {', '.join(presets)}")
    return report


def checked_each(
    spec: str, preset: str | None, input_shape: tuple[int, ...] | None, settings: Sequence[tuple[str, Any]]
) -> Iterator[Report]:
    """The reports of a spec: of each of its presets, where none is chosen. Raises click.UsageError as ``checked``."""
    if preset is not None:
        yield checked(spec, preset, input_shape, settings)
        return
    try:
        yield from check_each(located(spec), input=input_shape, settings=dict(settings))
    except SettingError as fault:
        raise click.UsageError(str(fault)) from None


def located(spec: str) -> str:
    """The path of a spec: as given, or the bundled spec's where it is a bare name and no file."""
    if "." in spec or "/" in spec or "\\" in spec or os.path.exists(spec):
        return spec
    from archcalc.bundled import bundled_spec

    return str(bundled_spec(spec) or spec)
