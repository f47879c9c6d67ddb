"""What a network can be trained for: the next token, or why not."""

from __future__ import annotations

import pytest

from archcalc import check, check_text
from archcalc.spec.bundled import bundled_specs
from archcalc.targets.generate import GenerateError, generate
from tests.support.bytes_network import SPEC

REFUSED = {
    "what comes later is seen": (", is_causal: true", "", "at `attended` its places see those that come later"),
    "a score for other tokens": (
        "kind: linear, out_features: vocab, bias: false, tied: wte",
        "kind: linear, out_features: 9",
        "it gives 16 × 9, and not a score for each of 256 tokens at each of 16 places",
    ),
    "several sequences in a sample": (
        SPEC[SPEC.index("input") : SPEC.index("\ninit") + 1],
        """input: {shape: [4, 6], below: 256}
layers:
  - {name: wte, kind: embedding, num_embeddings: 256, embedding_dim: 8}
  - {name: head, kind: linear, in_features: 8, out_features: 256}
""",
        "a sample is 4 × 6 tokens, and not one sequence of them",
    ),
    "nothing is seen": (
        "  - {name: norm",
        "  - {name: none, kind: parameter}\n  - {name: norm",
        "its output does not depend on its input",
    ),
    "pictures are changed": ("  ema:", "  augment: {horizontal_flip: true}\n  ema:", "`augment` changes pictures"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_no_training_is_written_for_what_cannot_tell_the_next_token(case: str) -> None:
    old, new, said = REFUSED[case]
    assert old in SPEC
    report = check_text(SPEC.replace(old, new), file="bytes.yaml")
    assert report.ok, report.diagnostics
    with pytest.raises(GenerateError, match="has no code: ") as raised:
        generate(report)
    assert said in str(raised.value)


def test_the_readme_says_why_bert_is_not_trained() -> None:
    files = generate(check(bundled_specs()["bert"], preset="bert_base_uncased")).files
    assert "train.py" not in files
    why = "at `encoder.layer.0.attention.self.all` its places see those that come later, and so the very token that"
    assert why in files["README.md"]


@pytest.mark.parametrize(("vocabulary", "taken"), [(255, False), (256, True), (257, True)])
def test_bytes_are_taken_as_tokens_where_there_is_a_row_for_each(vocabulary: int, taken: bool) -> None:
    files = generate(check_text(SPEC.replace("vocab: 256", f"vocab: {vocabulary}"))).files
    assert ("`--data text`, the default, takes the documentation of" in files["README.md"]) == taken


def test_no_training_is_written_for_scores_along_a_sequence() -> None:
    spec = """archcalc: 1
name: Reader
input: [1, 8, 32]
layers:
  - {name: conv, kind: conv2d, out_channels: 4, kernel_size: [8, 1]}
  - {name: columns, kind: flatten, start_dim: 1, end_dim: 2}
  - {name: turned, kind: permute, dims: [0, 2, 1]}
  - {name: rnn, kind: gru, hidden_size: 5}
"""
    files = generate(check_text(spec)).files
    assert not {"train.py", "data.py", "objective.py", "pictures.py"} & files.keys()
    assert "it gives 32 × 5, a sequence, and there are no data with a target for it" in files["README.md"]
    pooled = generate(check_text(f"{spec}  - {{kind: mean, dim: 1}}\n")).files
    assert {"train.py", "data.py", "objective.py"} <= pooled.keys()


TWO_HEADS = """archcalc: 1
name: TwoHeads
input: [3, 16, 16]
layers:
  - {name: stem, kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  - {name: what, kind: conv2d, out_channels: 5, kernel_size: 1}
  - {name: where, from: stem, kind: HEAD}
outputs: {what: , where: {training: NO}}
"""


@pytest.mark.parametrize(
    ("head", "training", "said"),
    [
        ("conv2d, out_channels: 4, kernel_size: 1", "false", "it gives 5 × 16 × 16, 4 × 16 × 16, and"),
        ("conv2d, out_channels: 4, kernel_size: 1", "true", "it gives 5 × 16 × 16, 4 × 16 × 16, and"),
        ("conv2d, out_channels: 5, kernel_size: 3", "false", "it gives 5 × 16 × 16, 5 × 14 × 14, and"),
        ("conv2d, out_channels: 5, kernel_size: 2, stride: 2", "true", "it gives 5 × 16 × 16, 5 × 8 × 8, and"),
        ("conv2d, out_channels: 5, kernel_size: 1, bias: false", "false", ""),
        ("conv2d, out_channels: 5, kernel_size: 1, bias: false", "true", ""),
    ],
)
def test_outputs_are_trained_where_one_target_fits_them_all(head: str, training: str, said: str) -> None:
    """With another number of classes the loss refused the target, or took it for a class that it is not."""
    report = check_text(TWO_HEADS.replace("HEAD", head).replace("NO", training))
    assert report.ok, report.diagnostics
    files = generate(report).files
    assert ("train.py" in files) == (not said)
    assert said in files["README.md"]
    assert said == "" or "there are no data with a target for each" in files["README.md"]


def test_a_detector_is_not_taken_for_a_classifier_of_its_channels() -> None:
    files = generate(check(bundled_specs()["yolov8"], preset="yolov8n")).files
    assert not {"train.py", "data.py", "objective.py"} & files.keys()
    assert "- `objective.py`: `Objective.forward`, the loss of a batch" in files["README.md"]


SCORES = """archcalc: 1
name: Scores
input: {left: [8], right: [8]}
layers:
  - {name: both, kind: concat, from: [left, right]}
  - {name: fc, kind: linear, out_features: 3}
"""


def test_named_inputs_that_tell_classes_are_trained_and_others_are_not() -> None:
    assert "train.py" in generate(check_text(SCORES)).files
    others = SCORES.replace(
        "{name: fc, kind: linear, out_features: 3}", "{kind: unflatten, dim: 1, unflattened_size: [4, 4]}"
    )
    files = generate(check_text(others)).files
    assert "train.py" not in files
    assert "of inputs with names there are only data with a class for each sample" in files["README.md"]


@pytest.mark.parametrize(("classes", "cut"), [(3, True), (9, True), (10, False), (12, False)])
def test_of_the_digits_those_are_taken_that_have_a_class(classes: int, cut: bool) -> None:
    head = "archcalc: 1\nname: Few\ninput: [1, 8, 8]\nlayers:\n  - {kind: flatten}\n"
    text = f"{head}  - {{kind: linear, out_features: {classes}}}\n"
    assert ("those below CLASSES" in generate(check_text(text)).files["data.py"]) == cut


def test_of_several_inputs_the_scores_before_a_softmax_are_no_method_of_their_own() -> None:
    text = SCORES.replace("left", "x").replace("right", "y") + "  - {name: told, kind: softmax, dim: 1}\n"
    assert "forward_logits" not in generate(check_text(text)).files["model.py"]
