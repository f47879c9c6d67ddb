"""Mutants of generated models: what do the generated tests notice? ``make model-mutants``, ``docs/generated_test.md``.

Slips are drawn from the syntax tree of each ``model.py`` (``tests/support/model_mutants/``), as even over the operators
as may be, and the tests that were generated with it are run on each. Those that break the network, or change nothing,
do not count. What is done is kept after each mutant in ``results/model_mutants.json``: interrupt it at will; the next
run goes on, and tries again what it tried with other code or tests. ``--page`` writes the page from what is there.
Exits 1 unless at least 95 % of those that count are killed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))

from archcalc import check  # noqa: E402
from archcalc.targets.generate import generate  # noqa: E402
from tests.support.model_mutants import constructors, forwards, starts  # noqa: E402
from tests.support.model_mutants.places import OPERATORS, Mutant, draw  # noqa: E402
from tests.support.model_mutants.trials import Tried, key, share, tried  # noqa: E402

RESULT = HERE / "results" / "model_mutants.json"
PAGE = ROOT / "docs" / "generated_test.md"
SHARE = 0.95
WORDS = (constructors, forwards, starts)
"""The modules that hold the operators, which register themselves."""

OWN = ROOT / "tests" / "targets" / "torch" / "specs"
NETWORKS: dict[str, tuple[Path | str, str | None]] = {
    **{path.stem: (path, None) for path in sorted(OWN.glob("*.yaml"))},
    **{name: (name, None) for name in ("lenet5", "alexnet", "alexnet-paper")},
    "squeezenet1_1": ("squeezenet", "squeezenet1_1"),
    "resnet18": ("resnet", "resnet18"),
    "shufflenet_v2_x0_5": ("shufflenet_v2", "shufflenet_v2_x0_5"),
    "mobilenet_v2": ("mobilenet_v2", "mobilenet_v2"),
    "mobilenet_v3_small": ("mobilenet_v3", "mobilenet_v3_small"),
    "efficientnet_b0": ("efficientnet", "efficientnet_b0"),
    "convnext_tiny": ("convnext", "convnext_tiny"),
    "regnet_y_400mf": ("regnet", "regnet_y_400mf"),
    "googlenet_aux": ("googlenet", "googlenet_aux"),
    "densenet121": ("densenet", "densenet121"),
    "unet": ("unet", None),
    "vgg11_bn": ("vgg", "vgg11_bn"),
}


class Results(msgspec.Struct):
    """What became of each mutant, by network and by what it was tried with."""

    versions: dict[str, str] = {}
    networks: dict[str, dict[str, Tried]] = {}

    @property
    def all(self) -> list[Tried]:
        """All of them."""
        return [one for network in self.networks.values() for one in network.values()]


def main() -> None:
    """Go on where the last run stopped, write the page, print the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=60, help="how many are drawn of each network")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no other after so many")
    parser.add_argument("--only", nargs="*", default=list(NETWORKS), choices=NETWORKS, help="of these networks")
    parser.add_argument("--page", action="store_true", help="only write the page")
    options = parser.parse_args()
    results = kept()
    if not options.page:
        run(results, options)
    PAGE.write_text(page(results), encoding="utf-8")
    print(f"{share(results.all):.1%} of those that count are killed")
    sys.exit(share(results.all) < SHARE)


def kept() -> Results:
    """What earlier runs found."""
    return msgspec.json.decode(RESULT.read_bytes(), type=Results) if RESULT.exists() else Results()


def run(results: Results, options: argparse.Namespace) -> None:
    """Try the mutants of each network that were not tried with its code and tests of today."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    results.versions = {name: version(name) for name in ("archcalc", "torch")}
    until = time.monotonic() + 60 * options.minutes
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with TemporaryDirectory() as out, Progress(*columns) as bar:
        for name in options.only:
            task = bar.add_task(name, total=options.mutants)
            every = {key(folder, mutant): (folder, mutant) for mutant, folder in drawn(name, Path(out), options)}
            before = results.networks.get(name, {})
            found = results.networks[name] = {own: before[own] for own in every if own in before}
            for own, (folder, mutant) in every.items():
                if own not in found and time.monotonic() < until:
                    found[own] = tried(folder, mutant, Path(out, "scratch"))
                    RESULT.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")
                bar.update(task, advance=1)
            if not found:
                del results.networks[name]
    RESULT.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")


def drawn(name: str, out: Path, options: argparse.Namespace) -> Iterator[tuple[Mutant, Path]]:
    """The mutants of a network, and the folder that they are of."""
    spec, preset = NETWORKS[name]
    made = generate(check(spec, preset=preset), out=out)
    made.write()
    for mutant in draw(made.files["model.py"], options.mutants, options.seed):
        yield mutant, made.folder


def page(results: Results) -> str:
    """The page of documentation."""
    return "\n".join(_lines(results))


def _lines(results: Results) -> Iterator[str]:
    counted = [one for one in results.all if one.verdict in ("killed", "alive")]
    yield "<!-- Written by `make model-mutants` from benchmarks/results/model_mutants.json. -->"
    yield "# What the generated tests notice\n"
    yield "A generated folder has tests that hold `model.py` to the spec. Here slips are made in `model.py`, each at"
    yield "one place of its syntax tree, drawn with a seed, and the generated tests are run on each.\n"
    ran = f"torch {results.versions.get('torch', '')}, on a CPU"
    yield f"**{share(counted):.1%}** of {len(counted):,} mutants are killed ({ran})."
    yield "Those that cannot be built or take no input are *broken* and do not count; nor do those that are *the same*"
    yield "network: equal at the start, and in outputs, gradients and statistics, in evaluation and in training, at"
    yield "several sizes. A network that is not in the table was not tried.\n"
    yield "| network | drawn | broken | the same | killed | alive | killed of those that count |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for name, several in results.networks.items():
        yield _row(f"`{name}`", several.values())
    yield _row("all", results.all)
    yield "\n## By operator\n"
    yield "| operator | drawn | broken | the same | killed | alive | killed of those that count |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for operator in OPERATORS:
        of_it = [one for one in results.all if one.operator == operator]
        if of_it:
            yield _row(operator.replace("_", " "), of_it)
    yield "\n## Alive\n"
    alive = [(name, one) for name, of in results.networks.items() for one in of.values() if one.verdict == "alive"]
    for name, one in alive:
        yield f"- `{name}`, line {one.line}: `{one.was}` became `{one.now}`"
    yield "" if alive else "None.\n"


def _row(name: str, several: Iterable[Tried]) -> str:
    several = list(several)
    verdicts = [one.verdict for one in several]
    counts = [verdicts.count(verdict) for verdict in ("broken", "equivalent", "killed", "alive")]
    figure = f"{share(several):.1%}" if counts[2] + counts[3] else "–"
    return f"| {name} | {' | '.join(map(str, [len(several), *counts]))} | {figure} |"


if __name__ == "__main__":
    main()
