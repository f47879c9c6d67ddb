"""What a process does to the machine, as Python's audit events tell: a line of JSON for each thing that matters."""

from __future__ import annotations

import json
import os
import sys
import sysconfig
from collections.abc import Callable
from types import CodeType
from typing import Any

from tests.hostile.case import CANARY

_ALWAYS = (
    "os.system", "subprocess.", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "os.fork", "pty.", "socket.",
    "ctypes.", "os.kill", "signal.", "webbrowser.", "urllib.", "http.", "ftplib.", "smtplib.", "poplib.", "imaplib.",
    "telnetlib.", "nntplib.", "syslog.", "fcntl.ioctl", "os.putenv", "os.unsetenv", "pickle.", "cpython.run_",
    "sqlite3.", "os.setxattr", "os.removexattr", "os.chown", "winreg.", "msvcrt.", "builtins.input", "resource.",
)  # fmt: skip
"""Nothing that is asked of archcalc needs any of these; ``os.chown`` only where a file has another group."""

_CHANGES = (
    "os.mkdir", "os.rmdir", "os.remove", "os.rename", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.utime",
    "os.mknod", "os.mkfifo", "shutil.", "tempfile.",
)  # fmt: skip
_AT_IMPORT = ("ctypes.", "os.putenv", "os.unsetenv")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_OURS = tuple(
    os.path.realpath(path) + os.sep
    for path in (
        *sysconfig.get_paths().values(),
        *filter(None, sys.path),
        sys.prefix,
        sys.base_prefix,
        os.path.dirname(os.path.dirname(os.path.dirname(__file__))),
    )
)
"""Where Python, the libraries and archcalc are: what is there may be read and run."""


def watch(into: int, *, importing: bool = False) -> None:
    """Write what matters to a file descriptor from now on. There is no end to it but the process's.

    A process that is ``importing`` numpy loads libraries and sets variables for them.
    """

    def told(event: str, *about: object) -> None:
        os.write(into, (json.dumps([event, *map(_text, about)]) + "\n").encode())

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            _opened(told, *arguments)
        elif event == "exec":
            _run(told, arguments[0])
        elif event.startswith(_CHANGES):
            told("change", event, *(os.path.abspath(os.fsdecode(path)) for path in arguments[:2] if _is_path(path)))
        elif event.startswith(_ALWAYS) and not (importing and event.startswith(_AT_IMPORT)):
            told("never", event, *arguments)

    sys.addaudithook(hook)


def _opened(told: Callable[..., None], path: object, mode: object, flags: int) -> None:
    if not isinstance(path, (str, bytes)):
        return
    place = os.path.abspath(os.fsdecode(path))
    if flags & _WRITES:
        told("change", "open", place)
    elif not os.path.realpath(place).startswith(_OURS):
        told("read", "open", place, os.path.realpath(place))


def _run(told: Callable[..., None], code: CodeType) -> None:
    # What the libraries make themselves has a name such as <string> or <template>, and none of a stranger's words.
    file = code.co_filename
    if _mentions(code):
        told("never", "exec of what is hostile", file)
    elif not (file.startswith(("<", "generated")) or os.path.realpath(file).startswith(_OURS)):
        told("never", "exec", file)


def _mentions(code: CodeType) -> bool:
    words = (*code.co_names, *code.co_varnames, *code.co_consts)
    return any(_mentions(word) if isinstance(word, CodeType) else CANARY in str(word) for word in words)


def _is_path(value: object) -> bool:
    return isinstance(value, (str, bytes))


def _text(value: object) -> str:
    return value if isinstance(value, str) else repr(value)[:200]
