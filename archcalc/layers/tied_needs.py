"""What a layer asks of the weight of another that it has."""

from collections.abc import Iterator

from archcalc.layers.need import Need, says
from archcalc.sizes.axes import shape_text
from archcalc.sizes.rules import Dim, Shape, equal


def tied_needs(own: Shape, tied: tuple[Dim, ...] | None) -> Iterator[Need]:
    """That a weight of its own would have the shape of the one that it is tied to, if it is tied."""
    for size, wanted in zip(own, tied or (), strict=False):
        why = says("has a weight of {}, and is tied to one of {}", shape_text(own), shape_text(tied or ()))
        yield Need(equal(size, wanted), "A222", why)
