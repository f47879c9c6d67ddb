"""By which other convention a claim agrees that is not what the spec computes: what its source may have counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from math import isqrt
from typing import NamedTuple

from archcalc.analysis.conventions import can_be_counted, counted, counted_with
from archcalc.analysis.walk import Facts, LayerFacts, infer
from archcalc.language.printed_numbers import Printed, read_printed_number
from archcalc.layers.counters import COUNTERS, LINEAR
from archcalc.network.graph import Graph, place_of
from archcalc.sizes.axes import shape_text
from archcalc.spec.claim_conventions import TERMS
from archcalc.spec.model import Claim

MOST = 3
"""How many conventions are named."""

VAGUE = 20
"""A number whose last digit's unit is more than this part of it agrees with too much by chance."""

SIZES = (
    *(28, 32, 64, 96, 112, 128, 160, 192, 224, 227, 231, 240, 256, 260, 288, 299, 300, 320, 331, 380, 384),
    *(416, 448, 480, 512, 572, 600, 608, 640, 800, 1024),
)
"""The heights and widths at which networks are usually counted."""

CLASSES = (
    *(2, 3, 4, 5, 10, 12, 19, 20, 21, 37, 43, 47, 80, 81, 90, 91, 100, 101, 102, 120, 150, 196, 200, 257, 365, 397),
    *(400, 500, 600, 700, 1000, 1001, 11221, 21841, 21843),
)
"""The numbers of classes that data sets usually have."""

MOST_LAYERS = 3000
"""Networks of more layers are not walked again at other sizes."""


class _Known(NamedTuple):
    """What a claim is compared with: the number that archcalc has, and where it comes from."""

    claim: Claim
    said: str
    claimed: Printed
    computed: int
    facts: Facts
    layers: tuple[LayerFacts, ...]


class Way(NamedTuple):
    """How a claim would agree, in words, and what would have to be so of the network: the same for several claims.

    Of several ways of one ``sort``, such as numbers of classes, the first is as likely as any.
    """

    sort: str
    cause: str
    text: str


def conventions(claim: Claim, computed: int, graph: Graph, facts: Facts, layers: tuple[LayerFacts, ...]) -> list[Way]:
    """By which other conventions a claim of ``layers`` agrees that disagrees."""
    claimed = claim.claimed
    if not isinstance(claimed, Printed) or claim.counter or claim.terms or not can_be_counted(layers):
        return []
    if claimed.unit * VAGUE > claimed.value or claim.what in ("weight_layers", "active_params"):
        return []
    said = f"'{claimed.text}'" if "," in claimed.text else claimed.text
    known = _Known(claim, said, claimed, computed, facts, layers)
    of_all = () if claim.of else (_of_the_head(known), _at_other_sizes(known, graph))
    return list(chain(_of_units(known), _of_counters(known), _of_biases(known), *of_all))


def causes_in_common(claims: Iterable[list[Way]]) -> set[str]:
    """What explains most of several claims at once; nothing where no two have a cause in common."""
    found = Counter(cause for ways in claims for cause in {way.cause for way in ways})
    most = max(found.values(), default=0)
    return {cause for cause, claims in found.items() if claims == most} if most > 1 else set()


def told(ways: list[Way], common: set[str]) -> list[str]:
    """The ways that are told: where a cause explains other claims too, that one alone; else the first of each sort."""
    likely = [way for way in ways if way.cause in common]
    first = {way.sort: way for way in reversed(likely or ways)}
    return [way.text for way in ways if first.get(way.sort) is way][:MOST]


