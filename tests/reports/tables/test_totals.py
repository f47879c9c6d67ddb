"""Networks side by side: the figures of each, short for people and whole for programs."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archcalc.cli.main import cli


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["check", *map(str, arguments), "--totals"], catch_exceptions=False)


def test_a_row_has_what_papers_print_of_a_network() -> None:
    result = run("resnet50", "vgg16", "--format", "csv")
    assert result.exit_code == 0
    rows = list(csv.DictReader(result.stdout.splitlines()))
    # torchvision's figures, and VGG's 16 weight layers; a float32 has 4 bytes.
    assert [(row["network"], row["input"], row["params"], row["weight_bytes"]) for row in rows] == [
        ("resnet50", "3x224x224", "25557032", str(4 * 25_557_032)),
        ("vgg16", "3x224x224", "138357544", str(4 * 138_357_544)),
    ]
    assert rows[1]["weight_layers"] == "16"
    text = run("resnet50", "vgg16").stdout.splitlines()
    assert text[2].split()[-6:] == ["25.6M", "4.09G", "102", "MB", "150", "MB"]
    assert "138M" in text[3]


def test_a_decimal_point_is_no_place_to_break_a_line() -> None:
    lines = [line for line in run("resnet18", "--format", "latex").stdout.splitlines() if line.startswith("resnet18")]
    assert lines == [r"resnet18 & 3~$\times$~224~$\times$~224 & 21 & 11.7M & 1.81G & 46.8~MB & 32.9~MB \\"]


SPEC = "archcalc: 1\nname: Tiny\ninput: [3, 8, 8]\nlayers:\n  - {kind: conv2d, out_channels: %s, kernel_size: 3}\n"


def test_variants_of_one_name_are_told_by_their_files(tmp_path: Path) -> None:
    paths = [tmp_path / "a.yaml", tmp_path / "b.yaml"]
    for path, channels in zip(paths, ("8", "16"), strict=True):
        path.write_text(SPEC % channels, "utf-8")
    rows = list(csv.DictReader(run(*paths, "--format", "csv").stdout.splitlines()))
    assert [(row["network"], row["params"]) for row in rows] == [
        (f"Tiny ({paths[0]})", str(8 * 28)),
        (f"Tiny ({paths[1]})", str(16 * 28)),
    ]


def test_what_an_error_hides_is_not_known(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(SPEC % "channels", "utf-8")
    result = run(path)
    assert result.exit_code == 1
    assert "error[A" in result.stderr
    assert "?" in result.stdout.splitlines()[2]


@pytest.mark.parametrize("form", ["text", "markdown", "latex", "html", "csv"])
def test_no_table_of_a_wrong_network_looks_like_that_of_a_sound_one(form: str, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(SPEC.replace("kernel_size: 3", "in_channels: 4, kernel_size: 3") % "8", "utf-8")
    beside = run("lenet5", path, "--format", form).stdout
    assert "errors" in beside
    assert form == "csv" or "has 1 error" in beside
    assert "errors" not in run("lenet5", "--format", form).stdout
    if form != "text":
        alone = CliRunner().invoke(cli, ["check", str(path), "--format", form]).stdout
        assert {"latex": r"total \textdagger{}", "html": "total &#8224;", "csv": "errors"}.get(form, "total †") in alone


def test_columns_and_digits_are_those_that_are_asked_for() -> None:
    chosen = run("vgg16", "--columns", "MACs,params,FLOPs", "--digits", "4").stdout.splitlines()
    assert chosen[0].split() == ["network", "MACs", "parameters", "FLOPs"]
    # 138,357,544 parameters (Simonyan and Zisserman's 138M), and torchvision's 15.47 GMACs.
    assert chosen[2].split() == ["vgg16", "15.47G", "138.4M", "30.94G"]
    for misused in (["--columns", "mac"], ["--digits", "4", "--format", "csv"]):
        assert run("vgg16", *misused).exit_code == 2
    assert CliRunner().invoke(cli, ["check", "vgg16", "--columns", "macs"]).exit_code == 2


def test_what_is_given_twice_is_said_to_be_taken_once() -> None:
    result = run("lenet5", "lenet5", "lenet5#classes=5", "--format", "csv")
    assert [row["network"] for row in csv.DictReader(result.stdout.splitlines())] == ["LeNet5", "LeNet5 (classes = 5)"]
    assert "note: lenet5 is given more than once" in result.stderr


EXPERTS = """\
archcalc: 1
name: Experts
let: {T: 16, experts: 6, top: 2}
axes: [T]
input: [T, 8]
layers:
  - {name: gate, kind: linear, out_features: experts, bias: false}
  - name: experts
    from: input
    repeat: experts
    route: {by: gate, top: top}
    layers: [{name: up, kind: linear, out_features: 32, bias: false}, {name: down, kind: linear, out_features: 8}]
"""


def test_of_experts_that_a_token_does_not_take_only_the_weights_count(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(EXPERTS, "utf-8")
    dense, routed = csv.DictReader(run("lenet5", path, "--format", "csv").stdout.splitlines())
    expert = 8 * 32 + 32 * 8 + 8
    assert (routed["params"], routed["active_params"]) == (str(48 + 6 * expert), str(48 + 2 * expert))
    assert dense["active_params"] == dense["params"]
    # Of 16 tokens: six scores, what two experts have inside and give, and their sum; a float32 has 4 bytes.
    assert routed["activation_bytes"] == str(4 * 16 * (6 + 2 * (32 + 8) + 8))


def test_a_table_has_what_the_json_and_the_law_of_a_published_network_say() -> None:
    (row,) = csv.DictReader(run("mixtral_8x7b", "--format", "csv").stdout.splitlines())
    # 46.7B, of which each token uses 12.9B: Jiang et al. 2024. The law is 21,002,240·N·T, and T is 2048.
    assert (row["params"], row["active_params"]) == ("46702792704", "12879925248")
    assert row["activation_bytes"] == str(21_002_240 * 2048)


@pytest.mark.parametrize("form", ["text", "latex", "markdown", "html"])
def test_active_parameters_are_told_only_where_there_are_experts(form: str, tmp_path: Path) -> None:
    heading = "active parameters"
    path = tmp_path / "a.yaml"
    path.write_text(EXPERTS, "utf-8")
    both = run(path, "lenet5", "--format", form)
    assert both.exit_code == 0
    assert heading in both.stdout
    assert heading not in run("lenet5", "--format", form).stdout
    path.write_text(EXPERTS.replace("top: 2", "top: 6").replace("by: gate", "by: gate, renormalize: false"), "utf-8")
    assert heading in run(path, "--format", form).stdout, "as it is set, each token takes all"


@pytest.mark.parametrize("form", ["json", "github"])
def test_other_formats_have_the_totals_already(form: str) -> None:
    result = run("lenet5", "--format", form)
    assert result.exit_code == 2
    assert "--totals is a table" in result.stderr


@pytest.mark.parametrize(
    ("presets", "told"),
    [(("s", "l"), ["Tiny s", "Tiny l"]), (("ti-ny_s", "l"), ["ti-ny_s", "l"]), (("tiny",), ["tiny"])],
)
def test_presets_that_say_not_of_which_family_they_are_have_its_name(
    tmp_path: Path, presets: tuple[str, ...], told: list[str]
) -> None:
    path = tmp_path / "a.yaml"
    members = ", ".join(f"{name}: {{}}" for name in presets)
    path.write_text(f"{SPEC % 8}presets: {{{members}}}\n", "utf-8")
    rows = csv.DictReader(run(path, "--format", "csv").stdout.splitlines())
    assert [row["network"] for row in rows] == told
