"""The options that commands share, each once, and how their values are read."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, TypeAlias

import click
from msgspec import Struct

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from archcalc.spec.given_input import Given
    from archcalc.spec.model import Limit
    from archcalc.spec.settings import Setting

    # click's own types are generic from 8.4 on only; each of ours says what it gives.
    Typed: TypeAlias = click.ParamType[object]
else:
    Typed = click.ParamType


class ShapeType(Typed):
    """``3,224,224``, or ``pixels=3,224,224``."""

    name = "SIZES"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Given:
        from archcalc.spec.settings import SettingError, read_input

        try:
            return read_input(str(value)) or ()
        except SettingError as error:
            self.fail(str(error), param, ctx)


EVERY_DEPTH = 1_000
"""Deeper than blocks can be in one another."""

TABLES = ("markdown", "latex", "html", "csv")
"""The formats that are tables."""


class DepthType(Typed):
    """``2``, or ``all``."""

    name = "N"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        from archcalc.language.scalars import scalar_value

        if value == "all":
            return EVERY_DEPTH
        depth = scalar_value(str(value).strip())
        if type(depth) is not int or depth < 0:
            self.fail(f"{value!r} is not a depth: write a number from 0 up, or all", param, ctx)
        return depth


class SettingType(Typed):
    """``classes=10``."""

    name = "NAME=VALUE"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Setting]:
        from archcalc.spec.settings import SettingError, read_setting, shown

        name, equals, text = (part.strip() for part in str(value).partition("="))
        if not name or not equals:
            self.fail(f"{shown(value)} sets nothing: write a name and a value, such as classes=10", param, ctx)
        try:
            return name, read_setting(name, text)
        except SettingError as error:
            self.fail(str(error), param, ctx)


class LimitType(Typed):
    """``params=5M``."""

    name = "COUNT=NUMBER"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Limit:
        from archcalc.language.printed_numbers import read_printed_number
        from archcalc.spec.model import Limit
        from archcalc.spec.network_budget import COUNTS

        what, equals, text = (part.strip() for part in str(value).partition("="))
        most = read_printed_number(text)
        if what not in COUNTS or not equals or most is None:
            known = ", ".join(COUNTS)
            self.fail(f"{value!r} limits nothing: write one of {known} and a number, such as params=5M", param, ctx)
        return Limit(what=what, most=most)


class WarningType(Typed):
    """``two_activations``, or ``all``."""

    name = "NAME"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        from archcalc.spec.warn import ALL, WARNINGS

        if value == ALL:
            return tuple(WARNINGS)
        if str(value) not in WARNINGS:
            self.fail(f"there is no warning {value!r}: there are {', '.join((*WARNINGS, ALL))}", param, ctx)
        return (str(value),)


class CounterType(Typed):
    """``torchinfo``."""

    name = "COUNTER"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from archcalc.layers.counters import COUNTERS

        if str(value) not in COUNTERS:
            self.fail(f"{value!r} is not a counter: there are {', '.join(COUNTERS)}", param, ctx)
        return str(value)


def _once(ctx: click.Context, param: click.Parameter, values: Sequence[tuple[str, Setting]]) -> dict[str, Setting]:
    """The settings by name. Of two values for one name, neither is taken."""
    found: dict[str, Setting] = {}
    for name, value in values:
        if name in found:
            raise click.BadParameter(f"`{name}` is given twice", ctx, param)
        found[name] = value
    return found


def _of_all(ctx: click.Context, param: click.Parameter, values: Sequence[Given]) -> Given | None:
    """The sizes of one input, those given last; or of several, each by its name."""
    named = [value for value in values if isinstance(value, dict)]
    if not named:
        return values[-1] if values else None
    if len(named) < len(values):
        raise click.BadParameter("of several inputs each is given by its name, such as pixels=3,224,224", ctx, param)
    found: dict[str, tuple[int, ...]] = {}
    for value in named:
        for name in found.keys() & value.keys():
            raise click.BadParameter(f"`{name}` is given twice", ctx, param)
        found |= value
    return found


def digits_of(chosen: str | None, unasked: int | None) -> int | None:
    """How many digits ``--digits`` asks for; ``None`` is all of them."""
    return unasked if chosen is None else None if chosen == "all" else int(chosen)


def listed(_ctx: click.Context, _param: click.Parameter, value: str | None) -> tuple[str, ...]:
    """The names of an option that is given once, with commas between them."""
    return tuple(name.strip() for name in (value or "").split(",") if name.strip())


def _names(_ctx: click.Context, _param: click.Parameter, values: Sequence[str]) -> tuple[str, ...]:
    return tuple(name.strip() for value in values for name in value.split(","))


def _coloured(ctx: click.Context, _param: click.Parameter, when: str) -> None:
    """Tell the consoles what was chosen. See https://no-color.org."""
    from archcalc.cli.terminal import COLOURS

    chosen = {"always": True, "never": False}.get(when)
    ctx.meta[COLOURS] = False if chosen is None and os.environ.get("NO_COLOR") else chosen


