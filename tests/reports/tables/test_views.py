"""A table is read back from each format as it was, whatever stands in it."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt
from pylatexenc.latex2text import LatexNodes2Text
from pylatexenc.latexwalker import LatexWalker

from archcalc import check, check_text
from archcalc.cli.main import cli
from archcalc.reports.tables.model import Cell, Column, PaperTable, words
from archcalc.reports.tables.network import folded_table, layer_table
from archcalc.reports.tables.views import TABLES, as_csv, as_html, as_latex, as_markdown, render

ODD = [
    "x_1",
    "a|b",
    "<b>bold</b>",
    "&amp; &",
    "100 %",
    "$x$ #1 {y} ~ ^ \\ \\\\",
    "[link](http://x)",
    "*a* **b** `c` _d_ ~~e~~ ![i](j)",
    "=1+1",
    "96 × 55 × 55",
    "[3×3, 64; 3×3, 64] × 2",
    "⌊(H + 29)/32⌋ − 2 ≥ 3·N",
    "{{ table }} {% if %} << row >> <% for %>",
    "\\end{tabular} \\input{x}",
    '"quoted", and, commas',
    "",
]

TABLE = PaperTable(
    caption=ODD[5],
    label="tab:odd",
    columns=(Column("number", "n", right=True), Column("a|b_c", "said")),
    rows=tuple((words(str(place)), words(said)) for place, said in enumerate(ODD)),
    totals=1,
    notes=(ODD[7],),
)


class Cells(HTMLParser):
    """The texts of the cells of a table, row for row; and every tag."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()
        self._within = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self._within = True
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._within = False

    def handle_data(self, data: str) -> None:
        if self._within:
            self.rows[-1][-1] += data


def expected() -> list[list[str]]:
    return [["number", "a|b_c"], *([str(place), said] for place, said in enumerate(ODD))]


def test_html_is_read_back() -> None:
    text = as_html(TABLE)
    read = Cells(text)
    assert text.isascii()
    assert read.rows == expected()
    assert read.tags == {"table", "caption", "thead", "tbody", "tr", "th", "td", "p"}


def test_markdown_is_read_back() -> None:
    read = Cells(MarkdownIt("gfm-like", {"linkify": False}).render(as_markdown(TABLE)))
    # Blanks at the ends of a cell, and in rows, are Markdown's own.
    assert [[" ".join(cell.split()) for cell in row] for row in read.rows] == [
        [" ".join(cell.split()) for cell in row] for row in expected()
    ]
    assert read.tags == {"p", "strong", "table", "thead", "tbody", "tr", "th", "td"}


def test_csv_is_read_back_and_begins_no_formula() -> None:
    rows = [*csv.reader(io.StringIO(as_csv(TABLE)))]
    assert rows[0] == ["n", "said"]
    assert [row[1].removeprefix("'") for row in rows[1:]] == ODD
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)


def test_latex_is_read_back_by_a_parser() -> None:
    text = as_latex(TABLE)
    nodes, _, _ = LatexWalker(text, tolerant_parsing=False).get_latex_nodes()
    assert nodes
    body = text[text.index("\\midrule\n") + 9 : text.index("\\bottomrule")].replace("\\midrule\n", "")
    rows = [re.split(r"(?<!\\)&", line.removesuffix(" \\\\")) for line in body.splitlines()]
    said = [LatexNodes2Text().latex_to_text(cell).strip() for _, cell in rows]
    alike = str.maketrans({"∣": "|", "ˆ": "^", "−": "-", "”": '"', "’": "'", "‘": "`", "“": "``"})
    assert [" ".join(one.split()).translate(alike) for one in said] == [
        " ".join(one.split()).translate(alike) for one in ODD
    ]


SPEC = """\
archcalc: 1
name: "{name}"
input: [3, 32, 32]
layers:
  - {{name: conv_1, kind: conv2d, out_channels: 8, kernel_size: 3}}
  - {{name: g, layers: [{{name: 1-a, kind: relu}}, {{name: b_c, kind: "{kind}"}}]}}
  - {{name: fc, kind: linear, out_features: 10}}
"""


@pytest.mark.parametrize("form", TABLES)
def test_a_network_with_errors_and_odd_names_is_a_table(form: str, tmp_path: Path) -> None:
    name = "a|b <i>x</i> & 100 % $y$ \\\\end{{document}} \\x1b[31m"
    (tmp_path / "odd.yaml").write_text(SPEC.format(name=name, kind="<b>|%_x"), encoding="utf-8")
    done = CliRunner().invoke(cli, ["check", str(tmp_path / "odd.yaml"), "--format", form])
    assert done.exit_code == 1
    assert "A113" in done.stderr
    assert "\x1b" not in done.output
    if form == "html":
        assert Cells(done.stdout).tags <= {"table", "caption", "thead", "tbody", "tr", "th", "td", "p"}
    if form == "latex":
        LatexWalker(done.stdout, tolerant_parsing=False).get_latex_nodes()
    if form == "markdown":
        assert "?" in done.stdout


