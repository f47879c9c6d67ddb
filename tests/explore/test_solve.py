"""Solve: every combination in range that meets the condition, and no other; brute force is the oracle."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import archcalc
from archcalc.explore import solve as solving
from archcalc.explore.solutions import Solution
from archcalc.explore.solve import solve
from archcalc.explore.varied import SolveError
from archcalc.pipeline import check, check_text

ALEXNET = Path(__file__).parents[2] / "specs" / "alexnet.yaml"

SMALL = """archcalc: 1
name: Small
input: [3, 20, 24]
layers:
  - {name: conv1, kind: conv2d, out_channels: 8, kernel_size: 3, stride: 2}
  - {name: pool1, kind: max_pool2d, kernel_size: 2}
  - {name: conv2, kind: conv2d, out_channels: 6, kernel_size: 3, groups: 2, bias: false}
  - {kind: flatten}
  - {name: fc, kind: linear, out_features: 10}
"""


def torch_gives(kernel: int, stride: int, padding: int, height: int, groups: int) -> tuple[int, int] | None:
    """Height after SMALL's last map and its parameters, by torch; ``None`` where torch refuses."""
    try:
        conv1, conv2 = nn.Conv2d(3, 8, kernel, stride, padding), nn.Conv2d(8, 6, 3, groups=groups, bias=False)
        x = conv2(nn.MaxPool2d(2)(conv1(torch.zeros(1, 3, height, 24))))
        layers = [conv1, conv2, nn.Linear(x[0].numel(), 10)]
    except (RuntimeError, ValueError):
        return None
    return x.shape[2], sum(weight.numel() for layer in layers for weight in layer.parameters())


def test_solutions_are_what_torch_finds_by_brute_force() -> None:
    ranges = {
        "conv1.kernel_size": range(1, 5),
        "conv1.stride": range(1, 4),
        "conv1.padding": range(3),
        "input.H": range(6, 26, 4),
        "conv2.groups": [1, 2, 3],
    }
    found = solve(check_text(SMALL), ["conv2.H >= 2, conv2.H < 5", "params <= 3000"], list(ranges), ranges)
    expected = {}
    for combination in itertools.product(*ranges.values()):
        kernel, stride, padding, height, groups = combination
        gives = torch_gives(kernel, stride, padding, height, groups)
        if gives is not None and 2 <= gives[0] < 5 and gives[1] <= 3000:
            expected[combination] = gives[1]
    assert found.tried == 4 * 3 * 3 * 5 * 3
    assert {tuple(one.values[name] for name in ranges): one.params for one in found.found} == expected
    assert len(found.found) == len(expected) > 10


@given(st.data())
def test_each_solution_checks_and_no_other_combination_does(data: st.DataObject) -> None:
    numbers = {
        "conv1.kernel_size": "kernel_size: 3, stride",
        "conv1.stride": "stride: 2",
        "fc.out_features": "features: 10",
    }
    over = data.draw(st.lists(st.sampled_from(sorted(numbers)), min_size=1, max_size=2, unique=True))
    ranges = {name: sorted(data.draw(st.sets(st.integers(1, 26), min_size=1, max_size=3))) for name in over}
    least = data.draw(st.integers(100, 3000))
    found = solve(check_text(SMALL), [f"params >= {least} and conv2.W > 1"], over, ranges).found
    solutions = {tuple(one.values[name] for name in over): (one.params, one.macs, one.output) for one in found}
    for combination in itertools.product(*ranges.values()):
        text = SMALL
        for name, value in zip(over, combination, strict=True):
            text = text.replace(numbers[name], re.sub(r"\d+", str(value), numbers[name]))
        report = check_text(text)
        meets = report.ok and report.totals is not None and report.totals.params >= least
        meets = meets and report.layers[2].output is not None and report.layers[2].output[2] > 1
        assert (combination in solutions) == meets
        if meets and report.totals is not None:
            assert solutions[combination] == (report.totals.params, report.totals.macs, report.layers[-1].output)


