"""No text, however broken, does more than give a report: no exception, valid JSON, a known status."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from copy import deepcopy
from functools import cache
from typing import Any

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from archcalc.analysis.report import Report
from archcalc.cli.asking import status
from archcalc.diagnostics.log import Log
from archcalc.language.files import decode
from archcalc.layers.contract import KINDS
from archcalc.layers.record import fields_of
from archcalc.pipeline import check_text
from archcalc.reports import json as json_report
from archcalc.reports import text as text_report
from archcalc.spec.bundled import bundled_specs
from archcalc.spec.settings import SettingError
from tests.support.cases import CASES, VALID
from tests.support.everything import EVERYTHING

GOOD = [EVERYTHING, *(path.read_text("utf-8") for path in bundled_specs().values())]
# What is wrong already goes further astray.
WRONG = [path.read_bytes().decode("utf-8", "ignore") for path in sorted(CASES.glob("*/*/spec.yaml"))]
TEXTS = [*GOOD, *(text for text in WRONG if len(text) < 3000)]

ODD = [
    "\t", ":", ": ", "- ", "[", "]", "{", "}", ",", "#", "&a ", "*a", "!!python/name:os.system ", "<<: *a",
    "---\n", "...\n", "%YAML 1.1\n",
    "'", '"', "\\", "|", ">", "?", "@", "`", "~", "=", "\r", "\x85", "\u2028", "\ufeff", "\x00", "\x1b",
    "\ud800", "é", "卷", "🙂",
    "null", "yes", "no", "011", "0x1F", "0b1", "1_000", "1:30", "1e400", "-0", "-1", "2147483648", "9" * 50,
    "1e-99999999", ".nan", ".inf",
    "same", "Same", "None", "classes", "classes // 0", "classes*classes", "2**9", "(" * 80, "-" * 80, "a.b",
    "f(1)", "1 if 2 else 3", "1and 2",
    "archcalc", "name", "input", "axes", "let", "layers", "kind", "expect", "because", "claimed", "init", "train",
    "from", "filters", "strides", "when", "repeat", "blocks", "args", "inputs", "use", "presets", "outputs",
    "index", "in_channels", "index + 1", "a{index}", "{", "not on", "deep > 1", "input", "b.0", "unit", "both", "norm",
]  # fmt: skip
WORDS = sorted({*ODD, *KINDS, *(name for kind in KINDS.values() for name in fields_of(kind))})

scalars: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-3, 300),
    st.floats(),
    st.sampled_from(WORDS),
    st.text(max_size=8),
    st.sampled_from(["classes + 1", "max(1, 2)", "3 / 2", "same", "[1, 2]"]),
)
keys = st.sampled_from(WORDS) | st.text(max_size=4)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=8,
)


def hold(text: str) -> None:
    """What every report of a text keeps, and of a family that of its first member, which is seldom the largest."""
    report = check_text(text)
    holds(report)
    if report.spec is not None and report.spec.presets:
        holds(check_text(text, preset=next(iter(report.spec.presets))))


def holds(report: Report) -> None:
    """What every report keeps, whatever the text was."""
    VALID.validate(json.loads(json_report.render([report])))
    assert status([report]) in (0, 1, 2)
    assert report.ok == (status([report]) == 0)
    assert report.ok or report.diagnostics
    printed = text_report.render(report)
    assert all(line.isprintable() for line in printed.split("\n"))


@st.composite
def broken_texts(draw: st.DrawFn) -> str:
    """A bundled spec, a few times cut, doubled or spoilt."""
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(text)))
        end = min(len(text), at + draw(st.integers(0, 12)))
        lines = text.splitlines(keepends=True)
        line = draw(st.integers(0, max(0, len(lines) - 1)))
        how = draw(st.sampled_from(["cut", "put", "swap", "drop line", "double line", "move line", "indent"]))
        odd = draw(st.sampled_from(WORDS) | st.text(max_size=3))
        if how == "cut":
            text = text[:at] + text[end:]
        elif how == "put":
            text = text[:at] + odd + text[at:]
        elif how == "swap":
            text = text[:at] + odd + text[end:]
        elif lines:
            taken = lines.pop(line) if how != "double line" else lines[line]
            if how == "double line":
                lines.insert(line, taken)
            elif how == "move line":
                lines.insert(draw(st.integers(0, len(lines))), taken)
            elif how == "indent":
                lines.insert(line, " " * draw(st.integers(1, 3)) + taken)
            text = "".join(lines)
    return text


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Every container of a tree with every key or position in it."""
    found: list[tuple[Any, Any]] = []
    keys = tree.keys() if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for key in keys:
        found += [(tree, key), *places(tree[key])]
    return found


@cache
def _tree(text: str) -> Any:
    return yaml.safe_load(text)


@st.composite
def broken_trees(draw: st.DrawFn) -> str:
    """A bundled spec with a few of its values, keys or layers replaced, doubled or gone; still YAML."""
    tree = deepcopy(_tree(draw(st.sampled_from(GOOD))))
    for _ in range(draw(st.integers(1, 4))):
        container, key = draw(st.sampled_from(places(tree) or [({"": None}, "")]))
        how = draw(st.sampled_from(["value", "value", "drop", "rename", "double"]))
        if how == "value":
            container[key] = draw(values)
        elif how == "drop":
            del container[key]
        elif how == "rename" and isinstance(container, dict):
            container[draw(st.sampled_from(WORDS))] = container.pop(key)
        elif isinstance(container, list):
            container.insert(key, container[key])
    return str(yaml.safe_dump(tree, sort_keys=False, default_flow_style=draw(st.sampled_from([None, True, False]))))


@given(broken_texts())
@example("archcalc: 1\nname: Small\ninput: [3]\nlet: {a: a}\nlayers:\n  - {kind: linear, out_features: a / 2}\n")
def test_a_broken_text_gives_a_report(text: str) -> None:
    hold(text)


@given(broken_trees())
def test_a_broken_tree_gives_a_report(text: str) -> None:
    hold(text)


@given(st.text())
def test_any_text_gives_a_report(text: str) -> None:
    holds(check_text(text))


@given(st.binary() | st.builds(lambda head, tail: head + tail, st.sampled_from(TEXTS).map(str.encode), st.binary()))
def test_any_bytes_decode_or_are_refused(data: bytes) -> None:
    log = Log("spec.yaml")
    text = decode(data, log)
    assert (text is None) == log.has_errors
    if text is not None:
        holds(check_text(text))


@given(st.sampled_from(GOOD), st.lists(st.integers(1, 2**31 - 1), min_size=1, max_size=4), st.integers(-5, 2**40))
def test_any_input_and_setting_gives_a_report(text: str, sizes: list[int], number: int) -> None:
    name = "vocab" if "vocab: " in text else "classes"
    # Sizes without a name say nothing of inputs that have names.
    named = re.search(r"^input:\n  \w+: ", text, re.M)
    with suppress(*[SettingError] if named else []):
        holds(check_text(text, input=tuple(sizes), settings={name: number}))
