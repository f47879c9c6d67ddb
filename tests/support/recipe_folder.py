"""The code of a small network with a recipe."""

from __future__ import annotations

from pathlib import Path

from archcalc import check_text
from archcalc.targets.generate import generate

NET = """\
archcalc: 1
name: Net
input: [3, 12, 12]
layers:
  - {name: conv, kind: conv2d, out_channels: 4, kernel_size: 3}
  - {name: bn, kind: batch_norm2d}
  - {name: gn, kind: group_norm, num_groups: 2}
  - {name: flat, kind: flatten}
  - {name: ln, kind: layer_norm, normalized_shape: [400]}
  - {name: fc, kind: linear, out_features: 5}
train:
"""
SGD_ALONE = "  optimizer: {kind: sgd, lr: 0.5}\n"
RUN = "  batch_size: 8\n  epochs: 9\n"


def made(train: str, out: Path, optimizer: str = SGD_ALONE) -> Path:
    folder = generate(check_text(NET + optimizer + train + RUN, file="net.yaml"), out=out)
    folder.write()
    return folder.folder
