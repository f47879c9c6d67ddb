"""What a field is when a spec leaves it out: what torch's module fills in, too."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any

import pytest
import torch

from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.record import defaults_of, fields_of

OURS = {
    "pad.value": "torch's `None` is 0",
    "upsample_as.align_corners": "torch's `None` is false, with a warning for some modes",
}


def module(kind: type[Layer]) -> str | None:
    """Torch's name for a kind, as its docstring has it."""
    found = re.search(r"torch\.nn\.((?:functional\.)?\w+)", kind.__doc__ or "")
    return found[1] if found else None


def filled_in(name: str) -> Mapping[str, object]:
    """What torch's constructor, or function, fills in. Those of recurrent networks take it from their base."""
    made: Any = torch.nn.RNNBase if name in ("RNN", "LSTM", "GRU") else torch.nn
    for part in name.split(".") if made is torch.nn else ():
        made = getattr(made, part)
    parameters = inspect.signature(made).parameters.values()
    return {one.name: one.default for one in parameters if one.default is not inspect.Parameter.empty}


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if module(kind)])
def test_a_default_is_torchs(kind: str) -> None:
    named = module(KINDS[kind])
    assert named is not None
    theirs, ours = filled_in(named), defaults_of(KINDS[kind])
    both = [name for name in fields_of(KINDS[kind]) if name in theirs and f"{kind}.{name}" not in OURS]
    assert {name: ours.get(name) for name in both} == {name: theirs[name] for name in both}


def test_most_kinds_are_compared() -> None:
    compared = [name for kind in KINDS.values() if (name := module(kind)) is not None and filled_in(name)]
    assert len(compared) > 50
    assert torch.nn.RNN(1, 1).nonlinearity == defaults_of(KINDS["rnn"])["nonlinearity"]
