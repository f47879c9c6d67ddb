"""Tries mutants of a generated folder: does it run, is it another network, and do the generated tests notice?"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from msgspec import Struct

from tests.support.forked import forked
from tests.support.model_mutants.places import Mutant

Verdict = Literal["killed", "alive", "equivalent", "broken"]
"""``broken``: it cannot be built, or takes no input, which any test notices. Neither that nor ``equivalent`` counts."""

NO_SHRINKING = """
from hypothesis import Phase, settings
settings.register_profile(
    "mutants", phases=[Phase.generate], database=None, report_multiple_bugs=False, derandomize=True
)
settings.load_profile("mutants")
"""
LONGEST = 600
_LEFT = shutil.ignore_patterns("__pycache__", ".hypothesis")


class Tried(Struct, frozen=True):
    """What became of a mutant."""

    operator: str
    line: int
    was: str
    now: str
    verdict: Verdict


def key(folder: Path, mutant: Mutant) -> str:
    """Stands for a mutant and the tests that it is tried with: another key, another trial."""
    name = folder.name
    files = [folder / f"{start}_{name}.py" for start in ("test", "layers", "reference")]
    text = mutant.text + "".join(path.read_text("utf-8") for path in files)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def tried(folder: Path, mutant: Mutant, scratch: Path) -> Tried:
    """Try a mutant of a folder's model, in a copy of the folder."""
    copy = scratch / folder.name
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy, ignore=_LEFT)
    (copy / "conftest.py").write_text(NO_SHRINKING, encoding="utf-8")
    shutil.copytree(folder, copy / "original", ignore=_LEFT)
    (copy / "model.py").write_text(mutant.text, encoding="utf-8")
    verdict = _verdict(copy)
    return Tried(mutant.operator, mutant.line, mutant.was, mutant.now, verdict)


def _verdict(copy: Path) -> Verdict:
    compare = str(Path(__file__).with_name("twins.py"))
    if forked(copy, compare, "runs", seconds=LONGEST).returncode:
        return "broken"
    options = ("-q", "-x", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist", f"test_{copy.name}.py")
    done = forked(copy, "-m", "pytest", *options, seconds=LONGEST)
    if done.returncode:
        return "killed"
    return "alive" if forked(copy, compare, "compare", seconds=LONGEST).returncode else "equivalent"


def share(tried: Iterable[Tried]) -> float:
    """How many of those that count are killed, of one."""
    verdicts = [one.verdict for one in tried]
    counted = verdicts.count("killed") + verdicts.count("alive")
    return verdicts.count("killed") / counted if counted else 1.0
