"""Random networks with an error, and whether torch takes a network: what find_fixes are held to."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

import torch
from hypothesis import strategies as st

from archcalc.analysis.report import Report
from archcalc.analysis.walk import LayerFacts
from archcalc.fixes.fix import Fix
from archcalc.language.yaml_changes import Edit
from archcalc.language.yaml_edits import edited, routes
from archcalc.pipeline import check_text
from archcalc.sizes.rules import Shape, known_size, known_sizes
from tests.support.torch_oracle import built


def errors(report: Report) -> list[str]:
    """The codes of what is wrong, warnings left out."""
    return [error.code for error in report.diagnostics if error.severity == "error"]


def after(report: Report, fix: Fix) -> Report:
    """The report of a spec with an edit made."""
    shape = report.given if fix.input is None else fix.input
    return check_text(edited(report.text, *fix.changes), input=shape, settings=report.settings)


@st.composite
def broken(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> Report:
    """A network that no longer checks: a number of it was changed, or a size stated that does not arrive.

    Where no such change makes an error, the network as it was.
    """
    text = draw(texts)
    report = check_text(text)
    stated = [change for layer in report.layers for change in _misstated(layer, text)]
    also: bool = draw(st.booleans())
    if stated and also:
        change: Edit = draw(st.sampled_from(stated))
        return check_text(edited(text, change))
    numbers = [place for place in _numbers(text) if draw(st.booleans())]
    for start, end in numbers[:6]:
        wrong = check_text(text[:start] + str(draw(st.integers(1, 40))) + text[end:])
        if not wrong.ok and wrong.readable:
            return wrong
    return report


def _misstated(found: LayerFacts, text: str) -> Iterator[Edit]:
    """Edits that state of a layer what it takes from its input, one too many."""
    assert found.step.layer is not None
    assert found.input is not None
    route = routes(text)[found.step.spec.span]
    for name, size in found.step.layer.infers(found.input).items():
        # A parameter states a whole shape.
        if isinstance(size, int):
            yield Edit((*route, name), known_size(size) + 1)


def _numbers(text: str) -> Iterator[tuple[int, int]]:
    for match in re.finditer(r"(?<=: |- )\d+$", text, re.MULTILINE):
        if match.start() > text.index("\n"):
            yield match.span()


def torch_accepts(report: Report, shape: Shape, end: int | None = None) -> bool:
    """Whether torch builds the layers as the spec has them, and runs them in order on an input.

    oneDNN stays out, which has bugs of its own.
    """
    x = torch.zeros(2, *known_sizes(shape))
    steps = () if report.graph is None else report.graph.steps[: None if end is None else end + 1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.backends.mkldnn.flags(enabled=False):
            try:
                for step in steps:
                    assert step.layer is not None
                    x = built(step.layer, tuple(x.shape[1:]))(x)
            except (RuntimeError, ValueError, IndexError, AssertionError):
                return False
    return x.numel() > 0


def beyond_torch(report: Report) -> bool:
    """Whether a need fails that is marked as one torch does not have: then there is nothing to compare."""
    return any(
        need.beyond_torch
        for found in report.layers
        if found.step.layer is not None and found.input is not None
        for need in found.step.layer.checks(found.input)
        if need.holds is False
    )
