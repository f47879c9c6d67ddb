"""An input of a network that takes several: the layer that takes it out of the sample."""

from collections.abc import Sequence
from typing import ClassVar

from archcalc.layers.contract import Layer
from archcalc.layers.working import Trace, Window
from archcalc.sizes.rules import Shape


class Input(Layer):
    """(N, *) -> (N, *): one of the inputs, with the axes that it has of the sample's.

    No entry of a spec makes one: a network that names its inputs has one for each, and they are its first layers.
    """

    kind = "input"
    stated: ClassVar[bool] = False
    given: ClassVar[bool] = True
    joins: ClassVar[bool] = True
    told_in_tables: ClassVar[bool] = False
    mixes_channels: ClassVar[bool] = False
    uncounted: ClassVar[str] = "it is given"
    of: tuple[int, ...]

    def keeps_input(self) -> bool:
        return False

    def out(self, x: Shape) -> Shape:
        return tuple(x[axis] for axis in self.of)

    def window(self, x: Shape) -> tuple[Window, ...] | None:
        return None

    def traces(self, x: Shape) -> tuple[Trace | None, ...]:
        return (Trace((Window(),) * len(x), self.of),)

    def expression(self, values: Sequence[str]) -> str:
        return values[-1]
