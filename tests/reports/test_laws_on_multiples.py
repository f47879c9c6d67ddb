"""Laws on the multiples of a number, as equations without floors."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from archcalc import LawError, check_text, laws
from archcalc.cli import main


@pytest.mark.parametrize(("name", "divisor"), [("resnet50", 32), ("mobilenet_v2", 32), ("alexnet-torchvision", 32)])
def test_an_equation_without_floors_is_the_law_at_multiples(name: str, divisor: int) -> None:
    found = laws(name)
    free = {symbol: found.variables[symbol] for symbol in ("N", "H", "W")}
    for law in (found.total, found.layers[0]):
        for formula in (law.params, law.macs, law.activation_bytes):
            equation = found.on_multiples(formula, divisor)
            for n, h, w in ((1, 7, 7), (3, 9, 12)):
                sizes = {"N": n, "H": divisor * h, "W": divisor * w}
                there = equation.subs({free[letter]: size for letter, size in sizes.items()})
                assert there == found.at(formula, **sizes)


def test_equations_are_printed_as_a_paper_has_them() -> None:
    printed = CliRunner().invoke(main.cli, ["law", "resnet50", "--multiples-of", "32"]).stdout
    # 4,089,184,256 at 224 × 224, as torchvision's 4.09 GMACs.
    assert "MACs              N·(2,048,000 + 81,456·H·W)\n" in printed
    assert 2_048_000 + 81_456 * 224 * 224 == 4_089_184_256
    tex = CliRunner().invoke(main.cli, ["law", "mobilenet_v2", "--multiples-of", "32", "--format", "latex"]).stdout
    assert r"\text{MACs} &= \frac{N (47{,}751 H W + 10{,}240{,}000)}{8} \\" in tex
    refused = CliRunner().invoke(main.cli, ["law", "resnet50", "--multiples-of", "3"])
    assert (refused.exit_code, "some are still rounded" in refused.stderr) == (2, True)
    assert CliRunner().invoke(main.cli, ["law", "lenet5", "--multiples-of", "4", "--format", "csv"]).exit_code == 2


TOKENS = """
archcalc: 1
name: Tokens
input: [3, 64, 64]
let: {width: 32, ratio: 4}
layers:
  - {name: patches, kind: conv2d, out_channels: width, kernel_size: 16, stride: 16}
  - {name: less, kind: conv2d, out_channels: width // ratio, kernel_size: 1}
  - {name: rows, kind: flatten, start_dim: 2}
  - {name: pos, kind: parameter, shape: [1, 16]}
  - {name: placed, kind: add, from: [rows, pos]}
"""


def _equation(*options: str, file: Path) -> tuple[int, str, str]:
    file.write_text(TOKENS, encoding="utf-8")
    result = CliRunner().invoke(main.cli, ["law", str(file), *options])
    return result.exit_code, result.stdout, result.stderr


def test_an_equation_says_for_which_sizes_there_is_a_network(tmp_path: Path) -> None:
    """16 positions are those of H·W/256 patches, and no others; what all multiples are, is not said."""
    told = _equation("--multiples-of", "16", file=tmp_path / "tokens.yaml")[1].splitlines()[0]
    assert told.endswith("where 16 divides H and W, valid for (H·W − 4,096)·(H·W − 256) = 0 at `placed`")
    found = laws(check_text(TOKENS))
    legal = [(h, w) for h in range(16, 4097, 16) for w in (16, 64) if found.holds(H=h, W=w)]
    assert legal == [(h, w) for h in range(16, 4097, 16) for w in (16, 64) if h * w in (4096, 256)]
    resnet = CliRunner().invoke(main.cli, ["law", "resnet50", "--multiples-of", "32"]).stdout
    assert "valid" not in resnet


def test_names_that_are_divided_are_divided_by_the_number_too(tmp_path: Path) -> None:
    file = tmp_path / "tokens.yaml"
    status, told, _ = _equation("--multiples-of", "16", "--free", "width", file=file)
    assert (status, "where 16 divides H, W and width" in told) == (0, True)
    # 3·16·16·width + width, and a quarter of that wide: width·width/4 + width/4.
    assert "parameters        (width² + 3,077·width + 64)/4" in told
    found = laws(check_text(TOKENS), free=["width"])
    assert found.at(found.total.params, width=32) == (32 * 32 + 3077 * 32 + 64) // 4
    status, _, said = _equation("--multiples-of", "16", "--free", "ratio", file=file)
    assert (status, "where 16 divides H, W and ratio, some are still rounded: no number is enough" in said) == (2, True)
    status, _, said = _equation("--multiples-of", "6", "--free", "width", file=file)
    assert (status, "where 6 divides H, W and width, some are still rounded: try 48" in said) == (2, True)


def test_an_equation_is_of_a_formula() -> None:
    with pytest.raises(LawError, match=r"takes one of these formulas, such as `total\.macs`, not `MACs`"):
        laws("lenet5").on_multiples("MACs", 4)  # type: ignore[arg-type]
