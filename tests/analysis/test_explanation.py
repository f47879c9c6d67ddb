"""Explanations: every line of arithmetic is computed anew, and ends in what the layer's own rule gives."""

from __future__ import annotations

import json
import operator
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from inspect import cleandoc
from math import ceil, floor
from pathlib import Path
from types import new_class
from typing import Any

import jsonschema
import pytest
import torch
import yaml
from hypothesis import given

import archcalc
from archcalc.analysis.explanation import Explained, NeedShown, UnknownLayer, explain, explain_each
from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.kinds import conv, pool
from archcalc.layers.working import Line
from archcalc.reports import explanation_json, explanation_text
from archcalc.sizes.axes import letters, per_axis
from archcalc.sizes.rules import Shape, is_known, prod
from tests.support.draw_chains import spec_texts, stated
from tests.support.draw_layers import ONE_INPUT, Case, cases, failing, steady

SCHEMA = json.loads((Path(explanation_json.__file__).parent / "schemas" / "explanation.json").read_text("utf-8"))
VALID = jsonschema.Draft202012Validator(SCHEMA)

EXAMPLES = 30
"""For each kind; the lines of a kind are few, and each case shows them all."""


# The arithmetic of a line


NUMBER = re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?")


def computed(expression: str) -> Fraction:
    """The value of an expression as a line writes it; words beside the numbers are left out."""
    text = expression
    for sign, python in {"⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")", "×": "*", "·": "*", "−": "-"}.items():
        text = text.replace(sign, python)
    text = re.sub(r"\b(?!floor|ceil|min|e)[a-z]{2,}\b", "", text)
    text = NUMBER.sub(lambda match: f"N('{match[0].replace(',', '')}')", text)
    value = eval(text, {"__builtins__": {}}, {"N": Fraction, "floor": floor, "ceil": ceil, "min": min})
    return Fraction(value)


SIGNS: dict[str, Callable[[Any, Any], bool]] = {"≤": operator.le, ">": operator.gt, "≠": operator.ne}


def holds(text: str) -> bool:
    """Whether what stands between the signs of equality is equal all along, and a comparison is true."""
    for sign, compare in SIGNS.items():
        if sign in text:
            left, right = text.split(f" {sign} ")
            return holds(left) and holds(right) and compare(end_of(left), end_of(right))
    steps = [[computed(part) for part in step.split(" … ")] for step in text.split(" = ")]
    # Real numbers are printed with six digits.
    close = Fraction(1, 10**5) if re.search(r"[.e]\d|e-", text) else Fraction(0)
    return all(
        len(step) == len(steps[0]) and all(abs(a - b) <= close * abs(b) for a, b in zip(step, steps[0], strict=True))
        for step in steps
    )


def end_of(text: str) -> Fraction:
    return computed(text.split(" = ")[-1])


@pytest.mark.parametrize(
    ("text", "true"),
    [
        ("⌊(227 + 2·0 − 1·(11 − 1) − 1)/4⌋ + 1 = ⌊216/4⌋ + 1 = 54 + 1 = 55", True),
        ("⌊217/4⌋ + 1 = 55", True),
        ("⌈217/4⌉ + 1 = 55", False),
        ("min(⌈10/2⌉, ⌊12/2⌋) + 1 = min(5, 6) + 1 = 6", True),
        ("34,848 weights × 55 × 55 positions = 105,415,200", True),
        ("34,848 weights × 55 × 55 positions = 105,415,201", False),
        ("⌊−3/2⌋ + 1 = −2 + 1 = −1", True),
        ("⌊0·13/6⌋ … ⌈(0 + 1)·13/6⌉ − 1 = 0 … 2", True),
        ("⌊0·13/6⌋ … ⌈(0 + 1)·13/6⌉ − 1 = 0 … 3", False),
        ("0.0005/5 = 0.0001", True),
        ("1·(11 − 1) + 1 = 11 > 8 + 0 + 0 = 8", True),
        ("1·(11 − 1) + 1 = 11 ≤ 8 + 0 + 0 = 8", False),
        ("2 = 3 ≤ 8", False),
    ],
)
def test_the_arithmetic_of_a_line_is_computed(text: str, true: bool) -> None:
    assert holds(text) is true


