"""A spec at many sizes: parameters, MACs and output sizes for every combination of settings and inputs.

The layers are built once for each combination of settings, in exact arithmetic, and each of these networks
is walked on columns of input sizes. The numbers are exact however large.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from math import prod
from os import PathLike

import numpy as np

from archcalc.analysis.report import SpecError
from archcalc.diagnostics.errors import texts
from archcalc.diagnostics.log import TooManyErrors
from archcalc.diagnostics.spelling import did_you_mean
from archcalc.explore.conditions import split
from archcalc.explore.exact_arrays import joined, masked, number, text_of
from archcalc.explore.row_conditions import condition_on, rows_where
from archcalc.explore.sweep_values import by_name, setting_values, varied_axes
from archcalc.explore.swept import Swept, columns_of
from archcalc.explore.table import BATCH, MAPPED, TRUNK, Networks, Table, exact_column, flattened
from archcalc.sizes.columns import Array, Column
from archcalc.sizes.distinct_rows import distinct
from archcalc.sizes.rules import Shape, is_known
from archcalc.spec.model import Spec
from archcalc.spec.opened import asked, opened
from archcalc.spec.reader import read_spec
from archcalc.spec.settings import SettingError, chosen, refuse_unknown

BLOCK = 1 << 16
"""How many rows are computed at a time: columns of so many stay in a processor's cache."""

MAX_ROWS = 10**8

_WORDS = ("legal", "fails_at", "why")
"""The columns that are no numbers."""


def sweep(
    path: PathLike[str] | str,
    *,
    preset: str | None = None,
    input: Mapping[str, object] | None = None,
    settings: Mapping[str, object] | None = None,
    where: Sequence[str] | str = (),
    columns: Sequence[str] | str | None = None,
    product: bool = True,
) -> Swept:
    """Every combination of the given input sizes and values of ``let``, as numpy arrays by column name.

    ``preset`` chooses a member of a family. ``input`` varies axes of the input by their letters,
    ``{"H": "128:320:32"}``; ``HW`` varies both alike, ``N`` is the batch, which MACs are then for and which the network
    must take in evaluation. Values are a range with its ends, a list in text, or numbers or truths, one or several,
    each read as ``check`` reads a setting: 0.75, ``"0.75"`` and numpy's are 3/4, and True or ``"true,false"`` are
    truths. With ``product=False`` they are taken side by side, row for row, not each with each.

    Columns: what varies; ``legal``; ``fails_at``, the first layer that refuses its input, or so few samples (``N``,
    and in training the recipe's), or that overwrites in place what is needed later, and ``why`` it does, as ``check``
    says it; ``params``; ``trainable_params`` where something may be frozen; ``active_params`` of a spec with experts;
    ``macs``; ``flops``, 2 × MACs; ``out_C``, ``out_H``, … of the last layer; ``trunk_C``, ``trunk_H``, … of the last
    layer whose output still follows the input's size. ``columns`` asks for some of these only, also by what heads
    them in a table, ``"MACs"`` or ``"last map"``. Counts and sizes are masked arrays, masked where a row is not legal
    (those of the last map only where that is not reached), of int64, or of Python's ints where these would not do.
    ``where`` keeps the legal rows that meet a condition, ``macs <= 600M``.

    Raises SettingError for what does not fit the spec, SpecError for a spec that cannot be read.
    """
    conditions = texts("where", where)
    plan = Sweep(path, preset=preset, input=input or {}, settings=settings or {}, where=conditions, product=product)
    wanted = plan.columns if columns is None else plan.named(texts("columns", columns))
    tables = [table for _, table in plan.blocks(wanted)]
    found = {name: joined([table[name] for table in tables]) for name in wanted}
    return Swept(found, plan.name, plan.varied, plan.taken)


