"""Every closed form is the concrete walk, at every size, in every form it can be computed in."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import sympy
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from archcalc import LawError, Laws, check, check_text, laws
from archcalc.analysis.legal_inputs import pinned, varying
from archcalc.analysis.walk import infer
from archcalc.cli.main import cli
from archcalc.sizes.floors import FloorDiv
from archcalc.sizes.rules import Shape, is_symbolic, known_sizes
from tests.support.bundled import FIRST, checked
from tests.support.draw_chains import spec_texts
from tests.support.law_forms import Forms, fits, hold_at, inputs_near


@given(st.data())
def test_the_formulas_of_any_network_are_the_walk(data: st.DataObject) -> None:
    report = check_text(data.draw(spec_texts()))
    assert report.input is not None
    found = laws(report)
    forms = Forms(found)
    assert hold_at(report, forms, report.input, 1, {})
    for _ in range(3):
        hold_at(report, forms, data.draw(inputs_near(found, report.input)), data.draw(st.integers(1, 9)), {})


def moved(stated: tuple[int, ...], steps: dict[int, int]) -> Shape:
    """The sizes, with these steps along these axes, but none below 1."""
    return tuple(max(size + steps[axis], 1) if axis in steps else size for axis, size in enumerate(stated))


@pytest.mark.parametrize(("name", "preset"), FIRST)
def test_the_formulas_of_a_bundled_network_are_the_walk(name: str, preset: str | None) -> None:
    report = checked(name, preset)
    assert report.input is not None
    assert report.spec is not None
    free = tuple({"classes"} & report.spec.let.keys())
    found = laws(report, free=free)
    forms = Forms(found)
    stated = known_sizes(report.input)
    open_axes = [axis for axis, size in enumerate(found.input) if is_symbolic(size)]

    @settings(max_examples=max(5, settings().max_examples // 20))
    @given(st.tuples(*[st.integers(-40, 40)] * len(open_axes)), st.integers(1, 99), st.integers(1, 5000))
    def holds(steps: tuple[int, ...], batch: int, classes: int) -> None:
        shape = moved(stated, dict(zip(open_axes, steps, strict=True)))
        hold_at(report, forms, shape, batch, dict.fromkeys(free, classes))

    holds()
    assert hold_at(report, forms, report.input, 1, dict.fromkeys(free, 1000))
    # An axis that could vary, and that the laws hold to its size, the network takes at no other.
    assert report.facts is not None
    built = pinned(report.facts)
    for held in {axis for axis, _ in varying(built)}.difference(open_axes):
        for step in (1, stated[held], *([-1] if stated[held] > 1 else [])):
            assert not fits(infer(built, shape=moved(stated, {held: step})))


GROWING = """archcalc: 1
name: Growing
input: [3, 8, 8]
layers:
  - name: g
    repeat: {repeat}
    layers:
      - {{kind: upsample, scale_factor: 3}}
      - {{kind: avg_pool2d, kernel_size: 2}}
"""


@pytest.mark.parametrize("repeat", [12, 30])
def test_formulas_that_double_with_every_layer_are_refused_before_they_are_long(repeat: int) -> None:
    """Written out, 30 of them have more than 2^30 parts."""
    text = GROWING.format(repeat=repeat)
    with pytest.raises(LawError, match=r"a size of it has more than 2,000 parts as a formula$"):
        laws(check_text(text))
    printed = CliRunner().invoke(cli, ["check", "-"], input=text)
    assert printed.exit_code == 0
    assert "\nlaws: left out, as they are longer than anybody reads\n" in printed.output
    assert laws(check_text(GROWING.format(repeat=4))).holds(N=1, H=8, W=8)


def test_maps_that_are_added_to_each_other_again_and_again_have_no_laws() -> None:
    """Each sum asks which of two sizes is the larger, of sizes that asked so before."""
    fuse = """blocks:
  fuse:
    inputs: [a, b]
    outputs: [to_a, to_b]
    layers:
      - {name: up, kind: upsample, from: b, scale_factor: 2}
      - {name: to_a, kind: add, from: [a, up]}
      - {name: down, kind: max_pool2d, from: a, kernel_size: 2, ceil_mode: true}
      - {name: to_b, kind: add, from: [down, b]}
