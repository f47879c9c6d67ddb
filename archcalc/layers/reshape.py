"""Layers that only rearrange or pass on what arrives."""

from collections.abc import Iterator
from typing import Annotated

from archcalc.dims import Dim, Shape, prod
from archcalc.fields import Axis
from archcalc.layers.base import Layer, Need, axis_at, axis_needs
from archcalc.layers.derivation import Line, chain, letters, product, written


class Identity(Layer):
    """(N, *) -> (N, *); torch.nn.Identity. Passes its input on."""

    kind = "identity"

    def out(self, x: Shape) -> Shape:
        return x

    def macs(self, x: Shape) -> Dim:
        """0: nothing is computed."""
        return 0


class Flatten(Layer):
    """(N, *) -> (N, prod(*)); torch.nn.Flatten.

    The axes start_dim…end_dim become one. They count with the batch as axis 0, as torch's do;
    the batch itself stays.
    """

    kind = "flatten"
    start_dim: Annotated[int, Axis()] = 1
    end_dim: Annotated[int, Axis()] = -1

    foreign = {"axis": "start_dim", "end_axis": "end_dim"}

    def _range(self, x: Shape) -> tuple[int, int]:
        return axis_at(self.start_dim, x), axis_at(self.end_dim, x)

    def out(self, x: Shape) -> Shape:
        first, last = self._range(x)
        if not 1 <= first <= last <= len(x):
            return x
        return (*x[: first - 1], prod(x[first - 1 : last]), *x[last:])

    def needs(self, x: Shape) -> Iterator[Need]:
        first, last = self._range(x)
        for name, dim in (("start_dim", self.start_dim), ("end_dim", self.end_dim)):
            yield from axis_needs(dim, x, name)
        if not 0 <= first <= len(x) or not 0 <= last <= len(x):
            return
        yield Need(
            first <= last,
            "A209",
            lambda: f"would end at axis {last}, before it starts at axis {first}",
            "start_dim",
        )
        yield Need(
            first >= 1,
            "A209",
            lambda: "would flatten the batch axis",
            "start_dim",
            {"start_dim": 1},
            beyond_torch=True,
        )

    def macs(self, x: Shape) -> Dim:
        """0: nothing is computed."""
        return 0

    def derivation(self, x: Shape) -> Iterator[Line]:
        first, last = self._range(x)
        if not 1 <= first <= last <= len(x):
            return
        given = self.out(x)
        for axis, (letter, size) in enumerate(zip(letters(len(given)), given, strict=True), 1):
            merged = chain(product(x[first - 1 : last]), size)
            stays = Line(f"{letter}'", written(size), size, "as it arrives")
            yield Line(f"{letter}'", merged, size) if axis == first else stays
