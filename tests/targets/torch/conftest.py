"""Generated folders that several modules train in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from archcalc import check, check_text
from archcalc.targets.generate import generate
from tests.support.training_runs import LENET, RANDOM, train


@pytest.fixture(scope="module")
def lenet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = generate(check(LENET), out=tmp_path_factory.mktemp("generated"))
    made.write()
    return made.folder


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network with all that is random, and 50 pictures of three classes."""
    out = tmp_path_factory.mktemp("pictures")
    made = generate(check_text(RANDOM, file="random.yaml"), out=out)
    made.write()
    draw = np.random.default_rng(0)
    for part, number in (("train", 50), ("val", 7)):
        for index in range(number):
            file = made.folder / "data" / part / "abc"[index % 3] / f"{index}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(draw.integers(0, 255, (15, 17, 3), dtype=np.uint8)).save(file)
    return made.folder


@pytest.fixture(scope="module")
def begun(lenet: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("begun") / "run"
    assert train(lenet, "--max-steps", "1", "--folder", str(folder)).returncode == 0
    return folder
