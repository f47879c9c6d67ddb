"""Writes ``docs/zoo.md``, every bundled network beside what is published and beside torchvision: ``make zoo``.

What torch has to run for is kept in ``zoo.json`` after each network: interrupt it at will, the next run goes on, and
runs again only those whose generated code has changed. ``--page`` writes the page from what is there, without torch.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from archcalc import Report, check_each
from archcalc.analysis.claim_check import UNITS, Compared, value_text
from archcalc.sizes.rules import known_sizes
from archcalc.sizes.set_notation import sizes_text
from archcalc.spec.bundled import bundled_specs
from archcalc.targets.generate import GenerateError, generate

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
PAGE = HERE / "zoo.md"
MEASURED = HERE / "zoo.json"

WRITTEN = "<!-- Written by `make zoo` from specs/ and docs/zoo.json. -->"

ABOUT = """\
Every bundled network: what is published of it and what archcalc computes, and how the PyTorch that archcalc writes
compares with torchvision {torchvision}'s (torch {torch}, on a CPU).

- A published number is as precise as it is printed: ✓ where the computed one agrees to that. A known deviation is
  explained below its table.
- `model.py` is how many lines are generated; — where experts are too many for tests that name each. The lines of the
  spec stand for all networks of the family.
- state_dict: whether its names and shapes are those of torchvision's network, in its order.
- Outputs: both networks have the same drawn weights and running statistics, and get the same picture, of the input's
  size, as when a network is used; auxiliary heads are compared as well. The figure is the largest difference between
  two numbers, beside the largest number. That gradients agree, too, is what `tests/specs/test_numbers.py` tests.
- Networks under the names of transformers and of timm have no twin in torchvision. Their parameters, their MACs and the
  keys of their state_dict are held to figures that these libraries gave: `tests/specs/facts/`.
- Legal: the heights and widths that the network takes, each while the other stays."""


class Measured(msgspec.Struct, frozen=True):
    """What a run of torch showed of a network beside its twin; ``code`` tells whether it is of the code of today."""

    code: str
    state_dict: str
    difference: float
    largest: float


class Runs(msgspec.Struct):
    """All runs, by network, and what ran them."""

    versions: dict[str, str] = {}
    networks: dict[str, Measured] = {}


def main() -> None:
    """Run what is missing, write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", action="store_true", help="only write the page")
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs found")
    options = parser.parse_args()
    runs = Runs() if options.fresh or not MEASURED.exists() else msgspec.json.decode(MEASURED.read_bytes(), type=Runs)
    if not options.page:
        measure(runs, bundled_specs(), MEASURED)
    PAGE.write_text(page(runs), encoding="utf-8")
    print("docs/zoo.md")


def name_of(report: Report) -> str:
    """What a network is called: as its preset, or else as its file."""
    return report.preset or Path(report.file).stem


def measure(runs: Runs, specs: Mapping[str, Path], kept: Path) -> None:
    """Run each network whose code is not the one that was run, and keep what is found after each."""
    import torch
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TimeElapsedColumn

    from tests.support.zoo_twins import PAIRS

    torch.set_num_threads(1)
    twins = {param.values for param in PAIRS if param.values[0] in specs}
    versions = {"torch": torch.__version__.partition("+")[0], "torchvision": _version("torchvision")}
    if runs.versions != versions:
        runs.versions, runs.networks = versions, {}
    columns = (SpinnerColumn(), *Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns) as bar:
        task = bar.add_task("", total=len(twins))
        for spec, path in specs.items():
            for report in check_each(path):
                if (spec, report.preset) not in twins:
                    continue
                name, code = name_of(report), generate(report).files["model.py"]
                bar.update(task, description=name)
                if name not in runs.networks or runs.networks[name].code != digest(code):
                    runs.networks[name] = measured(report, code)
                    kept.write_bytes(msgspec.json.format(msgspec.json.encode(runs), indent=1) + b"\n")
                bar.advance(task)


def measured(report: Report, code: str) -> Measured:
    """A network beside its twin, at the input that its spec states."""
    import torch

    from tests.support.zoo_numbers import drawn_twin, network_of

    twin = drawn_twin(report.preset)
    ours = network_of(code, report.name or "", twin.state_dict())
    assert report.input is not None
    picture = torch.randn(1, *known_sizes(report.input), generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        pairs = list(zip(*(_several(network(picture)) for network in (ours, twin)), strict=True))
    shapes = [{key: value.shape for key, value in network.state_dict().items()} for network in (ours, twin)]
    in_order = [*shapes[0]] == [*shapes[1]]
    return Measured(
        code=digest(code),
        state_dict="no" if shapes[0] != shapes[1] else "yes" if in_order else "yes, in another order",
        difference=max((mine - theirs).abs().max().item() for mine, theirs in pairs),
        largest=max(theirs.abs().max().item() for _, theirs in pairs),
    )


def _several(given: Any) -> list[Any]:
    return [*given] if isinstance(given, tuple) else [given]


def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)