def _of_units(known: _Known) -> Iterator[Way]:
    """Twice as many, half as many, and units of 1024."""
    claim, said, claimed, computed, *_ = known
    if claim.what == "macs" and claimed.agrees(2 * computed):
        yield _alone(f"{claimed.text} is 2 × the MACs, which are FLOPs: write `flops: {said}`")
    if claim.what == "flops" and claimed.agrees(computed // 2):
        yield _alone(f"{claimed.text} is the MACs, half of the FLOPs: write `macs: {said}`")
    binary = read_printed_number(f"{claimed.text}i")
    if binary is not None and binary.agrees(computed):
        power = {"k": "1024", "m": "1024²", "g": "1024³", "t": "1024⁴"}[claimed.text[-1].lower()]
        yield _alone(f"{claimed.text} is {computed:,} in units of {power}: write `{claim.what}: {claimed.text}i`")


def _alone(text: str) -> Way:
    """A way that says nothing of other claims."""
    return Way(text, text, text)


def _of_counters(known: _Known) -> Iterator[Way]:
    """What other tools count, or what can be counted besides."""
    claim, said, claimed, computed, _, layers = known
    seen = {computed}
    for name, counter in COUNTERS.items():
        if claim.what not in ("params", "macs", "flops") or (claim.what != "params" and not counter.rules):
            continue
        count = counted(layers, name)
        printed = count.total_params if claim.what == "params" else count.total_operations
        if printed is not None and printed not in seen and claimed.agrees(printed):
            seen.add(printed)
            yield Way(name, name, f"{name} counts {printed:,}: write `{claim.what}: {{claimed: {said}, as: {name}}}`")
    terms = TERMS.get(claim.what, ())
    for some in [(term,) for term in terms] + ([terms] if len(terms) > 1 else []):
        count = counted_with(layers, some)
        more = sum((count.params if claim.what == "params" else count.operations or {}).get(term, 0) for term in some)
        if more and claimed.agrees(computed + more):
            written = some[0] if len(some) == 1 else f"[{', '.join(some)}]"
            yield _alone(
                f"with {' and '.join(some)} it is {computed + more:,}: "
                f"write `{claim.what}: {{claimed: {said}, with: {written}}}`"
            )
    once = sum(
        _number(layer.macs) for layer in layers if layer.step.layer is not None and layer.step.layer.sort == LINEAR
    )
    twice = computed + once * (2 if claim.what == "flops" else 1)
    if claim.what in ("macs", "flops") and once and claimed.agrees(twice):
        yield _alone(f"with the linear layers counted twice it is {twice:,}")


def _of_biases(known: _Known) -> Iterator[Way]:
    """Biases that the source has not, or that the spec has not: of convolutions alone, or of all layers."""
    claim, _, claimed, computed, facts, layers = known
    if claim.what not in ("params", "trainable_params"):
        return
    norms = [layer.step for layer in layers if layer.step.layer is not None and layer.step.layer.batch_statistics]
    before = {facts.layers[place_of(source)].name for step in norms for source in step.sources if source}
    convs = [layer for layer in layers if hasattr(layer.step.layer, "out_channels")]
    groups = {
        "the convolutions before a batch norm": [layer for layer in convs if layer.name in before],
        "the convolutions": convs,
        "all layers": [*layers],
    }
    for said, some in groups.items():
        for sign, has in ((-1, True), (1, False)):
            count = sum(_biases(layer) for layer in some if getattr(layer.step.layer, "bias", None) is has)
            if count >= claimed.unit and count and claimed.agrees(computed + sign * count):
                word = "without" if has else "with"
                way = f"{word} biases in {said} it is {computed + sign * count:,}: `bias: {str(not has).lower()}`"
                yield Way("biases", f"{word} biases", way)


def _biases(layer: LayerFacts) -> int:
    """How many biases a layer has, or would have."""
    own = layer.step.layer
    given = getattr(own, "out_channels", getattr(own, "out_features", 0))
    return given if isinstance(given, int) and "weight" in layer.weights else 0


def _of_the_head(known: _Known) -> Iterator[Way]:
    """Another number of classes, and the network without what makes them."""
    claim, _, claimed, computed, facts, layers = known
    head = _head(facts)
    if head is None or head.output is None or claim.what not in ("params", "trainable_params", "macs", "flops"):
        return
    classes = _number(head.output[0 if len(head.output) > 1 else -1])
    own = _share(claim, head)
    each = own // classes
    exact = classes + (int(claimed.value) - computed) // each if each else 0
    for n in (*CLASSES, *((exact,) if claimed.unit <= 1 and exact not in CLASSES else ())):
        if n >= 1 and n != classes and claimed.agrees(computed + (n - classes) * each):
            then = f"it is {computed + (n - classes) * each:,}: look at `{head.name}`"
            yield Way("classes", f"{n} classes", f"of {n:,} classes, not {classes:,}, {then}")
    if claimed.agrees(computed - own):
        yield Way("last", "last", f"without `{head.name}` it is {computed - own:,}")
    flat = [layer for layer in layers if layer.weights and layer.input is not None and len(layer.input) == 1]
    without = computed - sum(_share(claim, layer) for layer in flat)
    if len(flat) > 1 and claimed.agrees(without):
        yield Way("head", "head", f"without `{flat[0].name}` to `{flat[-1].name}`, the head, it is {without:,}")


def _head(facts: Facts) -> LayerFacts | None:
    """The last layer with weights before the main output."""
    value: int = facts.output_values[0] if facts.output_values else 0
    while value:
        layer = facts.layers[place_of(value)]
        if layer.weights or len(layer.step.sources) != 1:
            return layer if "weight" in layer.weights and len(layer.weights["weight"]) > 1 else None
        (value,) = layer.step.sources
    return None


def _at_other_sizes(known: _Known, graph: Graph) -> Iterator[Way]:
    """The input at which it is as claimed: MACs go by its places, so that only sizes near the root are tried."""
    claim, _, claimed, computed, facts, layers = known
    places = facts.input[1:]
    if (
        claim.what not in ("macs", "flops", "params")
        or facts.inputs
        or len(set(places)) != 1
        or len(layers) > MOST_LAYERS
        or not computed
    ):
        return
    size = _number(places[0])
    likely = isqrt(int(claimed.value * size * size / computed))
    for n in SIZES:
        if n == size or (claim.what != "params" and not 0.8 * likely <= n <= 1.25 * likely):
            continue
        other = infer(graph, None, (facts.input[0], *[n] * len(places)))
        if other.failures or not can_be_counted(other.layers):
            continue
        count = sum(_share(claim, layer) for layer in other.layers)
        if claimed.agrees(count) and count != computed:
            then = f"it is {count:,}: check with `--input {_input(other)}`"
            yield Way("input", _input(other), f"at an input of {shape_text(other.input)} {then}")
            return


def _input(facts: Facts) -> str:
    return ",".join(map(str, facts.input))


def _share(claim: Claim, layer: LayerFacts) -> int:
    """What of a claimed total is a layer's."""
    if "params" in claim.what:
        return _number(layer.params)
    return 0 if layer.step.in_training else _number(layer.macs) * (2 if claim.what == "flops" else 1)


def _number(count: object) -> int:
    assert isinstance(count, int)
    return count
