"""Writing files without ever losing a user's edits.

Every generated file carries the sha256 of the rest of itself, so that an edit shows without a list kept
elsewhere.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

from archcalc.language.file_replacement import read_plain, remove_left, write_files

_SEAL = re.compile(r"(?m)^(?:# |<!-- )file sha256 ([0-9a-f]{64})(?: -->)?\n")


def sealed(text: str, markdown: bool = False) -> str:
    """The text with its own sha256 in the place of its first line ``file sha256 -``: a spec may write more of them."""
    line = "<!-- file sha256 {} -->\n" if markdown else "# file sha256 {}\n"
    before, blank, after = text.partition(line.format("-"))
    if not blank:
        raise ValueError("a template needs a line for the file's sha256")
    return before + line.format(hashlib.sha256((before + after).encode()).hexdigest()) + after


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
    """Write the files that differ; their names. Raises OSError; each file then is as it was, or whole."""
    written = stale(folder, files)
    if written:
        write_files(folder, {name: files[name].encode() for name in written})
    else:
        remove_left(folder)
    return written


def _read(path: Path) -> str | None:
    data = read_plain(path)
    try:
        return None if data is None else data.decode("utf-8")
    except UnicodeDecodeError:
        return None
