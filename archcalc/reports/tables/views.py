"""A table in the formats that papers, pages and programs take; nothing in a cell can leave it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

import jinja2
from markupsafe import Markup

from archcalc.reports.aligned import Heading, aligned
from archcalc.reports.markdown_text import in_markdown
from archcalc.reports.tables.latex import layout, tex, tex_cell, tex_prose
from archcalc.reports.tables.model import Cell, PaperTable, Plain
from archcalc.reports.terminal_text import PLAIN, Style, printable

TABLES: Final = ("markdown", "latex", "html", "csv")
"""The formats of a table."""


def render(tables: Iterable[PaperTable], form: str) -> str:
    """The tables in a format, one below the other, without a newline at the end."""
    view = {"csv": as_csv, "html": as_html, "latex": as_latex, "markdown": as_markdown}[form]
    return "\n\n".join(map(view, tables))


def as_csv(table: PaperTable) -> str:
    """The table for programs: numbers without commas, formulas as Python code, nothing for what is not known."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([column.key for column in table.columns])
    writer.writerows(map(_field, row) for row in table.rows)
    return stream.getvalue().removesuffix("\n")


def as_html(table: PaperTable) -> str:
    """A ``table`` element, in ASCII, so that a page of any encoding can have it."""
    return _ascii(_environment("html").get_template("table.html.j2").render(table=table))


def section(
    *, title: str, lines: Sequence[str] = (), texts: Sequence[str] = (), table: str = "", summary: str = ""
) -> str:
    """A part of a page: a title, lines below it, texts as they stand, and a table in HTML, folded below a summary."""
    template = _environment("html").get_template("section.html.j2")
    return _ascii(template.render(title=title, lines=lines, texts=texts, table=Markup(table), summary=summary))


def as_latex(table: PaperTable) -> str:
    """A ``table``, or a ``longtable`` where it is long, for a document with array, booktabs and longtable."""
    template = _environment("tex").get_template("table.tex.j2")
    return template.render(table=table, layout=layout(table)).strip()


def as_markdown(table: PaperTable) -> str:
    """A table of GitHub's Markdown, and most others'."""
    return _environment("md").get_template("table.md.j2").render(table=table).strip()


def as_text(table: PaperTable, style: Style = PLAIN) -> str:
    """The table for a terminal, without its caption."""
    columns = [Heading(column.title, right=column.right, least=8 if column.names else 0) for column in table.columns]
    rows = [tuple(cell.text for cell in row) for row in table.rows]
    return "\n".join([*aligned(columns, rows, style, totals=table.totals), *(f"\n{note}" for note in table.notes)])


def _ascii(written: str) -> str:
    return written.strip().encode("ascii", "xmlcharrefreplace").decode("ascii")


def _field(cell: Cell) -> Plain:
    """A field of CSV. A text that a spreadsheet would take for a formula of its own begins with an apostrophe."""
    foreign = cell.math is None and isinstance(cell.data, str) and cell.data[:1] in ("=", "+", "-", "@")
    return f"'{cell.data}" if foreign else cell.data


@cache
def _environment(kind: str) -> jinja2.Environment:
    # TeX has braces of its own.
    left, right = "<>" if kind == "tex" else "{}"
    found = jinja2.Environment(
        block_start_string=f"{left}%",
        block_end_string=f"%{right}",
        variable_start_string=left * 2,
        variable_end_string=right * 2,
        comment_start_string=f"{left}#",
        comment_end_string=f"#{right}",
        loader=jinja2.FunctionLoader(lambda name: (files("archcalc.templates.tables") / name).read_text("utf-8")),
        undefined=jinja2.StrictUndefined,
        autoescape=kind == "html",
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {
        "tex": tex,
        "tex_cell": tex_cell,
        "tex_prose": tex_prose,
        "md": in_markdown,
        "parts": _parts,
        "seen": printable,
    }
    return found


def _parts(table: PaperTable) -> list[tuple[object, ...]]:
    """The rows, and the sums below them."""
    end = len(table.rows) - table.totals
    return [part for part in (table.rows[:end], table.rows[end:]) if part]