"""
    layers = "  - {name: s, kind: relu}\n  - {name: t, kind: max_pool2d, kernel_size: 2, ceil_mode: true}\n"
    for copies, readable in ((1, True), (12, False)):
        rows = f"{layers}  - {{name: fuses, kind: fuse, from: [s, t], repeat: {copies}}}\n"
        report = check_text(
            f"archcalc: 1\nname: Sums\ninput: [3, 8, 8]\n{fuse}layers:\n{rows}outputs: [fuses, fuses.to_b]\n"
        )
        assert report.ok, report.diagnostics
        if readable:
            assert laws(report).total
        else:
            with pytest.raises(LawError, match=r"more than 8 minima and maxima as a formula$"):
                laws(report)


def test_alexnet_in_a_few_formulas() -> None:
    found = laws(check("specs/alexnet.yaml"), free=["classes"])
    classes, h, w = (found.variables[name] for name in ("classes", "H", "W"))
    assert found.trunk is not None
    assert found.trunk.name == "pool3"
    assert found.trunk.output == (256, FloorDiv(h + 29, sympy.Integer(32)) - 2, FloorDiv(w + 29, sympy.Integer(32)) - 2)
    assert found.total.params == 58_281_344 + 4_097 * classes
    assert found.at(found.trunk.output, H=227, W=224) == (256, 6, 5)
    assert found.valid.bounds == {h: (67, None), w: (67, None)}
    assert [demand.layers for demand in found.valid.demands] == [("fc1",)]
    assert found.holds(H=227, W=227, classes=10)
    assert not found.holds(H=224, W=227, classes=10)


HEAD = "archcalc: 1\nname: Small\n"


def one_conv(let: str, channels: str) -> str:
    layer = f"  - {{kind: conv2d, out_channels: {channels}, kernel_size: 3}}\n"
    return f"{HEAD}input: [3, 8, 8]\nlet: {let}\nlayers:\n{layer}"


MULTIPLIED = """
input: [3, 32, 32]
let: {width: 4, deep: 16*width, classes: 10}
layers:
  - {kind: conv2d, out_channels: "max(8, 32*width//4)", kernel_size: 3, padding: 1}
  - {kind: conv2d, out_channels: deep, kernel_size: 3, groups: width, stride: 2}
  - {kind: batch_norm2d}
  - {kind: conv2d, out_channels: "floor(width*1.5)*2 + 1", kernel_size: [1, 3], bias: false}
  - {kind: max_pool2d, kernel_size: 3, stride: 2, padding: 1, ceil_mode: true}
  - {kind: flatten}
  - {kind: linear, out_features: classes}
