"""What the most expensive specs cost that are still accepted, in seconds of CPU and in memory.

Each spec of ``tests/support/costly_specs.py`` grows with a number. The largest number with which it is accepted is
found first: that takes no more of what a check counts (``archcalc/diagnostics/budget.py``) than it may. Every command
then runs on that spec in a process of its own, and so does a check on a spec that is refused, which must end as soon.

The goal is a second of CPU and 256 MB for each check. What other commands take is said beside it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
RESULT = HERE / "results" / "limits.json"
sys.path.insert(0, str(HERE.parent))

GOAL = {"seconds": 1.0, "megabytes": 256}
"""The most that a check may take."""

KILLED_AT = {"seconds": 60, "bytes": 8 << 30}

ARCHCALC = str(Path(sys.executable).with_name("archcalc"))
COMMANDS: dict[str, Callable[[str, str], list[str]]] = {
    "check": lambda spec, _: ["check", spec, "--no-laws"],
    "check, laws": lambda spec, _: ["check", spec],
    "check, JSON": lambda spec, _: ["check", spec, "--format", "json"],
    "law": lambda spec, _: ["law", spec],
    "explain": lambda spec, _: ["explain", spec, "relu"],
    "fix": lambda spec, _: ["fix", spec],
    "generate": lambda spec, folder: ["generate", spec, "--target", "torch", "--out", folder],
    "sweep": lambda spec, _: ["sweep", spec, "--input", "H=8:16"],
    "solve": lambda spec, _: ["solve", spec, "--over", "input", "--want", "macs <= 1M"],
}
CHECKS = ("check", "refused")
# As almost everywhere: Python keeps what it has compiled, and a check does not pay for it.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class Took(NamedTuple):
    """What a process took, and how it ended."""

    seconds: float
    megabytes: float
    status: int


def main() -> None:
    """Measure, print, write the result after each spec; one that this code was measured on is not measured again."""
    from tests.support.costly_specs import SPECS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], help="only specs whose names begin so")
    parser.add_argument("--fresh", action="store_true", help="measure all of them again")
    chosen = parser.parse_args()
    code, known = digest(), kept()
    idle = least()
    for name, costly in SPECS.items():
        left_out = chosen.only and not name.startswith(tuple(chosen.only))
        if left_out or (known.get(name, {}).get("code") == code and not chosen.fresh):
            continue
        size = largest(costly.made, costly.too_much)
        took = {command: run(command, costly.made(size)) for command in COMMANDS}
        if size < costly.too_much:
            took["refused"] = run("check", costly.made(costly.too_much))
        row = ", ".join(f"{what} {one.seconds:.2f} s {one.megabytes:.0f} MB" for what, one in took.items())
        print(f"{name}, {size:,}: {row}", flush=True)
        known[name] = {"size": size, "code": code, **{what: one._asdict() for what, one in took.items()}}
        write(idle, {name: known[name] for name in SPECS if name in known})
    missed = beyond_goal(known)
    print(f"beyond the goal: {', '.join(missed) or 'nothing'}")
    sys.exit(bool(missed))


def digest() -> str:
    """Of the package and of these specs: what is measured."""
    files = sorted((HERE.parent / "archcalc").rglob("*.py"))
    files.append(HERE.parent / "tests" / "support" / "costly_specs.py")
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def kept() -> dict[str, Any]:
    """The specs that were measured, by name."""
    specs: dict[str, Any] = json.loads(RESULT.read_text("utf-8"))["specs"] if RESULT.exists() else {}
    return specs


def write(idle: Took, specs: dict[str, Any]) -> None:
    """The result so far."""
    result = {
        "what": "the largest specs that are accepted: seconds of CPU, user and system, and megabytes, by command",
        "goal of a check": GOAL,
        "archcalc --version": idle._asdict(),
        "specs": specs,
        "beyond the goal": beyond_goal(specs),
        "machine": {"cpus": os.cpu_count(), "architecture": platform.machine(), "python": platform.python_version()},
        "versions": {name: version(name) for name in ("archcalc", "click", "msgspec", "pyyaml")},
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def beyond_goal(specs: dict[str, Any]) -> list[str]:
    """The checks that took more than they may."""
    return [
        f"{name}: {what}" for name, row in specs.items() for what in CHECKS if what in row and beyond(Took(**row[what]))
    ]


def beyond(took: Took) -> bool:
    """Whether a check took more than it may."""
    return took.seconds > GOAL["seconds"] or took.megabytes > GOAL["megabytes"]


def largest(made: Callable[[int], str], most: int) -> int:
    """The largest number, up to so much, with which a spec is accepted."""
    low, high = 1, most
    while low < high:
        middle = (low + high + 1) // 2
        if is_accepted(made(middle)):
            low = middle
        else:
            high = middle - 1
        if high - low < most // 100:
            break
    return low


def is_accepted(text: str) -> bool:
    """Whether nothing is said of the size of a spec, or of how much is wrong with it."""
    import archcalc

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "spec.yaml")
        path.write_text(text, encoding="utf-8")
        reports = [*archcalc.check_each(path)]
    return not any(error.code in ("A103", "A109", "A317") for report in reports for error in report.diagnostics)


def run(command: str, text: str) -> Took:
    """One command on one spec, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "spec.yaml")
        path.write_text(text, encoding="utf-8")
        return measured([ARCHCALC, *COMMANDS[command](str(path), folder)])


def least() -> Took:
    """What a process takes that does nothing."""
    return measured([ARCHCALC, "--version"])


def measured(words: list[str]) -> Took:
    """What a process takes.

    Its memory is read while it runs, from Linux: what the system says at its end counts this process, too, of which it
    began as a copy.
    """
    process = subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=bounded, env=ENVIRONMENT
    )
    kibibytes = 0
    while True:
        ended, status, used = os.wait4(process.pid, os.WNOHANG)
        if ended:
            break
        kibibytes = most_resident(process.pid) or kibibytes
        time.sleep(0.005)
    seconds = round(used.ru_utime + used.ru_stime, 2)
    return Took(seconds, round(kibibytes / 1024, 1), os.waitstatus_to_exitcode(status))


def most_resident(process: int) -> int:
    """How many KiB of memory a process has had at most, so far; 0 where it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text("utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def bounded() -> None:
    """In the process, before it begins: what it is killed at."""
    resource.setrlimit(resource.RLIMIT_CPU, (KILLED_AT["seconds"], KILLED_AT["seconds"]))
    resource.setrlimit(resource.RLIMIT_AS, (KILLED_AT["bytes"], KILLED_AT["bytes"]))


if __name__ == "__main__":
    main()
