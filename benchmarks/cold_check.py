"""How fast a cold ``archcalc check`` and ``archcalc --help`` are, as ratios to other whole processes of the same run.

archcalc is measured as those have it who install it: from a wheel, in an environment of its own with nothing else in
it (``install``). In the one that ``make`` sets up, every start of Python looks for the editable package first, and
msgspec loads what only our tools brought. torchinfo runs there, since it needs torch.

Every round times each command once, in an order that rotates, so that whatever else the machine
does falls on all of them alike. A ratio is the median over the rounds of that round's own ratio.
Exits 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
import venv
from importlib.metadata import version
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
ROOT = HERE.parent
RESULT = HERE / "results" / "cold_check.json"

ENVIRONMENT = HERE / ".progress" / "installed"
BIN = ENVIRONMENT / "bin"

COMMANDS = {
    "archcalc": [str(BIN / "archcalc"), "check", "specs/alexnet.yaml", "--format", "json"],
    "help": [str(BIN / "archcalc"), "--help"],
    "click_yaml": [str(BIN / "python"), "-c", "import click, yaml"],
    "torchinfo": [sys.executable, "benchmarks/torchinfo_alexnet.py"],
    "pass": [str(BIN / "python"), "-c", "pass"],
}
TARGETS = {"click_yaml": 1.8, "torchinfo": 1 / 20}
"""The most that ``archcalc check`` may take, as a multiple of each."""

HELP_TARGETS = {"click_yaml": 1.5}
"""The most that ``archcalc --help`` may take; bare ``archcalc`` and completion do the same work."""

WARM_UP = 2


def main() -> None:
    """Measure, print, write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=21, help="timed rounds, after two of warm-up")
    rounds = parser.parse_args().rounds

    install()
    times = measure(rounds)
    medians = {name: median(values) for name, values in times.items()}
    ratios = {other: ratio(times, "archcalc", other) for other in COMMANDS if other not in ("archcalc", "help")}
    help_ratios = {other: ratio(times, "help", other) for other in HELP_TARGETS}
    for name, seconds in medians.items():
        print(f"{name:12} {1000 * seconds:8.1f} ms")
    for ours, found, targets in (("archcalc", ratios, TARGETS), ("help", help_ratios, HELP_TARGETS)):
        for other, times_as_long in found.items():
            target = f"target at most {targets[other]:.2f}" if other in targets else ""
            print(f"{ours:8} / {other:12} {times_as_long:7.3f}  {target}".rstrip())
    result = {
        "what": "archcalc check specs/alexnet.yaml --format json, whole process, cold, installed from its wheel",
        "rounds": rounds,
        "median_ms": {name: round(1000 * seconds, 1) for name, seconds in medians.items()},
        "ratio": {other: round(value, 4) for other, value in ratios.items()},
        "target": {other: round(target, 4) for other, target in TARGETS.items()},
        "help": {"ratio": {other: round(value, 4) for other, value in help_ratios.items()}, "target": HELP_TARGETS},
        "machine": machine(),
        "versions": {name: version(name) for name in ("archcalc", "click", "msgspec", "pyyaml", "torch", "torchinfo")},
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    missed = [other for other, target in TARGETS.items() if ratios[other] > target]
    sys.exit(bool(missed or [other for other, target in HELP_TARGETS.items() if help_ratios[other] > target]))


def install() -> None:
    """Make the environment of archcalc's own, anew: the wheel of this checkout with what it requires."""
    venv.create(ENVIRONMENT, clear=True, with_pip=True)
    pip = [str(BIN / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--constraint", str(ROOT / "constraints.txt"), str(ROOT)], check=True)


def ratio(times: dict[str, list[float]], ours: str, other: str) -> float:
    """How many times as long as another command one of ours takes."""
    return median(mine / theirs for mine, theirs in zip(times[ours], times[other], strict=True))


def measure(rounds: int) -> dict[str, list[float]]:
    """Seconds of each command, round by round."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    names = list(COMMANDS)
    for number in range(WARM_UP + rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            start = time.perf_counter()
            subprocess.run(COMMANDS[name], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
            if number >= WARM_UP:
                times[name].append(time.perf_counter() - start)
        print(f"\rround {number + 1} of {WARM_UP + rounds}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return times


def machine() -> dict[str, str | int]:
    """What kind of machine this is, without saying which."""
    return {
        "cpus": os.cpu_count() or 0,
        "architecture": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
    }


if __name__ == "__main__":
    main()
