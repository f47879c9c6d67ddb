"""Claims of another convention: each is told which one it is."""

from __future__ import annotations

import re

import pytest

from archcalc.pipeline import check, check_text
from archcalc.spec.bundled import folder
from tests.support.small import checked, codes


def told(network: str, claims: str) -> list[tuple[str, ...]]:
    """The help of each claim that a bundled network's own claims are replaced with."""
    spec = (folder() / "alexnet-torchvision.yaml").read_text(encoding="utf-8")
    if network != "alexnet-torchvision":
        report = check(network).require_ok()
        spec = re.sub(r"(?m)^    expect:.*\n(     .*\n)*|^expect:(.|\n)*\Z", "", report.text)
        found = check_text(f"{spec.rstrip()}\nexpect: {claims}\n", preset=report.preset, file=str(folder() / "x.yaml"))
    else:
        found = check_text(re.sub(r"(?m)^expect:(.|\n)*\Z", "", spec) + f"\nexpect: {claims}\n")
    return [error.help for error in found.diagnostics if error.code == "A401"]


@pytest.mark.parametrize(
    ("network", "claim", "help"),
    [
        ("resnet50", "macs: 8.18G", "8.18G is 2 × the MACs, which are FLOPs: write `flops: 8.18G`"),
        ("resnet50", "flops: 4.09G", "4.09G is the MACs, half of the FLOPs: write `macs: 4.09G`"),
        ("resnet50", "params: 24.37M", "24.37M is 25,557,032 in units of 1024²: write `params: 24.37Mi`"),
        (
            "resnet50",
            "macs: 4.12G",
            "ptflops-once counts 4,121,925,096: write `macs: {claimed: 4.12G, as: ptflops-once}`",
        ),
        (
            "resnet50",
            "params: 25610152",
            "keras counts 25,610,152: write `params: {claimed: 25610152, as: keras}`",
        ),
        ("resnet50", "params: 23.51M", "without `fc` it is 23,508,032"),
        ("resnet50", "params: 25559081", "of 1,001 classes, not 1,000, it is 25,559,081: look at `fc`"),
        ("resnet50", "params: 23528522", "of 10 classes, not 1,000, it is 23,528,522: look at `fc`"),
        ("resnet50", "params: 23522375", "of 7 classes, not 1,000, it is 23,522,375: look at `fc`"),
        ("alexnet-torchvision", "flops: 1545620864", "with the linear layers counted twice it is 1,545,620,864"),
        (
            "alexnet-torchvision",
            "macs: 710133440",
            "of 10 classes, not 1,000, it is 710,133,440: look at `classifier.6`",
        ),
        (
            "resnet50",
            "macs: 5.34G",
            "at an input of 3 × 256 × 256 it is 5,340,348,416: check with `--input 3,256,256`",
        ),
        ("alexnet-torchvision", "params: 2.47M", "without `classifier.1` to `classifier.6`, the head, it is 2,469,696"),
        ("alexnet-torchvision", "macs: 772.8M", "with the linear layers counted twice it is 772,810,432"),
    ],
)
def test_a_claim_of_another_convention(network: str, claim: str, help: str) -> None:
    ((*conventions, check_layers, _),) = told(network, f"{{{claim}}}")
    assert help in conventions
    assert check_layers == "check the layers against the source"


def test_each_claim_that_a_convention_explains_is_told() -> None:
    assert [help[0].split()[0] for help in told("resnet50", "{params: 24.37M, macs: 8.18G}")] == ["24.37M", "8.18G"]


@pytest.mark.parametrize(
    ("network", "claims", "cause"),
    [
        # By itself 1.497G agrees with many numbers of classes, and 2.833G with another tool's count.
        ("densenet121", "{params: 6964106, macs: 2.833G}", "of 10 classes, not 1,000, it is"),
        ("densenet121", "{macs: 2.833G, params: 6964106}", "of 10 classes, not 1,000, it is"),
        ("googlenet", "{params: 5702404, macs: 1.497G}", "of 100 classes, not 1,000, it is"),
        ("mobilenet_v2", "{params: 2.24M, macs: 0.2995G}", "of 10 classes, not 1,000, it is"),
        ("mobilenet_v2", "{params: 2223872, macs: 0.2995G}", "without `classifier.1` it is"),
    ],
)
def test_what_explains_several_claims_is_told_alone(network: str, claims: str, cause: str) -> None:
    found = told(network, claims)
    assert len(found) == 2
    assert all(help[0].startswith(cause) and help[1] == "check the layers against the source" for help in found)


