"""Writes ``docs/proof.md`` from what each part of ``make prove`` and ``make mutants`` found.

A part writes its own file in ``docs/proof/``, the random networks theirs in ``benchmarks/results/``. A part that was
not run says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGE = HERE / "proof.md"
FOUND = HERE / "proof"
NETWORKS = HERE.parent / "benchmarks" / "results" / "random_networks.json"

HEAD = """\
<!-- Written by docs/proof.py from docs/proof/. -->
# Proof

What holds of archcalc, as far as trying shows it: the promises of [security.md](security.md), and that the tests would
notice if the code were wrong. `make prove` and `make mutants` run all of it, go on where they are interrupted, and
write this page. A few hundred of each run in `make test`.
"""


ABOUT = {
    "hostile": """\
Specs, arguments and file names that a stranger might write to do harm (`tests/hostile/`), each run in a process of
its own, with limits of time and memory, while every opened or changed file, executed code, started program and
socket is noted. Exit status, printed text, JSON and generated files are judged.""",
    "kills": """\
`generate` into a new folder, `generate` over an older one, and `fix --apply`, each killed (SIGKILL) at every line of
the code that writes. Every file must be the old or the new, a new folder absent or whole, other files untouched, and
the next run must give what an undisturbed one gives, with nothing left behind.

*between*: the kill met the renames of several files in a folder that exists. Each file is whole, some are new;
`generate --check` reports it, and the next `generate` completes it.""",
    "networks": """\
Random specs as people write them (`tests/support/drawn/`), each compared with a reader of its own, with torch, and
with the generated module, imported from disk with the same weights.""",
    "mutants": """\
One-token changes of the core, drawn by a seed; the tests that reach a change must notice it (`tests/mutation/`).""",
}
"""What was tried, by part."""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print("docs/proof.md")


def page(found: Path = FOUND) -> str:
    """The page, with a section for each part that was run."""
    parts = [HEAD]
    for name, (title, section) in _SECTIONS.items():
        path = NETWORKS if name == "networks" else found / f"{name}.json"
        lines = section(json.loads(path.read_text("utf-8"))) if path.exists() else ["Not run yet."]
        parts.append("\n".join([f"## {title}", "", ABOUT[name], "", *lines, ""]))
    return "\n".join(parts)


def _hostile(found: dict[str, Any]) -> Iterator[str]:
    yield from _table(
        ("", "number"),
        [
            ("cases", f"{found['cases']:,} of {found['of']:,}"),
            ("of these also on the real command line", f"{found['on_the_real_command_line']:,}"),
            *((f"family: {name}", f"{count:,}") for name, count in found["families"].items()),
            *((f"exit status {status}", f"{count:,}") for status, count in found["exit_statuses"].items()),
            ("layer kinds with fields, of which a field was filled", f"{found['kinds']} of {found['kinds_of']}"),
            ("fields of layer kinds that were filled", f"{found['fields']} of {found['fields_of']}"),
            ("other slots that were filled", f"{found['other_slots']:,}"),
            ("CPU seconds of the commands", f"{found['cpu_seconds']:,}"),
            ("seconds of the whole run", f"{found['seconds']:,}"),
            ("slowest command, CPU seconds", f"{found['slowest_seconds']:.2f}"),
            ("most memory beyond what is imported", f"{found['largest_mib']:,} MiB"),
            ("commands over a second of CPU", f"{found['over_a_second']:,}"),
            ("**failures**", f"**{len(found['failures'])}**"),
        ],
    )
    if without := found["kinds_without_fields"]:
        yield ""
        yield f"Kinds without fields: {', '.join(f'`{name}`' for name in without)}."
    yield from _listed("Failures", [f"{one['case']}: {'; '.join(one['wrong'])}" for one in found["failures"]])
    yield from _listed("Slowest", [f"{one['seconds']:.2f} s: {one['case']}" for one in found["slowest"][:10]])


def _kills(found: dict[str, Any]) -> Iterator[str]:
    yield from _table(
        ("", "number"),
        [
            ("kills", f"{found['kills']:,}"),
            *((f"left by {state}", f"{count:,}") for state, count in found["states"].items()),
            ("temporary files left, all removed by the next run", f"{found['left_behind']:,}"),
            ("seconds", f"{found['seconds']:,}"),
            ("**failures**", f"**{len(found['failures'])}**"),
        ],
    )


def _networks(found: dict[str, Any]) -> Iterator[str]:
    used = found["specs_by_feature"].values()
    yield from _table(
        ("", "number"),
        [
            ("specs", f"{found['specs']:,}"),
            ("networks", f"{found['networks']:,}"),
            ("layers", f"{found['layers']:,}"),
            *((f"became: {name}", f"{count:,}") for name, count in found["became"].items()),
            ("features of the language that were used", f"{sum(map(bool, used))} of {len(used)}"),
            *(("kinds of layers in them", f"{len(found[kinds]):,}") for kinds in ("layers_by_kind",) if kinds in found),
            ("CPU seconds", f"{found['cpu_seconds']:,}"),
            ("**disagreements**", f"**{len(found['disagreements'])}**"),
        ],
    )


def _mutants(found: dict[str, Any]) -> Iterator[str]:
    run, killed = found["run"], found["killed"]
    yield from _table(
        ("", "number"),
        [
            ("changes that could be drawn", f"{found['changes']:,}"),
            ("drawn", f"{found['drawn']:,}"),
            ("run", f"{run:,}"),
            ("killed", f"{killed:,}" + (f", {100 * killed / run:.1f} %" if run else "")),
            *((f"alive: {reason}", f"{count:,}") for reason, count in found["survivors_by_reason"].items()),
        ],
    )


_SECTIONS: dict[str, tuple[str, Callable[[dict[str, Any]], Iterator[str]]]] = {
    "hostile": ("Hostile specs", _hostile),
    "kills": ("Kills", _kills),
    "networks": ("Random networks", _networks),
    "mutants": ("Mutants", _mutants),
}


def _table(heads: tuple[str, str], rows: list[tuple[str, str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "| --- | ---: |"
    yield from (f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows)


def _listed(title: str, items: list[str]) -> Iterator[str]:
    if items:
        yield ""
        yield f"{title}:"
        yield ""
        yield from (f"- `{item.replace('`', chr(39))}`" for item in items)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    main()