def test_alexnet_at_224_solves_to_the_repairs_of_history() -> None:
    report = check(ALEXNET, input=(3, 224, 224))
    padding = solve(report, ["pool3.H == 6"], ["conv1.padding"])
    assert [one.values["conv1.padding"] for one in padding.found] == [2, 3, 4, 5, 6, 7, 8]
    sizes = solve(report, ["pool3.H == 6"], ["input"], {"input": range(200, 300)})
    assert {one.values["input"] for one in sizes.found} == set(range(227, 259))
    assert len(sizes.found) == 32
    assert sizes.found[0].values == {"input": 227}
    assert {one.params for one in sizes.found} == {62_378_344}


def test_solutions_begin_with_the_least_changed() -> None:
    report = check_text(SMALL)
    found = solve(report, ["conv1.H >= 1"], ["conv1.stride", "conv1.kernel_size"]).found
    stated = {"conv1.stride": 2, "conv1.kernel_size": 3}
    changed = [sum(one.values[name] != stated[name] for name in stated) for one in found]
    assert changed[0] == 0
    assert changed == sorted(changed)


def test_choices_flags_and_null_are_varied_too() -> None:
    report = check_text(SMALL)
    assert solve(report, ["conv2.params == 216, params > 0"], ["conv2.bias"]).over == {"conv2.bias": (False, True)}
    modes = solve(report, ["params > 0"], ["conv1.padding_mode"]).over["conv1.padding_mode"]
    assert set(modes) == {"zeros", "reflect", "replicate", "circular"}
    strides = solve(report, ["pool1.H > 0"], ["pool1.stride"]).over["pool1.stride"]
    assert strides == (None, 1, 2, 3, 4, 5, 6, 7, 8)


def test_an_error_of_sizes_does_not_stop_the_search_and_claims_are_not_asked() -> None:
    wrong = SMALL.replace("out_features: 10", "in_features: 99, out_features: 10, expect: [11]")
    found = solve(check_text(wrong), ["fc.features == 10"], ["fc.in_features"], {"fc.in_features": [36, 99]})
    assert [one.values for one in found.found] == [{"fc.in_features": 36}]


@pytest.mark.parametrize(
    ("want", "over", "ranges", "message"),
    [
        ("conv9.H == 1", "conv1.stride", {}, "there is no `conv9.H`; did you mean `conv2.H`?"),
        ("conv1.H == 1", "conv9.stride", {}, "there is no layer `conv9`; did you mean `conv2`?"),
        ("conv1.H == 1", "conv1", {}, "`conv1` is no field: write LAYER.FIELD, or input"),
        ("conv1.H == 1", "conv1.strides", {}, "`conv1` has no field `strides`; did you mean `stride`?"),
        ("conv1.H", "conv1.stride", {}, "is not a condition"),
        ("3 == 3", "conv1.stride", {}, "is not a condition"),
        ("", "conv1.stride", {}, "there is no condition"),
        ("conv1.H == 1", "", {}, "there is nothing to vary"),
        ("conv1.H == 1", "input.D", {}, "the input has no axis `D`: it has C, H, W"),
        ("conv1.H == 1", "input", {}, "the input's sizes differ"),
        ("conv1.H == 1", "input.H", {"input.H": [0]}, "takes whole numbers from 1 up"),
        ("conv1.H == 1", "conv1.stride", {"conv1.stride": [0]}, "takes a whole number from 1 up"),
        ("conv1.H == 1", "conv1.stride", {"conv1.stride": []}, "has no value to try"),
        ("conv1.H == 1", "conv1.stride", {"conv1.padding": [0]}, "add it to --over"),
        ("conv1.H == 1 / 0", "conv1.stride", {}, "it divides by zero"),
        ("conv1.H == 1)", "conv1.stride", {}, "not an expression"),
        ("__import__('os').x == 1", "conv1.stride", {}, "has no meaning"),
        ("conv1.H.__class__ == 1", "conv1.stride", {}, "there is no `conv1.H.__class__`"),
        (
            "conv1.H == 1 if conv1.W else 2 > 1",
            "conv1.stride",
            {},
            "cannot choose: join comparisons with `and` and `or`",
        ),
        ("(1)if(conv1.H>31)else(0)", "conv1.stride", {}, "cannot choose: join comparisons with `and` and `or`"),
        ("conv1.H == 1", "input.H", {"input.H": range(1, 3 * 10**6)}, "2,999,999 combinations, more than 2,000,000"),
    ],
)
def test_a_question_that_cannot_be_asked_says_why(want: str, over: str, ranges: dict[str, Any], message: str) -> None:
    with pytest.raises(SolveError, match=re.escape(message)):
        solve(check_text(SMALL), [want], [over], ranges)


