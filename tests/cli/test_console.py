"""Nothing of a stranger's reaches a terminal or a file unescaped, whichever command prints it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archcalc import check
from archcalc.cli import terminal
from archcalc.cli.main import cli
from archcalc.reports.terminal_text import RED
from archcalc.reports.visible import visible
from archcalc.targets.generate import generate

ODD = "\x1b[31m\x9b2J\x07\r\x7f\u202e\u2066\u200f\u2028\udc9b"
SPEC = """\
archcalc: 1
name: "\\e[31mN\\x9b2J\\u202e\\nForged\\r"
source: {title: "\\e]0;title\\a", url: "http://\\x9b"}
input: [3, 8, 8]
layers:
  - {name: conv, kind: conv2d, out_channels: 4, kernel_size: 3}
  - {kind: flatten}
  - {name: fc, kind: linear, out_features: 10, expect: {params: {claimed: 1, because: "\\e[5m\\nForged"}}}
"""


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [*map(str, arguments)], catch_exceptions=False)


def assert_visible(text: str) -> None:
    assert all(line.isprintable() for line in text.split("\n")), ascii(text)
    assert not any(line.startswith("Forged") for line in text.split("\n")), text


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "odd.yaml"
    path.write_text(SPEC, "utf-8")
    return path


COMMANDS = [
    ("check",),
    ("check", "--color", "always"),
    *(("law", "--format", form) for form in ("text", "latex", "python", "json")),
    ("explain",),
    ("explain", "fc"),
    ("fix",),
    ("solve", "--want", "params > 1", "--over", "fc.out_features"),
    *(("sweep", "--input", "H=8:9", "--format", form) for form in ("csv", "json")),
    ("generate", "--target", "torch"),
    *(("draw", "--depth", "all", "--format", form) for form in ("svg", "html", "dot", "mermaid")),
]


@pytest.mark.parametrize("asked", COMMANDS, ids=" ".join)
def test_no_command_prints_what_is_not_printable(spec: Path, asked: tuple[str, ...]) -> None:
    result = invoke(asked[0], spec, *asked[1:])
    assert result.output
    assert_visible(result.output.replace("\x1b[", "") if "--color" in asked else result.output)
    if "json" in asked:
        json.loads(result.stdout)


def test_what_is_generated_is_printable(spec: Path, tmp_path: Path) -> None:
    assert invoke("generate", spec, "--target", "torch", "--out", tmp_path / "out").exit_code == 0
    files = [*(tmp_path / "out" / "odd").iterdir()]
    assert {path.name for path in files} == generate(check(spec)).files.keys()
    for path in files:
        assert_visible(path.read_text("utf-8"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", ODD),
        (ODD,),
        ("check", f"--{ODD}"),
        ("check", "lenet5", "--set", ODD),
        ("check", "lenet5", "--set", f"{ODD}=1"),
        ("check", "lenet5", "--input", ODD),
        ("check", "lenet5", "--preset", ODD),
        ("check", "lenet5", "--depth", ODD),
        ("check", "lenet5", "--format", ODD),
        ("law", "lenet5", "--of", ODD),
        ("law", "lenet5", "--free", ODD),
        ("explain", "lenet5", ODD),
        ("explain", ODD),
        ("solve", "lenet5", "--want", ODD, "--over", "input"),
        ("solve", "lenet5", "--want", "params > 1", "--over", ODD),
        ("sweep", "lenet5", "--input", f"H={ODD}"),
        ("sweep", "lenet5", "--where", ODD),
        ("sweep", "lenet5", "--input", "H=32", "--out", f"none/{ODD}"),
        ("generate", ODD, "--target", "torch"),
        ("generate", "lenet5", "--target", ODD),
        ("list", ODD),
        ("kinds", ODD),
        ("fix", ODD),
    ],
    ids=str,
)
def test_an_argument_is_repeated_visibly(spec: Path, arguments: tuple[str, ...]) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert_visible(result.output)


def test_a_forged_colour_is_seen(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.consoles():
        print(terminal.style().paint(RED, "ours"), "\x1b[1;31mtheirs\x1b[0m", "\u202eevil\n")
        print("\x1b" + "0" * 16 + "[1;31mtheirs")
    text = capsys.readouterr().out
    assert text == "ours \\u001b[1;31mtheirs\\u001b[0m \\u202eevil\n\n\\u001b0000000000000000[1;31mtheirs\n"


def test_a_file_of_csv_is_visible() -> None:
    stream = io.StringIO()
    print("a\x9b2Jb", file=terminal.Escaped(stream))
    assert stream.getvalue() == "a\\u009b2Jb\n"


def test_what_is_escaped_stays_json() -> None:
    text = "".join(map(chr, [*range(0x20, 0x300), 0x200B, 0x202E, 0x2028, 0xD800, 0xFEFF]))
    written = json.dumps(text, ensure_ascii=False)
    assert json.loads(visible(written)) == text
    assert visible("\n\U000e0001 é 卷 🙂") == "\n\\U000e0001 é 卷 🙂"


def test_what_is_repeated_begins_no_line_of_its_own(spec: Path, tmp_path: Path) -> None:
    odd = "x\nForged: ok"
    name = tmp_path / f"{odd}.yaml"
    name.write_text(SPEC.replace("out_features: 10", "in_features: 3, out_features: 10"), "utf-8")
    for arguments in (
        ("kinds", odd),
        ("list", odd),
        ("check", odd),
        ("check", name),
        ("fix", name),
        ("fix", name, "--apply", "1"),
        ("sweep", name),
        ("sweep", "lenet5", "--input", "H=32", "--out", f"none/{odd}"),
        ("generate", "lenet5", "--target", "torch", "--out", odd),
        ("generate", name, "--target", "torch"),
        ("check", "lenet5", "--set", f"{odd}=1"),
        ("check", "lenet5", "--format", odd),
    ):
        assert_visible(invoke(*arguments).output)
