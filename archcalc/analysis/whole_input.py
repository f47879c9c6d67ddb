"""A way out for who gives one number for an input that has three axes."""

from __future__ import annotations

from msgspec.structs import replace

from archcalc.diagnostics.codes import NEEDS
from archcalc.diagnostics.log import Log
from archcalc.network.graph import Graph
from archcalc.sizes.rules import Shape, is_known

MAP = 3
"""How many axes a map has, channels and two of places."""


def suggest_whole_input(stated: Graph, given: Shape, log: Log) -> None:
    """Help for the first error of sizes: the size for height and width, with the channels that the spec states."""
    if len(stated.input) != MAP or len(given) != 1 or not is_known(stated.input[0]):
        return
    for place, error in enumerate(log.found):
        if error.code.startswith(NEEDS):
            way = f"give every axis of the input: `--input {stated.input[0]},{given[0]},{given[0]}`"
            log.found[place] = replace(error, help=(way, *error.help))
            return
