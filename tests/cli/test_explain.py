"""``archcalc explain``: a layer, a group, a wrong spec, and the same for tools."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import archcalc
from archcalc.analysis.explanation import explain, explain_each
from archcalc.layers.counters import COUNTERS
from archcalc.reports import explanation_text
from archcalc.reports import json as json_report
from tests.support.cases import checked_case
from tests.support.explanation_schema import VALID

CASES = Path(__file__).parents[1] / "cases"


def run(*words: str, status: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "archcalc", "explain", *words], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_a_layer_is_explained() -> None:
    said = run("alexnet", "pool3")
    assert "H' = W' = ⌊(13 + 2·0 − 1·(3 − 1) − 1)/2⌋ + 1 = ⌊10/2⌋ + 1 = 5 + 1 = 6, no pixel left over" in said
    assert re.search(r"pool3 +max_pool2d +195 × 195 +32 +64\n +place j sees pixels 32·j − 64 … 32·j \+ 130\n", said)
    assert "each value sees pixels −64 … 290: the whole input" in run("alexnet", "fc1")


def test_an_expert_for_which_another_stands_is_named_with_it() -> None:
    said = run("deepseek_v3", "model.layers.60.mlp.experts.255.up_proj").splitlines()
    stands = "is one of 248 for which `model.layers.60.mlp.experts.8.up_proj` stands: counts are of all"
    assert said[0].endswith(f".255.up_proj` {stands}")
    assert said[2].startswith("model.layers.60.mlp.experts.8.up_proj: linear")
    assert "stands" not in run("deepseek_v3", "model.layers.60.mlp.experts.3.up_proj").splitlines()[0]


def test_at_another_input_and_setting() -> None:
    assert "⌊(224 + " in run("alexnet", "conv1", "--input", "3,224,224")
    assert "10 × 4,096 + 10" in run("alexnet", "fc3", "--set", "classes=10")


def test_a_group_is_explained_in_a_line_each() -> None:
    said = run("alexnet-torchvision", "features").splitlines()
    assert len(said) == 3 + 13
    assert said[3].endswith("H' = W' = ⌊(224 + 2·2 − 1·(11 − 1) − 1)/4⌋ + 1 = 55")
    assert len(run("alexnet").splitlines()) == 3 + 22


def test_a_layer_that_is_not_there_is_misuse_with_a_way_out() -> None:
    said = run("alexnet", "conv9", status=2)
    assert "did you mean `conv5`?" in said
    assert "of its 22 layers the nearest are conv1, pool1, conv2, conv3, conv4, conv5," in said
    assert "did you mean `features`?" in run("alexnet-torchvision", "featuers", status=2)


def test_a_layer_that_says_two_things_at_once_is_explained_as_far_as_it_goes(tmp_path: Path) -> None:
    file = tmp_path / "both.yaml"
    row = "{name: up, kind: upsample, size: [5], scale_factor: [1, 1]}"
    file.write_text(f"archcalc: 1\nname: Both\ninput: [1, 2]\nlayers:\n  - {row}\n", encoding="utf-8")
    assert "needs a `size` or a `scale_factor`, and not both" in run(str(file), "up", status=1)


WRONG = """\
archcalc: 1
name: Wrong
input: [3, 8, 8]
layers:
  - {name: conv, kind: conv2d, out_channels: 8, kernel_size: 11}
  - {name: pool, kind: max_pool2d, kernel_size: 2}
  - {name: half, kind: conv2d, kernel_size: 3}
  - {name: odd, kind: nonesuch}
  - {name: fc, kind: linear, out_features: 10}
