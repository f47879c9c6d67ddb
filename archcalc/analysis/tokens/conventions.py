"""How others count what training takes for a token, in floating-point operations, each as archcalc's count and terms.

Archcalc's is 6 × MACs: two operations a MAC, three times, over all pairs of places. A convention is a rule of what it
counts otherwise. It speaks of the layers that are there, and not of six numbers in their place: where its paper
assumes an MLP of 4·d, or heads that are as wide as d, that is a term.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct


class TokenLayer(Struct, frozen=True, kw_only=True):
    """What of a layer matters, for one of T tokens.

    ``params`` are its own, of which ``biases`` are added; a weight that is tied, or whose layer is applied again, is
    another's, and it is ``shared``. ``weights`` are MACs however many tokens there are, and ``pairs`` those for each of
    the T places that a token is compared with, which gives so many ``scores``. ``table`` are the rows and the width of
    what is looked up. ``tells`` says that it gives a score for each word.
    """

    sort: str
    params: int
    biases: int
    shared: bool
    weights: int
    pairs: int
    scores: int
    table: tuple[int, int] | None
    tells: bool

    @property
    def of_places(self) -> bool:
        """Whether it learns a vector for each place."""
        return self.sort == _EMBEDDINGS and self.table is None


class Operations(Struct, frozen=True):
    """So many, and so many more for each of the T tokens."""

    fixed: int = 0
    each: int = 0

    def __add__(self, other: Operations) -> Operations:
        return Operations(self.fixed + other.fixed, self.each + other.each)

    def at(self, tokens: int) -> int:
        """How many they are where there are so many tokens."""
        return self.fixed + self.each * tokens


Layers: TypeAlias = Sequence[tuple[TokenLayer, int]]
"""Layers, and how many there are of each."""

Terms: TypeAlias = dict[str, Operations]
"""What a convention counts beside archcalc's, by what it is of."""


class Convention(Struct, frozen=True):
    """Whose it is, in one line, how it differs, and whether it is of layers that compare words alone."""

    title: str
    differs: Callable[[Layers], Terms]
    of_words: bool = False

    def applies(self, layers: Layers) -> bool:
        """Whether it can be of these layers."""
        return not self.of_words or (bool(_depth(layers)) and any(one.table for one, _ in layers))


_EMBEDDINGS = "embeddings"
_ATTENTION = "attention"


def own(layers: Layers) -> Operations:
    """Archcalc's: 6 × MACs."""
    return Operations(6 * sum(n * one.weights for one, n in layers), 6 * sum(n * one.pairs for one, n in layers))


def _six_n(layers: Layers) -> Terms:
    """6·N: each parameter multiplies once, and twice backwards; what is compared is left out.

    Kaplan et al. 2020, "Scaling laws for neural language models", but of all parameters, as table D.1 of Brown et al.
    2020, "Language models are few-shot learners", has it: 6 FLOPs a parameter and token.
    """
    found = _parameters(layers)
    _add(found, _ATTENTION, each=-6 * sum(n * one.pairs for one, n in layers))
    return found


def _palm(layers: Layers) -> Terms:
    """6·N + 12·L·H·Q·T, for L layers of H heads of width Q.

    Chowdhery et al. 2022, "PaLM", appendix B. Their model FLOPs utilisation is by this.
    """
    return _parameters(layers)


def _nanogpt(layers: Layers) -> Terms:
    """As PaLM's, but that N is without what is learnt of each place; ``estimate_mfu`` of Karpathy's nanoGPT."""
    return _parameters([(one, n) for one, n in layers if not one.of_places])


def _kaplan(layers: Layers) -> Terms:
    """6·N + 6·L·T·d, N being the weights that multiply within layers, neither embeddings nor scores of words.

    Kaplan et al. 2020, table 1 and equation 2.2. Of the pairs it counts half.
    """
    found: Terms = {}
    _add(found, _WORDS, -6 * sum(n * one.weights for one, n in layers if one.tells))
    _add(found, f"half of {_ATTENTION}", each=-3 * sum(n * one.pairs for one, n in layers))
    return found


