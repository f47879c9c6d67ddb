"""The specs in a folder, told from its other YAML files by the keys that stand at the beginning of a line."""

from __future__ import annotations

import os
import re

_KEYS = re.compile(rb"^(archcalc|args|input|layers|name)[ \t]*:", re.MULTILINE)
_MOST_READ = 1 << 20
MOST_LISTED = 20_000
"""How many files and folders are looked through; a folder with more is not one of specs."""


class FolderTooLarge(ValueError):
    """A folder has more than ``MOST_LISTED`` files and folders in it."""


def specs_of_folder(folder: str) -> list[str]:
    """The paths of the specs in a folder and in those below it, in order; hidden ones are left out.

    A spec has ``archcalc`` and ``layers``, ``name`` or ``input``; a file of blocks has none of these, or has ``args``.
    What has ``layers`` and ``input`` is one that forgot ``archcalc``, which its check says: a gate must not pass it
    over. Raises FolderTooLarge.
    """
    found = []
    left = MOST_LISTED
    for place, folders, files in os.walk(folder):
        left -= len(folders) + len(files)
        if left < 0:
            raise FolderTooLarge(f"{folder} has more than {MOST_LISTED:,} files and folders in it")
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        names = sorted(name for name in files if name.endswith((".yaml", ".yml")) and not name.startswith("."))
        found += [path for path in (os.path.join(place, name) for name in names) if _is_spec(path)]
    return found


def _is_spec(path: str) -> bool:
    # What cannot be read is told by the check, and what is not a file has nothing to read.
    if not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as file:
            keys = set(_KEYS.findall(file.read(_MOST_READ)))
    except OSError:
        return True
    if b"args" in keys:
        return False
    return {b"layers", b"input"} <= keys or (b"archcalc" in keys and bool(keys & {b"layers", b"name", b"input"}))
