"""The legal input sizes of random chains against torch, size by size: how often do they disagree?

Each chain is drawn as the tests draw theirs (``tests/networks.py``), built once in torch for its stated
input, and given every size from 1 to 512 along each axis in turn. A size is legal if and only if torch gives
an output; where only a need of ours fails that is marked as one torch does not have, there is nothing to
compare. Runs until so many different chains are through. Interrupt it at will: what is done is kept in
``.progress/``, and the next run goes on. Exits 1 where anything disagrees.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
RESULT = HERE / "results" / "legal_inputs.json"
PROGRESS = HERE / ".progress" / "legal_inputs.json"
BATCH = 50
SIZES = range(1, 513)


def main() -> None:
    """Go on where the last run stopped, print, write the result."""
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chains", type=int, default=10_000, help="how many different chains in all")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs did")
    options = parser.parse_args()

    state: dict[str, Any] = {"batches": 0, "sizes": 0, "proven": 0, "disagreements": [], "seen": []}
    if PROGRESS.exists() and not options.fresh:
        state = json.loads(PROGRESS.read_text(encoding="utf-8"))
    seen = set(state["seen"])
    bar = Progress(*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool, bar:
        task = bar.add_task("chains", total=options.chains, completed=len(seen))
        seeds = range(state["batches"], state["batches"] + 100 * options.chains)
        for found in pool.imap(batch, seeds) if len(seen) < options.chains else ():
            for chain in found:
                if chain["name"] not in seen and len(seen) < options.chains:
                    seen.add(chain["name"])
                    state["sizes"] += chain["sizes"]
                    state["proven"] += chain["proven"]
                    state["disagreements"] += chain["disagreements"]
            state["batches"] += 1
            state["seen"] = sorted(seen)
            save(state)
            bar.update(task, completed=len(seen))
            if len(seen) >= options.chains:
                pool.terminate()
                break
    print(f"{len(seen):,} chains, {state['sizes']:,} sizes, {len(state['disagreements'])} disagreements")
    for one in state["disagreements"][:10]:
        print(one)
    sys.exit(bool(state["disagreements"]))


def save(state: dict[str, Any]) -> None:
    """Keep what is done, and what it says so far."""
    PROGRESS.parent.mkdir(exist_ok=True)
    PROGRESS.write_text(json.dumps(state), encoding="utf-8")
    result = {
        "what": "legal sizes of random chains beside torch on a CPU, every size of every axis that varies",
        "chains": len(state["seen"]),
        "sizes_from_to": [SIZES[0], SIZES[-1]],
        "sizes_tried_in_torch": state["sizes"],
        "chains_proven_for_every_size": state["proven"],
        "disagreements": state["disagreements"],
        "machine": {
            "cpus": os.cpu_count() or 0,
            "architecture": platform.machine(),
            "system": platform.system(),
            "python": platform.python_version(),
        },
        "versions": {name: version(name) for name in ("archcalc", "hypothesis", "torch")},
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def batch(number: int) -> list[dict[str, Any]]:
    """Some chains, the same ones for the same number, each with what torch says otherwise."""
    import torch
    from hypothesis import HealthCheck, Phase, given, seed, settings

    import archcalc
    from archcalc.domain import legal, pinned, varying
    from tests.brute_force import disagreements
    from tests.networks import chain_texts

    torch.set_num_threads(1)
    chains: dict[str, dict[str, Any]] = {}

    @seed(number)
    @settings(
        max_examples=BATCH,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(chain_texts())
    def run(text: str) -> None:
        name = hashlib.sha256(text.encode()).hexdigest()[:12]
        if name in chains:
            return
        report = archcalc.check_text(text)
        assert report.facts is not None
        graph = pinned(report.facts)
        found = legal(graph)
        assert found is not None, "random chains are small"
        wrong = disagreements(report, SIZES, found)
        chains[name] = {
            "name": name,
            "sizes": len(SIZES) * len(varying(graph)),
            "proven": found.proven,
            "disagreements": [{"spec": text, "axis": axis, "size": n, "torch": taken} for axis, n, taken in wrong[:3]],
        }

    run()
    return list(chains.values())


if __name__ == "__main__":
    main()