def test_too_many_combinations_are_refused_with_a_way_to_narrow() -> None:
    names = ["input.H", "input.W", "conv1.kernel_size", "conv1.stride", "conv1.padding"]
    with pytest.raises(SolveError, match=r"combinations, more than 2,000,000: .*--range input\.W=24"):
        solve(check_text(SMALL), ["conv1.H == 1"], names)


def test_too_many_conditions_are_refused_and_one_that_comes_again_is_one() -> None:
    report = check_text(SMALL)
    with pytest.raises(SolveError, match="101 conditions are more than 100 that are asked at once"):
        solve(report, " and ".join(f"params > {n}" for n in range(101)), "conv1.stride")
    once, often = (solve(report, " and ".join(["params > 1"] * times), "conv1.stride") for times in (1, 3000))
    assert once.found == often.found


def test_a_spec_that_cannot_be_built_is_refused() -> None:
    with pytest.raises(SolveError, match="before its errors are fixed: <text>:9: there is no layer kind `sofa`"):
        solve(check_text(SMALL.replace("kind: linear", "kind: sofa")), ["params > 0"], ["conv1.stride"])


def test_progress_adds_up_to_all_combinations() -> None:
    done: list[int] = []
    report = check_text(SMALL)
    found = solve(
        report, ["conv1.H > 4", "input.H > 9"], ["input.H", "conv1.stride", "fc.out_features"], None, done.append
    )
    assert sum(done) == found.tried


def test_a_combination_that_overwrites_what_is_needed_is_no_solution() -> None:
    rows = ["{name: u, kind: conv2d, out_channels: 3, kernel_size: 1}", "{name: r, kind: relu}"]
    rows += ["{name: d, kind: dropout, p: 0}", "{kind: add, from: [d, u]}"]
    layers = "".join(f"  - {row}\n" for row in rows)
    text = f"archcalc: 1\nname: A\ninput: [3, 8, 8]\nlayers:\n{layers}"
    ranges: dict[str, list[Any]] = {
        "r.inplace": [True, False],
        "d.inplace": [True, False],
        "d.p": [0, 0.5],
        "u.kernel_size": [1, 3],
    }
    found = [one.values for one in solve(check_text(text), ["params > 0"], list(ranges), ranges).found]
    names = {"r.inplace": "kind: relu", "d.inplace": "p: 0"}
    for combination in itertools.product(*ranges.values()):
        one, changed = dict(zip(ranges, combination, strict=True)), text
        for name, where in names.items():
            changed = changed.replace(where, f"{where}, inplace: {str(one[name]).lower()}")
        changed = changed.replace("p: 0,", f"p: {one['d.p']},").replace("size: 1", f"size: {one['u.kernel_size']}")
        assert (one in found) == check_text(changed).ok, one


def test_a_combination_that_the_recipe_cannot_train_is_no_solution() -> None:
    rows = "  - {name: c, kind: conv1d, out_channels: 3, kernel_size: 3}\n  - {kind: batch_norm1d}\n"
    recipe = "train: {optimizer: {kind: adamw, lr: 0.01}, batch_size: 1, epochs: 1}\n"
    for text, least in (("", 1), (recipe, 2)):
        report = check_text(f"archcalc: 1\nname: A\ninput: [3, 6]\nlayers:\n{rows}{text}")
        found = solve(report, ["params > 0"], ["c.kernel_size"], {"c.kernel_size": range(1, 9)}).found
        assert {one.values["c.kernel_size"] for one in found} == {size for size in range(1, 9) if 6 - size + 1 >= least}


