"""The specs in a folder, told from its other YAML files by the keys that stand at the beginning of a line.

And those that use the file of a block, which lies beside them or in a folder below.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress

from archcalc.diagnostics.log import Log, TooManyErrors
from archcalc.language.files import read_bytes, read_text
from archcalc.spec.reader import read_spec

_KEYS = re.compile(rb"^(archcalc|args|blocks|budget|input|inputs|layer|layers|name|presets)[ \t]*:", re.MULTILINE)
MOST_LISTED = 20_000
"""How many files and folders are looked through; a folder with more is not one of specs."""

MOST_ABOVE = 4
"""In how many folders specs are looked for that use a block's file: its own, and those above it."""


class FolderTooLarge(ValueError):
    """A folder has more than ``MOST_LISTED`` files and folders in it."""


def specs_of_folder(folder: str) -> list[str]:
    """The paths of the specs in a folder and in those below it, in order; hidden ones are left out.

    A spec has ``archcalc`` and ``layers``, ``name`` or ``input``; a file of blocks has none of these, or has ``args``.
    What has ``layers`` and ``input`` is one that forgot ``archcalc``, which its check says: a gate must not pass it
    over. Raises FolderTooLarge.
    """
    return [path for path in _files_of(folder) if _is_spec(path)]


def others_of_folder(folder: str) -> tuple[list[str], str | None]:
    """The YAML files in a folder that are neither specs nor blocks, and the first that has several keys of a spec.

    Raises FolderTooLarge.
    """
    keys = {path: _keys(path) for path in _files_of(folder) if not _is_spec(path)}
    others = [path for path, found in keys.items() if found is not None and not found & {b"args", b"blocks"}]
    return others, next((path for path in others if len(keys[path] or ()) > 1), None)


def _files_of(folder: str) -> Iterator[str]:
    left = MOST_LISTED
    for place, folders, files in os.walk(folder):
        left -= len(folders) + len(files)
        if left < 0:
            raise FolderTooLarge(f"{folder} has more than {MOST_LISTED:,} files and folders in it")
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from _among(place, files)


def specs_using(block: str) -> list[str]:
    """The paths of the specs that use the file of a block, itself or through another; of any other file none.

    A spec names no file above its own folder, so only the folder of the block and those above are looked at: four, and
    none above the top of a git repository.
    """
    if not os.path.isfile(block) or b"args" not in (_keys(block) or ()):
        return []
    return [
        path
        for folder in _above(block)
        for path in _among(folder, os.listdir(folder))
        if _is_spec(path) and _uses(path, block)
    ]


def _above(path: str) -> Iterator[str]:
    """The folder of a file and those above, as the file is named: absolute, or from the working directory."""
    folder = os.path.dirname(os.path.abspath(path))
    for _ in range(MOST_ABOVE):
        yield folder if os.path.isabs(path) else os.path.relpath(folder)
        if os.path.exists(os.path.join(folder, ".git")) or folder == os.path.dirname(folder):
            return
        folder = os.path.dirname(folder)


def _beside(folder: str) -> list[str]:
    with suppress(OSError):
        return _among(folder, os.listdir(folder))
    return []


def _uses(path: str, block: str) -> bool:
    log = Log(path)
    text = read_text(path, log)
    if text is None or "use" not in text:
        return False
    with suppress(TooManyErrors):
        spec = read_spec(text, log)
        used = spec.texts if spec is not None else {}
        return any(os.path.realpath(file) == os.path.realpath(block) for file in used)
    # What has so many errors is told by its check.
    return True


def _among(folder: str, files: list[str]) -> list[str]:
    names = sorted(name for name in files if name.endswith((".yaml", ".yml")) and not name.startswith("."))
    return [os.path.normpath(os.path.join(folder, name)) for name in names]


def _keys(path: str) -> set[bytes] | None:
    """The keys that tell a spec and stand at the beginning of a line; ``None`` of a file that cannot be read."""
    try:
        return set(_KEYS.findall(read_bytes(path))) if os.path.isfile(path) else None
    except OSError:
        return None


def _is_spec(path: str) -> bool:
    # What cannot be read is told by the check, and what is not a file has nothing to read.
    if not os.path.isfile(path):
        return False
    keys = _keys(path)
    if keys is None:
        return True
    if b"args" in keys:
        return False
    return {b"layers", b"input"} <= keys or (b"archcalc" in keys and bool(keys & {b"layers", b"name", b"input"}))
