"""What a notebook shows: short texts, HTML that nothing leaves, and frames of pandas."""

from __future__ import annotations

import html
import sys
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pandas
import pytest
from click.testing import CliRunner

from archcalc import (
    ArgumentError,
    MissingLibrary,
    check,
    check_text,
    difference,
    explain,
    explain_each,
    find_fixes,
    laws,
    sweep,
    totals,
)
from archcalc.cli.main import cli

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"

NASTY = """\
archcalc: 1
name: "<script>alert(1)</script> & {{ x }} {% y %}"
input: [3, 8, 8]
layers:
  - {name: c, kind: conv2d, out_channels: 4, kernel_size: 9}
  - {kind: "</pre><img src=x onerror=alert(1)>"}
"""


TAGS = {
    *["div", "p", "strong", "br", "pre", "table", "caption", "thead", "tbody", "tr", "th", "td", "details", "summary"]
}


class Tags(HTMLParser):
    """Every tag with its attributes, and that each is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert {name for name, _ in attrs} <= {"style"}
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def shown() -> Iterator[tuple[object, str]]:
    report = check("alexnet")
    yield report, "62,378,344"
    yield check("alexnet", input="3,224,224"), "A203"
    yield check("resnet152"), "3&#215;3, 256; 1&#215;1, 1024] &#215; 36"
    yield check_text(NASTY), "&lt;script&gt;"
    yield check_text(""), "A107"
    yield laws(report), "valid for"
    yield explain(report, "conv1"), "34,848"
    yield explain(check_text(NASTY), "c"), "A201"
    yield from ((one, one.name) for one in explain_each(check("vit_b_16"), "encoder.ln"))
    yield sweep("alexnet", input={"HW": [224, 227]}), "fc1"
    yield difference(check("vgg16"), check("vgg16_bn")), "138,365,992"
    yield difference(report, report), "the same network"
    yield difference(report, check("alexnet", input="3,230,230")), "3 &#215; 230 &#215; 230"
    yield totals(report, check("vgg16")), "138M"
    yield totals(check_text(NASTY)), "&lt;script&gt;"
    yield totals(), "0 networks"
    gentle = NASTY.replace("kernel_size: 9", "kernel_size: 3").rpartition("  - ")[0]
    yield difference(check_text(gentle), check_text(gentle.replace("[3, 8", "[4, 8"))), "&lt;script&gt;"
    yield check("alexnet", input="3,224,224").errors[0], "fc1"
    yield find_fixes(check("alexnet", input="3,224,224"))[1], "conv1 padding: 2"
    yield sweep("lenet5", columns="params"), "61,706"
    yield sweep("lenet5", columns=[]), "0 rows"
    yield sweep("resnet18", input={"HW": "32:320:1"}), "the first 30 of 289 rows"


def test_what_is_shown_is_html_and_short() -> None:
    for value, said in shown():
        text = value._repr_html_()  # type: ignore[attr-defined]
        assert said in text, value
        assert text.isascii(), value
        assert Tags(text).seen <= TAGS, value
        assert "{{" not in text or "{{ x }}" in text
        assert len(repr(value)) < 200
        assert "\n" not in repr(value)


def test_a_caret_stands_below_its_word_in_a_page_of_another_font_too() -> None:
    _, _, after = check_text(NASTY)._repr_html_().partition("<pre")
    assert after.startswith(' style="font-family: monospace; white-space: pre">error[A')


def test_a_long_table_is_folded_away() -> None:
    layers = "".join(
        f"  - {{name: c{n}, kind: conv2d, out_channels: {n % 5 + 1}, kernel_size: 1}}\n" for n in range(1000)
    )
    text = check_text(f"archcalc: 1\nname: Long\ninput: [3, 8, 8]\nlayers:\n{layers}")._repr_html_()
    assert "<details><summary>1,002 rows</summary>" in text


def test_a_report_is_a_frame() -> None:
    report = check("resnet18").require_ok()
    frame = report.to_dataframe()
    assert list(frame["name"]) == [layer.name for layer in report.layers]
    assert frame["params"].sum() == report.totals.params
    assert frame["output"][0] == (64, 112, 112)
    assert frame["activation_bytes"][0] == 4 * 64 * 112 * 112
    wrong = check_text(NASTY).to_dataframe()
    assert wrong["params"].tolist()[1] is pandas.NA
    assert check_text("").to_dataframe().empty


def test_laws_are_a_frame_of_formulas() -> None:
    found = laws(check("alexnet"), free=["classes"])
    frame = found.to_dataframe().set_index("name")
    assert found.at(frame.loc["fc3", "params"], classes=10) == 40970
    assert frame.loc["conv1", "params"] == 34944


def test_a_sweep_is_a_frame_with_nothing_where_a_row_is_not_legal() -> None:
    frame = sweep("alexnet", input={"HW": [224, 227]}, settings={"classes": ["1/2", 10]}).to_dataframe()
    assert frame["legal"].tolist() == [False, False, False, True]
    assert frame["params"].isna().tolist() == [True, True, True, False]
    assert frame["params"].dtype == "Int64"
    assert frame["macs"].tolist()[-1] == 1131201056
    large = sweep("vgg16", input={"N": [1, 2**31 - 1]}, columns=["macs"]).to_dataframe()
    assert large["macs"].tolist()[1] == (2**31 - 1) * large["macs"].tolist()[0]


def test_an_error_and_its_edits_are_printed_as_by_the_command() -> None:
    report = check("alexnet", input="3,224,224")
    (error,) = report.errors
    assert str(error).splitlines()[0] == "error[A203]: `fc1` takes 9,216 features, but 6,400 arrive"
    assert str(error).splitlines()[1].endswith("alexnet.yaml:40:44")
    assert [line.strip() for line in str(error).splitlines()[2:]] == [f"= help: {line}" for line in error.help]
    listed = CliRunner().invoke(cli, ["fix", "alexnet", "--input", "3,224,224"]).stdout
    for number, fix in enumerate(find_fixes(report), 1):
        assert f" {number}  {fix}\n" in listed
        assert repr(fix) == f"<Fix of A203: {fix.edit!r}>"


def test_what_is_compared_is_printed_as_by_the_command() -> None:
    run = CliRunner().invoke
    assert f"{totals(check('lenet5'), check('vgg16'))}\n" == run(cli, ["check", "lenet5", "vgg16", "--totals"]).stdout
    assert f"{difference(check('vgg16'), check('vgg16_bn'))}\n" == run(cli, ["diff", "vgg16", "vgg16_bn"]).stdout


def test_a_notebook_has_the_claims_and_the_features_of_a_flatten() -> None:
    text = check("alexnet")._repr_html_()
    assert ": 11 of 11 agree" in text
    assert ">9216<" in text, "256 x 6 x 6 values, which fc1 states"


def test_an_explanation_is_whole_in_a_notebook_and_printed() -> None:
    one = explain(check("alexnet"), "conv2")
    shown = html.unescape(one._repr_html_())
    # Dumoulin and Visin: r' = r + (k - 1)j, so 11, 11 + 2 x 4 = 19, and 19 + 4 x 8 = 51.
    for said in ("96 × 27 × 27", "256 × 27 × 27", ">11 × 11<", ">19 × 19<", ">51 × 51<", "place j sees pixels"):
        assert said in shown
    assert f"{one}\n" == CliRunner().invoke(cli, ["explain", "alexnet", "conv2"]).stdout


def test_networks_side_by_side_are_a_frame() -> None:
    frame = totals(check("vgg16"), check_text(NASTY)).to_dataframe()
    # torchvision's figures of VGG-16; a float32 has 4 bytes.
    assert frame.loc[0, ["network", "input", "weight_layers", "params", "weight_bytes"]].tolist() == [
        *["vgg16", (3, 224, 224), 16, 138_357_544, 4 * 138_357_544]
    ]
    assert frame["macs"].tolist()[1] is pandas.NA, "c has an error"
    assert totals().to_dataframe().empty


def test_the_layers_that_are_not_the_same_are_a_frame() -> None:
    found = difference(check("vgg16"), check("vgg16_bn"))
    frame = found.to_dataframe()
    assert frame["name"].tolist() == [one.name for one in found.layers]
    assert set(frame["change"]) == {"added"}
    # Batch normalisation has two learnt numbers a channel.
    assert frame["params_after"].tolist() == [2 * output[0] for output in frame["output_after"]]
    assert frame["params_before"].isna().all()
    (line, *_) = found.table("csv").splitlines()[1:]
    assert line == "features.1,added,,,batch_norm2d,,64x224x224,,128,,0"
    assert "138,365,992" in found.table("markdown")
    assert "\\toprule" in found.table("latex")
    same = difference(check("vgg16"), check("vgg16"))
    assert same.to_dataframe().empty
    assert same.table("csv").count("\n") == 0


def test_a_sweep_is_rows_of_plain_values() -> None:
    rows = sweep("alexnet", input={"HW": [224, 227]}).to_dict()
    assert [row["macs"] for row in rows] == [None, 1135256096]
    assert [row["fails_at"] for row in rows] == ["fc1", None]


def test_tables_of_each_kind() -> None:
    report = check("resnet18")
    assert "[3×3, 64; 3×3, 64] × 2" in report.table("html").replace("&#215;", "×")
    assert report.table(depth=1).count("\n") < report.table(depth=3).count("\n")
    assert report.table("csv").count("\n") == len(report.layers)
    assert "layer4.1.bn2" in laws(report).table("csv")
    assert "\\toprule" in sweep("lenet5", input={"HW": [32, 33]}).table("latex")
    with pytest.raises(ArgumentError, match="markdown, latex, html, csv"):
        report.table("pdf")
    side_by_side = totals(report, check("lenet5"))
    assert side_by_side.table("csv").splitlines()[1].startswith("resnet18,3x224x224,21,11689512,")
    for no_report in (laws(report), side_by_side, sweep("lenet5"), difference(report, report)):
        with pytest.raises(ArgumentError, match="depth"):
            no_report.table("csv", depth=1)


@pytest.mark.parametrize(
    ("module", "ask"),
    [
        ("pandas", lambda: check("lenet5").to_dataframe()),
        ("pandas", lambda: laws(check("lenet5")).to_dataframe()),
        ("pandas", lambda: sweep("lenet5").to_dataframe()),
        ("pandas", lambda: totals().to_dataframe()),
        ("pandas", lambda: difference(check("lenet5"), check("lenet5")).to_dataframe()),
        ("matplotlib.pyplot", lambda: sweep("lenet5", input={"HW": [32, 33]}).plot()),
    ],
)
def test_what_is_not_installed_is_said(module: str, ask: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    name = module.partition(".")[0]
    with pytest.raises(MissingLibrary, match=rf"needs {name}, .*: run `pip install 'archcalc\[notebook\]'`"):
        ask()  # type: ignore[operator]
    extras = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]["optional-dependencies"]
    assert any(one.startswith(f"{name}>") for one in extras["notebook"])
    assert issubclass(MissingLibrary, ImportError)
