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