# Every kind


def spec_of(layer: Layer, x: Shape) -> str:
    row = {"name": "layer", "kind": layer.kind} | stated(layer)
    return yaml.safe_dump({"archcalc": 1, "name": "Drawn", "input": list(x), "layers": [row]}, sort_keys=False)


def check_lines(one: Explained, layer: Layer) -> None:
    """Every line of an explained layer is true, and ends in what the rule gives."""
    lines = [*one.sizes, *one.params, *one.macs, *one.buffers]
    for line in [line for line in lines if "?" not in line.text]:
        assert holds(line.text), line
        assert line.value is None or end_of(line.text) == line.value, line
    for need in one.needs:
        check_need(need)
    facts = one.layer
    if facts.output is None or facts.input is None or not is_known(*facts.input):
        return
    assert one.params[-1].value == facts.params
    assert one.macs[-1].value == facts.macs
    assert {line.of: line.value for line in one.buffers} == {n: prod(shape) for n, shape in facts.buffers.items()}
    check_sizes(one.sizes, layer, facts.input)


def check_need(need: NeedShown) -> None:
    known = [line for line in need.lines if "?" not in line.text]
    assert all(holds(line.text) for line in known), need
    shown_to_fail = [line for line in known if re.search(r"[>≠]| \+ \d+$", line.text)]
    assert not shown_to_fail or need.holds is False, need
    assert shown_to_fail or not known or need.holds is not False, need
    assert need.text


def check_sizes(sizes: tuple[Line, ...], layer: Layer, x: Shape) -> None:
    out = layer.out(x)
    names = [f"{letter}'" for letter in letters(len(out))]
    ends = {line.of: line.value for line in sizes if line.of in names}
    if [line.of for line in sizes if line.value is not None] == ["shape"]:
        assert out == x
    else:
        assert all(out[names.index(name)] == value for name, value in ends.items())
        kept = {name for name, a, b in zip(names, out, x, strict=False) if a == b and len(out) == len(x)}
        assert kept | ends.keys() == set(names)
    left = dict(zip(names[1:], layer.leftover(x), strict=False))
    for line in sizes:
        if line.of in left and line.note and line.value >= 1:
            assert (line.note == "no pixel left over") == (left[line.of] == 0), line


def check_explained(case: Case) -> bool:
    """Explain a layer of its own network; whether the layer takes what arrives."""
    layer, x = case
    if len(x) > 4:
        return False
    report = archcalc.check_text(spec_of(layer, x))
    one = explain(report, "layer")
    assert one.layer.step.layer == layer
    check_lines(one, layer)
    fine = not failing(layer, x)
    assert all(need.holds for need in one.needs if need.least_batch is None) is fine
    assert fine or any(fault.severity == "error" for fault in one.faults)
    return fine


def check_kind(kind: type[Layer]) -> None:
    taken: list[bool] = []

    @steady(EXAMPLES)
    @given(cases(kind))
    def run(case: Case) -> None:
        taken.append(check_explained(case))

    run()
    assert sum(taken) >= EXAMPLES / 10


@pytest.mark.parametrize("kind", ONE_INPUT)
def test_every_line_of_every_kind_is_true(kind: str) -> None:
    check_kind(KINDS[kind])


@given(spec_texts())
def test_every_line_of_a_whole_network_is_true(text: str) -> None:
    report = archcalc.check_text(text)
    for one in explain_each(report):
        assert one.layer.step.layer is not None
        check_lines(one, one.layer.step.layer)


FORMULA = re.compile(r"^([LHD])' = (⌊.*⌋ \+ 1)", re.MULTILINE)


