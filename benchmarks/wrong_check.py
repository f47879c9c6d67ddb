"""A check of a ResNet-152 with an error, its causes and its help, beside the check of the right one.

Several errors of different kinds are made in the bundled spec, each by one change of its text. CPU seconds are taken in
pairs, wrong and right in turns, in one process that has everything loaded (the library) and each in a process of its
own (the command, `archcalc check`); a ratio is the median of the pairs' own. Exits 1 where either takes more than three
times as long.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from archcalc import check_text
from archcalc.spec.bundled import bundled_specs

RESULT = Path(__file__).parent / "results" / "wrong_check.json"
PRESET = "resnet152"
TARGET = 3.0
PAIRS = 15

ERRORS = {
    "features": ("{name: fc, kind: linear, ", "{name: fc, kind: linear, in_features: 2000, "),
    "channels of a block": ("{name: bn3, kind: batch_norm2d}", "{name: bn3, kind: batch_norm2d, num_features: 100}"),
    "a skip": (
        "{kind: conv2d, out_channels: 4 * planes, kernel_size: 1, stride: stride, bias: false}",
        "{kind: conv2d, out_channels: 4 * planes, kernel_size: 1, bias: false}",
    ),
    "an average pool": (
        "{name: avgpool, kind: adaptive_avg_pool2d, output_size: 1}",
        "{name: avgpool, kind: avg_pool2d, kernel_size: 8}",
    ),
}
"""What is wrong, and the change of the text that makes it so."""


def main() -> None:
    """Measure, print, write the result."""
    right = bundled_specs()["resnet"].read_text(encoding="utf-8")
    found: dict[str, dict[str, object]] = {}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "right.yaml"
        path.write_text(right, encoding="utf-8")
        for name, (old, new) in ERRORS.items():
            assert old in right, name
            wrong = right.replace(old, new)
            other = Path(folder) / "wrong.yaml"
            other.write_text(wrong, encoding="utf-8")
            helped = [error.help for error in check_text(wrong, preset=PRESET).errors]
            assert helped, name
            library = paired(partial(in_process, wrong), partial(in_process, right))
            command = paired(partial(as_command, other), partial(as_command, path))
            found[name] = {"library": round(library, 2), "command": round(command, 2), "help": helped[0]}
            print(f"{name}: library {library:.2f}, command {command:.2f} of the right one's CPU; {helped[0]}")
    result = {"what": "CPU of a wrong ResNet-152's check with its help, over the right one's", "errors": found}
    RESULT.write_text(json.dumps(result | {"target": TARGET}, indent=2) + "\n", encoding="utf-8")
    sys.exit(any(float(str(one[way])) > TARGET for one in found.values() for way in ("library", "command")))


def paired(one: Callable[[], float], other: Callable[[], float]) -> float:
    """The median ratio of so many pairs, after one of warm-up."""
    one(), other()
    return median(one() / other() for _ in range(PAIRS))


def in_process(text: str) -> float:
    """CPU seconds of a check."""
    begun = time.process_time()
    check_text(text, preset=PRESET)
    return time.process_time() - begun


def as_command(path: Path) -> float:
    """CPU seconds of `archcalc check` as a process, its imports among them."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "archcalc", "check", str(path), "--preset", PRESET]
    subprocess.run(command, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
