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
from archcalc.spec.model import BlockSpec, Claim, LayerSpec, RouteSpec
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
    first, seen = copies[0], _seen_of_a_copy([copies[0].entry])
    if "index" in seen:
        return False
    for copy in copies:
        if not copy.there or copy.doubtful or copy.frozen != first.frozen:
            return False
        if not all(_is_same(copy.bindings.get(name), first.bindings.get(name)) for name in seen):
            return False
    return True


def _seen_of_a_copy(entries: Iterable[LayerSpec]) -> set[str]:
    """The names that entries ask for from around them: what is in a ``repeat`` of their own has an ``index`` of it."""
    seen: set[str] = set()
    for entry in entries:
        inside = asked([replace(entry, children=None)]) | _seen_of_a_copy(entry.children or ())
        if entry.repeat is not None:
            bare = replace(entry, children=None, values={}, when=None, frozen=None, written_name=None)
            inside = inside - {"index"} | asked([bare])
        seen |= inside
    return seen


def _is_same(one: object, other: object) -> bool:
    """Whether two rows have the same under a name, as far as that is told at once: the numbers of each are its own."""
    return one is other or (isinstance(one, (int, float, str)) and type(one) is type(other) and one == other)


def claims_of_one(claims: Iterable[tuple[Claim, Part]], steps: Sequence[Step]) -> tuple[tuple[Claim, Part], ...]:
    """The claims of what is counted: an expert that stands for others is claimed to be what the first is.

    An expert that a token does not take costs nothing, and its source speaks of one that is taken.
    """
    return tuple((claim, part) for claim, part in claims if _is_counted(claim, part, steps))


def _is_counted(claim: Claim, part: Part, steps: Sequence[Step]) -> bool:
    within = [steps[place] for place in part.steps()]
    idle = claim.what == "macs" and bool(within) and all(step.idle for step in within)
    return not idle and min((step.times for step in within), default=1) == 1


def standing(route: RouteSpec, here: Standing) -> Standing:
    """The layer in which the copies end, where it stands: behind them, in the list that they are."""
    return replace(here, item=Expanded(route.entry, here.item.bindings, (1, 0, 1), None, doubtful=here.item.doubtful))


def routed_step(here: Standing, layer: Layer | None, doubtful: bool, scores: Value, experts: Sequence[Part]) -> Step:
    """The layer in which the copies end, that takes the scores and what each of them gives."""
    sources = (scores, *(expert.output for expert in experts for _ in range(expert.times)))
    doubtful = doubtful or here.item.doubtful
    lost = NOWHERE in sources or NOWHERE in here.sources
    return Step(here.path, here.item.entry, layer, doubtful, known_values(sources), here.uses, lost)
