"""Pictures as generated code finds and reads them: every mode and turn, and whatever is broken, by name."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from archcalc import check_text
from archcalc.targets.generate import generate
from tests.support import nasty_pictures as nasty

SPEC = """\
archcalc: 1
name: Seen
input: [CHANNELS, 8, 16]
layers:
  - {kind: flatten}
  - {kind: linear, out_features: 3}
"""


def pictures_of(channels: int, folder: Path) -> Any:
    """The module pictures.py for pictures of 8 × 16."""
    files = generate(check_text(SPEC.replace("CHANNELS", str(channels)), file="seen.yaml")).files
    path = folder / f"pictures_{channels}.py"
    path.write_text(files["pictures.py"], "utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", params=[1, 3])
def pictures(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return pictures_of(request.param, tmp_path_factory.mktemp("pictures"))


def halves(pixels: np.ndarray[Any, Any]) -> tuple[float, float]:
    assert pixels.dtype == np.uint8
    assert pixels.shape[:2] == (8, 16)
    return float(pixels[:, :7].mean()), float(pixels[:, 9:].mean())


@pytest.mark.parametrize("name", nasty.MODES)
def test_every_mode_is_read_as_a_page_shows_it(name: str, pictures: Any, tmp_path: Path) -> None:
    nasty.halves(nasty.MODES[name]).save(tmp_path / name)
    white, black = halves(pictures.read_picture(tmp_path / name, pictures.MIDDLE))
    assert white > 250
    assert black < 8


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_cameras_turn_is_honoured(orientation: int, suffix: str, pictures: Any, tmp_path: Path) -> None:
    path = tmp_path / f"turned.{suffix}"
    nasty.turned(path, orientation)
    white, black = halves(pictures.read_picture(path, pictures.MIDDLE))
    assert white > 240
    assert black < 16


def test_grey_of_16_bits_is_not_clipped(pictures: Any, tmp_path: Path) -> None:
    levels = np.linspace(0, 65535, 256).round().astype(np.uint16).reshape(16, 16)
    Image.fromarray(levels).save(tmp_path / "grey.png")
    with Image.open(tmp_path / "grey.png") as file:
        read = np.asarray(pictures.plain(file).convert("L")).reshape(-1)
    assert np.array_equal(read, np.arange(256))


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (3000, 1), (2, 3), (16, 8), (640, 480)])
@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_pictures_of_any_size_are_read(size: tuple[int, int], suffix: str, pictures: Any, tmp_path: Path) -> None:
    Image.new("RGB", size, (90, 90, 90)).save(tmp_path / f"grey.{suffix}")
    pixels = pictures.read_picture(tmp_path / f"grey.{suffix}", pictures.MIDDLE)
    assert pixels.shape == (8, 16, pictures.CHANNELS)
    assert abs(pixels.astype(int) - 90).max() <= 1


@pytest.mark.parametrize("size", [(16, 16), (40, 30), (31, 77)])
def test_a_crop_is_cut_from_the_scaled_picture(size: tuple[int, int], pictures: Any, tmp_path: Path) -> None:
    smooth = Image.radial_gradient("L").convert("RGB").resize(size)
    smooth.save(tmp_path / "smooth.png")
    whole = pictures.read_picture(tmp_path / "smooth.png", (0, 0, *pictures.REGION)).astype(int)
    for top in (0, 3, 8):
        crop = pictures.read_picture(tmp_path / "smooth.png", (top, 0, 8, 16)).astype(int)
        # At its edge a crop does not see what lies beyond.
        assert abs(crop[1:-1] - whole[top + 1 : top + 7]).max() <= 2


@pytest.mark.parametrize("name", nasty.BROKEN)
def test_whatever_is_wrong_with_a_file_is_said(name: str, pictures: Any, tmp_path: Path) -> None:
    make, said = nasty.BROKEN[name]
    make(tmp_path / name)
    with pytest.raises(pictures.UnreadableError, match=said):
        pictures.read_picture(tmp_path / name, pictures.MIDDLE)
    with pytest.raises(pictures.UnreadableError, match="it is gone"):
        pictures.read_picture(tmp_path / "none.png", pictures.MIDDLE)


def test_what_a_folder_has_and_what_is_left_out_of_it(pictures: Any, tmp_path: Path) -> None:
    for name in ("cat/1.png", "cat/2.PNG", "dog/1.png", "cat/deeper/3.png", ".cache/4.png"):
        nasty.plain(tmp_path / name)
    (tmp_path / "none").mkdir()
    for name in ("readme.txt", "cat/labels.csv", "cat/.DS_Store", ".hidden.png"):
        (tmp_path / name).write_text("")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    found = pictures.Folder(tmp_path)
    assert found.classes == ["cat", "dog"]
    assert [found.name(n) for n in range(len(found))] == ["cat/1.png", "cat/2.PNG", "dog/1.png"]
    assert found.labels.tolist() == [0, 0, 1]
    assert found.left_out == {
        ".cache": "not a class's folder",
        "gone": "not a class's folder",
        "readme.txt": "not a class's folder",
        "cat/deeper": "a folder in a folder",
        "cat/labels.csv": "not a picture",
        "none": "no pictures",
    }


def test_the_classes_are_those_of_train(pictures: Any, tmp_path: Path) -> None:
    for name in ("bird/1.png", "dog/1.png", "dog/2.png"):
        nasty.plain(tmp_path / name)
    found = pictures.Folder(tmp_path, ["cat", "dog"])
    assert found.labels.tolist() == [1, 1]
    assert found.left_out == {"cat": "no pictures of this class", "bird": "not a class of train/"}


def test_the_first_pass_finds_all_that_cannot_be_read(pictures: Any, tmp_path: Path) -> None:
    nasty.plain(tmp_path / "cat" / "1.png")
    for name, (make, _) in nasty.BROKEN.items():
        make(tmp_path / "cat" / name)
    found = pictures.Folder(tmp_path)
    # Shared between processes.
    errors = {name: reason for rank in range(3) for name, reason in found.check(rank, 3).items()}
    assert errors.keys() == {f"cat/{name}" for name in nasty.BROKEN}
    found.leave_out(errors)
    assert [found.name(n) for n in range(len(found))] == ["cat/1.png"]
    assert found.left_out == errors
