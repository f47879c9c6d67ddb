"""Random specs, drawn as people write them, held to a reader of their own, to torch and to their generated code.

Each is drawn from its number (``tests/support/drawn/``), written to a folder with the files it uses, and each of its
presets checked. The rows are to be those that the reader makes of it; shapes and parameters those that torch gives
for these rows; and the generated module, imported from disk, is to give the same outputs from the same drawn
weights, in double precision. Interrupt it at will: the next run goes on.
Exits 1 where anything disagrees; ``python -m tests.support.drawn NUMBER`` then prints the least spec that shows it.
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections import Counter
from typing import Any

from drawing import BATCH, Found, State, run


def main() -> None:
    """Go on where the last run stopped, print, write the result."""
    state = run("random_networks", __doc__, batch, result, "networks")
    done = result(state)
    print(f"{done['specs']:,} specs, {done['networks']:,} networks, {len(state.wrong)} disagreements")
    sys.exit(bool(state.wrong))


def result(state: State) -> dict[str, Any]:
    """What it says so far."""
    figures = state.figures
    outcomes = {name.removeprefix("= "): number for name, number in figures.items() if name.startswith("= ")}
    features = {name.removeprefix("+ "): number for name, number in figures.items() if name.startswith("+ ")}
    kinds = {name.removeprefix("k "): number for name, number in sorted(figures.items()) if name.startswith("k ")}
    return {
        "what": "random specs beside a reader of their own, torch, and their generated modules imported from disk",
        "command": " ".join(["python", "benchmarks/random_networks.py", *sys.argv[1:]]),
        "specs": state.networks,
        "networks": figures.get("networks", 0),
        "layers": figures.get("layers", 0),
        "became": outcomes,
        "share_without_code": round(outcomes.get("no code", 0) / max(1, figures.get("networks", 0)), 4),
        "specs_by_feature": features,
        "layers_by_kind": kinds,
        "cpu_seconds": round(figures.get("milliseconds", 0) / 1000),
        "disagreements": state.wrong,
    }


def batch(number: int) -> list[Found]:
    """Some specs, the same ones for the same number."""
    import torch

    torch.set_num_threads(1)
    return [judged(number * BATCH + place) for place in range(BATCH)]


def judged(number: int) -> Found:
    """The spec of a number, with what became of it and what of the language it uses."""
    from tests.support.drawn.features import ALL, features
    from tests.support.drawn.held import WHAT, Outcome, outcomes
    from tests.support.drawn.numbered import numbered
    from tests.support.drawn.reader import Reading

    began = time.process_time()
    drawn = numbered(number)
    readings, used = [], set[str]()
    try:
        readings = [Reading(drawn.document, drawn.files, member) for member in drawn.members]
        used = features(drawn, readings)
        became = outcomes(drawn)
    except Exception as crash:
        became = [Outcome("disagreement", f"the harness raises {crash!r}")]
    counted = Counter(one.what for one in became)
    figures = {f"= {what}": counted[what] for what in WHAT} | {f"+ {name}": int(name in used) for name in ALL}
    figures |= Counter(f"k {row.kind}" for reading in readings for row in reading.rows)
    figures |= {"networks": len(became), "layers": sum(len(reading.rows) for reading in readings)}
    figures["milliseconds"] = round(1000 * (time.process_time() - began))
    wrong = [{"number": number, "says": one.wrong} for one in became if one.wrong]
    return Found(figures, wrong, hashlib.sha256(repr(drawn).encode()).hexdigest()[:12])


if __name__ == "__main__":
    main()
