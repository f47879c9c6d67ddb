"""What a network asks of the number of samples N, which no spec states: batch normalisation of one value a channel.

A condition on N is no error: the network is sound, and a batch of one sample is refused where it holds.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from archcalc.analysis.walk import Facts
from archcalc.sizes.rules import known_size

NAMED = 3
"""How many layers a limit names before it counts the others."""


class BatchLimit(Struct, frozen=True):
    """The fewest samples that some layers take at once, all for the same reason.

    ``only_in_training`` says that evaluation takes any batch; ``why`` is what one sample has too little of.
    """

    least: int
    only_in_training: bool
    layers: tuple[str, ...]
    why: str

    @property
    def text(self) -> str:
        """``in training, N ≥ 2 at `bn`: one sample has a single value of each channel, …``."""
        return f"{mode(self.only_in_training)}, N ≥ {self.least} at {named(self.layers)}: {self.why}"


def batch_limits(facts: Facts) -> tuple[BatchLimit, ...]:
    """What a walk on numbers found that one sample does not meet, in the layers' order."""
    found: dict[tuple[int, bool, str], list[str]] = {}
    for one in facts.batch:
        need = one.need
        layers = found.setdefault((known_size(need.samples), one.only_in_training, need.why()), [])
        layers.append(one.step.path)
    return tuple(BatchLimit(least, mode, tuple(layers), why) for (least, mode, why), layers in found.items())


def least_batch(limits: Iterable[BatchLimit], *, training: bool) -> int:
    """The fewest samples that a network with these limits takes in training mode, or in evaluation."""
    return max((one.least for one in limits if training or not one.only_in_training), default=1)


def mode(only_in_training: bool) -> str:
    """When a limit holds."""
    return "in training" if only_in_training else "in training and in evaluation"


def named(layers: tuple[str, ...], most: int = NAMED) -> str:
    """The layers in backticks, of more than ``most`` the first ones and how many there are besides."""
    shown = [f"`{name}`" for name in layers[:most]]
    if len(layers) > most:
        others = len(layers) - most
        shown.append(f"{others} other{'s' * (others > 1)}")
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
