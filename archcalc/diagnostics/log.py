"""The errors of one file, gathered as they are found: each once, and none of what is reported already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from msgspec.structs import replace

from archcalc.diagnostics.budget import Budget, TooMuchWork
from archcalc.diagnostics.model import Cause, Diagnostic, Label, Span, Suggestion

MAX_ERRORS = 100
"""Beyond so many a file is not read on: what is wrong with it is something else."""


class TooManyErrors(Exception):
    """The file has more than ``MAX_ERRORS`` errors; whoever began to read it stops."""


class Log:
    """The errors of one file, gathered as they are found. Raises TooManyErrors when that is enough.

    ``used`` says that it is a file that the spec uses, so that every place in it names the file. ``budget`` is what the
    work that is done for it is counted in. ``tried`` says that the text is an edit that is tried: it is asked what is
    wrong with it, and not what else to do.
    """

    def __init__(self, file: str, *, used: bool = False, budget: Budget | None = None, tried: bool = False) -> None:
        self.tried = tried
        self.file = file
        self.used = used
        self.budget = Budget() if budget is None else budget
        self._once: set[tuple[str, Span | None]] | None = None
        self._labels: Iterable[Label] = ()
        self.found: list[Diagnostic] = []
        self._settled: set[tuple[str, int, int]] = set()

    def settle(self, span: Span) -> None:
        """Let no later error begin where this does: what stands there is reported already."""
        self._settled.add((span.file, span.line, span.column))

    def once(self) -> Log:
        """A log for the same file that notes an error where it is found first, and not for every use of a block."""
        other = Log(self.file, budget=self.budget)
        other._once = set()
        other._settled = self._settled
        return other

    def continued(self) -> Log:
        """A log that has found what this one has so far, and goes on by itself, with the budget that is left."""
        other = Log(self.file, used=self.used, budget=self.budget.rest())
        other.found += self.found
        other._settled |= self._settled
        return other

    @contextmanager
    def labelled(self, labels: Iterable[Label]) -> Iterator[None]:
        """Give every error that is added meanwhile these labels, besides its own; without an error none is made."""
        before = self._labels
        self._labels = labels
        try:
            yield
        finally:
            self._labels = before

    def adopt(self, other: Log) -> None:
        """Take over the errors of another log. Raises TooManyErrors when that is enough."""
        self._settled |= other._settled
        for error in other.found:
            self._keep(error)

    def error(
        self,
        code: str,
        span: Span | None,
        message: str,
        *help: str | Suggestion | None,
        labels: Iterable[Label] = (),
        cause: Cause | None = None,
    ) -> None:
        """Add an error."""
        self._add("error", code, span, message, help, labels, cause)

    def too_much(self, error: TooMuchWork) -> None:
        """Add the error that the budget does not suffice."""
        self.error("A317", error.span, str(error), "lower the `repeat`s, nest less deeply, or write a shorter spec")

    def warning(
        self,
        code: str,
        span: Span | None,
        message: str,
        *help: str | Suggestion | None,
        labels: Iterable[Label] = (),
    ) -> None:
        """Add a warning."""
        self._add("warning", code, span, message, help, labels)

    def _add(
        self,
        severity: str,
        code: str,
        span: Span | None,
        message: str,
        help: tuple[str | Suggestion | None, ...],
        labels: Iterable[Label],
        cause: Cause | None = None,
    ) -> None:
        if self.used and span is not None:
            span = replace(span, file=self.file)
            labels = [Label(replace(label.span, file=self.file), label.text) for label in labels]
        if span is not None and (span.file, span.line, span.column) in self._settled:
            return
        if self._once is not None:
            if (code, span) in self._once:
                return
            self._once.add((code, span))
        self._keep(
            Diagnostic(
                code=code,
                message=_short(message),
                file=span.file or self.file if span is not None else self.file,
                span=span,
                severity=severity,
                help=tuple(_short(str(way)) for way in help if way),
                labels=(*labels, *self._labels),
                suggestions=tuple(way for way in help if isinstance(way, Suggestion)),
                cause=cause,
            )
        )

    def _keep(self, error: Diagnostic) -> None:
        # A file may be used under several names.
        there = [(one.code, one.span) for one in self.found] if error.span is not None and error.span.file else []
        if (error.code, error.span) in there:
            return
        if len(self.found) < MAX_ERRORS:
            self.found.append(error)
            return
        message = f"more than {MAX_ERRORS} errors and warnings: the file is not read further"
        self.found.append(Diagnostic(code="A109", message=message, file=error.file, span=error.span))
        raise TooManyErrors

    @property
    def has_errors(self) -> bool:
        """Whether anything worse than a warning was found."""
        return any(error.severity == "error" for error in self.found)


MAX_MESSAGE = 600
"""A message repeats what the file says, and that may be a mebibyte."""


def _short(text: str) -> str:
    return text if len(text) <= MAX_MESSAGE else f"{text[: MAX_MESSAGE - 1]}…"
