"""What ``print`` shows of a value: what the command prints, where it is short, and otherwise its ``repr``."""

from __future__ import annotations

from functools import singledispatch

from archcalc.analysis.explanation import Explained
from archcalc.analysis.report import SpecError
from archcalc.diagnostics.model import Diagnostic
from archcalc.explore.difference import Difference
from archcalc.explore.side_by_side import SideBySide
from archcalc.fixes.fix import Fix
from archcalc.reports import difference, explanation_text
from archcalc.reports.diagnostic_text import diagnostic_text
from archcalc.reports.tables.totals import totals_table
from archcalc.reports.tables.views import as_text
from archcalc.reports.terminal_text import printable


@singledispatch
def text(shown: object) -> str:
    """A value as text, without a newline at its end."""
    return repr(shown)


@text.register
def _diagnostic(error: Diagnostic) -> str:
    # It does not have the text of the spec, which its report quotes.
    return diagnostic_text(error, {})


@text.register
def _spec_error(error: SpecError) -> str:
    wrong = [one for one in error.diagnostics if one.severity == "error"]
    # Behind the name of the exception, as a traceback has it, it begins with the place.
    return "\n\n".join([str(error.args[0]), *(diagnostic_text(one, error.texts) for one in wrong)])


@text.register
def _difference(found: Difference) -> str:
    return difference.render(found)


@text.register
def _explained(one: Explained) -> str:
    return explanation_text.render(one)


@text.register
def _fix(fix: Fix) -> str:
    return printable(fix.listed)


@text.register
def _side_by_side(found: SideBySide) -> str:
    return as_text(totals_table(found))
