"""The way out for text: what stands between every command and the terminal, pipe or file that it prints to.

Names, titles and arguments are a stranger's. Nothing of them may move the cursor, colour, hide or reorder what is
read. That is decided here, for all that is printed, and not where it is printed.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import IO, TYPE_CHECKING, TextIO, cast

import click

from archcalc.reports.visible import visible

if TYPE_CHECKING:
    from archcalc.reports.terminal_text import Style

NARROWEST = 40
"""So many columns are taken to be there, at least."""

COLOURS = "archcalc.colours"
"""Under this name click's context keeps what ``--color`` says: true, false, or ``None`` for auto."""

CLOSED, UNWRITABLE = 141, 2
"""Exit statuses where the output's reader is gone, and where the output cannot be written, as on a full disk."""

_MARK = f"\x1b{os.urandom(8).hex()}["
"""What a colour of ours begins with. It is drawn anew for each process, so that no file or argument can have it."""


class Escaped(io.TextIOBase):
    """A stream of text in which all that is not printable but new lines stands as an escape, such as ``\\u001b``."""

    def __init__(self, stream: IO[str]) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write a text so that all of it is seen. Raises OSError."""
        self.stream.write(self.shown(text))
        return len(text)

    def flush(self) -> None:
        """Hand on what was written. Raises OSError."""
        self.stream.flush()

    def writable(self) -> bool:
        """It is."""
        return True

    def shown(self, text: str) -> str:
        """What is written of a text."""
        return visible(text)


class Console(Escaped):
    """The standard output or standard error: ``style``'s colours are a terminal's here, or nothing if not wanted.

    What cannot be written ends the process, without a traceback.
    """

    def write(self, text: str | bytes) -> int:
        """Write a text so that all of it is seen.

        click gives what a shell completes as bytes, and asks with none whether this is a stream of bytes.
        """
        if not isinstance(text, str):
            if not text:
                raise TypeError("this is a stream of text")
            text = text.decode("utf-8", "surrogateescape")
        with self._or_end():
            return super().write(text)

    def flush(self) -> None:
        """Hand on what was written."""
        with self._or_end():
            super().flush()

    def shown(self, text: str) -> str:
        """What is written of a text: of colours only those that are our own."""
        first, *others = text.split(_MARK)
        parts = [visible(first)]
        for other in others:
            colour, _, rest = other.partition("m")
            parts.append((f"\x1b[{colour}m" if self._wants_colours() else "") + visible(rest))
        return "".join(parts)

    @property
    def encoding(self) -> str:  # type: ignore[override]  # as of a stream that is read only
        """The stream's own; click takes one without for a stream that is not set up."""
        own: str | None = getattr(self.stream, "encoding", None)
        return own or "ascii"

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return is_terminal(self.stream)

    def fileno(self) -> int:
        """The stream's own."""
        return self.stream.fileno()

    def _wants_colours(self) -> bool:
        context = click.get_current_context(silent=True)
        chosen = None if context is None else context.meta.get(COLOURS)
        return self.isatty() if chosen is None else bool(chosen)

    @contextmanager
    def _or_end(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            _let_go(self.stream)
            raise SystemExit(CLOSED) from None
        except OSError as error:
            _let_go(self.stream)
            if self is not sys.stderr:
                click.echo(f"error: the output cannot be written: {error.strerror or error}", err=True)
            raise SystemExit(UNWRITABLE) from None


def _let_go(stream: IO[str]) -> None:
    """Let what a stream still holds go nowhere, or Python would complain of it at its exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def consoles() -> Iterator[None]:
    """Let all that is printed meanwhile go through a ``Console``."""
    before = sys.stdout, sys.stderr
    for name, stream in zip(("stdout", "stderr"), before, strict=True):
        # Where a stream was closed there is none.
        setattr(sys, name, stream and cast("TextIO", Console(stream)))
    try:
        yield
    finally:
        with ExitStack() as stack:
            stack.callback(setattr, sys, "stdout", before[0])
            stack.callback(setattr, sys, "stderr", before[1])
            for stream in filter(None, (sys.stdout, sys.stderr)):
                stream.flush()


def is_terminal(stream: IO[str] | None) -> bool:
    """Whether somebody reads a stream on a terminal."""
    return stream is not None and stream.isatty()


def style() -> Style:
    """How a text is set for a console."""
    from archcalc.reports.terminal_text import Style

    return Style(_columns(), colours=True, begins=_MARK)


@contextmanager
def progress(count: int, label: str, long: int, done: int = 0) -> Iterator[Callable[[int], None]]:
    """What to tell how many more of ``count`` are done; from ``long`` on a bar on the terminal shows it."""
    stream = cast("TextIO", sys.stderr.stream if isinstance(sys.stderr, Console) else sys.stderr)
    if count - done < long or not is_terminal(stream):
        yield lambda _: None
        return
    # The bar moves the cursor, and shows nothing of a spec's.
    with click.progressbar(length=count, label=label, file=stream) as bar:
        bar.update(done)
        yield bar.update


def _columns() -> int | None:
    """What ``COLUMNS`` says, or else the terminal; ``None`` where the output is none."""
    stated = os.environ.get("COLUMNS", "")
    if stated.isdecimal() and int(stated) > 0:
        return max(NARROWEST, int(stated))
    try:
        return max(NARROWEST, os.get_terminal_size(sys.stdout.fileno()).columns) if sys.stdout.isatty() else None
    except (OSError, ValueError, AttributeError):
        return None