@pytest.mark.parametrize("kind", [name for name in ONE_INPUT if FORMULA.search(cleandoc(KINDS[name].__doc__ or ""))])
def test_the_formula_of_the_docstring_gives_the_size(kind: str) -> None:
    """In letters, at the top of an explanation; the same as with numbers, below."""
    found = FORMULA.search(cleandoc(KINDS[kind].__doc__ or ""))
    assert found is not None

    @steady(EXAMPLES)
    @given(cases(KINDS[kind]))
    def run(case: Case) -> None:
        layer, x = case
        values = {name: getattr(layer, name, 1) for name in ("kernel_size", "stride", "padding", "dilation")}
        if failing(layer, x) or isinstance(values["padding"], str) or getattr(layer, "ceil_mode", False):
            return
        values["stride"] = values["kernel_size"] if values["stride"] is None else values["stride"]
        formula = found[2].replace(f"({found[1]} +", f"({x[1]} +")
        for name, value in values.items():
            formula = formula.replace(name, str(per_axis(value, layer.axes)[0]))
        assert computed(formula) == layer.out(x)[1]

    run()


# Mutants: the harness finds a line that is wrong


def _off_by_one(of: str, given: int, n: int, k: int, s: int, p: int, d: int) -> Line:
    line = conv_line(of, given, n, k, s, p, d)
    return Line(line.of, line.text.replace(" − 1)/", ")/"), line.value, line.note)


def _another_end(of: str, given: int, *along: int) -> Line:
    line = conv_line(of, given, *along)
    return Line(line.of, f"{line.text} = {given + 1}", line.value, line.note)


def _silent(of: str, given: int, *along: int) -> Line:
    line = conv_line(of, given, *along)
    return Line(line.of, line.text, line.value, "no pixel left over")


conv_line = conv.window_line


@pytest.mark.parametrize("broken", [_off_by_one, _another_end, _silent])
@pytest.mark.parametrize("kind", ["conv1d", "conv2d", "avg_pool2d"])
def test_a_wrong_line_is_found(kind: str, broken: Callable[..., Line], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conv, "window_line", broken)
    monkeypatch.setattr(pool, "window_line", broken)
    with pytest.raises(AssertionError):
        check_kind(KINDS[kind])


def test_macs_that_are_not_the_rules_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def spent(self: Layer, x: Shape) -> Iterator[Line]:
        yield Line("MACs", "0", 0)

    monkeypatch.setattr(KINDS["linear"], "spent", spent)
    with pytest.raises(AssertionError):
        check_kind(KINDS["linear"])


def test_a_need_shown_the_wrong_way_round_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "at_most", lambda code, of, left, right: Line(of, f"{left[0]} > {right[0]}", code=code))
    with pytest.raises(AssertionError):
        check_kind(KINDS["max_pool2d"])


# What it says


def line_of(spec: str, layer: str, of: str, **changes: Any) -> str:
    one = explain(archcalc.check(spec, **changes), layer)
    (line,) = [line for line in (*one.sizes, *one.params, *one.macs) if line.of == of]
    return f"{line.text}, {line.note}" if line.note else line.text


ALEXNET = "specs/alexnet.yaml"


def test_a_convolution_is_shown_step_by_step() -> None:
    assert line_of(ALEXNET, "conv1", "H'") == (
        "⌊(227 + 2·0 − 1·(11 − 1) − 1)/4⌋ + 1 = ⌊216/4⌋ + 1 = 54 + 1 = 55, no pixel left over"
    )
    assert line_of(ALEXNET, "conv1", "H'", input=(3, 224, 224)).endswith("= 54, 1 pixel left over at the end")
    assert line_of(ALEXNET, "conv1", "parameters") == "96 × 3 × 11 × 11 + 96 = 34,848 + 96 = 34,944, weight + bias"
    assert line_of(ALEXNET, "conv1", "MACs") == "34,848 weights × 55 × 55 positions = 105,415,200"
    assert line_of(ALEXNET, "fc1", "MACs") == "4,096 × 9,216 = 37,748,736, each weight is used once"
    assert line_of(ALEXNET, "pool1", "MACs") == "0, comparing and averaging are not counted"
    assert line_of(ALEXNET, "flatten", "features'") == "256 × 6 × 6 = 9,216"
    assert line_of(ALEXNET, "relu1", "shape") == "96 × 55 × 55, as it arrives"


