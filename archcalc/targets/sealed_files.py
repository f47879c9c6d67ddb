"""Writing files without ever losing a user's edits.

Every generated file carries the sha256 of the rest of itself, so that an edit shows without a list kept
elsewhere.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

_SEAL = re.compile(r"(?m)^(?:# |<!-- )file sha256 ([0-9a-f]{64})(?: -->)?\n")


def sealed(text: str, markdown: bool = False) -> str:
    """The text with its own sha256 in the place of the line ``file sha256 -``."""
    line = "<!-- file sha256 {} -->\n" if markdown else "# file sha256 {}\n"
    blank = line.format("-")
    if text.count(blank) != 1:
        raise ValueError("a template needs one line for the file's sha256")
    digest = hashlib.sha256(text.replace(blank, "").encode()).hexdigest()
    return text.replace(blank, line.format(digest))


def is_untouched(text: str) -> bool:
    """Whether a file still is what was generated."""
    seal = _SEAL.search(text)
    if seal is None:
        return False
    rest = text[: seal.start()] + text[seal.end() :]
    return hashlib.sha256(rest.encode()).hexdigest() == seal[1]


def stale(folder: Path, files: Mapping[str, str]) -> list[str]:
    """The names of the files that are missing or differ from what would be written."""
    return [name for name, text in files.items() if _read(folder / name) != text]


def edited(folder: Path, files: Mapping[str, str]) -> list[str]:
    """The names of the files that someone else wrote or changed, and that writing would lose."""
    found = []
    for name, text in files.items():
        path = folder / name
        if os.path.lexists(path):
            there = _read(path)
            if there != text and (there is None or not is_untouched(there)):
                found.append(name)
    return found


def write(folder: Path, files: Mapping[str, str]) -> list[str]:
    """Write the files that differ, each by temporary file, fsync and rename; their names.

    Raises OSError; every file then is either as it was or whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = stale(folder, files)
    for name in written:
        _replace(folder / name, files[name].encode(), 0o666 & ~_umask())
    return written


def rewrite(path: Path, old: bytes, new: bytes) -> bool:
    """Replace a file's content in one step, its permissions kept; false where it is no longer ``old``.

    Raises OSError; the file then is as it was.
    """
    mode = stat.S_IMODE(path.stat().st_mode)
    return _replace(path, new, mode, lambda: path.read_bytes() == old)


def _replace(path: Path, data: bytes, mode: int, still: Callable[[], bool] = lambda: True) -> bool:
    """Put a whole new file in a path's place, if ``still`` says so once it is written."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        if not still():
            Path(temporary).unlink()
            return False
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return True


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
