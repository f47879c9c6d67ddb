"""The format of a file that is written, by how its name ends."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

import click

from archcalc.reports.visible import in_one_line

_CONVERTED = (".pdf", ".png", ".eps", ".ps")
"""What other programs make of an SVG."""


def format_of(out: str | None, endings: Mapping[str, str], default: str) -> str:
    """The format that the file's ending names, or the default for the terminal and for a name without an ending.

    Raises click.UsageError for an ending that names none of them.
    """
    path = Path(out or "")
    ending = path.suffix.lower()
    if not ending or ending in endings:
        return endings.get(ending, default)
    *others, last = endings
    said = f"--out {path}: `{path.suffix}` names no format; end it in {', '.join(others)} or {last}, or give --format"
    if ending in _CONVERTED and "svg" in endings.values():
        svg, form = path.with_suffix(".svg"), ending[1:]
        converted = shlex.join(["rsvg-convert", "-f", form, "-o", str(path), str(svg)])
        said += f". For {form.upper()}, write {svg} and convert it, as by `{converted}` or with Inkscape"
    raise click.UsageError(in_one_line(said))