def of_row(row: str, input: str = "[3, 8, 8]", of: str = "H'") -> list[str]:
    text = f"archcalc: 1\nname: Small\ninput: {input}\nlayers:\n  - {{name: layer, {row}}}\n"
    one = explain(archcalc.check_text(text), "layer")
    lines = [*one.sizes, *one.params, *one.buffers, *(line for need in one.needs for line in need.lines)]
    return [f"{line.text}, {line.note}" if line.note else line.text for line in lines if line.of == of]


def test_ceil_mode_is_shown_with_its_clamp() -> None:
    row = "kind: max_pool2d, kernel_size: 2, stride: 3, padding: 1, ceil_mode: true"
    assert of_row(row) == [
        "min(⌈(8 + 2·1 − 1·(2 − 1) − 1)/3⌉, ⌊(8 + 1 − 1)/3⌋) + 1 = min(⌈8/3⌉, ⌊8/3⌋) + 1 = min(3, 2) + 1 = 2 + 1 = 3, "
        "a last window would start behind the input, and is dropped"
    ]
    (text,) = of_row("kind: max_pool2d, kernel_size: 3, stride: 2, ceil_mode: true")
    assert text.endswith("= 3 + 1 = 4, rounded up: the last window reaches 1 over the end")


def test_same_padding_is_shown_with_its_odd_end() -> None:
    row = "kind: conv2d, out_channels: 4, kernel_size: 4, padding: same"
    assert of_row(row, of="padding of H") == ["1·(4 − 1) = 1 + 2 = 3, 1 before, 2 after: the odd one at the end"]
    assert of_row(row) == ["8 + 1 + 2 − 1·(4 − 1) = 8"]


def test_padding_left_over_is_not_called_pixels() -> None:
    (text,) = of_row("kind: conv2d, out_channels: 4, kernel_size: 3, stride: 2, padding: 1")
    assert text.endswith("= 4, 1 left over at the end, of padding only")
    (text,) = of_row("kind: conv2d, out_channels: 4, kernel_size: 3, stride: 4, padding: 1")
    assert text.endswith("= 2, 2 pixels left over at the end, and 1 of padding")


def test_groups_are_shown() -> None:
    row = "kind: conv2d, out_channels: 6, kernel_size: 1, groups: 3"
    assert of_row(row, of="input channels") == ["3 = 3·1"]
    assert of_row(row, of="parameters") == ["6 × 1 × 1 × 1 + 6 = 6 + 6 = 12, weight + bias"]
    assert of_row(row.replace("3", "2"), of="input channels") == ["3 = 2·1 + 1"]


def test_adaptive_pooling_is_shown_by_its_windows() -> None:
    row = "kind: adaptive_avg_pool2d, output_size: 3"
    assert of_row(row) == ["3, output_size"]
    assert of_row(row, of="H seen by 0") == ["⌊0·8/3⌋ … ⌈(0 + 1)·8/3⌉ − 1 = 0 … 2, 3 pixels"]
    assert of_row(row, of="H seen by 1") == ["⌊1·8/3⌋ … ⌈(1 + 1)·8/3⌉ − 1 = 2 … 5, 4 pixels"]
    assert of_row(row, of="H seen by 2") == ["⌊2·8/3⌋ … ⌈(2 + 1)·8/3⌉ − 1 = 5 … 7, 3 pixels"]


def test_buffers_and_shares_are_shown() -> None:
    assert of_row("kind: batch_norm2d", of="running_mean") == ["3"]
    assert of_row("kind: batch_norm2d", of="num_batches_tracked") == ["1"]
    row = "kind: local_response_norm, size: 5, alpha: 5e-4"
    assert of_row(row, of="alpha/size") == ["0.0005/5 = 0.0001, the share of each of 5 neighbouring channels' squares"]


# The command

CASES = Path(__file__).parents[1] / "cases"


def run(*words: str, status: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "archcalc", "explain", *words], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_a_layer_is_explained() -> None:
    said = run("alexnet", "pool3")
    assert "H' = W' = ⌊(13 + 2·0 − 1·(3 − 1) − 1)/2⌋ + 1 = ⌊10/2⌋ + 1 = 5 + 1 = 6, no pixel left over" in said
    assert re.search(r"pool3 +max_pool2d +195 × 195 +32 +64\n +place j sees pixels 32·j − 64 … 32·j \+ 130\n", said)
    assert "each value sees pixels −64 … 290: the whole input" in run("alexnet", "fc1")


