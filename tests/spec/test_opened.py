"""Names of specs: paths, bundled specs, their presets, standard input; and names that are none of these."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest

import archcalc
from archcalc import SettingError, check, check_each
from archcalc.spec import opened as opening
from archcalc.spec.bundled import Bundled, bundled_networks, bundled_specs
from archcalc.spec.opened import is_bundled, opened

TEXT = "archcalc: 1\nname: Good\ninput: [3]\nlayers:\n  - {kind: relu}\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def stands_for(name: str, preset: str | None = None) -> tuple[str, str | None]:
    found = opened(name, preset)
    return Path(found.log.file).name, found.preset


@pytest.mark.parametrize(
    ("name", "preset", "expected"),
    [
        ("alexnet", None, ("alexnet.yaml", None)),
        ("resnet", None, ("resnet.yaml", None)),
        ("resnet", "resnet50", ("resnet.yaml", "resnet50")),
        ("resnet50", None, ("resnet.yaml", "resnet50")),
        ("resnet50", "resnet50", ("resnet.yaml", "resnet50")),
        # A preset goes before the spec that is called the same.
        ("googlenet", None, ("googlenet.yaml", "googlenet")),
        ("googlenet", "googlenet_aux", ("googlenet.yaml", "googlenet_aux")),
    ],
)
def test_a_bare_name_is_a_preset_or_else_a_spec(
    here: Path, name: str, preset: str | None, expected: tuple[str, str | None]
) -> None:
    assert stands_for(name, preset) == expected
    assert is_bundled(name)


def test_a_path_goes_before_a_preset(here: Path) -> None:
    (here / "resnet50").write_text(TEXT, "utf-8")
    assert stands_for("resnet50") == ("resnet50", None)
    assert check("resnet50").name == "Good"
    assert not is_bundled("resnet50")
    assert check("./alexnet").diagnostics[0].code == "A101"


@pytest.mark.parametrize(
    ("name", "help"),
    [
        ("resnet5O", "did you mean `resnet50`?"),
        ("ResNet-50", "did you mean `resnet50`?"),
        ("alexnt", "did you mean `alexnet`?"),
        ("a_name_of_nothing", "`archcalc list` names the bundled networks"),
    ],
)
def test_an_unknown_name_asks_which_was_meant(here: Path, name: str, help: str) -> None:
    report = check(name)
    assert [error.code for error in report.diagnostics] == ["A101"]
    assert report.diagnostics[0].help == (help,)
    assert [error.help for error in next(check_each(name)).diagnostics] == [(help,)]


def test_a_file_with_a_name_like_it_is_asked_for_first(here: Path) -> None:
    (here / "alxnet.yaml").write_text(TEXT, "utf-8")
    assert check("alxnet").diagnostics[0].help[0] == "did you mean `alxnet.yaml`?"


def test_a_preset_that_two_families_have_is_not_guessed(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two = [Bundled("small", spec, "small", None, (3,), 1, 1, 1) for spec in ("resnet", "regnet")]
    monkeypatch.setattr(opening, "bundled_networks", lambda: (*two, *bundled_networks()))
    with pytest.raises(SettingError, match="write `resnet --preset small` or `regnet --preset small`"):
        opened("small")


def test_a_preset_of_a_preset_is_refused(here: Path) -> None:
    with pytest.raises(SettingError, match="`resnet50` is a preset of `resnet` already: leave out `resnet101`"):
        check("resnet50", preset="resnet101")


@pytest.mark.parametrize("name", [None, 3, b"alexnet", ["alexnet"]])
def test_what_names_nothing_is_refused(name: Any) -> None:
    for ask in (check, archcalc.sweep, lambda path: list(check_each(path))):
        with pytest.raises(SettingError, match="a spec is named by its path, or as a bundled network"):
            ask(name)


def test_python_takes_the_same_names(here: Path) -> None:
    report = check("resnet18")
    assert (report.name, report.preset) == ("ResNet", "resnet18")
    assert [one.preset for one in check_each("resnet18")] == ["resnet18"]
    assert [one.preset for one in check_each("unet")] == ["unet", "unet_paper"]
    assert check("unet").preset == "unet"
    assert len([*check_each("squeezenet")]) == 2
    assert archcalc.sweep("resnet18", columns=["params"])["params"].tolist() == [11_689_512]
    assert archcalc.sweep("squeezenet", preset="squeezenet1_1", columns=["params"])["params"].tolist() == [1_235_496]


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_standard_input_is_a_spec(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    report = check(name)
    assert (report.ok, report.file, report.name) == (True, "<stdin>", "Good")


def test_standard_input_is_read_once_for_a_whole_family(monkeypatch: pytest.MonkeyPatch) -> None:
    text = bundled_specs()["squeezenet"].read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert [one.preset for one in check_each("-")] == ["squeezenet1_0", "squeezenet1_1"]


def test_what_a_shell_substitutes_is_a_spec() -> None:
    read, write = os.pipe()
    os.write(write, TEXT.encode())
    os.close(write)
    try:
        report = check(f"/dev/fd/{read}")
    finally:
        os.close(read)
    assert (report.ok, report.file) == (True, f"<fd {read}>")


def test_standard_input_that_is_none_or_too_long_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert check("-").diagnostics[0].message == "`-` cannot be read: standard input is closed"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"#" * (2 << 20))))
    assert check("-").diagnostics[0].code == "A103"
