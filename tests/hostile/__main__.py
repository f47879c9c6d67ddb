"""Every hostile case, or every kill: ``python -m tests.hostile [cases|kills]``, as ``make prove`` does.

Interrupt it at will: what is done is kept in ``.progress/``, and the next run goes on. What it says so far is in
``docs/proof/hostile.json`` and ``docs/proof/kills.json``; ``docs/proof.py`` makes a page of them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from archcalc.layers.contract import KINDS
from tests.hostile import forks, kills
from tests.hostile.case import slots
from tests.hostile.corpus import FAMILIES, Judged, corpus, each

ROOT = Path(__file__).parents[2]
PROGRESS = Path(__file__).with_name(".progress")
PROOF = ROOT / "docs" / "proof"


class State(msgspec.Struct):
    """What earlier runs found, and the seconds that they took."""

    cases: int = 0
    seconds: float = 0
    rows: list[Judged] = []


def main() -> None:
    """Go on where the last run stopped; exits 1 where anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=["cases", "kills"], default="cases")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seconds", type=int, help="begin nothing after so many")
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs found")
    parser.add_argument("--again", action="store_true", help="run again what was wrong")
    options = parser.parse_args()
    found = run_kills() if options.what == "kills" else run_cases(options)
    print(found["says"])
    for one in found["failures"][:20]:
        print(one)
    sys.exit(bool(found["failures"]))


def run_cases(options: argparse.Namespace) -> dict[str, Any]:
    """Run the cases that no earlier run did."""
    kept = PROGRESS / "cases.json"
    state = State(cases=len(corpus()))
    if kept.exists() and not options.fresh:
        earlier = msgspec.json.decode(kept.read_bytes(), type=State)
        # Another corpus is begun anew.
        state = earlier if earlier.cases == len(corpus()) else state
    if options.again:
        wrong = {row.number for row in state.rows if row.wrong}
        state.rows = [row for row in state.rows if row.number not in wrong]
    done = {row.number for row in state.rows}
    # Some of each family first, so that a run that is ended early has seen of all.
    step = next(step for step in (97, 101, 103) if len(corpus()) % step)
    order = [number * step % len(corpus()) for number in range(len(corpus()))]
    chosen = [number for number in order if number not in done]
    began, until, before = time.monotonic(), options.seconds or float("inf"), state.seconds
    try:
        for place, rows in enumerate(_shown(each(chosen, options.processes), "cases", len(corpus()), len(done))):
            state.rows += rows
            state.seconds = before + time.monotonic() - began
            if place % 200 == 199:
                _keep(kept, msgspec.json.encode(state))
            if time.monotonic() - began > until:
                break
    finally:
        _keep(kept, msgspec.json.encode(state))
    found = of_cases(state)
    _write("hostile", found)
    return found


def of_cases(state: State) -> dict[str, Any]:
    """What the runs say."""
    rows = state.rows
    numbers = {row.number for row in rows}
    filled = {corpus()[number].slot for number in numbers}
    fields = [slot for slot, _, _ in slots()]
    slow = sorted((row for row in rows if row.seconds > 1), key=lambda row: -row.seconds)
    return {
        "says": f"{len(numbers):,} of {len(corpus()):,} cases, {sum(bool(row.wrong) for row in rows)} failures",
        "cases": len(numbers),
        "of": len(corpus()),
        "on_the_real_command_line": sum(row.really for row in rows),
        "families": {
            name: len({row.number for row in rows if row.family == name})
            for name in (family.__name__.rpartition(".")[2] for family in FAMILIES)
        },
        "exit_statuses": dict(sorted(Counter(str(row.status) for row in rows).items())),
        "kinds": len({slot.partition(".")[0] for slot in filled & {*fields}}),
        "kinds_of": len({slot.partition(".")[0] for slot in fields}),
        "kinds_without_fields": sorted(
            name for name in KINDS if not any(slot.startswith(f"{name}.") for slot in fields)
        ),
        "fields": len(filled & {*fields}),
        "fields_of": len(fields),
        "other_slots": len(filled - {*fields}),
        "seconds": round(state.seconds),
        "cpu_seconds": round(sum(row.seconds for row in rows)),
        "slowest_seconds": max((row.seconds for row in rows), default=0),
        "largest_mib": max((row.kib for row in rows), default=0) >> 10,
        "over_a_second": len(slow),
        "slowest": [{"seconds": row.seconds, "case": row.says} for row in slow[:20]],
        "failures": [{"case": row.says, "wrong": row.wrong[:3]} for row in rows if row.wrong],
    }


def run_kills() -> dict[str, Any]:
    """Kill at every step."""
    began = time.monotonic()
    forks.prepare()
    with TemporaryDirectory() as folder:
        rows = list(_shown(kills.killed(Path(folder, "net")), "kills", None, 0))
    states = Counter(f"{row.command}: {row.state}" for row in rows)
    found = {
        "says": f"{len(rows)} kills, {sum(bool(row.wrong) for row in rows)} failures",
        "kills": len(rows),
        "left_behind": sum(bool(row.left) for row in rows),
        "states": dict(sorted(states.items())),
        "seconds": round(time.monotonic() - began),
        "failures": [msgspec.to_builtins(row) for row in rows if row.wrong],
    }
    _write("kills", found)
    return found


def _shown(rows: Iterable[Any], what: str, total: int | None, done: int) -> Iterable[Any]:
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    with Progress(*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn()) as bar:
        task = bar.add_task(what, total=total, completed=done)
        for row in rows:
            yield row
            bar.advance(task)


def _write(name: str, found: dict[str, Any]) -> None:
    PROOF.mkdir(exist_ok=True)
    _keep(PROOF / f"{name}.json", (json.dumps(found, indent=2, ensure_ascii=True) + "\n").encode())


def _keep(path: Path, data: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    new = path.with_suffix(".new")
    new.write_bytes(data)
    new.replace(path)


if __name__ == "__main__":
    main()
