"""What is written is right: held against torch, ruff, mypy, and its own tests with mutants."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings

from archcalc import check, check_text
from archcalc.sizes.rules import known_size, known_sizes
from archcalc.spec.bundled import bundled_specs
from archcalc.targets.generate import generate
from tests.support.draw_chains import spec_texts
from tests.support.forked import forked
from tests.support.generated_module import network_of
from tests.support.model_mutants.trials import NO_SHRINKING

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
ZOO = ROOT / "specs"
FAMILIES = {
    "bert": "bert_base_uncased",
    "convnext": "convnext_tiny",
    "densenet": "densenet121",
    "efficientnet": "efficientnet_b0",
    "googlenet": "googlenet_aux",
    "gpt2": "gpt2_bytes",
    "llama": "smollm_135m",
    "mobilenet_v2": "mobilenet_v2",
    "mobilenet_v3": "mobilenet_v3_small",
    "regnet": "regnet_y_400mf",
    "resnet": "resnet18",
    "shufflenet_v2": "shufflenet_v2_x0_5",
    "squeezenet": "squeezenet1_1",
    "unet": "unet",
    "vgg": "vgg11_bn",
    "vit": "vit_b_32",
}
"""A member of each family whose code has something that no other's has."""

SPECS: dict[str, tuple[Path, str | None]] = {
    **{path.stem: (path, None) for path in sorted((HERE / "specs").glob("*.yaml"))},
    **{name: (ZOO / f"{name}.yaml", None) for name in ("alexnet", "alexnet-paper", "alexnet-torchvision", "lenet5")},
    **{preset: (ZOO / f"{family}.yaml", preset) for family, preset in FAMILIES.items()},
}
SMALL = [name for name in SPECS if SPECS[name][0].parent == HERE / "specs" or name == "lenet5"]
DEEP = "ARCHCALC_DEEP" in os.environ
OFTEN = ("shufflenet_v2_x0_5",)
TESTED = [*SPECS] if DEEP else [*SMALL, *OFTEN]
ALSO_TYPED = ("alexnet", "convnext_tiny", "googlenet_aux", "gpt2_bytes", "regnet_y_400mf", "unet", "vgg11_bn")
TYPED = [*SMALL, *OFTEN, *ALSO_TYPED]
TYPED_ALONE = [*SPECS] if DEEP else ["lenet5"]


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A Python module as a command, in a folder."""
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, encoding="utf-8", check=False
    )


def run_tests(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """pytest in a folder that is generated."""
    return forked(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *options)


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every network's generated folder."""
    out = tmp_path_factory.mktemp("generated")
    made = {name: generate(check(path, preset=preset), out=out) for name, (path, preset) in SPECS.items()}
    for one in made.values():
        one.write()
    return {name: one.folder for name, one in made.items()}


