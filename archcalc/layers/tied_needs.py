"""What a layer asks of the weights of another that it has: of one, or of all, where it is that layer once more."""

from collections.abc import Iterator

from archcalc.layers.contract import Layer
from archcalc.layers.need import Need, says
from archcalc.sizes.axes import shape_text
from archcalc.sizes.rules import Dim, Shape, equal


def tied_needs(own: Shape, tied: tuple[Dim, ...] | None) -> Iterator[Need]:
    """That a weight of its own would have the shape of the one that it is tied to, if it is tied."""
    for size, wanted in zip(own, tied or (), strict=False):
        why = says("has a weight of {}, and is tied to one of {}", shape_text(own), shape_text(tied or ()))
        yield Need(equal(size, wanted), "A222", why)


def again_needs(layer: Layer, xs: tuple[Shape, ...], first: tuple[Shape, ...], name: str) -> Iterator[Need]:
    """That a layer's tensors have the shapes that they have where it stands first, is called so and takes that."""
    mine = layer.weights(*xs) | layer.buffers(*xs)
    for tensor, wanted in (layer.weights(*first) | layer.buffers(*first)).items():
        own, what = mine.get(tensor, ()), f"`{tensor}`" if tensor else "parameter"
        why = says(
            "is `{}` again, whose {} is {}, and here would need one of {}",
            name,
            what,
            shape_text(wanted),
            shape_text(own),
        )
        help = ("let it take what has the sizes that the first one takes, or give it weights of its own: a `kind`",)
        yield Need(len(own) == len(wanted), "A223", why, help=help)
        for size, other in zip(own, wanted, strict=False):
            yield Need(equal(size, other), "A223", why, help=help)
