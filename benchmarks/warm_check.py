"""A warm check beside onnx's C++ shape inference: ResNet-152 from its spec, and chains of up to 10,000 layers.

Theirs is ``onnx.shape_inference.infer_shapes`` on the same network, loaded, which gives shapes only; ours gives
shapes, needs, parameters and MACs of every layer, and the totals. For ResNet-152 ours goes from the loaded family and
the choice of the preset on (``chosen``, ``elaborate``, ``infer``, ``totals``), each time one that was just loaded:
that has the target. Timed as well: the same asked again of one ``Session``, which keeps its graph, and the walk alone.

The chains, from the bound graph on, are of convolutions, normalisation and ReLU. In one the size is halved six times,
as in a network: most layers are like another, and are worked out once. In the other every convolution takes two rows
away, so that no layer is like another; it is measured too, without a target. All take turns; a ratio is the median of
the rounds' own, the growth the slope of a line through the logarithms of layers and seconds. Needs ``pip install
archcalc[bench]``. Exits 1 where a target is missed or the shapes differ.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from math import log
from pathlib import Path
from statistics import mean, median
from typing import Any

import onnx
from onnx import TensorProto, helper

from archcalc.analysis.cost import Totals, totals
from archcalc.analysis.walk import Facts, infer
from archcalc.diagnostics.budget import Budget
from archcalc.diagnostics.log import Log
from archcalc.network.elaborate import elaborate
from archcalc.network.graph import Graph
from archcalc.network.session import Session
from archcalc.sizes.rules import known_sizes
from archcalc.spec.bundled import bundled_specs
from archcalc.spec.model import Spec
from archcalc.spec.reader import read_spec

sys.path.insert(0, str(Path(__file__).parent))
from long_specs import UNBOUNDED, graph_of_text
from onnx_network import model_of, shapes_of

RESULT = Path(__file__).parent / "results" / "warm_check.json"
TARGETS = {"resnet152": 2.0, "asked again": 0.6, "ratio": 1.0, "exponent": 1.1}
DEPTHS = (100, 316, 1000, 3162, 10_000)
CHANNELS = 16

Layer = tuple[str, int, int]
"""Kind, stride, padding."""


class Chain:
    """Convolutions, normalisation and ReLU in turn, on an image of so many rows and columns."""

    def __init__(self, size: int, layers: list[Layer]) -> None:
        self.size = size
        self.layers = layers

    def spec(self) -> str:
        """The chain as a spec."""
        convolution = f"kind: conv2d, out_channels: {CHANNELS}, kernel_size: 3"
        rows = [
            f"  - {{{convolution}, stride: {stride}, padding: {padding}}}"
            if kind == "conv2d"
            else f"  - {{kind: {kind}}}"
            for kind, stride, padding in self.layers
        ]
        return "\n".join([f"archcalc: 1\nname: Chain\ninput: [3, {self.size}, {self.size}]\nlayers:", *rows, ""])

    def model(self) -> onnx.ModelProto:
        """The chain in ONNX, its weights as inputs, since shapes are all that is asked."""
        inputs = [helper.make_tensor_value_info("x0", TensorProto.FLOAT, [1, 3, self.size, self.size])]
        nodes, channels = [], 3
        for place, (kind, stride, padding) in enumerate(self.layers):
            names = [f"x{place}"]
            settings: dict[str, Any] = {}
            if kind == "conv2d":
                names.append(f"w{place}")
                inputs.append(helper.make_tensor_value_info(f"w{place}", TensorProto.FLOAT, [CHANNELS, channels, 3, 3]))
                settings = {"kernel_shape": [3, 3], "strides": [stride] * 2, "pads": [padding] * 4}
                channels = CHANNELS
            elif kind == "batch_norm2d":
                names += [f"{part}{place}" for part in "sbmv"]
                inputs += [helper.make_tensor_value_info(name, TensorProto.FLOAT, [CHANNELS]) for name in names[1:]]
            nodes.append(helper.make_node(OPERATORS[kind], names, [f"x{place + 1}"], **settings))
        output = helper.make_tensor_value_info(f"x{len(self.layers)}", TensorProto.FLOAT, None)
        return helper.make_model(helper.make_graph(nodes, "chain", inputs, [output]))


OPERATORS = {"conv2d": "Conv", "batch_norm2d": "BatchNormalization", "relu": "Relu"}
KINDS = tuple(OPERATORS)


def network(depth: int) -> Chain:
    """Halved in size six times."""
    halves = {place * (depth // 7) // 3 * 3 for place in range(1, 7)}
    return Chain(640, [(KINDS[place % 3], 2 if place in halves else 1, 1) for place in range(depth)])


def smaller(depth: int) -> Chain:
    """Two rows less with every convolution."""
    return Chain(depth, [(KINDS[place % 3], 1, 0) for place in range(depth)])


CHAINS = {"as in networks": network, "every layer smaller": smaller}
TARGETED = "as in networks"


def main() -> None:
    """Measure, compare, print, write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=15, help="timed rounds of the longest chain, after one of warm-up"
    )
    rounds = parser.parse_args().rounds

    result: dict[str, Any] = {
        "what": {
            "resnet152": "spec loaded anew; preset chosen, elaborated, to shapes, needs, parameters, MACs and totals, "
            "beside onnx.shape_inference.infer_shapes",
            "chains": "loaded chain to shapes, needs, parameters and MACs, beside the same",
        },
        "rounds": rounds,
        "target": TARGETS | {"chain": TARGETED},
        "resnet152": resnet(rounds),
        "chains": {name: measured(name, chain, rounds) for name, chain in CHAINS.items()},
        "machine": {
            "cpus": os.cpu_count() or 0,
            "architecture": platform.machine(),
            "system": platform.system(),
            "python": platform.python_version(),
        },
        "versions": {name: version(name) for name in ("archcalc", "msgspec", "onnx")},
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    found = result["chains"][TARGETED]
    missed = result["resnet152"]["ratio"] > TARGETS["resnet152"] or found["ratio"] > TARGETS["ratio"]
    missed = missed or result["resnet152"]["ratio_asked_again"] > TARGETS["asked again"]
    sys.exit(missed or found["exponent"]["archcalc"] > TARGETS["exponent"])


def resnet(rounds: int) -> dict[str, Any]:
    """ResNet-152, with its shortcuts, pools and the linear layer, by both."""
    path = bundled_specs()["resnet"]
    log = Log(str(path), budget=Budget(UNBOUNDED))

    def loaded() -> Spec:
        spec = read_spec(path.read_text(encoding="utf-8"), log)
        assert spec is not None
        return spec

    def bound(family: Spec) -> Graph:
        return elaborate(family.chosen("resnet152"), {}, None, log)

    again = Session(loaded().chosen("resnet152"))
    facts, counts = check(again.graph({}, None, log))
    assert not log.found
    assert counts.params == 60_192_808
    theirs = model_of(facts, (1, *known_sizes(facts.input)))
    known = shapes_of(onnx.shape_inference.infer_shapes(theirs))
    for place, layer in enumerate(facts.layers, start=1):
        if known[f"x{place}"] != layer.output:
            sys.exit(f"{layer.name} of ResNet-152: {layer.output} here, {known[f'x{place}']} in onnx")
    fresh: list[Spec] = []
    tasks: dict[str, Callable[[], object]] = {
        "archcalc": lambda: check(bound(fresh.pop())),
        "onnx": partial(onnx.shape_inference.infer_shapes, theirs),
        "archcalc, asked again": lambda: check(again.graph({}, None, log)),
        "archcalc, elaborated": partial(check, again.graph({}, None, log)),
    }

    def load() -> None:
        fresh[:] = [loaded() for _ in range(10)]

    seconds = in_turns(tasks, rounds, 10, load)
    ratio, asked_again = (
        median(a / b for a, b in zip(seconds[ours], seconds["onnx"], strict=True))
        for ours in ("archcalc", "archcalc, asked again")
    )
    print("ResNet-152: " + "; ".join(f"{one} {1000 * median(values):.2f} ms" for one, values in seconds.items()))
    for what, found, target in (("", ratio, "resnet152"), (", asked again", asked_again, "asked again")):
        print(f"  archcalc{what} / onnx {found:.3f}, target at most {TARGETS[target]:.1f}")
    return {
        "layers": len(facts.layers),
        "ratio": round(ratio, 4),
        "ratio_asked_again": round(asked_again, 4),
        "median_ms": {one: round(1000 * median(values), 3) for one, values in seconds.items()},
    }


def measured(name: str, chain: Callable[[int], Chain], rounds: int) -> dict[str, Any]:
    """A chain of every depth, by both."""
    print(name)
    seconds: dict[str, dict[int, list[float]]] = {"archcalc": {}, "onnx": {}}
    for depth in DEPTHS:
        graph = graph_of_text(chain(depth).spec())
        theirs = chain(depth).model()
        compare(graph, theirs, depth)
        tasks: dict[str, Callable[[], object]] = {
            "archcalc": partial(check, graph),
            "onnx": partial(onnx.shape_inference.infer_shapes, theirs),
        }
        for one, values in in_turns(tasks, rounds, max(1, 3000 // depth)).items():
            seconds[one][depth] = values
        middle = {one: median(found[depth]) for one, found in seconds.items()}
        print(f"  {depth:6} layers: " + ", ".join(f"{one} {1000 * value:.2f} ms" for one, value in middle.items()))
    longest = zip(*(found[DEPTHS[-1]] for found in seconds.values()), strict=True)
    ratio = median(ours / theirs for ours, theirs in longest)
    exponents = {
        one: slope({depth: median(values) for depth, values in found.items()}) for one, found in seconds.items()
    }
    print(f"  archcalc / onnx at {DEPTHS[-1]:,} layers {ratio:.3f}, growth exponent {exponents['archcalc']:.3f}")
    return {
        "ratio": round(ratio, 4),
        "exponent": {one: round(value, 3) for one, value in exponents.items()},
        "median_ms": {
            one: {str(depth): round(1000 * median(values), 3) for depth, values in found.items()}
            for one, found in seconds.items()
        },
    }


def check(graph: Graph) -> tuple[Facts, Totals]:
    """What is measured of ours."""
    facts = infer(graph)
    return facts, totals(facts)


def compare(graph: Graph, theirs: onnx.ModelProto, depth: int) -> None:
    """That both find the same shapes; exits where they do not."""
    ours = [layer.output for layer in check(graph)[0].layers]
    known = {value.name: value for value in onnx.shape_inference.infer_shapes(theirs).graph.value_info}
    for place in range(depth - 1):
        shape = tuple(size.dim_value for size in known[f"x{place + 1}"].type.tensor_type.shape.dim)[1:]
        if shape != ours[place]:
            sys.exit(f"layer {place} of {depth}: {ours[place]} here, {shape} in onnx")


def in_turns(
    tasks: dict[str, Callable[[], object]], rounds: int, times: int, before: Callable[[], None] = lambda: None
) -> dict[str, list[float]]:
    """Seconds of each task, round by round, in turns; a round's figure is the mean of so many runs.

    What is done ``before`` each is not timed.
    """
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    names = list(tasks)
    for number in range(rounds + 1):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            before()
            gc.collect()
            start = time.perf_counter()
            for _ in range(times):
                tasks[name]()
            if number:
                seconds[name].append((time.perf_counter() - start) / times)
    return seconds


def slope(points: dict[int, float]) -> float:
    """The exponent of growth: the slope of the line of least squares through the logarithms."""
    xs, ys = [log(depth) for depth in points], [log(value) for value in points.values()]
    x, y = mean(xs), mean(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


if __name__ == "__main__":
    main()
