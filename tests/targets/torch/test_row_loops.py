"""Code of a `repeat` over a list: a loop over its rows. Its modules have the keys, weights and order of torch's own."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from archcalc import check_text
from archcalc.targets.generate import generate
from tests.support.generated_module import network_of

HEAD = "archcalc: 1\nname: N\ninput: [3, 16, 16]\n"
BLOCKS = """\
blocks:
  unit:
    args: {out, k: 3, s: 1, act: true}
    layers:
      - {kind: conv2d, out_channels: out, kernel_size: k, stride: s, padding: k // 2, bias: false}
      - {kind: batch_norm2d}
      - {kind: relu, when: act}
"""


def conv(taken: int, given: int, k: int, s: int = 1, *, act: bool = True) -> nn.Sequential:
    layers = [nn.Conv2d(taken, given, k, s, k // 2, bias=False), nn.BatchNorm2d(given)]
    return nn.Sequential(*layers, *([nn.ReLU()] if act else []))


def body(*layers: nn.Module) -> nn.Module:
    return nn.ModuleDict({"f": nn.Sequential(*layers)})


WRITTEN: dict[str, tuple[str, nn.Module, str]] = {
    "numbers": (
        """\
let: {widths: [8, 16, 12]}
layers:
  - {name: f, kind: conv2d, repeat: widths, out_channels: "widths[index]", kernel_size: 1}
""",
        body(nn.Conv2d(3, 8, 1), nn.Conv2d(8, 16, 1), nn.Conv2d(16, 12, 1)),
        "for in_channels, out_channels in ((3, 8), (8, 16), (16, 12))",
    ),
    "rows of blocks, some strided": (
        f"""\
let:
  rows: [{{c: 8, n: 1, s: 1, act: true}}, {{c: 12, n: 3, s: 2, act: false}}, {{c: 16, n: 2, s: 2, act: true}}]
{BLOCKS}layers:
  - name: f
    layers:
      - {{kind: unit, out: 8}}
      - repeat: rows
        layers: [{{kind: unit, repeat: n, out: c, s: "max(1, s - index)", act: act}}]
      - {{kind: unit, out: 4, k: 1}}
""",
        body(
            conv(3, 8, 3),
            conv(8, 8, 3),
            *[conv(8, 12, 3, 2, act=False), conv(12, 12, 3, act=False), conv(12, 12, 3, act=False)],
            *[conv(12, 16, 3, 2), conv(16, 16, 3)],
            conv(16, 4, 1),
        ),
        "for in_channels, c, n, s, act in (",
    ),
    "a condition of a row": (
        f"""\
let: {{rows: [{{c: 8, wide: false}}, {{c: 16, wide: true}}, {{c: 32, wide: true}}]}}
{BLOCKS}layers:
  - name: f
    layers:
      - repeat: rows
        layers:
          - {{kind: unit, out: c, k: 1}}
          - {{kind: conv2d, when: wide and index > 0, out_channels: c - index, kernel_size: 1}}
          - {{kind: max_pool2d, when: index < 2, kernel_size: 2}}
""",
        body(
            *[conv(3, 8, 1), nn.MaxPool2d(2)],
            *[conv(8, 16, 1), nn.Conv2d(16, 15, 1), nn.MaxPool2d(2)],
            *[conv(15, 32, 1), nn.Conv2d(32, 30, 1)],
        ),
        "in enumerate(",
    ),
    "a list in a row": (
        """\
let: {rows: [{c: 8, k: [1, 3]}, {c: 12, k: [3, 1]}]}
layers:
  - name: f
    layers:
      - {kind: conv2d, repeat: rows, out_channels: c, kernel_size: k}
""",
        body(nn.Conv2d(3, 8, (1, 3)), nn.Conv2d(8, 12, (3, 1))),
        "for in_channels, c, k in ((3, 8, (1, 3)), (8, 12, (3, 1)))",
    ),
    "fractions": (
        """\
let: {m: 0.5, rows: [{c: 16, p: 0.1}, {c: 5*m, p: 0.25}]}
layers:
  - name: f
    layers:
      - repeat: rows
        layers:
          - {kind: conv2d, out_channels: floor(c), kernel_size: 1}
          - {kind: dropout, p: p}
""",
        body(nn.Conv2d(3, 16, 1), nn.Dropout(0.1), nn.Conv2d(16, 2, 1), nn.Dropout(0.25)),
        "",
    ),
    "rows of the spec in a block that is used twice": (
        """\
let: {rows: [{c: 8}, {c: 6}]}
blocks:
  b:
    layers: [{kind: conv2d, repeat: rows, out_channels: c, kernel_size: 1}]
layers: [{name: f, layers: [{kind: b}, {kind: b}]}]
""",
        body(*[nn.Sequential(nn.Conv2d(n, 8, 1), nn.Conv2d(8, 6, 1)) for n in (3, 6)]),
        "for index, c in enumerate((8, 6))",
    ),
    "a list as an argument": (
        """\
blocks:
  b:
    args: {ws}
    layers: [{kind: conv2d, repeat: ws, out_channels: "ws[index]", kernel_size: 1}]
layers: [{name: f, layers: [{kind: b, ws: [8, 4]}, {kind: b, ws: [5, 6, 7]}]}]
""",
        body(
            nn.Sequential(nn.Conv2d(3, 8, 1), nn.Conv2d(8, 4, 1)),
            nn.Sequential(nn.Conv2d(4, 5, 1), nn.Conv2d(5, 6, 1), nn.Conv2d(6, 7, 1)),
        ),
        "ws: tuple[int, ...]",
    ),
    "rows of a block by its arguments": (
        """\
blocks:
  b:
    args: {w}
    let: {rows: [{c: w, s: 1}, {c: 2*w, s: 2}]}
    layers: [{kind: conv2d, repeat: rows, out_channels: c, kernel_size: 1, stride: s}]
layers: [{name: f, layers: [{kind: b, w: 4}, {kind: b, w: 3}]}]
""",
        body(*[nn.Sequential(nn.Conv2d(n, w, 1), nn.Conv2d(w, 2 * w, 1, 2)) for n, w in ((3, 4), (8, 3))]),
        "",
    ),
    "two numbers that no row names": (
        """\
let: {widths: [8, 16], others: [4, 12]}
layers:
  - name: f
    layers:
      - repeat: widths
        layers:
          - {kind: conv2d, out_channels: "widths[index]", kernel_size: 1}
          - {kind: conv2d, out_channels: "others[index]", kernel_size: 1}
""",
        body(nn.Conv2d(3, 8, 1), nn.Conv2d(8, 4, 1), nn.Conv2d(4, 16, 1), nn.Conv2d(16, 12, 1)),
        "for in_channels, out_channels, out_channels_2 in (",
    ),
    "names of their own": (
        """\
let: {rows: [{c: 8, n: 2}, {c: 6, n: 1}]}
layers:
  - name: f
    layers:
      - name: "stage{index + 1}"
        repeat: rows
        layers: [{kind: conv2d, repeat: n, out_channels: c, kernel_size: 1}]
      - {name: "c{index}", repeat: rows, kind: conv2d, out_channels: c, kernel_size: 1}
""",
        nn.ModuleDict(
            {
                "f": nn.ModuleDict(
                    {
                        "stage1": nn.Sequential(nn.Conv2d(3, 8, 1), nn.Conv2d(8, 8, 1)),
                        "stage2": nn.Sequential(nn.Conv2d(8, 6, 1)),
                        "c0": nn.Conv2d(6, 8, 1),
                        "c1": nn.Conv2d(8, 6, 1),
                    }
                )
            }
        ),
        "",
    ),
}


def through(module: nn.Module, x: Tensor) -> Tensor:
    if isinstance(module, nn.ModuleDict):
        for inner in module.values():
            x = through(inner, x)
        return x
    given: Tensor = module(x)
    return given


@pytest.mark.parametrize("what", WRITTEN)
def test_the_code_of_rows_is_the_network_that_is_written_by_hand(what: str) -> None:
    text, twin, said = WRITTEN[what]
    report = check_text(HEAD + text).require_sound()
    files = generate(report).files
    torch.manual_seed(0)
    network = network_of(files, report)
    assert said in files["model.py"], files["model.py"]
    assert all(len(line) <= 88 for line in files["model.py"].splitlines())
    theirs, ours = twin.state_dict(), network.state_dict()
    assert {name: value.shape for name, value in ours.items()} == {name: value.shape for name, value in theirs.items()}
    assert list(ours) == list(theirs)
    assert [layer.name for layer in report.layers if layer.params] == list(
        dict.fromkeys(name.rpartition(".")[0] for name, _ in twin.named_parameters())
    )
    network.load_state_dict(theirs)
    x = torch.randn(2, 3, 16, 16)
    torch.testing.assert_close(network.eval()(x), through(twin.eval(), x))


NESTED = """let:
  stages:
    - {width: 8, parts: [{k: 1}, {k: 3}]}
    - {width: 16, parts: [{k: 1}]}
layers:
  - name: body
    repeat: stages
    layers:
      - {kind: conv2d, out_channels: width, kernel_size: 1}
      - {repeat: parts, layers: [{kind: conv2d, out_channels: width, kernel_size: k, padding: k // 2}]}
"""


def test_rows_may_hold_rows() -> None:
    report = check_text(HEAD + NESTED).require_sound()
    convs = [(3, 8, 1), (8, 8, 1), (8, 8, 3), (8, 16, 1), (16, 16, 1)]
    assert [layer.params for layer in report.layers] == [taken * given * k * k + given for taken, given, k in convs]
    network = network_of(generate(report).files, report)
    found = [one for one in network.modules() if isinstance(one, nn.Conv2d)]
    assert [(one.in_channels, one.out_channels, one.kernel_size[0]) for one in found] == convs
    assert network(torch.zeros(2, 3, 16, 16)).shape == (2, 16, 16, 16)
