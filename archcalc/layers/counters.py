"""How other counters count: the rules by which kinds say what each counter makes of them, and the counters by name.

A kind that a counter has no rule for says nothing of it, and the counter counts nothing there. Sizes are numbers
here. ``benchmarks/counters.py`` records what the counters themselves print.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from archcalc.layers.contract import Layer

Sizes: TypeAlias = tuple[int, ...]


class Count(Struct, frozen=True):
    """What a counter makes of one layer, in the unit that it prints.

    ``products`` stand where archcalc has the layer's MACs, ``biases`` are additions, ``beside`` is what is done value
    by value, and ``again`` what is counted a second time because the module calls a function that is counted, too.
    """

    products: int = 0
    biases: int = 0
    beside: int = 0
    again: int = 0


Rule: TypeAlias = Callable[["Layer", tuple[Sizes, ...], Sizes, int], Count]
"""A layer, the shapes that arrive, the shape that it gives, and its MACs: what a counter makes of that."""


class Counter(Struct, frozen=True):
    """A convention: whose it is, and how it counts parameters and operations.

    ``rules`` is the name under which kinds state it; empty for one that counts parameters only. ``statistics`` says
    that running means and variances are parameters to it, ``known_only`` that those of kinds without a rule are none.
    ``again`` says that it counts twice what torch's modules pass on to torch's functions, ``by_module`` that it counts
    a weight in each module that has it, ``earlier`` as which one its earlier versions count, which a claim may speak
    of, too.
    """

    title: str
    rules: str = ""
    statistics: bool = False
    known_only: bool = False
    again: bool = False
    by_module: bool = False
    earlier: str = ""


COUNTERS: Mapping[str, Counter] = {
    "torchinfo": Counter(
        "torchinfo 1.8: weights count once, a convolution's at each place of its output", "torchinfo", by_module=True
    ),
    "thop": Counter(
        "thop 0.1.1: normalisation counts too; parameters of kinds it knows only",
        "thop",
        known_only=True,
        by_module=True,
    ),
    "fvcore": Counter("fvcore 0.1.5: normalisation, interpolation and adaptive averages count too", "fvcore"),
    "ptflops": Counter(
        "ptflops 0.7.2 to 0.7.5: as ptflops-once, many functions twice", "ptflops", again=True, earlier="ptflops-once"
    ),
    "ptflops-once": Counter("ptflops with count_functional off: biases, norms, activations and pools count", "ptflops"),
    "keras": Counter("Keras: running means and variances are parameters, too", statistics=True),
    "darknet": Counter("Darknet: running means and variances are weights, too", statistics=True),
}
"""The conventions that a claim can name, and ``check --as``."""

NORMS = "norms"
ACTIVATIONS = "activations"

LINEAR = "linear layers"
"""The sort of layers that some count twice."""

BESIDE = ("biases", NORMS, ACTIVATIONS, "pools")
"""The operations that archcalc does not count, and that a claim of MACs can say it is ``with``."""


def beside(layer: Layer, x: Sizes, given: Sizes) -> Iterator[tuple[str, int]]:
    """What archcalc does not count of a layer: an addition for each value with a bias, and one operation for each value
    that is activated or pooled, two for one that is normalised and then scaled and shifted.
    """
    if layer.sort in ("norms", "pools"):
        yield layer.sort, prod(x) * (2 if layer.sort == "norms" and layer.weights(x) else 1)
    elif layer.sort == "activations":
        yield layer.sort, prod(given)
    elif layer.sort and "bias" in layer.weights(x):
        yield "biases", prod(given)


# Rules


def macs(_layer: Layer, _xs: tuple[Sizes, ...], _given: Sizes, macs: int) -> Count:
    """The MACs, as archcalc has them."""
    return Count(macs)


def macs_and_biases(layer: Layer, xs: tuple[Sizes, ...], given: Sizes, macs: int) -> Count:
    """And an addition for each value, if there is a bias."""
    return Count(macs, prod(given) if "bias" in layer.weights(*xs) else 0)


def at_each_output(layer: Layer, xs: tuple[Sizes, ...], given: Sizes, _macs: int) -> Count:
    """Weights and biases once at each place of the output, a transposed convolution's too."""
    sizes = _sizes(layer, xs)
    return Count(sizes.get("weight", 0) * prod(given[1:]), sizes.get("bias", 0) * prod(given[1:]))


def weights_once(layer: Layer, xs: tuple[Sizes, ...], _given: Sizes, _macs: int) -> Count:
    """Weights and biases once, at however many places they are used."""
    sizes = _sizes(layer, xs)
    return Count(sizes.get("weight", 0), sizes.get("bias", 0))


def learnt_once(layer: Layer, xs: tuple[Sizes, ...], _given: Sizes, _macs: int) -> Count:
    """As ``weights_once``, of what is no product of weights."""
    return Count(beside=sum(_sizes(layer, xs).values()))


def nothing(_layer: Layer, _xs: tuple[Sizes, ...], _given: Sizes, _macs: int) -> Count:
    """Known, and taken for nothing."""
    return Count()


def taken(each: int, learnt: int | None = None) -> Rule:
    """So many operations for each value that arrives: another number where something is learnt of them."""

    def rule(layer: Layer, xs: tuple[Sizes, ...], _given: Sizes, _macs: int) -> Count:
        return Count(beside=prod(xs[0]) * (learnt if learnt is not None and layer.weights(*xs) else each))

    return rule


def given(each: int = 1) -> Rule:
    """So many operations for each value that is given."""

    def rule(_layer: Layer, _xs: tuple[Sizes, ...], given: Sizes, _macs: int) -> Count:
        return Count(beside=prod(given) * each)

    return rule


def averages(_layer: Layer, xs: tuple[Sizes, ...], given: Sizes, _macs: int) -> Count:
    """For each value that is given, the share of values that it averages, and one more for its division."""
    share = Fraction(prod(xs[0][1:]), prod(given[1:]))
    return Count(beside=int((share + 1) * prod(given)))


def repeated(once: int = 1) -> Rule:
    """Operations for each value that arrives, and the same again, in the function that the module calls."""

    def rule(_layer: Layer, xs: tuple[Sizes, ...], _given: Sizes, _macs: int) -> Count:
        return Count(beside=prod(xs[0]) * once, again=prod(xs[0]))

    return rule


def _sizes(layer: Layer, xs: tuple[Sizes, ...]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, shape in layer.weights(*xs).items():
        found[name] = prod(shape)  # type: ignore[arg-type]  # sizes are numbers here
    return found
