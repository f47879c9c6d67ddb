"""Whether ``model.py`` in the current folder runs, and whether it is the network that ``original/model.py`` is.

A program: ``runs`` exits 1 where it cannot be built or takes no input, ``compare`` exits 1 where it differs in how it
starts, in its outputs, their gradients or its statistics, in evaluation or in training, at any of some sizes.
"""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn


def main() -> None:
    torch.set_num_threads(1)
    tests = _tests_of(Path())
    try:
        if sys.argv[1] == "runs":
            tests.run(tests.build().eval(), torch.zeros(2, *tests.SMALL_SIZES[0]))
        elif not _alike(tests):
            sys.exit(1)
    except Exception as error:
        print(repr(error))
        sys.exit(1)


def _alike(tests: Any) -> bool:
    networks = []
    for module in (tests, _tests_of(Path("original"))):
        torch.manual_seed(0)
        networks.append(module.build())
    first, second = [_started(network) for network in networks]
    if list(first) != list(second) or not all(map(_same, first.values(), second.values())):
        return False
    sizes = [*tests.SMALL_SIZES, *[x for x in tests.LEGAL_SIZES if max(x) <= 2 * max(tests.SMALL_SIZES[0])][:4]]
    return all(
        _same(*pair)
        for x in sizes
        for training in (False, True)
        for pair in zip(*(_given(tests, network, x, training) for network in networks), strict=True)
    )


def _tests_of(folder: Path) -> Any:
    """The module of the tests in a folder, which build the model beside them."""
    path = folder.absolute() / f"test_{Path.cwd().name}.py"
    spec = spec_from_file_location(f"{folder.name}_tests", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _started(network: nn.Module) -> dict[str, Tensor]:
    frozen = {f"{name} learns": torch.tensor(one.requires_grad) for name, one in network.named_parameters()}
    return network.state_dict() | frozen


def _given(tests: Any, network: nn.Module, sizes: tuple[int, ...], training: bool) -> list[Tensor]:
    network = network.double().train(training)
    network.load_state_dict(tests.drawn(1, "cpu"))
    network.zero_grad()
    images = tests.picture(1, 3, sizes, "cpu")
    torch.manual_seed(1)
    outputs, _ = tests.run(network, images)
    torch.autograd.backward(outputs, [torch.randn_like(output) for output in outputs])
    gradients = [one.grad for one in chain([images], network.parameters())]
    return [*outputs, *(one for one in gradients if one is not None), *network.buffers()]


def _same(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and torch.allclose(one.double(), other.double(), rtol=1e-7, atol=1e-12)


if __name__ == "__main__":
    main()
