"""An edit that fixes an error, as ranges of its spec's text."""

from __future__ import annotations

from archcalc.diagnostics.model import Span, TextEdit, TextFix
from archcalc.fixes.fix import Fix
from archcalc.language.yaml_cuts import Places
from archcalc.language.yaml_edits import untried_splices
from archcalc.sizes.rules import known_sizes


def as_text(fix: Fix, file: str, places: Places) -> TextFix:
    """The fix, which was applied to the text of this file, that the places are of, and checked."""
    edits = []
    for cut in untried_splices(places, *fix.changes):
        begin, end = places.place(cut.offset), places.place(cut.offset + cut.removed)
        edits.append(TextEdit(Span(*begin, *end), cut.text))
    return TextFix(
        file=file,
        edit=fix.edit,
        practice=fix.practice.name.lower(),
        printed=fix.practice.is_printed,
        reveals=fix.reveals,
        input=None if fix.input is None else known_sizes(fix.input),
        edits=tuple(edits),
    )
