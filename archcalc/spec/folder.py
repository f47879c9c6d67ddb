"""The specs in a folder, told from its other YAML files by the keys that stand at the beginning of a line."""

from __future__ import annotations

import os
import re

_KEYS = re.compile(rb"^(archcalc|args|input|layers|name)[ \t]*:", re.MULTILINE)
_MOST_READ = 1 << 20


def specs_of_folder(folder: str) -> list[str]:
    """The paths of the specs in a folder and in those below it, in order; hidden ones are left out.

    A spec has ``archcalc`` and ``layers``, ``name`` or ``input``; a file of blocks has none of these, or has ``args``.
    """
    found = []
    for place, folders, files in os.walk(folder):
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
    return b"archcalc" in keys and b"args" not in keys and bool(keys & {b"layers", b"name", b"input"})
