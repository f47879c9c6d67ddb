"""torch's attention of a sequence to itself, with the layers before and behind it."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from archcalc.layers.contract import Layer
from archcalc.layers.counters import Count, Sizes
from archcalc.layers.fields import Flag, Real
from archcalc.layers.kinds.attention import HEADS
from archcalc.layers.masks import Mask
from archcalc.layers.need import Need, says
from archcalc.layers.size_fields import Size
from archcalc.layers.starts import Spread, by_fan_in, xavier
from archcalc.layers.working import Line, Trace, Window, chain, places, product, written
from archcalc.sizes.axes import shape_text
from archcalc.sizes.rules import Dim, Shape, divides


def _all_of_it(layer: Layer, xs: tuple[Sizes, ...], _given: Sizes, macs: int) -> Count:
    """The scaling of the queries and a softmax too, and the last bias whether there is one or not."""
    (length, width), heads = xs[0], layer.num_heads  # type: ignore[attr-defined]
    biases = length * width * (4 if layer.weights(*xs).get("in_proj_bias") else 1)
    return Count(macs, biases, length * width + heads * length * length)


def _projections(_layer: Layer, xs: tuple[Sizes, ...], _given: Sizes, _macs: int) -> Count:
    """Not the pairs, which torch compares in one operation."""
    length, width = xs[0]
    return Count(4 * length * width * width)


class MultiheadAttention(Layer):
    """(N, T, embed_dim) -> (N, T, embed_dim); torch.nn.MultiheadAttention with batch_first, of a sequence to itself.

    in_proj_weight makes queries, keys and values, num_heads heads compare all T × T pairs, and out_proj puts them
    together; is_causal lets no place see one behind it. MACs, of all pairs: 4·T·embed_dim² + 2·T²·embed_dim.
    Vaswani et al. 2017, "Attention is all you need".
    """

    kind = "multihead_attention"
    sort: ClassVar[str] = "attention"
    counted = {"ptflops": _all_of_it, "fvcore": _projections}
    also_called = ("mha", "self_attention", "multihead_self_attention", "msa")
    own_module: ClassVar[bool] = True
    random_in_training: ClassVar[bool] = True
    ranks: ClassVar[tuple[int, ...] | None] = (2,)
    embed_dim: Annotated[int | None, Size(follows_axis=-1)] = None
    num_heads: Annotated[int, Size()]
    dropout: Annotated[float, Real(0, 1)] = 0.0
    bias: Annotated[bool, Flag()] = True
    is_causal: Annotated[bool, Flag()] = False

    positional: ClassVar[tuple[str, ...]] = ("embed_dim", "num_heads")
    foreign: ClassVar[dict[str, str]] = HEADS | {
        "d_model": "embed_dim",
        "hidden_size": "embed_dim",
        "dim": "embed_dim",
        "width": "embed_dim",
        "qkv_bias": "bias",
    }

    @property
    def channels_first(self) -> bool:
        return False

    @property
    def hides_later(self) -> bool:
        return self.is_causal

    def misread(self, rank: int) -> bool:
        """A batch of vectors is one sequence to torch."""
        return rank == 1

    def needs(self, x: Shape) -> Iterator[Need]:
        width = self.settled("embed_dim", x)
        yield Need(
            divides(self.num_heads, width),
            "A204",
            says("has a width of {:,}, which does not divide into {:,} heads", width, self.num_heads),
            "num_heads",
        )

    def _rank_error(self, x: Shape) -> str:
        return f"takes a sequence, T × embed_dim, but {shape_text(x)} arrives"

    def weights(self, x: Shape) -> dict[str, Shape]:
        width = self.settled("embed_dim", x)
        tensors: dict[str, Shape] = {"in_proj_weight": (3 * width, width), "out_proj.weight": (width, width)}
        if self.bias:
            tensors |= {"in_proj_bias": (3 * width,), "out_proj.bias": (width,)}
        return tensors

    def role(self, name: str) -> str:
        return name.replace(".", "_").rpartition("_")[2]

    def started(self, name: str, x: Shape, /) -> Spread:
        if name == "in_proj_weight":
            return xavier(self.weights(x)[name])
        return by_fan_in(self.weights(x)[name]) if name == "out_proj.weight" else (0.0, 0.0)

    def macs(self, x: Shape) -> Dim:
        """Four weights of width × width at each place, and each pair of places twice: compared, and summed up."""
        length, width = x[0], self.settled("embed_dim", x)
        return 4 * length * width * width + 2 * length * length * width

    def twice_hidden(self, *xs: Shape) -> Dim:
        (x,) = xs
        return Mask(x[0], x[0], None, True).twice_hidden * 2 * self.settled("embed_dim", x) if self.is_causal else 0

    def scores(self, *xs: Shape) -> Dim:
        return self.num_heads * xs[0][0] * xs[0][0]

    def kept(self, *xs: Shape) -> Dim | None:
        """Keys and values."""
        (x,) = xs
        return 2 * x[0] * self.settled("embed_dim", x) if self.is_causal else None

    def spent(self, x: Shape) -> Iterator[Line]:
        length, width = x[0], self.settled("embed_dim", x)
        projections, pairs = 4 * length * width * width, 2 * length * length * width
        yield Line("projections", chain(product((4, length, width, width)), projections), projections)
        yield Line("pairs", chain(product((2, length, length, width)), pairs), pairs)
        if self.is_causal:
            yield Mask(length, length, None, True).line((), 2 * width, "a causal mask")
        yield Line("MACs", f"{written(projections)} + {written(pairs)} = {written(self.macs(x))}", self.macs(x))

    def first(self, x: Shape) -> Window:
        return Window(x[0], 0)

    def window(self, x: Shape) -> tuple[Window, ...]:
        """Each place sees all of them, and all that stands in each."""
        return tuple(Window(n, 0) for n in places(x))

    def traces(self, x: Shape) -> tuple[Trace | None, ...]:
        return (Trace((None, Window(x[1], 0)), (0, 1)),) if self.is_causal else super().traces(x)

    def mixes_all(self, x: Shape) -> bool:
        return not self.is_causal