"""


def test_a_wrong_layer_is_explained_with_its_error(tmp_path: Path) -> None:
    spec = tmp_path / "wrong.yaml"
    spec.write_text(WRONG, "utf-8")
    said = run(str(spec), "conv", status=1)
    assert "⌊−3/1⌋ + 1 = −3 + 1 = −2, the window does not fit" in said
    assert "✗ A201: reaches over 11 pixels, but only 8 arrive\n" in said
    assert "      H and W: 1·(11 − 1) + 1 = 11 > 8 + 0 + 0 = 8\n" in said
    assert "error[A201]: `conv`" in said
    # What stands below an error is not at fault itself.
    assert "· A207: there is a place for the window (open: an error above hides what arrives)" in run(str(spec), "pool")
    assert "error[A112]: `half` has no `out_channels`" in run(str(spec), "half", status=1)
    assert "error[A113]: there is no layer kind `nonesuch`" in run(str(spec), "odd", status=1)
    run(str(spec), "fc")
    run(str(spec), status=1)


@pytest.mark.parametrize("case", sorted(CASES.glob("*/*/spec.yaml")), ids=lambda path: path.parent.name)
def test_the_layers_of_every_wrong_case_can_be_explained(case: Path) -> None:
    report = checked_case(case)
    several = explain_each(report)
    assert len(several) == len(report.layers)
    assert len(explanation_text.render_each(several, report).splitlines()) == 3 + len(report.layers)
    told = json.loads(json_report.render(several))
    VALID.validate(told)
    assert len(told) == len(report.layers)
    for one in several:
        said = explanation_text.render(one)
        assert said.startswith(f"{one.name}: {one.layer.kind}, line {one.layer.line} of ")
        assert all(f"[{error.code}]: " in said for error in one.errors)


def test_without_a_layer_the_errors_are_told(tmp_path: Path) -> None:
    spec = tmp_path / "empty.yaml"
    spec.write_text("archcalc: 1\nname: Empty\ninput: [3]\nlayers: []\n", "utf-8")
    assert "error[A111]: `layers` takes a list" in run(str(spec), status=1)


def test_what_is_no_spec_is_unreadable(tmp_path: Path) -> None:
    assert "error[A101]" in run(str(tmp_path / "none.yaml"), "conv1", status=2)


def test_tools_read_the_same() -> None:
    (one,) = json.loads(run("alexnet", "conv1", "--format", "json"))
    assert one["derivation"]["params"][0]["value"] == one["params"] == 34944
    (field,) = one["receptive_fields"]
    assert field == {
        "layer": "conv1", "size": [11, 11], "stride": [4, 4], "padding": [0, 0], "output_axes": [1, 2],
        "everything": False, "besides": None, "through": None, "why": None,
    }  # fmt: skip
    assert [need["holds"] for need in one["needs"]] == [True, True]
    several = json.loads(run("alexnet", "--format", "json"))
    VALID.validate(several)
    assert len(several) == 22
    assert one in several
    assert json.dumps(several).isascii()


def test_what_each_layer_sees_is_told_of_so_many_layers_at_once(tmp_path: Path) -> None:
    """Of n layers that change it there are n·(n + 1)/2 lines: the square of what the spec says, 194 MB for 1,000."""
    deep = "archcalc: 1\nname: Deep\ninput: [1, 9, 9]\nlayers:\n  - {{kind: conv2d, out_channels: 1, {}}}\n"
    spec = tmp_path / "deep.yaml"
    spec.write_text(deep.format("kernel_size: 3, padding: 1, repeat: 500"), "utf-8")
    said = run(str(spec), "--format", "json", status=2)
    assert "751,500 for 125,250 receptive fields" in said
    assert "name a layer, or a group of fewer" in said
    (last,) = json.loads(run(str(spec), "conv2d_499", "--format", "json"))
    assert len(last["receptive_fields"]) == 500
    assert len(run(str(spec)).splitlines()) == 3 + 500
    # Those that change nothing have one line each.
    spec.write_text(deep.format("kernel_size: 1, repeat: 500"), "utf-8")
    assert len(json.loads(run(str(spec), "--format", "json"))) == 500


UNREADY = (
    "archcalc: 1\nname: Small\ninput: {input}\nlayers:\n  - {{kind: conv2d, out_channels: 8, kernel_size: 9}}\n{last}"
)


@pytest.mark.parametrize("shape", ["[3, 32, 32]", "[3, 8, 8]", "[3]", "[]", "null"])
@pytest.mark.parametrize("last", ["", "  - {}\n", "  - {kind: rleu}\n", "  - {kind: 5}\n", "  - {kind: linear}\n"])
def test_of_a_wrong_spec_too(shape: str, last: str) -> None:
    report = archcalc.check_text(UNREADY.format(input=shape, last=last))
    VALID.validate(json.loads(json_report.render(explain_each(report))))


@pytest.mark.parametrize("key", ["needs", "derivation", "receptive_fields", "kind"])
def test_a_key_that_is_missing_or_new_would_be_noticed(key: str) -> None:
    (one,) = json.loads(json_report.render([explain(archcalc.check("alexnet"), "conv1")]))
    assert VALID.is_valid([one])
    assert not VALID.is_valid([{name: value for name, value in one.items() if name != key}])
    assert not VALID.is_valid([one | {f"{key}_": one[key]}])
    assert not VALID.is_valid([one | {key: 1}])


def test_count_says_how_others_count_term_by_term() -> None:
    said = run("resnet50", "--count")
    assert "4,089,238,376  operations = 4,089,184,256 MACs + 53,120 norms + 1,000 biases" in said
    found = json.loads(run("resnet50", "fc", "--count", "--format", "json"))
    assert [one["counter"] for one in found] == [*COUNTERS]
    assert found[0]["terms_of_operations"] == {"MACs": 2_048_000, "biases": 1_000}
