"""Which tests reach which block, from one run of every test file; kept, and run anew for files that were edited."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import msgspec

from tests.mutation.forks import ARCHCALC, Project, in_fork, rewrite_modules
from tests.mutation.suite import recorded
from tests.mutation.walk import probed

KEPT = ARCHCALC.root / "benchmarks" / ".progress" / "mutants"

# They train, measure, package or read the machine: minutes, in processes that no mutant reaches. Or they break the code
# themselves, and ask whether other tests notice.
LEFT_OUT = (
    *("tests/benchmarks/", "tests/docs/", "tests/mutation/", "tests/test_wheel.py", "tests/test_pins.py"),
    *("tests/targets/torch/test_training.py", "tests/targets/torch/test_runs.py", "tests/targets/torch/test_steps.py"),
    *("tests/targets/torch/test_refused_runs.py", "tests/specs/test_numbers.py"),
    *("tests/layers/test_mutants.py", "tests/layers/test_formula_mutants.py"),
)
_CPU_SECONDS = 900
_CASES = "tests/test_cases.py"
_BREAKS = re.compile(r"::test_\w*(mutant|broken|is_found)")


class Test(msgspec.Struct, frozen=True):
    """A test, its seconds of CPU, how long it may take by itself, and the blocks that it reaches."""

    name: str
    seconds: float
    patience: float
    blocks: frozenset[str]

    @property
    def file(self) -> str:
        return self.name.partition("::")[0]


class Reach:
    """The tests of all files."""

    def __init__(self, tests: list[Test], on_import: dict[str, frozenset[str]]) -> None:
        self._tests = sorted(tests, key=lambda test: test.seconds)
        self._on_import = on_import
        self.by_name = {test.name: test for test in tests}
        self._by_block: dict[str, list[Test]] = {}
        self._by_source: dict[str, set[str]] = {}
        for test in self._tests:
            for block in test.blocks:
                self._by_block.setdefault(block, []).append(test)
                self._by_source.setdefault(block.partition(":")[0], set()).add(test.name)

    def of(self, block: str) -> list[list[Test]]:
        """The tests to try: of its own file and the cases, of others that reach it, of others in files that do.

        A block that nothing reaches, or that runs on import, is tried with what reaches its file.
        """
        source, _, place = block.partition(":")
        found = self._by_block.get(block, [])
        if place.startswith("#") or not found:
            names = self._by_source.get(source, set())
            found = [test for test in self._tests if test.name in names]
        files = {test.file for test in found} | {file for file, blocks in self._on_import.items() if block in blocks}
        known = {test.name for test in found}
        stem = source.partition("/")[2].removesuffix(".py").replace("/kinds/", "/")
        folder, _, module = stem.rpartition("/")
        own = f"tests/{folder}/test_{module}.py"
        more = [test for test in self._tests if test.file in files and test.name not in known]
        cheap = [test for test in found if test.file in {own, _CASES}]
        rest = [test for test in found if test.file not in {own, _CASES}]
        return [sorted(cheap, key=lambda test: test.file == _CASES), rest, more]


def test_files() -> list[str]:
    """The test files that are run, as pytest names them."""
    files = (
        path.relative_to(ARCHCALC.root).as_posix() for path in sorted((ARCHCALC.root / "tests").rglob("test_*.py"))
    )
    return [file for file in files if not file.startswith(LEFT_OUT)]


def measured(files: list[str], tick: Callable[[str], None]) -> Reach:
    """The map of these files: kept ones as they are, others run now."""
    found = {}
    for file in files:
        tick(file)
        found[file] = _of_file(file)
    return reach_of(found)


def reach_of(files: dict[str, dict[str, tuple[float, list[str]]]]) -> Reach:
    """The map that the runs of some files make, but for tests that break the code themselves.

    By itself a test may have to draw what another one of its file has drawn before it.
    """
    tests: list[Test] = []
    on_import: dict[str, frozenset[str]] = {}
    for file, found in files.items():
        slowest = max((seconds for seconds, _ in found.values()), default=0.0)
        for name, (seconds, blocks) in found.items():
            if name and not _BREAKS.search(name):
                tests.append(Test(name, seconds, 10 * seconds + 3 * slowest, frozenset(blocks)))
            elif not name:
                on_import[file] = frozenset(blocks)
    return Reach(tests, on_import)


def _of_file(file: str) -> dict[str, tuple[float, list[str]]]:
    digest = hashlib.sha256(ARCHCALC.text(file)).hexdigest()[:12]
    kept = KEPT / f"{file.replace('/', '.')}.{digest}.json"
    if kept.exists():
        found: dict[str, tuple[float, list[str]]] = msgspec.json.decode(kept.read_bytes())
        return found
    reached_by = run_once(ARCHCALC, file)
    if not reached_by:
        return {}
    KEPT.mkdir(parents=True, exist_ok=True)
    for old in KEPT.glob(f"{file.replace('/', '.')}.*.json"):
        old.unlink()
    kept.write_bytes(msgspec.json.encode(reached_by))
    return reached_by


def run_once(project: Project, file: str) -> dict[str, tuple[float, list[str]]]:
    """What each test of a file takes and reaches; nothing where the run does not end."""

    def work(answer: Callable[[object], NoReturn], here: Path) -> NoReturn:
        reached: set[str] = set()
        rewrite_modules(project, lambda path, tree: probed(tree, path, "_reached_blocks"), _reached_blocks=reached)
        answer(recorded(file, reached, here))

    return dict(in_fork(work, cpu_seconds=_CPU_SECONDS, project=project) or {})


def batches(groups: list[list[Test]], seconds: float) -> Iterator[list[str]]:
    """The names of the tests in batches of growing length, as many as run in so much time; each group starts anew."""
    for group in groups:
        batch: list[str] = []
        length, spent = 2.0, 0.0
        for test in group:
            if test.seconds > seconds:
                continue
            seconds -= test.seconds
            batch.append(test.name)
            spent += test.seconds
            if spent > length:
                yield batch
                length, batch, spent = 5 * length, [], 0.0
        if batch:
            yield batch