def _chinchilla(layers: Layers) -> Terms:
    """With the look-up as a product by the whole table, and three operations for each score of a softmax.

    Hoffmann et al. 2022, "Training compute-optimal large language models", appendix F. Their table A4 leaves out the
    table and the scores of words, though the appendix counts them.
    """
    found: Terms = {}
    tables = [(one.table, n) for one, n in layers if one.table is not None]
    _add(found, "embeddings as products", 6 * sum(n * rows * width for (rows, width), n in tables))
    _add(found, "softmax", each=9 * sum(n * one.scores for one, n in layers))
    return found


def _megatron(layers: Layers) -> Terms:
    """72·B·L·s·h²·(1 + s/(6·h) + v/(12·h·L)), for B·s tokens: for each layer 12·h² weights, and heads as wide as h.

    Korthikanti et al. 2022, "Reducing activation recomputation in large transformer models", appendix A.
    """
    rows, width = _table(layers)
    inner = sum(n * one.weights for one, n in layers if not one.tells)
    outer = sum(n * one.weights for one, n in layers if one.tells)
    found: Terms = {}
    _add(found, "weights, as if 12·h² a layer", 6 * (12 * _depth(layers) * width**2 - inner))
    pairs = 2 * _depth(layers) * width - sum(n * one.pairs for one, n in layers)
    _add(found, f"{_ATTENTION}, as if heads were as wide as h", each=6 * pairs)
    _add(found, f"{_WORDS}, as if h·V", 6 * (rows * width - outer))
    return found


def _megatron_twice(layers: Layers) -> Terms:
    """96·B·s·l·h²·(1 + s/(6·h) + V/(16·l·h)): the layers forward once more, as activations are not kept.

    Narayanan et al. 2021, "Efficient large-scale language model training on GPU clusters using Megatron-LM",
    equation 3.
    """
    (_, width), depth = _table(layers), _depth(layers)
    found = _megatron(layers)
    _add(found, "forward once more", 24 * depth * width**2, 4 * depth * width)
    return found


CONVENTIONS: Mapping[str, Convention] = {
    "6n": Convention("6 for each parameter, of experts for each active one; attention is left out", _six_n),
    "palm": Convention("PaLM, appendix B: 6·N + 12·L·H·Q·T", _palm),
    "nanogpt": Convention("nanoGPT: as PaLM, without parameters of places", _nanogpt),
    "kaplan": Convention("Kaplan et al. 2020: 6·N + 6·L·T·d, without embeddings and scores of words", _kaplan),
    "chinchilla": Convention("Chinchilla, appendix F: a look-up as a product, and the softmax", _chinchilla),
    "megatron": Convention("Megatron-LM, 2022: 72·L·h²·(1 + T/(6·h) + V/(12·h·L))", _megatron, True),
    "megatron-twice": Convention("Megatron-LM, 2021: 96·L·h²·(1 + T/(6·h) + V/(16·h·L))", _megatron_twice, True),
}
"""The conventions that ``archcalc law --per token --as`` names."""

ALL = "all"
"""What stands for all of them."""

_WORDS = "scores of words"


def _parameters(layers: Layers) -> Terms:
    """What parameters there are that multiply nothing, and what multiplies that are no parameters, or not its own."""
    found: Terms = {}
    for one, n in layers:
        _add(found, "biases", 6 * n * one.biases)
        of = "weights of other layers, too" if one.shared else one.sort
        _add(found, of, 6 * n * (one.params - one.biases - one.weights))
    return found


def _depth(layers: Layers) -> int:
    """How many layers compare places."""
    return sum(n for one, n in layers if one.pairs)


def _table(layers: Layers) -> tuple[int, int]:
    """How many words there are, and how wide what is looked up of them is; zeros where nothing is."""
    return next((one.table for one, _ in layers if one.table is not None), (0, 0))


def _add(found: Terms, of: str, fixed: int = 0, each: int = 0) -> None:
    if fixed or each:
        found[of] = found.get(of, Operations()) + Operations(fixed, each)