class Sweep:
    """What is to be computed, before it is.

    ``name`` is the network's. ``columns`` names what there will be, ``varied`` those of them that are given; ``len`` is
    the number of rows before ``where``; ``blocks`` computes them.
    """

    def __init__(
        self,
        path: PathLike[str] | str,
        *,
        preset: str | None = None,
        input: Mapping[str, object],
        settings: Mapping[str, object],
        where: Sequence[str] = (),
        product: bool = True,
    ) -> None:
        what = asked(path, preset)
        settings = {**what.settings, **by_name(settings, "settings", "{'classes': '10:100:10'}")}
        input = by_name(input, "input", "{'H': '128:320:32'}")
        if what.given is not None:
            raise SettingError(f"{path}: a sweep has its input by axes, H=224, not behind a `#`")
        spec = _read(what.name, what.preset, settings)
        refuse_unknown(settings, spec)
        self.name = " ".join(filter(None, (spec.name, spec.preset)))
        self._networks = Networks(spec)
        self._product = product
        self._settings = {name: setting_values(name, values) for name, values in settings.items()}
        self._axes = [varied_axes(label, values, self._networks.letters) for label, values in input.items()]
        for letter in (one for axes in self._axes for one in axes.letters if one in self._networks.followed):
            way = "give that number a name in `let`, and vary it with `--set`"
            raise SettingError(f"`{letter}` decides how many channels arrive, and `in_channels` follows it: {way}")
        self.varied = (*self._settings, *(letter for axes in self._axes for letter in axes.letters))
        self.columns = (*self.varied, *self._networks.columns)
        for name in self.columns:
            if self.columns.count(name) > 1:
                raise SettingError(f"two columns would be called `{name}`: vary it once, or rename it in `let`")
        compared = [name for name in self.columns if name not in _WORDS]
        self._where = [condition_on(part, compared) for text in where for part in split(text)]
        self._lengths = [*map(len, self._settings.values()), *(len(axes.sizes) for axes in self._axes)]
        if not product and len(set(self._lengths)) > 1:
            raise SettingError(f"side by side, all take as many values, not {', '.join(map(str, self._lengths))}")
        if len(self) > MAX_ROWS:
            raise SettingError(f"{len(self):,} combinations are more than {MAX_ROWS:,}: sweep them in parts")

    def __len__(self) -> int:
        return prod(self._lengths) if self._product else max(self._lengths, default=1)

    def named(self, names: Sequence[str]) -> tuple[str, ...]:
        """The columns of these names, keys or headings of a table, each once. Raises SettingError."""
        found: dict[str, None] = {}
        for name in names:
            columns = columns_of(name, self.columns)
            if not columns:
                known = did_you_mean(name, self.columns) or f"there are {', '.join(self.columns)}"
                raise SettingError(f"there is no column `{name}`; {known}")
            found |= dict.fromkeys(columns)
        return tuple(found)

    def place(self, values: Sequence[str]) -> int | None:
        """Which row of the whole has these values of what is varied, as ``text_of`` writes them."""
        place, at = 0, 0
        columns = [(1, values) for values in self._settings.values()]
        columns += [(len(axes.letters), axes.sizes) for axes in self._axes]
        for letters, column in columns:
            found = [n for n, value in enumerate(column) if text_of(value) == values[at]]
            if not found or len(set(values[at : at + letters])) > 1:
                return None
            place, at = place * len(column) + found[0], at + letters
        return place

    @property
    def taken(self) -> str:
        """What the networks take, in words: ``3 × 32 × W`` where W varies; nothing where it is not alike in all."""
        each = {
            self._networks.input_at({name: number(values[place]) for name, values in self._settings.items()})
            for place in (0, -1)
        }
        stated = each.pop()
        if each or self._networks.has_names or not is_known(*stated):
            return ""
        return " × ".join(
            letter if letter in self.varied else f"{size}"
            for letter, size in zip(self._networks.letters, stated, strict=True)
        )

    def first(self) -> tuple[dict[str, str], Shape | None]:
        """The first row's settings as ``text_of`` writes them, and its input where an axis varies and all are known."""
        settings = {name: number(values[0]) for name, values in self._settings.items()}
        sizes = {letter: int(axes.sizes[0]) for axes in self._axes for letter in axes.letters if letter != BATCH}
        stated = self._networks.input_at(settings) if sizes else ()
        shape = tuple([sizes.get(letter, n) for letter, n in zip(self._networks.letters, stated, strict=False)])
        texts = {name: text_of(values[0]) for name, values in self._settings.items()}
        return texts, shape if shape and is_known(*shape) else None

    def blocks(self, wanted: Sequence[str] | None = None, start: int = 0) -> Iterator[tuple[int, Table]]:
        """The rows from ``start`` on, in order, some thousands at a time, each with where in the whole it ends."""
        wanted = self.columns if wanted is None else wanted
        needed = {"legal", *wanted, *(name for condition in self._where for name in condition.names)} - {*self.varied}
        if not self._product:
            yield len(self), self._finished(*self._side_by_side(needed), wanted)
            return
        for end, given, found in self._grid(start, needed):
            yield end, self._finished(given, found, wanted)

    def _grid(self, start: int, needed: set[str]) -> Iterator[tuple[int, Table, Table]]:
        """Blocks of the product: some combinations of settings by some of the axes' sizes."""
        outer = prod(map(len, self._settings.values()))
        inner = len(self) // outer
        whole = self._inputs(0, inner) if inner <= BLOCK else None
        row = start
        while row < len(self):
            # Whole combinations at once where they are small; else a part of one.
            first, begin = divmod(row, inner)
            end = min(begin + BLOCK, inner)
            last = min(first + max(1, BLOCK // inner), outer) if begin == 0 else first + 1
            # What was computed of a column is remembered, so the same sizes stay the same column.
            inputs = whole if whole is not None and begin == 0 else self._inputs(begin, end)
            settings, shape = self._combinations(first, last), (last - first, end - begin)
            given = settings | {letter: column.values for letter, column in inputs.items()}
            row = (last - 1) * inner + end
            yield row, flattened(given, shape), self._networks.table(settings, inputs, shape, needed)

    def _combinations(self, first: int, last: int) -> Table:
        """The settings of these combinations, down a column."""
        if not self._settings:
            return {}
        places = np.unravel_index(np.arange(first, last), [len(values) for values in self._settings.values()])
        found = zip(self._settings.items(), places, strict=True)
        return {name: values[place].reshape(-1, 1) for (name, values), place in found}

    def _inputs(self, begin: int, end: int) -> dict[str, Column]:
        """The sizes of the axes that vary, in these of all their combinations, along a row."""
        if not self._axes:
            return {}
        places = np.unravel_index(np.arange(begin, end), [len(axes.sizes) for axes in self._axes])
        columns = [Column.of(axes.sizes[place].reshape(1, -1)) for axes, place in zip(self._axes, places, strict=True)]
        return {letter: one for axes, one in zip(self._axes, columns, strict=True) for letter in axes.letters}

    def _side_by_side(self, needed: set[str]) -> tuple[Table, Table]:
        """All rows at once. Where they repeat the same few settings and sizes, each pair is walked once."""
        sizes = {letter: axes.sizes for axes in self._axes for letter in axes.letters}
        found = self._each_pair_once(sizes, needed)
        if found is None:
            arriving = {letter: Column.of(values) for letter, values in sizes.items()}
            found = self._networks.table(self._settings, arriving, (len(self),), needed)
        return {**self._settings, **sizes}, found

    def _each_pair_once(self, sizes: Table, needed: set[str]) -> Table | None:
        """The same; ``None`` where the pairs are no fewer than the rows, or samples are too few for some."""
        batch = sizes.get(BATCH)
        networks, of_networks = distinct(list(self._settings.values()), len(self))
        inputs, of_inputs = distinct([axes.sizes for axes in self._axes if BATCH not in axes.letters], len(self))
        shape = (len(of_networks), len(of_inputs))
        if prod(shape) > max(len(self), BLOCK):
            return None
        settings = {name: values[of_networks].reshape(-1, 1) for name, values in self._settings.items()}
        arriving = {
            letter: Column.of(values[of_inputs].reshape(1, -1)) for letter, values in sizes.items() if letter != BATCH
        }
        found = self._networks.table(settings, arriving, shape, needed)
        if batch is not None:
            # A layer asks for at least so many samples: if the fewest are enough, all are.
            asked = needed & {"fails_at"} | {"legal", MAPPED}
            fewest = {BATCH: Column.of(batch.min(keepdims=True).reshape(1, 1))}
            with_fewest = self._networks.table(settings, arriving | fewest, shape, asked)
            if any(not np.array_equal(with_fewest[name], found[name]) for name in asked):
                return None
        places = networks * shape[1] + inputs
        found = {name: one[places] for name, one in found.items()}
        if batch is not None:
            for name in {"macs", "flops"} & found.keys():
                found[name] = Column.of(found[name]).times(Column.of(batch)).values
        return found

    def _finished(self, given: Table, found: Table, wanted: Sequence[str]) -> Table:
        """The columns that are wanted, of the rows that are, with numbers masked where there are none."""
        if self._where:
            rows = self._kept({**given, **found})
            given, found = ({name: one[rows] for name, one in table.items()} for table in (given, found))
        illegal, unmapped = ~found["legal"], ~(found["legal"] | found[MAPPED])
        table = {}
        for name in wanted:
            if name in given:
                table[name] = given[name]
            else:
                hidden = unmapped if name.startswith(TRUNK) else illegal
                table[name] = found[name] if name in _WORDS else masked(found[name], hidden)
        return table

    def _kept(self, table: Table) -> Array:
        """The rows that are legal and meet every condition."""
        rows = np.flatnonzero(table["legal"])
        for condition in self._where:
            if len(rows):
                given = {name: table[name][rows] for name in condition.names}
                values = {name: one if one.dtype == bool else exact_column(one) for name, one in given.items()}
                rows = rows[rows_where(condition, values, len(rows))]
        return rows


def _read(path: PathLike[str] | str, preset: str | None, settings: Mapping[str, object]) -> Spec:
    found = opened(path, preset)
    text, log, spec = found.text, found.log, None
    with suppress(TooManyErrors):
        spec = None if text is None else read_spec(text, log)
    if spec is not None and not log.has_errors:
        spec = chosen(spec, found.preset, settings, log)
    if spec is None or log.has_errors:
        raise SpecError(log.file, {"": text or ""} | (spec.texts if spec is not None else {}), log.found)
    return spec
