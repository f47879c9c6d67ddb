"""The keys of a network's state_dict, in the form in which the figures of reference implementations are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from archcalc import Report
from archcalc.sizes.rules import known_sizes

Keys = list[tuple[str, tuple[int, ...]]]


def state_keys(report: Report) -> Keys:
    """Keys and shapes, in the order of the layers."""
    return [
        (layer.key(name), known_sizes(shape))
        for layer in report.layers
        for name, shape in {**layer.weights, **layer.buffers}.items()
    ]


def digest(keys: Iterable[tuple[str, tuple[int, ...]]]) -> str:
    """sha256 of ``key (shape)`` and a line's end for each, sorted."""
    return hashlib.sha256("".join(f"{key} {shape}\n" for key, shape in sorted(keys)).encode()).hexdigest()
