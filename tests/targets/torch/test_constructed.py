"""How ``forward`` speaks of a module: as one would write it, in all the places that it may stand."""

from __future__ import annotations

import pytest

from archcalc import check_text
from archcalc.targets.generate import generate

CONV = "kind: conv2d, out_channels: 3, kernel_size: 1"
BRANCHES = f"""        - {{name: one, {CONV}}}
        - {{name: two, {CONV}}}
        - {{kind: add, from: [one, two]}}
"""


def model(layers: str) -> str:
    return generate(check_text(f"archcalc: 1\nname: N\ninput: [3, 8, 8]\nlayers:\n{layers}")).files["model.py"]


@pytest.mark.parametrize(
    ("layers", "called"),
    [
        (f"  - {{name: conv, {CONV}}}\n", "self.conv(x)"),
        (f"  - name: trunk\n    layers:\n{BRANCHES}", 'self.trunk["one"](x)'),
        (
            f"  - name: outer\n    layers:\n    - name: inner\n      layers:\n{BRANCHES}",
            'get_submodule("outer.inner.one")(x)',
        ),
        (f"  - {{name: conv, {CONV}}}\n  - {{kind: relu}}\n  - {{again: conv}}\n", "relu(x)\n        x = self.conv(x)"),
        (
            f"  - {{name: row, layers: [{{name: conv, {CONV}}}, {{kind: relu}}]}}\n  - {{again: row.conv}}\n",
            'row(x)\n        x = self.get_submodule("row.conv")(x)',
        ),
    ],
)
def test_a_module_is_called_by_its_attribute_where_python_has_a_name_for_it(layers: str, called: str) -> None:
    assert called in model(layers)
