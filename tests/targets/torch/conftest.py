"""Generated folders that several modules train in."""

from __future__ import annotations

from pathlib import Path

import pytest

from archcalc import check, check_text
from archcalc.targets.generate import generate
from tests.support.training_runs import LENET, RANDOM, draw_pictures, train


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
    draw_pictures(made.folder / "data")
    return made.folder


@pytest.fixture(scope="module")
def begun(lenet: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("begun") / "run"
    assert train(lenet, "--max-steps", "1", "--folder", str(folder)).returncode == 0
    return folder
