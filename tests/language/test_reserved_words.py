"""The names that a layer cannot have, against torch's own."""

from __future__ import annotations

import torch
from torch import nn

from archcalc.language.reserved_words import MODULE_ATTRIBUTES
from archcalc.layers.contract import KINDS


def test_every_public_attribute_of_a_module_is_reserved() -> None:
    public = {name for module in (nn.Module(), nn.Sequential()) for name in dir(module) if not name.startswith("_")}
    assert public <= MODULE_ATTRIBUTES, f"torch {torch.__version__} adds {sorted(public - MODULE_ATTRIBUTES)}"


def test_no_automatic_name_is_reserved() -> None:
    assert not MODULE_ATTRIBUTES & KINDS.keys()
    assert "layer" not in MODULE_ATTRIBUTES