def by_name(option: str, values: Sequence[str], example: str) -> dict[str, str]:
    """The ranges of an option that is given once for each name. Raises click.UsageError for what is not NAME=RANGE."""
    found: dict[str, str] = {}
    for value in values:
        name, equals, text = (part.strip() for part in value.partition("="))
        if not (name and equals and text):
            raise click.UsageError(f"{option} {value!r} varies nothing: write a name and a range, {example}")
        if name in found:
            raise click.UsageError(f"{option} varies `{name}` twice: write all its values as one list, {name}=1,2:10")
        found[name] = text
    return found


def completing(what: str) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """A function of ``completion`` by its name: only the shell has that imported."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from archcalc.cli import completion

        found: list[CompletionItem] = getattr(completion, what)(ctx, param, incomplete)
        return found

    return complete


SPEC = click.argument("spec", metavar="SPEC", shell_complete=completing("specs"))
SPECS = click.argument("specs", nargs=-1, required=True, metavar="SPEC...", shell_complete=completing("specs"))

PRESET = click.option(
    "--preset",
    metavar="NAME",
    shell_complete=completing("presets"),
    help="Which member of a family of networks, such as resnet50.",
)

INPUT = click.option(
    "--input",
    "input_shape",
    type=ShapeType(),
    multiple=True,
    callback=_of_all,
    help="At this input instead of the spec's, such as 3,224,224; of several by its name, pixels=3,224,224.",
)

SET = click.option(
    "--set",
    "settings",
    type=SettingType(),
    multiple=True,
    callback=_once,
    shell_complete=completing("settings"),
    help="Change a value of `let`: a number, true or false, such as classes=10.",
)

FREE = click.option(
    "--free",
    metavar="NAME",
    multiple=True,
    callback=_names,
    shell_complete=completing("let_names"),
    help="Leave a name of `let` free in the laws.",
)

AS = click.option(
    "--as",
    "counters",
    type=CounterType(),
    multiple=True,
    shell_complete=completing("counters"),
    help="Also print the totals that another counter prints, such as torchinfo, thop, fvcore, ptflops or keras.",
)

WARN = click.option(
    "--warn",
    "warn",
    type=WarningType(),
    multiple=True,
    shell_complete=completing("warnings"),
    help="Also warn of what is legal and often not meant, such as two_activations; or of all.",
)

DIGITS = click.option(
    "--digits",
    type=click.Choice(["3", "4", "5", "6", "all"]),
    help="Counts with so many digits, such as 1.81G, or with all of them.",
)

COLOR = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    callback=_coloured,
    expose_value=False,
    is_eager=True,
    help="Whether to use colours; auto: on a terminal, unless NO_COLOR is set.",
)


def format_option(*forms: str, default: str | None = "text") -> Callable[[_Command], _Command]:
    """``--format``: text for people, or one of ``forms``: tables, and what is for tools."""
    whom = "For people, as a table, or for tools." if {*TABLES} <= {*forms} else "For people or for tools."
    return click.option("--format", "form", type=click.Choice(["text", *forms]), default=default, help=whom)


FORMAT = format_option("json")


class At(Struct, frozen=True):
    """At which values a spec is asked about: of a family the member, the input's shape, and values of ``let``."""

    preset: str | None = None
    input: Given | None = None
    settings: Mapping[str, Setting] = {}


_Command: TypeAlias = Callable[..., None]


def of_a_network(command: _Command) -> _Command:
    """Give a command ``--preset``, ``--input`` and ``--set``, together as its argument ``at``."""

    @wraps(command)
    def asked(preset: str | None, input_shape: Given | None, settings: Mapping[str, Setting], **others: object) -> None:
        command(at=At(preset, input_shape, settings), **others)

    return PRESET(INPUT(SET(asked)))