"""


def test_a_width_multiplier_goes_through_expressions() -> None:
    report = check_text(HEAD + MULTIPLIED)
    assert report.ok
    forms = Forms(laws(report, free=["width", "classes"]))
    assert all(hold_at(report, forms, (3, 32, 32), 2, {"width": width, "classes": 7}) for width in range(1, 13))


def test_a_size_that_is_whole_for_some_values_only_is_a_condition() -> None:
    found = laws(check_text(one_conv("{width: 4}", "3*width/2")), free=["width"])
    assert [found.holds(H=8, W=8, width=width) for width in range(1, 7)] == [False, True] * 3
    assert found.at(found.total.output, H=8, W=8, width=6) == (9, 6, 6)


def test_a_size_may_fall_below_what_its_field_takes() -> None:
    found = laws(check_text(one_conv("{width: 4}", "width - 2")), free=["width"])
    assert [found.holds(H=8, W=8, width=width) for width in range(1, 5)] == [False, False, True, True]


def test_an_axis_that_a_layer_holds_to_one_size_keeps_it() -> None:
    text = HEAD + "input: [784]\nlayers:\n  - {kind: linear, out_features: 10}\n"
    found = laws(check_text(text))
    assert found.input == (784,)
    assert list(found.variables) == ["N"]
    assert found.total.macs == 7840 * found.variables["N"]
    assert found.trunk is None


ERRORS = {
    "an unknown name": ("clases", "did you mean `classes`"),
    "the batch": ("N", "is a size of the input"),
    "an axis": ("H", "is a size of the input"),
    "a fraction": ("half", "is 0.5"),
    "an axis number": ("start", "an axis number"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_a_name_that_cannot_be_free_is_refused(case: str) -> None:
    name, why = ERRORS[case]
    text = HEAD + (
        "input: [3, 8, 8]\nlet: {classes: 10, N: 1, H: 8, half: 0.5, start: 1}\n"
        "layers:\n  - {kind: flatten, start_dim: start}\n  - {kind: linear, out_features: classes}\n"
    )
    with pytest.raises(LawError, match=why):
        laws(check_text(text), free=[name])


def test_a_comparison_used_as_a_number_is_an_error_of_the_spec() -> None:
    report = check_text(one_conv("{n: 10}", "(n > 3)*4"))
    with pytest.raises(LawError, match=r"before its errors are fixed.*true or false, not a number"):
        laws(report, free=["n"])


def test_laws_cannot_be_changed() -> None:
    found = laws(check("lenet5"))
    for one in (found, found.total):
        with pytest.raises(AttributeError):
            one.name = "another"  # type: ignore[misc]


def test_a_network_with_an_error_has_no_laws() -> None:
    with pytest.raises(LawError, match="before its errors are fixed"):
        laws(check("specs/alexnet.yaml", input=(3, 224, 224)))


def test_a_layer_that_is_not_there() -> None:
    found = laws(check("specs/lenet5.yaml"))
    assert found.layer("c3").params == 2416
    with pytest.raises(LawError, match="did you mean `c3`"):
        found.layer("c33")


# Broken on purpose: what the properties above must notice


ASKED: list[tuple[dict[str, Any], str]] = [
    ({"N": 1}, "`H`, `W` must be given too"),
    ({"H": 8}, "`W` must be given too"),
    ({"H": 8, "W": 8, "C": 3}, "there is no variable `C`; there are N, H, W"),
    ({"HH": 8, "W": 8}, "there is no variable `HH`; did you mean `H`"),
    *(
        ({"H": 8, "W": 8} | {name: size}, f"`{name}` takes whole numbers from 1 up, not ")
        for name in ("N", "H")
        for size in (0, -1, 1.5, "x", "8", True, None, [8], np.array([8]), np.int64(0))
    ),
]


@pytest.mark.parametrize("how", ["holds", "trains"])
@pytest.mark.parametrize(("sizes", "said"), ASKED)
def test_sizes_that_a_law_cannot_be_asked_at_are_refused(sizes: dict[str, Any], said: str, how: str) -> None:
    text = f"{HEAD}input: [3, 8, 8]\nlayers:\n  - {{kind: conv2d, out_channels: 2, kernel_size: 3}}\n"
    found = laws(check_text(text))
    with pytest.raises(LawError, match="^" + re.escape(said)):
        getattr(found, how)(**sizes)
    if "must be given" not in said:
        with pytest.raises(LawError, match="^" + re.escape(said)):
            found.at(found.total.macs, **sizes)
    assert getattr(found, how)(H=np.int64(8), W=3, N=np.int32(1)) is True
    assert getattr(found, how)(H=8, W=2) is False


def test_an_axis_that_the_network_holds_to_one_size_is_no_variable() -> None:
    found = laws(check_text(f"{HEAD}input: [4]\nlayers:\n  - {{kind: linear, in_features: 4, out_features: 2}}\n"))
    assert found.holds() is found.holds(N=1) is True
    with pytest.raises(LawError, match="there is no variable `H`; there are N"):
        found.holds(H=4)


def _without_demands(found: Laws) -> Laws:
    return replace(found, valid=replace(found.valid, demands=()))


def _one_more_mac(found: Laws) -> Laws:
    return replace(found, total=replace(found.total, macs=found.total.macs + 1))


def _one_more_pixel(found: Laws) -> Laws:
    layers = tuple(replace(law, output=(law.output[0], *(size + 1 for size in law.output[1:]))) for law in found.layers)
    return replace(found, layers=layers)


@pytest.mark.parametrize("mutant", [_without_demands, _one_more_mac, _one_more_pixel])
def test_a_mutant_of_the_formulas_is_caught(mutant: Any) -> None:
    report = check("specs/lenet5.yaml")
    forms = Forms(mutant(laws(report)))
    with pytest.raises(AssertionError):
        all(hold_at(report, forms, (1, size, size), 2, {}) for size in (32, 33, 36))
