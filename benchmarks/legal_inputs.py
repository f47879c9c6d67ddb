"""The legal input sizes of random chains against torch, size by size: how often do they disagree?

Each chain is drawn as the tests draw theirs (``tests/support/draw_chains.py``), built once in torch for its stated
input, and given every size from 1 to 512 along each axis in turn. A size is legal if and only if torch gives
an output; where only a need of ours fails that is marked as one torch does not have, there is nothing to
compare. Runs until so many chains are through. Interrupt it at will: the next run
goes on. Exits 1 where anything disagrees.
"""

from __future__ import annotations

import sys
from typing import Any

from drawing import Found, State, drawn, run

SIZES = range(1, 513)


def main() -> None:
    """Go on where the last run stopped, print, write the result."""
    state = run("legal_inputs", __doc__, batch, result)
    print(f"{state.networks:,} chains, {state.figures['sizes']:,} sizes, {len(state.wrong)} disagreements")
    sys.exit(bool(state.wrong))


def result(state: State) -> dict[str, Any]:
    """What it says so far."""
    return {
        "what": "legal sizes of random chains beside torch on a CPU, every size of every axis that varies",
        "chains": state.networks,
        "sizes_from_to": [SIZES[0], SIZES[-1]],
        "sizes_tried_in_torch": state.figures["sizes"],
        "chains_proven_for_every_size": state.figures["proven"],
        "disagreements": state.wrong,
    }


def batch(number: int) -> list[Found]:
    """Some chains, the same ones for the same number."""
    from tests.support.draw_chains import chain_texts

    return drawn(number, chain_texts(), judged)


def judged(text: str) -> Found:
    """A chain with what torch says otherwise."""
    import archcalc
    from archcalc.analysis.legal_inputs import legal, pinned, varying
    from tests.support.brute_force import disagreements

    report = archcalc.check_text(text)
    assert report.facts is not None
    graph = pinned(report.facts)
    found = legal(graph)
    assert found is not None, "random chains are small"
    wrong = disagreements(report, SIZES, found)
    return Found(
        {"sizes": len(SIZES) * len(varying(graph)), "proven": found.proven},
        [{"spec": text, "axis": axis, "size": n, "torch": taken} for axis, n, taken in wrong[:3]],
    )


if __name__ == "__main__":
    main()
