"""Writing files without ever losing a user's edits.

Every generated file carries the sha256 of the rest of itself, so that an edit shows without a list kept
elsewhere.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Iterator, Mapping
from difflib import unified_diff
from pathlib import Path

from archcalc.language.file_replacement import read_plain, remove_left, write_files

_SEAL = re.compile(r"(?m)^(?:# |<!-- )file sha256 ([0-9a-f]{64})(?: -->)?\n")
_SPEC = re.compile(r"(?m)^(?:# |<!-- )spec .*\n")


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


def nothing_new(folder: Path, name: str, text: str) -> bool:
    """Whether an edited file was generated as ``text`` is, but for the line that names the spec."""
    there = _read(folder / name)
    seal, spec = (None, None) if there is None else (_SEAL.search(there), _SPEC.search(there))
    if seal is None or spec is None:
        return False
    before = _SPEC.sub(lambda _: spec[0], _SEAL.sub("", text, count=1), count=1)
    return hashlib.sha256(before.encode()).hexdigest() == seal[1]


def differences(folder: Path, name: str, text: str) -> Iterator[str]:
    """The lines of a unified diff from what is there to what would be written."""
    path = folder / name
    there = _read(path)
    if there is None and os.path.lexists(path):
        yield f"{path} cannot be read as text"
        return
    before, after = ("" if there is None else there).splitlines(), text.splitlines()
    yield from unified_diff(
        before, after, str(path) if there is not None else os.devnull, f"{path} generated", lineterm=""
    )


def write(folder: Path, files: Mapping[str, str], keep: Collection[str] = ()) -> list[str]:
    """Write the files that differ, but for some; their names. Raises OSError; each file then is as it was, or whole."""
    written = [name for name in stale(folder, files) if name not in keep]
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
