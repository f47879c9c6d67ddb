"""Networks that tell the class of each pixel learn from pictures and masks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest
from PIL import Image

from archcalc import check, check_text
from archcalc.targets.generate import generate
from archcalc.targets.torch.task import tells_of_pixels
from tests.support import nasty_pictures as nasty
from tests.support.forked import forked, forked_code
from tests.support.training_runs import log, train

DENSE = Path(__file__).parent / "specs" / "dense.yaml"
CLASSES = np.array([[0, 0, 0], [200, 40, 40], [40, 40, 200]], dtype=np.uint8)
"""The colour of each class of the pictures here, so that a mask can be seen in its picture."""


@pytest.fixture(scope="module")
def dense(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = generate(check(DENSE), out=tmp_path_factory.mktemp("generated"))
    made.write()
    return made.folder


def pairs(folder: Path, train: int = 12, val: int = 4) -> Path:
    """Pictures of blocks in the colours of their classes, with masks; the turned ones as a camera stores them."""
    draw = np.random.default_rng(0)
    for part, count in (("train", train), ("val", val)):
        for name in ("images", "masks"):
            (folder / part / name).mkdir(parents=True)
        for number in range(count):
            mask = np.kron(draw.integers(0, 3, (5, 6)), np.ones((8, 8))).astype(np.uint8)
            Image.fromarray(mask).save(folder / part / "masks" / f"{number}.png")
            exif = Image.Exif()
            exif[0x0112] = turned = (1, 6)[number % 2]
            picture = Image.fromarray(CLASSES[mask])
            stored = picture if turned == 1 else picture.transpose(Image.Transpose.ROTATE_90)
            stored.save(folder / part / "images" / f"{number}.{('png', 'png', 'tif')[number % 3]}", exif=exif)
    return folder


def test_what_tells_of_pixels() -> None:
    specs = DENSE.parents[4] / "specs"
    found = {
        name: tells_of_pixels(check(specs / f"{name}.yaml", preset=preset).facts)  # type: ignore[arg-type]
        for name, preset in (
            ("unet", "unet"),
            ("unet", "unet_paper"),
            ("lenet5", None),
            ("squeezenet", "squeezenet1_1"),
            ("alexnet", None),
        )
    }
    assert found == {"unet": True, "lenet5": False, "squeezenet": False, "alexnet": False}
    coarse = "archcalc: 1\nname: Coarse\ninput: [3, 32, 32]\nlayers:\n  - {kind: max_pool2d, kernel_size: 4}\n"
    facts = check_text(coarse, file="coarse.yaml").facts
    assert facts is not None
    assert not tells_of_pixels(facts)


ALIGNED = """
import torch, data, pictures
from pathlib import Path
from subprocess import CompletedProcess
colours = torch.tensor([[0, 0, 0], [200, 40, 40], [40, 40, 200]], dtype=torch.float32)
mean, std = data.levels(torch.device("cpu"))
for source in SOURCES:
    for training in True, False:
        samples = data.Pictures(source, training)
        for epoch in range(4):
            parts = [samples[0, epoch, index] for index in range(len(samples))]
            images, target = samples.batch(*torch.utils.data.default_collate(parts))
            assert images.shape[1:] == (3, 24, 20) and target.shape[1:] == (20, 16)
            # The network tells of the middle of what it sees.
            seen = (images * std + mean)[:, :, 2:22, 2:18]
            nearest = (seen[:, None] - colours[:, :, None, None]).square().sum(2).argmin(1)
            assert (nearest == target).float().mean() > 0.93, (nearest == target).float().mean()
            assert target.unique().tolist() == [0, 1, 2]
