"""The terminal: colours where they are wanted, reports as wide as it is, specs that are piped in."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archcalc.cli import terminal
from archcalc.cli.main import cli
from archcalc.reports.terminal_text import width

TEXT = """\
archcalc: 1
name: Piped
input: [3, 32, 32]
layers:
  - {name: conv1, kind: conv2d, out_channels: 16, kernel_size: 5}
  - {name: flatten, kind: flatten}
  - {name: fc, kind: linear, in_features: 4096, out_features: 10}
"""
QUESTION = ("--want", "fc1.params < 1M", "--over", "fc1.out_features", "--range", "fc1.out_features=64,128")
FOR_PEOPLE = [
    ("check", "-"),
    ("check", "resnet18", "--no-laws"),
    ("explain", "-", "fc"),
    ("explain", "lenet5"),
    ("fix", "-"),
    ("law", "-"),
    ("solve", "alexnet", *QUESTION),
    ("sweep", "alexnet", "--input", "HW=227,300"),
    ("list", "resnet"),
    ("kinds",),
    ("kinds", "conv2d"),
]


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


def invoke(*arguments: str, text: str = TEXT) -> Result:
    return CliRunner().invoke(cli, arguments, input=text, catch_exceptions=False)


@pytest.mark.parametrize("arguments", FOR_PEOPLE, ids=" ".join)
def test_colours_are_only_where_they_are_wanted(arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    auto, always = invoke(*arguments), invoke(*arguments, "--color", "always")
    assert "\x1b" not in auto.output
    assert "\x1b[" in always.output
    assert re.sub("\x1b\\[[0-9;]*m", "", always.output) == auto.output
    assert auto.exit_code == always.exit_code
    # As where the output is a terminal.
    monkeypatch.setattr(terminal, "is_terminal", lambda _: True)
    assert invoke(*arguments).output == always.output
    assert invoke(*arguments, "--color", "never").output == auto.output
    monkeypatch.setenv("NO_COLOR", "1")
    assert invoke(*arguments).output == auto.output
    assert invoke(*arguments, "--color", "always").output == always.output
    monkeypatch.setenv("NO_COLOR", "")
    assert invoke(*arguments).output == always.output


def test_json_has_no_colours() -> None:
    assert "\x1b" not in invoke("check", "-", "--format", "json", "--color", "always").output


@pytest.mark.parametrize("columns", ["60", "80"])
@pytest.mark.parametrize(
    "arguments", [("check", "-"), ("fix", "-"), ("check", "resnet18", "--depth", "all")], ids=" ".join
)
def test_the_caret_stands_under_its_text_and_tables_fit(
    arguments: tuple[str, ...], columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    lines = invoke(*arguments).output.splitlines()
    held = [line for line in lines if re.match(r"[\d ]*\|", line) or re.search("─|  [\\d,]+$", line)]
    assert max(map(width, held)) <= int(columns)
    carets = [at for at, line in enumerate(lines) if "^^^^" in line]
    assert bool(carets) == (arguments[1] == "-")
    for at in carets:
        place = lines[at].index("^^^^")
        assert lines[at - 1][place : place + 4] == "4096"


@pytest.mark.parametrize(
    ("stated", "columns"), [("60", 60), ("7", terminal.NARROWEST), ("", None), ("wide", None), ("0", None)]
)
def test_the_columns_are_those_that_are_stated(
    stated: str, columns: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", stated)
    assert terminal.style().columns == columns


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no terminals here")
def test_a_terminal_gets_colours_and_is_as_wide_as_it_says() -> None:
    import fcntl
    import pty
    import struct
    import termios

    def shown(size: int, *arguments: str, **environment: str) -> str:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, size, 0, 0))
        without = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
        command = [sys.executable, "-m", "archcalc", *arguments]
        with subprocess.Popen(command, stdout=theirs, env=without | environment, close_fds=True) as running:
            os.close(theirs)
            found = b""
            while True:
                try:
                    found += (part := os.read(ours, 1 << 16))
                except OSError:
                    break
                if not part:
                    break
            running.wait(60)
        os.close(ours)
        return found.decode()

    text = shown(60, "list", "resnet")
    assert "\x1b[1m" in text
    assert max(width(re.sub("\x1b\\[[0-9;]*m", "", line)) for line in text.splitlines()) <= 60
    assert "\x1b" not in shown(60, "list", "resnet", NO_COLOR="1")
    assert "\x1b" not in shown(60, "list", "resnet", "--color", "never")


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_a_spec_can_be_piped_in(name: str) -> None:
    result = invoke("check", name)
    assert result.output.startswith("Piped  (<stdin>)")
    assert " --> <stdin>:7:43\n" in result.output
    assert result.exit_code == 1
    for arguments in (("explain", name, "fc"), ("law", name), ("sweep", name), ("fix", name)):
        assert invoke(*arguments).exit_code == 1


def test_what_is_piped_in_cannot_be_written() -> None:
    listed = invoke("fix", "-")
    assert "in_features: 12544" in listed.output
    assert "--apply" not in listed.output
    refused = invoke("fix", "-", "--apply", "1")
    assert (refused.exit_code, "save the spec to a file" in refused.stderr) == (2, True)


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="the shell substitutes another kind of file")
def test_what_a_shell_substitutes_can_be_checked() -> None:
    script = f"{sys.executable} -m archcalc check <(printf '%s' \"$SPEC\") --no-laws"
    done = subprocess.run(
        ["bash", "-c", script],
        env=os.environ | {"SPEC": TEXT.replace("4096", "12544")},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"Piped  (<fd ")
