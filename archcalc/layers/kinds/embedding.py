"""Tables of vectors that are learnt: one looked up by whole numbers, and one by places."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from archcalc.layers.contract import Layer
from archcalc.layers.counters import learnt_once
from archcalc.layers.fields import Flag
from archcalc.layers.need import Need, Sentence, says
from archcalc.layers.size_fields import Size
from archcalc.layers.starts import Spread
from archcalc.layers.tied_needs import tied_needs
from archcalc.layers.working import Line, Trace, Window, at_most, written
from archcalc.sizes.axes import letters
from archcalc.sizes.rules import Dim, Shape, floor_div

_FOREIGN = {"embed_dim": "embedding_dim", "hidden_size": "embedding_dim", "d_model": "embedding_dim"}
_FOREIGN |= {"n_embd": "embedding_dim", "width": "embedding_dim", "dim": "embedding_dim", "output_dim": "embedding_dim"}


class _Table(Layer):
    sort: ClassVar[str] = "embeddings"
    counted = {"torchinfo": learnt_once}
    num_embeddings: Annotated[int, Size()]
    embedding_dim: Annotated[int, Size()]

    least_rank: ClassVar[int] = 1
    turns_axes: ClassVar[bool] = True
    positional: ClassVar[tuple[str, ...]] = ("num_embeddings", "embedding_dim")

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": (self.num_embeddings, self.embedding_dim)}

    def started(self, name: str, x: Shape, /) -> Spread:
        return 0.0, 1.0

    def keeps_input(self) -> bool:
        return False


class Embedding(_Table):
    """(N, *) -> (N, *, embedding_dim); torch.nn.Embedding.

    Each whole number becomes the row of the table that it is the number of, counted from 0: the table has
    num_embeddings rows. The row padding_idx starts with zeros, and learns nothing. What arrives is the network's input,
    whose `below` says how many numbers there are.
    """

    kind = "embedding"
    also_called = ("embed", "word_embedding", "token_embedding", "lookup", "lookup_table")
    looks_up: ClassVar[bool] = True
    can_be_tied: ClassVar[bool] = True
    uncounted: ClassVar[str] = "rows are looked up, not computed"
    padding_idx: Annotated[int | None, Size(0, optional=True)] = None
    below: Dim | None = None
    """Below which number those are that arrive. It is the network's, not the spec's, that says so."""
    tied: tuple[Dim, ...] | None = None
    """The shape of the table that is its own, too. It is the network, not a field, that says so."""

    foreign: ClassVar[dict[str, str]] = _FOREIGN | {
        "vocab_size": "num_embeddings",
        "vocab": "num_embeddings",
        "input_dim": "num_embeddings",
        "num_tokens": "num_embeddings",
    }

    def needs(self, x: Shape) -> Iterator[Need]:
        if self.below is not None:
            yield Need(
                self.below <= self.num_embeddings,
                "A221",
                says("looks up numbers below {:,} in a table of {:,} rows", self.below, self.num_embeddings),
                "num_embeddings",
                {"num_embeddings": self.below},
            )
        if self.padding_idx is not None:
            yield Need(
                self.padding_idx < self.num_embeddings,
                "A221",
                says("has a table of {:,} rows, and none of number {:,}", self.num_embeddings, self.padding_idx),
                "padding_idx",
            )
        yield from tied_needs(self.weights(x)["weight"], self.tied)

    def own_weights(self, *xs: Shape) -> dict[str, Shape]:
        return super().own_weights(*xs) if self.tied is None else {}

    def out(self, x: Shape) -> Shape:
        return (*x, self.embedding_dim)

    def started(self, name: str, x: Shape, /) -> Spread:
        """One row of zeros less."""
        rows = self.num_embeddings
        return 0.0, 1.0 if self.padding_idx is None else ((rows - 1) / rows) ** 0.5

    def derivation(self, x: Shape) -> Iterator[Line]:
        if self.below is not None:
            yield at_most(
                "A221", "rows", (written(self.below), self.below), (written(self.num_embeddings), self.num_embeddings)
            )

    def traces(self, x: Shape) -> tuple[Trace | None, ...]:
        return (Trace((Window(),) * len(x), (*range(len(x)), None)),)


class PositionEmbedding(_Table):
    """(N, T, *) -> (N, T, embedding_dim); a torch.nn.Embedding of the places 0, 1, … T − 1.

    Of what arrives it takes the number of samples and of places, T. The table has a row for each place, and before
    them `offset` rows that no place takes, such as RoBERTa's 2: T is at most num_embeddings − offset.
    Vaswani et al. 2017, "Attention is all you need", as "learned positional embeddings".
    """

    kind = "position_embedding"
    also_called = ("positional_embedding", "learned_positional_embedding", "pos_embed")
    own_module: ClassVar[bool] = True
    ignores_values: ClassVar[bool] = True
    uncounted: ClassVar[str] = "rows are taken, not computed"
    offset: Annotated[int, Size(0)] = 0

    foreign: ClassVar[dict[str, str]] = _FOREIGN | {
        "max_position_embeddings": "num_embeddings",
        "n_positions": "num_embeddings",
        "block_size": "num_embeddings",
        "context_length": "num_embeddings",
        "max_len": "num_embeddings",
        "sequence_length": "num_embeddings",
    }

    def needs(self, x: Shape) -> Iterator[Need]:
        yield Need(
            x[0] + self.offset <= self.num_embeddings,
            "A221",
            self._too_long(x),
            "num_embeddings",
            {"num_embeddings": x[0] + self.offset},
        )

    def _too_long(self, x: Shape) -> Sentence:
        if not self.offset:
            return says("has {:,} positions, but a sequence of {:,} arrives", self.num_embeddings, x[0])
        rows, first = self.num_embeddings, self.offset
        return says("has {:,} rows, the first {:,} of no position, but a sequence of {:,} arrives", rows, first, x[0])

    def out(self, x: Shape) -> Shape:
        return (x[0], self.embedding_dim)

    def derivation(self, x: Shape) -> Iterator[Line]:
        last = f"{written(x[0])} + {self.offset}" if self.offset else written(x[0])
        rows = written(self.num_embeddings), self.num_embeddings
        yield at_most("A221", "positions", (last, x[0] + self.offset), rows)

    def traces(self, x: Shape) -> tuple[Trace | None, ...]:
        return (None,)


class BucketedPositionBias(Layer):
    """(N, T, *) -> (N, num_heads, T, T); a learnt bias for each pair of places, by how far they are from each other.

    Of what arrives it takes the number of samples and of places, T, and it gives what `attention` adds to what it
    compares. The first of num_buckets rows are of a single distance each; the others share the distances that are left,
    ever more of them up to max_distance, and the last has all beyond. Half of the rows are for places behind, if it is
    bidirectional; if not, these are as distance 0. Raffel et al. 2020, "Exploring the limits of transfer learning with
    a unified text-to-text transformer" (T5).
    """

    kind = "bucketed_position_bias"
    sort: ClassVar[str] = "embeddings"
    counted = {"torchinfo": learnt_once}
    also_called = ("relative_attention_bias", "t5_relative_bias", "t5_bias", "relative_position_bucket")
    own_module: ClassVar[bool] = True
    ignores_values: ClassVar[bool] = True
    turns_axes: ClassVar[bool] = True
    uncounted: ClassVar[str] = "rows are looked up, not computed"
    least_rank: ClassVar[int] = 1
    num_heads: Annotated[int, Size()]
    num_buckets: Annotated[int, Size()] = 32
    max_distance: Annotated[int, Size()] = 128
    bidirectional: Annotated[bool, Flag()] = True

    positional: ClassVar[tuple[str, ...]] = ("num_heads",)
    foreign: ClassVar[dict[str, str]] = {
        "heads": "num_heads",
        "n_heads": "num_heads",
        "relative_attention_num_buckets": "num_buckets",
        "relative_attention_max_distance": "max_distance",
    }

    def _single(self) -> Dim:
        """How many distances have a row of their own."""
        return floor_div(floor_div(self.num_buckets, 2) if self.bidirectional else self.num_buckets, 2)

    def needs(self, x: Shape) -> Iterator[Need]:
        least = 4 if self.bidirectional else 2
        why = says("has {:,} rows, and needs {} at least, {}", self.num_buckets, least, self._ways())
        yield Need(self.num_buckets >= least, "A221", why, "num_buckets", {"num_buckets": least})
        why = says("has a row for each distance below {:,}, and so none up to {:,}", self._single(), self.max_distance)
        yield Need(
            self._single() + 1 <= self.max_distance,
            "A221",
            why,
            "max_distance",
            {"max_distance": self._single() + 1},
        )

    def _ways(self) -> str:
        return "two for each direction" if self.bidirectional else "for near places and for far ones"

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": (self.num_buckets, self.num_heads)}

    def started(self, name: str, x: Shape, /) -> Spread:
        return 0.0, 1.0

    def keeps_input(self) -> bool:
        return False

    def out(self, x: Shape) -> Shape:
        return (self.num_heads, x[0], x[0])

    def derivation(self, x: Shape) -> Iterator[Line]:
        for letter, size, note in zip(letters(3), self.out(x), ("heads", "places", "places"), strict=True):
            yield Line(f"{letter}'", written(size), size, note)

    def traces(self, x: Shape) -> tuple[Trace | None, ...]:
        return (None,)

    def window(self, x: Shape) -> tuple[Window, ...] | None:
        return None