def test_at_another_input_and_setting() -> None:
    assert "⌊(224 + " in run("alexnet", "conv1", "--input", "3,224,224")
    assert "10 × 4,096 + 10" in run("alexnet", "fc3", "--set", "classes=10")


def test_a_group_is_explained_in_a_line_each() -> None:
    said = run("alexnet-torchvision", "features").splitlines()
    assert len(said) == 3 + 13
    assert said[3].endswith("H' = W' = ⌊(224 + 2·2 − 1·(11 − 1) − 1)/4⌋ + 1 = 55")
    assert len(run("alexnet").splitlines()) == 3 + 22


def test_a_layer_that_is_not_there_is_misuse_with_a_way_out() -> None:
    said = run("alexnet", "conv9", status=2)
    assert "did you mean `conv5`?" in said
    assert "its layers are conv1, relu1," in said
    assert "did you mean `features`?" in run("alexnet-torchvision", "featuers", status=2)


FAULTY = """\
archcalc: 1
name: Faulty
input: [3, 8, 8]
layers:
  - {name: conv, kind: conv2d, out_channels: 8, kernel_size: 11}
  - {name: pool, kind: max_pool2d, kernel_size: 2}
  - {name: half, kind: conv2d, kernel_size: 3}
  - {name: odd, kind: nonesuch}
  - {name: fc, kind: linear, out_features: 10}
"""


def test_a_faulty_layer_is_explained_with_its_fault(tmp_path: Path) -> None:
    spec = tmp_path / "faulty.yaml"
    spec.write_text(FAULTY, "utf-8")
    said = run(str(spec), "conv", status=1)
    assert "⌊−3/1⌋ + 1 = −3 + 1 = −2, the window does not fit" in said
    assert "✗ A201: reaches over 11 pixels, but only 8 arrive\n" in said
    assert "      H and W: 1·(11 − 1) + 1 = 11 > 8 + 0 + 0 = 8\n" in said
    assert "error[A201]: `conv`" in said
    # What stands below a fault is not at fault itself.
    assert "· A207: there is a place for the window (open: a fault above hides what arrives)" in run(str(spec), "pool")
    assert "error[A112]: `half` has no `out_channels`" in run(str(spec), "half", status=1)
    assert "error[A113]: there is no layer kind `nonesuch`" in run(str(spec), "odd", status=1)
    run(str(spec), "fc")
    run(str(spec), status=1)


@pytest.mark.parametrize("case", sorted(CASES.glob("*/*/spec.yaml")), ids=lambda path: path.parent.name)
def test_the_layers_of_every_faulty_case_can_be_explained(case: Path) -> None:
    report = archcalc.check(case)
    several = explain_each(report)
    assert len(several) == len(report.layers)
    assert len(explanation_text.render_each(several, report).splitlines()) == 3 + len(report.layers)
    told = json.loads(explanation_json.render(several))
    VALID.validate(told)
    assert len(told) == len(report.layers)
    for one in several:
        said = explanation_text.render(one, report)
        assert said.startswith(f"{one.name}: {one.layer.kind}, line {one.layer.line} of ")
        assert all(f"[{fault.code}]: " in said for fault in one.faults)


def test_without_a_layer_the_faults_are_told(tmp_path: Path) -> None:
    spec = tmp_path / "empty.yaml"
    spec.write_text("archcalc: 1\nname: Empty\ninput: [3]\nlayers: []\n", "utf-8")
    assert "error[A111]: `layers` takes a list" in run(str(spec), status=1)


def test_what_is_no_spec_is_unreadable(tmp_path: Path) -> None:
    assert "error[A101]" in run(str(tmp_path / "none.yaml"), "conv1", status=2)


def test_tools_read_the_same() -> None:
    (one,) = json.loads(run("alexnet", "conv1", "--format", "json"))
    assert one["derivation"]["params"][0]["value"] == one["params"] == 34944
    (field,) = one["receptive_fields"]
    assert field == {
        "layer": "conv1", "size": [11, 11], "stride": [4, 4], "padding": [0, 0], "output_axes": [1, 2],
        "everything": False, "besides": None, "through": None, "why": None,
    }  # fmt: skip
    assert [need["holds"] for need in one["needs"]] == [True, True]
    several = json.loads(run("alexnet", "--format", "json"))
    VALID.validate(several)
    assert len(several) == 22
    assert one in several
    assert json.dumps(several).isascii()


