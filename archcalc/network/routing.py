"""Copies of which each token takes some: the layer in which they end, and which one stands for many that are alike.

A token takes as many experts as ``top`` says, whichever these are. What that costs is what the first of them cost, if
all are alike: the layers of the others are ``idle``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from archcalc.diagnostics.log import Log
from archcalc.layers.contract import Layer
from archcalc.network.block_use import Standing
from archcalc.network.expand import Expanded
from archcalc.network.graph import NOWHERE, Part, Step, Value, known_values
from archcalc.network.limits import MOST_IDLE, MOST_IDLE_IN_ALL
from archcalc.network.scope import Scope
from archcalc.sizes.rules import PerRow, is_array, is_symbolic
from archcalc.spec.model import BlockSpec, Claim, RouteSpec
from archcalc.spec.unused_names import asked


def scores(route: RouteSpec, scope: Scope, own: str) -> Value:
    """The value that holds a score for each expert, by the name that ``by`` says; an error where that is nothing."""
    if route.by is None:
        return NOWHERE
    target = scope.resolve(route.by.name, route.by.span, own)
    return NOWHERE if target is None else target.output


def refuse_what_cannot_be(
    here: Standing, route: RouteSpec, scores: Value, blocks: Mapping[str, BlockSpec], log: Log
) -> None:
    """Errors where experts take what they cannot, or give it."""
    _refuse_scores_as_tokens(here, route, scores, log)
    _refuse_several_outputs(blocks, here, log)


def _refuse_scores_as_tokens(here: Standing, route: RouteSpec, scores: Value, log: Log) -> None:
    """An error where the experts take the scores, which stand above them, in place of what the scores are of."""
    if here.item.entry.sources is not None or scores == NOWHERE or here.sources[0] != scores:
        return
    named = route.by.name if route.by is not None else ""
    message = f"`{here.path}` takes what stands above it, and that is `{named}`: the scores, not the tokens"
    log.error(
        "A325", here.item.entry.where(None), message, f"say what the tokens are: `from: …`, as `{named}` takes it"
    )


def _refuse_several_outputs(blocks: Mapping[str, BlockSpec], here: Standing, log: Log) -> None:
    """An error where an expert gives more than the value that is summed up with the others'."""
    block = blocks.get(here.item.entry.block or "")
    if block is not None and block.others:
        message = f"what experts give is summed up, and `{block.name}` gives {len(block.outputs)} values"
        log.error("A325", here.item.entry.where(None), message, "let its `outputs` name one")


def let_idle(steps: list[Step], experts: Sequence[Part], layer: Layer | None, within: Scope) -> None:
    """Mark the layers of the experts beyond those that a token takes; whom one stands for is called as it ``within``.

    Raises TypeError where it differs from row to row how many these are, or is left open.
    """
    top = _top(layer)
    if isinstance(top, PerRow) or is_array(top) or is_symbolic(top):
        raise TypeError("a number of experts that is not one number")
    if type(top) is not int:
        return
    for expert in experts[top:]:
        for place in expert.steps():
            steps[place] = replace(steps[place], idle=True, times=expert.times * steps[place].times)
        for number in range(1, expert.times):
            within.names[str(int(expert.name) + number)] = within.names[expert.name]


def laid_out(here: Standing, layer: Layer | None) -> list[Expanded]:
    """The experts that are made: one for all beyond those that one token takes, if they are alike and many."""
    copies, top = here.item.copies or (), _top(layer)
    if type(top) is not int:
        return [*copies]
    idle = len(copies) - top
    few = idle < 2 or (idle <= MOST_IDLE and idle * here.many <= MOST_IDLE_IN_ALL)
    return [*copies] if few or not _are_alike(copies) else [*copies[:top], replace(copies[top], times=idle)]


def _top(layer: Layer | None) -> object:
    """How many experts a token takes, as far as that is known."""
    return getattr(layer, "top", None)


def _are_alike(copies: Sequence[Expanded]) -> bool:
    """Whether copies are all there, and nothing in them sees which one it is."""
    differing = {name for name, value in copies[-1].bindings.items() if copies[0].bindings.get(name) is not value}
    there = all(copy.there and not copy.doubtful and copy.frozen == copies[0].frozen for copy in copies)
    return there and asked([copies[0].entry]).isdisjoint({"index"} | differing)


def claims_once(claims: Iterable[tuple[Claim, Part]], steps: Sequence[Step]) -> tuple[tuple[Claim, Part], ...]:
    """The claims but for those of an expert that stands for others, which are claimed of the first expert, too."""
    return tuple(
        (claim, part) for claim, part in claims if min((steps[place].times for place in part.steps()), default=1) == 1
    )


def standing(route: RouteSpec, here: Standing) -> Standing:
    """The layer in which the copies end, where it stands: behind them, in the list that they are."""
    return replace(here, item=Expanded(route.entry, here.item.bindings, (1, 0, 1), None, doubtful=here.item.doubtful))


def routed_step(here: Standing, layer: Layer | None, doubtful: bool, scores: Value, experts: Sequence[Part]) -> Step:
    """The layer in which the copies end, that takes the scores and what each of them gives."""
    sources = (scores, *(expert.output for expert in experts for _ in range(expert.times)))
    doubtful = doubtful or here.item.doubtful
    lost = NOWHERE in sources or NOWHERE in here.sources
    return Step(here.path, here.item.entry, layer, doubtful, known_values(sources), here.uses, lost)
