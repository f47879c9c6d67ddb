"""AlexNet's totals at a million random sizes: ``archcalc.sweep`` beside the same formulas through sympy.

sympy's side is ``sympy.lambdify(…, modules="numpy", cse=True)`` on the closed forms, compiled beforehand; it
computes in 64-bit floats, and is inexact. Ours starts at the spec's text and is exact. Both give the
parameters and the MACs of each row. They take turns, round by round; the figure is the median of the
rounds' own ratios. Every row of ours is then held against Python's ints. Exits 1 where the target is
missed or a row differs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import sympy

import archcalc

RESULT = Path(__file__).parent / "results" / "sweep.json"
TARGET = 1.0
SPEC = """\
archcalc: 1
name: AlexNet
input: [3, 227, 227]
let: {width: 100}  # in percent
layers:
  - {name: conv1, kind: conv2d, out_channels: 96*width//100, kernel_size: 11, stride: 4}
  - {name: relu1, kind: relu}
  - {name: pool1, kind: max_pool2d, kernel_size: 3, stride: 2}
  - {name: conv2, kind: conv2d, out_channels: 256*width//100, kernel_size: 5, padding: 2}
  - {name: relu2, kind: relu}
  - {name: pool2, kind: max_pool2d, kernel_size: 3, stride: 2}
  - {name: conv3, kind: conv2d, out_channels: 384*width//100, kernel_size: 3, padding: 1}
  - {name: relu3, kind: relu}
  - {name: conv4, kind: conv2d, out_channels: 384*width//100, kernel_size: 3, padding: 1}
  - {name: relu4, kind: relu}
  - {name: conv5, kind: conv2d, out_channels: 256*width//100, kernel_size: 3, padding: 1}
  - {name: relu5, kind: relu}
  - {name: pool3, kind: max_pool2d, kernel_size: 3, stride: 2}
  - {name: flatten, kind: flatten}
  - {name: fc1, kind: linear, out_features: 4096*width//100}
  - {name: relu6, kind: relu}
  - {name: fc2, kind: linear, out_features: 4096*width//100}
  - {name: relu7, kind: relu}
  - {name: fc3, kind: linear, out_features: 1000}
"""
CONVS = ((96, 11, 4, 0, True), (256, 5, 1, 2, True), (384, 3, 1, 1, False), (384, 3, 1, 1, False), (256, 3, 1, 1, True))
"""Channels, kernel, stride, padding, and whether a pool follows."""


def totals(height: Any, width: Any, batch: Any, floor_div: Callable[[Any, Any], Any]) -> tuple[Any, Any]:
    """AlexNet's parameters and MACs, with no word of archcalc."""
    channels, size, params, macs = 3, height, 0, 0
    for full, k, s, p, pooled in CONVS:
        out = floor_div(full * width, 100)
        size = floor_div(size + 2 * p - k, s) + 1
        params += out * channels * k * k + out
        macs += out * channels * k * k * size * size
        channels = out
        if pooled:
            size = floor_div(size - 3, 2) + 1
    features = channels * size * size
    for out in (floor_div(4096 * width, 100), floor_div(4096 * width, 100), 1000):
        params += features * out + out
        macs += features * out
        features = out
    return params, macs * batch


def main() -> None:
    """Measure, compare, print, write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=21, help="timed rounds, after two of warm-up")
    options = parser.parse_args()

    random = np.random.default_rng(0)
    height = random.integers(67, 1025, options.rows)
    width = random.integers(25, 201, options.rows)
    batch = random.integers(1, 1025, options.rows)
    h, w, n = sympy.symbols("H width N", integer=True, positive=True)
    formulas = totals(h, w, n, lambda a, b: sympy.floor(a / b))
    lambdified = sympy.lambdify((h, w, n), formulas, modules="numpy", cse=True)
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "alexnet.yaml"
        spec.write_text(SPEC, encoding="utf-8")

        def ours() -> tuple[Any, Any]:
            columns = ("params", "macs")
            given = {"HW": height, "N": batch}
            table = archcalc.sweep(spec, input=given, settings={"width": width}, columns=columns, product=False)
            return table["params"], table["macs"]

        times = measure({"archcalc": ours, "lambdify": lambda: lambdified(height, width, batch)}, options.rounds)
        wrong = disagreements(ours(), height, width, batch)
        theirs = disagreements(lambdified(height, width, batch), height, width, batch)
    ratio = median(a / b for a, b in zip(times["archcalc"], times["lambdify"], strict=True))
    for name, seconds in times.items():
        print(f"{name:10} {median(seconds):.3f} s for {options.rows:,} rows")
    print(f"archcalc / lambdify  {ratio:.3f}  target at most {TARGET}")
    print(f"rows that differ from Python's ints: {wrong:,} of archcalc's, {theirs:,} of lambdify's")
    result = {
        "what": "AlexNet's parameters and MACs at random (H = W, width, N): archcalc.sweep from the spec's file on, "
        "beside sympy.lambdify(modules='numpy', cse=True), compiled beforehand",
        "rows": options.rows,
        "rounds": options.rounds,
        "median_seconds": {name: round(median(values), 4) for name, values in times.items()},
        "ratio": round(ratio, 4),
        "target": TARGET,
        "rows_that_differ_from_exact_ints": {"archcalc": wrong, "lambdify": theirs},
        "machine": {
            "cpus": os.cpu_count() or 0,
            "architecture": platform.machine(),
            "system": platform.system(),
            "python": platform.python_version(),
        },
        "versions": {name: version(name) for name in ("archcalc", "numpy", "sympy")},
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    sys.exit(ratio > TARGET or wrong > 0)


def measure(tasks: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each task, which take turns at going first."""
    times: dict[str, list[float]] = {name: [] for name in tasks}
    names = list(tasks)
    for number in range(rounds + 2):
        for name in names if number % 2 else names[::-1]:
            start = time.perf_counter()
            tasks[name]()
            if number >= 2:
                times[name].append(time.perf_counter() - start)
        print(f"\rround {number + 1} of {rounds + 2}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return times


def disagreements(found: tuple[Any, Any], height: Any, width: Any, batch: Any) -> int:
    """How many rows are not what Python's ints give, each distinct row computed once."""
    known: dict[tuple[int, int], tuple[int, int]] = {}
    wrong = 0
    for h, w, n, params, macs in zip(*(column.tolist() for column in (height, width, batch, *found)), strict=True):
        if (h, w) not in known:
            known[h, w] = totals(h, w, 1, lambda a, b: a // b)
        exact = known[h, w]
        wrong += (params, macs) != (exact[0], exact[1] * n)
    return wrong


if __name__ == "__main__":
    main()
