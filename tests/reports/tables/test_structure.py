"""What is in a block is written as papers print it, and a folded table leaves no parameter out."""

from __future__ import annotations

import pytest

from archcalc import bundled_networks, check, check_text
from archcalc.reports.listed import listed
from archcalc.reports.tables.model import PaperTable
from archcalc.reports.tables.network import folded_table, layer_table
from archcalc.reports.tables.structure import structure


def structures(name: str) -> dict[str, str]:
    return {row[0].text: row[2].text for row in folded_table(check(name)).rows[1:-1]}


def test_resnet_is_as_the_paper_has_it() -> None:
    assert structures("resnet152") == {
        "conv1": "7×7, 64, stride 2",
        "maxpool": "max pool 3×3, stride 2",
        "layer1": "[1×1, 64; 3×3, 64; 1×1, 256] × 3",
        "layer2": "[1×1, 128; 3×3, 128; 1×1, 512] × 8",
        "layer3": "[1×1, 256; 3×3, 256; 1×1, 1024] × 36",
        "layer4": "[1×1, 512; 3×3, 512; 1×1, 2048] × 3",
        "avgpool": "global average pool",
        "fc": "fc, 1000",
    }
    assert structures("resnet18")["layer1"] == "[3×3, 64; 3×3, 64] × 2"


@pytest.mark.parametrize(
    ("name", "row", "said"),
    [
        ("resnext50_32x4d", "layer1", "[1×1, 128; 3×3, 128, 32 groups; 1×1, 256] × 3"),
        ("densenet121", "features.denseblock1", "[1×1, 128; 3×3, 32] × 6"),
        ("densenet121", "features.transition1", "1×1, 128; average pool 2×2, stride 2"),
        (
            "googlenet",
            "inception3a",
            "(1×1, 64 | 1×1, 96; 3×3, 128 | 1×1, 16; 3×3, 32 | max pool 3×3, stride 1; 1×1, 32)",
        ),
        (
            "inception_v3",
            "Mixed_7c",
            "(1×1, 320 | 1×1, 384; (1×3, 384 | 3×1, 384) | 1×1, 448; 3×3, 384; (1×3, 384 | 3×1, 384)"
            " | average pool 3×3, stride 1; 1×1, 192)",
        ),
        ("mobilenet_v2", "features.5 … features.6", "[1×1, 192; depthwise 3×3, 192; 1×1, 32] × 2"),
        ("mobilenet_v3_small", "features.4", "1×1, 96; depthwise 5×5, 96, stride 2; SE (1×1, 24; 1×1, 96); 1×1, 40"),
        ("squeezenet1_0", "features.3", "1×1, 16; (1×1, 64 | 3×3, 64)"),
        ("convnext_tiny", "features.5", "[depthwise 7×7, 384; fc, 1536; fc, 384] × 9"),
        ("unet", "up1", "up-conv 2×2, 512, stride 2; concat with down3; 3×3, 512; 3×3, 512"),
        ("unet", "up4", "up-conv 2×2, 64, stride 2; concat with inc; 3×3, 64; 3×3, 64"),
        ("vit_b_16", "class_token", "parameter, 1 × 768"),
        ("vit_b_16", "encoder.pos_embedding", "parameter, 197 × 768"),
        ("bert_base_uncased", "embeddings.token_type_embeddings.weight", "parameter, 2 × 768"),
        (
            # Table 1 of the paper: hidden 14336, 8 experts, top 2.
            "mixtral_8x7b",
            "model.layers.0 … model.layers.31",
            "[(fc, 4096; rotary | fc, 1024; rotary | fc, 1024); attention, 32 heads; fc, 4096; fc, 8;"
            " 8 experts, top 2 (product (fc, 14336 | fc, 14336); fc, 4096)] × 32",
        ),
        (
            "qwen2_57b_a14b",
            "model.layers.0 … model.layers.27",
            "[decoder_layer: 342 layers with 64 experts, top 8] × 28",
        ),
        (
            "llama2_7b",
            "model.layers.0 … model.layers.31",
            "[(fc, 4096; rotary | fc, 4096; rotary | fc, 4096); attention, 32 heads; fc, 4096;"
            " product (fc, 11008 | fc, 11008); fc, 4096] × 32",
        ),
        ("alexnet", "fc2", "fc, 4096"),
    ],
)
def test_blocks_are_as_papers_have_them(name: str, row: str, said: str) -> None:
    assert said == structures(name).get(row), structures(name)


def numbers(table: PaperTable) -> list[tuple[int, int]]:
    return [(int(str(row[3].data)), int(str(row[4].data))) for row in table.rows if row[3].data is not None]


