"""Formulas: a cold ``archcalc check`` with them, the walk on symbols beside onnxruntime's, and its growth in depth.

Ratios, each from runs that take turns: whole processes, ``archcalc check specs/alexnet.yaml`` beside
``python -c "import click, yaml, sympy"``; the walks of ResNet-152, and of networks of 150 convolutions, with N, H and
W free beside ``onnxruntime.tools.symbolic_shape_infer``, which gives shapes only, where ours gives shapes, needs,
parameters and MACs, and the totals. And how the time of the walk grows with the number of layers, as the slope of a
line through logarithms. Both walks use sympy, whose cache is emptied before each. Needs ``pip install
archcalc[bench]``. Exits 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from math import log
from pathlib import Path
from statistics import mean, median
from typing import Any

from sympy.core.cache import clear_cache

from archcalc import check
from archcalc.analysis.cost import totals
from archcalc.analysis.legal_inputs import pinned
from archcalc.analysis.walk import infer
from archcalc.network.graph import Graph
from archcalc.sizes.symbolic import Open, size
from archcalc.spec.bundled import bundled_specs

sys.path.insert(0, str(Path(__file__).parent))
from long_specs import graph_of_text
from onnx_network import model_of as model_of_network

HERE = Path(__file__).parent
ROOT = HERE.parent
RESULT = HERE / "results" / "laws.json"

TARGETS = {"cold": 1.3, "resnet152": 1 / 4, "resnet depth": 1 / 4, "every layer smaller": 1 / 4, "exponent": 1.1}
"""The most that each ratio, and the exponent of growth, may be."""

COLD = {
    "archcalc": [str(Path(sys.executable).with_name("archcalc")), "check", "specs/alexnet.yaml"],
    "imports": [sys.executable, "-c", "import click, yaml, sympy"],
}
DEPTHS = (100, 316, 1000, 3162, 10_000)

Conv = tuple[int, int, int, int]
"""Channels, kernel, stride, padding; normalisation and ReLU follow each."""


def resnet_depth() -> list[Conv]:
    """The convolutions of ResNet-152 one after the other, its 151, without the shortcuts."""
    found = [(64, 7, 2, 3)]
    for stage, (wide, blocks) in enumerate(((64, 3), (128, 8), (256, 36), (512, 3))):
        for block in range(blocks):
            stride = 2 if stage and not block else 1
            found += [(wide, 1, 1, 0), (wide, 3, stride, 1), (4 * wide, 1, 1, 0)]
    return found


def every_layer_smaller() -> list[Conv]:
    """150 convolutions without padding: no two layers see the same size."""
    return [(64, 3, 1, 0)] * 150


def graph_of(convs: list[Conv], *, bare: bool = False) -> Graph:
    """The network as archcalc reads it; ``bare`` leaves out normalisation and ReLU."""
    rows = []
    for c, k, s, p in convs:
        rows.append(f"- {{kind: conv2d, out_channels: {c}, kernel_size: {k}, stride: {s}, padding: {p}, bias: false}}")
        rows += [] if bare else ["- {kind: batch_norm2d}", "- {kind: relu}"]
    edge = 2 * len(convs) + 1024
    lines = ["archcalc: 1", "name: Chain", f"input: [3, {edge}, {edge}]", "layers:", *rows]
    return pinned(infer(graph_of_text("\n".join(lines))))


def resnet152() -> tuple[Graph, Any]:
    """ResNet-152 as built, with its shortcuts, pools and the linear layer, and as an ONNX model."""
    facts = check(bundled_specs()["resnet"], preset="resnet152").facts
    assert facts is not None
    return pinned(facts), model_of_network(facts, ("N", 3, "H", "W"))


def model_of(convs: list[Conv]) -> Any:
    """The same network as an ONNX model, its input N × 3 × H × W."""
    onnx = import_module("onnx")
    helper, floats = onnx.helper, onnx.TensorProto.FLOAT
    nodes, weights, channels, last = [], [], 3, "input"
    for place, (c, k, s, p) in enumerate(convs):
        shapes = {f"weight{place}": (c, channels, k, k)} | {
            f"{name}{place}": (c,) for name in ("gain", "bias", "mean", "var")
        }
        for name, shape in shapes.items():
            weights.append(helper.make_tensor_value_info(name, floats, shape))
        conv = {"kernel_shape": [k, k], "strides": [s, s], "pads": [p] * 4}
        statistics = [f"{name}{place}" for name in ("gain", "bias", "mean", "var")]
        nodes.append(helper.make_node("Conv", [last, f"weight{place}"], [f"conv{place}"], **conv))
        nodes.append(helper.make_node("BatchNormalization", [f"conv{place}", *statistics], [f"norm{place}"]))
        nodes.append(helper.make_node("Relu", [f"norm{place}"], [f"relu{place}"]))
        channels, last = c, f"relu{place}"
    inputs = [helper.make_tensor_value_info("input", floats, ["N", 3, "H", "W"]), *weights]
    outputs = [helper.make_tensor_value_info(last, floats, None)]
    return helper.make_model(
        helper.make_graph(nodes, "chain", inputs, outputs), opset_imports=[helper.make_opsetid("", 17)]
    )


def walk(graph: Graph) -> Any:
    """Shapes, needs, parameters and MACs of every layer on symbols, and the totals."""
    shape = (graph.input[0], Open(size("H")), Open(size("W")))
    return totals(infer(graph, shape=shape))


def in_turns(tasks: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each task, after one round of warm-up; the tasks take turns at going first."""
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for number in range(rounds + 1):
        for name in list(tasks) if number % 2 else list(tasks)[::-1]:
            clear_cache()
            start = time.perf_counter()
            tasks[name]()
            if number:
                times[name].append(time.perf_counter() - start)
    return times


