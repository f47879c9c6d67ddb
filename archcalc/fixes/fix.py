"""An edit that fixes an error."""

from __future__ import annotations

from msgspec import Struct

from archcalc.diagnostics.model import Diagnostic
from archcalc.diagnostics.shown import Shown
from archcalc.fixes.instead import Instead
from archcalc.fixes.practice import Practice
from archcalc.language.yaml_changes import Change
from archcalc.sizes.rules import Shape


class Fix(Shown, Struct, frozen=True, kw_only=True):
    """An edit after which ``error`` is gone and no other has come.

    ``edit`` is what changes, ``conv1 padding: 2``, several edits with semicolons between them. A help says ``lead``,
    then ``written`` and ``tail``, or ``said`` in place of all. ``practice`` is what it would be done for.
    ``changes`` are what to write into the file; where the input was given from outside, ``input`` is
    the one to give instead. ``cost`` says how much it changes (``docs/decisions.md``); ``layer`` is the
    path of the layer that is edited, or the size of ``let``, ``None`` for the input, and ``at_error`` whether
    its field is the one that the error points at. ``reveals`` are the layers whose own error the fixed one hid.
    ``instead`` is what it makes of the network, where that was told.
    """

    error: Diagnostic
    edit: str
    lead: str = ""
    written: str = ""
    tail: str = ""
    said: str = ""
    changes: tuple[Change, ...]
    input: Shape | None = None
    cost: float
    practice: Practice = Practice.SLIP
    layer: str | None = None
    at_error: bool = False
    reveals: tuple[str, ...] = ()
    instead: Instead | None = None

    @property
    def help(self) -> str:
        """What to do."""
        return self._said(self.lead or "write")

    @property
    def other_help(self) -> str:
        """What else to do, where there is something to do already."""
        return f"or {self._said(self.lead)}"

    @property
    def note(self) -> str:
        """What there is to say besides ``edit``."""
        return self._with_revealed(self.said or self.lead)

    @property
    def listed(self) -> str:
        """The edit, and in brackets what there is to say of it."""
        return self.edit + (f"  ({self.note})" if self.note not in ("", self.edit) else "")

    def _said(self, lead: str) -> str:
        code = f"`{self.written or self.edit}`"
        text = f"{lead}: {code}" if self.lead else f"{lead} {code}".strip()
        return self._with_revealed(self.said or text + self.tail)

    def _with_revealed(self, text: str) -> str:
        hidden = ", ".join(f"`{path}`" for path in self.reveals)
        return "; ".join(filter(None, (text, hidden and f"it shows an error of {hidden} that this one hides")))

    def __repr__(self) -> str:
        return f"<Fix of {self.error.code}: {self.edit!r}>"


def mends_input(fix: Fix) -> bool:
    """Whether an edit mends the axes of the input, before which no error of a layer says what was meant."""
    return fix.instead is not None and fix.practice is Practice.SLIP and fix.layer is None
