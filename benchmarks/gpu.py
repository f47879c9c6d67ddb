"""The generated code on a GPU: the tests of every bundled network, and a short training run of AlexNet.

``results/gpu.json`` is written after each network: interrupt it at will, the next run on the same kind of GPU with the
same torch goes on, and tests again only those that failed or whose code has changed. Where there is no GPU it says so,
exits 1 and writes nothing. ``--device cpu --result FILE`` does the same without a GPU, for a look at this script.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import torch

from archcalc import Report, check, check_text
from archcalc.diagnostics.log import Log
from archcalc.diagnostics.spelling import did_you_mean
from archcalc.spec.bundled import bundled_specs
from archcalc.spec.reader import read_spec
from archcalc.targets.generate import Generated, generate

RESULT = Path(__file__).parent / "results" / "gpu.json"
TRAINED = "alexnet"
TRAIN = ["--data", "digits", "--batch-size", "128", "--max-steps", "50", "--expect-falling-loss"]
MOST_SECONDS = 180.0
"""How long one network's tests, or the training run, may take."""

GRACE_SECONDS = 20.0
"""How much longer than ``--seconds`` a test that has begun may take."""

RANDOM = """
archcalc: 1
name: Random
input: [1, 32, 32]
layers:
  - {name: conv, kind: conv2d, out_channels: 32, kernel_size: 3}
  - {name: norm, kind: batch_norm2d}
  - {name: relu, kind: relu}
  - {name: drop, kind: dropout, p: 0.3}
  - {name: flat, kind: flatten}
  - {name: fc, kind: linear, out_features: 10}
"""
"""All that has a state or is drawn, in a network whose gradients torch can compute in one order."""