UNREADY = (
    "archcalc: 1\nname: Small\ninput: {input}\nlayers:\n  - {{kind: conv2d, out_channels: 8, kernel_size: 9}}\n{last}"
)


@pytest.mark.parametrize("shape", ["[3, 32, 32]", "[3, 8, 8]", "[3]", "[]", "null"])
@pytest.mark.parametrize("last", ["", "  - {}\n", "  - {kind: rleu}\n", "  - {kind: 5}\n", "  - {kind: linear}\n"])
def test_of_a_faulty_spec_too(shape: str, last: str) -> None:
    report = archcalc.check_text(UNREADY.format(input=shape, last=last))
    VALID.validate(json.loads(explanation_json.render(explain_each(report))))


@pytest.mark.parametrize("key", ["needs", "derivation", "receptive_fields", "kind"])
def test_a_key_that_is_missing_or_new_would_be_noticed(key: str) -> None:
    (one,) = json.loads(explanation_json.render([explain(archcalc.check(ALEXNET), "conv1")]))
    assert VALID.is_valid([one])
    assert not VALID.is_valid([{name: value for name, value in one.items() if name != key}])
    assert not VALID.is_valid([one | {f"{key}_": one[key]}])
    assert not VALID.is_valid([one | {key: 1}])


def test_the_library_raises_for_what_is_not_there() -> None:
    report = archcalc.check(ALEXNET)
    with pytest.raises(UnknownLayer, match="did you mean `conv1`"):
        explain(report, "conv_1")
    with pytest.raises(UnknownLayer, match="no layer `features`"):
        explain_each(report, "features")


def test_a_kind_without_a_derivation_still_says_its_sizes() -> None:
    def out(self: Layer, x: Shape) -> Shape:
        return (x[0], 2 * x[1])

    doubled = new_class("Doubled", (KINDS["identity"],), exec_body=lambda body: body.update(out=out))
    kind: Layer = doubled()
    report = archcalc.check_text(spec_of(KINDS["identity"](), (3, 4)))
    assert report.facts is not None
    from archcalc.analysis.explanation import _sizes

    assert [(line.of, line.value) for line in _sizes(kind, ((3, 4),))] == [("C'", 3), ("L'", 8)]


def test_behind_swapped_axes_it_is_said_which_places_count() -> None:
    text = """archcalc: 1
name: Turned
input: [3, 20, 30]
layers:
  - {name: first, kind: conv2d, out_channels: 2, kernel_size: [3, 5], stride: [1, 2]}
  - {name: turned, kind: permute, dims: [0, 1, 3, 2]}
  - {name: last, kind: conv2d, out_channels: 2, kernel_size: [1, 7]}
"""
    report = archcalc.check_text(text)
    last, first = explain(report, "last"), explain(report, "first")
    said = explanation_text.render(last, report)
    assert "along H: place j of W' sees pixels j … j + 8\n" in said
    assert said.endswith("along W: place j of H' sees pixels 2·j … 2·j + 4")
    assert "along H: place j sees pixels j … j + 2\n" in explanation_text.render(first, report)
    assert [field["output_axes"] for field in explanation_json.document(last)["receptive_fields"]] == [[1, 2], [2, 1]]
    # In torch a place of the output at (row, column) sees those very pixels.
    x = torch.zeros(1, 3, 20, 30, requires_grad=True)
    ones = [torch.ones(2, 3, 3, 5), torch.ones(2, 2, 1, 7)]
    given = torch.conv2d(torch.conv2d(x, ones[0], stride=(1, 2)).permute(0, 1, 3, 2), ones[1])
    torch.autograd.backward(given[0, 0, 4, 6])
    assert x.grad is not None
    rows, columns = (x.grad[0, 0] != 0).nonzero().T
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (6, 6 + 8, 2 * 4, 2 * 4 + 4)
