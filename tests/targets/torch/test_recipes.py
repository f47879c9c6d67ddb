"""What a recipe says happens at each step, and a run that is stopped goes on to the same last bit with all of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from archcalc import check_text
from archcalc.targets.generate import generate
from tests.support.training_runs import assert_same, last, log, train

EVERYTHING = """\
archcalc: 1
name: Everything
input: [3, 12, 12]
layers:
  - {name: conv, kind: conv2d, out_channels: 4, kernel_size: 3}
  - {name: bn, kind: batch_norm2d}
  - {name: relu, kind: relu}
  - {name: drop, kind: dropout, p: 0.3}
  - {name: flat, kind: flatten}
  - {name: fc, kind: linear, out_features: 3}
train:
  source: a test
  optimizer: {kind: sgd, lr: 0.05, momentum: 0.9, weight_decay: 0.01, norm_weight_decay: 0, bias_weight_decay: 0.1}
  schedule: {kind: cosine_annealing_lr, interval: step, eta_min: 0.001}
  warmup: {epochs: 1, start_factor: 0.1}
  ema: {decay: 0.9, steps: 2}
  label_smoothing: 0.1
  clip_grad_norm: 1
  augment: {resize: 14, random_resized_crop: true, horizontal_flip: true, lighting: 0.1, random_erasing: 0.3,
            mixup_alpha: 0.2, cutmix_alpha: 1.0}
  batch_size: 8
  epochs: 2
"""


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network whose recipe has all that a recipe can have, and 50 pictures of three classes."""
    made = generate(check_text(EVERYTHING, file="everything.yaml"), out=tmp_path_factory.mktemp("recipes"))
    made.write()
    draw = np.random.default_rng(0)
    for part, number in (("train", 50), ("val", 7)):
        for index in range(number):
            file = made.folder / "data" / part / "abc"[index % 3] / f"{index}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(draw.integers(0, 255, (15, 17, 3), dtype=np.uint8)).save(file)
    return made.folder


def test_a_run_goes_on_in_mid_epoch_with_everything_at_once(everything: Path) -> None:
    options = ("--data", "data", "--accumulate", "2", "--log-every", "1", "--folder")
    done = [train(everything, *options, "whole"), train(everything, *options, "parts", "--max-steps", "1")]
    resumed = ("--folder", "parts", "--resume", "--max-steps")
    # Within the rise and at its end, within the fall, and between two steps that the average takes part in.
    done += [train(everything, *resumed, step) for step in ("4", "6", "9", "12")]
    for one in done:
        assert one.returncode == 0, one.stderr
    assert_same(last(everything / "parts"), last(everything / "whole"))
    assert_same(last(everything / "parts", "best.pt"), last(everything / "whole", "best.pt"))
    lines = [log(everything / name) for name in ("parts", "whole")]
    ours, theirs = ([(line["step"], line.get("lr"), line.get("loss")) for line in some] for some in lines)
    assert ours == theirs
    config = json.loads((everything / "whole" / "config.json").read_text("utf-8"))
    assert config["recipe"]["augment"]["cutmix_alpha"] == 1.0
