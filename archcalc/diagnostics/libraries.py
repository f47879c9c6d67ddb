"""Libraries that archcalc uses where they are installed, and does without otherwise."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from archcalc.diagnostics.errors import ArchcalcError


class MissingLibrary(ArchcalcError, ImportError):
    """What was asked for needs a library that is not installed; the message says which."""


def library(name: str, what: str) -> ModuleType:
    """A library of the extra ``notebook`` that ``what`` needs, by the name of its module. Raises MissingLibrary."""
    try:
        return import_module(name)
    except ImportError:
        top = name.partition(".")[0]
        way_out = "run `pip install 'archcalc[notebook]'`"
        raise MissingLibrary(f"{what} needs {top}, which is not installed: {way_out}", name=top) from None
