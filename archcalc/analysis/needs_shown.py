"""What a layer needs, explained: each need with whether it holds, and the lines that show it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from archcalc.analysis.batch_limits import mode
from archcalc.diagnostics.codes import TABLE, Leaves
from archcalc.diagnostics.pages import must_hold
from archcalc.layers.contract import Layer
from archcalc.layers.need import Need
from archcalc.layers.outcome import decide
from archcalc.layers.working import Line, written
from archcalc.sizes.rules import Dim, Shape, is_known


class NeedShown(Struct, frozen=True):
    """A need of a layer. ``holds`` is ``None`` where an error above leaves it open, or the number of samples decides.

    ``text`` is what must hold, or how it fails; ``lines`` show it with the numbers put in. ``least_batch`` is, of a
    condition on the number of samples, how many it takes, 1 where any number will do.
    """

    code: str
    holds: bool | None
    text: str
    lines: tuple[Line, ...]
    least_batch: Dim | None = None


def needs_shown(kind: Layer, xs: tuple[Shape, ...]) -> Iterator[NeedShown]:
    """Every need once, in the order of the checks, with the lines that show it."""
    found: dict[str, list[Need]] = {}
    for need in kind.checks(*xs):
        found.setdefault(need.code, []).append(need)
    told = all(TABLE[code].leaves > Leaves.NOTHING for code in _failing(found))
    lines = list(dict.fromkeys([*_stated(kind, xs), *kind.derivation(*xs)])) if told else []
    for code, needs in found.items():
        verdicts = [decide(need.holds) for need in needs]
        holds = False if False in verdicts else None if None in verdicts else True
        whys = dict.fromkeys(need.why() for need, held in zip(needs, verdicts, strict=True) if held is False)
        shown = tuple(line for line in lines if line.code == code)
        yield NeedShown(code, holds, "; ".join(whys) or must_hold(code), shown)


def batch_needs_shown(kind: Layer, xs: tuple[Shape, ...]) -> Iterator[NeedShown]:
    """The conditions on the number of samples, at these sizes."""
    for need in kind.batch_needs(*xs):
        when = mode(need.only_in_training)
        if need.met_by_one is None:
            yield NeedShown(need.code, None, f"{when}, {must_hold(need.code)}", ())
        elif decide(need.met_by_one):
            yield NeedShown(need.code, True, f"{when}, any N: {must_hold(need.code)}", (), 1)
        else:
            yield NeedShown(need.code, None, f"{when}, N ≥ {need.samples}: {need.why()}", (), need.samples)


def _failing(found: dict[str, list[Need]]) -> set[str]:
    return {code for code, needs in found.items() if any(decide(need.holds) is False for need in needs)}


def _stated(kind: Layer, xs: tuple[Shape, ...]) -> Iterator[Line]:
    """What the spec states and also arrives, side by side."""
    for name, arriving in kind.infers(*xs).items():
        stated: Dim = getattr(kind, name)
        if stated is not None and is_known(stated, arriving):
            sign = "=" if stated == arriving else "≠"
            yield Line(name, f"{written(stated)} {sign} {written(arriving)}", None, "stated, and arriving", "A203")
