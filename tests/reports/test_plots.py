"""What a sweep plots: a line of matplotlib for each setting, crosses where it is not legal, headings as names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from matplotlib import pyplot

import archcalc
from archcalc import ArgumentError, sweep

pyplot.switch_backend("agg")


def lines_of(axes: object) -> dict[str, list[float]]:
    return {line.get_label(): list(line.get_ydata()) for line in axes.lines}  # type: ignore[attr-defined]


def test_counts_have_the_letters_that_tables_have() -> None:
    axes = sweep("alexnet", settings={"classes": [10, 1000]}).plot("MACs", x="parameters")
    written = axes.yaxis.get_major_formatter(), axes.xaxis.get_major_formatter()
    assert [one(1_135_000_000) for one in written] == ["1.135G", "1.135G"]
    assert sweep("alexnet", settings={"classes": [10, 1000]}).plot("MACs").xaxis.get_major_formatter()(1000) != "1k"


def test_a_sweep_plots_itself() -> None:
    swept = sweep("alexnet", input={"HW": [227, 224, 230]}, settings={"classes": [10, 1000]})
    axes = swept.plot()
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("H = W", "MACs", "AlexNet")
    found = lines_of(axes)
    assert [label for label in found if not label.startswith("_")] == ["classes = 10", "classes = 1000", "not legal"]
    assert found["classes = 1000"][0] != found["classes = 1000"][0], "224 is not legal, and comes first"
    drawn: list[Any] = [*axes.lines]
    crosses = [line.get_xydata().tolist() for line in drawn if line.get_marker() == "x"]
    assert [[x for x, _ in points] for points in crosses] == [[224.0], [224.0], []], "of each line, and the legend's"
    assert len({y for points in crosses for _, y in points}) == 2, "one above the other"
    for heading in ("MACs", "parameters"):
        assert swept.plot(heading).get_ylabel() == heading
    other = swept.plot("params", x="classes", ax=axes)
    assert other is axes
    assert axes.get_xlabel() == "classes"
    alone = sweep("lenet5", settings={"classes": "10:50:10"}).plot("params")
    assert (alone.get_xlabel(), alone.get_legend()) == ("classes", None)
    many = sweep("lenet5", input={"N": "1:40"}, settings={"classes": "1:40"}).plot()
    assert many.get_legend() is None, "so many lines have no names"
    alike = sweep("lenet5", input={"N": [1, 8]}, settings={"classes": "10:50:10"}).plot("params", x="classes")
    (label,) = lines_of(alike)
    assert label == "N = 1\nN = 8", "lines that lie on each other are one"
    pyplot.close("all")


def test_over_what_is_computed_each_variant_has_a_line() -> None:
    swept = sweep("unet", settings={"classes": [2, 5, 9], "bn": [True, False]})
    axes = swept.plot("params", x="MACs")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("MACs", "parameters")
    assert list(lines_of(axes)) == ["bn = true", "bn = false"]
    drawn: list[Any] = [*axes.lines]
    assert [len(line.get_xdata()) for line in drawn] == [3, 3]
    assert axes.get_legend() is not None
    # What has no MACs has no place.
    alone: list[Any] = [*sweep("alexnet", input={"HW": [9, 227]}).plot("params", x="macs").lines]
    assert list(alone[0].get_xdata()) == [1_135_256_096.0]
    pyplot.close("all")


def test_sweeps_of_two_networks_in_one_plot_are_told_by_their_names() -> None:
    axes = sweep("alexnet", input={"HW": [227, 230]}).plot("macs")
    assert (axes.get_title(), axes.get_legend()) == ("AlexNet", None)
    sweep("vgg16", input={"HW": [224, 230]}, settings={"classes": [10, 20]}).plot("macs", ax=axes)
    assert axes.get_title() == ""
    legend = axes.get_legend()
    assert legend is not None
    said = [text.get_text() for text in legend.get_texts()]
    assert said[0] == "AlexNet"
    assert [one.startswith("VGG vgg16, classes = ") for one in said[1:]] == [True] * len(said[1:])
    assert said[1:]
    pyplot.close("all")


def test_the_last_map_is_told_and_plotted_of_rows_that_a_later_layer_refuses() -> None:
    swept = sweep("alexnet", input={"HW": [9, 224, 227]})
    # 224: ⌊(224 − 11)/4⌋ + 1 = 54, halved to 26 and 12 by windows of 3, and 5, as the lesson finds by hand.
    assert swept["trunk_H"].tolist() == [None, 5, 6]
    assert swept["trunk_C"].tolist() == [None, 256, 256]
    assert swept["out_features"].tolist() == [None, None, 1000]
    assert swept["legal"].tolist() == [False, False, True]
    for form in ("markdown", "html"):
        assert "256 × 5 × 5" in swept.table(form).replace("&#215;", "×")
    assert swept.to_dataframe()["trunk_W"].tolist()[1:] == [5, 6]
    axes = swept.plot("last map")
    assert axes.get_ylabel() == "last map, H"
    drawn: list[Any] = [*axes.lines]
    assert list(drawn[0].get_ydata())[1:] == [5, 6]
    assert list(drawn[1].get_xdata()) == [9, 224], "these are still marked as not legal"
    pyplot.close("all")
    with pytest.raises(KeyError, match="no column `last map`; its sizes are trunk_C, trunk_H, trunk_W"):
        swept["last map"]


def test_a_column_goes_by_its_heading_and_another_name_is_a_key_error_that_says_what_there_is() -> None:
    swept = sweep("lenet5", input={"N": [1, 8]})
    assert swept["MACs"] is swept["macs"]
    assert swept["parameters"] is swept["params"]
    with pytest.raises(KeyError, match="did you mean `macs`"):
        swept["mac"]
    with pytest.raises(ArgumentError, match=r"^there is no column `size`; there are N, legal, .*params, macs"):
        swept["size"]
    assert swept.get("MACS") is None
    assert [*sweep("lenet5", input={"N": [1, 8]}, columns=["N", "parameters", "MACs"])] == ["N", "params", "macs"]


@pytest.mark.parametrize(
    ("y", "x", "said"),
    [
        ("mac", None, "did you mean `macs`"),
        ("fails_at", None, "has no numbers"),
        ("macs", "norm", "has no numbers"),
    ],
)
def test_what_is_no_number_is_not_plotted(y: str, x: str | None, said: str, tmp_path: Path) -> None:
    text = "archcalc: 1\nname: N\ninput: [3]\nlet: {norm: true}\nlayers: [{kind: relu, when: norm}, {kind: relu}]\n"
    (tmp_path / "n.yaml").write_text(text, encoding="utf-8")
    swept = sweep(tmp_path / "n.yaml", settings={"norm": "true,false"}, input={"features": [3, 4]})
    assert isinstance(swept, archcalc.Swept)
    with pytest.raises(ArgumentError, match=said):
        swept.plot(y, x=x)


def test_nothing_that_varies_is_nothing_to_plot() -> None:
    with pytest.raises(ArgumentError, match="nothing varies"):
        sweep("lenet5").plot()
