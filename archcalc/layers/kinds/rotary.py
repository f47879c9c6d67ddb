"""Positions as angles: pairs of values are turned by how far along the sequence they stand."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from archcalc.layers.contract import Layer
from archcalc.layers.fields import Flag, Real
from archcalc.layers.need import Need, says
from archcalc.layers.size_fields import Size
from archcalc.layers.working import Line, Window, at_most, parted, written
from archcalc.sizes.axes import shape_text
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
