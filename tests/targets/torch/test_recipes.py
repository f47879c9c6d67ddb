"""What a recipe says happens at each step, and a run that is stopped goes on to the same last bit with all of it."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest
import torch
from torch.optim import lr_scheduler

from archcalc import check
from archcalc.targets.generate import generate
from tests.support.generated_folder import modules_of
from tests.support.training_runs import assert_same, draw_pictures, last, log, train

EVERYTHING = Path(__file__).parent / "specs" / "everything.yaml"


OPTIONS = ("--data", "data", "--accumulate", "2", "--log-every", "1", "--folder")


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network whose recipe has all that a recipe can have, 50 pictures of three classes, and a whole run, `whole`."""
    made = generate(check(EVERYTHING), out=tmp_path_factory.mktemp("recipes"))
    made.write()
    draw_pictures(made.folder / "data")
    whole = train(made.folder, *OPTIONS, "whole")
    assert whole.returncode == 0, whole.stderr
    return made.folder


def rates(steps: int) -> list[float]:
    """torch's own rise of an epoch, and cosine over the other, step by step."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.05)
    rise = lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=steps)
    fall = lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps, eta_min=0.001)
    schedule = lr_scheduler.SequentialLR(optimizer, [rise, fall], milestones=[steps])
    found = []
    for _ in range(2 * steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


def test_a_run_goes_on_in_mid_epoch_with_everything_at_once(everything: Path) -> None:
    done = [train(everything, *OPTIONS, "parts", "--max-steps", "1")]
    parts, whole = everything / "parts", everything / "whole"
    kept = [last(parts)]
    # Within the rise and at its end, within the fall, and between two steps that the average takes part in.
    for step in ("3", "6", "8", "9", "12"):
        done.append(train(everything, "--folder", "parts", "--resume", "--max-steps", step))
        kept.append(last(parts))
    for one in done:
        assert one.returncode == 0, one.stderr
    assert_same(last(parts), last(whole))
    assert_same(last(parts, "best.pt"), last(whole, "best.pt"))
    ours, theirs = ([line for line in log(run) if "lr" in line] for run in (parts, whole))
    assert [(line["step"], line["lr"], line["loss"]) for line in ours] == [
        (line["step"], line["lr"], line["loss"]) for line in theirs
    ]
    assert [line["lr"] for line in theirs] == rates(6)
    for name, value in kept[0]["model"].items():
        # After the first step the average is the weights; the second one it takes a part of is the third.
        first, third = (state["average"][f"module.{name}"] for state in kept[:2])
        assert torch.equal(first, value)
        if value.is_floating_point():
            assert torch.allclose(third, 0.9 * value + 0.1 * kept[1]["model"][name], atol=1e-6)


def test_a_run_keeps_its_recipe_and_what_the_schedule_follows_from(everything: Path) -> None:
    config = json.loads((everything / "whole" / "config.json").read_text("utf-8"))
    recipe = config["recipe"]
    assert recipe["source"] == "a test"
    assert (recipe["ema"], recipe["clip_grad_norm"]) == ({"decay": 0.9, "steps": 2}, 1)
    assert recipe["augment"]["cutmix_alpha"] == 1.0
    assert config["settings"]["lr"] == {"value": 0.05, "source": "spec"}
    longer = train(everything, "--folder", "whole", "--resume", "--epochs", "3")
    assert longer.returncode == 1
    assert longer.stderr.startswith("--epochs 3 is not the run's, which is 2")


def test_the_average_is_evaluated(everything: Path) -> None:
    told = [line for line in log(everything / "whole") if "held_out" in line]
    with modules_of(everything, "model", "data", "pictures", "objective") as (model, data, pictures, objective):
        network = model.Everything()
        state = last(everything / "whole")["average"]
        network.load_state_dict({name.removeprefix("module."): state[name] for name in state if "module." in name})
        held_out = data.Pictures(pictures.Folder(everything / "data" / "val", ["a", "b", "c"]), training=False)
        loader = torch.utils.data.DataLoader(held_out, sampler=[(0, 0, index) for index in range(7)], batch_size=7)
        batches = [held_out.batch(*parts) for parts in loader]
        machine = SimpleNamespace(
            device=torch.device("cpu"), autocast=nullcontext, summed=lambda value: value, share_buffers=lambda _: None
        )
        found = objective.evaluate(network, machine, batches)
    assert found["loss"] == pytest.approx(told[-1]["held_out"]["loss"], rel=1e-5)


class StoppedError(Exception):
    """What ends an export once its weights are there: ONNX would take ten seconds."""


def test_the_average_is_exported(everything: Path) -> None:
    found: dict[str, torch.Tensor] = {}

    def save(tensors: dict[str, torch.Tensor], _: object) -> None:
        found.update(tensors)
        raise StoppedError

    with modules_of(everything, "export") as (export,):
        stub = SimpleNamespace(save=save)
        with patch.object(export, "import_module", lambda _: stub), pytest.raises(StoppedError):
            export.export(everything / "whole")
    state = last(everything / "whole", "best.pt")["average"]
    assert found.keys() == {name.removeprefix("module.") for name in state} - {"n_averaged"}
    assert all(torch.equal(value, state[f"module.{name}"]) for name, value in found.items())


def test_a_finished_run_is_evaluated_on_pictures_that_are_not_its_own(everything: Path, tmp_path: Path) -> None:
    own = train(everything, "evaluate", "--folder", "whole")
    again = train(everything, "evaluate", "--folder", "whole", "--data", "data")
    assert own.returncode == again.returncode == 0, own.stderr + again.stderr
    assert own.stdout == again.stdout
    # Only some of the pictures, and no train/.
    for name in ("a/0.png", "c/2.png"):
        (tmp_path / "val" / name).parent.mkdir(parents=True)
        shutil.copy(everything / "data" / "val" / name, tmp_path / "val" / name)
    other = train(everything, "evaluate", "--folder", "whole", "--data", str(tmp_path))
    assert other.returncode == 0, other.stderr
    assert "2 pictures" in other.stdout
    assert "b: no pictures of this class" in other.stderr
    assert re.search(r"top-1 (0|50|100)\.00%", other.stdout)
    (tmp_path / "val" / "a").rename(tmp_path / "val" / "z")
    renamed = train(everything, "evaluate", "--folder", "whole", "--data", str(tmp_path))
    assert "z: not a class of train/" in renamed.stderr
    resumed = train(everything, "--resume", "--folder", "whole", "--data", str(tmp_path))
    assert resumed.stderr.startswith(f"--data {tmp_path} is not the run's, which is data")
