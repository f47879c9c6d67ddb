"""The versions that make installs: `pins.py lock` finds the newest, `pins.py lowest` the lowest that are promised.

`lock` lets pip resolve everything that make installs in an empty environment, and writes each distribution
with its version to constraints.txt. `lowest` prints that file with the lowest versions that pyproject.toml
states in the place of the newest, for what the package and the generated code require; torch stays.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "constraints.txt"
HELD = {"torch": "2.13.0", "torchvision": "0.28.0"}
"""Never moved by `lock`: the bundled networks are held to these two, which come in pairs."""

HEAD = """\
# Every distribution that make installs, with its version. Written by `make lock`; do not edit.
#
# torch and torchvision are held in .ci/pins.py: a looser request lets pip weigh every build on offer, and
# on Linux the newest one brings gigabytes of CUDA that nothing here needs.
"""


def canonical(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(text: str) -> dict[str, str]:
    """Versions by name of the lines of a lock."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return {canonical(name): version for name, _, version in (line.partition("==") for line in lines if line)}


def written(versions: dict[str, str]) -> str:
    """The lock of these versions."""
    return HEAD + "".join(f"{name}=={version}\n" for name, version in sorted(versions.items()))


def resolved() -> dict[str, str]:
    """What pip, the newest, would install today into an empty environment, for all targets of make."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        report = Path(folder) / "report.json"
        pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
        subprocess.run([*pip, "--upgrade", "pip"], check=True)
        asked = ["--dry-run", "--ignore-installed", "--only-binary", ":all:", "--report", str(report)]
        subprocess.run([*pip, *asked, ".[dev,bench,look]", "pip", f"torch=={HELD['torch']}"], cwd=ROOT, check=True)
        installs = json.loads(report.read_text("utf-8"))["install"]
    found = {canonical(one["metadata"]["name"]): one["metadata"]["version"].partition("+")[0] for one in installs}
    del found["archcalc"]
    return found | HELD


def lowest() -> dict[str, str]:
    """The lowest versions that pyproject.toml states for the package and the generated code, torch aside."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["torch"]]
    stated = {canonical(name): version for name, _, version in (one.partition(">=") for one in asked)}
    return {name: version for name, version in stated.items() if name not in HELD}


def main(command: str) -> None:
    """Write the lock, or print the lowest versions among the others."""
    if command == "lock":
        LOCK.write_text(written(resolved()), "utf-8")
    elif command == "lowest":
        print(written(pinned(LOCK.read_text("utf-8")) | lowest()), end="")
    else:
        raise SystemExit(f"pins.py lock, or pins.py lowest; not {command}")


if __name__ == "__main__":
    main(*sys.argv[1:])
