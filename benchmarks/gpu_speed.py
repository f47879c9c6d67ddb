"""Generated training code on a GPU beside a loop tuned by hand: samples a second, MFU and memory, each lever in turn.

``results/gpu_speed.json`` is written after each row: interrupt it at will, the next run on the same kind of GPU with
the same torch and the same code goes on. The rows that matter most come first; each is a process of its own with a
limit, and ``--seconds`` is a limit to them all. Where there is no GPU it says so, exits 1 and writes nothing;
``--device cpu --result FILE`` does the same at tiny sizes, for a look at this script.

The generated loop is the one that users get: ``train.py`` is run, and what it logs is read. Both sides train by SGD
with momentum, on one batch of noise that lies on the device, and read their losses once in a window of steps. What is
compiled and chosen at the start is left out, and the median of the windows is kept.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch

from archcalc import Report, check_text
from archcalc.spec.bundled import bundled_specs
from archcalc.targets.generate import generate

HERE = Path(__file__).parent
RESULT = HERE / "results" / "gpu_speed.json"
SPECS = {"alexnet": ("alexnet", None), "resnet50": ("resnet", "resnet50"), "lenet5": ("lenet5", None)}
BATCHES = {"alexnet": 1024, "resnet50": 256, "lenet5": 64}
STEPS = {"alexnet": 50, "resnet50": 20, "lenet5": 200}
"""Steps of a window, at whose end the losses are read: a second of a fast GPU."""

WINDOWS = 3
RECIPE = """
train:
  optimizer: {kind: sgd, lr: 0.01, momentum: 0.9, weight_decay: 5e-4}
  batch_size: 128
  epochs: 90
"""
"""AlexNet's own, and ResNet's but for its rate: both sides then do the same work."""

PEAK = 989e12
"""Dense bfloat16 operations a second of an H100 or H200 (SXM), by NVIDIA's data sheet."""

BEST = "bf16+channels_last+fused+compile+graph"
ROW_SECONDS = 100
LEAST_SECONDS = 15


class Row(NamedTuple):
    """What is measured: generated code with options of ``train.py``, or the reference with sets of levers."""

    network: str
    side: str
    options: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What the row is called in the result."""
        return " ".join((self.network, self.side, *self.options))


PLAIN = "bf16+channels_last+fused+compile"
ROWS = (
    Row("alexnet", "generated"),
    Row("alexnet", "reference", (BEST,)),
    Row("alexnet", "reference", (f"{BEST}+s2d",)),
    Row("alexnet", "reference", (f"{PLAIN}+profile", f"{PLAIN}+s2d+profile")),
    Row("resnet50", "generated"),
    Row("resnet50", "reference", (BEST,)),
    Row("alexnet", "reference", (f"{BEST}+plans", f"{BEST}+s2d+plans")),
    Row("alexnet", "reference", ("none", "tf32", "bf16", "bf16+channels_last", "bf16+channels_last+fused")),
    Row("alexnet", "generated", ("--compile", "reduce-overhead")),
    Row("lenet5", "generated"),
    Row("lenet5", "generated", ("--compile", "default")),
    Row("alexnet", "generated", ("--compile", "max-autotune-no-cudagraphs")),
    Row("alexnet", "generated", ("--compile", "off")),
    Row("resnet50", "generated", ("--compile", "off")),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the rows that are not there yet; 0 where all of them are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--result", type=Path, help="the file that is written; results/gpu_speed.json for a GPU")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="start no row after so many")
    parser.add_argument("--rows", type=int, default=len(ROWS), help="the first so many")
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs found")
    options = parser.parse_args(arguments)
    if options.device == "cpu" and options.result is None:
        parser.error("--device cpu needs --result, since results/gpu_speed.json is for a GPU")
    if options.device == "cuda" and not torch.cuda.is_available():
        print("no GPU here: torch finds no CUDA device, so nothing was run and nothing written", file=sys.stderr)
        return 1
    deadline = time.monotonic() + options.seconds
    file = options.result or RESULT
    found = started(file, options.device, fresh=options.fresh)
    rows = ROWS[: options.rows]
    for row in rows:
        code = code_digest(row)
        before = found["rows"].get(row.name, {})
        if not before.get("ok") or before["code"] != code:
            left = deadline - time.monotonic()
            if left < LEAST_SECONDS:
                print(f"stopped: {left:.0f} seconds are left")
                break
            found["rows"][row.name] = {"code": code, **measured(row, options.device, min(ROW_SECONDS, left))}
            summarise(found)
            write(file, found)
            print(f"{row.name}: {said(found['rows'][row.name])}", flush=True)
    missing = [row.name for row in rows if not found["rows"].get(row.name, {}).get("ok")]
    print(f"{len(rows) - len(missing)} of {len(rows)} rows; goals: {json.dumps(found['goals'])}")
    return 1 if missing else 0


def report_of(network: str) -> Report:
    """The check of a bundled network with the recipe of this benchmark."""
    spec, preset = SPECS[network]
    path = bundled_specs()[spec]
    text = path.read_text(encoding="utf-8")
    if "\ntrain:" not in text:
        text += RECIPE
    return check_text(text, file=path.name, preset=preset)


def code_digest(row: Row) -> str:
    """What tells the code of a row from other: what is generated, or the reference."""
    if row.side == "reference":
        parts = [(HERE / "gpu_reference.py").read_text(encoding="utf-8")]
    else:
        files = generate(report_of(row.network)).files
        parts = [text for name, text in sorted(files.items()) if name.endswith(".py")]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def started(file: Path, device: str, *, fresh: bool) -> dict[str, Any]:
    """What the last run left, if it ran on the same device with the same versions; else nothing yet."""
    name = torch.cuda.get_device_name() if device == "cuda" else platform.machine()
    empty: dict[str, Any] = {
        "what": "training on noise: generated code beside a loop tuned by hand",
        "machine": {"kind": device, "device": name, "python": platform.python_version()},
        "versions": {"torch": torch.__version__, "cuda": torch.version.cuda},
        "goals": {},
        "rows": {},
    }
    if file.exists() and not fresh:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if all(found.get(part) == empty[part] for part in ("what", "machine", "versions")):
            return found
    return empty


def write(file: Path, found: dict[str, Any]) -> None:
    """Write the result as a whole."""
    new = file.with_suffix(".new")
    new.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    new.replace(file)


def measured(row: Row, device: str, seconds: float) -> dict[str, Any]:
    """What a row's process finds, or what it said before it failed or its time was up."""
    start = time.perf_counter()
    tiny = device == "cpu"
    batch, every, windows = (2, 1, 1) if tiny else (BATCHES[row.network], STEPS[row.network], WINDOWS)
    with tempfile.TemporaryDirectory() as folder:
        measure = generated if row.side == "generated" else reference
        found = measure(row, Path(folder), (batch, every, windows), device, seconds)
    report = report_of(row.network)
    assert report.totals is not None
    for line in found["measures"]:
        line["mfu"] = round(6 * report.totals.macs * line["samples_per_second"] / PEAK, 4) if not tiny else None
    ok = found["rc"] == 0 and bool(found["measures"])
    said = found.pop("said")
    end = {} if ok else {"said": said[-3000:]}
    return {"ok": ok, "batch_size": batch, "seconds": round(time.perf_counter() - start, 1), **found, **end}


