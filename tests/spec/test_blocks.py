"""Blocks that are read from files of their own."""

from __future__ import annotations

from pathlib import Path

from archcalc import Report, check
from archcalc.spec.blocks import MAX_FILES

HEAD = "archcalc: 1\nname: Small\ninput: [3, 32, 32]\n"


def codes(report: Report) -> list[str]:
    return [error.code for error in report.diagnostics]


def test_a_file_is_read_beside_the_spec_before_a_bundled_one(tmp_path: Path) -> None:
    (tmp_path / "blocks").mkdir()
    spec = tmp_path / "spec.yaml"
    use = "blocks: {unit: {use: blocks/conv_bn_relu.yaml}}\nlayers:\n  - {kind: unit, out_channels: 8}\n"
    spec.write_text(HEAD + use, "utf-8")
    assert [layer.kind for layer in check(spec).layers] == ["conv2d", "batch_norm2d", "relu"]
    own = "archcalc: 1\nargs: {out_channels}\nlayers: [{kind: linear, out_features: out_channels}]\n"
    (tmp_path / "blocks" / "conv_bn_relu.yaml").write_text(own, "utf-8")
    assert [layer.kind for layer in check(spec).layers] == ["linear"]


def test_files_of_blocks_are_not_read_without_end(tmp_path: Path) -> None:
    (tmp_path / "leaf.yaml").write_text("archcalc: 1\nlayers: [{kind: relu}]\n", "utf-8")
    many = "".join(f"  b{n}: {{use: leaf.yaml}}\n" for n in range(MAX_FILES + 1))
    uses = "".join(f"  - {{kind: b{n}}}\n" for n in range(MAX_FILES + 1))
    (tmp_path / "spec.yaml").write_text(f"{HEAD}blocks:\n{many}layers:\n{uses}", "utf-8")
    (error,) = check(tmp_path / "spec.yaml").diagnostics
    assert (error.code, error.message) == ("A309", f"blocks are read from more than {MAX_FILES} files")


def test_files_that_use_one_another_many_times_end(tmp_path: Path) -> None:
    for depth in range(8):
        uses = "".join(f"  b{n}: {{use: level{depth + 1}.yaml}}\n" for n in range(50))
        text = f"archcalc: 1\nblocks:\n{uses}layers: [{{kind: b0}}]\n"
        (tmp_path / f"level{depth}.yaml").write_text(text, "utf-8")
    (tmp_path / "level8.yaml").write_text("archcalc: 1\nlayers: [{kind: relu}]\n", "utf-8")
    (tmp_path / "spec.yaml").write_text(f"{HEAD}blocks: {{a: {{use: level0.yaml}}}}\nlayers: [{{kind: a}}]\n", "utf-8")
    assert set(codes(check(tmp_path / "spec.yaml"))) == {"A309"}


def test_where_blocks_cannot_be_read_a_kind_may_be_one(tmp_path: Path) -> None:
    """It is not called unknown, and no other is guessed; what is a layer's by another name is told all the same."""
    spec = tmp_path / "spec.yaml"
    layers = "layers:\n  - {kind: dsconv, c: 8}\n  - {kind: Conv2D, out_channels: 8, kernel_size: 1}\n"
    spec.write_text(f"{HEAD}blocks: [blocks/dsconv.yaml]\n{layers}", "utf-8")
    report = check(spec)
    assert [(error.code, error.span.line) for error in report.errors if error.span] == [("A111", 4), ("A113", 7)]
    assert "`name: {use: blocks/name.yaml}`" in report.errors[0].help[0]