@pytest.mark.parametrize("claim", ["macs: 4G", "params: 30M", "macs: 5.777777G", "weight_layers: 50", "params: 0"])
def test_of_a_vague_claim_or_a_wrong_one_nothing_is_told(claim: str) -> None:
    (help,) = told("resnet50", f"{{{claim}}}") or [("check the layers against the source", "")]
    assert help[0] == "check the layers against the source"


def test_a_head_of_one_layer_is_told_of_once() -> None:
    """conv2d has 3 · 10 + 10 = 40."""
    report = checked(
        "{kind: conv2d, out_channels: 10, kernel_size: 1}",
        "{kind: flatten}",
        "{name: fc, kind: linear, out_features: 3}",
        foot="expect: {params: 40}\n",
    )
    (error,) = report.diagnostics
    # Nor is it told as a head of 0 classes.
    assert error.help[:2] == ("without `fc` it is 40", "check the layers against the source")


CONV = "{name: conv1, kind: conv2d, out_channels: 8, kernel_size: 3, expect: %s}\n  - {kind: batch_norm2d}\n"


@pytest.mark.parametrize(
    ("claims", "agrees"),
    [
        ("params: {claimed: 257, with: buffers}", True),
        ("params: {claimed: 256, as: keras}", True),
        ("params: {claimed: 240, as: keras}", False),
        ("macs: {claimed: 201600, with: biases}", True),
        ("macs: {claimed: 216000, with: [biases, norms]}", True),
        ("flops: {claimed: 396000, with: biases}", True),
        ("macs: {claimed: 216000, as: ptflops}", True),
        ("flops: {claimed: 216000, as: ptflops}", True),
        ("macs: {claimed: 194.4k, as: torchinfo}", False),
        ("macs: {claimed: 189.84Ki}", True),
    ],
)
def test_a_claim_may_name_its_convention(claims: str, agrees: bool) -> None:
    report = checked(CONV % "[8, 30, 30]", foot=f"expect: {{{claims}}}\n")
    assert [one.agrees for one in report.claims[1:]] == [agrees]
    assert codes(report) == ([] if agrees else ["A401"])


def test_earlier_versions_of_a_counter_are_meant_too() -> None:
    layers = "{kind: conv2d, out_channels: 8, kernel_size: 3}\n  - {kind: relu}"
    for claimed in (208_800, 216_000):
        foot = f"expect: {{macs: {{claimed: {claimed}, as: ptflops}}}}\n"
        assert checked(layers, foot=foot).claims[0].agrees is True


def test_a_layer_s_claim_names_its_convention_too() -> None:
    report = checked(CONV % "{macs: {claimed: 201600, as: torchinfo}}")
    assert [one.agrees for one in report.claims] == [True]
    report = checked(CONV % "{macs: 201600}")
    assert report.errors[0].help[0] == ("torchinfo counts 201,600: write `macs: {claimed: 201600, as: torchinfo}`")


def test_a_disagreement_says_whose_count_it_is() -> None:
    report = checked(CONV % "[8, 30, 30]", foot="expect: {params: {claimed: 250, as: keras}}\n")
    (error,) = report.errors
    assert error.message == "the network has 256 parameters as `keras` counts, but the source says 250, 2.40% more"


@pytest.mark.parametrize(
    ("claim", "code", "message"),
    [
        ("params: {claimed: 1, as: torchinof}", "A114", "`params` cannot be claimed `as` `torchinof`"),
        ("macs: {claimed: 1, as: keras}", "A114", "`macs` cannot be claimed `as` `keras`"),
        ("params: {claimed: 1, with: biases}", "A114", "`params` cannot be claimed `with` `biases`"),
        ("macs: {claimed: 1, with: 3}", "A111", "`with` takes one of `biases`"),
        ("weight_layers: {claimed: 1, as: thop}", "A114", "`weight_layers` is counted in one way only"),
        ("macs: {claimed: 1, as: thop, with: biases}", "A114", "a claim is either `as` a counter has it"),
    ],
)
def test_a_convention_that_there_is_not(claim: str, code: str, message: str) -> None:
    report = checked(CONV % "[8, 30, 30]", foot=f"expect: {{{claim}}}\n")
    assert codes(report) == [code]
    assert report.errors[0].message.startswith(message)