def generated(row: Row, folder: Path, size: tuple[int, int, int], device: str, seconds: float) -> dict[str, Any]:
    """The generated loop, by what it logs."""
    batch, every, windows = size
    made = generate(report_of(row.network), out=folder)
    made.write()
    steps = every * (windows + 1)
    command = ["train.py", "--data", "synthetic", "--batch-size", str(batch), "--max-steps", str(steps)]
    command += ["--log-every", str(every), "--device", device, "--folder", str(folder / "run"), *row.options]
    rc, said = run(command, made.folder, seconds)
    log = folder / "run" / "log.jsonl"
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()] if log.exists() else []
    rates = [line["samples_per_second"] for line in lines]
    measures = []
    if len(rates) > 1:
        measures = [
            {
                "samples_per_second": statistics.median(rates[1:]),
                "windows": rates,
                "memory_gib": lines[-1].get("memory_gib", 0.0),
                "loss": lines[-1]["loss"],
            }
        ]
    return {"rc": rc, "measures": measures, "said": said}


def reference(row: Row, folder: Path, size: tuple[int, int, int], device: str, seconds: float) -> dict[str, Any]:
    """The loop written by hand, by the lines that it prints, one for each set of levers."""
    batch, every, windows = size
    levers = [text for text in row.options if device == "cuda" or not {"compile", "graph"} & {*text.split("+")}]
    command = [str(HERE / "gpu_reference.py"), row.network, "--batch-size", str(batch), "--every", str(every)]
    command += ["--windows", str(windows), "--device", device, "--levers", *(levers or ["bf16"])]
    rc, said = run(command, folder, seconds)
    measures = [json.loads(line) for line in said.splitlines() if line.startswith('{"levers"')]
    return {"rc": rc, "measures": measures, "said": said}


def run(command: list[str], folder: Path, seconds: float) -> tuple[int, str]:
    """Run this interpreter in a folder; its exit status, 124 where its time was up, and what it printed."""
    # Workers that compile take memory, too.
    environment = {"TORCHINDUCTOR_COMPILE_THREADS": "12", **os.environ}
    with (folder / "output").open("w+", encoding="utf-8") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            rc = process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            rc = 124
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        output.seek(0)
        return rc, output.read()


def summarise(found: dict[str, Any]) -> None:
    """The goals: generated code at least as fast as the best reference, AlexNet at 60,000 a second or more."""
    for network in ("alexnet", "resnet50"):
        theirs = [row for name, row in found["rows"].items() if name.startswith(f"{network} reference")]
        rates = [measure["samples_per_second"] for row in theirs for measure in row["measures"]]
        ours = found["rows"].get(f"{network} generated", {}).get("measures")
        if ours:
            rate, best = ours[-1]["samples_per_second"], max(rates, default=0.0)
            goal = {"samples_per_second": rate}
            found["goals"][network] = goal | ({"of_reference": round(rate / best, 3)} if best else {})


def said(row: dict[str, Any]) -> str:
    """A row in a line."""
    if not row["measures"]:
        return f"failed ({row['rc']}) after {row['seconds']} s: " + " | ".join(row.get("said", "").splitlines()[-2:])
    parts = [
        f"{line.get('levers', '')} {line['samples_per_second']:,.0f}/s MFU {line['mfu']}" for line in row["measures"]
    ]
    return f"{'; '.join(parts)} ({row['seconds']} s{'' if row['ok'] else ', failed'})"


if __name__ == "__main__":
    sys.exit(main())
