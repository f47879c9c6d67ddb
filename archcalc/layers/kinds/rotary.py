"""Numbers as angles: pairs of values turned by how far along a sequence they stand, and a number as waves."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from archcalc.layers.contract import Layer
from archcalc.layers.fields import Flag, Real
from archcalc.layers.need import Need, says
from archcalc.layers.size_fields import Size
from archcalc.layers.working import Line, Trace, Window, at_most, parted, written
from archcalc.sizes.axes import letters, shape_text
from archcalc.sizes.rules import Dim, Shape, divides, dmax, floor_div


class Rotary(Layer):
    """(N, T, num_heads·d) -> (N, T, num_heads·d); RoPE, in place of a position embedding: of queries, and of keys.

    At place t value i of a head's first half and value i of its second are turned, as a pair, by the angle
    t·base^(−2i/d). Nothing is learnt, and T is whatever arrives. With rotary_dim only the first so many values of each
    head are turned, as if there were no others, and d is as many; interleaved takes values 2i and 2i + 1 for a pair.
    Su et al. 2021, "RoFormer", whose pairs are neighbours, as in GPT-J; halves as in GPT-NeoX and Llama.
    """

    kind = "rotary"
    uncounted: ClassVar[str] = "what is done value by value is not counted"
    also_called = ("rope", "rotary_embedding", "rotary_position_embedding")
    own_module: ClassVar[bool] = True
    mixes_channels: ClassVar[bool] = False
    ranks: ClassVar[tuple[int, ...] | None] = (2,)
    num_heads: Annotated[int, Size()]
    base: Annotated[float, Real(0, above=True)] = 10000.0
    rotary_dim: Annotated[int | None, Size(optional=True)] = None
    interleaved: Annotated[bool, Flag()] = False

    positional: ClassVar[tuple[str, ...]] = ("num_heads",)
    foreign: ClassVar[dict[str, str]] = {
        "heads": "num_heads",
        "n_heads": "num_heads",
        "num_attention_heads": "num_heads",
        "theta": "base",
        "rope_theta": "base",
        "rotary_ndims": "rotary_dim",
        "qk_rope_head_dim": "rotary_dim",
        "rope_interleave": "interleaved",
    }

    @property
    def channels_first(self) -> bool:
        return False

    def _head(self, x: Shape) -> Dim:
        """How wide a head is; 1 where there are more heads than values."""
        return dmax(1, floor_div(x[1], self.num_heads))

    def needs(self, x: Shape) -> Iterator[Need]:
        yield Need(
            divides(self.num_heads, x[1]),
            "A204",
            says("has a width of {:,}, which does not divide into {:,} heads", x[1], self.num_heads),
            "num_heads",
        )
        if self.rotary_dim is None:
            why = says("turns pairs, but a head has {:,} values", self._head(x))
            yield Need(divides(2, self._head(x)), "A204", why, "num_heads")
            return
        why = says("turns pairs, and {:,} values of each head", self.rotary_dim)
        yield Need(divides(2, self.rotary_dim), "A204", why, "rotary_dim")
        why = says("turns {:,} values of each head, but a head has {:,}", self.rotary_dim, self._head(x))
        yield Need(self.rotary_dim <= self._head(x), "A215", why, "rotary_dim")

    def _rank_error(self, x: Shape) -> str:
        return f"takes a sequence, T × width, but {shape_text(x)} arrives"

    def derivation(self, x: Shape) -> Iterator[Line]:
        if divides(2, self._head(x) if self.rotary_dim is None else self.rotary_dim) is not False:
            yield parted("A204", "heads", x[1], self.num_heads)
        if self.rotary_dim is not None:
            head = f"⌊{written(x[1])}/{written(self.num_heads)}⌋"
            yield at_most("A215", "turned", (written(self.rotary_dim), self.rotary_dim), (head, self._head(x)))

    def window(self, x: Shape) -> tuple[Window, ...]:
        return (Window(x[1], 0),)

    def keeps_input(self) -> bool:
        return False


class SinusoidalEmbedding(Layer):
    """(N, *) -> (N, *, embedding_dim); each number x as cos(x·f₀), cos(x·f₁), … and then sin(x·f₀), sin(x·f₁), ….

    The frequencies fall from f₀ = 1: fᵢ = max_period^(−2i/embedding_dim), embedding_dim being even. Nothing is learnt.
    So a diffusion network is told its timestep, an input `t: [1]`. Vaswani et al. 2017, "Attention is all you need"; Ho
    et al. 2020, "Denoising diffusion probabilistic models", in the order of Dhariwal and Nichol's code.
    """

    kind = "sinusoidal_embedding"
    uncounted: ClassVar[str] = "what is done value by value is not counted"
    also_called = ("timestep_embedding", "timesteps", "sinusoidal_position_embedding", "time_embedding", "fourier")
    own_module: ClassVar[bool] = True
    turns_axes: ClassVar[bool] = True
    least_rank: ClassVar[int] = 1
    embedding_dim: Annotated[int, Size(2)]
    max_period: Annotated[float, Real(0, above=True)] = 10000.0

    positional: ClassVar[tuple[str, ...]] = ("embedding_dim",)
    foreign: ClassVar[dict[str, str]] = {
        "num_channels": "embedding_dim",
        "dim": "embedding_dim",
        "frequency_embedding_size": "embedding_dim",
        "base": "max_period",
    }

    def needs(self, x: Shape) -> Iterator[Need]:
        why = says("gives cosines and as many sines, but {:,} values in all", self.embedding_dim)
        yield Need(divides(2, self.embedding_dim), "A204", why, "embedding_dim")

    def keeps_input(self) -> bool:
        return False

    def out(self, x: Shape) -> Shape:
        return (*x, self.embedding_dim)

    def derivation(self, x: Shape) -> Iterator[Line]:
        *before, last = letters(len(x) + 1)
        for letter, size in zip(before, x, strict=True):
            yield Line(f"{letter}'", written(size), size, "as it arrives")
        yield Line(f"{last}'", written(self.embedding_dim), self.embedding_dim, "embedding_dim")

    def window(self, x: Shape) -> tuple[Window, ...] | None:
        """None: the last of the axes that it gives is of waves, also where as many numbers arrive."""
        return None

    def traces(self, x: Shape) -> tuple[Trace | None, ...]:
        return (Trace((Window(),) * len(x), (*range(len(x)), None)),)
