"""The module that generated code defines."""

from __future__ import annotations

from typing import Any

from torch import nn

from archcalc import Report
from archcalc.targets.python.source import class_name


def network_of(files: dict[str, str], report: Report, **arguments: int) -> nn.Module:
    """The module that the generated model.py defines, made with these arguments."""
    namespace: dict[str, Any] = {"__name__": "model"}
    exec(compile(files["model.py"], "model.py", "exec"), namespace)
    assert report.spec is not None
    module = namespace[class_name(report.spec.name)](**arguments)
    assert isinstance(module, nn.Module)
    return module
