"""The text of a spec's file, read with limits."""

from __future__ import annotations

import os
import re
import stat
import sys
from codecs import BOM_UTF8
from typing import TYPE_CHECKING

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span
from archcalc.diagnostics.spelling import did_you_mean

if TYPE_CHECKING:
    from os import PathLike

MAX_BYTES = 1 << 20


def stream_name(path: str) -> str | None:
    """What a spec that is read from a stream is called, ``<stdin>`` or ``<fd 63>``; ``None`` for a file's path.

    Streams are ``-`` and ``/dev/stdin``, and what a shell puts for ``<(…)``, ``/dev/fd/63``.
    """
    if path in ("-", "/dev/stdin"):
        return "<stdin>"
    folder, _, number = path.rpartition("/")
    return f"<fd {number}>" if folder in ("/dev/fd", "/proc/self/fd") and number.isdecimal() else None


def read_text(path: PathLike[str] | str, log: Log) -> str | None:
    """The text of a spec file or a stream, or ``None`` with a diagnostic in the log."""
    try:
        data = read_bytes(path)
    except FileNotFoundError:
        log.error("A101", None, f"there is no file `{path}`", *_neighbours(path))
    except IsADirectoryError:
        log.error("A101", None, f"`{path}` is a folder, not a spec file", *_specs_in(path))
    except NotAFile:
        log.error("A101", None, f"`{path}` is a pipe or a device, not a file", "save the spec to a file")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        log.error("A101", None, f"`{path}` cannot be read: {reason}", "check the path and its permissions")
    else:
        if len(data) <= MAX_BYTES:
            return decode(data, log)
        log.error("A103", None, f"`{path}` is larger than 1 MiB", "a spec is a table, not data: shorten it")
    return None


class NotAFile(OSError):
    """A pipe or a device, or what waits for ever or has no end as they do."""


def read_bytes(path: PathLike[str] | str) -> bytes:
    """At most a byte more than is allowed, and never waiting for a named pipe that no one writes to.

    Raises OSError, of which NotAFile is one, and ValueError for a path that cannot be one.
    """
    stream = stream_name(os.fspath(path))
    if stream == "<stdin>":
        if sys.stdin is None:
            raise OSError("standard input is closed")
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    waits = 0 if stream else getattr(os, "O_NONBLOCK", 0)
    handle = os.open(path, os.O_RDONLY | waits | getattr(os, "O_BINARY", 0))
    with open(handle, "rb") as file:
        found = os.fstat(handle)
        mode = found.st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError
        if not stat.S_ISREG(mode) and not (stream and stat.S_ISFIFO(mode)):
            raise NotAFile
        data: bytes | None = file.read(MAX_BYTES + 1)
        # Like /proc/kmsg: a file by its mode, and yet one would wait for what it says next, or get what is not in it.
        if data is None or (stat.S_ISREG(mode) and data and not found.st_size):
            raise NotAFile
        return data


def decode(data: bytes, log: Log) -> str | None:
    """UTF-8 bytes as text, or ``None`` with a diagnostic in the log."""
    data = data.removeprefix(BOM_UTF8)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        byte = data[error.start]
        span = _after(data[: error.start].decode("utf-8", "replace"))
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        log.error("A102", None, "the file is UTF-16 text", "save it as UTF-8")
    elif b"\0" in data:
        log.error("A102", None, "this is a binary file, not text", "name the spec's `.yaml` file")
    else:
        meant = chr(byte) if byte >= 0xA0 else ""
        was = f" (as Latin-1 it would be `{meant}`)" if meant else ""
        log.error("A102", span, f"byte 0x{byte:02x} is not UTF-8 text{was}", "save the file as UTF-8")
    return None


# As yaml.reader has it, so that Python compiles it once.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_printable(text: str, log: Log) -> bool:
    """Whether a text is made of characters that YAML has; an error in the log where it is not."""
    odd = _UNPRINTABLE.search(text)
    if odd is None:
        return True
    what = "this is a binary file, not text" if odd[0] == "\0" else f"U+{ord(odd[0]):04X} is not a printable character"
    log.error("A102", _after(text[: odd.start()]), what, "save the spec as plain text")
    return False


def _after(before: str) -> Span:
    """The one character that follows a text."""
    lines = f"{before}.".splitlines()
    return Span(len(lines), len(lines[-1]), len(lines), len(lines[-1]) + 1)


def _neighbours(missing: PathLike[str] | str) -> list[str]:
    from pathlib import Path

    path = Path(missing)
    revision, colon, inside = os.fspath(missing).partition(":")
    if colon and inside and Path(inside).is_file():
        return [f"a file as it was at a revision is compared by `archcalc diff --git {revision} {inside}`"]
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.suffix in (".yaml", ".yml")]
    except OSError:
        return [f"there is no folder `{path.parent}` either"]
    return [did_you_mean(path.name, sorted(names))]


def _specs_in(folder: PathLike[str] | str) -> list[str]:
    from pathlib import Path

    try:
        found = sorted(Path(folder).glob("*.yaml"))
    except OSError:
        return []
    return [f"name the files in it: {folder}/*.yaml"] if found else []
