"""Every repair that is printed for random wrong networks, made and checked again: does each mend what it says?

Half of them are chains of every kind, drawn and made wrong as the tests do it (``tests/support/draw_chains.py``,
``tests/support/broken_specs.py``), half have blocks, branches, copies and families, and are wrong in up to
three places (``broken_networks.py``). Their repairs are those that ``check`` offers as help and those that ``fix``
lists. Each is written into the text, and held to this:

- the text differs in what the repair says, and, both read by PyYAML, in nothing else;
- checked from the beginning the error is gone, and no other has come but of a layer that the repair says it shows;
- where nothing is wrong any more, torch builds the network and runs it at its input; of one with blocks, a reader of
  its own says which layers that are;
- of a range, ``input height 36…37 fits``, both ends and the middle do so too, and where a size is said to leave no
  pixel unseen, no window leaves any.

Runs until so many wrong networks are through. Interrupt it at will: the next run goes on. Exits 1
where a repair does not hold.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Collection, Iterator
from hashlib import sha256
from math import prod
from typing import TYPE_CHECKING, Any

from drawing import BATCH, Found, State, drawn, run

if TYPE_CHECKING:
    from archcalc import Report
    from archcalc.diagnostics.model import Diagnostic
    from archcalc.fixes.fix import Fix

RANGE = re.compile(
    r"input (?P<axes>[a-z, ]+) (?P<first>\d+)(?:…(?P<last>\d+)|(?P<up> and up))? fits?"
    r"(?: \((?:\d+ is a round one, )?(?P<whole>\d+) leaves no pixel unseen\))?$"
)
NO_END = 1000
"""How far from its first size a range without an end is looked at."""

WINDOW = ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "count_include_pad", "divisor_override")
"""The fields of a pool that an adaptive one does not have."""

MOST = 2_000_000
"""The most values of a layer that torch is asked for."""


def main() -> None:
    """Go on where the last run stopped, print, write the result."""
    state = run("repairs", __doc__, batch, result, "networks")
    said = ", ".join(f"{figure:,} {name.replace('_', ' ')}" for name, figure in state.figures.items())
    print(f"{state.networks:,} wrong networks, {said}, {len(state.wrong)} failures")
    sys.exit(bool(state.wrong))


def result(state: State) -> dict[str, Any]:
    """What it says so far."""
    return {
        "what": "repairs printed for random wrong networks: made, checked again, and run in torch if nothing is left",
        "networks": state.networks,
        **state.figures,
        "failures": state.wrong,
    }


def batch(number: int) -> list[Found]:
    """Some chains, or some networks with blocks, the same ones for the same number."""
    if number % 2:
        return [found for place in range(BATCH) if (found := of_blocks(number * BATCH + place)) is not None]
    from hypothesis import strategies as st

    from tests.support.broken_specs import broken
    from tests.support.draw_chains import chain_texts, spec_texts

    texts = st.one_of(chain_texts(), spec_texts())
    return drawn(number, broken(texts).map(lambda report: report.text), judged)


def of_blocks(number: int) -> Found | None:
    """A wrong network with blocks, with the repairs that do not hold."""
    import torch
    from broken_networks import broken, mended_by, wrong_with

    torch.set_num_threads(1)
    report = broken(number)
    if report is None:
        return None
    repairs = [repair for repair in printed(report) if repair.changes]
    mended = [mended_by(report, repair) for repair in repairs]
    wrong = [
        {"spec": report.text, "preset": report.preset, "repair": repair.help, "why": why}
        for repair, after in zip(repairs, mended, strict=True)
        for why in wrong_with(report, repair, after)
    ]
    figures = counted(len(repairs), sum(after.ok for after in mended))
    figures |= {"with_blocks": 1, "with_several_errors": int(len(report.errors) > 1)}
    return Found(figures, wrong[:3], sha256(report.text.encode()).hexdigest()[:12])


def counted(repairs: int, mending: int) -> dict[str, int]:
    """The figures of a network."""
    return {"with_a_repair": int(repairs > 0), "repairs": repairs, "repairs_that_mend_all": mending, "ranges": 0} | {
        "with_blocks": 0,
        "with_several_errors": 0,
    }


def judged(text: str) -> Found | None:
    """A wrong chain with the repairs that do not hold."""
    import archcalc

    report = archcalc.check_text(text)
    if report.ok:
        return None
    repairs = list(printed(report))
    figures = counted(len(repairs), 0) | {"with_several_errors": int(len(report.errors) > 1)}
    wrong = []
    for repair in repairs:
        mended = after(report, repair)
        figures["repairs_that_mend_all"] += mended.ok
        figures["ranges"] += RANGE.match(repair.said) is not None
        wrong += [
            {"spec": text, "repair": repair.help, "why": why}
            for why in (
                *otherwise(report, repair, mended),
                *still(report, mended, repair.error, repair.reveals),
                *out_of(report, repair),
            )
        ]
    return Found(figures, wrong[:3])


def printed(report: Report) -> Iterator[Fix]:
    """Each edit once, of those that ``fix`` lists and those that ``check`` offers."""
    from archcalc.pipeline import edits_for, find_fixes

    if report.spec is None:
        return
    listed = find_fixes(report)
    yield from listed
    known = {(repair.error.message, repair.edit) for repair in listed}
    search = edits_for(report)
    # An error that goes with one above it has no repairs of its own.
    leading = [error for error in report.diagnostics if not any(way.startswith("goes with") for way in error.help)]
    for error in leading:
        for repair in search.offered(error) if search.located(error) else ():
            assert not {repair.help, repair.other_help}.isdisjoint(error.help), "the help that is printed"
            if (error.message, repair.edit) not in known:
                yield repair


def after(report: Report, repair: Fix) -> Report:
    """The report of the text with the edit written into it."""
    import archcalc
    from archcalc.language.yaml_edits import edited

    return archcalc.check_text(edited(report.text, *repair.changes))


# What is wrong with a repair, if anything.


def otherwise(report: Report, repair: Fix, mended: Report) -> Iterator[str]:
    """Where the text became another than the repair says, both read by PyYAML."""
    import yaml

    old, new = yaml.safe_load(report.text), yaml.safe_load(mended.text)
    above = {
        found.name: (rows, rows[place])
        for found, (rows, place) in zip(report.layers, leaves(old["layers"]), strict=True)
    }
    for edit in repair.edit.split("; "):
        path, _, stated = edit.partition(" ")
        if path == "input:":
            old["input"] = yaml.safe_load(stated)
        elif path == "remove":
            rows, row = above[stated]
            del rows[position(rows, row)]
        elif " above " in edit:
            entry, _, path = edit.rpartition(" above ")
            rows, row = above[path]
            for one in re.split(r"(?<=\}) and (?=\{)", entry):
                rows.insert(position(rows, row), yaml.safe_load(one))
        elif path == "let" and "let" not in above:
            old["let"] |= yaml.safe_load(f"{{{stated}}}")
        elif path in above:
            values = yaml.safe_load(f"{{{stated}}}")
            row = above[path][1]
            for key in WINDOW if "output_size" in values and "kind" in values else ():
                row.pop(key, None)
            row |= values
        else:
            yield f"`{edit}` is no edit that is known here"
            return
    if new != old:
        yield f"the text became another than `{repair.edit}` says"


def position(rows: list[dict[str, Any]], row: dict[str, Any]) -> int:
    """Where a row stands, which may be equal to another."""
    return next(place for place, one in enumerate(rows) if one is row)


def leaves(rows: list[dict[str, Any]]) -> Iterator[tuple[list[dict[str, Any]], int]]:
    """Every layer, in order, as a list and its place in it."""
    for place, row in enumerate(rows):
        yield from leaves(row["layers"]) if "layers" in row else [(rows, place)]


def still(report: Report, mended: Report, error: Diagnostic, reveals: Collection[str] = ()) -> Iterator[str]:
    """What is wrong with a network that is said to be mended, and to show the errors of some layers."""
    from tests.support.broken_specs import beyond_torch, errors, torch_accepts

    assert report.facts is not None
    assert mended.facts is not None
    old = Counter(one.message for one in report.diagnostics)
    new = Counter(one.message for one in mended.diagnostics)
    if new[error.message] >= old[error.message]:
        yield "the error is still there"
    if reveals:
        known = {failure.step.path for failure in report.facts.failures} | set(reveals)
        come = [path for failure in mended.facts.failures if (path := failure.step.path) not in known]
    else:
        come = list((Counter(errors(mended)) - (Counter(errors(report)) - Counter([error.code]))).elements())
    if come:
        yield f"{', '.join(come)} has come"
    small = all(prod(layer.output or ()) < MOST for layer in mended.layers)
    if mended.ok and mended.input and small and not beyond_torch(mended) and not torch_accepts(mended, mended.input):
        yield "torch does not take it"


def out_of(report: Report, repair: Fix) -> Iterator[str]:
    """What is wrong with a range of the input's sizes that the repair names."""
    import archcalc

    said = RANGE.match(repair.said)
    if said is None or report.input is None:
        return
    axes = [("size",), ("length",), ("height", "width"), ("depth", "height", "width")][len(report.input) - 1]
    if said["axes"] == "width" and len(report.input) == 2:
        axes = ("width",)  # as the last axis of a sequence is called
    changed = [
        axes.index(word) + (len(report.input) > 1) for word in re.findall(r"[a-z]+", said["axes"]) if word != "and"
    ]
    first = int(said["first"])
    last = first + NO_END if said["up"] else int(said["last"] or first)
    whole = int(said["whole"] or first)
    for size in sorted({first, (first + last) // 2, last, whole}):
        shape = tuple(size if axis in changed else stated for axis, stated in enumerate(report.input))
        there = archcalc.check_text(report.text, input=shape)
        for why in still(report, there, repair.error, repair.reveals):
            yield f"at {shape}: {why}"
        if said["whole"] and size == whole and any(left_over(there, axis) and unseen(there, axis) for axis in changed):
            yield f"at {shape}: a window leaves pixels over"
    if not first <= whole <= last:
        yield f"{whole} is not in the range"


def left_over(report: Report, axis: int) -> bool:
    """Whether a window leaves pixels of an axis unseen."""
    found = [list(layer.step.layer.leftover(layer.input or ())) for layer in report.layers if layer.step.layer]
    return any(sizes[axis - 1] != 0 for sizes in found if sizes)


def unseen(report: Report, axis: int) -> bool:
    """Whether nothing sees some pixel of an axis of the input: what one window leaves over, another may still see."""
    from archcalc.analysis.lossless import sees_all

    assert report.graph is not None
    assert report.input is not None
    return sees_all(report.graph, axis, int(str(report.input[axis]))) is not True


if __name__ == "__main__":
    main()
