"""A trained network leaves its folder: as safetensors, and as ONNX that gives what torch gives."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from archcalc import check
from archcalc.targets.generate import generate
from tests.support.forked import forked, forked_code
from tests.support.training_runs import last, program, train

for name in ("onnxscript", "onnxruntime", "safetensors"):
    pytest.importorskip(name, reason="archcalc[export] is not installed here")


@pytest.fixture(scope="module")
def trained(lenet: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("trained") / "run"
    assert train(lenet, "--epochs", "1", "--folder", str(run)).returncode == 0
    return run


def test_what_is_exported_is_what_was_trained(lenet: Path, trained: Path) -> None:
    import onnxruntime
    from safetensors import safe_open
    from safetensors.torch import load_file

    done = program(lenet, "export", "--folder", str(trained))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == (
        f"wrote {trained / 'model.safetensors'} and {trained / 'model.onnx'}, which give what torch does"
    )
    weights, best = load_file(trained / "model.safetensors"), last(trained, "best.pt")["model"]
    assert weights.keys() == best.keys()
    assert all(torch.equal(weights[name], best[name]) for name in best)
    session = onnxruntime.InferenceSession(trained / "model.onnx", providers=["CPUExecutionProvider"])
    (output,) = session.run(None, {"images": torch.zeros(5, 1, 32, 32).numpy()})
    assert output.shape == (5, 10)
    about = session.get_modelmeta().custom_metadata_map
    with safe_open(trained / "model.safetensors", "pt") as file:
        assert file.metadata() == about
    assert json.loads(about["mean"]) == json.loads(about["std"]) == [0.5]


def test_a_network_of_tokens_is_exported(tmp_path: Path) -> None:
    import onnxruntime

    made = generate(check(Path(__file__).parent / "specs" / "words.yaml"), out=tmp_path)
    made.write()
    rng = np.random.default_rng(0)
    for part in ("train", "val"):
        rng.integers(0, 11, 200).astype(np.uint16).tofile(tmp_path / f"{part}.bin")
    run = tmp_path / "run"
    assert train(made.folder, "--data", str(tmp_path), "--epochs", "1", "--folder", str(run)).returncode == 0
    done = forked(made.folder, "train.py", "export", "--folder", str(run))
    assert done.returncode == 0, done.stderr
    session = onnxruntime.InferenceSession(run / "model.onnx", providers=["CPUExecutionProvider"])
    (logits,) = session.run(None, {"tokens": np.zeros((5, 6), np.int64)})
    assert logits.shape == (5, 6, 11)


def test_onnx_that_gives_something_else_is_refused(lenet: Path, trained: Path, tmp_path: Path) -> None:
    for file in lenet.glob("*.py"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    code = (tmp_path / "export.py").read_text("utf-8")
    saved = "    session = "
    assert saved in code
    wrong = "    model.output.bias.add_(1)\n" + saved
    (tmp_path / "export.py").write_text(code.replace(saved, wrong), "utf-8")
    done = train(tmp_path, "export", "--folder", str(trained))
    assert done.returncode == 1
    assert "away from what torch gives" in done.stderr


@pytest.mark.parametrize("missing", ["safetensors", "onnxscript", "onnxruntime"])
def test_what_is_not_installed_is_said(missing: str, lenet: Path, trained: Path) -> None:
    code = (
        "import runpy, sys\n"
        f"sys.modules[{missing!r}] = None\n"
        f"sys.argv = ['train.py', 'export', '--folder', {str(trained)!r}]\n"
        "sys.path.insert(0, '.')\n"
        "runpy.run_path('train.py', run_name='__main__')\n"
    )
    done = forked_code(lenet, code)
    assert done.returncode == 1
    assert done.stderr.endswith("pip install safetensors onnx onnxscript onnxruntime\n")
    assert "Traceback" not in done.stderr


def test_a_run_that_is_not_there_is_not_exported(lenet: Path, tmp_path: Path) -> None:
    done = train(lenet, "export", "--folder", str(tmp_path / "none"))
    assert done.returncode == 1
    assert done.stderr.startswith(f"{tmp_path / 'none'} has no run")
