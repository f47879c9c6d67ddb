"""The specs that come with archcalc, wherever it is installed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def folder() -> Path:
    """Where the bundled specs are, and the blocks that they share."""
    from importlib.resources import files
    from pathlib import Path

    return Path(str(files("archcalc.specs")))


def bundled_specs() -> dict[str, Path]:
    """Every bundled spec by its name, ``alexnet``."""
    return {path.stem: path for path in sorted(folder().glob("*.yaml"))}


def bundled_spec(name: str) -> Path | None:
    """The bundled spec of this name, or ``None``."""
    return bundled_specs().get(name)


def located(spec: str) -> str:
    """The path of a spec: as given, or the bundled spec's where it is a bare name and no file."""
    if "." in spec or "/" in spec or "\\" in spec or os.path.exists(spec):
        return spec
    return str(bundled_spec(spec) or spec)
