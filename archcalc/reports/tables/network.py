"""The layers of a network as a table: as a paper prints it, or line for line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, groupby

from msgspec import Struct

from archcalc.analysis.cost import given_bytes, has_experts
from archcalc.analysis.report import Report
from archcalc.layers.outcome import total
from archcalc.reports.listed import Listed, inputs_listed, listed
from archcalc.reports.tables.faults import ERRORS, MARK, at_fault, fault
from archcalc.reports.tables.layer_words import words as layer_in_words
from archcalc.reports.tables.model import Cell, Cells, Column, PaperTable, count, label, shape, words
from archcalc.reports.tables.structure import Structure, folded, structure

NAME, OUTPUT = Column("layer", "layer", names=True), Column("output", "output")
PARAMS, MACS = Column("parameters", "params", right=True), Column("MACs", "macs", right=True)

FOLDED = "Norms, activations and other layers that are not listed are counted in the line above them or in their block."
"""What a folded table says of itself."""


class _Row(Struct):
    """A line of a folded table: the ``heads``, modules that a paper lists, and all modules that are counted in it."""

    what: list[Structure]
    heads: list[Listed]
    lines: list[Listed]

    def key(self) -> tuple[object, ...]:
        """What rows have in common that are written once."""
        head = self.heads[0]
        return self.what[0].bare, head.output, head.only_in_training, head.params, head.macs


def folded_table(report: Report) -> PaperTable:
    """The network as a paper prints it, modules that are alike on one line."""
    given = inputs_listed(report)
    rows = [(words(name), shape(sizes), words(holds), Cell(), Cell()) for name, holds, sizes in given]
    for row in _folded(report):
        first, last = row.heads[0], row.heads[-1]
        name = _name(report, first.name if last.until == first.name else f"{first.name} … {last.until}", row.lines)
        rows.append((name, shape(first.output), words(folded(row.what).text), *_counts(row.lines)))
    columns = (NAME, OUTPUT, Column("structure", "structure", broken=True), PARAMS, MACS)
    return _table(report, columns, [*rows, _totals(report, len(columns))], (FOLDED,))


def layer_table(report: Report, depth: int | None) -> PaperTable:
    """The layers line for line; ``depth`` as ``listed`` has it."""
    given = inputs_listed(report)
    rows = [(words(name), words(holds), shape(sizes), Cell(), Cell()) for name, holds, sizes in given]
    for line in listed(report, depth):
        rows.append((_name(report, line.name, [line]), words(line.told), shape(line.output), *_counts([line])))
    columns = (NAME, Column("kind", "kind", names=True), OUTPUT, PARAMS, MACS)
    return _table(report, columns, [*rows, _totals(report, len(columns))])


def data_table(reports: Sequence[Report], depth: int | None) -> PaperTable:
    """The layers of all networks under each other, for programs; where one has errors, how many each has."""
    rows = []
    any_wrong = any(report.errors for report in reports)
    lines = [(report, line) for report in reports for line in listed(report, depth)]
    any_folded = any(line.many > 1 for _, line in lines)
    for report, line in lines:
        of = (words(report.file), words(report.preset or ""))
        given = total([given_bytes(layer) for layer in line.layers])
        counts = (count(line.params), count(line.macs), count(given))
        training = words(str(line.only_in_training).lower())
        at = Cell(data=line.part.spec.span.line if line.part is not None and line.part.spec is not None else None)
        wrong = [Cell(data=len(report.errors))] if any_wrong else []
        times = [Cell(data=line.many)] if any_folded else []
        kept = (*counts, training, at, *times, *wrong)
        rows.append((*of, words(line.name), words(line.kind), shape(line.output), *kept))
    keys = (
        "spec",
        "preset",
        "layer",
        "kind",
        "output",
        "params",
        "macs",
        "activation_bytes",
        "only_in_training",
        "line",
        *(["times"] if any_folded else []),
        *([ERRORS.key] if any_wrong else []),
    )
    return PaperTable(columns=tuple(Column(key, key) for key in keys), rows=tuple(rows))


def _folded(report: Report) -> Iterator[_Row]:
    rows: list[_Row] = []
    lines = [*listed(report, 1)]
    layers = () if report.facts is None else report.facts.layers
    names = {place: line.name for line in lines if line.part is not None for place in line.part.steps()}
    for line in lines:
        what = None if line.part is None else structure(line.part, layers, names)
        if what is None and rows and not _joins(line) and _takes_in(rows[-1], line):
            rows[-1].lines.append(line)
            continue
        rows.append(_Row([what or _unlisted(line)] * line.times, [line], [line]))
    for _, alike in groupby(rows, _Row.key):
        several = zip(*((row.what, row.heads, row.lines) for row in alike), strict=True)
        yield _Row(*(list(chain(*parts)) for parts in several))


def _unlisted(line: Listed) -> Structure:
    """What a paper would not list, in words."""
    said = layer_in_words(line.layers[0]) if len(line.layers) == 1 else line.told
    return Structure(said, said)


def _takes_in(row: _Row, line: Listed) -> bool:
    """Whether a line counts what a paper leaves out: a sum, or blocks, would have parameters that are not theirs."""
    return not line.params or (len(row.heads[0].layers) == 1 and not _joins(row.heads[0]))


def _joins(line: Listed) -> bool:
    """Whether it is a layer that puts values together, outside of any block."""
    return len(line.layers) == 1 and len({*line.layers[0].step.sources}) > 1


def _counts(lines: Sequence[Listed]) -> tuple[Cell, Cell]:
    macs = count(total([line.macs for line in lines]))
    if all(line.only_in_training for line in lines):
        # In brackets, what is not in the total.
        macs = Cell(f"({macs.text})", macs.data)
    return count(total([line.params for line in lines])), macs


def _name(report: Report, name: str, lines: Sequence[Listed]) -> Cell:
    """The name of a line, with a mark where an error is at one of its layers."""
    wrong = at_fault(report, [layer.line for line in lines for layer in line.layers])
    return Cell(f"{name} {MARK}", name) if wrong else words(name)


def _totals(report: Report, columns: int) -> Cells:
    counts = report.totals
    numbers = (Cell("?"), Cell("?")) if counts is None else (count(counts.params), count(counts.macs))
    name = Cell(f"total {MARK}", "total") if report.errors else words("total")
    return (name, *(Cell(),) * (columns - 3), *numbers)


def _table(
    report: Report, columns: tuple[Column, ...], rows: Sequence[Cells], notes: tuple[str, ...] = ()
) -> PaperTable:
    title = " ".join(filter(None, (report.name or report.file, report.preset)))
    named = ", ".join(f"{name} {shape(sizes).text}" for name, sizes in report.inputs.items())
    at = f" at {named}" if named else f" at an input of {shape(report.input).text}" if report.input else ""
    return PaperTable(
        caption=f"{title}{at}: shapes without the batch, multiply-adds (MACs) for one sample.",
        label=label(report.name or "network", report.preset),
        columns=columns,
        rows=tuple(rows),
        totals=1,
        notes=(*notes, *_active(report), *_faults(report, title)),
    )


def _faults(report: Report, name: str) -> Iterator[str]:
    """That the network has errors, and how the lines that have them are marked."""
    for said in fault(report, name):
        yield f"{MARK} {said}"


def _active(report: Report) -> Iterator[str]:
    """How many of the parameters are active, where a token does not take all experts."""
    counts = report.totals
    if counts is not None and has_experts(counts):
        yield f"Each token is computed by {count(counts.active_params).text} of the parameters."
