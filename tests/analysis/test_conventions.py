"""Other counters' conventions, held to what the counters themselves printed, and torchinfo run beside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from archcalc.analysis.conventions import counted, counted_with
from archcalc.analysis.report import OkReport
from archcalc.layers.counters import COUNTERS
from archcalc.pipeline import check, check_text
from tests.support.small import checked

FACTS: dict[str, Any] = json.loads(Path("benchmarks/results/counters.json").read_text(encoding="utf-8"))

OTHERWISE = {
    ("generated", "vit_b_16", "ptflops"): "the generated module is its own class, which ptflops does not know",
    ("generated", "vit_b_16", "ptflops-once"): "as above",
    ("torchvision", "densenet121", "ptflops"): "torchvision calls functions where the spec has layers",
    ("torchvision", "densenet121", "ptflops-once"): "as above",
    ("torchvision", "densenet121", "thop"): "as above",
    ("torchvision", "mobilenet_v2", "ptflops"): "as above",
    ("torchvision", "mobilenet_v2", "ptflops-once"): "as above",
    ("torchvision", "mobilenet_v2", "thop"): "as above",
}
"""What a spec cannot know of the module that a counter is given."""

PRINTED = [
    (which, name, counter, numbers)
    for which in ("generated", "kinds", "torchvision", "keras")
    for name, counters in FACTS[which].items()
    for counter, numbers in ({"keras": counters} if which == "keras" else counters).items()
    if counter in COUNTERS and (which, name, counter) not in OTHERWISE
]


def network(which: str, name: str) -> OkReport:
    return (check_text(FACTS[which][name]["spec"]) if which == "kinds" else check(name)).require_ok()


@pytest.mark.parametrize(("which", "name", "counter", "numbers"), PRINTED, ids=lambda value: str(value)[:24])
def test_a_counter_prints_these_totals(which: str, name: str, counter: str, numbers: dict[str, int]) -> None:
    count = counted(network(which, name).layers, counter)
    assert count.total_params == numbers["params"]
    assert count.total_operations == numbers.get("macs")


def test_every_counter_is_held_to_ten_networks() -> None:
    for counter in COUNTERS.keys() - {"darknet"}:
        assert len({name for which, name, held, _ in PRINTED if held == counter and which != "kinds"}) >= 10


@pytest.mark.parametrize("name", ["maps", "sequence", "volume"])
def test_torchinfo_prints_these_totals_here_and_now(name: str) -> None:
    import torch
    from torchinfo import summary

    from archcalc import generate
    from tests.support.generated_module import network_of

    report = network("kinds", name)
    told = summary(network_of(generate(report).files, report), input_data=torch.zeros(1, *report.input), verbose=0)
    count = counted(report.layers, "torchinfo")
    assert (count.total_params, count.total_operations) == (told.total_params, told.total_mult_adds)


TIED = """
archcalc: 1
name: Tied
input: {shape: [3], below: 10}
layers:
  - {name: e, kind: embedding, num_embeddings: 10, embedding_dim: 4}
  - {name: n, kind: layer_norm}
  - {name: h, kind: linear, out_features: 10, tied: e}
"""


def test_a_weight_of_two_layers_is_counted_as_each_counter_counts_it() -> None:
    import torch
    from torchinfo import summary

    from archcalc import generate
    from tests.support.generated_module import network_of

    report = check_text(TIED).require_ok()
    network = network_of(generate(report).files, report)
    told = summary(network, input_data=torch.zeros(1, 3, dtype=torch.long), verbose=0)
    count = counted(report.layers, "torchinfo")
    assert (count.total_params, count.total_operations) == (told.total_params, told.total_mult_adds)
    # thop 0.1.1 printed 58 and 168, of which it knows the embedding's 40 by the head alone; fvcore 0.1.5 printed 58.
    assert (counted(report.layers, "thop").total_params, counted(report.layers, "thop").total_operations) == (58, 168)
    assert counted(report.layers, "fvcore").total_params == 58


def test_what_it_is_printed_otherwise_of_is_not_equal() -> None:
    for which, name, counter in OTHERWISE:
        assert counted(network(which, name).layers, counter).total_operations != FACTS[which][name][counter]["macs"]


def test_each_count_begins_with_our_own_and_adds_up() -> None:
    report = check("vit_b_16").require_ok()
    for counter in COUNTERS:
        count = counted(report.layers, counter)
        assert next(iter(count.params.items())) == ("parameters", report.totals.params)
        if count.operations is not None:
            assert next(iter(count.operations.items())) == ("MACs", report.totals.macs)
            assert 0 not in count.operations.values()


def test_darknet_counts_what_its_weights_file_holds() -> None:
    report = checked("{kind: conv2d, out_channels: 8, kernel_size: 3, bias: false}\n  - {kind: batch_norm2d}")
    assert counted(report.layers, "darknet").params == {"parameters": 232, "statistics": 16}


def test_what_is_counted_besides_is_asked_for_term_by_term() -> None:
    layers = "{kind: conv2d, out_channels: 8, kernel_size: 3}\n  - {kind: batch_norm2d}\n  - {kind: relu}\n"
    report = checked(layers + "  - {kind: max_pool2d, kernel_size: 2}")
    values = 8 * 30 * 30
    assert counted_with(report.layers, ["buffers"]).params == {"parameters": 240, "buffers": 17}
    assert counted_with(report.layers, ["biases", "pools"]).operations == {
        "MACs": 194_400,
        "biases": values,
        "pools": values,
    }
    assert counted_with(report.layers, ["norms", "activations"]).operations == {
        "MACs": 194_400,
        "norms": 2 * values,
        "activations": values,
    }
