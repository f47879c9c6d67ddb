"""How pieces of source are laid out, beside what ruff makes of them."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from archcalc.targets.python import pieces

CALLS = [
    'made = self.get_submodule("a.b")(x)',
    f'made = self.get_submodule("{"deep." * 11}bias")(x, y)',
    f'bias = self.get_submodule("{"deep." * 6}relative_position_bias_of_all_pairs")(layer_norm)',
    f'made = self.get_submodule("{"deep." * 8}module")({", ".join(f"value_{n}" for n in range(9))})',
    f"made = {' + '.join(['features'] * 9)}",
    f"made = {'features * ' * 8}third + fourth",
    f"made = self.make(first, {' + '.join(['features'] * 9)}, last)",
    f"made = self.make(first, (one if two else {' + '.join(['features'] * 5)}) * (2 if down else 3) // 16 + 4)",
    f"made = self.make(first, out={' + '.join(['features'] * 8)} if two or three else (one if two else 3) + 1)",
    f"made = {' + '.join(['features'] * 8)} if (two if three else four) else one if two else 3",
]


@pytest.mark.parametrize("line", CALLS)
def test_what_a_call_gives_is_called_as_ruff_writes_it(line: str) -> None:
    target, _, source = line.partition(" = ")
    ours = f"        {target} = {pieces.piece(source).at(8, len(target) + 3)}\n"
    ruff = shutil.which("ruff") or f"{sys.prefix}/bin/ruff"
    text = f"class A:\n    def forward(self):\n        {line}\n"
    command = [ruff, "format", "--line-length", "88", "-"]
    done = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.partition("(self):\n")[2] == ours
