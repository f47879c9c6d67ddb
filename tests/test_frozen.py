"""What one stage hands to the next is not changed by it."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module

import msgspec

import archcalc

FILLED = {
    "archcalc.analysis.legal_inputs._Conditions",
    "archcalc.explore.row_walk.Rows",
    "archcalc.network.scope.Target",
    "archcalc.pictures.draft.Draft",
    "archcalc.reports.tables.network._Row",
    "archcalc.spec.absence._Current",
    "archcalc.spec.opened.Opened",
    "archcalc.targets.torch.slots.Copy",
    "archcalc.targets.torch.slots.Listed",
    "archcalc.targets.torch.slots.Slot",
    "archcalc.targets.torch.slots.SlotCondition",
    "archcalc.targets.torch.wiring.Op",
}
"""What is filled after it is made, or holds what is; each is of a single stage."""


def structs() -> Iterator[type[msgspec.Struct]]:
    for found in pkgutil.walk_packages(archcalc.__path__, "archcalc."):
        if not found.name.endswith("__main__"):
            for one in vars(import_module(found.name)).values():
                if isinstance(one, type) and issubclass(one, msgspec.Struct) and one.__module__ == found.name:
                    yield one


def test_every_record_is_frozen_but_those_that_are_filled() -> None:
    """A report, its facts and its graph are shared: by the fixes that are tried, by copies of blocks, by caches."""
    found = {f"{one.__module__}.{one.__name__}": one.__struct_config__.frozen for one in structs()}
    assert len(found) > 300
    assert {name for name, frozen in found.items() if not frozen} == FILLED
