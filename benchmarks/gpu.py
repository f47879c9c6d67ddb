"""The generated code on a GPU: its own tests, and a short training run. Writes ``results/gpu.json``.

Exits 1, and writes nothing, where there is no GPU.
"""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

HERE = Path(__file__).parent
ROOT = HERE.parent
RESULT = HERE / "results" / "gpu.json"
TRAIN = ["--data", "digits", "--device", "cuda", "--batch-size", "128", "--max-steps", "50", "--expect-falling-loss"]


def main() -> None:
    """Generate, test, train, write the result."""
    if not torch.cuda.is_available():
        print("no GPU here: torch finds no CUDA device, so nothing was run")
        sys.exit(1)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        specs = sorted(str(path) for path in (ROOT / "specs").glob("*.yaml"))
        run("archcalc", "generate", *specs, "--target", "torch", "--out", folder)
        tests = {path.parent.name: tested(path) for path in sorted(out.glob("*/test_*.py"))}
        training = trained(out / "alexnet" / "train.py")
    result = {
        "what": "the generated tests of every bundled spec, and 50 steps of the generated AlexNet, on cuda",
        "ok": all(test["ok"] for test in tests.values()) and training["ok"],
        "tests": tests,
        "training": training,
        "machine": {"gpu": torch.cuda.get_device_name(), "python": platform.python_version()},
        "versions": {"torch": torch.__version__, "cuda": torch.version.cuda},
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))
    sys.exit(not result["ok"])


def run(module: str, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a module of this interpreter's; its output is printed and kept."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=cwd, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    print(done.stdout, flush=True)
    return done


def tested(path: Path) -> dict[str, Any]:
    """What pytest says of a generated test file."""
    done = run("pytest", "-q", "-p", "no:cacheprovider", path.name, cwd=path.parent)
    counts = re.findall(r"(\d+) (passed|failed|skipped|error)", done.stdout)
    return {"ok": done.returncode == 0} | {word: int(number) for number, word in counts}


def trained(script: Path) -> dict[str, Any]:
    """Whether the short run's loss fell, and how long the run took from start to end."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, script.name, *TRAIN],
        cwd=script.parent, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    print(done.stdout, flush=True)
    last = done.stdout.strip().splitlines()[-1:]
    return {"ok": done.returncode == 0, "seconds": round(time.perf_counter() - start, 1), "said": "".join(last)}


if __name__ == "__main__":
    main()
