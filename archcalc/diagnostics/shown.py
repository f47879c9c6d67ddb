"""What a notebook shows of a value, and the value as a table to paste.

How a value looks is said in ``reports``, which know all that can be shown and which no value can know: so they are
imported by their names here, when they are asked for.
"""

from __future__ import annotations

from importlib import import_module


class Shown:
    """A value that a notebook shows as HTML, and that is printed as the command prints it, where there is one."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        written: str = import_module("archcalc.reports.notebook").html(self)
        return written

    def __str__(self) -> str:
        written: str = import_module("archcalc.reports.printed").text(self)
        return written


class Tabled(Shown):
    """A value that is a table, too."""

    __slots__ = ()

    def table(self, form: str = "markdown", *, depth: int | None = None) -> str:
        """It as a table in ``"markdown"``, ``"latex"``, ``"html"`` or ``"csv"``.

        ``depth`` says how deep blocks are in one another before they are one line. Without it, a report has a network
        as a paper prints it, and laws and CSV have every layer. Raises ArgumentError for another format, and for a
        ``depth`` of what is no report.
        """
        written: str = import_module("archcalc.reports.notebook").table(self, form, depth)
        return written
