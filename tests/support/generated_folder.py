"""Generated modules in this process: a folder of them as ``import`` finds it, without the seconds of another torch."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from unittest.mock import patch


@contextmanager
def modules_of(folder: Path, *names: str) -> Iterator[tuple[ModuleType, ...]]:
    """These modules of a generated folder; what they import of each other is gone afterwards.

    What they import of torch stays: it registers operators, which it can do once.
    """
    own = {path.stem for path in folder.glob("*.py")}
    hidden = {name: sys.modules.pop(name) for name in own & sys.modules.keys()}
    try:
        with patch.object(sys, "path", [str(folder), *sys.path]):
            importlib.invalidate_caches()
            yield tuple(map(importlib.import_module, names))
    finally:
        for name in own:
            sys.modules.pop(name, None)
        sys.modules.update(hidden)
