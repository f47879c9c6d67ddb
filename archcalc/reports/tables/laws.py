"""The laws of a network as a table: a line for each formula, so that a long one has room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import groupby

from msgspec.structs import replace
from sympy import Basic

from archcalc.analysis.batch_limits import mode, named
from archcalc.analysis.law import BATCH, Law, Laws
from archcalc.analysis.module_laws import law_of_layers
from archcalc.analysis.report import Report
from archcalc.network.graph import INPUT
from archcalc.reports.laws import (
    LONGEST,
    QUANTITIES,
    bounds_text,
    maps_of,
    quantities,
    renamed,
    samples_text,
    shown_maps,
)
from archcalc.reports.listed import Listed, listed
from archcalc.reports.tables.model import Cell, Cells, Column, PaperTable, label, words
from archcalc.sizes.notation import factor, latex, python_code, text
from archcalc.sizes.rules import Dim, Shape, is_symbolic
from archcalc.sizes.symbolic import closed, size

COLUMNS = (
    Column("layer", "layer", names=True),
    Column("quantity", "quantity", names=True),
    Column("formula", "formula", broken=True),
)


def law_table(
    laws: Laws, report: Report | None, depth: int | None, of: Law | None = None, *, short: bool = True
) -> PaperTable:
    """The formulas of each line that ``listed`` has, or of the layer ``of``, then the totals and where they hold.

    Without a report there is a line for every layer. Copies that have the same formulas, one after the other, are one
    line, unless every layer is asked for, or what reads the table is a program. In long formulas sizes of maps have
    names of their own, which stand below, unless what reads it is a program, and not ``short``.
    """
    place = {law.name: law for law in laws.layers}
    every = laws.layers if report is None else [_law(laws, place, line) for line in listed(report, depth)]
    told = [of] if of is not None else _together(every) if short and depth is not None else every
    # A single layer's formulas are not what the names are for.
    names = _Names(laws if short and of in (None, laws.total) else None)
    rows = [row for law in told for row in _rows(law, names, below=law is laws.total)]
    below = [*([] if of is not None else _rows(laws.total, names, output=False, below=True)), *_conditions(laws, names)]
    below += names.rows()
    preset = None if report is None else report.preset
    name = " ".join(filter(None, (laws.name or "A network", preset)))
    return PaperTable(
        caption=f"{name} for {samples_text(laws).replace('`', '')}: shapes without the batch, "
        f"multiply-adds (MACs) and bytes for all {BATCH}.",
        label=label("laws", laws.name, preset, None if of is None else of.name),
        columns=COLUMNS,
        rows=tuple(rows + below),
        totals=len(below),
    )


def _together(laws: Iterable[Law]) -> list[Law]:
    """Laws of which several in a row are the same once: ``layers.0 … layers.8, each``."""
    found = []
    for _, alike in groupby(laws, lambda law: replace(law, name="")):
        first, *others = alike
        found.append(replace(first, name=f"{first.name} … {others[-1].name}, each") if others else first)
    return found


class _Names:
    """Names of sizes of maps, ``h₁``, as far as they are used."""

    def __init__(self, laws: Laws | None) -> None:
        self.laws = laws
        self.maps = {} if laws is None else maps_of(laws)
        totals = [] if laws is None else [getattr(laws.total, quantity) for quantity in QUANTITIES]
        self.least = 0 if any(len(text(total)) > LONGEST // 2 for total in totals) else LONGEST // 2
        self.used: set[str] = set()

    def short(self, value: Basic | int, *, below: bool = False) -> Cell:
        """A formula, with these names where it would be long; of those ``below`` all, where a total would be."""
        whole = formula(value)
        if not self.maps or len(whole.text) <= (self.least if below else LONGEST // 2) or not is_symbolic(value):
            return whole
        named = renamed(value, {entry: size(name) for name, entry in self.maps.items()})
        self.used |= {symbol.name for symbol in named.free_symbols} & self.maps.keys()
        return Cell(text(named), whole.data, latex(named))

    def rows(self) -> Iterator[Cells]:
        """What each stands for; of axes that are alike those of the first."""
        if self.laws is None:
            return
        shown, alike = shown_maps(self.laws, self.maps)
        first = Cell("where", "where")
        for name in (name for name in shown if name in self.used):
            yield first, Cell(name, name, latex(size(name))), formula(shown[name])
            first = Cell(data="where")
        if self.used - shown.keys():
            yield Cell(data="where"), words(", ".join(alike)), words("likewise")


@lru_cache(1 << 10)
def formula(value: Basic | int) -> Cell:
    """A formula; for programs, Python code."""
    return Cell(text(value), python_code(value), latex(value) if is_symbolic(value) else None)


def _rows(law: Law, names: _Names, *, output: bool = True, below: bool = False) -> list[Cells]:
    """A line for the output and for each quantity that is not zero; the name stands in the first."""
    told = [("output", _shape(law.output))] if output else []
    told += [(what, names.short(getattr(law, quantity), below=below)) for quantity, what in quantities(law).items()]
    shown = [(what, cell) for what, cell in told if cell.text != "0"]
    return [(Cell("" if place else law.name, law.name), words(what), cell) for place, (what, cell) in enumerate(shown)]


def _law(laws: Laws, place: Mapping[str, Law], line: Listed) -> Law:
    """What a layer, or all of a module, gives and costs."""
    found = [place[layer.name] for layer in line.layers]
    if len(found) == 1:
        return found[0]
    gives = line.part.output if line.part is not None else INPUT
    return law_of_layers(laws, line.name, line.kind, gives, found)


@lru_cache(1 << 10)
def _shape(shape: Shape) -> Cell:
    entries = [closed(entry) for entry in shape]
    data = f"({', '.join(map(python_code, entries))},)"
    if len(entries) == 1:
        return Cell(text(entries[0]), data, latex(entries[0]))
    return Cell(" × ".join(map(factor, entries)), data, r" \times ".join(map(_latex_factor, entries)))


def _latex_factor(entry: Dim) -> str:
    written = latex(entry)
    return rf"\left({written}\right)" if getattr(entry, "is_Add", False) else written


def _conditions(laws: Laws, names: _Names) -> Iterator[Cells]:
    """For which sizes the formulas hold, and what is asked of the number of samples."""
    first = Cell("valid for", "valid for")
    for symbol, (low, high) in laws.valid.bounds.items():
        yield first, Cell(), Cell(bounds_text(symbol.name, low, high), _bounds_code(symbol.name, low, high))
        first = Cell(data="valid for")
    for demand in laws.valid.demands:
        places = Cell(f"at {named(demand.layers)}".replace("`", ""), f"at {', '.join(demand.layers)}")
        yield first, places, names.short(demand.relation, below=True)
        first = Cell(data="valid for")
    for law in laws.batch:
        where = " and ".join(bounds_text(symbol.name, *ends) for symbol, ends in (law.where or {}).items())
        condition = names.short(law.relation(size(BATCH)), below=True)
        if where:
            condition = Cell(f"{BATCH} ≥ {law.least} where {where}", condition.data)
        yield words(mode(law.only_in_training)), words(f"at {named(law.layers).replace('`', '')}"), condition


def _bounds_code(name: str, low: int, high: int | None) -> str:
    return f"{low} <= {name}" if high is None else f"{low} <= {name} <= {high}"
