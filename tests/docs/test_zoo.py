"""docs/zoo.md is not stale in what needs no torch, and `make zoo` runs what it must and no more."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from archcalc.spec.bundled import bundled_networks, bundled_specs
from tests.support.bundled import NETWORKS, checked
from tests.support.zoo_twins import PAIRS

DOCS = Path(__file__).parents[2] / "docs"


def _script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # msgspec looks a record's types up there
    spec.loader.exec_module(module)
    return module


WRITER, INDEX = _script("zoo"), _script("index")
ROWS = [line for line in (DOCS / "zoo.md").read_text(encoding="utf-8").splitlines() if line.startswith("| `")]


@pytest.mark.parametrize(("spec", "preset"), NETWORKS)
def test_the_page_has_what_is_computed_and_what_is_published(spec: str, preset: str | None) -> None:
    report = checked(spec, preset)
    begins = WRITER.counted(report)
    assert [row for row in ROWS if row.startswith(begins)], f"no row begins with {begins}: run `make zoo`"
    assert INDEX.entry(spec, report) in bundled_networks(), "specs/index.json is stale: run `make docs`"


def test_the_index_is_of_these_networks_in_the_order_of_their_specs() -> None:
    assert [(one.spec, one.preset) for one in bundled_networks()] == [tuple(one.values) for one in NETWORKS]


def test_the_page_has_a_row_for_each_network_and_no_other() -> None:
    names = [row.split("`")[1] for row in ROWS]
    assert sorted(names) == sorted(str(network.id) for network in NETWORKS)


def test_every_network_with_a_twin_was_run_and_is_the_same() -> None:
    runs = msgspec.json.decode((DOCS / "zoo.json").read_bytes())["networks"]
    assert runs.keys() == {preset or spec for spec, preset in (pair.values for pair in PAIRS)}
    for name, run in runs.items():
        assert run["state_dict"].startswith("yes"), name
        assert run["difference"] <= 1e-5 * run["largest"], name


def test_an_interrupted_run_goes_on_and_changed_code_runs_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs = {"squeezenet": bundled_specs()["squeezenet"]}
    kept, ran = tmp_path / "zoo.json", []

    def measured(report: object, code: str) -> object:
        ran.append(WRITER.name_of(report))
        if len(ran) == 2:
            raise KeyboardInterrupt
        return WRITER.Measured(WRITER.digest(code), "yes", 0.0, 1.0)

    def run() -> None:
        runs = msgspec.json.decode(kept.read_bytes(), type=WRITER.Runs) if kept.exists() else WRITER.Runs()
        WRITER.measure(runs, specs, kept)

    monkeypatch.setattr(WRITER, "measured", measured)
    with pytest.raises(KeyboardInterrupt):
        run()
    run()
    run()
    assert ran == ["squeezenet1_0", "squeezenet1_1", "squeezenet1_1"]
    runs = msgspec.json.decode(kept.read_bytes())
    runs["networks"]["squeezenet1_0"]["code"] = "another"
    kept.write_bytes(msgspec.json.encode(runs))
    run()
    assert ran[3:] == ["squeezenet1_0"]


def test_comments_at_the_start_of_code_do_not_count() -> None:
    assert WRITER.digest("# sha256 1\n# spec\nx = 1\n") == WRITER.digest("# sha256 2\nx = 1\n")
    assert WRITER.digest("# one\nx = 1\n") != WRITER.digest("# one\nx = 2\n")
