"""A drawn spec held to what it means: its rows, what torch gives for them, and the generated module from disk."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from archcalc import GenerateError, Report, check, generate
from tests.support.drawn.documents import Drawn
from tests.support.drawn.evaluator import BATCH, REFUSALS, Evaluated
from tests.support.drawn.reader import WIRING, Reading, Row
from tests.support.drawn.readings import of_document

BEYOND_TORCH = {"A216"}
"""Codes of needs that torch does not have."""

TWO_READINGS = "A319"
NO_CODE = "A503"
_numbers = count()


WHAT = {
    "held": "rows, shapes, parameters and the outputs of the generated module are what they are to be",
    "no code": "likewise, but `generate` says that it has no code for it",
    "refused": "torch refuses it, and so do we",
    "refused beyond torch": "we refuse it for a need that torch does not have",
    "two readings": "a list has two readings, and is refused",
    "refused without need": "a list is refused that has one reading by the conditions' values",
    "no network": "no layer is there, or two have one name",
    "disagreement": "someone is wrong",
}
"""What becomes of a network."""


class Outcome(NamedTuple):
    """What became of a network, one of ``WHAT``, and what is wrong with it."""

    what: str
    wrong: str = ""


class Disagreement(Exception):
    """The package and the reader, or torch, say different things of a network."""


def rows_of(report: Report) -> list[Row]:
    """What the package makes of a text, as rows."""
    assert report.graph is not None
    names = ["input", *(step.path for step in report.graph.steps)]
    found = []
    for step in report.graph.steps:
        fields = {name: getattr(step.layer, name) for name in step.spec.values if name not in WIRING}
        sources = tuple(names[source] for source in step.sources)
        tied = "" if step.tied is None else names[step.tied]
        again = "" if step.again is None else report.graph.steps[step.again].path
        found.append(Row(step.path, step.spec.kind or "", fields, sources, tied, again))
    return found


def outputs_of(report: Report) -> list[str]:
    assert report.graph is not None
    names = ["input", *(step.path for step in report.graph.steps)]
    return [names[output] for output in report.graph.outputs]


def put(drawn: Drawn, folder: Path) -> Path:
    """Write the spec into a folder, beside the files that it uses; its path."""
    for path, text in drawn.texts().items():
        (folder / path).parent.mkdir(exist_ok=True, parents=True)
        (folder / path).write_text(text, "utf-8")
    return folder / "drawn.yaml"


@contextmanager
def written(drawn: Drawn) -> Iterator[Path]:
    """The spec on disk, beside the files that it uses."""
    folder = Path(tempfile.mkdtemp(prefix="drawn"))
    try:
        yield put(drawn, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def outcomes(drawn: Drawn, *, code: bool = True) -> list[Outcome]:
    """What becomes of each member of the drawn family; ``code`` says whether it is generated too."""
    found = []
    with written(drawn) as path:
        for member in drawn.members:
            try:
                found.append(Outcome(_held(drawn, path, member, code)))
            except Disagreement as error:
                found.append(Outcome("disagreement", f"{member or ''} {error}".strip()))
    return found


def _held(drawn: Drawn, path: Path, member: str | None, code: bool) -> str:
    report = _checked(path, member)
    codes = {error.code for error in report.diagnostics if error.severity == "error"}
    differ, doubtful = of_document(drawn.document, drawn.files)
    if TWO_READINGS in codes:
        if not differ and not doubtful:
            return "refused without need"
        return "two readings"
    if differ:
        raise Disagreement(f"two readings, and no {TWO_READINGS}: {sorted(codes)}")
    reading = Reading(drawn.document, drawn.files, member)
    if len({row.name for row in reading.rows}) < len(reading.rows) or not reading.rows:
        return "no network"
    if report.graph is None:
        raise Disagreement(f"nothing is read: {sorted(codes)}")
    _same(rows_of(report), reading.rows, "rows")
    _same(outputs_of(report), reading.outputs, "outputs")
    x = sample(reading)
    try:
        evaluated = Evaluated(reading.rows, x, torch.Generator().manual_seed(2))
    except REFUSALS as refusal:
        if report.ok:
            raise Disagreement(f"torch refuses: {refusal}") from refusal
        return "refused"
    if not report.ok:
        if codes <= BEYOND_TORCH:
            return "refused beyond torch"
        raise Disagreement(f"torch takes it: {[error.message for error in report.diagnostics]}")
    _same([(BATCH, *(one.output or ())) for one in report.layers], _shapes(reading, evaluated), "shapes")
    assert report.totals is not None
    _same(report.totals.params, evaluated.parameters, "parameters")
    return _generated(report, reading, evaluated, path.parent) if code else "held"


def sample(reading: Reading, sizes: tuple[int, ...] | None = None) -> Tensor:
    """Values that the network takes: whole numbers below a bound, or real ones."""
    shape, random = (BATCH, *(sizes or reading.input)), torch.Generator().manual_seed(1)
    if reading.below is not None:
        words = torch.randint(reading.below, shape, generator=random)
        words[0, 0] = reading.below - 1
        return words
    return torch.randn(shape, generator=random, dtype=torch.double)


def _checked(path: Path, member: str | None) -> Report:
    try:
        return check(path, preset=member)
    except Exception as crash:
        raise Disagreement(f"check raises {crash!r}") from crash


def _shapes(reading: Reading, evaluated: Evaluated) -> list[tuple[int, ...]]:
    return [tuple(evaluated.values[row.name].shape) for row in reading.rows]


def _same(ours: Any, meant: Any, what: str) -> None:
    if ours == meant:
        return
    if isinstance(ours, list) and isinstance(meant, list):
        pairs = [(one, other) for one, other in zip(ours, meant, strict=False) if one != other]
        missing = [*ours[len(meant) :], *meant[len(ours) :]]
        raise Disagreement(f"{what}: {pairs[:1]} {missing[:1] if not pairs else ''}")
    raise Disagreement(f"{what}: {ours}, not {meant}")


def _generated(report: Report, reading: Reading, evaluated: Evaluated, folder: Path) -> str:
    try:
        made = generate(report, out=folder)
    except GenerateError as refusal:
        if {error.code for error in refusal.diagnostics} == {NO_CODE}:
            return "no code"
        raise Disagreement(f"no code: {refusal}") from refusal
    except Exception as crash:
        raise Disagreement(f"generate raises {crash!r}") from crash
    made.write()
    try:
        module = _network(imported(made.folder / "model.py")).double().eval()
        wrong = [name for name, own in module.named_buffers() if not _as_meant(own, evaluated.state.get(name))]
        module.load_state_dict(evaluated.state)
        with torch.no_grad():
            given: Any = module(evaluated.values["input"])
    except Exception as error:
        raise Disagreement(f"the generated module: {error!r}") from error
    if wrong:
        raise Disagreement(f"the generated module starts with another {wrong[0]}")
    outputs: list[Tensor] = list(given) if isinstance(given, tuple) else [given]
    meant = [evaluated.values[name] for name in reading.outputs]
    if len(outputs) != len(meant):
        raise Disagreement(f"the generated module gives {len(outputs)} outputs, not {len(meant)}")
    for name, one, other in zip(reading.outputs, outputs, meant, strict=True):
        if one.shape != other.shape or not torch.allclose(one, other, rtol=1e-6, atol=1e-9, equal_nan=True):
            raise Disagreement(f"the generated module gives another `{name}`")
    return "held"


def _as_meant(own: Tensor, meant: Tensor | None) -> bool:
    """Whether a buffer that says where values are found is the right one, before any is loaded; others are drawn."""
    return meant is None or own.is_floating_point() or torch.equal(own, meant)


def imported(path: Path) -> ModuleType:
    """The module in a file, imported as any other."""
    name = f"_drawn_model{next(_numbers)}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[name]
    return module


def _network(module: ModuleType) -> nn.Module:
    network = module.Drawn()
    assert isinstance(network, nn.Module)
    return network
