"""`make mutants`: tries a drawn sample of changes of the core; goes on where it was interrupted.

A mutant that was tried is tried again once the function around it has changed, or with ``--again`` if it was alive.
Exits 1 unless at least 95 % of those tried are killed, and each survivor has its reason in survivors.toml.
"""

from __future__ import annotations

import argparse
import sys
import time

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.mutation.forks import import_in_common
from tests.mutation.reach import Reach, measured, test_files
from tests.mutation.results import Results, Row, keep, kept, kind, reasons, row
from tests.mutation.sample import Sample, sample
from tests.mutation.trial import ALIVE, Trials

SHARE = 0.95


def main() -> None:
    """Draw, try what is not known, print what lives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=600, help="how many are drawn")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60, help="of tests for a mutant, at most")
    parser.add_argument("--minutes", type=float, default=None, help="stop then, and go on in the next run")
    parser.add_argument("--again", action="store_true", help="try what was alive again")
    parser.add_argument("--only", default="", help="only those of files whose path has this in it")
    options = parser.parse_args()
    drawn = sample(options.mutants, options.seed)
    results = current(drawn, options)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns) as bar:
        import_in_common()
        try_all(drawn, results, options, bar)
    print(report(results))
    sys.exit(not good(results))


def current(drawn: Sample, options: argparse.Namespace) -> Results:
    """What is known of this sample: rows whose mutant is still drawn, with the lines on which they stand now."""
    lines = {change.key: change.line for _, change in drawn.drawn}
    results = kept()
    results.drawn, results.seed, results.changes = options.mutants, options.seed, drawn.changes
    rows = [one for one in results.rows if one.key in lines]
    results.rows = [one for one in rows if not (options.again and one.verdict == ALIVE and options.only in one.file)]
    for one in results.rows:
        one.line = lines[one.key]
    return results


def try_all(drawn: Sample, results: Results, options: argparse.Namespace, bar: Progress) -> None:
    """Try what has no row yet, and keep the results after each."""
    known = {one.key for one in results.rows}
    until = time.monotonic() + 60 * options.minutes if options.minutes else None
    trials = Trials(mapped(bar), options.seconds)
    task = bar.add_task("mutants", total=len(drawn.drawn), completed=len(known))
    for path, change in drawn.drawn:
        if change.key in known or options.only not in path:
            continue
        if until and time.monotonic() > until:
            return
        bar.update(task, description=f"{path}:{change.line} ({len(results.survivors)} alive)")
        results.rows.append(row(path, change, *trials.of(path, change.key, change.block)))
        keep(results)
        bar.advance(task)


def mapped(bar: Progress) -> Reach:
    """What the tests reach."""
    files = test_files()
    task = bar.add_task("what tests reach", total=len(files))
    return measured(files, lambda file: bar.update(task, description=f"what {file} reaches", advance=1))


def report(results: Results) -> str:
    """Survivors, those without a reason first, and the figures."""
    lines = [shown(one) for one in sorted(results.survivors, key=lambda one: kind(one) != "none")]
    tried = len(results.rows)
    share = f"{results.killed / tried:.1%}" if tried else "none"
    return "\n".join([*lines, f"{results.drawn} drawn, {tried} tried, {results.killed} killed: {share}"])


def shown(one: Row) -> str:
    """A survivor as a line, with its reason."""
    why = reasons().get(one.key, {}).get("why", "no reason given")
    return f"{one.key} {one.file}:{one.line} {one.operator}: {one.before}  ->  {one.after}  [{one.ran} tests; {why}]"


def good(results: Results) -> bool:
    """Whether enough are killed, and each other one is explained."""
    return results.killed >= SHARE * len(results.rows) and all(kind(one) != "none" for one in results.survivors)


if __name__ == "__main__":
    main()