"""


def aligned(folder: Path, sources: str) -> CompletedProcess[str]:
    return forked_code(folder, ALIGNED.replace("SOURCES", sources))


def test_masks_stay_on_their_pictures(dense: Path, tmp_path: Path) -> None:
    data, out = pairs(tmp_path / "data"), tmp_path / "packed"
    packed = forked(dense, "data.py", "pack", str(data), str(out))
    assert packed.returncode == 0, packed.stderr
    done = aligned(dense, f"pictures.Folder(Path({str(data / 'train')!r})), data.Packed(Path({str(out)!r}), 'train')")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("target = torch.where(flipped[:, None, None], target.flip(2), target)", "pass"),
        ("rows, columns = slice(top, top + TOLD[0])", "rows, columns = slice(0, TOLD[0])"),
        ("told = top + up, left + aside,", "told = top, left,"),
        ("ImageOps.exif_transpose(file, in_place=True)", "file.load()"),
    ],
)
def test_that_masks_stay_on_their_pictures_is_a_test(old: str, new: str, dense: Path, tmp_path: Path) -> None:
    for file in dense.glob("*.py"):
        (tmp_path / file.name).write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    assert any(file.read_text("utf-8") != (dense / file.name).read_text("utf-8") for file in tmp_path.glob("*.py"))
    data, out = pairs(tmp_path / "data"), tmp_path / "packed"
    forked(tmp_path, "data.py", "pack", str(data), str(out))
    sources = f"pictures.Folder(Path({str(data / 'train')!r})), data.Packed(Path({str(out)!r}), 'train')"
    assert aligned(tmp_path, sources).returncode == 1


def test_a_network_learns_from_masks(dense: Path, tmp_path: Path) -> None:
    data = pairs(tmp_path / "data", train=48)
    Image.new("L", (48, 40), 255).save(data / "val" / "masks" / "void.png")
    nasty.plain(data / "val" / "images" / "void.png", (48, 40))
    run = tmp_path / "run"
    done = train(dense, "--data", str(data), "--epochs", "10", "--folder", str(run), "--expect-accuracy", "0.8")
    assert done.returncode == 0, done.stderr + done.stdout
    assert log(run)[-1]["held_out"].keys() == {"loss", "accuracy", "iou"}


def _resized(data: Path) -> None:
    Image.new("L", (9, 9)).save(data / "train" / "masks" / "0.png")


def _coloured(data: Path) -> None:
    Image.new("RGB", (48, 40)).save(data / "train" / "masks" / "0.png")


def _beyond(data: Path) -> None:
    Image.new("L", (48, 40), 3).save(data / "train" / "masks" / "0.png")


def _missing(data: Path) -> None:
    (data / "train" / "masks" / "0.png").unlink()


def _nobodys(data: Path) -> None:
    (data / "train" / "images" / "0.png").unlink()


def _emptied(data: Path) -> None:
    nasty.empty(data / "train" / "masks" / "0.png")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_resized, "images/0.png: its mask has (9, 9) pixels, the picture (48, 40)"),
        (_coloured, "images/0.png: its mask has pixels of RGB, not of one number"),
        (_beyond, "images/0.png: its mask has a class beyond 2"),
        (_missing, "images/0.png: it has no mask of its own"),
        (_nobodys, "masks/0.png: no picture's"),
        (_emptied, "images/0.png: its mask is empty"),
    ],
)
def test_what_is_wrong_with_a_mask_is_said(
    spoil: Callable[[Path], Any], said: str, dense: Path, tmp_path: Path
) -> None:
    data = pairs(tmp_path / "data")
    spoil(data)
    done = train(dense, "--data", str(data), "--max-steps", "1", "--folder", str(tmp_path / "run"))
    assert done.returncode == 0, done.stderr
    assert f"  {said}" in done.stderr


def test_masks_of_0_and_255_are_refused(dense: Path, tmp_path: Path) -> None:
    data = pairs(tmp_path / "data")
    for file in (data / "train" / "masks").iterdir():
        Image.new("L", (48, 40), 255).save(file)
    done = train(dense, "--data", str(data), "--folder", str(tmp_path / "run"))
    assert done.returncode == 1
    assert done.stderr.startswith(f"the masks in {data / 'train'} have no class but 0, or none: ")
    packed = forked(dense, "data.py", "pack", str(data), str(tmp_path / "packed"))
    assert packed.returncode == 1
    assert packed.stderr == done.stderr