@settings(max_examples=settings().max_examples // 2)
@given(spec_texts())
def test_generated_networks_are_the_spec(text: str) -> None:
    report = check_text(text, file="drawn.yaml")
    assert report.ok, report.diagnostics
    assert report.totals is not None
    assert report.input is not None
    with warnings.catch_warnings():
        # torch warns of dropout on few axes, and of kernels of even size with `same`.
        warnings.simplefilter("ignore")
        network = network_of(generate(report).files, report).eval()
        shapes: dict[str, tuple[int, ...]] = {}
        for name, layer in network.named_modules():
            layer.register_forward_hook(
                lambda _layer, _inputs, output, name=name: shapes.__setitem__(name, tuple(output.shape[1:]))
            )
        network(torch.zeros(2, *known_sizes(report.input)))
    for layer_facts in report.layers:
        layer = layer_facts.step.layer
        assert layer is not None
        assert not layer.is_module or shapes[layer_facts.name] == layer_facts.output
    expected = {
        layer.key(name): tuple(shape)
        for layer in report.layers
        for name, shape in (layer.weights | layer.buffers).items()
    }
    assert {name: tuple(value.shape) for name, value in network.state_dict().items()} == expected
    assert sum(parameter.numel() for parameter in network.parameters()) == report.totals.params


@pytest.mark.parametrize("command", [("check",), ("format", "--check")])
def test_generated_folders_pass_ruff(command: tuple[str, ...], folders: dict[str, Path]) -> None:
    name, *options = command
    done = run(next(iter(folders.values())).parent, "ruff", name, "--isolated", *options, ".")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("preset", ["convmixer_1024_20_ks9_p14", "opt_125m"])
def test_the_code_of_a_long_name_and_of_a_class_of_ours_is_formatted(preset: str, tmp_path: Path) -> None:
    spec = bundled_specs()[preset.partition("_")[0]]
    generate(check(spec, preset=preset), out=tmp_path).write()
    done = run(tmp_path, "ruff", "format", "--check", "--isolated", ".")
    assert done.returncode == 0, done.stdout


MOST_LINES = {"train.py": 300, "data.py": 250, "batches.py": 250, "checkpoint.py": 250, "machine.py": 250,
              "objective.py": 250, "export.py": 250, "pictures.py": 250, "packed.py": 250, "log.py": 100}  # fmt: skip
MOST_LINES |= {"options.py": 100, "test_{}.py": 260, "reference_{}.py": 250}


def test_the_training_code_is_short(folders: dict[str, Path]) -> None:
    for folder in folders.values():
        for name, most in MOST_LINES.items():
            path = folder / name.format(folder.name)
            if path.exists():
                assert len(path.read_text("utf-8").splitlines()) <= most, path


def test_lines_have_88_columns_at_most(folders: dict[str, Path]) -> None:
    """But for tables, addresses and texts of the spec, and what is said to mypy."""
    for path in (path for folder in folders.values() for path in folder.glob("*.py")):
        if not path.name.startswith("layers_"):
            lines = path.read_text("utf-8").splitlines()[3:]
            long = [line for line in lines if len(line) > 88 and "# type: ignore" not in line]
            assert not [line for line in long if not line.lstrip().startswith(("http", '"source": '))], path


# The checkout's own settings, which are strict, so that what is known of torch need not be read again.
KNOWING_TORCH = ("--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(ROOT / ".mypy_cache"))


@pytest.mark.parametrize("spec", TYPED_ALONE)
def test_a_generated_folder_passes_strict_mypy(spec: str, folders: dict[str, Path]) -> None:
    done = run(folders[spec], "mypy", "--strict", *(() if DEEP else KNOWING_TORCH), ".")
    assert done.returncode == 0, done.stdout + done.stderr


def as_package(folder: Path, package: Path) -> None:
    """A copy whose files import each other as parts of a package: many such are typed in one run."""
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    files = sorted(folder.glob("*.py"))
    names = "|".join(path.stem for path in files)
    for path in files:
        text = re.sub(rf"^( *)import ({names})$", r"\1from . import \2", path.read_text("utf-8"), flags=re.MULTILINE)
        text = re.sub(rf"^( *)from ({names}) import ", r"\1from .\2 import ", text, flags=re.MULTILINE)
        (package / path.name).write_text(text, "utf-8")


def test_generated_folders_pass_strict_mypy_together(folders: dict[str, Path], tmp_path: Path) -> None:
    for name in TYPED:
        as_package(folders[name], tmp_path / f"of_{name}".replace("-", "_"))
    slip = tmp_path / "slip"
    as_package(folders["lenet5"], slip)
    model = (slip / "model.py").read_text("utf-8")
    (slip / "model.py").write_text(model.replace("-> Tensor:", "-> int:"), "utf-8")
    done = run(tmp_path, "mypy", *KNOWING_TORCH, ".")
    wrong = [line for line in done.stdout.splitlines() if "error:" in line]
    assert wrong, done.stdout + done.stderr
    assert [line for line in wrong if not line.startswith("slip")] == []


@pytest.mark.parametrize("spec", TESTED)
def test_generated_tests_pass(spec: str, folders: dict[str, Path]) -> None:
    done = run_tests(folders[spec])
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


def test_generated_folders_can_be_tested_together(folders: dict[str, Path]) -> None:
    together = [str(folders[spec]) for spec in (SMALL if DEEP else SMALL[-3:])]
    # As a person runs them, in an interpreter that has imported nothing yet.
    done = run(next(iter(folders.values())).parent, "pytest", "-q", "-p", "no:cacheprovider", *together)
    assert done.returncode == 0, done.stdout


MUTANTS = {
    "another stride": ("kernel_size=2)", "kernel_size=2, stride=1)"),
    "another width": ("nn.Conv2d(1, 6, kernel_size=5)", "nn.Conv2d(1, 6, kernel_size=5, bias=False)"),
    "another activation's place": ("x = self.s2(x)", "x = self.s2(self.tanh1(x))[:, :, :, 1:]"),
    "another name": ("f6", "fc6"),
    "a frozen layer": (
        "self.output = nn.Linear(84, num_classes)",
        "self.output = nn.Linear(84, num_classes)\n        self.output.requires_grad_(False)",
    ),
    "a layer left out": ("        x = self.tanh2(x)", "        # x = self.tanh2(x)"),
    "any size taken": ("nn.Flatten()", "nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())"),
    "a second branch never used": (
        "self.flatten = nn.Flatten()",
        "self.flatten = nn.Flatten()\n        self.spare = nn.Linear(2, 2)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mutant", MUTANTS)
def test_generated_tests_kill_mutants(mutant: str, tmp_path: Path) -> None:
    made = generate(check(ROOT / "specs" / "lenet5.yaml"), out=tmp_path)
    made.write()
    old, new = MUTANTS[mutant]
    text = made.files["model.py"]
    assert old in text
    (made.folder / "model.py").write_text(text.replace(old, new), encoding="utf-8")
    (made.folder / "conftest.py").write_text(NO_SHRINKING, encoding="utf-8")
    done = run_tests(made.folder, "-x")
    assert done.returncode == 1, done.stdout


def test_the_papers_initialisation() -> None:
    report = check(ROOT / "specs" / "alexnet-paper.yaml")
    network = network_of(generate(report).files, report)
    state = network.state_dict()
    ones = {name for name in state if name.endswith(".bias") and torch.equal(state[name], torch.ones_like(state[name]))}
    zeros = {name for name in state if name.endswith(".bias") and not state[name].any()}
    assert ones == {"conv2.bias", "conv4.bias", "conv5.bias", "fc6.bias", "fc7.bias"}
    assert zeros == {"conv1.bias", "conv3.bias", "fc8.bias"}
    for name in ("conv1.weight", "conv4.weight", "fc7.weight"):
        assert state[name].mean().abs() < 0.001
        assert 0.0095 < state[name].std() < 0.0105


@pytest.mark.parametrize("spec", [*SMALL, "resnet18", "shufflenet_v2_x0_5", "unet"])
def test_generated_networks_can_be_exported(spec: str) -> None:
    path, preset = SPECS[spec]
    report = check(path, preset=preset)
    assert report.input is not None
    network = network_of(generate(report).files, report).eval()
    assert report.graph is not None
    first, *others = known_sizes(report.input)
    shapes = [((first, *(min(size, 64) for size in others)), report.graph.below)]
    if report.graph.inputs:
        shapes = [(known_sizes(one.of(report.input)), one.below) for one in report.graph.inputs]
    samples = tuple(
        torch.randn(2, *shape) if below is None else torch.randint(known_size(below), (2, *shape))
        for shape, below in shapes
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exported = torch.export.export(network, samples).module()
    assert torch.equal(exported(*samples), network(*samples))


@pytest.mark.parametrize(("least", "passes"), [("(True, 2), (False, 1)", True), ("(True, 1), (False, 1)", False)])
def test_generated_tests_run_the_smallest_batches(least: str, passes: bool, tmp_path: Path) -> None:
    made = generate(check(HERE / "specs" / "excited.yaml"), out=tmp_path)
    made.write()
    path = made.folder / "test_excited.py"
    text = path.read_text("utf-8")
    assert "(True, 2), (False, 1)" in text
    path.write_text(text.replace("(True, 2), (False, 1)", least), "utf-8")
    done = run_tests(made.folder, "-k", "smallest_batches")
    assert (done.returncode == 0) == passes, done.stdout
