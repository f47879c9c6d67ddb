"""The specs that come with archcalc, wherever it is installed."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def folder() -> Path:
    """Where the bundled specs are, and the blocks that they share."""
    return Path(str(files("archcalc.specs")))


def bundled_specs() -> dict[str, Path]:
    """Every bundled spec by its name, ``alexnet``."""
    return {path.stem: path for path in sorted(folder().glob("*.yaml"))}


def bundled_spec(name: str) -> Path | None:
    """The bundled spec of this name, or ``None``."""
    return bundled_specs().get(name)
