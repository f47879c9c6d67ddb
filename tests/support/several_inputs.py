"""Two networks with several inputs, and the same in torch, made by hand."""

from __future__ import annotations

import torch
from torch import Tensor, nn

SIAMESE = """
archcalc: 1
name: Siamese
input:
  left: [3, 64, 64]
  right: [3, 64, 64]
blocks:
  tower:
    args: {}
    layers:
      - {name: conv1, kind: conv2d, out_channels: 16, kernel_size: 5, stride: 2}
      - {kind: relu}
      - {name: conv2, kind: conv2d, out_channels: 32, kernel_size: 3, stride: 2}
layers:
  - {name: a, kind: tower, from: left}
  - {name: b, kind: tower, from: right}
  - {name: cost, kind: concat, from: [a, b]}
  - {name: head, kind: conv2d, out_channels: 1, kernel_size: 3}
"""

TRANSLATOR = """
archcalc: 1
name: Translator
let: {S: 20, T: 12, words: 1000, width: 64, heads: 4}
axes: [S, T]
input:
  source: {shape: [S], below: words}
  target: {shape: [T], below: words}
layers:
  - {name: encoder, kind: embedding, from: source, num_embeddings: words, embedding_dim: width}
  - {name: decoder, kind: embedding, from: target, num_embeddings: words, embedding_dim: width}
  - {name: q, kind: linear, out_features: width}
  - {name: k, kind: linear, from: encoder, out_features: width}
  - {name: v, kind: linear, from: encoder, out_features: width}
  - {name: cross, kind: attention, from: [q, k, v], num_heads: heads}
  - {name: head, kind: linear, out_features: words}
"""


class Siamese(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = (nn.Sequential(nn.Conv2d(3, 16, 5, 2), nn.ReLU(), nn.Conv2d(16, 32, 3, 2)) for _ in range(2))
        self.head = nn.Conv2d(64, 1, 3)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        found: Tensor = self.head(torch.cat([self.a(left), self.b(right)], 1))
        return found


class Translator(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.Embedding(1000, 64), nn.Embedding(1000, 64)
        self.q, self.k, self.v = (nn.Linear(64, 64) for _ in range(3))
        self.head = nn.Linear(64, 1000)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        seen = self.encoder(source)
        heads = [x.unflatten(2, (4, 16)).transpose(1, 2) for x in (self.q(self.decoder(target)), self.k(seen))]
        values = self.v(seen).unflatten(2, (4, 16)).transpose(1, 2)
        weights = (heads[0] @ heads[1].transpose(2, 3) / 4).softmax(3)
        found: Tensor = self.head((weights @ values).transpose(1, 2).flatten(2))
        return found
