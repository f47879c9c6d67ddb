"""The built distributions hold what they must, and the wheel works where there is no checkout and no torch."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NEEDED = ["click", "jinja2", "markupsafe", "msgspec", "numpy", "sympy", "mpmath", "yaml"]
"""The packages that archcalc depends on, with what they depend on."""


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that is built from it: so the sdist is complete, too."""
    out = tmp_path_factory.mktemp("dist")
    source = tmp_path_factory.mktemp("source") / "archcalc"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*_cache", ".venv*", ".git", "*.egg-info", "build"))
    built = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", out, source],
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stdout + built.stderr
    return out


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel installed, and beside it what it depends on and nothing else."""
    site = tmp_path_factory.mktemp("site")
    (wheel,) = dist.glob("*.whl")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", site, wheel],
        check=True,
    )
    for name in NEEDED:
        module = __import__(name)
        (site / name).symlink_to(Path(str(module.__file__)).parent)
        for extra in Path(str(module.__file__)).parents[1].glob(f"{name}.libs"):
            (site / extra.name).symlink_to(extra)
    return site


def run(site: Path, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A command of an interpreter that sees the standard library and ``site``, run in ``folder``."""
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, "-S", *command],
        cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip


def test_the_wheel_ships_data_and_no_tests(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    specs = {f"archcalc/specs/{path.relative_to(ROOT / 'specs')}" for path in (ROOT / "specs").rglob("*.yaml")}
    torch = ROOT / "templates" / "torch"
    templates = {f"archcalc/templates/torch/{path.name}" for path in torch.glob("*.j2")}
    templates |= {f"archcalc/templates/torch/{path.relative_to(torch)}" for path in torch.glob("*/*.py")}
    schemas = {f"archcalc/reports/schemas/{path.name}" for path in (ROOT / "archcalc/reports/schemas").glob("*.json")}
    assert specs
    assert templates
    assert len(schemas) == 9
    assert specs | templates | schemas | {"archcalc/py.typed"} <= names
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"archcalc"}


def test_the_sdist_ships_what_it_is_tested_and_documented_with(dist: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for needed in (
        "LICENSE",
        "README.md",
        "CHANGELOG.md",
        "archcalc/README.md",
        "archcalc/targets/README.md",
        "docs/commands.md",
        "Makefile",
        "constraints.txt",
        ".ci/pins.py",
        "tests/conftest.py",
    ):
        assert needed in names


def test_there_is_no_torch_in_the_empty_environment(installed: Path, tmp_path: Path) -> None:
    assert "ModuleNotFoundError" in run(installed, tmp_path, "-c", "import torch").stderr


@pytest.mark.parametrize("spec", ["alexnet", "lenet5", "inception_v3"])
def test_the_wheel_checks_a_bundled_spec(installed: Path, tmp_path: Path, spec: str) -> None:
    done = run(installed, tmp_path, "-m", "archcalc", "check", spec)
    assert done.returncode == 0, done.stdout + done.stderr
    assert str(installed) in done.stdout.splitlines()[0]


def test_the_wheel_generates(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "-m", "archcalc", "generate", "alexnet", "--target", "torch", "--out", "x")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {path.name for path in (tmp_path / "x" / "alexnet").iterdir()} == {
        "README.md", "batches.py", "checkpoint.py", "data.py", "export.py", "layers_alexnet.py", "log.py", "machine.py",
        "model.py", "objective.py", "options.py", "packed.py", "pictures.py", "pretrained.py", "recipe.py",
        "reference_alexnet.py", "test_alexnet.py", "train.py",
    }  # fmt: skip


def test_the_wheel_has_the_public_names(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "-c", "from archcalc import *; print(sorted(bundled_specs()), generate.__module__)")
    assert done.returncode == 0, done.stderr
    assert "'alexnet'" in done.stdout


def test_the_console_script_is_installed(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, str(installed / "bin" / "archcalc"), "--version")
    assert done.stdout.strip() == "archcalc, version 0.1.0", done.stderr
