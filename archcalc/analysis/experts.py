"""Whether tokens can be routed to experts: each computes a token by itself, and all cost the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product

from archcalc.analysis.plain_network import parts
from archcalc.analysis.walk import Facts, LayerFacts
from archcalc.diagnostics.log import Log
from archcalc.layers.contract import Layer
from archcalc.layers.outcome import Memory, total
from archcalc.layers.working import Line, Window, chain, written
from archcalc.network.graph import Graph, Part, use_labels
from archcalc.sizes.rules import Dim, Shape, is_known

_APART = "put it above the experts, or behind them: an expert sees one token, the values along the last axis"
_NO_STATISTICS = "normalise each token by itself, by a `layer_norm` or an `rms_norm`"


def report_experts(graph: Graph, facts: Facts, log: Log) -> None:
    """An error for each layer in an expert that sees more than a token, and for experts that are not alike."""
    found, alone = log.once(), Memory(_sees_one_token).of
    try:
        for part in routed_parts(graph):
            _report_unlike(part, facts, found)
            for layer in (facts.layers[place] for expert in part.parts[:-1] for place in expert.steps()):
                _report_looking_around(layer, alone, found)
    finally:
        log.adopt(found)


def routed_parts(graph: Graph) -> Iterator[Part]:
    """The lists of experts, the layer last in them that they end in."""
    return (part for part in parts(graph) if part.copies and part.spec is not None and part.spec.route is not None)


def standing_for(graph: Graph, path: str, *, by_itself: bool = False) -> str:
    """The path of the layer or module that stands for the one of a path; of most it is the same.

    ``by_itself`` asks for one that stands for no other: of experts the first, as which all are.
    """
    for part in routed_parts(graph):
        last = part.parts[-2] if len(part.parts) > 1 else part
        number, _, rest = path.removeprefix(f"{part.path}.").partition(".")
        if last.times > 1 and path.startswith(f"{part.path}.") and number.isdecimal():
            first = int(last.name)
            if first <= int(number) < first + last.times:
                there = part.parts[0] if by_itself else last
                path = f"{there.path}.{rest}" if rest else there.path
    return path


def standing_paths(graph: Graph) -> dict[str, int]:
    """Each expert that stands for others, by its path, and for how many."""
    lasts = (part.parts[-2] for part in routed_parts(graph) if len(part.parts) > 1)
    return {last.path: last.times for last in lasts if last.times > 1}


def every_path(path: str, standing: Mapping[str, int]) -> list[str]:
    """The paths of all for which a layer or module stands, with the ``standing_paths`` of its graph."""
    numbers = path.split(".")
    each: list[list[str]] = []
    for depth, number in enumerate(numbers, 1):
        times = standing.get(".".join(numbers[:depth]), 1)
        each.append([number] if times == 1 else [str(int(number) + more) for more in range(times)])
    return [*map(".".join, product(*each))]


def told_of_one(graph: Graph, asked: str, *, by_itself: bool = False) -> str:
    """That another stands for the layer or module of a path, or it for others; nothing of most."""
    standing, first = standing_for(graph, asked), standing_for(graph, asked, by_itself=True)
    inside = (step.times for step in graph.steps if f"{step.path}.".startswith(f"{standing}."))
    times = min(inside, default=1)
    if times == 1:
        return ""
    if by_itself:
        return f"`{asked}` is one of {times:,} beyond those that a token takes; drawn is `{first}`, which is alike"
    if asked == standing:
        return f"`{asked}` stands for {times:,} that are alike: counts are of all"
    return f"`{asked}` is one of {times:,} for which `{standing}` stands: counts are of all"


def has_routes(graph: Graph) -> bool:
    """Whether there are experts of which a token takes some, or as it is set all."""
    return any(True for _ in routed_parts(graph))


def expert_params(part: Part, facts: Facts) -> list[Dim]:
    """The parameters of each expert that does not stand for others; of one, where all are in one that does."""
    each = [expert for expert in part.parts[:-1] if expert.times == 1]
    counts = [total([facts.layers[place].params for place in expert.steps()]) for expert in each]
    end = part.parts[-1].step
    times = 1 if end is None else facts.layers[end].step.times
    return [count // times if isinstance(count, int) else count for count in counts]


def lines_of_experts(graph: Graph, facts: Facts, path: str) -> Iterator[Line]:
    """How many parameters the experts have that end in the layer of this path, and how many of them are active."""
    for part in (part for part in routed_parts(graph) if part.path == path):
        each = expert_params(part, facts)[0]
        every = expert_count(part)
        active = every - sum(one.times for one in part.parts[:-1] if _is_idle(one, graph))
        for of, many, note in (("experts", every, "in all of them"), ("active", active, "computes each token")):
            count = each * many
            yield Line(of, chain(f"{many} × {written(each)}", count), count, note)


def expert_count(part: Part) -> int:
    """How many experts are in a list of them."""
    return sum(expert.times for expert in part.parts[:-1])


def _is_idle(expert: Part, graph: Graph) -> bool:
    return all(graph.steps[place].idle for place in expert.steps())


def _report_unlike(part: Part, facts: Facts, log: Log) -> None:
    counts = expert_params(part, facts)
    if len({facts.shape_of(expert.output) for expert in part.parts[:-1]}) > 1:
        return
    other = next((number for number, count in enumerate(counts) if count != counts[0]), None)
    if other is None or not is_known(*counts) or part.spec is None:
        return
    first, unlike = part.parts[0].path, part.parts[other].path
    message = f"`{part.path}` has experts that are not alike: `{first}` has {counts[0]:,} parameters and "
    message += f"`{unlike}` {counts[other]:,}, so that what a token takes cannot be told"
    log.error("A325", part.spec.where(None), message, "let no field or argument of them depend on `index`")


def _report_looking_around(layer: LayerFacts, alone: Callable[[Layer, tuple[Shape, ...]], bool], log: Log) -> None:
    kind, xs = layer.step.layer, layer.arriving
    if kind is None or xs is None or layer.output is None:
        return
    at, labels = layer.step.spec.where(None), use_labels(layer.step.uses)
    if kind.batch_statistics:
        message = f"`{layer.name}` normalises over a batch, of which an expert sees what chance routes to it"
        log.error("A325", at, message, _NO_STATISTICS, labels=labels)
    elif not alone(kind, xs):
        message = f"`{layer.name}` lets tokens see each other, and an expert takes only some of them"
        log.error("A325", at, message, _APART, labels=labels)


def _sees_one_token(kind: Layer, xs: tuple[Shape, ...]) -> bool:
    """Whether what stands at one place of all axes but the last comes of what stood there."""
    given = kind.out(*xs)
    if all(len(x) == 1 for x in xs):
        return True
    if kind.ignores_values:
        return all(size == 1 for size in given[:-1])
    for x, trace in zip(xs, kind.traces(*xs), strict=True):
        if trace is None or len(x) != len(given) or len(trace.axes) != len(x):
            return False
        for axis, size in enumerate(x[:-1]):
            stays = trace.windows[axis] == Window() and given[axis] == size
            if trace.axes[axis] != axis or not (stays or size == 1):
                return False
    return True