def test_tensors_that_torch_cannot_count_are_no_solution() -> None:
    report = check_text("archcalc: 1\nname: A\ninput: [1, 8, 8]\nlayers: [{kind: slice, dim: 2, stop: 4}]\n")
    sizes = {"input.C": [1, 2**31 - 1], "input.H": [8, 2**31 - 1]}
    found = [tuple(one.values.values()) for one in solve(report, ["input.H > 0"], list(sizes), sizes).found]
    every = itertools.product(*sizes.values())
    assert sorted(found) == [(c, h) for c, h in every if check_text(report.text, input=(c, h, 8)).ok]
    assert len(found) == 3


def test_solve_is_public() -> None:
    found = archcalc.solve(archcalc.check_text(SMALL), ["params < 2000"], ["fc.out_features"])
    assert isinstance(found, archcalc.Solutions)
    assert all(isinstance(one, archcalc.Solution) for one in found.found)


# Mutants.


@pytest.mark.parametrize("mutant", ["_meets", "_pass"])
def test_a_search_that_does_not_ask_would_be_noticed(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = solving.Search._pass

    def careless(self: Any, layer: Any, xs: Any) -> Any:
        # The needs are not asked.
        return whole(self, layer, xs) or (layer.out(*xs), 0, 0)

    replaced: dict[str, Any] = {"_meets": lambda *_: True, "_pass": careless}
    monkeypatch.setattr(solving.Search, mutant, replaced[mutant])
    found: tuple[Solution, ...] = solve(
        check_text(SMALL), ["conv2.H == 3"], ["conv2.groups", "conv2.kernel_size"]
    ).found
    pairs = {(one.values["conv2.groups"], one.values["conv2.kernel_size"]) for one in found}
    assert pairs != {(1, 2), (2, 2)}


def test_the_search_that_asks_finds_just_these() -> None:
    found = solve(check_text(SMALL), ["conv2.H == 3"], ["conv2.groups", "conv2.kernel_size"]).found
    assert {(one.values["conv2.groups"], one.values["conv2.kernel_size"]) for one in found} == {(1, 2), (2, 2)}


CHANNELS = """\
archcalc: 1
name: Followed
input: [3, 8, 8]
blocks:
  double: {layers: [{kind: conv2d, out_channels: 2 * in_channels, kernel_size: 1}]}
layers:
  - {name: conv1, kind: conv2d, out_channels: 4, kernel_size: 3, padding: 1}
  - {name: d, kind: double}
"""


@pytest.mark.parametrize("name", ["conv1.out_channels", "input.C"])
def test_channels_that_expressions_follow_are_not_varied_here(name: str) -> None:
    report = check_text(CHANNELS)
    with pytest.raises(SolveError, match="`in_channels` of this spec follows it"):
        solve(report, ["params > 0"], [name])
    assert solve(report, ["params > 0"], ["conv1.padding"]).found
    plain = check_text(CHANNELS.replace("2 * in_channels", "8"))
    assert solve(plain, ["params > 0"], [name]).found


def test_totals_are_those_of_a_check_with_tied_weights_and_experts() -> None:
    # GPT-2 has 124M parameters, its head none of its own; of Mixtral's 46.7B each token uses 12.9B (Jiang et al. 2024).
    (gpt2,) = archcalc.solve("gpt2", "flops > 0", "transformer.drop.p", {"transformer.drop.p": "0.1"}).found
    assert gpt2.params == 124_439_808
    mixtral = check("mixtral_8x7b")
    assert archcalc.solve(mixtral, "active_params < 12.9G", "input", {"input": "8"}).found
    assert not archcalc.solve(mixtral, "active_params < 12.8G", "input", {"input": "8"}).found
