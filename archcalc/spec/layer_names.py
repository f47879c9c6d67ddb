"""What layers are called that the file gives no name."""

from __future__ import annotations

from archcalc.language.identifiers import Called, has_names
from archcalc.layers.contract import KINDS
from archcalc.spec.model import BlockSpec, LayerSpec, spliced


def called(entry: LayerSpec, named: str | None) -> Called:
    """What an entry's layer is called, where it has this name, or none."""
    block = (entry.block or "").rpartition("/")[2]
    counted = entry.kind is None or KINDS[entry.kind].arity[1] == 1
    return Called(named, entry.kind or block or ("layer" if entry.children is None else "group"), counted)


def is_numbered(block: BlockSpec) -> bool:
    """Whether layers without a name are called by numbers in a block: none in it has one, there or not."""
    return not has_names(called(entry, entry.written_name) for entry in spliced(block.layers))
