"""What is known of the drawn mutants: kept after each, listed by file, and read against the reasons for survivors."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from tests.mutation.changes import Change
from tests.mutation.forks import ARCHCALC
from tests.mutation.trial import ALIVE

RESULTS = ARCHCALC.root / "docs" / "proof" / "mutants.json"
REASONS = Path(__file__).with_name("survivors.toml")
LONGEST = 120


class Row(msgspec.Struct):
    """A mutant, and what became of it; ``by`` is the test that killed it, ``ran`` how many ran in all."""

    key: str
    file: str
    line: int
    operator: str
    before: str
    after: str
    verdict: str
    by: str | None = None
    ran: int = 0


class Results(msgspec.Struct):
    """The rows of a sample."""

    drawn: int = 0
    seed: int = 0
    changes: int = 0
    rows: list[Row] = []

    @property
    def survivors(self) -> list[Row]:
        return [row for row in self.rows if row.verdict == ALIVE]

    @property
    def killed(self) -> int:
        return len(self.rows) - len(self.survivors)


def row(path: str, change: Change, verdict: str, by: str | None, ran: int) -> Row:
    """What is kept of a trial."""
    before, after = _difference(change.before, change.after)
    return Row(change.key, path, change.line, change.operator, before, after, verdict, by, ran)


def _difference(before: str, after: str) -> tuple[str, str]:
    """Two texts, shortened to what stands about their first difference."""
    if max(len(before), len(after)) <= LONGEST:
        return before, after
    differs = next(at for at in range(len(before)) if before[: at + 1] != after[: at + 1])
    start = max(0, differs - LONGEST // 3)
    return before[start : start + LONGEST], after[start : start + LONGEST]


def kept(path: Path = RESULTS) -> Results:
    """What earlier runs found."""
    return msgspec.json.decode(path.read_bytes(), type=Results) if path.exists() else Results()


def keep(results: Results, path: Path = RESULTS) -> None:
    """Write the results, a line for each row, in one step."""
    results.rows.sort(key=lambda one: (one.file, one.line, one.key))
    rows = ",\n".join("  " + json.dumps(msgspec.to_builtins(one), ensure_ascii=False) for one in results.rows)
    head = {
        "drawn": results.drawn,
        "seed": results.seed,
        "changes": results.changes,
        "run": len(results.rows),
        "killed": results.killed,
        "survivors_by_reason": dict(sorted(Counter(kind(one) for one in results.survivors).items())),
    }
    lines = "".join(f" {json.dumps(name)}: {json.dumps(value)},\n" for name, value in head.items())
    path.parent.mkdir(exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(f'{{\n{lines} "rows": [\n{rows}\n ]\n}}\n', "utf-8")
    new.replace(path)


def reasons() -> dict[str, dict[str, Any]]:
    """By the key of a survivor: ``kind``, and ``why`` in words."""
    return tomllib.loads(REASONS.read_text("utf-8")) if REASONS.exists() else {}


def kind(survivor: Row) -> str:
    """The kind of reason for which a survivor lives: "none" where nobody has given one."""
    found = reasons().get(survivor.key, {}).get("kind", "none")
    assert isinstance(found, str)
    return found
