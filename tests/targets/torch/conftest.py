"""Generated folders that several modules train in."""

from __future__ import annotations

from pathlib import Path

import pytest

from archcalc import check, check_text
from archcalc.targets.generate import generate
from tests.support.bytes_network import SPEC, TEXT, made
from tests.support.training_runs import LENET, RANDOM, draw_pictures, train


@pytest.fixture(scope="module")
def lenet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = generate(check(LENET), out=tmp_path_factory.mktemp("generated"))
    files.write()
    return files.folder


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network with all that is random, and 50 pictures of three classes."""
    out = tmp_path_factory.mktemp("pictures")
    files = generate(check_text(RANDOM, file="random.yaml"), out=out)
    files.write()
    draw_pictures(files.folder / "data")
    return files.folder


@pytest.fixture(scope="module")
def begun(lenet: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("begun") / "run"
    assert train(lenet, "--max-steps", "1", "--folder", str(folder)).returncode == 0
    return folder


@pytest.fixture(scope="module")
def byte_teller(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that tells the next byte, and a text beside it."""
    folder = made(SPEC, tmp_path_factory.mktemp("generated"))
    (folder / "text.txt").write_text(TEXT)
    return folder
