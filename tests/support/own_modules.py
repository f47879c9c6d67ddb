"""What generated models carry of their own: the classes of ``templates/torch/modules``, and single parameters."""

from __future__ import annotations

from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import torch

from archcalc.layers.call import Call
from archcalc.layers.contract import Layer

MODULES = Path(__file__).parents[2] / "templates" / "torch" / "modules"


@cache
def own_class(kind: str, name: str) -> Any:
    """The class of this name in the file of this kind."""
    spec = spec_from_file_location(f"own_{kind}", MODULES / f"{kind}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)


def class_of(kind: type[Layer], name: str) -> Any:
    """The class that a kind's call names: torch's, or our own."""
    return own_class(kind.kind, name) if kind.own_module or kind.beside_torch else getattr(torch.nn, name)


class Parameter(torch.nn.Module):
    """A module around a kind that is a single parameter, or a single buffer."""

    def __init__(self, layer: Layer, call: Call) -> None:
        super().__init__()
        self.layer = layer
        self.known: dict[str, Any] = {"torch": torch}
        self.parameter: torch.Tensor
        if layer.own_buffer:
            self.known[layer.kind] = own_class(layer.kind, layer.kind)
            self.parameter = torch.nn.Buffer(own_class(layer.kind, call.name)(*call.args, **call.kwargs))
        else:
            self.parameter = torch.nn.Parameter(getattr(torch, call.name)(*call.args, **call.kwargs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        names = {"p": self.parameter, "x": x}
        output: torch.Tensor = eval(self.layer.expression(("p", "x")), self.known | names)
        return output