def test_two_counters_that_count_alike_are_one_convention() -> None:
    ((first, *others),) = told("resnet50", "{params: 25610152}")
    assert first.startswith("keras counts")
    assert not any("darknet" in help for help in others)


DATA_SETS = {
    2: "yes or no", 3: "Iris", 4: "AG News", 5: "Yelp reviews", 10: "CIFAR-10", 12: "CamVid and the void",
    19: "Cityscapes", 20: "PASCAL VOC", 21: "PASCAL VOC and the background", 37: "Oxford-IIIT Pets", 43: "GTSRB",
    47: "DTD", 80: "COCO", 81: "COCO and the background", 90: "COCO's numbers", 91: "COCO's numbers and the background",
    100: "CIFAR-100", 101: "UCF101", 102: "Oxford Flowers", 120: "Stanford Dogs", 150: "ADE20K", 196: "Stanford Cars",
    200: "Tiny ImageNet", 257: "Caltech-256 and the clutter", 365: "Places365", 397: "SUN397", 400: "Kinetics-400",
    500: "the Open Images challenge",
    600: "Kinetics-600", 700: "Kinetics-700", 1000: "ImageNet", 1001: "ImageNet and the background",
    11221: "ImageNet-21k-P", 21841: "ImageNet-21k", 21843: "ImageNet-21k as Google's checkpoints have it",
}  # fmt: skip


@pytest.mark.parametrize("classes", DATA_SETS)
def test_a_count_for_the_classes_of_a_data_set_is_recognised(classes: int) -> None:
    """A class has 3 · 32 · 32 weights and a bias; what is said in tens is too vague to be divided by them."""
    here = 7
    said = f"{classes * 3073 / 1000:.2f}k"
    report = checked(
        "{kind: flatten}", f"{{name: fc, kind: linear, out_features: {here}}}", foot=f"expect: {{params: {said}}}\n"
    )
    (error,) = report.diagnostics
    assert error.help[0].startswith(f"of {classes:,} classes, not {here}, it is {classes * 3073:,}: look at `fc`")


PICTURES = {
    28: "MNIST", 32: "CIFAR", 64: "Tiny ImageNet", 96: "STL-10", 112: "faces", 128: "MobileNet", 160: "MobileNet",
    192: "MobileNet", 224: "ImageNet", 227: "AlexNet", 231: "OverFeat", 240: "EfficientNet-B1", 256: "before a crop",
    260: "EfficientNet-B2", 288: "ResNet strikes back", 299: "Inception v3", 300: "SSD300", 320: "YOLO",
    331: "NASNet-A large", 380: "EfficientNet-B4", 384: "ViT", 416: "YOLOv3", 448: "YOLO", 480: "EfficientNetV2-L",
    512: "SSD512", 572: "U-Net", 600: "EfficientNet-B7", 608: "YOLOv4", 640: "YOLOv5", 800: "Faster R-CNN",
    1024: "Segment Anything",
}  # fmt: skip


@pytest.mark.parametrize("side", PICTURES)
def test_a_count_at_the_size_of_usual_pictures_is_recognised(side: int) -> None:
    """A 1 x 1 conv of one filter for three channels: three multiply-adds a pixel."""
    report = checked(
        "{kind: conv2d, out_channels: 1, kernel_size: 1}",
        head="archcalc: 1\nname: Small\ninput: [3, 33, 33]\nlayers:\n",
        foot=f"expect: {{macs: {3 * side * side}}}\n",
    )
    (error,) = report.diagnostics
    at = f"at an input of 3 × {side} × {side} it is {3 * side * side:,}"
    assert any(help.startswith(at) for help in error.help), error.help
