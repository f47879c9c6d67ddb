"""Networks with several inputs: what is said of each of them is what torch's modules, made by hand, take and give."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import archcalc
from archcalc.analysis.laws import laws
from archcalc.analysis.receptive_field import receptive_fields
from archcalc.language.yaml_edits import edited
from archcalc.pipeline import check_text, find_fixes
from archcalc.reports.explanation_text import render
from archcalc.reports.text import render as render_report
from archcalc.spec.settings import SettingError
from archcalc.targets.generate import GenerateError, generate
from tests.support.generated_module import network_of
from tests.support.several_inputs import SIAMESE, TRANSLATOR, Siamese, Translator


def checked(text: str, **options: object) -> archcalc.Report:
    report = check_text(text, **options)  # type: ignore[arg-type]
    assert not report.diagnostics, report.diagnostics
    return report


def counted(module: nn.Module, *samples: Tensor) -> int:
    with FlopCounterMode(display=False) as counter:
        module(*samples)
    return int(counter.get_total_flops()) // 2


def words(length: int) -> Tensor:
    return torch.randint(1000, (1, length), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("text", "twin", "samples"),
    [
        (SIAMESE, Siamese, lambda: (torch.randn(1, 3, 64, 64), torch.randn(1, 3, 64, 64))),
        (TRANSLATOR, Translator, lambda: (words(20), words(12))),
    ],
)
def test_parameters_and_macs_are_those_of_torch(text: str, twin: type[nn.Module], samples: object) -> None:
    module, given = twin(), samples()  # type: ignore[operator]
    totals = checked(text).totals
    assert totals is not None
    assert totals.params == sum(one.numel() for one in module.parameters())
    assert totals.macs == counted(module, *given)


def test_legal_sizes_of_each_input_are_those_that_torch_takes_while_the_other_stays() -> None:
    legal = checked(SIAMESE).legal
    assert legal is not None
    assert legal.proven
    assert [*legal.axes] == ["left_H", "left_W", "right_H", "right_W"]
    module, stated = Siamese(), torch.zeros(1, 3, 64, 64)

    def taken(left: Tensor, right: Tensor) -> bool:
        try:
            module(left, right)
        except RuntimeError:
            return False
        return True

    for n in range(50, 75):
        assert (n in legal.axes["left_H"]) == taken(torch.zeros(1, 3, n, 64), stated)
        assert (n in legal.axes["right_W"]) == taken(stated, torch.zeros(1, 3, 64, n))


def test_a_pixel_of_one_input_is_lost_where_no_gradient_reaches_it() -> None:
    legal, module = checked(SIAMESE).legal, Siamese().double()
    assert legal is not None
    assert [*legal.lossless] == ["left_H", "left_W", "right_H", "right_W"]
    for n in range(61, 65):
        pictures = [torch.randn(1, 3, *size, dtype=torch.float64, requires_grad=True) for size in ((n, 64), (64, n))]
        module(pictures[0], torch.zeros(1, 3, 64, 64, dtype=torch.float64)).sum().backward()
        module(torch.zeros(1, 3, 64, 64, dtype=torch.float64), pictures[1]).sum().backward()
        for picture, axis, name in zip(pictures, (1, 2), ("left_H", "right_W"), strict=True):
            assert picture.grad is not None
            reached = picture.grad[0].abs().amax(tuple({0, 1, 2} - {axis})) > 0
            whole = legal.lossless[name]
            assert whole is not None
            assert (n in whole) == bool(reached.all())


def test_laws_of_all_axes_hold_at_other_inputs() -> None:
    found, module = laws(checked(TRANSLATOR)), Translator()
    assert found.inputs == {"source": (found.variables["S"],), "target": (found.variables["T"],)}
    for source, target in ((5, 9), (20, 12), (33, 1)):
        report = checked(TRANSLATOR, input={"source": (source,), "target": (target,)})
        assert report.inputs == {"source": (source,), "target": (target,)}
        assert report.totals is not None
        macs = found.at(found.total.macs, N=1, S=source, T=target)
        assert macs == report.totals.macs == counted(module, words(source), words(target))


def test_an_axis_that_two_inputs_share_is_one() -> None:
    text = TRANSLATOR.replace("S: 20, ", "").replace("[S, T]", "[T]").replace("shape: [S]", "shape: [T]")
    report = checked(text)
    assert report.inputs == {"source": (12,), "target": (12,)}
    assert [*laws(report).variables] == ["N", "T"]
    assert checked(text, input={"source": (7,)}).inputs == {"source": (7,), "target": (7,)}
    with pytest.raises(SettingError, match="cannot be 7 and 8 at once"):
        check_text(text, input={"source": (7,), "target": (8,)})


def test_what_a_place_sees_of_each_input_is_where_gradients_come_from() -> None:
    report = checked(SIAMESE)
    assert report.facts is not None
    module = Siamese().double()
    pictures = [torch.randn(1, 3, 64, 64, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    module(*pictures)[0, 0, 2, 3].backward()
    seen = {one.layer.name: one for one in receptive_fields(report.facts)}
    fields = seen["head"].fields
    assert fields is not None
    for picture, along in zip(pictures, (fields[:2], fields[2:]), strict=True):
        assert picture.grad is not None
        reached = picture.grad[0].abs().sum(0).nonzero()
        for axis, (field, place) in enumerate(zip(along, (2, 3), strict=True)):
            first = place * field.stride - field.padding
            assert [int(end) for end in reached[:, axis].aminmax()] == [first, first + field.size - 1]
    own = seen["b.conv2"].fields
    assert own is not None
    assert [field.size for field in own] == [0, 0, 9, 9]


def test_each_input_has_a_line_and_an_explanation_speaks_of_its_axes() -> None:
    report = checked(TRANSLATOR)
    lines = render_report(report).split("\n")
    assert [line.split() for line in lines if " input " in line] == [
        ["source", "input", "below", "1,000", "20"],
        ["target", "input", "below", "1,000", "12"],
    ]
    assert "for N samples of `source` S, `target` T" in render_report(report, formulas=archcalc_laws(report))
    told = render(archcalc.explain(report, "cross"))
    assert "along S: each value sees pixels 0 … 19: the whole input" in told
    assert "along T: place j sees pixels j … j" in told


def archcalc_laws(report: archcalc.Report) -> str:
    from archcalc.reports.laws import block

    return block(laws(report))


def test_plain_values_have_each_input_by_its_name() -> None:
    told = checked(TRANSLATOR).to_dict()
    assert told["input"] is None
    assert told["inputs"] == {"source": {"shape": [20], "below": 1000}, "target": {"shape": [12], "below": 1000}}
    layers = told["layers"]
    assert isinstance(layers, list)
    assert layers[0]["sources"] == ["source"]
    assert len(layers) == len(checked(TRANSLATOR).layers) == 7


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ((3, 64), "has inputs with names: give each by its own, such as left=3,224,224"),
        ({"lft": (3, 64, 64)}, "has no input `lft`; did you mean `left`"),
        ({"left": (3, 64)}, "`left` has 3 sizes, and 2 were given"),
        ("left=3,64,0", "whole numbers from 1 to"),
        ({7: (3, 64, 64)}, "takes sizes by the names of inputs"),
    ],
)
def test_an_input_from_outside_that_does_not_fit_is_refused(given: object, why: str) -> None:
    with pytest.raises(SettingError, match=why):
        check_text(SIAMESE, input=given)  # type: ignore[arg-type]


def test_a_name_is_refused_of_an_input_without_one() -> None:
    with pytest.raises(SettingError, match="one input without a name"):
        check_text("archcalc: 1\nname: A\ninput: [3]\nlayers: [{kind: relu}]\n", input={"x": (3,)})


def test_an_edit_of_one_input_fixes_what_does_not_fit_and_the_other_stays() -> None:
    text = """
