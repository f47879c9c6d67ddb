"""`num_classes` and `train.py --pretrained`: the reference's weights, all but what tells other classes apart."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

from archcalc import check, check_text
from archcalc.targets.generate import generate
from tests.support.forked import forked
from tests.support.generated_module import network_of

TEXT = """
archcalc: 1
name: Counted
input: [1, 8, 8]
let: {{classes: 10{let}}}
blocks:
  head:
    args: {{}}
    layers: [{{name: flat, kind: flatten}}, {{name: fc, kind: linear, out_features: classes}}]
layers:
  - {{name: conv, kind: conv2d, out_channels: 4, kernel_size: 3}}
  - {{name: bn, kind: batch_norm2d}}
  - {{name: head, kind: head}}{more}
"""


def text(let: str = "", more: str = "") -> str:
    return TEXT.format(let=let, more=f"\n  - {more}" if more else "")


def folder_of(spec: str, out: Path, **settings: int) -> Path:
    made = generate(check_text(spec, file="counted.yaml", settings=settings), out=out)
    made.write()
    return made.folder


def module(folder: Path, name: str) -> ModuleType:
    spec = spec_from_file_location(f"{name}_of_{folder.parent.name}", folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    found = module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.mark.parametrize(
    "network", ["resnet18", "googlenet_aux", "squeezenet1_1", "mobilenet_v3_small", "unet", "alexnet"]
)
def test_the_class_takes_the_number_of_classes(network: str) -> None:
    report, other = check(network), check(network, settings={"classes": 7})
    files = generate(report).files
    assert "num_classes: int = " in files["model.py"]
    shapes = {}
    for one, arguments in ((report, {"num_classes": 7}), (other, {})):
        made = network_of(generate(one).files, one, **arguments)
        shapes[one.as_written] = {name: tuple(value.shape) for name, value in made.state_dict().items()}
    assert shapes[True] == shapes[False]


@pytest.mark.parametrize(
    ("let", "more"),
    [
        (", half: classes // 2", "{kind: linear, out_features: half}"),
        ("", "{kind: linear, out_features: 2}"),
        ("", "{kind: linear, when: classes > 5, out_features: classes}"),
        ("", "{kind: linear, out_features: 2 * classes}"),
    ],
)
def test_it_is_left_out_where_more_depends_on_it(let: str, more: str) -> None:
    assert "num_classes" not in generate(check_text(text(let, more))).files["model.py"]


def saved(state: Mapping[str, Tensor], path: Path) -> Path:
    if path.suffix != ".safetensors":
        torch.save(dict(state), path)
        return path
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    data = b""
    for name, value in state.items():
        kind = {torch.float32: "F32", torch.int64: "I64"}[value.dtype]
        values = value.contiguous().numpy().tobytes()
        header[name] = {"dtype": kind, "shape": list(value.shape), "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of(text(), tmp_path_factory.mktemp("counted"))


def built(folder: Path, classes: int = 10) -> nn.Module:
    network = module(folder, "model").Counted(num_classes=classes)
    assert isinstance(network, nn.Module)
    return network


@pytest.mark.parametrize("name", ["weights.pt", "weights.safetensors"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_all_weights_of_the_same_network_are_taken(folder: Path, name: str, prefix: str, tmp_path: Path) -> None:
    theirs, ours = built(folder), built(folder)
    file = saved({f"{prefix}{key}": value for key, value in theirs.state_dict().items()}, tmp_path / name)
    assert module(folder, "pretrained").load_pretrained(ours, file) == []
    assert all(torch.equal(ours.state_dict()[key], value) for key, value in theirs.state_dict().items())


def test_what_tells_other_classes_apart_starts_anew_and_that_is_said(folder: Path, tmp_path: Path) -> None:
    theirs, ours = built(folder, 3), built(folder)
    before = {key: value.clone() for key, value in ours.state_dict().items()}
    state = {key: value for key, value in theirs.state_dict().items() if not key.endswith("num_batches_tracked")}
    file = saved(state | {"aux.fc.weight": torch.zeros(2)}, tmp_path / "weights.pt")
    assert module(folder, "pretrained").load_pretrained(ours, file) == [
        "head.fc.bias starts anew: the file has other classes",
        "head.fc.weight starts anew: the file has other classes",
        "aux.fc.weight of the file is not used",
    ]
    for key, value in ours.state_dict().items():
        assert torch.equal(value, before[key] if "head" in key or "num_batches" in key else theirs.state_dict()[key])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"conv.weight": torch.zeros(1)}, r"conv\.weight is \(4, 1, 3, 3\) here, and \(1,\) there"),
        ({"conv.weight": None}, r"conv\.weight is \(4, 1, 3, 3\) here, and nothing there"),
    ],
)
def test_another_network_is_refused(folder: Path, change: dict[str, Tensor | None], said: str, tmp_path: Path) -> None:
    state = {**built(folder).state_dict(), **change}
    file = saved({key: value for key, value in state.items() if value is not None}, tmp_path / "weights.pt")
    with pytest.raises(SystemExit, match=said):
        module(folder, "pretrained").load_pretrained(built(folder), file)


@pytest.mark.parametrize("name", ["weights.pt", "weights.safetensors"])
@pytest.mark.parametrize("content", [b"", b"nothing", b"\xff" * 100, None])
def test_what_cannot_be_read_is_said(folder: Path, name: str, content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SystemExit, match="cannot be read") as said:
        module(folder, "pretrained").load_pretrained(built(folder), tmp_path / name)
    # torch would have it read all the same, whoever it is from.
    assert "weights_only" not in str(said.value)


def test_training_begins_with_them(folder: Path, tmp_path: Path) -> None:
    file = saved(built(folder, 3).state_dict(), tmp_path / "weights.pt")
    command = ["train.py", "--pretrained", str(file), "--max-steps", "1", "--folder", str(tmp_path / "run")]
    done = forked(folder, *command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "head.fc.weight starts anew: the file has other classes" in done.stdout
    config = json.loads((tmp_path / "run" / "config.json").read_text("utf-8"))
    assert config["settings"]["pretrained"]["value"] == str(file)
    again = forked(folder, "train.py", "--resume", "--pretrained", "other.pt", "--folder", str(tmp_path / "run"))
    assert again.returncode != 0
    assert "is not the run's" in again.stdout + again.stderr