def test_nothing_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("", encoding="utf-8")
    done = CliRunner().invoke(cli, ["check", str(tmp_path / "empty.yaml"), "--format", "markdown"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "A107" in done.stderr


def test_csv_has_every_layer_of_every_network() -> None:
    done = CliRunner().invoke(cli, ["check", "resnet18", "alexnet", "--format", "csv"])
    rows = [*csv.DictReader(io.StringIO(done.stdout))]
    for report in (check("resnet18"), check("alexnet")):
        own = [row for row in rows if row["spec"] == report.file]
        assert [row["layer"] for row in own] == [layer.name for layer in report.layers]
        assert sum(int(row["params"]) for row in own) == report.require_ok().totals.params
        assert sum(int(row["macs"]) for row in own) == report.require_ok().totals.macs
        said = json.loads(json.dumps(report.to_dict()))
        assert sum(int(row["activation_bytes"]) for row in own) == said["totals"]["activation_bytes"]


def test_depth_opens_blocks_in_tables() -> None:
    def printed(*arguments: str) -> str:
        done = CliRunner().invoke(cli, [*arguments])
        assert done.exit_code == 0, done.stderr
        return done.stdout

    plain, deep = (printed("check", "resnet18", "--format", "markdown", "--depth", depth) for depth in ("1", "all"))
    assert "| layer1 | stage |" in plain
    assert "| layer1.0.conv1 | conv2d |" in deep
    assert len(printed("check", "resnet18", "--format", "csv", "--depth", "1").splitlines()) == 12
    done = CliRunner().invoke(cli, ["law", "alexnet", "--depth", "2"])
    assert done.exit_code == 2
    assert "--depth is of a table" in done.stderr


def test_a_sweep_is_a_table_with_the_layer_that_refuses(tmp_path: Path) -> None:
    for ending in ("md", "tex", "html"):
        out = tmp_path / f"sweep.{ending}"
        done = CliRunner().invoke(cli, ["sweep", "alexnet", "--input", "HW=224,227", "--out", str(out)])
        assert done.exit_code == 0
        assert "1,135,256,096" in out.read_text("utf-8")
        assert "fc1" in out.read_text("utf-8")
    alone = CliRunner().invoke(cli, ["sweep", "alexnet", "--input", "HW=227", "--format", "markdown"]).stdout
    assert "not legal" not in alone


LONG = "archcalc: 1\nname: Long\ninput: [3, 8, 8]\nlayers:\n" + "".join(
    f"  - {{name: {'x' * 40}_{place}, kind: conv2d, out_channels: {place % 7 + 1}, kernel_size: 1}}\n"
    for place in range(1000)
)


def document(tmp_path: Path, body: str) -> str:
    """The log of a document that is set twice, as papers are. Fails where TeX does."""
    head = "\\documentclass{article}\n\\usepackage{array,booktabs,longtable}\n"
    (tmp_path / "paper.tex").write_text(f"{head}\\begin{{document}}\n{body}\n\\end{{document}}\n", encoding="utf-8")
    for _ in range(2):
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    return (tmp_path / "paper.log").read_text(errors="replace")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="TeX is not installed")
def test_tex_sets_the_tables_within_the_margin(tmp_path: Path) -> None:
    networks = ["alexnet", "resnet152", "unet", "googlenet", "inception_v3", "vit_b_16", "mobilenet_v3_small"]
    tables = [folded_table(check(name)) for name in networks]
    tables += [layer_table(check("resnet18"), None), layer_table(check_text(LONG), None), TABLE]
    laws = [
        CliRunner().invoke(cli, ["law", *asked, "--format", "latex"]).stdout
        for asked in (["alexnet", "--free", "classes"], ["resnet50", "--depth", "2"], ["vit_b_16"], ["unet"])
    ]
    sweep = CliRunner().invoke(cli, ["sweep", "resnet18", "--input", "HW=32:320:4", "--format", "latex"]).stdout
    log = document(tmp_path, "\n\n".join([render(tables, "latex"), *laws, sweep]))
    # What is less than a letter's breadth is not seen.
    assert [line for line in log.splitlines() if re.match(r"Overfull \\hbox \((\d+)", line)] == []
    assert "Float too large" not in log


def test_a_formula_is_math_and_its_brackets_can_be_broken() -> None:
    cell = Cell("2·(H + 10,000)", "2 * (H + 10000)", r"2 \left(H + 10000\right)")
    table = PaperTable(columns=(Column("f", "f", broken=True),), rows=((cell,),))
    assert "$2 (H + 10{,}000)$" in as_latex(table)
    assert "2·(H + 10,000)" in as_markdown(table)
    assert as_csv(table) == "f\n2 * (H + 10000)"
