"""A small network that tells the next byte, and a text for it."""

from __future__ import annotations

from pathlib import Path

from archcalc import check_text
from archcalc.targets.generate import generate

SPEC = """\
archcalc: 1
name: Bytes
input: {shape: [T], below: vocab}
let: {T: 16, vocab: 256, width: 16}
axes: [T]
layers:
  - {name: wte, kind: embedding, num_embeddings: vocab, embedding_dim: width}
  - {name: wpe, kind: position_embedding, from: input, num_embeddings: T, embedding_dim: width}
  - {name: placed, kind: add, from: [wte, wpe]}
  - {name: attended, kind: multihead_attention, num_heads: 2, dropout: 0.1, is_causal: true,
     init: {weight: xavier_uniform}}
  - {name: sum, kind: add, from: [attended, placed]}
  - {name: norm, kind: rms_norm}
  - {name: head, kind: linear, out_features: vocab, bias: false, tied: wte}
init: {weight: {normal: {std: 0.02}}}
train:
  optimizer: {kind: adamw, lr: 0.01, weight_decay: 0.1, norm_weight_decay: 0, bias_weight_decay: 0}
  schedule: {kind: cosine_annealing_lr, interval: step}
  warmup: {steps: 2}
  ema: {decay: 0.5}
  clip_grad_norm: 1
  batch_size: 32
  epochs: 2
"""
SENTENCE = "It was the best of times, it was the worst of times, it was the age of wisdom. "
TEXT = "".join(f"{n}. {SENTENCE}" for n in range(40))


def made(text: str, out: Path) -> Path:
    """The folder of what is generated for a spec."""
    files = generate(check_text(text, file="bytes.yaml"), out=out)
    files.write()
    return files.folder