OTHER = {"cuda": "cpu", "cpu": "cuda"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Generate, test, train, write the result; 0 where all networks asked for are tested and pass."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", nargs="+", metavar="NAME", help="presets, or specs without any; else all")
    parser.add_argument("--device", choices=OTHER, default="cuda")
    parser.add_argument("--result", type=Path, help="the file that is written; results/gpu.json for a GPU")
    parser.add_argument("--processes", type=int, default=max(1, min(3, (os.cpu_count() or 1) // 4)))
    parser.add_argument("--seconds", type=float, default=math.inf, help="start no test after so many")
    parser.add_argument("--no-training", action="store_true", help="leave the training run out")
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs found")
    options = parser.parse_args(arguments)
    if options.device == "cpu" and options.result is None:
        parser.error("--device cpu needs --result, since results/gpu.json is for a GPU")
    known = every_network()
    for name in options.networks or ():
        if name not in known:
            parser.error(f"there is no network `{name}`; {did_you_mean(name, known) or 'docs/zoo.md has them all'}")
    if options.device == "cuda" and not torch.cuda.is_available():
        print("no GPU here: torch finds no CUDA device, so nothing was run and nothing written", file=sys.stderr)
        return 1
    result = started(options.result or RESULT, options.device, fresh=options.fresh)
    names = options.networks or [*known]
    deadline = time.monotonic() + options.seconds
    if not options.no_training and not (result.found["training"] or {}).get("ok"):
        result.keep(training=trained(checked(TRAINED), options.device) | {"resumed": resumed(options.device)})
    if test_all(names, result, options.processes, deadline):
        print(f"stopped after {options.seconds:.0f} seconds; run it again to go on")
    left = [name for name in names if not result.passed(name)]
    print(f"{len(names) - len(left)} of {len(names)} networks pass on {result.found['machine']['device']}")
    if left:
        print("not these:", ", ".join(left))
    return 1 if left or not (options.no_training or (result.found["training"] or {}).get("ok")) else 0


@cache
def every_network() -> dict[str, tuple[Path, str | None]]:
    """The spec and the preset of every bundled network, by what it is called: as its preset, or else as its file.

    One network of every spec comes first: what is different from the others is seen before the time is up.
    """
    found: dict[str, tuple[Path, str | None]] = {}
    others: dict[str, tuple[Path, str | None]] = {}
    for name, path in bundled_specs().items():
        spec = read_spec(path.read_text(encoding="utf-8"), Log(str(path)))
        assert spec is not None
        presets: list[str | None] = [*spec.presets] or [None]
        for preset in presets:
            (others if preset != presets[0] else found)[preset or name] = (path, preset)
    return found | others


def checked(name: str) -> Report:
    """The report of a bundled network."""
    path, preset = every_network()[name]
    return check(path, preset=preset)


class Result:
    """What was found so far, and the file that it is in."""

    def __init__(self, file: Path, found: dict[str, Any]) -> None:
        self.file = file
        self.found = found
        self.lock = Lock()

    @property
    def device(self) -> str:
        """Where the tests run, ``cuda`` or ``cpu``."""
        return str(self.found["machine"]["kind"])

    def passed(self, name: str) -> bool:
        """Whether a network was tested and passed."""
        return bool(self.found["networks"].get(name, {}).get("ok"))

    def keep(self, *, training: dict[str, Any] | None = None, **networks: dict[str, Any]) -> None:
        """Add what was found, and write the file as a whole."""
        with self.lock:
            self.found["networks"] |= networks
            if training is not None:
                self.found["training"] = training
            tested = self.found["networks"].values()
            self.found["ok"] = all(one["ok"] for one in tested) and (self.found["training"] or {"ok": True})["ok"]
            new = self.file.with_suffix(".new")
            new.write_text(json.dumps(self.found, indent=2) + "\n", encoding="utf-8")
            new.replace(self.file)


def started(file: Path, device: str, *, fresh: bool) -> Result:
    """What the last run left, if it ran on the same device with the same versions; else nothing yet."""
    name = torch.cuda.get_device_name() if device == "cuda" else platform.machine()
    empty: dict[str, Any] = {
        "what": "the generated tests of bundled networks, and 50 steps of the generated AlexNet",
        "ok": False,
        "machine": {"kind": device, "device": name, "python": platform.python_version()},
        "versions": {"torch": torch.__version__, "cuda": torch.version.cuda},
        "training": None,
        "networks": {},
    }
    if file.exists() and not fresh:
        found = json.loads(file.read_text(encoding="utf-8"))
        if all(found.get(part) == empty[part] for part in ("what", "machine", "versions")):
            return Result(file, found)
    return Result(file, empty)


def test_all(names: Sequence[str], result: Result, processes: int, deadline: float) -> bool:
    """Test those that have not passed as they are now, and keep what is found of each at once; true if time was up."""
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TimeElapsedColumn

    late: list[str] = []

    def work(name: str) -> bool:
        if time.monotonic() > deadline:
            late.append(name)
            return False
        return test_one(name, result, Path(folder), deadline)

    columns = (SpinnerColumn(), *Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeElapsedColumn())
    with tempfile.TemporaryDirectory() as folder, Progress(*columns) as bar, ThreadPoolExecutor(processes) as pool:
        task = bar.add_task("tests", total=len(names))
        waiting = {pool.submit(work, name): name for name in names}
        try:
            for done in as_completed(waiting):
                if done.result():
                    bar.console.print(f"{'ok    ' if result.passed(waiting[done]) else 'FAILED'} {waiting[done]}")
                bar.advance(task)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return bool(late)


def test_one(name: str, result: Result, out: Path, deadline: float) -> bool:
    """Test a network where it must be, and say whether it was."""
    made = generate(checked(name), out=out)
    code = digest(made)
    if result.passed(name) and result.found["networks"][name]["code"] == code:
        return False
    most = min(MOST_SECONDS, deadline - time.monotonic() + GRACE_SECONDS)
    result.keep(**{name: {**tested(made, result.device, most), "code": code}})
    return True


def digest(made: Generated) -> str:
    """What tells generated code from other: all of it but lines of comment, some of which name the spec's bytes."""
    lines = [line for file in sorted(made.files) for line in made.files[file].splitlines() if not line.startswith("#")]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def tested(made: Generated, device: str, most: float) -> dict[str, Any]:
    """What pytest says of the generated tests; those for the other device are left out.

    A test file that sees no GPU would pass without it: one that was run there must name it.
    """
    made.write()
    start = time.perf_counter()
    options = ("-v", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", f"not {OTHER[device]}")
    rc, said = run("-m", "pytest", *options, cwd=made.folder, most=most)
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|skipped|error)", said)}
    ok = rc == 0 and counts.get("passed", 0) > 0 and (device == "cpu" or "[cuda" in said)
    end = {} if ok else {"said": said[-2000:]}
    return {"ok": ok, **counts, "seconds": round(time.perf_counter() - start, 1), **end}


def trained(report: Report, device: str) -> dict[str, Any]:
    """Whether the short run's loss fell, and how long the run took from start to end."""
    with tempfile.TemporaryDirectory() as folder:
        made = generate(report, out=folder)
        made.write()
        start = time.perf_counter()
        rc, output = run("train.py", *TRAIN, "--device", device, cwd=made.folder)
    said = "".join(output.strip().splitlines()[-1:]) if rc == 0 else output[-2000:]
    return {"ok": rc == 0, "seconds": round(time.perf_counter() - start, 1), "said": said}


def resumed(device: str) -> bool:
    """Whether a run that was stopped within an epoch ends, bit for bit, where one that was not does."""
    with tempfile.TemporaryDirectory() as folder:
        made = generate(check_text(RANDOM, file="random.yaml"), out=folder)
        made.write()
        options = ("--epochs", "2", "--device", device, "--deterministic")
        runs = (
            ("--folder", "whole", *options),
            ("--folder", "parts", *options, "--max-steps", "17"),
            ("--folder", "parts", "--resume"),
        )
        if any(run("train.py", *one, cwd=made.folder)[0] for one in runs):
            return False
        whole, parts = (torch.load(made.folder / name / "last.pt", map_location="cpu") for name in ("whole", "parts"))
    return all(torch.equal(whole["model"][name], parts["model"][name]) for name in whole["model"])


def run(*arguments: str, cwd: Path, most: float = MOST_SECONDS) -> tuple[int, str]:
    """Run this interpreter in a folder for ``most`` seconds; its exit status, 124 if it took longer, and its output."""
    command = [sys.executable, *arguments]
    try:
        done = subprocess.run(
            command, cwd=cwd, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=most
        )
    except subprocess.TimeoutExpired as late:
        output = late.output or b""
        return 124, (output.decode("utf-8", "replace") if isinstance(output, bytes) else output)
    return done.returncode, done.stdout


if __name__ == "__main__":
    sys.exit(main())
