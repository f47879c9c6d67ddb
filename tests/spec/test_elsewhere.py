"""What other frameworks say otherwise: no kind of ours is among it, and every kind that a help names is ours."""

from __future__ import annotations

import re
from collections import Counter

import pytest
import torch

from archcalc import check_text
from archcalc.layers.contract import KINDS
from archcalc.spec import elsewhere
from archcalc.spec.elsewhere import kind_elsewhere
from tests.support.words_elsewhere import arguments_called, kinds_called

HELPS = [help for _, _, help in elsewhere._ELSEWHERE]
WORDS = [name for names, _, _ in elsewhere._ELSEWHERE for name in names.split()]


def test_no_word_has_two_lessons() -> None:
    assert len(WORDS) == len(set(WORDS))
    assert all(word == word.lower() and "_" not in word for word in WORDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_ours_is_not_elsewhere(kind: str) -> None:
    assert kind_elsewhere(kind) is None
    assert kind_elsewhere(kind.title().replace("_", "")) is None


def test_a_kind_to_come_is_told_from_what_is_written_otherwise() -> None:
    for word in ("lstm_cell", "nn.LSTMCell", "torch.nn.EmbeddingBag", "TransformerEncoder", "CrossAttention"):
        found = kind_elsewhere(word)
        assert found is not None
        assert found.not_yet
    found = kind_elsewhere("DepthwiseConv2D")
    assert found is not None
    assert not found.not_yet
    # Not an `lstm`, which has one direction.
    found = kind_elsewhere("BiLSTM")
    assert found is not None
    assert "bidirectional: true" in found.help
    assert kind_elsewhere("sofa") is None


def test_every_kind_that_a_help_names_is_one() -> None:
    kinds = {word for help in HELPS for word in re.findall(r"`(?:kind: )?(\w+\d?)`", help)}
    assert kinds - KINDS.keys() <= {
        "input",
        "groups",
        "blocks",
        "stride",
        "kernel_size",
        "bidirectional",
        "dims",
        "again",
        "factor",
        "bias",
        "outputs",
        "padding",
    }


def test_a_kind_is_called_by_no_word_twice() -> None:
    """With underscores and without a word is the same, and so is the kind's own name."""
    words = [word for kind, cls in KINDS.items() for word in (kind, *cls.also_called)]
    bare = Counter(word.replace("_", "") for word in words)
    assert [word for word, times in bare.items() if times > 1] == []


def told(word: str) -> str:
    """What a check says to do in place of a kind."""
    report = check_text(f"archcalc: 1\nname: N\ninput: [8, 8, 8]\nlayers:\n  - {{kind: {word}}}\n")
    return " ".join(report.diagnostics[0].help)


OF_TORCH_ALONE = {
    *("Module", "Container", "ParameterDict", "RNNCellBase", "AdaptiveLogSoftmaxWithLoss"),
    # What is computed of an output, and not by a layer.
    *(name for name in vars(torch.nn) if "Loss" in name or name in ("PairwiseDistance", "CosineSimilarity")),
}


@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name, cls in vars(torch.nn).items()
        if isinstance(cls, type) and issubclass(cls, torch.nn.Module) and name not in OF_TORCH_ALONE
    ),
)
def test_for_each_layer_of_torch_there_is_a_kind_or_what_to_do_instead(name: str) -> None:
    said = told(name)
    assert "they are named as in torch.nn" not in said
    kind = re.search(r"did you mean `(\w+)`", said)
    axes = re.search(r"[123]d$", name)
    theirs = re.search(r"[123]d$", kind[1]) if kind else None
    assert axes is None or theirs is None or axes[0] == theirs[0]


# https://keras.io/api/layers, Keras 3; operators of ONNX 1.20; layers of Caffe and of Darknet.
OTHERS = {
    "Dense": "linear",
    "Embedding": "embedding",
    "Conv1D": "conv1d",
    "Conv2D": "conv2d",
    "Conv3D": "conv3d",
    "Conv1DTranspose": "conv_transpose1d",
    "Conv2DTranspose": "conv_transpose2d",
    "Conv3DTranspose": "conv_transpose3d",
    "MaxPooling1D": "max_pool1d",
    "MaxPooling2D": "max_pool2d",
    "MaxPooling3D": "max_pool3d",
    "AveragePooling1D": "avg_pool1d",
    "AveragePooling2D": "avg_pool2d",
    "AveragePooling3D": "avg_pool3d",
    "GlobalMaxPooling1D": "adaptive_max_pool1d",
    "GlobalMaxPooling2D": "adaptive_max_pool2d",
    "GlobalMaxPooling3D": "adaptive_max_pool3d",
    "GlobalAveragePooling1D": "adaptive_avg_pool1d",
    "GlobalAveragePooling2D": "adaptive_avg_pool2d",
    "GlobalAveragePooling3D": "adaptive_avg_pool3d",
    "GlobalAvgPool2D": "adaptive_avg_pool2d",
    "SimpleRNN": "rnn",
    "BatchNormalization": "batch_norm2d",
    "LayerNormalization": "layer_norm",
    "UnitNormalization": "normalize",
    "GroupNormalization": "group_norm",
    "RMSNormalization": "rms_norm",
    "SpatialDropout2D": "dropout2d",
    "MultiHeadAttention": "multihead_attention",
    "GroupQueryAttention": "attention",
    "Cropping1D": "slice",
    "Cropping2D": "slice",
    "Cropping3D": "slice",
    "ZeroPadding1D": "pad",
    "ZeroPadding2D": "pad",
    "ZeroPadding3D": "pad",
    "UpSampling1D": "upsample",
    "UpSampling2D": "upsample",
    "Concatenate": "concat",
    "Average": "mean",
    "RepeatVector": "expand",
    "Add": "add",
    "Subtract": "subtract",
    "Multiply": "multiply",
    "Gemm": "linear",
    "AveragePool": "avg_pool2d",
    "GlobalAveragePool": "adaptive_avg_pool2d",
    "GlobalMaxPool": "adaptive_max_pool2d",
    "LRN": "local_response_norm",
    "Clip": "hardtanh",
    "Mul": "multiply",
    "ReduceMean": "mean",
    "Resize": "upsample",
    "DepthToSpace": "pixel_shuffle",
    "SpaceToDepth": "pixel_unshuffle",
    "RotaryEmbedding": "rotary",
    "Convolution": "conv2d",
    "Deconvolution": "conv_transpose2d",
    "InnerProduct": "linear",
    "Eltwise": "add",
    "Interp": "upsample",
    "convolutional": "conv2d",
    "route": "concat",
    "shortcut": "add",
    "connected": "linear",
    "reorg": "pixel_unshuffle",
}


