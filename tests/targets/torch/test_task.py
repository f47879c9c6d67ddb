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
