"""Explanations: every line of arithmetic is computed anew, and ends in what the layer's own rule gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from inspect import cleandoc

import pytest
import yaml
from hypothesis import given
from msgspec.structs import replace

import archcalc
from archcalc.analysis.explanation import Explained, explain, explain_each
from archcalc.analysis.needs_shown import NeedShown
from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.kinds import conv, pool
from archcalc.layers.kinds.embedding import Embedding
from archcalc.layers.working import Line
from archcalc.sizes.axes import letters, per_axis
from archcalc.sizes.rules import Shape, is_known, prod
from tests.support.draw_chains import spec_texts, stated
from tests.support.draw_layers import ONE_INPUT, Case, cases, failing, steady
from tests.support.shown_arithmetic import computed, end_of, holds

EXAMPLES = 30
"""For each kind; the lines of a kind are few, and each case shows them all."""


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
    arriving = {"shape": list(x), "below": layer.below} if isinstance(layer, Embedding) else list(x)
    return yaml.safe_dump({"archcalc": 1, "name": "Drawn", "input": arriving, "layers": [row]}, sort_keys=False)


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
        if line.of in left and line.note and line.value is not None and line.value >= 1:
            assert (line.note == "no pixel left over") == (left[line.of] == 0), line


def check_explained(case: Case) -> bool:
    """Explain a layer of its own network; whether the layer takes what arrives."""
    layer, x = case
    if len(x) > 4:
        return False
    if isinstance(layer, Embedding):
        # How many numbers there are is the network's to say.
        layer = replace(layer, below=layer.num_embeddings)
    report = archcalc.check_text(spec_of(layer, x))
    one = explain(report, "layer")
    assert one.layer.step.layer == layer
    check_lines(one, layer)
    fine = not failing(layer, x)
    assert all(need.holds for need in one.needs if need.least_batch is None) is fine
    assert fine or any(error.severity == "error" for error in one.errors)
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