@pytest.mark.parametrize("name", [one.name for one in bundled_networks()][::4])
def test_no_parameter_is_left_out(name: str) -> None:
    report = check(name).require_ok()
    only_training = sum(layer.macs for layer in report.layers if layer.step.in_training)
    for table in (folded_table(report), layer_table(report, 1), layer_table(report, None)):
        *rows, total = numbers(table)
        assert sum(params for params, _ in rows) == total[0] == report.totals.params
        assert sum(macs for _, macs in rows) == total[1] + only_training == report.totals.macs + only_training


@pytest.mark.parametrize(
    ("name", "above", "norm", "params"),
    [
        ("bert_base_uncased", "embeddings.sum", "embeddings.LayerNorm", 1_536),
        ("vit_b_16", "encoder.layers.encoder_layer_0 … encoder.layers.encoder_layer_11", "encoder.ln", 1_536),
        ("densenet121", "features.denseblock4", "features.norm5", 2_048),
    ],
)
def test_a_norm_behind_a_sum_or_blocks_is_counted_for_itself(name: str, above: str, norm: str, params: int) -> None:
    report = check(name)
    rows = {row[0].text: row[3].data for row in folded_table(report).rows[1:-1]}
    assert rows[norm] == params
    first, several, _ = above.partition(" … ")
    begins = first.rstrip("0123456789") if several else first
    assert rows[above] == sum(layer.params for layer in report.layers if layer.name.startswith(begins))


def test_what_is_learnt_by_itself_has_its_own_line() -> None:
    rows = {row[0].text: row[3].data for row in folded_table(check("vit_b_16")).rows}
    assert (rows["conv_proj"], rows["class_token"], rows["tokens"]) == (590_592, 768, 0)
    assert rows["encoder.pos_embedding"] == 197 * 768


def test_products_of_values_are_told() -> None:
    rows = (
        "{name: q, kind: linear, out_features: 6, from: input}",
        "{name: k, kind: linear, out_features: 6, from: input}",
        '{kind: einsum, equation: "t d, s d -> t s", from: [q, k]}',
    )
    block = f"blocks: {{scores: {{layers: [{', '.join(rows)}]}}}}"
    layers = "[{kind: scores}, {name: out, kind: linear, out_features: 3}]"
    report = check_text(f"archcalc: 1\nname: N\ninput: [10, 8]\n{block}\nlayers: {layers}\n")
    assert [row[2].text for row in folded_table(report).rows[1:-1]] == ["(fc, 6 | fc, 6); einsum", "fc, 3"]


JOINED = """\
archcalc: 1
name: Joined
input: [4, 8, 8]
blocks:
  shifted:
    layers:
      - {name: a, kind: conv2d, out_channels: 4, kernel_size: 1}
      - {name: p, kind: parameter, size: [4, 8, 8], from: input}
      - {kind: add, from: [a, p]}
  join:
    inputs: [x, one, two]
    layers:
      - {name: c, kind: conv2d, out_channels: 4, kernel_size: 1, from: x}
      - {kind: concat, from: [c, one, two]}
layers:
  - {name: first, kind: shifted}
  - {name: second, kind: conv2d, out_channels: 4, kernel_size: 3, padding: 1}
  - {name: both, kind: join, from: [second, first, input]}
"""


def test_parameters_beside_a_sum_and_skips_from_several_modules_are_named() -> None:
    assert {row[0].text: row[2].text for row in folded_table(check_text(JOINED)).rows[1:-1]} == {
        "first †": "(1×1, 4 | parameter, 4 × 8 × 8)",
        "second": "3×3, 4",
        "both": "1×1, 4; concat with 2 others",
    }


def test_a_tangle_is_said_in_words_and_takes_no_time() -> None:
    layers = "\n".join(
        f"      - {{name: c{place}, kind: concat, from: [{', '.join(['input', *(f'd{n}' for n in range(place))])}]}}\n"
        f"      - {{name: d{place}, kind: conv2d, out_channels: 3, kernel_size: 1, from: c{place}}}"
        for place in range(1, 40)
    )
    first = "      - {name: d0, kind: conv2d, out_channels: 3, kernel_size: 1}\n"
    text = (
        "archcalc: 1\nname: Tangle\ninput: [3, 8, 8]\nblocks:\n  tangle:\n    layers:\n"
        f"{first}{layers}\nlayers:\n  - {{name: t, kind: tangle}}\n"
    )
    report = check_text(text)
    assert report.ok, report.errors
    ((line,), layers_) = [*listed(report, 1)], report.layers
    assert line.part is not None
    found = structure(line.part, layers_)
    assert found is not None
    assert found.text == "tangle: 79 layers"


