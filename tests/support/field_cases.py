"""Questions that people asked in public, and whether archcalc gives the answer that they accepted.

``python -m tests.support.field_cases`` prints the table. A third of the cases, chosen by a hash of their names, is held
out: what is suggested first, and in what words, is proposed from the others alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

from archcalc.analysis.report import Report
from archcalc.fixes.fix import Fix
from archcalc.language.yaml_edits import edited
from archcalc.layers.contract import Layer
from archcalc.pipeline import check_text, edits_for, find_fixes
from archcalc.sizes.axes import per_axis
from tests.support.broken_specs import after

FIELD = Path(__file__).parents[1] / "field"

NOT_SAYABLE = {
    "S20": "there is no attention with heads of its own width",
    "S22": "no axis of the input may be left open",
    "S30": "there is no squeeze, and no transpose of two axes",
    "S32": "a network has one input, and no layer is used twice",
    "D6": "no layer is used twice",
}
"""The questions that the language cannot say."""

OF_CLAIMS = {
    "S16": "the network is right, and only a batch of one is refused: `law` says so",
    "D2b": "a total counted in units of 1024²",
    "D3": "a total of another network: no edit is right",
    "D4": "a total counted by another convention",
    "D8": "a total that counts batch-norm statistics",
}
"""Those that no edit of the network answers."""


class Answered(Struct, frozen=True):
    """One question: whether its accepted answer is in the help, in the list of ``fix``, and what is said beside it."""

    name: str
    held_out: bool
    in_help: bool
    in_list: bool
    unmade: tuple[str, ...]


def names() -> list[str]:
    return sorted(path.stem for path in FIELD.glob("*.yaml") if path.stem != "answers")


def held_out(name: str) -> bool:
    return hashlib.sha256(name.encode()).digest()[0] % 3 == 0


def answered(name: str) -> Answered:
    """What archcalc says to one question."""
    text = (FIELD / f"{name}.yaml").read_text("utf-8")
    report = check_text(text)
    wanted = [made(report, answer) for answer in answers()[name]["accepted"]]
    search = edits_for(report)
    # An error that goes with one above it has no edits of its own.
    leading = [error for error in report.diagnostics if not any(way.startswith("goes with") for way in error.help)]
    printed = [fix for error in leading for fix in search.offered(error)]
    said = "\n".join(help for error in report.diagnostics for help in error.help)
    assert all(fix.help in said or fix.other_help in said for fix in printed)
    listed = find_fixes(report)
    unmade = {f"{fix.edit} ({why})" for fix in printed for why in nobody_would(report, after(report, fix))}
    return Answered(
        name,
        held_out(name),
        any(written(report, fix) in wanted for fix in printed),
        any(written(report, fix) in wanted for fix in listed),
        tuple(sorted(unmade)),
    )


def answers() -> dict[str, Any]:
    found = yaml.safe_load((FIELD / "answers.yaml").read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def written(report: Report, fix: Fix) -> object:
    """The spec with an edit made, as data."""
    return yaml.safe_load(edited(report.text, *fix.changes))


def made(report: Report, answer: dict[str, Any]) -> object:
    """The spec with an answer made, as data."""
    spec = yaml.safe_load(report.text)
    rows = {found.name: row for found, row in zip(report.layers, spec["layers"], strict=True)}
    for where, what in answer.items():
        if where == "input":
            spec["input"] = what
        elif where.startswith("above "):
            place = _place(spec["layers"], rows[where.removeprefix("above ")])
            spec["layers"][place:place] = what
        elif what is None:
            del spec["layers"][_place(spec["layers"], rows[where])]
        else:
            row = rows[where]
            row |= {key: value for key, value in what.items() if value is not None}
            for key in [key for key, value in what.items() if value is None]:
                row.pop(key, None)
    return spec


def _place(rows: list[dict[str, Any]], row: dict[str, Any]) -> int:
    return next(place for place, one in enumerate(rows) if one is row)


# What nobody would do, by rules that know nothing of how edits are sought.


def nobody_would(before: Report, then: Report) -> Iterator[str]:
    """What an edit makes of a network that nobody would make of it."""
    old = {found.name: found.step.layer for found in before.layers}
    for found in then.layers:
        one, other = old.get(found.name), found.step.layer
        if one is not None and other is not None and one != other and one.kind == other.kind:
            yield from _unmade(one, other)
    x, y = before.input or (), then.input or ()
    if len(x) == len(y) >= 3 and x[-1] == x[-2] and y[-1] != y[-2]:
        yield "a square input is no longer square"


def _unmade(old: Layer, new: Layer) -> Iterator[str]:
    kernel, wider = _largest(new, "kernel_size"), _largest(old, "kernel_size")
    if kernel:
        if _largest(new, "padding") > max(kernel // 2, _largest(old, "padding")):
            yield "padding of more than half the kernel"
        if kernel > 2 * wider:
            yield "a kernel more than twice as large"
        # A 1 × 1 conv of stride 2 is the shortcut of every ResNet.
        if _largest(new, "stride") > max(kernel, 2, _largest(old, "stride")):
            yield "a stride larger than the kernel"
        if "pool" in new.kind and kernel == 1 and wider > 1:
            yield "a pool of single pixels"
    if _largest(old, "dilation") == 1 < _largest(new, "dilation"):
        yield "dilation where there was none"
    depthwise = getattr(old, "groups", 1) not in (1, getattr(new, "groups", 1))
    if depthwise and getattr(new, "groups", 1) == 1 and old.groups == getattr(old, "in_channels", None):  # type: ignore[attr-defined]
        yield "a depthwise conv made dense"


def _largest(layer: Layer, name: str) -> int:
    value = getattr(layer, name, None)
    sizes = per_axis(value, layer.axes) if isinstance(value, int | tuple) else ()
    return max((size for size in sizes if isinstance(size, int)), default=0)


def table(rows: list[Answered]) -> str:
    """Each question in a line, and the counts, of those held out by themselves."""
    lines = [f"{'':6}{'help':6}{'fix':6}nobody would"]
    for row in rows:
        kept = "*" if row.held_out else ""
        lines.append(f"{row.name + kept:6}{_mark(row.in_help):6}{_mark(row.in_list):6}{'; '.join(row.unmade)}".rstrip())
    for what, some in (
        ("all", rows),
        ("designed on", [one for one in rows if not one.held_out]),
        ("held out *", [one for one in rows if one.held_out]),
    ):
        helped, listed, odd = (
            sum(map(bool, column)) for column in zip(*((r.in_help, r.in_list, r.unmade) for r in some), strict=True)
        )
        lines.append(
            f"{what}: {helped} of {len(some)} in the help, {listed} in the list, {odd} with an edit nobody would make"
        )
    return "\n".join(lines)


def _mark(holds: bool) -> str:
    return "yes" if holds else "-"


if __name__ == "__main__":
    print(table([answered(name) for name in names()]))
