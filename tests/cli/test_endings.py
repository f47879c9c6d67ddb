"""How a command ends: at a full disk, a closed pipe, Ctrl-C, and files that are none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archcalc.cli import check as check_command
from archcalc.cli.main import cli

GOOD = "archcalc: 1\nname: Good\ninput: [3, 8, 8]\nlayers:\n  - {kind: conv2d, out_channels: 4, kernel_size: 3}\n"
COMMAND = [sys.executable, "-m", "archcalc"]
UNIX = pytest.mark.skipif(os.name != "posix", reason="the files of other systems are other ones")


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [*map(str, arguments)], catch_exceptions=False)


@UNIX
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_a_full_disk_is_said_and_is_2() -> None:
    for arguments in (["check", "lenet5"], ["sweep", "lenet5", "--input", "H=32:90", "--format", "csv"], ["--help"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run([*COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)
        assert done.stderr == b"error: the output cannot be written: No space left on device\n"
        assert done.returncode == 2
    with open("/dev/full", "w") as full:
        done = subprocess.run([*COMMAND, "check", "lenet5"], stdout=full, stderr=full, check=False, timeout=60)
    assert done.returncode == 2
    result = invoke("sweep", "lenet5", "--input", "H=32", "--out", "/dev/full", "--format", "csv")
    assert (result.exit_code, result.stderr) == (2, "error: /dev/full cannot be written: No space left on device\n")


@UNIX
def test_a_reader_that_leaves_is_141_and_quiet() -> None:
    with subprocess.Popen([*COMMAND, "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert (running.stderr.read(), running.wait(60)) == (b"", 141)


def test_an_interrupted_command_is_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(check_command.command, "callback", interrupted)
    result = invoke("check", "lenet5")
    assert (result.exit_code, result.output.strip()) == (130, "")


@UNIX
@pytest.mark.parametrize("wait", [0, 0.02, 0.06, 0.15, 0.3])
def test_ctrl_c_is_130_at_any_time(wait: float) -> None:
    # Where a shell runs the tests in the background, they and their children ignore Ctrl-C.
    heeded = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{heeded}; import archcalc.__main__ as m; print('up', flush=True); m.main()"
    # It reads what never comes, so that it is there to be interrupted.
    command = [sys.executable, "-c", code, "law" if wait < 0.3 else "check", "-"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as running:  # type: ignore[call-overload]
        assert running.stdout.readline() == b"up\n"
        time.sleep(wait or 0.001)
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 130
        assert running.stderr.read().strip() == b""


@UNIX
def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    for name in ("pipe.yaml", "folder.yaml", "loop.yaml", "none.yaml"):
        assert invoke("check", tmp_path / name).exit_code == 2
    for path in ("/dev/null", "/dev/zero", "/proc/kmsg", "/proc/self/mem", "/proc/self/status"):
        for _ in range(2):
            assert invoke("check", path).exit_code == 2


@UNIX
def test_a_pipe_in_the_place_of_a_generated_file_is_not_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "lenet5"
    assert invoke("generate", "lenet5", "--target", "torch", "--out", tmp_path).exit_code == 0
    model = (folder / "model.py").read_bytes()
    for what in ("pipe", "device"):
        (folder / "model.py").unlink()
        if what == "pipe":
            os.mkfifo(folder / "model.py")
        else:
            (folder / "model.py").symlink_to("/dev/zero")
        refused = invoke("generate", "lenet5", "--target", "torch", "--out", tmp_path)
        assert (refused.exit_code, "error[A501]" in refused.stderr) == (1, True)
        assert invoke("generate", "lenet5", "--target", "torch", "--out", tmp_path, "--check").exit_code == 1
        assert invoke("generate", "lenet5", "--target", "torch", "--out", tmp_path, "--force").exit_code == 0
        assert (folder / "model.py").read_bytes() == model


def test_a_spec_may_write_the_line_of_the_checksum(tmp_path: Path) -> None:
    for number, line in enumerate(("# file sha256 -", "<!-- file sha256 - -->", f"# file sha256 {'0' * 64}")):
        spec = tmp_path / f"net{number}.yaml"
        spec.write_text(GOOD.replace("Good", f'"x\\n{line}\\n"\nsource: "{line}"'), "utf-8")
        for _ in range(2):
            done = invoke("generate", spec, "--target", "torch", "--out", tmp_path)
            assert done.exit_code == 0, done.output
        assert done.output.endswith("up to date\n")


def test_a_network_that_is_too_large_has_rows_that_are_not_legal(tmp_path: Path) -> None:
    spec = tmp_path / "large.yaml"
    spec.write_text("archcalc: 1\nname: L\ninput: [3, 4, 4]\nlayers:\n  - {kind: relu, repeat: 100001}\n", "utf-8")
    result = invoke("sweep", spec, "--input", "W=4:5", "--format", "csv")
    why = '"`relu`: `repeat` takes at most 100,000, not 100,001"'
    rows = [f"{width},false,relu,{why},,,\n" for width in (4, 5)]
    assert (result.exit_code, result.stdout) == (1, "".join(["W,legal,fails_at,why,params,macs,flops\n", *rows]))


def test_what_a_field_cannot_be_is_not_computed_with(tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    for field in ("size: ½", "size: 2, alpha: ½"):
        spec.write_text(
            f"archcalc: 1\nname: N\ninput: [3, 8, 8]\nlayers: [{{kind: local_response_norm, {field}}}]\n", "utf-8"
        )
        assert invoke("explain", spec, "local_response_norm").exit_code == 1


@pytest.mark.parametrize("name", ["\\\\input{index}", "(a*)*{index}", "[{index}", "a{index}(?P<x"])
@pytest.mark.parametrize("command", ["check", "law", "sweep", "explain"])
def test_the_name_of_copies_is_no_pattern(tmp_path: Path, name: str, command: str) -> None:
    spec = tmp_path / "net.yaml"
    layers = f'  - {{name: "{name}", kind: relu, repeat: 2}}\n  - {{kind: relu, from: {"a" * 60}}}\n'
    spec.write_text(f"archcalc: 1\nname: N\ninput: [3, 8, 8]\nlayers:\n{layers}outputs: [{'a' * 60}]\n", "utf-8")
    assert invoke(command, spec).exit_code == 1
