"""Recurrent layers: each place of a sequence beside what is known of those before it."""

from collections.abc import Iterator
from math import prod, sqrt
from typing import Annotated, ClassVar

from archcalc.layers.contract import Layer
from archcalc.layers.counters import Count, Sizes
from archcalc.layers.fields import Choice, Flag, Real
from archcalc.layers.how_many import HowMany
from archcalc.layers.size_fields import Size
from archcalc.layers.starts import Spread
from archcalc.layers.working import Line, Trace, Window, chain, places, product, written
from archcalc.sizes.axes import shape_text
from archcalc.sizes.rules import Dim, Shape, known_size, known_sizes

_FOREIGN = {
    "units": "hidden_size",
    "n_hidden": "hidden_size",
    "hidden_dim": "hidden_size",
    "hidden": "hidden_size",
    "embed_dim": "input_size",
    "in_features": "input_size",
    "input_dim": "input_size",
    "n_layers": "num_layers",
    "p": "dropout",
    "bidir": "bidirectional",
}


def _at_each_place(layer: Layer, xs: tuple[Sizes, ...], _given: Sizes, _macs: int) -> Count:
    """Weights and biases once at each place."""
    sums = {"weight": 0, "bias": 0}
    for name, shape in layer.weights(*xs).items():
        sums[layer.role(name)] += xs[0][0] * prod(known_sizes(shape))
    return Count(sums["weight"], sums["bias"])


class _Recurrent(Layer):
    """(N, T, input_size) -> (N, T, hidden_size·directions), the last of num_layers layers' states at each place.

    ``gates`` is how many rows of hidden_size a layer's weights have, ``states`` how many vectors of that size a place
    hands to the next. MACs of a layer and a direction, its input being of width i:
    T·gates·hidden_size·(i + hidden_size).
    """

    gates: ClassVar[int]
    states: ClassVar[int] = 1
    counted = {"torchinfo": _at_each_place}
    own_module: ClassVar[bool] = True
    random_in_training: ClassVar[bool] = True
    ranks: ClassVar[tuple[int, ...] | None] = (2,)
    input_size: Annotated[int | None, Size(follows_axis=-1)] = None
    hidden_size: Annotated[int, Size()]
    num_layers: Annotated[int, HowMany()] = 1
    bias: Annotated[bool, Flag()] = True
    dropout: Annotated[float, Real(0, 1)] = 0.0
    bidirectional: Annotated[bool, Flag()] = False

    positional: ClassVar[tuple[str, ...]] = ("input_size", "hidden_size")
    foreign: ClassVar[dict[str, str]] = _FOREIGN

    @property
    def channels_first(self) -> bool:
        return False

    @property
    def hides_later(self) -> bool:
        return not self.bidirectional

    def misread(self, rank: int) -> bool:
        """A batch of vectors is one sequence to torch."""
        return rank == 1

    def _rank_error(self, x: Shape) -> str:
        return f"takes a sequence, T × input_size, but {shape_text(x)} arrives"

    def out(self, x: Shape) -> Shape:
        return (x[0], self._width())

    def _width(self) -> Dim:
        """How wide the states are that one layer hands to the next."""
        return self.hidden_size * (2 if self.bidirectional else 1)

    def _inputs(self, x: Shape) -> list[Dim]:
        """How wide what arrives at each layer is."""
        return [self.settled("input_size", x), *[self._width()] * (self.num_layers - 1)]

    def weights(self, x: Shape) -> dict[str, Shape]:
        rows, tensors = self.gates * self.hidden_size, dict[str, Shape]()
        for place, width in enumerate(self._inputs(x)):
            for direction in ("", "_reverse")[: 2 if self.bidirectional else 1]:
                tensors[f"weight_ih_l{place}{direction}"] = (rows, width)
                tensors[f"weight_hh_l{place}{direction}"] = (rows, self.hidden_size)
                if self.bias:
                    tensors |= {f"bias_{which}_l{place}{direction}": (rows,) for which in ("ih", "hh")}
        return tensors

    def role(self, name: str) -> str:
        return name.partition("_")[0]

    def started(self, name: str, x: Shape, /) -> Spread:
        """Evenly from −1/√hidden_size to 1/√hidden_size, all of them."""
        return 0.0, 1 / sqrt(3 * known_size(self.hidden_size))

    def macs(self, x: Shape) -> Dim:
        """Each weight once at each place."""
        widths: Dim = 0
        for width in self._inputs(x):
            widths = widths + width + self.hidden_size
        return x[0] * self.gates * self._width() * widths

    def kept(self, *xs: Shape) -> Dim | None:
        """The states of each layer, however many places there were."""
        return None if self.bidirectional else self.states * self.num_layers * self.hidden_size

    def spent(self, x: Shape) -> Iterator[Line]:
        total = self.macs(x)
        widths = " + ".join(f"{written(width)} + {written(self.hidden_size)}" for width in self._inputs(x))
        text = f"{product((x[0], self.gates, self._width()))} × ({widths})"
        yield Line("MACs", chain(text, total), total)

    def first(self, x: Shape) -> Window:
        return Window(x[0], 0)

    def window(self, x: Shape) -> tuple[Window, ...]:
        """Each place sees all of them, and all that stands in each."""
        return tuple(Window(n, 0) for n in places(x))

    def traces(self, x: Shape) -> tuple[Trace | None, ...]:
        return super().traces(x) if self.bidirectional else (Trace((None, Window(x[1], 0)), (0, 1)),)

    def mixes_all(self, x: Shape) -> bool:
        return self.bidirectional


class RNN(_Recurrent):
    """(N, T, input_size) -> (N, T, hidden_size·directions); torch.nn.RNN with batch_first, its states at each place.

    h_t = nonlinearity(W_ih·x_t + b_ih + W_hh·h_(t−1) + b_hh), from 0 on; the states of one of num_layers are what
    the next takes, and with bidirectional those from the end are beside them; dropout is between layers. MACs of a
    layer and a direction, its input being of width i: T·hidden_size·(i + hidden_size). Elman 1990, "Finding
    structure in time".
    """

    kind = "rnn"
    also_called = ("simple_rnn", "elman", "vanilla_rnn", "recurrent")
    gates: ClassVar[int] = 1
    nonlinearity: Annotated[str, Choice(("tanh", "relu"))] = "tanh"


class LSTM(_Recurrent):
    """(N, T, input_size) -> (N, T, hidden_size·directions); torch.nn.LSTM with batch_first, its states at each place.

    A cell that four gates open, close and fill, from zeros on; the states of one of num_layers are what the next
    takes, and with bidirectional those from the end are beside them; dropout is between layers. MACs of a layer and
    a direction, its input being of width i: T·4·hidden_size·(i + hidden_size). Hochreiter and Schmidhuber 1997,
    "Long short-term memory".
    """

    kind = "lstm"
    also_called = ("long_short_term_memory", "cudnn_lstm")
    gates: ClassVar[int] = 4
    states: ClassVar[int] = 2


class GRU(_Recurrent):
    """(N, T, input_size) -> (N, T, hidden_size·directions); torch.nn.GRU with batch_first, its states at each place.

    Three gates in place of the LSTM's four, and no cell beside the state; the states of one of num_layers are what
    the next takes, and with bidirectional those from the end are beside them; dropout is between layers. MACs of a
    layer and a direction, its input being of width i: T·3·hidden_size·(i + hidden_size). Cho et al. 2014, "Learning
    phrase representations".
    """

    kind = "gru"
    also_called = ("gated_recurrent_unit", "cudnn_gru")
    gates: ClassVar[int] = 3
