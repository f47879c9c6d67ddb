"""The generated tests of a spec as a module, to call one by one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from archcalc import check_text
from archcalc.targets.generate import generate


@contextmanager
def generated_tests(text: str, folder: Path) -> Iterator[Any]:
    """The module of the generated tests, with those that it imports."""
    report = check_text(text, file="drawn.yaml")
    assert report.ok, report.diagnostics
    files = generate(report).files
    (folder / "model.py").write_text(files["model.py"], encoding="utf-8")
    names = ["layers_drawn", "reference_drawn", "test_drawn"]
    threads = torch.get_num_threads()
    try:
        for name in names:
            module = sys.modules[name] = ModuleType(name)
            module.__file__ = str(folder / f"{name}.py")
            exec(compile(files[f"{name}.py"], f"{name}.py", "exec"), vars(module))
        yield sys.modules["test_drawn"]
    finally:
        torch.set_num_threads(threads)
        for name in names:
            sys.modules.pop(name, None)
