"""Every bundled network: each bundled spec, and of a family each of its presets."""

from __future__ import annotations

import os
from functools import cache

import pytest
import yaml

from archcalc.analysis.report import Report
from archcalc.pipeline import check
from archcalc.spec.bundled import bundled_specs

# Every process that collects tests reads all specs, and Python's own parser takes seconds for that.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def presets(name: str) -> tuple[str | None, ...]:
    """The presets of a bundled spec; of one that has none, ``None`` alone."""
    document = yaml.load(bundled_specs()[name].read_text("utf-8"), Loader=_LOADER)
    return tuple(document.get("presets", ())) or (None,)


NETWORKS = [pytest.param(name, preset, id=preset or name) for name in bundled_specs() for preset in presets(name)]
"""Spec and preset of every network."""

FIRST = [pytest.param(name, presets(name)[0], id=name) for name in bundled_specs()]
"""One network of each spec, for what takes long."""

SOME = FIRST if os.environ.get("ARCHCALC_DEEP") == "1" else FIRST[::3]
"""Those of every third spec, for what is drawn or written of each in the same way; of each in `make deep`."""


@cache
def checked(name: str, preset: str | None) -> Report:
    """The report of a bundled network, checked once a process."""
    return check(bundled_specs()[name], preset=preset)