def test_branches_deep_in_one_another_are_said_in_words() -> None:
    convs = "".join(f"      - {{name: c{n}, kind: conv2d, out_channels: 3, kernel_size: 1}}\n" for n in range(500))
    adds = "".join(f"      - {{name: a{n}, kind: add, from: [a{n - 1}, c{499 - n}]}}\n" for n in range(1, 500))
    text = (
        "archcalc: 1\nname: Deep\ninput: [3, 8, 8]\nblocks:\n  deep:\n    layers:\n"
        f"{convs}      - {{name: a0, kind: add, from: [c499, c498]}}\n{adds}layers:\n  - {{name: d, kind: deep}}\n"
    )
    report = check_text(text)
    assert report.ok, report.errors
    assert folded_table(report).rows[1][2].text == "deep: 1000 layers"


def test_projections_and_gates_beside_a_sum_or_a_product() -> None:
    text = """\
archcalc: 1
name: Beside
input: [4, 8, 8]
blocks:
  both:
    layers:
      - {name: a, kind: conv2d, out_channels: 4, kernel_size: 3, padding: 1}
      - {name: b, kind: conv2d, out_channels: 4, kernel_size: [1, 3], padding: [0, 1], dilation: 1}
      - {name: c, kind: conv2d, out_channels: 4, kernel_size: 1, from: input}
      - {name: d, kind: conv2d, out_channels: 4, kernel_size: 3, padding: 2, dilation: 2}
      - {kind: add, from: [b, d]}
  gated:
    layers:
      - {name: a, kind: conv2d, out_channels: 4, kernel_size: 1}
      - {name: g, kind: conv2d, out_channels: 4, kernel_size: 1}
      - {name: s, kind: sigmoid}
      - {kind: multiply, from: [a, s]}
  nothing:
    layers:
      - {kind: relu}
layers:
  - {name: both, kind: both}
  - {name: gated, kind: gated}
  - {name: nothing, kind: nothing}
  - {name: pool, kind: adaptive_avg_pool2d, output_size: [2, 1]}
  - {name: joined, kind: concat, from: [pool, pool]}
"""
    assert {row[0].text: row[2].text for row in folded_table(check_text(text)).rows[1:-1]} == {
        "both": "(3×3, 4; 1×3, 4 | 1×1, 4; 3×3, 4, dilation 2)",
        "gated": "1×1, 4; gate (1×1, 4)",
        "pool": "average pool to 2×1",
    }


STAGES = """
archcalc: 1
name: Stages
input: [16, 32, 32]
blocks:
  averaged:                                            # as ResNet-D: averaged, then projected without a stride
    args: {planes, stride: 1}
    layers:
      - {name: conv1, kind: conv2d, out_channels: planes, kernel_size: 3, stride: stride, padding: 1}
      - {name: conv2, kind: conv2d, out_channels: planes, kernel_size: 3, padding: 1}
      - name: down
        from: input
        when: stride != 1
        layers:
          - {kind: avg_pool2d, kernel_size: 2}
          - {kind: conv2d, out_channels: planes, kernel_size: 1}
      - {kind: add, from: [conv2, down]}
  separable:
    args: {planes, stride: 1}
    layers:
      - {kind: conv2d, out_channels: in_channels, groups: in_channels, kernel_size: 3, stride: stride, padding: 1}
      - {kind: conv2d, out_channels: planes, kernel_size: 1}
  gated:                                               # a squeeze-and-excitation that is a group
    layers:
      - name: se
        layers:
          - {kind: adaptive_avg_pool2d, output_size: 1}
          - {kind: conv2d, out_channels: in_channels // 4, kernel_size: 1}
          - {kind: relu}
          - {kind: conv2d, out_channels: in_channels, kernel_size: 1}
          - {kind: sigmoid}
      - {kind: multiply, from: [se, input]}
  first:
    layers: [{kind: averaged, repeat: 3, planes: 32, stride: "max(1, 2 - index)"}]
  second:
    layers: [{kind: separable, repeat: 3, planes: 64, stride: "max(1, 2 - index)"}]
layers:
  - {name: s1, kind: first}
  - {name: s2, kind: second}
  - {name: s3, kind: gated}
"""


def test_a_stage_whose_first_copy_averages_or_has_other_channels_is_written_once() -> None:
    """A pool and a projection are left out as a projection is; a depthwise convolution has the channels that arrive."""
    table = folded_table(check_text(STAGES))
    assert {row[0].text: row[2].text for row in table.rows[1:-1]} == {
        "s1": "[3×3, 32; 3×3, 32] × 3",
        "s2": "[depthwise 3×3; 1×1, 64] × 3",
        "s3": "SE (1×1, 16; 1×1, 64)",
    }
