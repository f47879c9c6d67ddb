"""Writes the pages of ``docs/`` that are derived from the code: ``make docs``."""

from __future__ import annotations

from inspect import cleandoc
from itertools import groupby
from pathlib import Path
from typing import Any

from archcalc.diagnostics.pages import explain_codes
from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.record import defaults_of, fields_of

HERE = Path(__file__).parent

STAGES = {
    "A1": "The file, and what it says",
    "A2": "What a layer needs",
    "A3": "Names and structure",
    "A4": "Claims of the source",
    "A5": "Generation",
}

WRITTEN = "<!-- Written by `make docs` from {source}. -->"


def diagnostics() -> str:
    """Every diagnostic code: a table a stage, then each at length."""
    lines = [
        WRITTEN.format(source="archcalc/diagnostics/codes.py and archcalc/diagnostics/pages/"),
        "# Diagnostics",
        "",
        "A code keeps its meaning from version to version; the wording of a message does not. `archcalc explain A203`",
        "prints what stands here. Every example is a test: the wrong one gives the error or warning, the right one",
        "does not.",
    ]
    by_stage = [(stage, list(codes)) for stage, codes in groupby(explain_codes(), key=lambda code: code.code[:2])]
    for stage, codes in by_stage:
        lines += ["", f"## {stage}: {STAGES[stage]}", "", "| Code | Error or warning |", "| --- | --- |"]
        lines += [f"| [{code.code}](#{code.code.lower()}) | {code.title} |" for code in codes]
        for code in codes:
            lines += ["", f"### {code.code}", "", f"{code.title[0].upper()}{code.title[1:]}.", "", code.why]
            for word, example in (("Wrong", code.wrong), ("Right", code.right)):
                lines += ["", f"{word}:", "", f"```{example.language}", f"{example.text}```"]
            lines += ["", code.fix]
    return "\n".join(lines) + "\n"


def layers() -> str:
    """Every layer kind, a section a family."""
    lines = [
        WRITTEN.format(source="archcalc/layers/kinds/"),
        "# Layer kinds",
        "",
        "Names, fields and defaults are torch's. A field without a default must be given, unless it follows from",
        "what arrives (`in_channels`, `in_features`, `num_features`); where it is stated all the same, it is checked.",
    ]
    by_family = sorted(KINDS.values(), key=lambda kind: kind.__module__)
    for family, kinds in groupby(by_family, key=lambda kind: kind.__module__.rpartition(".")[2]):
        lines += ["", f"## {family}"]
        for kind in kinds:
            lines += _section(kind)
    return "\n".join(lines) + "\n"


def _section(kind: type[Layer]) -> list[str]:
    signature, _, rest = cleandoc(kind.__doc__ or "").partition("\n")
    shapes, _, torch_name = signature.partition("; ")
    lines = ["", f"### `{kind.kind}`", "", f"`{shapes}`" + (f"; {torch_name}" if torch_name else "")]
    if rest.strip():
        lines += ["", rest.strip()]
    defaults = defaults_of(kind)
    fields = fields_of(kind)
    if fields:
        lines += ["", "| Field | Takes | Default |", "| --- | --- | --- |"]
        lines += [f"| `{name}` | {field.describe()} | {_default(name, defaults)} |" for name, field in fields.items()]
    return lines


def _default(name: str, defaults: dict[str, Any]) -> str:
    if name not in defaults:
        return ""
    value = defaults[name]
    if value is None:
        return "left out"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


PAGES = {"diagnostics.md": diagnostics, "layers.md": layers}


if __name__ == "__main__":
    for page, write in PAGES.items():
        (HERE / page).write_text(write(), encoding="utf-8")
        print(f"docs/{page}")