def beside(times: dict[str, list[float]], ours: str, theirs: str) -> float:
    """The median of the rounds' own ratios."""
    return median(a / b for a, b in zip(times[ours], times[theirs], strict=True))


def cold(rounds: int) -> dict[str, list[float]]:
    """Whole processes."""
    compileall.compile_dir(ROOT / "archcalc", quiet=2)

    def process(name: str) -> Callable[[], object]:
        return lambda: subprocess.run(COLD[name], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)

    return in_turns({name: process(name) for name in COLD}, rounds)


def symbolic(graph: Graph, model: Any, rounds: int) -> dict[str, list[float]]:
    """The walk, and all formulas, beside onnxruntime's symbolic shape inference."""
    onnxruntime = import_module("onnxruntime.tools.symbolic_shape_infer").SymbolicShapeInference
    return in_turns({"walk": lambda: walk(graph), "onnxruntime": lambda: onnxruntime.infer_shapes(model)}, rounds)


def growth(rounds: int) -> tuple[dict[int, float], float]:
    """Seconds of the walk by the number of layers, all of different sizes, and the exponent."""
    graphs = {depth: graph_of([(8, 3, 1, 0)] * depth, bare=True) for depth in DEPTHS}
    times = in_turns({str(depth): lambda graph=graph: walk(graph) for depth, graph in graphs.items()}, rounds)  # type: ignore[misc]
    seconds = {depth: median(times[str(depth)]) for depth in DEPTHS}
    xs, ys = [log(depth) for depth in DEPTHS], [log(seconds[depth]) for depth in DEPTHS]
    spread = [x - mean(xs) for x in xs]
    return seconds, sum(x * y for x, y in zip(spread, ys, strict=True)) / sum(x * x for x in spread)


def main() -> None:
    """Measure, print, write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="timed rounds, after one of warm-up")
    rounds = parser.parse_args().rounds
    times = {"cold": cold(rounds)}
    chains = {"resnet depth": resnet_depth(), "every layer smaller": every_layer_smaller()}
    networks = {"resnet152": resnet152()} | {what: (graph_of(convs), model_of(convs)) for what, convs in chains.items()}
    times |= {what: symbolic(graph, model, rounds) for what, (graph, model) in networks.items()}
    ratios = {what: beside(measured, *measured) for what, measured in times.items()}
    seconds, exponent = growth(max(3, rounds // 5))
    figures = {**ratios, "exponent": exponent}
    for what, figure in figures.items():
        print(f"{what:22} {figure:7.3f}  target at most {TARGETS[what]:.2f}")
    result = {
        "what": {
            "cold": 'archcalc check specs/alexnet.yaml / python -c "import click, yaml, sympy", whole processes',
            "resnet152": "ResNet-152, 515 layers; N, H, W free: archcalc's walk with totals / onnxruntime's "
            "symbolic_shape_infer",
            "resnet depth": "151 convolutions as deep as ResNet-152, norm and ReLU after each; the same two",
            "every layer smaller": "150 unpadded convolutions, norm and ReLU after each; the same two",
            "exponent": "growth of the walk over 100 to 10,000 convolutions of different sizes",
        },
        "rounds": rounds,
        "figures": {what: round(figure, 4) for what, figure in figures.items()},
        "targets": TARGETS,
        "median_ms": {
            what: {name: round(1000 * median(values), 2) for name, values in measured.items()}
            for what, measured in times.items()
        },
        "walk_ms_by_layers": {str(depth): round(1000 * value, 1) for depth, value in seconds.items()},
        "machine": {
            "cpus": os.cpu_count() or 0,
            "architecture": platform.machine(),
            "system": platform.system(),
            "python": platform.python_version(),
        },
        "versions": {name: version(name) for name in ("archcalc", "sympy", "onnx", "onnxruntime", "click", "pyyaml")},
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    sys.exit(any(figure > TARGETS[what] for what, figure in figures.items()))


if __name__ == "__main__":
    main()
