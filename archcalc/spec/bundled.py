"""The specs that come with archcalc, wherever it is installed, and the networks that they describe."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from pathlib import Path


class Bundled(Struct, frozen=True, omit_defaults=True):
    """A bundled network. ``name`` is that of its ``preset``, or of its ``spec`` where that is no family.

    ``input`` is its input's shape without the batch, and nothing where its ``inputs`` have names; ``params`` and
    ``macs`` are its counts there, for one sample.
    """

    name: str
    spec: str
    preset: str | None
    title: str | None
    input: tuple[int, ...] | None
    layers: int
    params: int
    macs: int
    inputs: dict[str, tuple[int, ...]] = {}


def folder() -> Path:
    """Where the bundled specs are, and the blocks that they share."""
    from importlib.resources import files
    from pathlib import Path

    return Path(str(files("archcalc.specs")))


def bundled_specs() -> dict[str, Path]:
    """Every bundled spec by its name, ``alexnet``."""
    return {path.stem: path for path in sorted(folder().glob("*.yaml"))}


@cache
def bundled_networks() -> tuple[Bundled, ...]:
    """Every network that a bundled spec describes: the spec's own, or of a family each preset, in their order.

    They are read from ``index.json`` beside the specs, so that no spec has to be checked for it.
    """
    from msgspec import json

    return json.decode((folder() / "index.json").read_bytes(), type=tuple[Bundled, ...])
