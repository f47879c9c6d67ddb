"""What a notebook shows of reports, laws, explanations, sweeps and comparisons, as HTML; and tables of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import singledispatch

from msgspec.structs import replace

from archcalc.analysis.cost import layer_count
from archcalc.analysis.explanation import Explained
from archcalc.analysis.law import Laws
from archcalc.analysis.report import Report, in_a_line
from archcalc.diagnostics.errors import ArgumentError
from archcalc.diagnostics.model import Diagnostic
from archcalc.explore.difference import Difference
from archcalc.explore.side_by_side import SideBySide
from archcalc.explore.swept import Swept, shown_unasked
from archcalc.fixes.fix import Fix
from archcalc.reports.diagnostic_text import diagnostic_text
from archcalc.reports.difference import render_markdown, title_of
from archcalc.reports.explanation_text import SEEN, line_texts, need_texts, seen_in_words, seen_rows, shape_cell
from archcalc.reports.explanation_text import title_of as title_of_layer
from archcalc.reports.laws import block_rows, samples_text
from archcalc.reports.listed import listed
from archcalc.reports.tables.difference import changes_table, difference_tables
from archcalc.reports.tables.laws import law_table
from archcalc.reports.tables.model import Column, PaperTable, words
from archcalc.reports.tables.network import data_table, folded_table, layer_table
from archcalc.reports.tables.sweep import sweep_table
from archcalc.reports.tables.totals import totals_table
from archcalc.reports.tables.views import TABLES, as_html, render, section
from archcalc.reports.text import claim_lines, legal_lines, verdict
from archcalc.sizes.columns import Array

MOST_ROWS = 30
"""How many rows stand open; more are folded, or left out of a sweep."""

_WHOLE = {"legal", "fails_at", "why", "params", "macs"}
"""The columns without which a sweep was asked for some."""


@singledispatch
def html(shown: object) -> str:
    """A value as HTML, in ASCII, of which nothing can leave it."""
    raise TypeError(f"{type(shown).__name__} is not shown")


@singledispatch
def table(shown: object, form: str, depth: int | None) -> str:
    """A value as a table in a format. Raises ArgumentError for one that is none."""
    raise TypeError(f"{type(shown).__name__} is not a table")


@table.register
def _report_table(report: Report, form: str, depth: int | None) -> str:
    _refuse_other(form)
    if form == "csv":
        return render([data_table([report], depth)], form)
    return render([folded_table(report) if depth is None else layer_table(report, depth)], form)


@table.register
def _laws_table(laws: Laws, form: str, depth: int | None) -> str:
    _refuse_other(form)
    _refuse_depth(depth, "laws do not know which blocks their layers are in")
    return render([law_table(laws, None, None, short=form != "csv")], form)


@table.register
def _swept_table(swept: Swept, form: str, depth: int | None) -> str:
    _refuse_other(form)
    _refuse_depth(depth, "a sweep has no layers")
    return render([_rows_table(swept, swept)], form)


@table.register
def _side_by_side_table(found: SideBySide, form: str, depth: int | None) -> str:
    _refuse_other(form)
    _refuse_depth(depth, "a row of these is a whole network")
    return render([totals_table(found)], form)


@table.register
def _difference_table(found: Difference, form: str, depth: int | None) -> str:
    _refuse_other(form)
    _refuse_depth(depth, "a difference has the layers that are not the same")
    if form == "markdown":
        return render_markdown(found)
    return render([changes_table(found)] if form == "csv" else difference_tables(found), form)


def _refuse_other(form: str) -> None:
    if form not in TABLES:
        raise ArgumentError(f"`form` takes {', '.join(TABLES)}, not {form!r}")


def _refuse_depth(depth: int | None, why: str) -> None:
    if depth is not None:
        raise ArgumentError(f"`depth` is of a report: {why}")


@html.register
def _report(report: Report) -> str:
    said = [verdict(report)]
    counts = report.totals
    if report.ok and counts is not None:
        said.append(
            f"{layer_count(report.layers):,} layers, {counts.params:,} parameters, {counts.macs:,} MACs for one sample"
        )
        said += legal_lines(report)
    said += claim_lines(report)
    errors = [diagnostic_text(error, report.texts, report.file) for error in report.diagnostics]
    table = _network(report) if report.layers else None
    return section(
        title=" ".join(filter(None, (report.name or report.file, report.preset))),
        lines=said,
        texts=errors,
        table="" if table is None else as_html(table),
        summary="" if table is None or len(table.rows) <= MOST_ROWS else f"{len(table.rows):,} rows",
    )


def _network(report: Report) -> PaperTable:
    """The layers line for line, of a short network without blocks; of another one as a paper folds it."""
    lines = [*listed(report, 1)]
    flat = len(lines) <= MOST_ROWS and all(len(line.layers) == 1 for line in lines)
    return layer_table(report, 1) if flat else folded_table(report)


@html.register
def _laws(laws: Laws) -> str:
    rows = [(name.replace("`", ""), formula.replace("`", "")) for name, formula in block_rows(laws)]
    title = f"{laws.name or 'A network'} for {samples_text(laws)}"
    return section(title=title, table=as_html(_plain_table(("", ""), rows)))


@html.register
def _explained(one: Explained) -> str:
    rows = [(what, text) for what, texts in _working(one) for text in texts]
    told = [one.signature, *one.formula.split("\n")]
    errors = [diagnostic_text(error, one.report.texts, one.report.file) for error in one.errors]
    working = as_html(_plain_table(("", "how it comes about"), rows))
    return section(title=title_of_layer(one), lines=told, texts=errors, table=working + _seen(one))


def _seen(one: Explained) -> str:
    """How the receptive field grows from layer to layer."""
    rows = tuple(tuple(map(words, row)) for row in seen_rows(one))
    columns = tuple(Column(heading.title, heading.title) for heading in SEEN)
    return section(
        title="receptive field",
        lines=[*seen_in_words(one)],
        table=as_html(PaperTable(columns=columns, rows=rows)),
        summary=f"{len(rows):,} rows" if len(rows) > MOST_ROWS else "",
    )


@html.register
def _swept(swept: Swept) -> str:
    if not swept:
        return section(title=repr(swept))
    shown = _rows_table(swept, {name: values[:MOST_ROWS] for name, values in swept.items()})
    more = swept.rows - MOST_ROWS
    lines = [f"the first {MOST_ROWS} of {swept.rows:,} rows"] if more > 0 else []
    title = f"{swept.name or 'A network'}: {swept.rows:,} row{'s' * (swept.rows != 1)}"
    return section(title=title, lines=lines, table=as_html(PaperTable(columns=shown.columns, rows=shown.rows)))


@html.register
def _difference(found: Difference) -> str:
    tables = [replace(table, caption="") for table in difference_tables(found)]
    rows = sum(len(table.rows) for table in tables)
    return section(
        title=title_of(found),
        lines=["the same network"] if found.same else [],
        table="".join(map(as_html, tables)),
        summary=f"{rows:,} rows" if rows > MOST_ROWS else "",
    )


@html.register
def _side_by_side(found: SideBySide) -> str:
    table = replace(totals_table(found), caption="")
    wrong = [report.first_error for report in found.reports if not report.ok]
    count = len(found.reports)
    title = f"{count} network{'s' * (count != 1)} side by side"
    return section(title=title, lines=wrong, table=as_html(table))


@html.register
def _diagnostic(error: Diagnostic) -> str:
    # It does not have the text of the spec, which its report quotes.
    return section(title="", texts=[diagnostic_text(error, {})])


@html.register
def _fix(fix: Fix) -> str:
    note = [] if fix.note in ("", fix.edit) else [fix.note]
    return section(title=fix.edit, lines=[*note, f"fixes {in_a_line(fix.error)}"])


def _working(one: Explained) -> Iterator[tuple[str, list[str]]]:
    """Where the numbers come from, by what they are of."""
    yield "input", [shape_cell(one.layer.input)]
    yield "output", [shape_cell(one.layer.output), *line_texts(one.sizes)]
    yield "parameters", [*line_texts(one.params)]
    yield "multiply-adds", [*line_texts(one.macs)]
    yield "buffers", [*line_texts(one.buffers)]
    yield "needs", [text.strip() for need in one.needs for text in need_texts(need)]


def _plain_table(titles: Sequence[str], rows: Sequence[tuple[str, ...]]) -> PaperTable:
    shown = [
        ("" if place and rows[place - 1][0] == first else first, *others) for place, (first, *others) in enumerate(rows)
    ]
    columns = tuple(Column(title, title) for title in titles)
    return PaperTable(columns=columns, rows=tuple(tuple(map(words, row)) for row in shown))


def _rows_table(swept: Swept, rows: dict[str, Array]) -> PaperTable:
    """Rows of a sweep; of one that was not asked for columns, those that people read."""
    columns = shown_unasked([*rows]) if rows.keys() >= _WHOLE else [*rows]
    return sweep_table(columns, [rows], swept.name, varied=swept.varied, taken=swept.taken)
