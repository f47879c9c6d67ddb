"""The specs that come with archcalc, wherever it is installed."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def bundled_specs() -> dict[str, Path]:
    """Every bundled spec by its name, ``alexnet``."""
    folder = files("archcalc.specs")
    found = (Path(str(entry)) for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    return {path.stem: path for path in sorted(found)}


def bundled_spec(name: str) -> Path | None:
    """The bundled spec of this name, or ``None``."""
    return bundled_specs().get(name)
