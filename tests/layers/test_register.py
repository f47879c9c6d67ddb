"""The register of kinds knows each name before it imports a class, and imports no more than is asked for."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from archcalc.layers.contract import KINDS
from archcalc.layers.kinds import FAMILIES
from archcalc.layers.register import Register


def test_a_family_has_the_kinds_that_the_table_says() -> None:
    for family, kinds in FAMILIES.items():
        module = f"archcalc.layers.kinds.{family}"
        import_module(module)
        assert [name for name, kind in KINDS._found.items() if kind.__module__ == module] == kinds.split()


def test_every_module_is_a_family() -> None:
    from pkgutil import iter_modules

    from archcalc.layers import kinds

    assert sorted(module.name for module in iter_modules(kinds.__path__)) == sorted(FAMILIES)


def test_a_kind_brings_its_family_and_no_other() -> None:
    code = "\n".join(
        [
            "import sys",
            "from archcalc.layers.contract import KINDS",
            "assert 'upsample' in KINDS and 'conv2d' in KINDS and len(KINDS) == len([*KINDS]) > 50",
            "assert KINDS['linear'].__name__ == 'Linear'",
            "print(*sorted(m for m in sys.modules if m.startswith('archcalc.layers.kinds.')))",
        ]
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["archcalc.layers.kinds.linear"]


def test_a_name_belongs_to_one_module() -> None:
    found: Register[type] = Register("archcalc.layers.kinds", {"linear": "linear"}, {})
    with pytest.raises(TypeError, match="two classes name themselves 'linear'"):
        found.add("linear", type("Linear", (), {}), listed=True)


def test_what_nobody_has_is_missing() -> None:
    assert "lstm_cell" not in KINDS
    with pytest.raises(KeyError):
        KINDS["lstm_cell"]