archcalc: 1
name: Heads
input:
  picture: [3, 28, 28]
  more: [5]
layers:
  - {name: conv, kind: conv2d, from: picture, out_channels: 6, kernel_size: 5}
  - {name: pool, kind: max_pool2d, kernel_size: 2}
  - {name: flat, kind: flatten}
  - {name: fc, kind: linear, in_features: 1176, out_features: 5}
  - {kind: add, from: [fc, more]}
"""
    report = check_text(text)
    fixes = find_fixes(report)
    assert "input picture: [3, 32, 32]" in [fix.edit for fix in fixes]
    for fix in fixes:
        after = check_text(edited(text, *fix.changes))
        assert after.ok
        assert after.inputs["more"] == (5,)
    outside = check_text(text.replace("28, 28", "32, 32"), input={"picture": (3, 28, 28)})
    assert not outside.ok
    assert {fix.input for fix in find_fixes(outside) if fix.input} <= {(3, n, n, 5) for n in (32, 33)}


@pytest.mark.parametrize(("axis", "sizes"), [("S", [5, 20]), ("T", [1, 12])])
def test_a_sweep_and_a_search_go_along_the_axes_of_each(axis: str, sizes: list[int], tmp_path: Path) -> None:
    spec = tmp_path / "translator.yaml"
    spec.write_text(TRANSLATOR, encoding="utf-8")
    macs = archcalc.sweep(spec, input={axis: sizes})["macs"].tolist()
    stated = {"S": 20, "T": 12}
    lengths = [stated | {axis: n} for n in sizes]
    assert macs == [counted(Translator(), words(one["S"]), words(one["T"])) for one in lengths]
    found = archcalc.solve(checked(TRANSLATOR), [f"macs <= {macs[0]}"], over=[f"input.{axis}"])
    assert max(int(str(one.values[f"input.{axis}"])) for one in found.found) == sizes[0]


def test_channels_that_blocks_ask_for_cannot_vary_for_a_second_input(tmp_path: Path) -> None:
    text = SIAMESE.replace("out_channels: 16", "out_channels: in_channels*4")
    spec = tmp_path / "siamese.yaml"
    spec.write_text(text, encoding="utf-8")
    with pytest.raises(SettingError, match="`right_C` decides how many channels arrive"):
        archcalc.sweep(spec, input={"right_C": [1, 3]})
    swept = archcalc.sweep(spec, input={"left_C": [1, 3]})
    reports = [checked(text, input={"left": (n, 64, 64)}).require_ok() for n in (1, 3)]
    assert swept["params"].tolist() == [report.totals.params for report in reports]


def test_a_difference_names_the_input_that_changed() -> None:
    old, new = (checked(text).require_ok() for text in (SIAMESE, SIAMESE.replace("right: [3, 64", "right: [3, 62")))
    found = archcalc.difference(old, new)
    assert not found.same
    assert found.to_dict()["input"] == {
        "old": {"left": [3, 64, 64], "right": [3, 64, 64]},
        "new": {"left": [3, 64, 64], "right": [3, 62, 64]},
    }
    assert archcalc.difference(old, old).same


def test_a_warning_of_channels_that_stand_last_is_of_the_input_that_has_them_so() -> None:
    apart = SIAMESE.partition("  - {name: cost")[0] + "outputs: [a, b]\n"
    text = apart.replace("right: [3, 64, 64]", "right: [64, 64, 3]").replace("size: 5", "size: 1, padding: 1")
    found = [error for error in check_text(text).diagnostics if error.code == "A119"]
    assert [error.span.line for error in found if error.span is not None] == [6]
    assert "`right: [3, 64, 64]`" in found[0].help[0]


@pytest.mark.parametrize("form", ["mermaid", "dot", "html"])
def test_a_picture_begins_with_each_input(form: str) -> None:
    drawn = str(archcalc.draw(checked(TRANSLATOR), form))
    assert "source" in drawn
    assert "target" in drawn


def test_a_single_input_may_have_a_name_and_needs_no_from() -> None:
    layers = "layers:\n  - {kind: conv2d, out_channels: 2, kernel_size: 3}\n"
    text = f"archcalc: 1\nname: A\ninput: {{pixels: [3, 8, 8]}}\n{layers}"
    report = checked(text)
    assert report.layers[0].output == (2, 6, 6)
    assert checked(text, input=(3, 9, 9)).layers[0].output == (2, 7, 7)


@pytest.mark.parametrize(
    ("text", "twin", "samples"),
    [
        (SIAMESE, Siamese, lambda: (torch.randn(2, 3, 64, 64), torch.randn(2, 3, 61, 62))),
        (TRANSLATOR, Translator, lambda: (words(7).expand(2, 7), words(9).expand(2, 9))),
    ],
)
def test_generated_code_takes_each_input_by_its_name_and_gives_what_the_twin_does(
    text: str, twin: type[nn.Module], samples: object
) -> None:
    report = checked(text)
    network, module = network_of(generate(report).files, report), twin()
    network.load_state_dict(dict(zip(network.state_dict(), module.state_dict().values(), strict=True)))
    given = dict(zip(report.inputs, samples(), strict=True))  # type: ignore[operator]
    torch.testing.assert_close(network(**given), module(*given.values()))


def test_a_recipe_is_refused_where_no_class_of_a_sample_is_told() -> None:
    report = checked(TRANSLATOR + "train: {batch_size: 8, epochs: 1, optimizer: {kind: sgd, lr: 0.1}}\n")
    with pytest.raises(
        GenerateError, match="of inputs with names there are only data with a class for each sample"
    ) as refused:
        generate(report)
    assert [error.code for error in refused.value.diagnostics] == ["A503"]
