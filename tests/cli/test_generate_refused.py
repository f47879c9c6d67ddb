"""`archcalc generate`: what has no code, cannot be written, or is too many at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from torch import nn

from archcalc import Report, check
from archcalc.cli.generate import MOST_MEMBERS
from archcalc.cli.main import cli
from archcalc.language.reserved_words import MODULE_ATTRIBUTES
from archcalc.targets import generate as generating
from archcalc.targets.generate import GenerateError, generate
from archcalc.targets.torch.plan import plan
from archcalc.targets.torch.slots import NoCode

ROOT = Path(__file__).parents[2]


LENET = ROOT / "specs" / "lenet5.yaml"


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["generate", "--target", "torch", *map(str, arguments)])


PICKED = """\
archcalc: 1
name: Picked
input: [3, 8, 8]
let: {n}
presets: {plain: {let: {n: 1}}, odd: {let: {n: 2}}, wide: {let: {n: 0}}}
layers:
  - {name: c1, kind: conv2d, out_channels: 4, kernel_size: 1}
  - {name: flat, kind: flatten}
  - {name: fc, kind: linear, out_features: 5}
"""


def without_code(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let there be no code for the networks of these names; what has none of itself differs from version to version."""

    def picky(report: Report, name: str) -> dict[str, Any]:
        if name in names and report.spec is not None:
            raise NoCode(report.spec.layers[0].span, "this has no code", "write it out")
        return plan(report, name)

    monkeypatch.setattr(generating, "plan", picky)


@pytest.mark.parametrize("options", [[], ["--check"], ["--force"], ["--preset", "odd"], ["--preset", "odd", "--check"]])
@pytest.mark.parametrize("before", [True, False])
def test_a_network_without_code_is_refused_and_the_rest_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], before: bool
) -> None:
    spec, out = tmp_path / "picked.yaml", tmp_path / "out"
    spec.write_text(PICKED, encoding="utf-8")
    if before:
        assert invoke(spec, "--out", out).exit_code == 0
    kept = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    without_code(monkeypatch, "odd")
    done = invoke(spec, "--out", out, *options)
    assert done.exit_code == 1
    assert done.stderr == (
        f"error[A503]: this has no code\n --> {spec}:7:5\n  |\n"
        "7 |   - {name: c1, kind: conv2d, out_channels: 4, kernel_size: 1}\n"
        "  |     ^" + "^" * 56 + f"\n  = help: write it out\n\n{spec} odd: nothing generated\n"
    )
    written = {path.name for path in out.iterdir()} if out.exists() else set()
    assert written == (
        {"plain", "odd", "wide"} if before else set() if "odd" in options or "--check" in options else {"plain", "wide"}
    )
    assert all(path.read_bytes() == content for path, content in kept.items())
    # The others are well where they were written.
    if "odd" not in options and (before or "--check" not in options):
        for preset in ("plain", "wide"):
            assert invoke(spec, "--out", out, "--preset", preset, "--check").exit_code == 0


def test_of_a_family_so_many_are_written_at_once(tmp_path: Path) -> None:
    """Who wrote the spec has chosen how many there are, and not who asks for them."""
    spec, out = tmp_path / "many.yaml", tmp_path / "out"
    members = "".join(f"  p{n}: {{let: {{n: {n}}}}}\n" for n in range(1, MOST_MEMBERS + 2))
    spec.write_text(
        f"archcalc: 1\nname: Many\ninput: [3, 8, 8]\nlet: {{n}}\npresets:\n{members}layers:\n"
        "  - {kind: conv2d, out_channels: n, kernel_size: 1}\n"
    )
    done = invoke(spec, "--out", out)
    assert done.exit_code == 2
    assert f"is a family of more than {MOST_MEMBERS} networks" in done.stderr
    assert not out.exists()
    assert invoke(spec, "--out", out, "--preset", "p7").exit_code == 0
    assert [path.name for path in out.iterdir()] == ["p7"]


