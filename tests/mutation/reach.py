"""Which tests reach which block, from one run of every test file; kept, and run anew for files that were edited."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Callable, Collection, Iterator
from functools import cache
from pathlib import Path
from types import CodeType
from typing import NoReturn

import msgspec

from tests.mutation.forks import ARCHCALC, Project, compiled, in_fork, rewrite_modules
from tests.mutation.suite import recorded
from tests.mutation.walk import probed

KEPT = ARCHCALC.root / "benchmarks" / ".progress" / "mutants"

# They measure, package or read the machine, in processes that no mutant reaches. Or they break the code themselves, and
# ask whether other tests notice.
LEFT_OUT = (
    *("tests/benchmarks/", "tests/docs/", "tests/mutation/", "tests/test_wheel.py", "tests/test_pins.py"),
    *("tests/specs/test_numbers.py", "tests/layers/test_mutants.py", "tests/layers/test_formula_mutants.py"),
)
# They run what is generated, and import torch for it.
_RUNS = re.compile(rb"support\.(forked|training_runs)")
_CPU_SECONDS = 900
_FEW = 20
_SHARES = re.compile(rb"@cache|@lru_cache|scope=\"(module|session)\"")
_CASES = "tests/test_cases.py"
# They read tables and classes themselves, which is no block that they enter.
_READ = ("tests/layers/test_defaults.py", "tests/spec/test_elsewhere.py", "tests/test_frozen.py")
_BREAKS = re.compile(r"::test_\w*(mutant|broken|is_found)")


class Test(msgspec.Struct, frozen=True):
    """A test, its seconds of CPU, and the blocks that it reaches.

    ``shared`` is how long what it shares with others of its file may take, when it is the first of them to run.
    """

    name: str
    seconds: float
    shared: float
    blocks: frozenset[str]

    @property
    def file(self) -> str:
        return self.name.partition("::")[0]


class Reach:
    """The tests of all files."""

    def __init__(self, tests: list[Test], on_import: dict[str, frozenset[str]]) -> None:
        self._tests = sorted(tests, key=lambda test: test.seconds + test.shared)
        self._on_import = on_import
        self.by_name = {test.name: test for test in tests}
        self._by_block: dict[str, list[Test]] = {}
        self._by_source: dict[str, set[str]] = {}
        for test in self._tests:
            for block in test.blocks:
                self._by_block.setdefault(block, []).append(test)
                self._by_source.setdefault(block.partition(":")[0], set()).add(test.name)

    def of(self, block: str) -> list[list[Test]]:
        """The tests to try: those that reach it, of its own file and the cases first, then of its own package.

        Where they are few, others of their files come after them. A block that nothing reaches, or that runs on
        import, is tried with what reaches its file, and with those that read tables.
        """
        source, _, place = block.partition(":")
        found = self._by_block.get(block, [])
        read = _READ if place.startswith("#") else ()
        if read or not found:
            names = self._by_source.get(source, set())
            found = [test for test in self._tests if test.name in names or test.file in read]
        files = {test.file for test in found} | {file for file, blocks in self._on_import.items() if block in blocks}
        known = {test.name for test in found}
        stem = source.partition("/")[2].removesuffix(".py").replace("/kinds/", "/")
        folder, _, module = stem.rpartition("/")
        own = f"tests/{folder}/test_{module}.py"
        # What one test has drawn, others of its file may use, and reach nothing.
        more = [test for test in self._tests if test.file in files and test.name not in known]
        first = {own, _CASES, *read}
        cheap = [test for test in found if test.file in first]
        rest = [test for test in found if test.file not in first]
        rest.sort(key=lambda test: not test.file.startswith(f"tests/{stem.partition('/')[0]}/"))
        return [sorted(cheap, key=lambda test: test.file == _CASES), rest, more if len(found) < _FEW else []]


def test_files() -> list[str]:
    """The test files that are run, as pytest names them."""
    files = (
        path.relative_to(ARCHCALC.root).as_posix() for path in sorted((ARCHCALC.root / "tests").rglob("test_*.py"))
    )
    return [file for file in files if not file.startswith(LEFT_OUT) and not _RUNS.search(ARCHCALC.text(file))]


def measured(files: list[str], tick: Callable[[str], None]) -> Reach:
    """The map of these files: kept ones as they are, others run now."""
    found = {}
    for file in files:
        tick(file)
        found[file] = _of_file(file)
    return reach_of(found, {file for file in found if _SHARES.search(ARCHCALC.text(file))})


def reach_of(files: dict[str, dict[str, tuple[float, list[str]]]], sharing: Collection[str] = ()) -> Reach:
    """The map that the runs of some files make, but for tests that break the code themselves."""
    tests: list[Test] = []
    on_import: dict[str, frozenset[str]] = {}
    for file, found in files.items():
        slowest = max((seconds for seconds, _ in found.values()), default=0.0) if file in sharing else 0.0
        for name, (seconds, blocks) in found.items():
            if name and not _BREAKS.search(name):
                tests.append(Test(name, seconds, slowest, frozenset(blocks)))
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
    with_probes = _with_probes(project)

    def work(answer: Callable[[object], NoReturn], here: Path) -> NoReturn:
        reached: set[str] = set()
        rewrite_modules(project, with_probes.get, _reached_blocks=reached)
        answer(recorded(file, reached, here))

    return dict(in_fork(work, cpu_seconds=_CPU_SECONDS, project=project) or {})


@cache
def _with_probes(project: Project) -> dict[str, CodeType]:
    """The code of the package with its probes, by path, compiled once for all forks."""
    paths = [path.relative_to(project.root).as_posix() for path in (project.root / project.package).rglob("*.py")]
    trees = {path: probed(ast.parse(project.text(path)), path, "_reached_blocks") for path in paths}
    return {path: compiled(project, path, tree) for path, tree in trees.items()}


def batches(groups: list[list[Test]], seconds: float) -> Iterator[list[str]]:
    """The names of the tests in batches of growing length, as many as run in so much time; each group starts anew."""
    for group in groups:
        batch: list[str] = []
        length, spent = 2.0, 0.0
        files: set[str] = set()
        for test in group:
            cost = test.seconds + (test.shared if test.file not in files else 0)
            if cost > seconds:
                continue
            seconds -= cost
            spent += cost
            batch.append(test.name)
            files.add(test.file)
            if spent > length:
                yield batch
                length, batch, spent, files = 5 * length, [], 0.0, set()
        if batch:
            yield batch
