"""The reference is the network that is generated, and rows are kept, resumed and bounded: shown without a GPU."""

from __future__ import annotations

import importlib.util
import json
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from archcalc.targets.generate import generate


def _script(name: str) -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"benchmarks_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SPEED = _script("gpu_speed")
REFERENCE = _script("gpu_reference")
FEW = tuple(row.name for row in SPEED.ROWS[:3])


@pytest.mark.parametrize(("network", "levers"), [("alexnet", set()), ("alexnet", {"s2d"}), ("resnet50", set())])
def test_the_reference_is_the_network_that_is_generated(network: str, levers: set[str]) -> None:
    names: dict[str, Any] = {"__name__": "model"}
    report = SPEED.report_of(network)
    exec(compile(generate(report).files["model.py"], "model.py", "exec"), names)
    with torch.device("meta"):
        ours, theirs = names[report.spec.name.replace("-", "")](), REFERENCE.network(network, levers)
    assert sorted(p.shape for p in ours.parameters()) == sorted(p.shape for p in theirs.parameters())


def test_a_convolution_over_squares_is_the_same_sum() -> None:
    torch.manual_seed(0)
    images = torch.randn(1, 3, 227, 227, dtype=torch.float64)
    squares = REFERENCE.FourByFour(3, 4, 11, 4).double()
    plain = torch.nn.functional.conv2d(images, squares.weight, squares.bias, stride=4)
    assert squares(images).shape == plain.shape == (1, 4, 55, 55)
    assert torch.allclose(squares(images), plain, rtol=0, atol=1e-12)


class Machine:
    """A machine that notes what it ran, and fails or is interrupted where it is told to."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.ran: list[str] = []
        self.broken: set[str] = set()
        self.interrupts = ""

    def measure(self, row: Any, folder: Path, size: object, device: str, seconds: float) -> dict[str, Any]:
        self.ran.append(row.name)
        if row.name == self.interrupts:
            raise KeyboardInterrupt
        if row.name in self.broken:
            return {"rc": 1, "measures": [], "said": "no memory"}
        rate = 50.0 if row.side == "generated" else 40.0
        return {"rc": 0, "measures": [{"samples_per_second": rate}], "said": ""}

    def run(self, *arguments: str) -> int:
        self.ran.clear()
        return int(SPEED.main(["--device", "cpu", "--result", str(self.file), "--rows", "3", *arguments]))

    @property
    def written(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.file.read_text(encoding="utf-8"))
        return found


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    found = Machine(tmp_path / "speed.json")
    for side in ("generated", "reference"):
        monkeypatch.setattr(SPEED, side, found.measure)
    monkeypatch.setattr(SPEED, "code_digest", lambda row: "the same")
    return found


def test_rows_are_kept_with_what_they_say_of_the_goals(machine: Machine) -> None:
    assert machine.run() == 0
    assert machine.ran == [*FEW]
    assert machine.written["goals"]["alexnet"] == {"samples_per_second": 50.0, "of_reference": 1.25}
    assert machine.run() == 0
    assert machine.ran == []
    assert machine.run("--fresh") == 0
    assert len(machine.ran) == 3


def test_it_goes_on_where_it_was_interrupted(machine: Machine) -> None:
    machine.interrupts = FEW[1]
    with pytest.raises(KeyboardInterrupt):
        machine.run()
    assert [*machine.written["rows"]] == [FEW[0]]
    machine.interrupts = ""
    assert machine.run() == 0
    assert machine.ran == [*FEW[1:]]


def test_a_row_that_fails_is_told_and_run_again(machine: Machine) -> None:
    machine.broken = {FEW[0]}
    assert machine.run() == 1
    assert machine.written["rows"][FEW[0]]["said"] == "no memory"
    machine.broken = set()
    assert machine.run() == 0
    assert machine.ran == [FEW[0]]


def test_no_row_begins_when_time_is_up(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    assert machine.run("--seconds", "1") == 1
    assert machine.ran == []
    assert "0 of 3 rows" in capsys.readouterr().out


def test_a_process_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    code = "import subprocess, sys; print('here', flush=True); subprocess.run(['sleep', '60'])"
    start = time.monotonic()
    rc, said = SPEED.run(["-c", code], tmp_path, 2.0)
    assert (rc, said) == (124, "here\n")
    assert time.monotonic() - start < 30
