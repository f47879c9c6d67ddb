"""Random networks of blocks and branches, made wrong in one to three places, and what is wrong with their repairs.

They are those of ``random_networks.py``, without files. A network that a repair leaves without an error is read by that
benchmark's own reader, and run in torch.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archcalc import Report
    from archcalc.fixes.fix import Fix

NUMBER = re.compile(r"(?<=[:\[,*+-] )\d+(?=[\],}\n])|(?<=\[)\d+(?=[\],])")
"""A whole number as a value, or at the end of an expression."""

TRIED = 40
"""How many numbers of one spec are changed in search of errors of sizes."""


def broken(number: int) -> Report | None:
    """The wrong network of a number, of a family one member of it; ``None`` where no change was wrong."""
    import archcalc
    from archcalc.diagnostics.log import Log
    from archcalc.pipeline import _report  # what is wrong, without a search for help
    from tests.support.drawn.documents import draw, text_of

    random = Random(number)
    drawn = draw(random)
    if drawn.files:
        return None
    text = text_of(drawn.document)
    member, left = random.choice(drawn.members), random.choice((1, 1, 2, 3))
    if not archcalc.check_text(text, preset=member).ok:
        return None
    found = None
    for _ in range(TRIED):
        places = [match.span() for match in NUMBER.finditer(text) if match.start() > text.index("input:")]
        if not places:
            return None
        start, end = random.choice(places)
        stated = int(text[start:end])
        other = random.choice((stated + 1, max(1, stated - 1), 2 * stated, random.randint(1, 12)))
        wrong = text[:start] + str(other) + text[end:]
        report = _report(wrong, Log("<text>"), member, None, {})
        fresh = found is None or len(report.errors) > len(found.errors)
        if report.readable and fresh and any(error.cause for error in report.errors):
            found, text, left = report, wrong, left - 1
            if left == 0:
                break
    return None if found is None else archcalc.check_text(text, preset=member)


def mended_by(report: Report, repair: Fix) -> Report:
    """The report of the text with the edit written into it."""
    import archcalc
    from archcalc.language.yaml_edits import edited

    return archcalc.check_text(edited(report.text, *repair.changes), preset=report.preset)


def wrong_with(report: Report, repair: Fix, mended: Report) -> Iterator[str]:
    """What is wrong with a repair, if anything."""
    yield from otherwise(report, repair, mended)
    if repair.error.message in {error.message for error in mended.errors}:
        yield "the error is still there"
    assert report.facts is not None
    assert mended.facts is not None
    if repair.reveals:
        # What was hidden shows at its entry, in whatever use of the block.
        entries = {step.path: step.spec.span.line for step in report.graph.steps} if report.graph else {}
        known = {failure.step.path for failure in report.facts.failures} | set(repair.reveals)
        lines = {entries[path] for path in repair.reveals if path in entries}
        failing = (failure.step for failure in mended.facts.failures)
        come = [step.path for step in failing if step.path not in known and entries.get(step.path) not in lines]
    else:
        before = Counter(error.code for error in report.errors) - Counter([repair.error.code])
        come = list((Counter(error.code for error in mended.errors) - before).elements())
    if come:
        yield f"{', '.join(come)} has come"
    if mended.ok:
        yield from refused(mended)


def refused(mended: Report) -> Iterator[str]:
    """Where the reader and torch make another network of the mended text, or none."""
    import yaml

    from tests.support.drawn.documents import Drawn
    from tests.support.drawn.held import outcomes

    document = yaml.safe_load(mended.text)
    if mended.preset is not None:
        document["presets"] = {mended.preset: document["presets"][mended.preset]}
    (outcome,) = outcomes(Drawn(document, {}), code=False)
    if outcome.what == "disagreement":
        yield outcome.wrong


def otherwise(report: Report, repair: Fix, mended: Report) -> Iterator[str]:
    """Where the text became another than the repair says, both read by PyYAML."""
    import yaml

    changed = list(differing("", yaml.safe_load(report.text), yaml.safe_load(mended.text)))
    said = repair.edit
    for name, value in changed:
        if name and value is not None and f"{name}: " not in said and f" {name}" not in said:
            yield f"`{name}` became {value!r}, which `{said}` does not say"
    if not changed or len(changed) > sum(_most(change) for change in repair.changes):
        yield f"{len(changed)} places changed, of which `{said}` says {len(repair.changes)}"


def _most(change: object) -> int:
    value = getattr(change, "value", None)
    below: tuple[str, ...] = getattr(change, "below", ())
    return max(1, len(value) if isinstance(value, tuple) else 1 + len(below))


def differing(key: str, old: Any, new: Any) -> Iterator[tuple[str, Any]]:
    """Each value that another has taken the place of, by the key that it stands at; entries come and go as wholes."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in [*old, *(name for name in new if name not in old)]:
            yield from differing(name, old.get(name), new.get(name))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for one, other in zip(old, new, strict=True):
            yield from differing(key, one, other)
    elif isinstance(old, list) and isinstance(new, list) and key == "layers":
        short, long = sorted((old, new), key=len)
        left = iter(long)
        # Beside the entries that came or went, those that both have may differ in what they take.
        matched = [next((b for b in left if _named(a, b)), None) for a in short]
        for a, b in zip(short, matched, strict=True):
            yield from differing(key, a, b)
        yield from (("", None) for _ in range(len(long) - len(short)))
    elif old != new:
        yield key, new


def _named(a: Any, b: Any) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return a == b or (a.get("name"), a.get("kind")) == (b.get("name"), b.get("kind"))
    return bool(a == b)
