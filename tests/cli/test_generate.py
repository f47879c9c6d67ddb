"""`archcalc generate`: what it writes, refuses and never overwrites."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archcalc import check, check_each, check_text
from archcalc.cli.main import cli
from archcalc.targets.generate import GenerateError, generate

ROOT = Path(__file__).parents[2]
LENET = ROOT / "specs" / "lenet5.yaml"
DEEP = os.environ.get("ARCHCALC_DEEP") == "1"
OF_PICTURES = {"pictures.py", "packed.py"}
FILES = {
    "model.py", "data.py", "batches.py", "objective.py", "train.py", "export.py", "checkpoint.py", "log.py",
    "machine.py", "options.py", "test_lenet5.py", "layers_lenet5.py", "reference_lenet5.py", "pretrained.py",
    "recipe.py", "README.md", *OF_PICTURES,
}  # fmt: skip


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["generate", "--target", "torch", *map(str, arguments)])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_folder_a_spec_with_a_closed_set_of_files(tmp_path: Path) -> None:
    done = invoke(LENET, ROOT / "specs" / "alexnet-paper.yaml", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert {path.name for path in tmp_path.iterdir()} == {"lenet5", "alexnet_paper"}
    assert set(contents(tmp_path / "lenet5")) == FILES


def test_without_a_spec_all_of_the_folder_specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "mine.yaml").write_text(LENET.read_text("utf-8"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert invoke().exit_code == 0
    assert set(contents(tmp_path / "generated" / "mine")) == {name.replace("lenet5", "mine") for name in FILES}
    monkeypatch.chdir(tmp_path / "specs")
    assert invoke().exit_code == 2


def test_the_same_bytes_under_any_hash_seed_and_locale(tmp_path: Path) -> None:
    seen = []
    for seed, locale in (("0", "C"), ("1", "C.UTF-8"), ("77", "POSIX")):
        out = tmp_path / seed
        environment = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": locale, "TZ": f"Etc/GMT{seed[0]}"}
        command = [sys.executable, "-c", "from archcalc.cli.main import main; main()", "generate", "--target", "torch"]
        names = ("alexnet", "alexnet-paper", "lenet5", "shufflenet_v2", "unet", *(("densenet",) if DEEP else ()))
        specs = [ROOT / "specs" / f"{name}.yaml" for name in names]
        subprocess.run([*command, "--out", str(out), *map(str, specs)], env=environment, check=True, cwd=tmp_path)
        seen.append({path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()})
    networks = sum(len(list(check_each(spec))) for spec in specs)
    # A network has these files, and some have more, by what its recipe asks for.
    folders = Counter(path.parts[0] for path in seen[0])
    assert len(folders) == networks > len(specs)
    assert min(folders.values()) >= len(FILES)
    assert seen[0] == seen[1] == seen[2]
    assert not any(str(ROOT).encode() in text or str(tmp_path).encode() in text for text in seen[0].values())


def test_an_edit_stays_and_does_not_freeze_the_other_files(tmp_path: Path) -> None:
    spec = tmp_path / "lenet5.yaml"
    spec.write_text(LENET.read_text("utf-8"), encoding="utf-8")
    invoke(spec, "--out", tmp_path)
    folder, edited = tmp_path / "lenet5", tmp_path / "lenet5" / "train.py"
    edited.write_text(edited.read_text("utf-8") + "# mine\n", encoding="utf-8")
    # Of a change that train.py has no part in nothing is to be said.
    spec.write_text(LENET.read_text("utf-8").replace("kind: tanh", "kind: relu"), encoding="utf-8")
    done = invoke(spec, "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert "model.py" in done.stdout
    assert done.stdout.endswith("; kept train.py, which you changed\n")
    assert "nn.Tanh" not in (folder / "model.py").read_text("utf-8")
    assert edited.read_text("utf-8").endswith("# mine\n")
    assert "error[A501]" in invoke(spec, "--out", tmp_path, "--check").output
    # Of one that it has, it is.
    text, schedule = spec.read_text("utf-8"), "  schedule: {kind: cosine_annealing_lr, T_max: 10}\n"
    assert schedule in text
    spec.write_text(text.replace(schedule, ""), encoding="utf-8")
    done = invoke(spec, "--out", tmp_path)
    assert done.exit_code == 1
    assert f"error[A501]: `train.py` was changed since it was generated\n --> {edited}\n" in done.stderr
    assert done.stderr.splitlines()[-1].startswith(f"{folder}: wrote ")
    assert "; kept train.py" in done.stderr
    assert edited.read_text("utf-8").endswith("# mine\n")
    assert invoke(spec, "--out", tmp_path, "--force").exit_code == 0
    assert "mine" not in edited.read_text("utf-8")
    assert invoke(spec, "--out", tmp_path, "--check").exit_code == 0


def test_diff_shows_what_would_change_and_writes_nothing(tmp_path: Path) -> None:
    invoke(LENET, "--out", tmp_path)
    folder = tmp_path / "lenet5"
    assert invoke(LENET, "--out", tmp_path, "--diff").exit_code == 0
    model = folder / "model.py"
    model.write_text(model.read_text("utf-8").replace("nn.Tanh()", "nn.ReLU()", 1), encoding="utf-8")
    (folder / "data.py").write_bytes(b"\xff")
    before = contents(folder)
    done = invoke(LENET, "--out", tmp_path, "--diff")
    assert done.exit_code == 1
    assert f"--- {model}\n+++ {model} generated\n" in done.stdout
    changed = [line for line in done.stdout.splitlines() if line[:1] in "+-" and line[:3] not in ("---", "+++")]
    assert [line[0] for line in changed] == ["-", "+"]
    assert "nn.ReLU()" in changed[0]
    assert "nn.Tanh()" in changed[1]
    assert f"{folder / 'data.py'} cannot be read as text" in done.stdout
    assert contents(folder) == before


def test_settings_and_an_input_are_said_in_what_is_written(tmp_path: Path) -> None:
    done = invoke("resnet18", "--set", "classes=10", "--input", "3,64,64", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    model = (tmp_path / "resnet18" / "model.py").read_text("utf-8")
    assert "# spec resnet.yaml resnet18, classes=10, input 3 x 64 x 64, sha256 " in model
    assert "(N, 3, 64, 64) -> (N, 10)" in model
    assert "CLASSES = 10\n" in (tmp_path / "resnet18" / "data.py").read_text("utf-8")
    assert invoke("resnet18", "--set", "clases=10", "--out", tmp_path).exit_code == 2
    plain = generate(check("resnet18")).files
    other = generate(check("resnet18", settings={"classes": 10})).files
    assert plain["checkpoint.py"] != other["checkpoint.py"], "a checkpoint is of one network"


@pytest.mark.parametrize("foreign", [b"", b"print('mine')\n", b"\xff\xfe", b"# file sha256 " + b"0" * 64 + b"\n"])
def test_a_file_of_someone_elses_is_never_overwritten(tmp_path: Path, foreign: bytes) -> None:
    (tmp_path / "lenet5").mkdir()
    (tmp_path / "lenet5" / "model.py").write_bytes(foreign)
    assert invoke(LENET, "--out", tmp_path).exit_code == 1
    assert (tmp_path / "lenet5" / "model.py").read_bytes() == foreign


def test_a_changed_spec_updates_what_nobody_edited(tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(LENET.read_text("utf-8"), encoding="utf-8")
    invoke(spec, "--out", tmp_path)
    spec.write_text(LENET.read_text("utf-8").replace("out_features: 84", "out_features: 85")
                    .replace("expect: [84]", "expect: [85]"), encoding="utf-8")  # fmt: skip
    stale = invoke(spec, "--out", tmp_path, "--check")
    assert stale.exit_code == 1
    model = tmp_path / "net" / "model.py"
    assert f"error[A502]: `model.py` is not what the spec gives now\n --> {model}\n  = help: " in stale.stdout
    assert stale.stdout.endswith("files stale\n")
    assert invoke(spec, "--out", tmp_path).exit_code == 0
    assert "nn.Linear(120, 85)" in (tmp_path / "net" / "model.py").read_text("utf-8")
    assert invoke(spec, "--out", tmp_path, "--check").exit_code == 0


def test_a_folder_that_is_stale_is_told_file_by_file(tmp_path: Path) -> None:
    invoke(LENET, "--out", tmp_path)
    folder = tmp_path / "lenet5"
    (folder / "data.py").unlink()
    (folder / "train.py").write_text("mine\n", encoding="utf-8")
    done = invoke(LENET, "--out", tmp_path, "--check")
    assert done.exit_code == 1
    assert done.stdout == (
        f"error[A502]: `data.py` is missing\n --> {folder / 'data.py'}\n"
        "  = help: generate again, and keep what is written\n\n"
        f"error[A501]: `train.py` was changed since it was generated\n --> {folder / 'train.py'}\n"
        "  = help: see with `--diff` what would change, and take over what you want\n"
        "  = help: write into another folder with `--out`, or give the change up with `--force`\n\n"
        f"{folder}: 2 of 18 files stale\n"
    )
    assert [error.code for error in generate(check(LENET), out=tmp_path).errors()] == ["A502", "A501"]


def test_a_spec_that_does_not_check_is_refused(tmp_path: Path) -> None:
    spec = tmp_path / "bad.yaml"
    spec.write_text("archcalc: 1\nname: x\ninput: [3, 4, 4]\nlayers: [{kind: rleu}]\n", encoding="utf-8")
    done = invoke(spec, LENET, "--out", tmp_path)
    assert done.exit_code == 1
    assert "did you mean `relu`?" in done.stderr
    assert f"error[A503]: code is generated only from a spec that checks\n --> {spec}\n" in done.stderr
    assert "A503" not in invoke(tmp_path / "none.yaml", "--out", tmp_path).output
    assert not (tmp_path / "bad").exists()
    assert (tmp_path / "lenet5" / "model.py").exists()
    assert invoke(tmp_path / "none.yaml", "--out", tmp_path).exit_code == 2
    with pytest.raises(GenerateError, match="does not check"):
        generate(check(spec))


@pytest.mark.parametrize("name", ["Tensor", "nn", "2012", "class", "日本", "a b-c", '"""', "x" * 300])
def test_any_name_gives_a_class(name: str) -> None:
    text = LENET.read_text("utf-8").replace("name: LeNet5", f"name: {name!r}")
    report = check_text(text, file="any.yaml")
    assert report.ok
    namespace: dict[str, object] = {"__name__": "model"}
    exec(generate(report).files["model.py"], namespace)
    assert any(getattr(value, "__module__", None) == "model" for value in namespace.values())
