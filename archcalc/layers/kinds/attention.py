"""Attention: the places of a sequence compared with those of another, or with each other."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from archcalc.layers.call import Call
from archcalc.layers.contract import Layer
from archcalc.layers.fields import Flag, Real
from archcalc.layers.kinds.join import Join, listed
from archcalc.layers.masks import Mask
from archcalc.layers.need import Need, says
from archcalc.layers.size_fields import Size
from archcalc.layers.working import Line, Trace, Window, chain, product, written
from archcalc.sizes.axes import shape_text
from archcalc.sizes.rules import Dim, Shape, divides, dmax, dmin, either, equal, floor_div, known_size, prod

HEADS = {
    "heads": "num_heads",
    "n_heads": "num_heads",
    "nhead": "num_heads",
    "n_head": "num_heads",
    "num_attention_heads": "num_heads",
    "attention_dropout": "dropout",
    "dropout_p": "dropout",
    "p": "dropout",
    "causal": "is_causal",
    "masked": "is_causal",
}
"""Other frameworks' words for the fields of attention."""


_FAR = 512
"""How far from the number of heads that keys and values hold another is looked for, which divides that of queries."""


class Attention(Join):
    """(N, *, T, num_heads·d), (N, *, S, k·d), (N, *, S, k·e) -> (N, *, T, num_heads·e).

    torch's scaled_dot_product_attention. Axes before the last two are windows: each compares its own places alone.

    Queries, keys and values, in this order, their heads side by side in the last axis. Each of the T queries is
    compared with the S keys, and sums up the values by that: softmax(Q·Kᵀ·scale)·V for each head, scale being 1/√d if
    it is not given. Where keys are less wide than queries there are fewer heads of them, k, each shared by num_heads/k
    of queries. is_causal lets no place see one behind it. With a sliding_window of W it sees itself and W − 1 before
    it; without is_causal W − 1 behind it, too. With a softcap of s, scores x = Q·Kᵀ·scale are s·tanh(x/s), before a
    bias or a mask: so in Gemma 2. MACs, of all T × S pairs: num_heads·T·S·(d + e). A fourth value
    is a bias, (N, *, num_heads, T, S), which is added to what is compared; a size of 1 in it is repeated. Where it has
    no axes of windows it is the same in each, (N, T, S) is the same for all heads, and (N, S) for all queries, too.
    Vaswani et al. 2017, "Attention is all you need"; Ainslie et al. 2023, "GQA"; Beltagy et al. 2020, "Longformer".
    """

    kind = "attention"
    sort: ClassVar[str] = "attention"
    also_called = ("scaled_dot_product_attention", "sdpa", "grouped_query_attention", "gqa", "dot_product_attention")
    arity: ClassVar[tuple[int, int | None]] = (3, 4)
    joins: ClassVar[bool] = False
    told_in_tables: ClassVar[bool] = True
    own_module: ClassVar[bool] = True
    random_in_training: ClassVar[bool] = True
    least_rank: ClassVar[int] = 2
    num_heads: Annotated[int, Size()]
    dropout: Annotated[float, Real(0, 1)] = 0.0
    is_causal: Annotated[bool, Flag()] = False
    scale: Annotated[float | None, Real(0, above=True, optional=True)] = None
    sliding_window: Annotated[int | None, Size(optional=True)] = None
    softcap: Annotated[float | None, Real(0, above=True, optional=True)] = None

    positional: ClassVar[tuple[str, ...]] = ("num_heads",)
    foreign: ClassVar[dict[str, str]] = HEADS | {
        "window": "sliding_window",
        "local_window": "sliding_window",
        "attention_window": "sliding_window",
        "soft_cap": "softcap",
        "logit_softcapping": "softcap",
        "attn_logit_softcapping": "softcap",
    }

    @property
    def carried_file(self) -> str:
        return "plain_attention" if self.sliding_window is None and self.softcap is None else "attention"

    @property
    def hides_later(self) -> bool:
        return self.is_causal

    @property
    def masks(self) -> bool:
        """Whether a query does not see all keys."""
        return self.is_causal or self.sliding_window is not None

    def _mask(self, *xs: Shape) -> Mask:
        return Mask(xs[0][-2], xs[1][-2], self.sliding_window, self.is_causal)

    def checks(self, *xs: Shape) -> Iterator[Need]:
        rank = len(xs[0])
        if rank < 2 or any(len(x) != rank for x in xs[:3]):
            why = f"takes three sequences, T × width, or windows of such, but {listed(xs[:3])} arrive"
            yield Need(False, "A202", lambda: why)
            return
        if len(xs) == 4 and not 1 <= len(xs[3]) <= rank + 1:
            why = f"takes a bias of heads × T × S, as a rule, but {shape_text(xs[3])} arrives"
            yield Need(False, "A202", lambda: why)
            return
        yield from self.needs(*xs)

    def needs(self, *xs: Shape) -> Iterator[Need]:
        (_, wide), (keys, key), (values, value) = (x[-2:] for x in xs[:3])
        each, shared = self._each(*xs)
        whole = divides(self.num_heads, wide)
        yield Need(
            whole,
            "A204",
            says("has queries of width {:,}, which do not divide into {:,} heads", wide, self.num_heads),
            "num_heads",
        )
        if whole is False:
            # How wide a head is, is not known.
            return
        yield Need(
            divides(each, key),
            "A204",
            says("has keys of width {:,}, which do not divide into heads of {:,} as the queries", key, each),
        )
        yield Need(
            divides(shared, self.num_heads),
            "A204",
            says("has {:,} heads of queries, which cannot share {:,} of keys evenly", self.num_heads, shared),
        )
        yield Need(
            divides(shared, value),
            "A204",
            says("has values of width {:,}, which do not divide into {:,} heads as the keys", value, shared),
        )
        # torch on a CPU does not look, and reads beyond the values' memory.
        yield Need(equal(keys, values), "A211", says("has {:,} keys, but {:,} values", keys, values))
        if self.sliding_window is not None:
            why = says("has {:,} queries, whose last sees none of {:,} keys in its window", xs[0][-2], keys)
            yield Need(xs[0][-2] <= keys + self.sliding_window - 1, "A211", why, "sliding_window")
        for windows in zip(*(x[:-2] for x in xs[:3]), strict=True):
            for other in windows[1:]:
                why = says("has queries in {:,} windows, but keys or values in {:,}", windows[0], other)
                yield Need(equal(windows[0], other), "A211", why)
        yield from self._bias_needs(*xs)

    def _bias_needs(self, *xs: Shape) -> Iterator[Need]:
        """That a bias is as large as what is compared."""
        for bias in xs[3:]:
            scores = (*xs[0][:-2], self.num_heads, xs[0][-2], xs[1][-2])[-len(bias) :]
            for size, wanted in zip(bias, scores, strict=True):
                why = says("adds a bias of {} to scores of {}", shape_text(bias), shape_text(scores))
                yield Need(either(equal(size, wanted), equal(size, 1)), "A211", why)

    def nearest_shapes(self, *xs: Shape) -> Iterator[tuple[Shape, ...]]:
        """A bias as large as the scores; keys and values of a number of heads that share the queries evenly."""
        (wide, key), rank = (known_size(x[-1]) for x in xs[:2]), len(xs[0])
        if wide % self.num_heads or min(map(len, xs[:2])) < 2:
            return
        scores = (*xs[0][:-2], self.num_heads, xs[0][-2], xs[1][-2])
        bias = tuple(scores[-len(x) :] for x in xs[3:] if 1 <= len(x) <= rank + 1)
        each = wide // self.num_heads
        near = range(max(1, key // each - _FAR), min(self.num_heads, key // each + _FAR) + 1)
        heads = {1, self.num_heads} | {n for n in near if self.num_heads % n == 0}
        for n in sorted(heads, key=lambda n: abs(n * each - key)):
            yield (xs[0], *((*x[:-1], n * each) for x in xs[1:3]), *bias)

    def _each(self, *xs: Shape) -> tuple[Dim, Dim]:
        """How wide a head of queries and keys is, and how many heads keys and values have; 1 where a need fails."""
        each = dmax(1, floor_div(xs[0][-1], self.num_heads))
        return each, dmax(1, floor_div(xs[1][-1], each))

    def out(self, *xs: Shape) -> Shape:
        return (*xs[0][:-1], floor_div(xs[2][-1], self._each(*xs)[1]) * self.num_heads)

    def macs(self, *xs: Shape) -> Dim:
        """Each query with each key, once along the width of each: compared, and summed up."""
        return prod(xs[0][:-1]) * xs[1][-2] * (xs[0][-1] + self.out(*xs)[-1])

    def twice_hidden(self, *xs: Shape) -> Dim:
        if not self.masks:
            return 0
        return prod(xs[0][:-2]) * self._mask(*xs).twice_hidden * (xs[0][-1] + self.out(*xs)[-1])

    def scores(self, *xs: Shape) -> Dim:
        return self.num_heads * prod(xs[0][:-1]) * xs[1][-2]

    def hidden_from_last(self, *xs: Shape) -> Dim:
        if self.sliding_window is None:
            return 0
        return prod(xs[0][:-2]) * self._mask(*xs).hidden_from_last * (xs[0][-1] + self.out(*xs)[-1])

    def kept(self, *xs: Shape) -> Dim | None:
        """Keys and values, of the places in the window: the next one sees itself there, too."""
        if not self.is_causal:
            return None
        (*windows, length, key), value = xs[1], xs[2][-1]
        seen = length if self.sliding_window is None else dmin(length, self.sliding_window - 1)
        return prod(windows) * seen * (key + value)

    def spent(self, *xs: Shape) -> Iterator[Line]:
        (*windows, queries, wide), keys, given = xs[0], xs[1][-2], self.out(*xs)[-1]
        if self.masks:
            what = "a causal mask" if self.sliding_window is None else "the window"
            yield self._mask(*xs).line(tuple(windows), wide + given, what)
        text = f"{product((*windows, queries, keys))} pairs × ({written(wide)} + {written(given)})"
        yield Line("MACs", chain(text, self.macs(*xs)), self.macs(*xs))

    def window(self, *xs: Shape) -> tuple[Window, ...] | None:
        return None

    def traces(self, *xs: Shape) -> tuple[Trace | None, ...]:
        """A place's own query, and all keys and values; under a causal mask one sees more of them than another."""
        axes = tuple(range(len(xs[0])))
        windows = (Window(),) * len(xs[0][:-2])
        seen = [(None if self.masks else Window(x[-2], 0), Window(x[-1], 0)) for x in xs[1:3]]
        own = Trace((*windows, Window(), Window(xs[0][-1], 0)), axes)
        return (own, *(Trace((*windows, *of), axes) for of in seen), *(None for _ in xs[3:]))

    def channels_stay(self, *xs: Shape) -> bool:
        return True

    def keeps_output(self) -> bool:
        # One head is what torch keeps itself, and so is a single place of several; else they are put side by side.
        return True

    def torch(self, *xs: Shape) -> Call:
        return Layer.torch(self, xs[0])
