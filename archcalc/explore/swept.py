"""The rows of a sweep, as arrays by the names of their columns, which show and plot themselves."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from archcalc.diagnostics.errors import ArgumentError
from archcalc.diagnostics.json_object import JsonObject
from archcalc.diagnostics.libraries import library
from archcalc.diagnostics.shown import Tabled
from archcalc.diagnostics.spelling import did_you_mean
from archcalc.explore.exact_arrays import text_of
from archcalc.sizes.columns import Array

Point: TypeAlias = tuple[float, float | None, bool]
"""A point of a line: across, up where there is a number, and whether it is legal."""

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pandas import DataFrame


MOST_NAMED = 12
"""How many lines of a plot are named."""

NOT_LEGAL = "not legal"
"""What a plot says of sizes that the network refuses."""

TITLES = {
    "params": "parameters",
    "trainable_params": "trainable parameters",
    "active_params": "active parameters",
    "macs": "MACs",
    "flops": "FLOPs",
}
"""What heads the columns of counts, in their order."""

SHAPES = {"output": "out_", "last map": "trunk_"}
"""How the columns begin that stand below one heading."""

_UNASKED = ("legal", "fails_at", "why", "flops")
"""The columns that a table for people has only where it is asked for them."""


class UnknownColumn(ArgumentError, KeyError):
    """A column that a sweep does not have."""

    def __str__(self) -> str:
        # Not in quotes, as that of KeyError is.
        return str(self.args[0])


def column_of(name: str, columns: Container[str]) -> str:
    """The column that a heading is of; another name, such as one of ``let`` that reads alike, as it is."""
    return name if name in columns else next((one for one, title in TITLES.items() if title == name), name)


def columns_of(name: str, columns: Sequence[str]) -> tuple[str, ...]:
    """The columns that a key, or a heading, stands for: one, of a shape all its sizes; nothing of another name."""
    one = column_of(name, columns)
    prefix = SHAPES.get(one, "\n")
    return (one,) if one in columns else tuple(key for key in columns if key.startswith(prefix))


def shown_unasked(columns: Sequence[str]) -> tuple[str, ...]:
    """The columns of a table for people that was not asked for some."""
    return tuple(name for name in columns if name not in _UNASKED)


class Swept(Tabled, dict[str, Array]):
    """numpy arrays by the names of their columns. ``name`` is the network's, ``varied`` are the columns that vary.

    ``taken`` is the input in words, where all rows have the same but for what varies.
    """

    def __init__(
        self, columns: Mapping[str, Array], name: str = "", varied: Sequence[str] = (), taken: str = ""
    ) -> None:
        super().__init__(columns)
        self.name, self.taken = name, taken
        self.varied = tuple(column for column in varied if column in columns)

    def __missing__(self, heading: str) -> Array:
        """The column below a heading of the table: ``"MACs"`` is ``macs``. Raises UnknownColumn for any other name."""
        if (name := column_of(heading, self)) in self:
            return self[name]
        raise UnknownColumn(self._unknown(heading))

    def _unknown(self, name: str) -> str:
        if sizes := self._sizes(name):
            return f"there is no column `{name}`; its sizes are {', '.join(sizes)}"
        known = did_you_mean(name, self) or f"there are {', '.join(self)}"
        return f"there is no column `{name}`; {known}"

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(next(iter(self.values()), ()))

    def __repr__(self) -> str:
        legal = f", {int(self['legal'].sum()):,} legal" if "legal" in self else ""
        over = f", over {', '.join(self.varied)}" if self.varied else ""
        return f"<Swept {self.name or '?'}: {self.rows:,} row{'s' * (self.rows != 1)}{legal}{over}>"

    def to_dict(self) -> list[JsonObject]:
        """The rows as plain values, as ``archcalc sweep --format json`` prints them; ``None`` where there is no number.

        Whatever varies and is no whole number is text, ``"3/4"``.
        """
        columns = {name: [_plain(value) for value in values.tolist()] for name, values in self.items()}
        for name in columns.keys() & {"fails_at", "why"}:
            columns[name] = [value or None for value in columns[name]]
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def to_dataframe(self) -> DataFrame:
        """The rows as a DataFrame of pandas, with ``NA`` where a row is not legal.

        Raises MissingLibrary where pandas is not installed.
        """
        pandas = library("pandas", "`to_dataframe`")
        frame: DataFrame = pandas.DataFrame({name: _series(values, pandas) for name, values in self.items()})
        return frame

    def plot(self, y: str = "macs", *, x: str | None = None, ax: Axes | None = None) -> Axes:
        """A line of matplotlib: a column over the one that varies, and a line for each value of the others that vary.

        Both are columns, or what heads them: ``"MACs"``. Of ``"output"`` and ``"last map"`` it is the first size behind
        the channels. ``x`` is otherwise the axis of the input that varies, or else the last name of ``let``; over what
        is computed, such as ``"MACs"``, a line goes through the values of that one. What is not legal has a cross at
        the bottom, and no point where it has no number; lines that are the same are one. Gives the axes. Raises
        MissingLibrary where matplotlib is not installed, and ArgumentError for a column that there is not, or that is
        no number.
        """
        x, y = self._across() if x is None else self._plotted(x), self._plotted(y)
        for name in (y, x):
            if name not in self:
                raise ArgumentError(self._unknown(name))
            if self[name].dtype == bool or any(isinstance(value, str) for value in self[name][:1].tolist()):
                raise ArgumentError(f"the column `{name}` has no numbers to plot")
        pyplot = library("matplotlib.pyplot", "`plot`")
        axes: Axes = pyplot.subplots()[1] if ax is None else ax
        lines: dict[str, list[int]] = {}
        runs = x if x in self.varied else self._across()
        apart = [name for name in self.varied if not self._goes_with(name, runs)]
        for row in range(self.rows):
            lines.setdefault(", ".join(f"{name} = {text_of(self[name][row])}" for name in apart), []).append(row)
        named = len(lines) <= MOST_NAMED
        said = False
        for place, (points, labels) in enumerate(self._points(lines, x, y).items()):
            values = [float("nan") if value is None else value for _, value, _ in points]
            label = "\n".join(labels) if named and apart else None
            (line,) = axes.plot([across for across, *_ in points], values, marker=".", label=label, gid=self.name)
            refused = [across for across, _, legal in points if not legal]
            if refused:
                # At the bottom whatever the numbers are, those of each line by themselves.
                low = [0.02 + 0.03 * (place % MOST_NAMED)] * len(refused)
                under = axes.get_xaxis_transform()
                axes.plot(refused, low, transform=under, color=line.get_color(), marker="x", linestyle="")
                said = True
        if said and NOT_LEGAL not in [line.get_label() for line in axes.lines]:
            axes.plot([], [], color="0.4", marker="x", linestyle="", label=NOT_LEGAL)
        alike = [name for name in self.varied if name != x and runs == x and self._goes_with(name, x)]
        axes.set(xlabel=" = ".join([_title(x), *alike]), ylabel=_title(y), title=self.name)
        # 275M, as tables have it, in place of 2.75 and 1e8 in a corner.
        ticker = library("matplotlib.ticker", "`plot`")
        for axis in [axis for name, axis in ((x, axes.xaxis), (y, axes.yaxis)) if name in TITLES]:
            axis.set_major_formatter(ticker.EngFormatter(sep=""))
        if _told_apart(axes) or said or (apart and named):
            axes.legend()
        return axes

    def _points(self, lines: Mapping[str, Sequence[int]], x: str, y: str) -> dict[tuple[Point, ...], list[str]]:
        """The points of each line, and what it is of: several values where they give the same."""
        found: dict[tuple[Point, ...], list[str]] = {}
        for label, rows in lines.items():
            values = ((self[x][row], self[y][row], row) for row in rows if self[x][row] is not np.ma.masked)
            numbers = [(float(a), None if b is np.ma.masked else float(b), self._legal(b, row)) for a, b, row in values]
            points = tuple(sorted(numbers, key=lambda point: point[0]))
            found.setdefault(points, []).extend(filter(None, [label]))
        return found

    def _legal(self, value: object, row: int) -> bool:
        """Whether a row is legal; that of a number tells it where nothing else does."""
        return bool(self["legal"][row]) if "legal" in self else value is not np.ma.masked

    def _sizes(self, heading: str) -> list[str]:
        """The columns of a shape, by its heading."""
        prefix = SHAPES.get(heading)
        return [] if prefix is None else [name for name in self if name.startswith(prefix)]

    def _plotted(self, name: str) -> str:
        """The column that a heading stands for in a plot, of a shape a single one."""
        sizes = [] if name in self else self._sizes(name)
        return sizes[1 if len(sizes) > 1 else 0] if sizes else column_of(name, self)

    def _across(self) -> str:
        """What a plot goes over: an axis of the input that varies, or else the last name of ``let`` with numbers."""
        if not self.varied:
            raise ArgumentError("nothing varies in this sweep, so that there is nothing to plot it over")
        several = [name for name in self.varied if len(set(self[name].tolist())) > 1]
        numbers = [name for name in several if self[name].dtype != bool] or list(self.varied)
        axes = [name for name in numbers if self[name].dtype == np.int64 and name.isupper() and len(name) == 1]
        return (axes or numbers[-1:])[0]

    def _goes_with(self, name: str, x: str) -> bool:
        """Whether a column follows from another, as the width does where both axes vary alike."""
        pairs = set(zip(self[x].tolist(), self[name].tolist(), strict=True))
        return len(pairs) == len(set(self[x].tolist()))


def _told_apart(axes: Axes) -> bool:
    """Whether there are lines of several networks; these then have the networks' names, and the plot has none."""
    lines = [line for line in axes.lines if line.get_gid()]
    names = {str(line.get_gid()): None for line in lines}
    if len(names) < 2:
        return False
    for line in lines:
        name, label = str(line.get_gid()), str(line.get_label())
        unnamed = label.startswith("_")
        if unnamed and any(other.get_gid() == name for other in lines[: lines.index(line)]):
            continue
        line.set_label(name if unnamed else label if label.startswith(name) else f"{name}, {label}")
    axes.set_title("")
    return True


def _title(column: str) -> str:
    """What heads a column in a plot: ``last map, H``."""
    for heading, begin in SHAPES.items():
        if column.startswith(begin):
            return f"{heading}, {column.removeprefix(begin)}"
    return TITLES.get(column, column)


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, (bool, int, str)) else text_of(value)


def _series(values: Array, pandas: object) -> object:
    """A column as pandas has it."""
    if not isinstance(values, np.ma.MaskedArray):
        return values
    mask = np.ma.getmaskarray(values)
    if values.dtype == np.int64:
        return pandas.arrays.IntegerArray(values.filled(0), mask)  # type: ignore[attr-defined]  # a module without types
    return [None if hidden else value for value, hidden in zip(values.data.tolist(), mask.tolist(), strict=True)]
