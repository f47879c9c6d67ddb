"""What the benchmarks over random networks share: they are drawn in batches until so many are through.

A batch is one run of Hypothesis, the same networks for the same number. Interrupt it at will: the result says how far
it is, and the next run, on whatever machine, goes on with the next batch. A network that was drawn before in the same
run is passed over.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import platform
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
BATCH = 50
STATE = "goes on from"
"""The key in a result under which it keeps what the next run needs."""


class Found(msgspec.Struct):
    """What was found of a network: figures, to be added up, and what is wrong with it."""

    figures: dict[str, int]
    wrong: list[dict[str, Any]]
    name: str = ""


class State(msgspec.Struct):
    """How far it is: the batches, the networks, the sums of their figures, and what was wrong."""

    batches: int = 0
    networks: int = 0
    figures: dict[str, int] = {}
    wrong: list[dict[str, Any]] = []

    def add(self, found: Found) -> None:
        """Count a network."""
        self.networks += 1
        self.figures |= {name: self.figures.get(name, 0) + figure for name, figure in found.figures.items()}
        self.wrong += found.wrong


def run(
    name: str,
    about: str,
    batch: Callable[[int], list[Found]],
    result: Callable[[State], dict[str, Any]],
    what: str = "chains",
) -> State:
    """Go on where the last run stopped, and keep ``result`` in ``results/name.json`` after each batch."""
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    parser = argparse.ArgumentParser(description=about)
    parser.add_argument(f"--{what}", dest="number", type=int, default=10_000, help=f"how many {what} in all")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs did")
    options = parser.parse_args()
    path = HERE / "results" / f"{name}.json"
    state = State() if options.fresh else kept(path)
    seen: set[str] = set()
    bar = Progress(*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool, bar:
        task = bar.add_task(what, total=options.number, completed=state.networks)
        numbers = range(state.batches, state.batches + 100 * options.number)
        for several in pool.imap(batch, numbers) if state.networks < options.number else ():
            for found in several:
                if found.name not in seen:
                    seen.add(found.name)
                    state.add(found)
            state.batches += 1
            text = json.dumps(
                result(state) | _where() | {STATE: msgspec.to_builtins(state)}, indent=2, ensure_ascii=False
            )
            path.write_text(f"{text}\n", encoding="utf-8")
            bar.update(task, completed=state.networks)
            if state.networks >= options.number:
                pool.terminate()
                break
    for one in state.wrong[:10]:
        print(one)
    return state


def kept(path: Path) -> State:
    """How far a result is; one that does not say so is begun again."""
    found = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return msgspec.convert(found.get(STATE, {}), State)


def drawn(number: int, texts: SearchStrategy[str], judge: Callable[[str], Found | None]) -> list[Found]:
    """What is found of each different network of a batch; ``None`` of one that does not count."""
    import torch

    torch.set_num_threads(1)
    every: dict[str, Found | None] = {}

    @seed(number)
    @settings(
        max_examples=BATCH,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(texts)
    def each(text: str) -> None:
        name = hashlib.sha256(text.encode()).hexdigest()[:12]
        if name not in every:
            every[name] = judge(text)

    each()
    return [msgspec.structs.replace(found, name=name) for name, found in every.items() if found is not None]


def _where() -> dict[str, Any]:
    return {
        "machine": {
            "cpus": os.cpu_count() or 0,
            "architecture": platform.machine(),
            "system": platform.system(),
            "python": platform.python_version(),
        },
        "versions": {name: version(name) for name in ("archcalc", "hypothesis", "torch")},
    }