@pytest.mark.parametrize("name", OTHERS)
def test_layers_of_other_frameworks_are_known(name: str) -> None:
    assert told(name) == f"did you mean `{OTHERS[name]}`?"


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("DepthwiseConv1D", "`kind: conv1d` with as many `groups`"),
        ("DepthwiseConv2D", "`kind: conv2d` with as many `groups`"),
        ("SeparableConv1D", "two layers: a `conv1d`"),
        ("conv1x1", "`kernel_size: 1`"),
        ("conv3x3", "`padding: 1`"),
        ("MatMul", "`attention`"),
        ("Tile", "`expand` repeats an axis of 1"),
        ("Minimum", "the activations"),
        ("output", "`outputs`"),
    ],
)
def test_what_is_written_as_something_else_is_said_with_its_way(name: str, way: str) -> None:
    assert way in told(name)


@pytest.mark.parametrize(("word", "kind"), kinds_called())
def test_a_layer_is_known_by_what_it_is_called_elsewhere(word: str, kind: str) -> None:
    assert told(word) == f"did you mean `{kind}`?"


@pytest.mark.parametrize("kind", arguments_called())
def test_a_field_is_known_by_what_its_argument_is_called_elsewhere(kind: str) -> None:
    fields = arguments_called()[kind]
    layers = "".join(f"  - {{kind: {kind}, {theirs}: 3}}\n" for theirs in fields)
    errors = check_text(f"archcalc: 1\nname: N\ninput: [8, 8, 8]\nlayers:\n{layers}").diagnostics
    told = {theirs: [one.help for one in errors if one.message.endswith(f"has no `{theirs}`")] for theirs in fields}
    assert told == {theirs: [(f"did you mean `{ours}`?",)] for theirs, ours in fields.items()}


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        *(("router", "by"), ("gate", "by"), ("scores", "by"), ("from", "by")),
        # Mixtral and Qwen2-MoE in transformers, and torch.topk.
        *(("num_experts_per_tok", "top"), ("top_k", "top"), ("k", "top"), ("norm_topk_prob", "renormalize")),
    ],
)
def test_what_a_route_goes_by_is_known_by_what_it_is_called_elsewhere(theirs: str, ours: str) -> None:
    said = {"by": "scores", "top": "2", "renormalize": "true"}
    written = ", ".join(f"{theirs if key == ours else key}: {value}" for key, value in said.items())
    report = check_text(
        "archcalc: 1\nname: N\ninput: {shape: [6], below: 9}\nlayers:\n"
        "  - {name: words, kind: embedding, num_embeddings: 9, embedding_dim: 8}\n"
        "  - {name: scores, kind: linear, out_features: 4}\n"
        f"  - {{name: expert, kind: linear, out_features: 8, from: words, repeat: 4, route: {{{written}}}}}\n"
    )
    assert f"did you mean `{ours}`?" in [line for error in report.diagnostics for line in error.help]


ENTRIES = {
    "a layer": "  - {kind: conv2d, out_channels: 8, kernel_size: 1, %s}\n",
    "a group": "  - {name: g, layers: [{kind: conv2d, out_channels: 8, kernel_size: 1}], %s}\n",
    "a use of a block": "  - {kind: own, %s}\nblocks: {own: {layers: [{kind: relu}]}}\n",
}


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize(
    ("said", "way"),
    [
        ("trainable: false", "write `frozen: true`"),  # Keras
        ("requires_grad: false", "write `frozen: true`"),  # torch
        ("requires_grad: true", "remove it: what is not `frozen` is trained"),
        ("trainable: 1 < 2", "write `frozen`, which says the opposite"),
        ("for: stages", "did you mean `repeat`?"),
        ("for_each: stages", "did you mean `repeat`?"),
    ],
)
def test_what_is_said_of_training_and_of_copies_elsewhere_is_known(entry: str, said: str, way: str) -> None:
    let = "let: {stages: [1, 2]}\n"
    report = check_text(f"archcalc: 1\nname: N\ninput: [8, 8, 8]\n{let}layers:\n{ENTRIES[entry] % said}")
    assert report.diagnostics[0].code == "A110"
    assert report.diagnostics[0].help == (way,)
