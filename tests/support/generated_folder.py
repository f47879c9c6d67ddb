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
    """These modules of a generated folder; what they import of each other is gone afterwards."""
    own = {path.stem for path in folder.glob("*.py")}
    others = {name: module for name, module in sys.modules.items() if name not in own}
    with patch.dict(sys.modules, others, clear=True), patch.object(sys, "path", [str(folder), *sys.path]):
        importlib.invalidate_caches()
        yield tuple(map(importlib.import_module, names))
