"""What archcalc says about an error: a code, a place, a cause, and ways out."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from archcalc.diagnostics.codes import CODES
from archcalc.diagnostics.shown import Shown


class Span(Struct, frozen=True, order=True):
    """A stretch of a file. Lines and columns count from 1; ``end_column`` is one past the last.

    ``file`` is empty in the spec itself, and names the file where a block is read from another.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    file: str = ""

    def covers(self, other: Span) -> bool:
        """Whether the other stretch begins within this one."""
        begins = (other.line, other.column)
        return self.file == other.file and (self.line, self.column) <= begins < (self.end_line, self.end_column)


class Label(Struct, frozen=True):
    """A second place that has to do with an error, and what it has to do with it."""

    span: Span
    text: str


class Suggestion(Struct, frozen=True):
    """What was probably meant where a diagnostic points: another value there, or another key.

    ``text`` is the help that says so. Nothing is read back from it. ``at`` is where the value stands, if not there. A
    key that ``goes`` is left out with its value; what it gives in its place is the layer below, if any.
    """

    text: str
    value: int | bool | str | tuple[int, ...]
    is_key: bool = False
    at: Span | None = None
    goes: bool = False

    def __str__(self) -> str:
        return self.text


class TextEdit(Struct, frozen=True):
    """A stretch of a file, empty where nothing is taken away, and the text that takes its place."""

    span: Span
    text: str


class TextFix(Struct, frozen=True, kw_only=True):
    """A fix as edits of a spec's ``file``, from the top, apart from each other.

    ``edit`` says what changes, for people; ``practice`` is what it would be done for, and ``printed`` whether somebody
    does that, so that a help may name it. ``reveals`` are the layers whose own error the fixed one hides. ``input`` is
    the one to give instead, where the input was given from outside and nothing is edited.
    """

    file: str
    edit: str
    practice: str
    printed: bool
    reveals: tuple[str, ...] = ()
    input: tuple[int, ...] | None = None
    edits: tuple[TextEdit, ...] = ()


class FailedNeed(Struct, frozen=True):
    """The cause of an error: a need of the layer at ``place`` in the network's order, told by its field."""

    place: int
    field: str | None


class UnmetClaim(Struct, frozen=True):
    """The cause of an error: the layer at ``place`` in the network's order gives another shape than is claimed."""

    place: int


class Overwriting(Struct, frozen=True):
    """The cause of an error: the layer at ``place`` in the network's order works in place where it may not."""

    place: int


Cause: TypeAlias = FailedNeed | UnmetClaim | Overwriting
"""What an error is about, for whoever looks for edits."""


class Diagnostic(Shown, Struct, frozen=True, kw_only=True):
    """One error, or one warning, with its place and its ways out.

    ``severity`` is ``"error"`` (exit status 1 or 2) or ``"warning"`` (reported, exit status
    unchanged). ``span`` is ``None`` where the error is the file itself. ``cause`` and ``suggestions`` say what it
    is about as data, for whoever looks for edits; ``message``, ``help`` and ``labels`` are for people only. ``fixes``
    are the edits that the help names, of an error that has a cause; ``find_fixes`` has all, of any error.
    """

    code: str
    message: str
    file: str
    span: Span | None = None
    severity: str = "error"
    help: tuple[str, ...] = ()
    labels: tuple[Label, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    cause: Cause | None = None
    fixes: tuple[TextFix, ...] = ()

    @property
    def as_read(self) -> Diagnostic:
        """What a person reads of it: the same edit is another one as data in each member of a family."""
        return replace(self, suggestions=(), cause=None, fixes=())

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise KeyError(f"{self.code} is in no code table")

    def __repr__(self) -> str:
        at = self.file if self.span is None else f"{self.span.file or self.file}:{self.span.line}"
        return f"<Diagnostic {self.severity}[{self.code}] at {at}: {self.message!r}>"