def digest(code: str) -> str:
    """What tells one generated model from another: all but the comments at its start, which name the spec's bytes."""
    lines = code.splitlines()
    while lines and lines[0].startswith("#"):
        del lines[0]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def page(runs: Runs) -> str:
    """The page, from the specs and from what was run."""
    rows = {spec: list(check_each(path)) for spec, path in bundled_specs().items()}
    lines = [WRITTEN, "# The zoo", "", ABOUT.format(**runs.versions), "", *_summary(rows, runs)]
    for reports in rows.values():
        lines += ["", *_family(reports, runs)]
    return "\n".join(lines) + "\n"


def _summary(rows: dict[str, list[Report]], runs: Runs) -> Iterator[str]:
    found = list(runs.networks.values())
    same = sum(one.state_dict != "no" for one in found)
    equal = sum(one.difference == 0 for one in found)
    most = max((one.difference / one.largest for one in found), default=0.0)
    networks = sum(map(len, rows.values()))
    yield f"{len(rows)} specs, {networks} networks; {len(found)} have a twin in torchvision. Of these"
    rest = f"; the others differ by at most {most:.0e} of the largest number" if equal < len(found) else ""
    yield f"{same} have the same state_dict, and {equal} give the very same numbers{rest}."


def _family(reports: list[Report], runs: Runs) -> Iterator[str]:
    first = reports[0]
    assert first.spec is not None
    file = Path(first.file)
    shared = [f"`{Path(other).parent.name}/{Path(other).name}`" for other in first.texts if other]
    yield f"## {file.stem}"
    yield ""
    title = f"{first.spec.title}: " if first.spec.title else ""
    also = f", and {', '.join(shared)}" if shared else ""
    yield f"{title}[specs/{file.name}](../specs/{file.name}), {len(first.text.splitlines())} lines{also}."
    yield ""
    yield "| Network | Parameters | published | MACs | published | Input | Legal | `model.py` | state_dict | Outputs |"
    yield "| --- " + "| ---: | --- " * 2 + "| --- | --- | ---: | --- | --- |"
    for report in reports:
        yield f"{counted(report)} {' | '.join(_compared(report, runs.networks.get(name_of(report))))} |"
    for report in reports:
        for one in _claims(report):
            if one.claim.because is not None:
                yield ""
                yield f"`{name_of(report)}`, {UNITS[one.claim.what]}: {' '.join(one.claim.because.split())}"


def counted(report: Report) -> str:
    """The beginning of a network's row: its name, what is computed, and what is published."""
    assert report.totals is not None
    cells = [f"`{name_of(report)}`"]
    for what in ("params", "macs"):
        cells += [f"{getattr(report.totals, what):,}", _published(report, what)]
    return f"| {' | '.join(cells)} |"


def _published(report: Report, what: str) -> str:
    return ", ".join(_judged(one) for one in _claims(report) if one.claim.what == what) or "—"


def _claims(report: Report) -> list[Compared]:
    """What is claimed of the whole network."""
    return [one for one in report.claims if one.claim.of is None]


def _judged(one: Compared) -> str:
    text = value_text(one.claim.claimed)
    said = f"{int(text):,}" if text.isdecimal() else text
    return f"{said} {'✓' if one.agrees else 'deviates' if one.claim.because else '✗'}"


def _code(report: Report) -> str:
    """The generated network; nothing where its experts are too many for a test that names each."""
    try:
        return generate(report).files["model.py"]
    except GenerateError:
        return ""


def _compared(report: Report, run: Measured | None) -> Iterator[str]:
    code, legal = _code(report), report.legal
    shapes = report.inputs.values() or [report.input or ()]
    yield ", ".join(" × ".join(map(str, shape)) for shape in shapes)
    sizes = {} if legal is None else {axis: sizes_text(where) for axis, where in legal.axes.items()}
    each = [f"{axis}: {text}" for axis, text in sizes.items()]
    yield next(iter(sizes.values())) if len({*sizes.values()}) == 1 else ", ".join(each)
    yield str(len(code.splitlines())) if code else "—"
    if run is None:
        yield from ("no twin", "—")
    else:
        yield run.state_dict
        outdated = "" if run.code == digest(code) else " (of earlier code)"
        yield ("the same" if run.difference == 0 else f"{run.difference:.1e} of {run.largest:.3g}") + outdated


if __name__ == "__main__":
    main()
