"""What a sweep says, row by row, and what a check says of the same sizes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import archcalc
from archcalc.sizes.rules import is_known

WIDE = """\
archcalc: 1
name: Wide
input: [3, size, size]
let: {size: 16, width: 1, classes: 10}
layers:
  - {name: conv, kind: conv2d, out_channels: floor(32*width), kernel_size: 3, padding: 1}
  - {name: pool, kind: max_pool2d, kernel_size: 2}
  - {name: wide, kind: conv2d, out_channels: "max(ceil(width/3), 4*width)", kernel_size: 3, stride: 2}
  - {name: flatten, kind: flatten}
  - {name: head, kind: linear, out_features: classes}
"""


def written(folder: Path, text: str) -> Path:
    """The path of a spec with this text."""
    path = folder / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@contextmanager
def spec_file(text: str) -> Iterator[Path]:
    """A file with this text, for as long as it is needed."""
    with TemporaryDirectory() as folder:
        yield written(Path(folder), text)


def checked(spec: Path, sizes: tuple[int, ...] | None, settings: dict[str, Any]) -> dict[str, Any]:
    """What a single check says of these sizes, as a row of a sweep."""
    report = archcalc.check(spec, input=sizes, settings=settings)
    assert report.totals is not None
    errors = [error for error in report.diagnostics if error.severity == "error" and not error.code.startswith("A4")]
    whole = all(layer.output is not None and is_known(*layer.output) for layer in report.layers)
    if errors or not whole:
        return {"legal": False, "params": None, "macs": None}
    return {"legal": True, "params": report.totals.params, "macs": report.totals.macs, "out": report.layers[-1].output}


def rows_of(table: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of a table, each with its output shape as ``out``."""
    columns = {name: column.tolist() for name, column in table.items()}
    for values in zip(*columns.values(), strict=True):
        row = dict(zip(columns, values, strict=True))
        yield row | {"out": tuple(size for name, size in row.items() if name.startswith("out_"))}
