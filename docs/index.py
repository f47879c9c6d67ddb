"""Writes ``specs/index.json``, what every bundled network is and costs: ``make docs``.

``archcalc list``, bare names and completion read it in place of checking every spec.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import json

from archcalc import Report, check_each
from archcalc.analysis.cost import layer_count
from archcalc.sizes.rules import known_size, known_sizes
from archcalc.spec.bundled import Bundled, bundled_specs, folder


def entry(spec: str, report: Report) -> Bundled:
    """What the index says of a network."""
    assert report.spec is not None
    assert report.totals is not None
    return Bundled(
        name=report.preset or spec,
        spec=spec,
        preset=report.preset,
        title=report.spec.title,
        input=None if report.inputs else known_sizes(report.input or ()),
        inputs={name: known_sizes(shape) for name, shape in report.inputs.items()},
        layers=layer_count(report.layers),
        params=known_size(report.totals.params),
        macs=known_size(report.totals.macs),
    )


def index() -> list[Bundled]:
    """Every network, in the order of the specs and of their presets."""
    return [entry(spec, report) for spec, path in bundled_specs().items() for report in check_each(Path(path))]


if __name__ == "__main__":
    rows = ",\n ".join(json.encode(one).decode() for one in index())
    (folder() / "index.json").write_text(f"[\n {rows}\n]\n", encoding="utf-8")
    print("specs/index.json")
