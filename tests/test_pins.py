"""Nothing that make installs is left to what is released next, and the lowest versions are those that are stated."""

from __future__ import annotations

import importlib.util
import os
import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[1]
USED = ROOT / os.environ.get("ARCHCALC_CONSTRAINTS", "constraints.txt")
"""What this environment was made with: `make test-lowest` names another."""


def _script() -> Any:
    spec = importlib.util.spec_from_file_location("pins", ROOT / ".ci" / "pins.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pins = _script()
LOCK = pins.pinned((ROOT / "constraints.txt").read_text("utf-8"))


def installed_for(*roots: str) -> dict[str, str]:
    """Versions by name of what is installed here because the roots ask for it."""
    found: dict[str, str] = {}
    asked = [Requirement(root) for root in roots]
    seen: set[str] = set()
    while asked:
        one = asked.pop()
        if str(one) in seen:
            continue
        seen.add(str(one))
        try:
            there = distribution(one.name)
        except PackageNotFoundError:
            continue  # what only benchmarks need, and what the makers of torch bring for GPUs
        found[pins.canonical(one.name)] = there.version.partition("+")[0]
        if one.name == "torch" and "+cpu" not in there.version:
            continue  # torch names the one version of each of its CUDA packages itself
        for line in there.requires or []:
            other = Requirement(line)
            if other.marker is None or any(other.marker.evaluate({"extra": extra}) for extra in one.extras or {""}):
                asked.append(other)
    return found


def test_everything_installed_is_pinned_at_the_version_it_has() -> None:
    found = installed_for("archcalc[test,torch,dev,bench]", "pip", "setuptools", "torchvision")
    del found["archcalc"]
    assert len(found) > 40
    used = pins.pinned(USED.read_text("utf-8"))
    wrong = {
        name: (version, used.get(name))
        for name, version in found.items()
        if name not in used or Version(used[name]) != Version(version)
    }
    assert not wrong, f"installed, and pinned in {USED.name}: {wrong}"


def test_the_walk_finds_what_only_a_requirement_of_a_requirement_asks_for() -> None:
    assert {"sympy", "mpmath", "markupsafe"} <= set(installed_for("archcalc"))
    assert "pytest" not in installed_for("archcalc")
    assert {"pytest", "pluggy", "iniconfig", "scipy"} <= set(installed_for("archcalc[torch]"))


def test_every_install_of_make_is_held_to_the_lock() -> None:
    """With it, and with the setuptools that it names: a build of pip's own would take the newest."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    install = re.search(r"^INSTALL := (.*)$", makefile, re.MULTILINE)
    assert install is not None
    assert makefile.count("pip install") == install[1].count("pip install") == 1
    uses = [line for line in makefile.splitlines() if "$(INSTALL)" in line]
    assert len(uses) >= 7
    for line in uses:
        assert re.search(r"-c (constraints\.txt|\$\(LOWEST\)) ", line), line
        assert ("-e " in line) == ("--no-build-isolation" in line), line


def test_all_that_make_installs_is_in_the_lock() -> None:
    for name in ("pip", "setuptools", "ruff", "mypy", "import-linter", "pytest-xdist", "torchvision", "onnx", "build"):
        assert name in LOCK
    assert {name: LOCK[name] for name in pins.HELD} == pins.HELD


def test_the_lock_holds_what_is_promised() -> None:
    for name, lowest in pins.lowest().items():
        assert Requirement(f"{name}>={lowest}").specifier.contains(LOCK[name]), name


def test_the_lowest_versions_are_those_of_pyproject() -> None:
    lowest = pins.lowest()
    assert {"click", "jinja2", "msgspec", "numpy", "pyyaml", "sympy", "rich", "pillow", "pytest"} <= set(lowest)
    assert not set(lowest) & set(pins.HELD)
    for name, version in lowest.items():
        assert re.fullmatch(r"[0-9]+(\.[0-9]+)*", version), f"{name}: `>=` and one version, not {version}"
    assert lowest["msgspec"] == "0.20"


def test_a_lock_is_read_as_it_was_written() -> None:
    assert pins.pinned(pins.written(LOCK)) == LOCK
    assert pins.written(LOCK) == (ROOT / "constraints.txt").read_text("utf-8"), "run `make lock`"
    assert pins.pinned("# a\n\nPyYAML==6.0.4  # b\nruamel.yaml_x==1\n") == {"pyyaml": "6.0.4", "ruamel-yaml-x": "1"}


def test_an_unknown_command_is_refused() -> None:
    with pytest.raises(SystemExit, match="not lokc"):
        pins.main("lokc")
