"""``import archcalc``: what is public is there, and costs nothing until it is used."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import archcalc


@pytest.mark.parametrize("name", archcalc.__all__)
def test_a_public_name_is_there(name: str) -> None:
    assert getattr(archcalc, name) is not None
    assert name in dir(archcalc)


def test_a_type_checker_sees_the_names_that_are_public() -> None:
    tree = ast.parse(Path(archcalc.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    imported = {alias.asname: node for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert imported.keys() == set(archcalc.__all__)
    for name, node in imported.items():
        assert getattr(importlib.import_module(str(node.module)), str(name)) is getattr(archcalc, str(name))


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'chekc'"):
        _ = getattr(archcalc, "chekc")  # noqa: B009 - mypy would refuse the attribute


@pytest.mark.parametrize(("name", "meant"), [("compare", "totals"), ("table", "totals"), ("diff", "difference")])
def test_a_name_that_people_try_leads_to_the_one_that_is_meant(name: str, meant: str) -> None:
    with pytest.raises(AttributeError, match=f"no attribute '{name}': .*`{meant}\\("):
        getattr(archcalc, name)


@pytest.mark.parametrize("name", ["check", "generate"])
def test_a_function_is_not_hidden_by_a_module_of_its_name(name: str) -> None:
    code = (
        f"import archcalc.cli.main, archcalc.reports.json, archcalc; archcalc.{name}; assert callable(archcalc.{name})"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


CHECK = """
import sys
from archcalc.cli.main import cli

try:
    cli(["check", "alexnet", "--format", "json"])
finally:
    print(*sorted({"torch", "sympy", "numpy", "jinja2", "rich", "difflib"} & set(sys.modules)), file=sys.stderr)
"""


def test_a_check_loads_only_what_it_uses() -> None:
    done = subprocess.run([sys.executable, "-c", CHECK], capture_output=True, encoding="utf-8", check=True)
    assert done.stderr.strip() == ""
