"""`make gpu` chooses networks, goes on where it was and writes what it finds: shown without a GPU."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmarks_gpu", Path(__file__).parents[2] / "benchmarks" / "gpu.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GPU = _script()
FEW = ("--networks", "lenet5", "squeezenet1_1", "mobilenet_v1_025", "--processes", "1", "--no-training")


class Machine:
    """A machine whose tests pass but where it is told otherwise, and that notes what it ran."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.ran: list[str] = []
        self.broken: set[str] = set()
        self.interrupts = ""

    def tested(self, made: Any, device: str, most: float) -> dict[str, Any]:
        self.ran.append(made.name)
        if made.name == self.interrupts:
            raise KeyboardInterrupt
        return {"ok": made.name not in self.broken, "passed": 5}

    def run(self, *arguments: str) -> int:
        self.ran.clear()
        return int(GPU.main(["--device", "cpu", "--result", str(self.file), *(arguments or FEW)]))

    @property
    def written(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.file.read_text(encoding="utf-8"))
        return found


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    found = Machine(tmp_path / "gpu.json")
    monkeypatch.setattr(GPU, "tested", found.tested)
    return found


def test_without_a_gpu_it_says_so_fails_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    file = tmp_path / "gpu.json"
    assert GPU.main(["--networks", "lenet5", "--result", str(file)]) == 1
    assert "no GPU here" in capsys.readouterr().err
    assert not file.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--networks", "resnet_50"), "no network `resnet_50`; did you mean `resnet50`?"),
        (("--networks", "resnet"), "no network `resnet`"),
        (("--device", "cpu"), "needs --result"),
    ],
)
def test_what_it_cannot_run_is_misuse(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        GPU.main(arguments)
    assert left.value.code == 2
    assert said in capsys.readouterr().err


def test_every_network_asked_for_is_tested_once(machine: Machine) -> None:
    assert machine.run() == 0
    assert machine.ran == ["lenet5", "squeezenet1_1", "mobilenet_v1_025"]
    assert machine.written["ok"] is True
    assert machine.run() == 0
    assert machine.ran == []


def test_it_goes_on_where_it_was_interrupted(machine: Machine) -> None:
    machine.interrupts = "squeezenet1_1"
    with pytest.raises(KeyboardInterrupt):
        machine.run()
    done = {*machine.written["networks"]}
    assert "lenet5" in done
    assert "squeezenet1_1" not in done
    machine.interrupts = ""
    assert machine.run() == 0
    assert {*machine.ran} == {"lenet5", "squeezenet1_1", "mobilenet_v1_025"} - done


def test_what_failed_is_told_and_tested_again(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.broken = {"squeezenet1_1"}
    assert machine.run() == 1
    assert "not these: squeezenet1_1" in capsys.readouterr().out
    assert machine.written["ok"] is False
    machine.broken = set()
    assert machine.run() == 0
    assert machine.ran == ["squeezenet1_1"]
    assert machine.written["ok"] is True


def test_changed_code_another_machine_and_fresh_test_again(machine: Machine) -> None:
    machine.run()
    found = machine.written
    found["networks"]["lenet5"]["code"] = "another"
    machine.file.write_text(json.dumps(found), encoding="utf-8")
    machine.run()
    assert machine.ran == ["lenet5"]
    found["machine"]["device"] = "another"
    machine.file.write_text(json.dumps(found), encoding="utf-8")
    machine.run()
    assert len(machine.ran) == 3
    machine.run("--fresh", *FEW)
    assert len(machine.ran) == 3


def test_the_generated_tests_are_run(tmp_path: Path) -> None:
    file = tmp_path / "gpu.json"
    assert GPU.main(["--device", "cpu", "--result", str(file), "--networks", "lenet5", "--no-training"]) == 0
    found = json.loads(file.read_text(encoding="utf-8"))["networks"]["lenet5"]
    assert found["passed"] >= 4
    assert "failed" not in found


def test_tests_that_fail_are_seen(tmp_path: Path) -> None:
    from archcalc import check
    from archcalc.spec.bundled import bundled_specs

    made = GPU.generate(check(bundled_specs()["lenet5"]), out=tmp_path)
    made.files["model.py"] = made.files["model.py"].replace(
        "nn.Linear(84, num_classes)", "nn.Linear(84, num_classes + 1)"
    )
    found = GPU.tested(made, "cpu", GPU.MOST_SECONDS)
    assert found["ok"] is False
    assert found["failed"] >= 1
    assert "said" in found