def test_of_several_specs_the_worst_is_the_status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = tmp_path / "none_here.yaml"
    spec.write_text(LENET.read_text("utf-8"), encoding="utf-8")
    without_code(monkeypatch, "none_here")
    for order in ([spec, LENET], [LENET, spec]):
        done = invoke(*order, "--out", tmp_path / "out")
        assert done.exit_code == 1
        assert f"{spec}: nothing generated" in done.stderr
        assert "lenet5: " in done.stdout
    assert not (tmp_path / "out" / "none_here").exists()
    assert invoke(spec, tmp_path / "gone.yaml", "--out", tmp_path / "out").exit_code == 2
    assert invoke(tmp_path / "gone.yaml", spec, "--out", tmp_path / "out").exit_code == 2
    with pytest.raises(GenerateError) as caught:
        generate(check(spec))
    assert [error.code for error in caught.value.diagnostics] == ["A503"]


def test_a_source_that_is_named_by_an_expression_has_code_or_a_refusal(tmp_path: Path) -> None:
    spec = tmp_path / "named.yaml"
    body = "layers:\n  - {name: c1, kind: relu}\n  - {name: c2, kind: relu, from: 'c{n}'}\n"
    spec.write_text(f"archcalc: 1\nname: Named\ninput: [3, 8, 8]\nlet: {{n: 1}}\n{body}", encoding="utf-8")
    assert check(spec).ok
    for options in ([], ["--check"], ["--force"]):
        done = invoke(spec, "--out", tmp_path / "out", *options)
        assert (done.exit_code == 1) == ("error[A503]" in done.stderr)
        assert done.exit_code == 0 or not (tmp_path / "out").exists()


def test_two_specs_for_one_folder_are_refused(tmp_path: Path) -> None:
    for name in ("a-b.yaml", "a_b.yaml"):
        (tmp_path / name).write_text(LENET.read_text("utf-8"), encoding="utf-8")
    done = invoke(tmp_path / "a-b.yaml", tmp_path / "a_b.yaml", "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "would go into" in done.output
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    done = invoke(LENET, "--out", tmp_path / "file" / "below")
    assert done.exit_code == 2
    assert "cannot be written" in done.output


OF_A_DICTIONARY = {name for name in set(dir(nn.ModuleDict)) - set(dir(nn.Module)) if not name.startswith("_")}


@pytest.mark.parametrize("name", sorted(OF_A_DICTIONARY - MODULE_ATTRIBUTES))
def test_a_layer_in_a_dictionary_is_called_as_none_of_its_methods(name: str, tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    group = "layers:\n  - name: group\n    layers:\n      - {name: NAME, kind: relu}\n"
    text = f"archcalc: 1\nname: Net\ninput: [3, 8, 8]\n{group}      - {{kind: add, from: [NAME, input]}}\n"
    for called, status in ((name, 1), ("other", 0)):
        spec.write_text(text.replace("NAME", called), "utf-8")
        done = invoke(spec, "--out", tmp_path / "out")
        assert done.exit_code == status, done.output
        assert (f"`group.{name}`: the group becomes an nn.ModuleDict, which has a method" in done.stderr) == bool(
            status
        )


ONE_TEXT = """
archcalc: 1
name: Two
input: [4, 8]
blocks:
  scaled:
    args: {most}
    layers: [{name: scale, kind: logit_scale, max_value: most}]
layers:
  - {name: one, kind: scaled, most: 2}
  - {name: two, kind: scaled, most: 3}
"""


def test_what_is_written_of_a_parameter_is_one_text_in_all_uses(tmp_path: Path) -> None:
    """Its class would cut off both at the first use's value."""
    spec = tmp_path / "two.yaml"
    spec.write_text(ONE_TEXT.lstrip(), encoding="utf-8")
    done = invoke(spec, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "error[A503]: `scaled.scale` computes something else in one use than in another" in done.stderr
    spec.write_text(ONE_TEXT.lstrip().replace("most: 3", "most: 2"), encoding="utf-8")
    assert invoke(spec, "--out", tmp_path / "out").exit_code == 0
    assert "self.scale.clamp(max=2.0).exp() * x" in (tmp_path / "out" / "two" / "model.py").read_text("utf-8")
