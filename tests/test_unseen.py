"""What a user of networks that nobody here had tried ran into, each held once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from archcalc import check_text, explain, find_fixes, laws
from archcalc.targets.generate import generate
from archcalc.targets.python.source import class_name

HEAD = "archcalc: 1\nname: T\n"


def codes(text: str) -> list[str]:
    return [error.code for error in check_text(HEAD + text).diagnostics if error.severity == "error"]


def test_the_edit_of_a_join_that_a_person_would_make_comes_early() -> None:
    report = check_text(
        HEAD + "input: [3, 9, 9]\nlayers:\n"
        "  - {name: a, kind: conv2d, out_channels: 4, kernel_size: 3, stride: 2, padding: 1}\n"
        "  - {name: p, kind: conv2d, from: input, out_channels: 4, kernel_size: 1}\n"
        "  - {kind: add, from: [a, p]}\n"
    )
    assert {"a stride: 1", "p stride: 2"} <= {one.edit for one in find_fixes(report)[:4]}


def test_an_edit_of_a_block_is_listed_once() -> None:
    report = check_text(
        HEAD + "input: [3, 8, 8]\nblocks:\n"
        "  b: {layers: [{name: p, kind: max_pool2d, kernel_size: 3}]}\n"
        "layers: [{name: x, kind: b, repeat: 4}]\n"
    )
    changes = [one.changes for one in find_fixes(report)]
    assert changes
    assert len(set(changes)) == len(changes)


@pytest.mark.parametrize("name", ["nn", "super", "range", "torch", "self", "module", "Tensor"])
def test_names_that_generated_code_needs_are_refused_in_blocks(name: str) -> None:
    layers = f"layers: [{{name: a, kind: conv2d, out_channels: {name}, kernel_size: 1}}]"
    for key in ("args", "let"):
        block = f"blocks:\n  b: {{{key}: {{{name}: 3}}, {layers}}}\n"
        assert codes(f"input: [3, 8, 8]\n{block}layers: [{{kind: b}}]\n") == ["A302"]


def test_a_flag_takes_no_layers_name() -> None:
    report = check_text(
        HEAD + "input: [3, 8, 8]\nblocks:\n  b:\n    args: {on: true}\n    layers:\n"
        "      - {name: has_t, kind: conv2d, out_channels: 3, kernel_size: 1}\n"
        "      - {name: t, kind: add, from: [has_t, input], when: on}\n"
        "layers: [{name: a, kind: b}, {name: c, kind: b, on: false}]\n",
        file="t.yaml",
    )
    namespace: dict[str, object] = {"__name__": "model"}
    exec(compile(generate(report).files["model.py"], "model.py", "exec"), namespace)
    network = namespace[class_name("T")]
    assert isinstance(network, type)
    assert network()(torch.zeros(1, 3, 8, 8)).shape == (1, 3, 8, 8)


SIDE = (
    HEAD + "input: [3, 32, 32]\nlayers:\n"
    "  - {name: c1, kind: conv2d, out_channels: 8, kernel_size: 3}\n"
    "  - {name: main, kind: conv2d, out_channels: 8, kernel_size: 3}\n"
    "  - {name: side, kind: conv2d, from: c1, out_channels: 4, kernel_size: 7, stride: 2}\n"
    "outputs: [main, side]\n"
)


def test_an_explanation_goes_through_what_feeds_the_layer() -> None:
    assert [seen.layer.name for seen in explain(check_text(SIDE), "side").fields] == ["c1", "side"]


def test_the_last_map_is_on_the_way_to_the_main_output() -> None:
    trunk = laws(check_text(SIDE)).trunk
    assert trunk is not None
    assert trunk.name == "main"


def test_one_token_sees_one_place() -> None:
    report = check_text(
        HEAD + "input: [3, 8, 8]\nlayers:\n  - {name: f, kind: flatten, start_dim: 2}\n"
        "  - {name: n, kind: permute, dims: [0, 2, 1]}\n  - {name: fc, kind: linear, in_features: 3, out_features: 4}\n"
    )
    assert explain(report, "fc").seen.fields is None


def test_the_inside_of_a_block_has_no_name_outside() -> None:
    text = (
        HEAD + "input: [3, 8, 8]\nblocks:\n  b: {layers: [{name: p, kind: relu}, {name: q, kind: relu}]}\n"
        "layers: [{name: x, kind: b}, {kind: add, from: [x.p, x]}]\n"
    )
    (error,) = [error for error in check_text(text).diagnostics if error.code == "A310"]
    assert error.message == "nothing in `x` can be named: it gives what its last layer gives"


def test_an_edit_written_to_a_member_of_a_family_shows_that_member(tmp_path: Path) -> None:
    spec = tmp_path / "family.yaml"
    spec.write_text(
        HEAD + "input: [3, 8, 8]\nlet: {c: 8}\nlayers:\n"
        "  - {name: conv, kind: conv2d, out_channels: c, kernel_size: 9}\npresets: {large: {let: {c: 16}}}\n"
    )
    command = [sys.executable, "-m", "archcalc", "fix", str(spec), "--preset", "large", "--apply", "1"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "T large" in done.stdout
    assert "16 × " in done.stdout


def test_a_preset_may_be_called_as_python_pleases(tmp_path: Path) -> None:
    text = HEAD + "input: [3, 8, 8]\nlet: {c: 8}\nlayers:\n  - {kind: conv2d, out_channels: c, kernel_size: 1}\n"
    report = check_text(text + "presets: {with: {let: {c: 4}}}\n", file="t.yaml", preset="with")
    assert report.ok
    assert generate(report, out=tmp_path).write()
